//! The bucket: an S3 bucket, a public one by its address, or a local directory. Reads only.
//!
//! Invariant: bytes, identity and order of an object come from one conditional GET, so that an object replaced meanwhile
//! is never read under the name of the one that was listed.

mod address;
mod directory;
mod s3;

use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};
use url::Url;
use wardwatch_schema::config::Config;

use address::S3Place;
use directory::Directory;
pub(crate) use s3::S3;

/// What caused a failure of the bucket, for the log: see `in_full`.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why a bucket cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BucketError {
    /// The address is none of the three kinds.
    #[error(
        "the bucket {0:?} is not an address: give s3://name/prefix, file:///directory or https://name.s3.region.amazonaws.com"
    )]
    Address(String),
    /// The local directory does not exist.
    #[error("the directory {0} does not exist: create it, or correct WARDWATCH_BUCKET")]
    NoDirectory(PathBuf),
    /// AWS's own chain has no credentials.
    #[error(
        "no AWS credentials were found: set AWS_PROFILE or AWS_ACCESS_KEY_ID, or pass --anonymous for a public bucket"
    )]
    NoCredentials,
    /// The bucket refuses the credentials, or they may not list or read.
    #[error(
        "the bucket {0} refuses access: check the credentials (s3:ListBucket and s3:GetObject are needed; where it keeps versions s3:ListBucketVersions and s3:GetObjectVersion too), or pass --anonymous for a public bucket"
    )]
    Refused(String, #[source] Cause),
    /// The bucket does not exist.
    #[error("the bucket {0} does not exist: check its name, its region and --endpoint")]
    NotFound(String, #[source] Cause),
    /// The clock of this machine is too far from the server's.
    #[error(
        "the bucket {0} refuses requests whose time is wrong: set the clock of this machine; wardwatch-ingest doctor tells by how much it is off"
    )]
    Skewed(String, #[source] Cause),
    /// The object lies where it cannot be read at once.
    #[error(
        "the bucket {0} has moved the object to an archive: restore it there, and have the lifecycle rule leave objects alone until they are loaded"
    )]
    Archived(String, #[source] Cause),
    /// The listing is not in the order of the keys.
    #[error(
        "the bucket {0} lists its keys in no order, so that nobody can tell what is missing: it must list them by their bytes, as S3 does (its directory buckets do not)"
    )]
    Disordered(String),
    /// No answer, or one that says that the server is in trouble.
    #[error("the bucket {0} cannot be reached: check the network, the region and --endpoint")]
    Unreachable(String, #[source] Cause),
    /// The client could not be made from the configuration.
    #[error("the bucket {0} cannot be opened: {1}")]
    Client(String, #[source] Cause),
}

/// What an error says, and all that caused it, for the log: a reason says what to do, a cause what has happened.
pub(crate) fn in_full(error: &dyn std::error::Error) -> String {
    let (mut told, mut cause) = (error.to_string(), error.source());
    while let Some(error) = cause {
        let text = error.to_string();
        // Some errors quote their cause already.
        if !told.contains(&text) {
            told = format!("{told}: {text}");
        }
        cause = error.source();
    }
    told
}

/// Whether the ledger can hold a key: no text of Postgres holds a NUL byte.
pub(crate) fn can_be_kept(key: &str) -> bool {
    !key.contains('\0')
}

/// One object as the bucket tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The whole key, the prefix included.
    pub key: String,
    /// Its version, where versions were asked for.
    pub version_id: Option<String>,
    /// The ETag, as S3 writes it (with its quotes).
    pub etag: Option<String>,
    /// When the object was written.
    pub last_modified: DateTime<Utc>,
    /// Bytes.
    pub size: u64,
    /// Whether its writer has ended, as far as can be told; S3 shows nothing before.
    pub is_whole: bool,
}

/// A part of a listing.
#[derive(Debug, Default)]
pub struct Page {
    /// In the order of their keys; versions of one key newest first.
    pub objects: Vec<Listed>,
    /// The key up to which this page and those before it told everything; `None`: all was told.
    pub until: Option<String>,
}

/// The bytes of an object on their way.
pub struct Answer {
    /// How many there are, as the bucket says.
    pub size: u64,
    /// They themselves.
    pub bytes: BoxStream<'static, Result<Bytes, BucketError>>,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer").field("size", &self.size).finish_non_exhaustive()
    }
}

/// An opened bucket.
#[derive(Debug, Clone)]
pub struct Bucket {
    /// As the ledger names it: `s3://name` or `file:///directory`.
    pub name: String,
    /// The prefix that is read; empty for all.
    pub prefix: String,
    /// The directory, where the bucket is one.
    pub directory: Option<PathBuf>,
    store: Store,
}

#[derive(Debug, Clone)]
enum Store {
    Directory(Directory),
    S3(Arc<S3>),
}

