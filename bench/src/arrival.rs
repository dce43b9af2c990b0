//! The three ways in which wardwatch-ingest comes to know of a file: it looks, it watches, or it is told.

use std::process::Command;

use tempfile::TempDir;
use wardwatch_demo::S3Server;

use crate::queue::Queue;
use crate::store::{self, BUCKET};

/// A bucket of one of the three ways.
pub(crate) enum Arrival {
    /// An S3 server that is looked at.
    Polled { s3: S3Server, _place: TempDir },
    /// A directory that is watched, and one beside it where files are written before they have their name.
    Watched { bucket: TempDir, unfinished: TempDir },
    /// An S3 server that tells a queue.
    Told(Queue),
}

impl Arrival {
    pub(crate) async fn polled() -> anyhow::Result<Self> {
        let place = tempfile::tempdir()?;
        Ok(Self::Polled { s3: store::server(place.path()).await?, _place: place })
    }

    pub(crate) fn watched() -> anyhow::Result<Self> {
        Ok(Self::Watched { bucket: tempfile::tempdir()?, unfinished: tempfile::tempdir()? })
    }

    pub(crate) async fn told() -> anyhow::Result<Self> {
        Ok(Self::Told(Queue::start().await?))
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Polled { .. } => "polling",
            Self::Watched { .. } => "watching",
            Self::Told(_) => "events",
        }
    }

    /// Address of the queue that tells.
    pub(crate) fn events(&self) -> Option<String> {
        match self {
            Self::Told(queue) => Some(queue.address.clone()),
            _ => None,
        }
    }

    /// A command of `wardwatch-ingest` over the bucket.
    pub(crate) fn ingest(&self, command: &str, database: &str) -> anyhow::Result<Command> {
        match self {
            Self::Polled { s3, .. } => store::ingest(command, database, s3),
            Self::Watched { bucket, .. } => store::ingest_from(&store::directory(bucket.path()), command, database),
            Self::Told(queue) => queue.ingest(command, database),
        }
    }

    /// Writes an object.
    pub(crate) async fn put(&self, key: String, bytes: Vec<u8>) -> anyhow::Result<()> {
        match self {
            Self::Polled { s3, .. } => s3.plant(BUCKET, [key], &bytes)?,
            Self::Watched { bucket, unfinished } => {
                let whole = unfinished.path().join(&key);
                std::fs::write(&whole, bytes)?;
                std::fs::rename(whole, bucket.path().join(key))?;
            }
            Self::Told(queue) => queue.put(&key, bytes).await?,
        }
        Ok(())
    }
}
