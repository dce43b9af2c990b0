//! Discovery by listing. A listing that ends is compared with what the ledger knows: new objects are recorded, absent ones
//! have gone.

use std::collections::HashMap;
use std::time::Duration;

use futures::TryStreamExt;
use sqlx::PgPool;
use wardwatch_schema::clock::{Clock, SystemClock};
use wardwatch_schema::feed::Feed;

use crate::bucket::{Bucket, BucketError, Listed};
use crate::ledger;

/// A local file that was written to more recently may be half written.
const SETTLED: Duration = Duration::from_secs(1);

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

/// What a discovery found.
#[derive(Debug, Default, Clone, Copy)]
pub struct Found {
    /// Objects that are new in the ledger.
    pub new: u64,
    /// Files that may still be written to; the next discovery looks again.
    pub unsettled: usize,
}

/// Lists the bucket again and again, remembering what the ledger knows.
#[derive(Debug)]
pub struct Poll {
    known: HashMap<Listed, i64>,
}

impl Poll {
    /// Starts from what the ledger knows.
    pub async fn start(pool: &PgPool, bucket: &Bucket) -> Result<Self, sqlx::Error> {
        Ok(Self { known: load_known(pool, bucket).await? })
    }

    /// Lists once. Files of which `being_written` says so are left for later.
    pub async fn list(
        &mut self,
        pool: &PgPool,
        bucket: &Bucket,
        feeds: &[Feed],
        being_written: impl Fn(&str) -> bool,
    ) -> Result<Found, DiscoverError> {
        let mut listed: Vec<Listed> = bucket.list().try_collect().await?;
        let before = listed.len();
        if bucket.directory.is_some() {
            listed.retain(|file| is_settled(file) && !being_written(&file.key));
        }
        let unsettled = before - listed.len();
        let unknown: Vec<Listed> = listed.iter().filter(|object| !self.known.contains_key(object)).cloned().collect();
        let new = if unknown.is_empty() { 0 } else { ledger::record(pool, &bucket.name, feeds, &unknown).await? };
        let changed = !unknown.is_empty() || self.known.len() + unsettled != listed.len();
        if changed {
            self.forget_gone(pool, bucket, &listed).await?;
        }
        Ok(Found { new, unsettled })
    }

    async fn forget_gone(&mut self, pool: &PgPool, bucket: &Bucket, listed: &[Listed]) -> Result<(), DiscoverError> {
        self.known = load_known(pool, bucket).await?;
        let present: std::collections::HashSet<&Listed> = listed.iter().collect();
        let mut gone: Vec<i64> = Vec::new();
        for (object, id) in self.known.iter().filter(|(object, _)| !present.contains(object)) {
            let still_there = bucket.head(&object.key).await?.is_some_and(|now| now == *object);
            if !still_there {
                gone.push(*id);
            }
        }
        if !gone.is_empty() {
            ledger::mark_gone(pool, &gone).await?;
            self.known = load_known(pool, bucket).await?;
        }
        Ok(())
    }
}

async fn load_known(pool: &PgPool, bucket: &Bucket) -> Result<HashMap<Listed, i64>, sqlx::Error> {
    Ok(ledger::known(pool, &bucket.name, &bucket.key_start()).await?.into_iter().collect())
}

fn is_settled(file: &Listed) -> bool {
    let age = SystemClock.now().signed_duration_since(file.last_modified);
    age.to_std().is_ok_and(|age| age > SETTLED) || age < chrono::Duration::zero()
}
