//! Lists every version of every key, and finds out whether a bucket keeps them.
//!
//! Invariant: a page tells all versions of each key up to the one that it says; those of a key that is cut by S3's own
//! page wait for the next one.

use std::time::{Duration, Instant};

use aws_sdk_s3::types::{BucketVersioningStatus, EncodingType, ObjectVersion};
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use wardwatch_schema::config::Versions;

use super::listing::decoded;
use super::{BucketError, Listed, Page, S3, Told, error};

/// How long a bucket is believed that does not tell its versions: a permission may come, and a bucket may begin to keep them.
const NO_HOLDS: Duration = Duration::from_mins(10);

/// Whether a bucket tells its versions, as it said at a moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answered {
    has_versions: bool,
    at: Instant,
}

impl Answered {
    /// A yes holds for good.
    fn holds(self, now: Instant) -> bool {
        self.has_versions || now.duration_since(self.at) < NO_HOLDS
    }
}

/// Where a listing goes on, with what was told of a key that is not complete.
#[derive(Default)]
struct Next {
    key: Option<String>,
    version: Option<String>,
    told_until: String,
    cut: Vec<Listed>,
}

pub(super) fn pages<'a>(s3: &'a S3, start: &'a str, after: Option<String>) -> BoxStream<'a, Result<Page, BucketError>> {
    let first = Next { told_until: after.clone().unwrap_or_default(), key: after, ..Next::default() };
    stream::try_unfold(Some(first), move |next| page(s3, start, next)).boxed()
}

async fn page(s3: &S3, start: &str, next: Option<Next>) -> Result<Option<(Page, Option<Next>)>, BucketError> {
    let Some(next) = next else { return Ok(None) };
    let request = s3.client.list_object_versions().bucket(&s3.bucket).prefix(start).encoding_type(EncodingType::Url);
    let request = request.set_key_marker(next.key).set_version_id_marker(next.version);
    let answer = request.send().await.map_err(|error| error::sorted(s3.name(), &error))?;
    let mut objects = next.cut;
    objects.extend(s3.only_kept(answer.versions.unwrap_or_default().into_iter().filter_map(told).collect()));
    let key = answer.next_key_marker.filter(|_| answer.is_truncated == Some(true)).map(|key| decoded(&key));
    let Some(key) = key else { return Ok(Some((Page { objects, until: None }, None))) };
    let complete = objects.partition_point(|object| object.key < key);
    let cut = objects.split_off(complete);
    let told_until = objects.last().map_or(next.told_until, |last| last.key.clone());
    let page = Page { objects, until: Some(told_until.clone()) };
    Ok(Some((page, Some(Next { key: Some(key), version: answer.next_version_id_marker, told_until, cut }))))
}

fn told(version: ObjectVersion) -> Option<Listed> {
    super::listed(Told {
        key: decoded(&version.key?),
        version_id: version.version_id,
        etag: version.e_tag,
        last_modified: version.last_modified,
        size: version.size,
    })
}

impl S3 {
    /// Whether the versions of its keys are listed and read.
    pub(in super::super) async fn has_versions(&self) -> Result<bool, BucketError> {
        match self.versions {
            Versions::On => Ok(true),
            Versions::Off => Ok(false),
            // Who may read a public bucket is hardly ever told of its versions.
            Versions::Auto if self.anonymous => Ok(false),
            Versions::Auto => self.answers_versions().await,
        }
    }

    /// Asked once, and from time to time again where the answer was no.
    async fn answers_versions(&self) -> Result<bool, BucketError> {
        let mut answered = self.answered.lock().await;
        if let Some(answer) = answered.filter(|answer| answer.holds(Instant::now())) {
            return Ok(answer.has_versions);
        }
        let has_versions = self.keeps_versions().await? && self.tells_versions().await?;
        *answered = Some(Answered { has_versions, at: Instant::now() });
        Ok(has_versions)
    }

    /// The versions of one key, as they come: newest first.
    pub(in super::super) fn pages_of_versions<'a>(
        &'a self,
        key: &'a str,
    ) -> BoxStream<'a, Result<Vec<Listed>, BucketError>> {
        let first = Some((None::<String>, None::<String>));
        let pages = stream::try_unfold(first, move |next| async move {
            let Some((marker, version)) = next else { return Ok(None) };
            let request = self.client.list_object_versions().bucket(&self.bucket).prefix(key);
            let request =
                request.encoding_type(EncodingType::Url).set_key_marker(marker).set_version_id_marker(version);
            let answer = request.send().await.map_err(|error| error::sorted(self.name(), &error))?;
            let told = answer.versions.unwrap_or_default().into_iter().filter_map(told);
            let own: Vec<Listed> = told.filter(|version| version.key == key).collect();
            // Longer keys that start alike come after it.
            let marker = answer.next_key_marker.map(|marker| decoded(&marker)).filter(|marker| marker == key);
            Ok(Some((own, marker.map(|marker| (Some(marker), answer.next_version_id_marker)))))
        });
        pages.boxed()
    }

    async fn keeps_versions(&self) -> Result<bool, BucketError> {
        match self.client.get_bucket_versioning().bucket(&self.bucket).send().await {
            Ok(kept) => {
                Ok(matches!(kept.status, Some(BucketVersioningStatus::Enabled | BucketVersioningStatus::Suspended)))
            }
            Err(error) if error::is_no_answer(&error) => {
                self.warn("s3:GetBucketVersioning");
                Ok(false)
            }
            Err(error) => Err(error::sorted(self.name(), &error)),
        }
    }

    async fn tells_versions(&self) -> Result<bool, BucketError> {
        match self.client.list_object_versions().bucket(&self.bucket).max_keys(1).send().await {
            Ok(_) => Ok(true),
            Err(error) if error::is_no_answer(&error) => {
                self.warn("s3:ListBucketVersions");
                Ok(false)
            }
            Err(error) => Err(error::sorted(self.name(), &error)),
        }
    }

    fn warn(&self, permission: &str) {
        tracing::warn!(
            bucket = self.bucket,
            permission,
            "ingest.discover: the bucket does not tell its versions: what is overwritten between two listings is not read. Grant the permission, or say versions = \"off\""
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_asked_about_again_and_a_yes_is_not() {
        let at = Instant::now();
        let holds = |has_versions, later: Duration| Answered { has_versions, at }.holds(at + later);
        assert!(holds(false, NO_HOLDS.mul_f64(0.9)) && !holds(false, NO_HOLDS));
        assert!(holds(true, NO_HOLDS * 1_000));
    }
}
