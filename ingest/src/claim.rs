//! Claims objects to load: a lease in the ledger, by the database's clock, with a token that settling must show.
//!
//! Invariant: no object is leased twice at a time (`FOR UPDATE SKIP LOCKED`), and a worker whose lease was taken from it
//! cannot commit, for its token no longer stands. A daemon claims what lies below its prefix, and leaves the rest to those
//! whose prefix it is.

mod turns;

use std::time::{Duration, Instant};

use sqlx::PgPool;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use uuid::Uuid;
use wardwatch_schema::feed::{Feed, Target};

use crate::bucket::Bucket;
use crate::failpoint::{self, Point};
use crate::ledger::{self, Leased};
use crate::locks;
pub(crate) use turns::BUSY;
pub use turns::Turns;

/// How long a lease lasts unless it is renewed.
pub const LEASE: Duration = Duration::from_secs(30);
const RENEW_EVERY: Duration = Duration::from_secs(10);

/// Objects of one feed that are loaded in one transaction.
#[derive(Debug)]
pub struct Claim {
    /// The feed.
    pub feed: String,
    /// The token of the lease.
    pub token: Uuid,
    /// The objects, in their order.
    pub objects: Vec<Leased>,
}

impl Claim {
    /// Bytes in all.
    pub fn bytes(&self) -> u64 {
        self.objects.iter().map(|object| object.size).sum()
    }
}

/// How much one claim may take, and from which size on it is loaded in another way.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Objects.
    pub objects: usize,
    /// Bytes in all; a single larger object is a claim of its own.
    pub bytes: u64,
    /// A batch of fewer bytes locks the ids that it touches; this one and larger take their feed.
    pub large: u64,
    /// A batch of so many bytes fills an empty table without its indexes, which are built afterwards.
    pub filling: u64,
    /// Where a batch of its own touches so many patients, the tables of the stays are read as a whole.
    pub many_patients: i64,
    /// A batch of so many bytes is held against the versions that are current, in memory, before anything of it is staged.
    pub repeating: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            objects: 256,
            bytes: 8 << 20,
            large: 256 << 10,
            filling: 16 << 20,
            many_patients: 2_000,
            repeating: 4 << 20,
        }
    }
}

/// Claims the oldest objects below the prefix of the first feed, in the order of the turns, that has any and that no large batch
/// keeps waiting.
pub async fn claim(
    pool: &PgPool,
    bucket: &Bucket,
    turns: &mut Turns<'_>,
    limits: Limits,
) -> Result<Option<Claim>, sqlx::Error> {
    let of_tests = turns.of_tests();
    for feed in turns.due(Instant::now()) {
        // Its backlog is written to only where it may be free by now.
        if turns.was_busy(feed) && !locks::is_feed_free(pool, feed.target).await? {
            turns.note_busy(feed, Instant::now());
            continue;
        }
        let before: &[String] = if feed.target == Target::LabResult { &of_tests } else { &[] };
        let Some(claim) = oldest(pool, bucket, (feed, before), limits).await? else { continue };
        // What a large batch keeps waiting need not be fetched before it can be loaded.
        if claim.bytes() < limits.large && !locks::is_feed_free(pool, feed.target).await? {
            let objects: Vec<i64> = claim.objects.iter().map(|object| object.object_id).collect();
            ledger::put_off(pool, &objects, claim.token, BUSY.as_secs_f64()).await?;
            turns.note_busy(feed, Instant::now());
            continue;
        }
        turns.note_claim(feed);
        return Ok(Some(claim));
    }
    Ok(None)
}

/// Claims the oldest objects of one feed; large objects of the feeds `before` it come first.
async fn oldest(
    pool: &PgPool,
    bucket: &Bucket,
    (feed, before): (&Feed, &[String]),
    limits: Limits,
) -> Result<Option<Claim>, sqlx::Error> {
    let (token, worker, start) = (Uuid::new_v4(), std::process::id().to_string(), bucket.key_start());
    let rows = sqlx::query_file!(
        "src/sql/claim.sql",
        bucket.name,
        feed.name,
        token,
        worker,
        LEASE.as_secs_f64(),
        limits.objects as i64,
        limits.bytes as i64,
        before,
        limits.large as i64,
        start
    )
    .fetch_all(pool)
    .await?;
    let mut objects: Vec<Leased> = rows
        .into_iter()
        .map(|row| Leased {
            object_id: row.object_id,
            key: row.key,
            version_id: row.version_id,
            etag: row.etag,
            last_modified: row.last_modified,
            size: row.size_bytes as u64,
            order_time: row.order_time,
            attempts: row.attempts,
        })
        .collect();
    if objects.is_empty() {
        return Ok(None);
    }
    objects.sort_by(|a, b| (a.order_time, &a.key, a.last_modified).cmp(&(b.order_time, &b.key, b.last_modified)));
    Ok(Some(Claim { feed: feed.name.clone(), token, objects }))
}

/// Renews the lease until it is dropped.
#[derive(Debug)]
pub struct Renewal(JoinHandle<()>);

impl Renewal {
    /// Starts to renew, from a connection of its own.
    pub fn start(pool: PgPool, token: Uuid) -> Self {
        Self(tokio::spawn(async move {
            loop {
                tokio::time::sleep(RENEW_EVERY).await;
                failpoint::reached(Point::BeforeRenewal).await;
                let renewed = sqlx::query_file!("src/sql/renew_lease.sql", token, LEASE.as_secs_f64());
                let renewed = timeout(RENEW_EVERY, renewed.execute(&pool)).await;
                if let Err(error) = renewed.unwrap_or(Err(sqlx::Error::PoolTimedOut)) {
                    tracing::warn!(error = %error, "ingest.lease: could not be renewed, trying again");
                }
            }
        }))
    }
}

impl Drop for Renewal {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Whether anything of these feeds below the prefix is still to be loaded, now or after a lease or a delay has run out.
pub async fn any_left(pool: &PgPool, bucket: &Bucket, feeds: &[String]) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (
               SELECT FROM ingest.object
               WHERE bucket = $1 AND feed = ANY ($2) AND state IN ('pending', 'leased')
                 AND left(key, length($3)) = $3
           ) AS "left!""#,
        bucket.name,
        feeds,
        bucket.key_start()
    )
    .fetch_one(pool)
    .await
}
