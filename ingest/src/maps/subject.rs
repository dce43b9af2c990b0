//! The file that `map check` and `map suggest` look at: one on this machine, or an object of the bucket by its key.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use tempfile::NamedTempFile;
use wardwatch_schema::config::{Config, ConfigError};
use wardwatch_schema::feed::{Feed, OrderTime};

use crate::bucket::{Bucket, BucketError};
use crate::fetch::{self, FetchError};
use crate::ledger::Leased;
use crate::parse::Origin;

/// Why a file cannot be looked at.
#[derive(Debug, thiserror::Error)]
pub enum SubjectError {
    /// The configuration lacks something or is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The bucket cannot be used.
    #[error(transparent)]
    Bucket(#[from] BucketError),
    /// The object cannot be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// There is neither a file nor an object of this name.
    #[error("there is neither a file {0} nor an object of this key in the bucket")]
    Absent(String),
    /// The file cannot be read.
    #[error("{0} cannot be read: {1}")]
    Read(String, #[source] io::Error),
    /// No feed takes the name.
    #[error("no feed takes the key {0}: say which one with --feed")]
    NoFeed(String),
    /// The feed is not configured.
    #[error("feed {0} is not configured; the feeds are {1}")]
    UnknownFeed(String, String),
}

/// A file and what is known of it before its bytes are read.
#[derive(Debug)]
pub struct Subject {
    /// Feed, key and order.
    pub origin: Origin,
    path: PathBuf,
    _spooled: Option<NamedTempFile>,
}

impl Subject {
    /// Finds the file, and the feed that it belongs to unless that is said.
    pub async fn open(config: &Config, name: &str, feed: Option<&str>) -> Result<Self, SubjectError> {
        let feeds = config.feeds()?;
        let zone = config.timezone.unwrap_or(Tz::UTC);
        let path = Path::new(name);
        if path.is_file() {
            let modified = path.metadata().and_then(|metadata| metadata.modified());
            let modified = modified.map_err(|error| SubjectError::Read(name.to_owned(), error))?;
            let key = name.trim_start_matches("./").trim_start_matches('/');
            let origin = origin(&feeds, key, feed, modified.into(), zone)?;
            return Ok(Self { origin, path: path.to_owned(), _spooled: None });
        }
        let Ok(address) = config.require_bucket() else { return Err(SubjectError::Absent(name.to_owned())) };
        let bucket = Bucket::open(config, address).await?;
        Self::fetch(&bucket, &feeds, name, feed, zone).await
    }

    async fn fetch(
        bucket: &Bucket,
        feeds: &[Feed],
        key: &str,
        feed: Option<&str>,
        zone: Tz,
    ) -> Result<Self, SubjectError> {
        let found = bucket.head(key).await?.ok_or_else(|| SubjectError::Absent(key.to_owned()))?;
        let origin = origin(feeds, key, feed, found.last_modified, zone)?;
        let object = Leased {
            object_id: 0,
            key: found.key,
            version_id: found.version_id,
            etag: found.etag,
            last_modified: found.last_modified,
            size: found.size,
            order_time: origin.order_time,
            attempts: 0,
        };
        Ok(Self::of_object(bucket, origin, object).await?)
    }

    /// The object of an origin, fetched.
    pub async fn of_object(bucket: &Bucket, origin: Origin, object: Leased) -> Result<Self, FetchError> {
        let mut bytes = fetch::fetch(bucket, object).await?.reader()?;
        let mut spooled = NamedTempFile::new()?;
        io::copy(&mut bytes, spooled.as_file_mut())?;
        Ok(Self { origin, path: spooled.path().to_owned(), _spooled: Some(spooled) })
    }

    /// Its bytes, from the start.
    pub fn bytes(&self) -> io::Result<impl Read + use<>> {
        Ok(io::BufReader::with_capacity(1 << 20, File::open(&self.path)?))
    }
}

fn origin(
    feeds: &[Feed],
    key: &str,
    feed: Option<&str>,
    last_modified: DateTime<Utc>,
    zone: Tz,
) -> Result<Origin, SubjectError> {
    let found = match feed {
        None => feeds.iter().find(|known| known.takes(key)).ok_or_else(|| SubjectError::NoFeed(key.to_owned())),
        Some(name) => feeds.iter().find(|known| known.name == name).ok_or_else(|| {
            let names: Vec<&str> = feeds.iter().map(|known| known.name.as_str()).collect();
            SubjectError::UnknownFeed(name.to_owned(), names.join(", "))
        }),
    };
    let feed = found?;
    Ok(Origin {
        feed: feed.name.clone(),
        target: feed.target,
        key: key.to_owned(),
        order_time: OrderTime::new().of(key, last_modified),
        last_modified,
        zone,
    })
}
