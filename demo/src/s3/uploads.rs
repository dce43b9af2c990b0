//! Multipart uploads under way.
//!
//! They live in memory: a restart forgets them with their parts, as S3's own rule for stale uploads would.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use md5::{Digest as _, Md5};
use s3s::dto::{CompletedPart, ETag};
use s3s::{S3Result, s3_error};

use super::bucket::Incoming;
use super::index::Headers;
use super::locked;
use super::object::{Received, concatenate};

/// Every part but the last has at least this many bytes.
const SMALLEST_PART: u64 = 5 * 1024 * 1024;

#[derive(Debug, Default)]
pub(super) struct Uploads(Mutex<HashMap<String, Upload>>);

#[derive(Debug)]
struct Upload {
    bucket: String,
    key: String,
    headers: Headers,
    parts: BTreeMap<i32, Received>,
}

impl Uploads {
    /// Returns the id by which parts name their upload.
    pub(super) fn begin(&self, bucket: String, key: String, headers: Headers) -> String {
        let id = uuid::Uuid::new_v4().simple().to_string();
        locked(&self.0).insert(id.clone(), Upload { bucket, key, headers, parts: BTreeMap::new() });
        id
    }

    /// Refuses an id that is not of this bucket and key.
    pub(super) fn must_know(&self, id: &str, bucket: &str, key: &str) -> S3Result<()> {
        let known = locked(&self.0).get(id).is_some_and(|it| it.bucket == bucket && it.key == key);
        if known { Ok(()) } else { Err(no_such_upload()) }
    }

    /// Keeps a part, in place of an earlier one of its number.
    pub(super) fn keep(&self, id: &str, number: i32, part: Received) -> S3Result<()> {
        let mut uploads = locked(&self.0);
        let upload = uploads.get_mut(id).ok_or_else(no_such_upload)?;
        upload.parts.insert(number, part);
        Ok(())
    }

    /// Ends an upload; its parts go.
    pub(super) fn end(&self, id: &str) {
        locked(&self.0).remove(id);
    }

    /// Puts the named parts together; they stay until [`Uploads::end`].
    pub(super) async fn assemble(&self, id: &str, wanted: &[CompletedPart], incoming: &Path) -> S3Result<Incoming> {
        let plan = locked(&self.0).get(id).ok_or_else(no_such_upload)?.plan(wanted)?;
        let files: Vec<&Path> = plan.files.iter().map(PathBuf::as_path).collect();
        let file = concatenate(&files, incoming).await?;
        Ok(Incoming { file, size: plan.size, etag: plan.etag, headers: plan.headers })
    }
}

struct Plan {
    files: Vec<PathBuf>,
    size: u64,
    etag: String,
    headers: Headers,
}

impl Upload {
    fn plan(&self, wanted: &[CompletedPart]) -> S3Result<Plan> {
        let mut plan = Plan { files: Vec::new(), size: 0, etag: String::new(), headers: self.headers.clone() };
        let mut hash = Md5::new();
        let mut last = 0;
        for (position, part) in wanted.iter().enumerate() {
            let number = part.part_number.unwrap_or_default();
            if number <= last {
                return Err(s3_error!(InvalidPartOrder, "The list of parts was not in ascending order"));
            }
            last = number;
            let received = self.part(number, part.e_tag.as_ref())?;
            if position + 1 < wanted.len() && received.size < SMALLEST_PART {
                return Err(s3_error!(EntityTooSmall, "A part but the last has less than five MiB"));
            }
            hash.update(received.md5);
            plan.size += received.size;
            plan.files.push(received.file.to_path_buf());
        }
        if wanted.is_empty() {
            return Err(s3_error!(MalformedXML, "An upload is completed with one part at least"));
        }
        plan.etag = format!("{}-{}", hex::encode(hash.finalize()), wanted.len());
        Ok(plan)
    }

    fn part(&self, number: i32, etag: Option<&ETag>) -> S3Result<&Received> {
        let found = self.parts.get(&number);
        let found = found.filter(|part| etag.is_none_or(|etag| etag.value() == hex::encode(part.md5)));
        found.ok_or_else(|| s3_error!(InvalidPart, "Part {number} was not uploaded, or with another ETag"))
    }
}

fn no_such_upload() -> s3s::S3Error {
    s3_error!(NoSuchUpload, "The specified upload does not exist; it may have been completed, aborted or forgotten")
}
