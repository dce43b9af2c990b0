//! The bucket: an S3 bucket, a public one by its address, or a local directory. Reads only.
//!
//! Invariant: bytes, identity and order of an object come from one conditional GET, so that an object replaced meanwhile
//! is never read under the name of the one that was listed.

mod credentials;
mod listing;

use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ClientOptions, GetOptions, GetResult, ObjectMeta, ObjectStore, ObjectStoreExt};
use url::Url;
use wardwatch_schema::config::Config;

use credentials::ChainCredentials;
use listing::Listing;

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
        "the bucket {0} refuses access: check the credentials (s3:ListBucket and s3:GetObject are needed), or pass --anonymous for a public bucket"
    )]
    Refused(String, #[source] Box<object_store::Error>),
    /// The bucket does not exist.
    #[error("the bucket {0} does not exist: check its name, its region and --endpoint")]
    NotFound(String, #[source] Box<object_store::Error>),
    /// No answer, or one that says that the server is in trouble.
    #[error("the bucket {0} cannot be reached: check the network, the region and --endpoint")]
    Unreachable(String, #[source] Box<object_store::Error>),
    /// The client could not be made from the configuration.
    #[error("the bucket {0} cannot be opened: {1}")]
    Client(String, #[source] Box<object_store::Error>),
}

/// One object as a listing tells it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Listed {
    /// The whole key, the prefix included.
    pub key: String,
    /// The ETag, as S3 writes it (with its quotes).
    pub etag: Option<String>,
    /// When the object was written.
    pub last_modified: DateTime<Utc>,
    /// Bytes.
    pub size: u64,
}

impl From<ObjectMeta> for Listed {
    fn from(meta: ObjectMeta) -> Self {
        Self {
            key: meta.location.to_string(),
            etag: meta.e_tag,
            last_modified: to_micros(meta.last_modified),
            size: meta.size,
        }
    }
}

/// Postgres keeps microseconds: what is compared with the ledger is cut to them.
fn to_micros(time: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(time.timestamp_micros()).unwrap_or(time)
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
    store: Arc<dyn ObjectStore>,
    listing: Option<Listing>,
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
        let directory = url.to_file_path().map_err(|()| BucketError::Address(address.to_owned()))?;
        let Ok(directory) = directory.canonicalize() else { return Err(BucketError::NoDirectory(directory)) };
        let store = LocalFileSystem::new_with_prefix(&directory)
            .map_err(|error| BucketError::Client(address.to_owned(), Box::new(error)))?;
        let name = format!("file://{}", directory.display());
        Ok(Self { name, prefix: String::new(), directory: Some(directory), store: Arc::new(store), listing: None })
    }

    async fn open_s3(config: &Config, url: &Url, address: &str) -> Result<Self, BucketError> {
        let place = S3Place::of(url).ok_or_else(|| BucketError::Address(address.to_owned()))?;
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&place.bucket)
            .with_client_options(ClientOptions::new().with_allow_http(true));
        let endpoint = config.endpoint.clone().or(place.endpoint).or_else(|| std::env::var("AWS_ENDPOINT_URL").ok());
        if let Some(endpoint) = &endpoint {
            builder = builder.with_endpoint(endpoint);
        }
        let region = config.region.clone().or(place.region);
        let chain = if config.anonymous { None } else { Some(ChainCredentials::load(region.clone()).await?) };
        let region = match &chain {
            Some(chain) => chain.region().to_owned(),
            None => region.unwrap_or_else(|| "us-east-1".to_owned()),
        };
        let at = (place.bucket.as_str(), key_start(&place.prefix));
        let shared = chain.as_ref().map(ChainCredentials::shared);
        let listing = Listing::open(shared, at, &region, endpoint.as_deref()).await;
        builder = builder.with_region(&region);
        builder = match chain {
            Some(chain) => builder.with_credentials(Arc::new(chain)),
            None => builder.with_skip_signature(true),
        };
        let name = format!("s3://{}", place.bucket);
        let store = builder.build().map_err(|error| BucketError::Client(name.clone(), Box::new(error)))?;
        Ok(Self { name, prefix: place.prefix, directory: None, store: Arc::new(store), listing: Some(listing) })
    }

    /// All objects under the prefix, in no promised order. Hidden files of a directory are its writers' own.
    pub fn list(&self) -> BoxStream<'_, Result<Listed, BucketError>> {
        match &self.listing {
            Some(listing) => listing.list(),
            None => self.list_directory(),
        }
    }

    fn list_directory(&self) -> BoxStream<'_, Result<Listed, BucketError>> {
        self.store
            .list(None)
            .try_filter(|object| std::future::ready(!is_hidden(&object.location)))
            .map_ok(Listed::from)
            .map_err(|error| self.error(error))
            .boxed()
    }

    /// What every key under the prefix starts with.
    pub fn key_start(&self) -> String {
        key_start(&self.prefix)
    }

    /// What the bucket says of one key now; `None` where there is no such object.
    pub async fn head(&self, key: &str) -> Result<Option<Listed>, BucketError> {
        let Ok(path) = Path::parse(key) else { return Ok(None) };
        match self.store.head(&path).await {
            Ok(meta) => Ok(Some(meta.into())),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.error(error)),
        }
    }

    /// The bytes of exactly the object that was listed.
    pub(crate) async fn get(&self, key: &str, etag: Option<&str>) -> Result<GetResult, object_store::Error> {
        let path = Path::parse(key)?;
        let options = GetOptions { if_match: etag.map(str::to_owned), ..GetOptions::default() };
        self.store.get_opts(&path, options).await
    }

    /// Sorts an error of the store by its cause.
    pub(crate) fn error(&self, error: object_store::Error) -> BucketError {
        let name = self.name.clone();
        let error = Box::new(error);
        match *error {
            object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. } => {
                BucketError::Refused(name, error)
            }
            object_store::Error::NotFound { .. } => BucketError::NotFound(name, error),
            _ => BucketError::Unreachable(name, error),
        }
    }

    /// The key of a file below the directory that is watched.
    pub fn key_of(&self, file: &FilePath) -> Option<String> {
        let below = file.strip_prefix(self.directory.as_ref()?).ok()?;
        let path: Path = below.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        Some(path.to_string())
    }
}

