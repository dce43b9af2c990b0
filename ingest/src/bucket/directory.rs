//! A local directory read as a bucket: each file is an object, its path below the directory is the key.
//!
//! Hidden files are their writers' own. A file that was written to within the last second may be half written.

use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::{StreamExt, TryStreamExt};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{GetOptions, ObjectMeta, ObjectStore, ObjectStoreExt};
use wardwatch_schema::clock::{Clock, SystemClock};

use super::{Answer, BucketError, Listed, Page};

/// A file that was written to more recently may be half written.
const SETTLED: Duration = Duration::from_secs(1);
const PAGE: usize = 1_000;

/// An opened directory.
#[derive(Debug, Clone)]
pub(super) struct Directory {
    name: String,
    files: Arc<LocalFileSystem>,
}

impl Directory {
    pub(super) fn open(path: &FilePath) -> Result<Self, BucketError> {
        let name = format!("file://{}", path.display());
        let files = LocalFileSystem::new_with_prefix(path)
            .map_err(|error| BucketError::Client(name.clone(), Box::new(error)))?;
        Ok(Self { name, files: Arc::new(files) })
    }

    /// All of it, for a file system tells of its files in no order; in pages like those of S3.
    pub(super) async fn list(&self) -> Result<Vec<Page>, BucketError> {
        let files = self.files.list(None).try_filter(|file| std::future::ready(!is_hidden(&file.location)));
        let mut objects: Vec<Listed> = files.map_ok(listed).try_collect().await.map_err(|error| self.error(error))?;
        objects.sort_by(|a, b| a.key.cmp(&b.key));
        let mut pages = Vec::new();
        while objects.len() > PAGE {
            let rest = objects.split_off(PAGE);
            let until = objects.last().map(|last| last.key.clone());
            pages.push(Page { objects, until });
            objects = rest;
        }
        pages.push(Page { objects, until: None });
        Ok(pages)
    }

    pub(super) async fn head(&self, key: &str) -> Result<Option<Listed>, BucketError> {
        let Ok(path) = Path::parse(key) else { return Ok(None) };
        match self.files.head(&path).await {
            Ok(meta) => Ok(Some(listed(meta))),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.error(error)),
        }
    }

    pub(super) async fn get(&self, key: &str, etag: Option<&str>) -> Result<Option<Answer>, BucketError> {
        let Ok(path) = Path::parse(key) else { return Ok(None) };
        let options = GetOptions { if_match: etag.map(str::to_owned), ..GetOptions::default() };
        match self.files.get_opts(&path, options).await {
            Ok(answer) => {
                let (directory, size) = (self.clone(), answer.meta.size);
                let bytes = answer.into_stream().map_err(move |error| directory.error(error)).boxed();
                Ok(Some(Answer { size, bytes }))
            }
            Err(object_store::Error::NotFound { .. } | object_store::Error::Precondition { .. }) => Ok(None),
            Err(error) => Err(self.error(error)),
        }
    }

    fn error(&self, error: object_store::Error) -> BucketError {
        let name = self.name.clone();
        match error {
            object_store::Error::PermissionDenied { .. } => BucketError::Refused(name, Box::new(error)),
            object_store::Error::NotFound { .. } => BucketError::NotFound(name, Box::new(error)),
            error => BucketError::Unreachable(name, Box::new(error)),
        }
    }
}

/// The key of a file below a directory.
pub(super) fn key_below(directory: &PathBuf, file: &FilePath) -> Option<String> {
    let below = file.strip_prefix(directory).ok()?;
    let path: Path = below.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    Some(path.to_string())
}

fn listed(file: ObjectMeta) -> Listed {
    let last_modified = to_micros(file.last_modified);
    Listed {
        key: file.location.to_string(),
        version_id: None,
        etag: file.e_tag,
        last_modified,
        size: file.size,
        is_whole: is_settled(last_modified),
    }
}

/// Postgres keeps microseconds: what is compared with the ledger is cut to them.
fn to_micros(time: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(time.timestamp_micros()).unwrap_or(time)
}

fn is_settled(last_modified: DateTime<Utc>) -> bool {
    let age = SystemClock.now().signed_duration_since(last_modified);
    age.to_std().is_ok_and(|age| age > SETTLED) || age < chrono::Duration::zero()
}

fn is_hidden(path: &Path) -> bool {
    path.parts().any(|part| part.as_ref().starts_with('.'))
}
