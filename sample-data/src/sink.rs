//! Where files go: a directory, a bucket, or memory. A file appears whole under its name or not at all.

use crate::error::Error;
use async_trait::async_trait;
use bytes::Bytes;
use object_store::aws::AmazonS3Builder;
use object_store::buffered::BufWriter;
use object_store::path::Path as ObjectPath;
use object_store::{ObjectStore, ObjectStoreExt};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::AsyncWriteExt;

/// A place that takes files.
#[async_trait]
pub trait Sink: Send + Sync {
    /// Begins a file that is written piece by piece.
    async fn open(&self, key: &str) -> Result<Box<dyn FileWriter>, Error>;

    /// Writes a whole file.
    async fn put(&self, key: &str, bytes: Bytes) -> Result<(), Error> {
        let mut writer = self.open(key).await?;
        writer.write(bytes).await?;
        writer.finish().await
    }
}

/// A file being written. Dropped before [`finish`](Self::finish), nothing stands under its name.
#[async_trait]
pub trait FileWriter: Send {
    /// Adds bytes.
    async fn write(&mut self, bytes: Bytes) -> Result<(), Error>;
    /// Makes the file visible under its name.
    async fn finish(self: Box<Self>) -> Result<(), Error>;
}

/// The sink of an address: a directory, `file:///directory`, or `s3://bucket/prefix` with the credentials of the
/// environment (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, …), at AWS or at `endpoint`.
pub fn sink_for(destination: &str, endpoint: Option<&str>) -> Result<Box<dyn Sink>, Error> {
    let refused = |reason: &str| Error::Destination { given: destination.into(), reason: reason.into() };
    if destination.is_empty() {
        return Err(refused("it is empty"));
    }
    if !destination.contains("://") {
        return Ok(Box::new(DirectorySink::new(destination)));
    }
    let address = url::Url::parse(destination).map_err(|error| refused(&error.to_string()))?;
    match address.scheme() {
        "file" => {
            let directory = address.to_file_path().map_err(|()| refused("it is no local path"))?;
            Ok(Box::new(DirectorySink::new(directory)))
        }
        "s3" => {
            let bucket = address.host_str().ok_or_else(|| refused("it names no bucket"))?;
            let store = s3_store(bucket, endpoint)?;
            Ok(Box::new(BucketSink::new(store, address.path().trim_matches('/'))))
        }
        other => Err(refused(&format!("{other}:// is not known"))),
    }
}

fn s3_store(bucket: &str, endpoint: Option<&str>) -> Result<Arc<dyn ObjectStore>, Error> {
    let mut builder = AmazonS3Builder::from_env().with_bucket_name(bucket);
    if let Some(endpoint) = endpoint {
        builder = builder.with_endpoint(endpoint).with_allow_http(true).with_virtual_hosted_style_request(false);
    }
    let store = builder.build().map_err(|source| Error::Bucket { bucket: bucket.into(), source })?;
    Ok(Arc::new(store))
}

/// A directory; files are written under `.name.tmp` and renamed.
#[derive(Clone, Debug)]
pub struct DirectorySink {
    root: PathBuf,
}

impl DirectorySink {
    /// A sink for a directory, made when the first file is written.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }
}

#[async_trait]
impl Sink for DirectorySink {
    async fn open(&self, key: &str) -> Result<Box<dyn FileWriter>, Error> {
        let failed = |source| Error::File { key: key.into(), source };
        let target = self.root.join(key);
        let name = target.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let directory = target.parent().unwrap_or(Path::new("."));
        tokio::fs::create_dir_all(directory).await.map_err(failed)?;
        let temporary = directory.join(format!(".{name}.tmp"));
        let file = tokio::fs::File::create(&temporary).await.map_err(failed)?;
        Ok(Box::new(LocalFile { key: key.into(), file, temporary, target }))
    }
}

