//! The buckets of a directory.
//!
//! Invariant: one process at a time keeps its objects in a directory, and what arrives waits in `incoming/`, which
//! is emptied at the start.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use s3s::{S3Result, s3_error};

use super::bucket::Bucket;
use super::clock::BucketClock;
use super::uploads::Uploads;
use super::{S3Error, locked};

#[derive(Debug)]
pub(super) struct Store {
    buckets: Mutex<BTreeMap<String, Arc<Bucket>>>,
    directory: PathBuf,
    incoming: PathBuf,
    pub(super) uploads: Uploads,
    pub(super) clock: BucketClock,
    _lock: File,
}

impl Store {
    pub(super) fn open(directory: &Path) -> Result<Self, S3Error> {
        let incoming = directory.join("incoming");
        let buckets = directory.join("buckets");
        fs::create_dir_all(&buckets).map_err(S3Error::io("create", &buckets))?;
        let lock = lock(directory)?;
        emptied(&incoming).map_err(S3Error::io("empty", &incoming))?;
        Ok(Self {
            buckets: Mutex::new(load(&buckets)?),
            directory: buckets,
            incoming,
            uploads: Uploads::default(),
            clock: BucketClock::default(),
            _lock: lock,
        })
    }

    /// Where bodies wait until they are whole.
    pub(super) fn incoming(&self) -> &Path {
        &self.incoming
    }

    pub(super) fn bucket(&self, name: &str) -> S3Result<Arc<Bucket>> {
        let found = locked(&self.buckets).get(name).cloned();
        found.ok_or_else(|| s3_error!(NoSuchBucket, "The specified bucket does not exist"))
    }

    pub(super) fn buckets(&self) -> Vec<Arc<Bucket>> {
        locked(&self.buckets).values().cloned().collect()
    }

    pub(super) fn create_bucket(&self, name: &str) -> S3Result<()> {
        let mut buckets = locked(&self.buckets);
        if buckets.contains_key(name) {
            return Err(s3_error!(BucketAlreadyOwnedByYou, "Your previous request to create it succeeded"));
        }
        let bucket = Bucket::create(self.directory.join(name), name, self.clock.now());
        buckets.insert(name.to_owned(), Arc::new(bucket.map_err(s3s::S3Error::internal_error)?));
        Ok(())
    }

    pub(super) fn delete_bucket(&self, name: &str) -> S3Result<()> {
        let bucket = self.bucket(name)?;
        let mut buckets = locked(&self.buckets);
        if !bucket.read(|index| index.keys.is_empty()) {
            return Err(s3_error!(BucketNotEmpty, "The bucket you tried to delete is not empty"));
        }
        fs::remove_dir_all(bucket.directory()).map_err(s3s::S3Error::internal_error)?;
        buckets.remove(name);
        Ok(())
    }
}

fn lock(directory: &Path) -> Result<File, S3Error> {
    let path = directory.join("lock");
    let file = File::create(&path).map_err(S3Error::io("create", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(S3Error::DirectoryInUse { directory: directory.to_path_buf() }),
        Err(TryLockError::Error(source)) => Err(S3Error::Io { action: "lock", path, source }),
    }
}

fn emptied(directory: &Path) -> io::Result<()> {
    if directory.exists() {
        fs::remove_dir_all(directory)?;
    }
    fs::create_dir(directory)
}

fn load(directory: &Path) -> Result<BTreeMap<String, Arc<Bucket>>, S3Error> {
    let mut buckets = BTreeMap::new();
    for entry in fs::read_dir(directory).map_err(S3Error::io("read", directory))? {
        let entry = entry.map_err(S3Error::io("read", directory))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        buckets.insert(name.clone(), Arc::new(Bucket::open(entry.path(), &name)?));
    }
    Ok(buckets)
}