/// A prefix is a folder: `ward/7` takes nothing of `ward/70`.
fn key_start(prefix: &str) -> String {
    if prefix.is_empty() { String::new() } else { format!("{prefix}/") }
}

fn is_hidden(path: &Path) -> bool {
    path.parts().any(|part| part.as_ref().starts_with('.'))
}

/// Where an address of S3 points.
#[derive(Debug, PartialEq, Eq)]
struct S3Place {
    bucket: String,
    prefix: String,
    region: Option<String>,
    endpoint: Option<String>,
}

impl S3Place {
    fn of(url: &Url) -> Option<Self> {
        let host = url.host_str()?;
        let path = url.path().trim_matches('/').to_owned();
        if url.scheme() == "s3" {
            return Some(Self { bucket: host.to_owned(), prefix: path, region: None, endpoint: None });
        }
        match host.strip_suffix(".amazonaws.com") {
            Some(service) => Self::of_amazon(service, &path),
            None => Self::of_other(url, &path),
        }
    }

    /// `name.s3.region`, `name.s3-region`, `name.s3`, or `s3.region` with the name first in the path.
    fn of_amazon(service: &str, path: &str) -> Option<Self> {
        let in_host = service.split_once(".s3").filter(|_| !service.starts_with("s3."));
        let (bucket, rest, prefix) = if let Some((bucket, rest)) = in_host {
            (bucket, rest, path)
        } else {
            let (bucket, prefix) = path.split_once('/').unwrap_or((path, ""));
            (bucket, service.strip_prefix("s3")?, prefix)
        };
        let region = rest.trim_start_matches(['.', '-']);
        let region = (!region.is_empty()).then(|| region.to_owned());
        (!bucket.is_empty()).then(|| Self {
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
            region,
            endpoint: None,
        })
    }

    fn of_other(url: &Url, path: &str) -> Option<Self> {
        let (bucket, prefix) = path.split_once('/').unwrap_or((path, ""));
        let endpoint = Some(url.origin().ascii_serialization());
        (!bucket.is_empty()).then(|| Self {
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
            region: None,
            endpoint,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_s3_are_read() {
        let cases = [
            ("s3://bucket/a/b/", ("bucket", "a/b", None, None)),
            ("https://bucket.s3.eu-west-1.amazonaws.com/", ("bucket", "", Some("eu-west-1"), None)),
            ("https://my.bucket.s3.amazonaws.com/a", ("my.bucket", "a", None, None)),
            ("https://s3.us-west-2.amazonaws.com/bucket/a", ("bucket", "a", Some("us-west-2"), None)),
            ("http://127.0.0.1:9000/bucket/a", ("bucket", "a", None, Some("http://127.0.0.1:9000"))),
        ];
        for (address, (bucket, prefix, region, endpoint)) in cases {
            let place = S3Place::of(&Url::parse(address).unwrap()).unwrap();
            let owned = |text: Option<&str>| text.map(str::to_owned);
            let expected = S3Place {
                bucket: bucket.to_owned(),
                prefix: prefix.to_owned(),
                region: owned(region),
                endpoint: owned(endpoint),
            };
            assert_eq!(place, expected, "{address}");
        }
    }
}