struct LocalFile {
    key: String,
    file: tokio::fs::File,
    temporary: PathBuf,
    target: PathBuf,
}

impl LocalFile {
    fn failed(&self, source: std::io::Error) -> Error {
        Error::File { key: self.key.clone(), source }
    }
}

#[async_trait]
impl FileWriter for LocalFile {
    async fn write(&mut self, bytes: Bytes) -> Result<(), Error> {
        self.file.write_all(&bytes).await.map_err(|source| self.failed(source))
    }

    async fn finish(mut self: Box<Self>) -> Result<(), Error> {
        self.file.flush().await.map_err(|source| self.failed(source))?;
        tokio::fs::rename(&self.temporary, &self.target).await.map_err(|source| self.failed(source))
    }
}

/// Any object store, under a prefix. Small objects are one request, large ones a multipart upload.
#[derive(Clone, Debug)]
pub struct BucketSink {
    store: Arc<dyn ObjectStore>,
    prefix: String,
}

impl BucketSink {
    /// A sink for a store; the prefix is empty or has no slash at either end.
    pub fn new(store: Arc<dyn ObjectStore>, prefix: impl Into<String>) -> Self {
        Self { store, prefix: prefix.into() }
    }

    fn path(&self, key: &str) -> ObjectPath {
        if self.prefix.is_empty() { ObjectPath::from(key) } else { ObjectPath::from(format!("{}/{key}", self.prefix)) }
    }
}

#[async_trait]
impl Sink for BucketSink {
    async fn open(&self, key: &str) -> Result<Box<dyn FileWriter>, Error> {
        let writer = BufWriter::new(Arc::clone(&self.store), self.path(key));
        Ok(Box::new(StoredObject { key: key.into(), writer }))
    }

    async fn put(&self, key: &str, bytes: Bytes) -> Result<(), Error> {
        let put = self.store.put(&self.path(key), bytes.into()).await;
        put.map(drop).map_err(|error| Error::Object { key: key.into(), source: error.into() })
    }
}

struct StoredObject {
    key: String,
    writer: BufWriter,
}

#[async_trait]
impl FileWriter for StoredObject {
    async fn write(&mut self, bytes: Bytes) -> Result<(), Error> {
        if let Err(error) = self.writer.put(bytes).await {
            // Best effort: parts of a failed upload would lie in the bucket unseen; the first error is the one to tell.
            let _ = self.writer.abort().await;
            return Err(Error::Object { key: self.key.clone(), source: error.into() });
        }
        Ok(())
    }

    async fn finish(mut self: Box<Self>) -> Result<(), Error> {
        let shut = self.writer.shutdown().await;
        shut.map_err(|error| Error::Object { key: self.key.clone(), source: error.into() })
    }
}

/// Files kept in memory, for tests.
#[derive(Clone, Debug, Default)]
pub struct MemorySink {
    files: Arc<Mutex<BTreeMap<String, Bytes>>>,
}

impl MemorySink {
    /// All files by key.
    pub fn files(&self) -> BTreeMap<String, Bytes> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Sink for MemorySink {
    async fn open(&self, key: &str) -> Result<Box<dyn FileWriter>, Error> {
        Ok(Box::new(MemoryFile { key: key.into(), bytes: Vec::new(), files: Arc::clone(&self.files) }))
    }
}

struct MemoryFile {
    key: String,
    bytes: Vec<u8>,
    files: Arc<Mutex<BTreeMap<String, Bytes>>>,
}

#[async_trait]
impl FileWriter for MemoryFile {
    async fn write(&mut self, bytes: Bytes) -> Result<(), Error> {
        self.bytes.extend_from_slice(&bytes);
        Ok(())
    }

    async fn finish(self: Box<Self>) -> Result<(), Error> {
        let Self { key, bytes, files } = *self;
        files.lock().unwrap_or_else(PoisonError::into_inner).insert(key, bytes.into());
        Ok(())
    }
}