impl Bucket {
    /// Opens the configured bucket. Nothing is asked of the server yet.
    pub async fn open(config: &Config, address: &str) -> Result<Self, BucketError> {
        let url = Url::parse(address).map_err(|_| BucketError::Address(address.to_owned()))?;
        match url.scheme() {
            "file" => Self::open_directory(&url, address),
            "s3" | "https" | "http" => Self::open_s3(config, &url, address).await,
            _ => Err(BucketError::Address(address.to_owned())),
        }
    }

    fn open_directory(url: &Url, address: &str) -> Result<Self, BucketError> {
        let path = url.to_file_path().map_err(|()| BucketError::Address(address.to_owned()))?;
        let Ok(path) = path.canonicalize() else { return Err(BucketError::NoDirectory(path)) };
        let store = Store::Directory(Directory::open(&path)?);
        Ok(Self { name: format!("file://{}", path.display()), prefix: String::new(), directory: Some(path), store })
    }

    async fn open_s3(config: &Config, url: &Url, address: &str) -> Result<Self, BucketError> {
        let place = S3Place::of(url).ok_or_else(|| BucketError::Address(address.to_owned()))?;
        let (name, prefix) = (format!("s3://{}", place.bucket), place.prefix.clone());
        let store = Store::S3(Arc::new(S3::open(config, place).await?));
        Ok(Self { name, prefix, directory: None, store })
    }

    /// What every key under the prefix starts with. A prefix is a folder: `ward/7` takes nothing of `ward/70`.
    pub fn key_start(&self) -> String {
        if self.prefix.is_empty() { String::new() } else { format!("{}/", self.prefix) }
    }

    /// Whether the versions of its keys are listed and read.
    pub async fn has_versions(&self) -> Result<bool, BucketError> {
        match &self.store {
            Store::Directory(_) => Ok(false),
            Store::S3(s3) => s3.has_versions().await,
        }
    }

    /// The objects whose keys start so and come after a key, page by page, in the order of their keys. A directory is
    /// always told whole.
    pub fn pages<'a>(&'a self, start: &'a str, after: Option<String>) -> BoxStream<'a, Result<Page, BucketError>> {
        match &self.store {
            Store::Directory(directory) => {
                stream::once(directory.list()).map_ok(|pages| stream::iter(pages).map(Ok)).try_flatten().boxed()
            }
            Store::S3(s3) => s3.pages(start, after),
        }
    }

    /// The versions of one key, newest first, page by page; nothing where they are not listed.
    pub fn pages_of_versions<'a>(&'a self, key: &'a str) -> BoxStream<'a, Result<Vec<Listed>, BucketError>> {
        match &self.store {
            Store::Directory(_) => stream::empty().boxed(),
            Store::S3(s3) => s3.pages_of_versions(key),
        }
    }

    /// All objects under the prefix.
    pub async fn list(&self) -> Result<Vec<Listed>, BucketError> {
        let start = self.key_start();
        let pages = self.pages(&start, None).map_ok(|page| stream::iter(page.objects).map(Ok));
        pages.try_flatten().try_collect().await
    }

    /// Whether the bucket tells what it holds.
    pub async fn answers(&self) -> bool {
        self.pages(&self.key_start(), None).try_next().await.is_ok()
    }

    /// What the bucket says of one key now; `None` where there is no such object.
    pub async fn head(&self, key: &str) -> Result<Option<Listed>, BucketError> {
        match &self.store {
            Store::Directory(directory) => directory.head(key).await,
            Store::S3(s3) => s3.head(key).await,
        }
    }

    /// The bytes of exactly the object that was listed; `None` where it is there no more.
    pub async fn get(
        &self,
        key: &str,
        version: Option<&str>,
        etag: Option<&str>,
    ) -> Result<Option<Answer>, BucketError> {
        match &self.store {
            Store::Directory(directory) => directory.get(key, etag).await,
            Store::S3(s3) => s3.get(key, version, etag).await,
        }
    }

    /// The S3 client, where the bucket is one of S3.
    pub(crate) fn s3(&self) -> Option<&S3> {
        match &self.store {
            Store::Directory(_) => None,
            Store::S3(s3) => Some(s3),
        }
    }

    /// The key of a file below the directory that is watched.
    pub fn key_of(&self, file: &FilePath) -> Option<String> {
        directory::key_below(self.directory.as_ref()?, file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_told_with_all_that_caused_it_and_nothing_twice() {
        let refused = std::io::Error::new(std::io::ErrorKind::ConnectionRefused, "connection refused");
        let error = BucketError::Unreachable("s3://hospital".to_owned(), Box::new(sqlx::Error::Io(refused)));
        let told = in_full(&error);
        assert!(told.starts_with("the bucket s3://hospital cannot be reached: check the network"), "{told}");
        assert_eq!(told.matches("connection refused").count(), 1, "{told}");
    }
}
