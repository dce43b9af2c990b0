//! Buckets: a local directory, and one of a real S3 server in this process.
//!
//! Invariant: an object says that it was written at [`sample::WRITTEN_AT`](crate::sample::WRITTEN_AT) unless the
//! scenario says otherwise, so that the same files give the same warehouse wherever they lie.

use std::path::{Path, PathBuf};

use aws_credential_types::Credentials;
use aws_sdk_s3::types::{BucketVersioningStatus, CompletedMultipartUpload, CompletedPart, VersioningConfiguration};
use chrono::{DateTime, Utc};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::{ObjectStoreExt as _, PutPayload};
use tempfile::TempDir;
use wardwatch_demo::{Operation, S3Options, S3Server};

use crate::Tested;
use crate::sample::written_at;

/// The bucket of the S3 server.
pub const BUCKET: &str = "hospital";
/// The one access key that the server knows.
pub const ACCESS_KEY: &str = "ward-key";
/// Its secret.
pub const SECRET_KEY: &str = "ward-secret-7c1f";

/// A bucket that is a local directory.
#[derive(Debug)]
pub struct Folder {
    bucket: TempDir,
    /// Where files are written before they have their name in the bucket.
    unfinished: TempDir,
}

impl Folder {
    /// An empty one.
    pub fn new() -> Tested<Self> {
        Ok(Self { bucket: tempfile::tempdir()?, unfinished: tempfile::tempdir()? })
    }

    /// Its address.
    pub fn address(&self) -> String {
        format!("file://{}", self.bucket.path().display())
    }

    /// Where the object of a key lies; its directory is made.
    pub fn path(&self, key: &str) -> Tested<PathBuf> {
        let path = self.bucket.path().join(key);
        path.parent().map(std::fs::create_dir_all).transpose()?;
        Ok(path)
    }

    /// Writes an object, whole before it has its name.
    pub fn put(&self, key: &str, bytes: &[u8]) -> Tested {
        self.put_at(key, bytes, written_at()?)
    }

    /// Writes an object of a time.
    pub fn put_at(&self, key: &str, bytes: &[u8], at: DateTime<Utc>) -> Tested {
        let path = self.path(key)?;
        let unfinished = self.unfinished.path().join("file");
        std::fs::write(&unfinished, bytes)?;
        std::fs::File::options().append(true).open(&unfinished)?.set_modified(at.into())?;
        Ok(std::fs::rename(unfinished, path)?)
    }

    /// Writes each file of a directory.
    pub fn put_all(&self, directory: &Path) -> Tested {
        files(directory)?.into_iter().try_for_each(|(key, bytes)| self.put(&key, &bytes))
    }

    /// Removes an object.
    pub fn delete(&self, key: &str) -> Tested {
        Ok(std::fs::remove_file(self.path(key)?)?)
    }
}

/// A bucket of an S3 server.
#[derive(Debug)]
pub struct S3 {
    /// The server: its clock, its faults, what it was asked.
    pub server: S3Server,
    /// AWS's own client, with the key.
    pub aws: aws_sdk_s3::Client,
    client: AmazonS3,
    _directory: TempDir,
}

impl S3 {
    /// A server that lets in who has the key.
    pub async fn start() -> Tested<Self> {
        Self::launch(false).await
    }

    /// A server that lets everybody read.
    pub async fn start_public() -> Tested<Self> {
        Self::launch(true).await
    }

    async fn launch(anonymous: bool) -> Tested<Self> {
        let directory = tempfile::tempdir()?;
        let options = S3Options {
            directory: directory.path().to_path_buf(),
            listen: ([127, 0, 0, 1], 0).into(),
            access_key: ACCESS_KEY.to_owned(),
            secret_key: SECRET_KEY.to_owned(),
            anonymous,
        };
        let server = S3Server::start(options).await?;
        server.ensure_bucket(BUCKET)?;
        let client = AmazonS3Builder::new()
            .with_endpoint(server.endpoint())
            .with_allow_http(true)
            .with_region("us-east-1")
            .with_bucket_name(BUCKET)
            .with_access_key_id(ACCESS_KEY)
            .with_secret_access_key(SECRET_KEY)
            .build()?;
        let aws = aws_client(&server.endpoint());
        Ok(Self { server, aws, client, _directory: directory })
    }

    /// Its address, without a prefix.
    pub fn address() -> String {
        format!("s3://{BUCKET}")
    }

    /// Writes an object.
    pub async fn put(&self, key: &str, bytes: &[u8]) -> Tested {
        self.put_at(key, bytes, written_at()?).await
    }

    /// Writes an object of a time.
    pub async fn put_at(&self, key: &str, bytes: &[u8], at: DateTime<Utc>) -> Tested {
        self.server.set_time(Some(at));
        self.client.put(&key.into(), PutPayload::from(bytes.to_vec())).await?;
        Ok(())
    }

    /// Writes an object under a key that `object_store` cannot name, with AWS's own client.
    pub async fn put_odd(&self, key: &str, bytes: &[u8]) -> Tested {
        self.aws.put_object().bucket(BUCKET).key(key).body(bytes.to_vec().into()).send().await?;
        Ok(())
    }

    /// Writes an object in the same second as the last one, by an upload in parts, whose ETag is no hash of the bytes.
    pub async fn put_in_parts(&self, key: &str, bytes: &[u8]) -> Tested {
        let begun = self.aws.create_multipart_upload().bucket(BUCKET).key(key).send().await?;
        let id = begun.upload_id().unwrap_or_default();
        let part = self.aws.upload_part().bucket(BUCKET).key(key).upload_id(id).part_number(1);
        let part = part.body(bytes.to_vec().into()).send().await?;
        let part = CompletedPart::builder().part_number(1).set_e_tag(part.e_tag).build();
        let parts = CompletedMultipartUpload::builder().parts(part).build();
        let end = self.aws.complete_multipart_upload().bucket(BUCKET).key(key).upload_id(id);
        end.multipart_upload(parts).send().await?;
        Ok(())
    }

    /// Deletes an object; where versions are kept, by a marker.
    pub async fn delete(&self, key: &str) -> Tested {
        self.aws.delete_object().bucket(BUCKET).key(key).send().await?;
        Ok(())
    }

    /// Keeps what is overwritten from now on.
    pub async fn keep_versions(&self) -> Tested {
        let enabled = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
        self.aws.put_bucket_versioning().bucket(BUCKET).versioning_configuration(enabled).send().await?;
        Ok(())
    }

    /// How often an operation was asked for so far.
    pub fn asked(&self, operation: Operation) -> u64 {
        self.server.requests().get(operation.name()).copied().unwrap_or_default()
    }

    /// Writes each file of a directory.
    pub async fn put_all(&self, directory: &Path) -> Tested {
        for (key, bytes) in files(directory)? {
            self.put(&key, &bytes).await?;
        }
        Ok(())
    }
}

/// AWS's own client of a server that is not Amazon's, with the key.
pub fn aws_client(endpoint: &str) -> aws_sdk_s3::Client {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version_latest()
        .endpoint_url(endpoint)
        .force_path_style(true)
        .region(aws_sdk_s3::config::Region::new("us-east-1"))
        .credentials_provider(Credentials::new(ACCESS_KEY, SECRET_KEY, None, None, "test"));
    aws_sdk_s3::Client::from_conf(config.build())
}

/// The files of a directory by their names, in order.
pub fn files(directory: &Path) -> Tested<Vec<(String, Vec<u8>)>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        files.push((entry.file_name().to_string_lossy().into_owned(), std::fs::read(entry.path())?));
    }
    files.sort();
    Ok(files)
}
