//! Lists an S3 bucket with AWS's own client, which gives every key as it is: one that `object_store` cannot name must not
//! hide all the others.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::Builder;
use aws_sdk_s3::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_s3::types::Object;
use chrono::{DateTime, Utc};
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};

use super::{BucketError, Listed};

/// A bucket that can be listed.
#[derive(Debug, Clone)]
pub(super) struct Listing {
    client: Client,
    bucket: String,
    prefix: String,
}

impl Listing {
    /// `shared` is AWS's own chain; `None`: without credentials.
    pub(super) async fn open(
        shared: Option<&SdkConfig>,
        (bucket, prefix): (&str, String),
        region: &str,
        endpoint: Option<&str>,
    ) -> Self {
        let anonymous = match shared {
            Some(_) => None,
            None => Some(
                aws_config::defaults(BehaviorVersion::latest())
                    .no_credentials()
                    .region(Region::new("us-east-1"))
                    .load()
                    .await,
            ),
        };
        let base = shared.or(anonymous.as_ref());
        let mut builder = base.map_or_else(Builder::new, Builder::from).region(Region::new(region.to_owned()));
        if let Some(endpoint) = endpoint {
            builder = builder.endpoint_url(endpoint).force_path_style(true);
        }
        Self { client: Client::from_conf(builder.build()), bucket: bucket.to_owned(), prefix }
    }

    /// All objects under the prefix, page after page.
    pub(super) fn list(&self) -> BoxStream<'_, Result<Listed, BucketError>> {
        let request = self.client.list_objects_v2().bucket(&self.bucket).prefix(&self.prefix);
        let pages = stream::unfold(request.into_paginator().send(), |mut pages| async {
            pages.next().await.map(|page| (page, pages))
        });
        pages
            .map_err(|error| self.error(error))
            .map_ok(|page| {
                stream::iter(page.contents.unwrap_or_default().into_iter().filter_map(|object| listed(&object)).map(Ok))
            })
            .try_flatten()
            .boxed()
    }

    fn error<
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        R: std::fmt::Debug + Send + Sync + 'static,
    >(
        &self,
        error: SdkError<E, R>,
    ) -> BucketError {
        let name = format!("s3://{}", self.bucket);
        let code = error.code().map(str::to_owned);
        let source = Box::new(object_store::Error::Generic {
            store: "S3",
            source: DisplayErrorContext(error).to_string().into(),
        });
        match code.as_deref() {
            Some("NoSuchBucket") => BucketError::NotFound(name, source),
            Some(
                "AccessDenied"
                | "AllAccessDisabled"
                | "InvalidAccessKeyId"
                | "SignatureDoesNotMatch"
                | "ExpiredToken"
                | "InvalidToken",
            ) => BucketError::Refused(name, source),
            _ => BucketError::Unreachable(name, source),
        }
    }
}

fn listed(object: &Object) -> Option<Listed> {
    let modified = object.last_modified()?;
    let last_modified: DateTime<Utc> = DateTime::from_timestamp(modified.secs(), modified.subsec_nanos())?;
    let size = u64::try_from(object.size().unwrap_or_default()).ok()?;
    Some(Listed { key: object.key()?.to_owned(), etag: object.e_tag().map(str::to_owned), last_modified, size })
}
