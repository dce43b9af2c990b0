//! Discovery: what the bucket holds, written into the ledger. What a listing, a watcher or an event tells is a hint for
//! cheapness, never a proof: the ledger is the proof, and a sweep of the whole bucket stands behind them all.

pub mod event;
mod look;
pub mod places;
pub mod poll;
pub mod sweep;
pub mod watch;

use std::time::Duration;

use wardwatch_schema::config::Config;
use wardwatch_schema::database::answered;

use crate::bucket::BucketError;
use crate::ledger;
use crate::pipeline::{self, Pipeline};

/// How the bucket is looked through.
#[derive(Debug, Clone)]
pub struct Looking {
    /// How many known objects before the newest one are listed again.
    pub overlap: u32,
    /// How long to wait between two listings of the whole bucket.
    pub sweep_interval: Duration,
    /// Address of the queue of the bucket's events.
    pub events: Option<String>,
}

impl Looking {
    /// As the configuration says.
    pub fn of(config: &Config) -> Self {
        Self {
            overlap: config.poll_overlap,
            sweep_interval: config.sweep_interval,
            events: config.events.clone().filter(|address| !address.is_empty()),
        }
    }
}

/// Why a discovery failed. The next one finds what this one missed.
#[derive(Debug, thiserror::Error)]
pub enum DiscoverError {
    /// The bucket could not be listed.
    #[error(transparent)]
    Bucket(#[from] BucketError),
    /// The ledger could not be written.
    #[error("the ledger cannot be written: {0}")]
    Ledger(#[from] sqlx::Error),
}

impl DiscoverError {
    /// What ops are told. What the database did not answer it cannot be told of either.
    pub(crate) fn reason(&self) -> Option<String> {
        match self {
            Self::Bucket(cause) => Some(cause.to_string()),
            Self::Ledger(cause) => {
                cause.as_database_error().map(|_| format!("the ledger cannot be written ({})", pipeline::code(cause)))
            }
        }
    }
}

/// Writes down, where ops look, why the bucket could not be looked through.
pub(crate) async fn tell_ops(pipeline: &Pipeline, reason: Option<String>) {
    let Some(reason) = reason else { return };
    if let Err(error) = answered(ledger::note_error(&pipeline.pool, &pipeline.feed_names(), &reason)).await {
        tracing::warn!(error = %error, "ingest.discover: ops cannot be told");
    }
}

/// What a discovery found.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Objects that are new in the ledger.
    pub new: u64,
    /// Objects that have left the bucket.
    pub gone: u64,
    /// Files that may still be written to; the next discovery looks again.
    pub unsettled: usize,
}

impl std::ops::AddAssign for Found {
    fn add_assign(&mut self, other: Self) {
        self.new += other.new;
        self.gone += other.gone;
        self.unsettled += other.unsettled;
    }
}

impl std::iter::Sum for Found {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |mut sum, one| {
            sum += one;
            sum
        })
    }
}
