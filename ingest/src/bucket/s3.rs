//! An S3 bucket, read with AWS's own client: it takes every key as it is, AWS's whole chain of credentials, and versions.

mod clock;
mod error;
mod listing;
mod versions;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::ProvideCredentials;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::Builder;
use aws_sdk_s3::primitives::{ByteStream, DateTime as S3Time};
use chrono::{DateTime, Utc};
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use tokio::sync::Mutex;
use wardwatch_schema::config::{Config, Versions};

use super::address::S3Place;
use super::{Answer, BucketError, Listed, Page, can_be_kept};

/// How often a request is tried before it counts as failed.
const ATTEMPTS: u32 = 5;
/// How long the first byte of an answer may take. A body that stalls is cut by the client itself, after some seconds.
const ANSWERS_WITHIN: Duration = Duration::from_secs(30);

/// An opened S3 bucket.
#[derive(Debug)]
pub(crate) struct S3 {
    client: Client,
    shared: SdkConfig,
    bucket: String,
    anonymous: bool,
    versions: Versions,
    answered: Mutex<Option<versions::Answered>>,
    /// How many pages had keys that the ledger cannot hold.
    pages_cut: AtomicU64,
}

impl S3 {
    pub(super) async fn open(config: &Config, place: S3Place) -> Result<Self, BucketError> {
        let shared = shared(config, config.region.clone().or(place.region)).await?;
        let mut builder = Builder::from(&shared);
        let endpoint = config.endpoint.clone().or(place.endpoint).or_else(|| std::env::var("AWS_ENDPOINT_URL").ok());
        if let Some(endpoint) = endpoint {
            builder = builder.endpoint_url(endpoint).force_path_style(true);
        }
        Ok(Self {
            client: Client::from_conf(builder.build()),
            shared,
            bucket: place.bucket,
            anonymous: config.anonymous,
            versions: config.versions,
            answered: Mutex::default(),
            pages_cut: AtomicU64::new(0),
        })
    }

    /// AWS's own chain and the region, for other clients.
    pub(crate) fn shared(&self) -> &SdkConfig {
        &self.shared
    }

    /// Whether it is read without credentials.
    pub(crate) fn is_anonymous(&self) -> bool {
        self.anonymous
    }

    /// Its bare name.
    pub(crate) fn bucket(&self) -> &str {
        &self.bucket
    }

    fn name(&self) -> String {
        format!("s3://{}", self.bucket)
    }

    pub(super) fn pages<'a>(
        &'a self,
        start: &'a str,
        after: Option<String>,
    ) -> BoxStream<'a, Result<Page, BucketError>> {
        let pages = async move {
            Ok::<_, BucketError>(if self.has_versions().await? {
                versions::pages(self, start, after)
            } else {
                listing::pages(self, start, after)
            })
        };
        stream::once(pages)
            .flat_map(|pages| match pages {
                Ok(pages) => pages,
                Err(error) => stream::once(std::future::ready(Err(error))).boxed(),
            })
            .boxed()
    }

    /// Leaves out what the ledger cannot hold, so that one odd key does not hide all others. It is told seldomer each time, for
    /// a small bucket is listed every second.
    fn only_kept(&self, mut told: Vec<Listed>) -> Vec<Listed> {
        let all = told.len();
        told.retain(|object| can_be_kept(&object.key));
        let left_out = all - told.len();
        if left_out > 0 && (self.pages_cut.fetch_add(1, Ordering::Relaxed) + 1).is_power_of_two() {
            tracing::warn!(
                bucket = self.bucket,
                left_out,
                "ingest.discover: keys with a NUL byte are not read, for Postgres holds no such text: have the source write them under other names"
            );
        }
        told
    }

    pub(super) async fn head(&self, key: &str) -> Result<Option<Listed>, BucketError> {
        let with_versions = self.has_versions().await?;
        let head = match self.client.head_object().bucket(&self.bucket).key(key).send().await {
            Ok(head) => head,
            Err(error) if error::is_absence(&error) => return Ok(None),
            Err(error) => return Err(error::sorted(self.name(), &error)),
        };
        Ok(listed(Told {
            key: key.to_owned(),
            version_id: head.version_id.filter(|_| with_versions),
            etag: head.e_tag,
            last_modified: head.last_modified,
            size: head.content_length,
        }))
    }

    pub(super) async fn get(
        &self,
        key: &str,
        version: Option<&str>,
        etag: Option<&str>,
    ) -> Result<Option<Answer>, BucketError> {
        let request = self.client.get_object().bucket(&self.bucket).key(key);
        let request = request.set_version_id(version.map(str::to_owned)).set_if_match(etag.map(str::to_owned));
        match request.send().await {
            Ok(answer) => {
                let size = answer.content_length.and_then(|length| u64::try_from(length).ok()).unwrap_or_default();
                Ok(Some(Answer { size, bytes: bytes_of(self.name(), answer.body) }))
            }
            Err(error) if error::is_absence(&error) => Ok(None),
            Err(error) => Err(error::sorted(self.name(), &error)),
        }
    }
}

async fn shared(config: &Config, region: Option<String>) -> Result<SdkConfig, BucketError> {
    let timeouts = TimeoutConfig::builder().read_timeout(ANSWERS_WITHIN).build();
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
        .timeout_config(timeouts);
    if config.anonymous {
        loader = loader.no_credentials().region(Region::new(region.clone().unwrap_or_else(us_east)));
    } else if let Some(region) = region {
        loader = loader.region(Region::new(region));
    }
    let shared = loader.load().await;
    if !config.anonymous {
        let chain = shared.credentials_provider().ok_or(BucketError::NoCredentials)?;
        chain.provide_credentials().await.map_err(|_| BucketError::NoCredentials)?;
    }
    Ok(match shared.region() {
        Some(_) => shared,
        None => shared.into_builder().region(Region::new(us_east())).build(),
    })
}

fn us_east() -> String {
    "us-east-1".to_owned()
}

fn bytes_of(name: String, body: ByteStream) -> BoxStream<'static, Result<bytes::Bytes, BucketError>> {
    let parts = stream::try_unfold((name, body), |(name, mut body)| async move {
        match body.try_next().await {
            Ok(part) => Ok(part.map(|bytes| (bytes, (name, body)))),
            Err(error) => Err(BucketError::Unreachable(name, Box::new(error))),
        }
    });
    parts.boxed()
}

/// What the answers that tell of an object have in common.
struct Told {
    key: String,
    version_id: Option<String>,
    etag: Option<String>,
    last_modified: Option<S3Time>,
    size: Option<i64>,
}

fn listed(told: Told) -> Option<Listed> {
    let modified = told.last_modified?;
    let last_modified: DateTime<Utc> = DateTime::from_timestamp(modified.secs(), 0)?;
    let size = u64::try_from(told.size.unwrap_or_default()).ok()?;
    let Told { key, version_id, etag, .. } = told;
    Some(Listed { key, version_id, etag, last_modified, size, is_whole: true })
}
