//! The ledger, `ingest.object`: one row an object, from its discovery to its books.
//!
//! Invariant: an object is done only if its own row says so. What a listing or an event tells is only a reason to look.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;
use wardwatch_schema::database;
use wardwatch_schema::feed::Feed;

mod seen;
mod sweep;

use crate::retry::Which;

pub use seen::{Changes, Span, count_missing, has_at_most, position, record, see};
pub use sweep::{begin_sweep, end_sweep, give_up_sweep, is_swept, now};

/// A leased object.
#[derive(Debug, Clone)]
pub struct Leased {
    /// Number in the ledger.
    pub object_id: i64,
    /// Its key.
    pub key: String,
    /// Its version, where the bucket told of one.
    pub version_id: Option<String>,
    /// Its ETag.
    pub etag: Option<String>,
    /// When it was written.
    pub last_modified: DateTime<Utc>,
    /// Its size in bytes.
    pub size: u64,
    /// First part of its order.
    pub order_time: DateTime<Utc>,
    /// How often it was tried before.
    pub attempts: i32,
}

/// Tells the configured feeds to the warehouse, and gives them the objects of feeds that did not exist when those were found, or
/// do not any more.
pub async fn announce_feeds(pool: &PgPool, bucket: &str, feeds: &[Feed]) -> Result<(), sqlx::Error> {
    let mut transaction = database::begin(pool).await?;
    let names: Vec<String> = feeds.iter().map(|feed| feed.name.clone()).collect();
    sqlx::query!("DELETE FROM ingest.feed WHERE feed <> ALL ($1)", &names).execute(&mut *transaction).await?;
    for feed in feeds {
        let limit = feed.freshness_limit.map(|limit| limit.as_secs_f64());
        sqlx::query_file!("src/sql/announce_feed.sql", feed.name, feed.source.as_str(), feed.target.table(), limit)
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    adopt(pool, bucket, feeds, &names).await
}

/// Objects that no feed took, and those of feeds that are not configured any more, renamed ones for instance.
async fn adopt(pool: &PgPool, bucket: &str, feeds: &[Feed], names: &[String]) -> Result<(), sqlx::Error> {
    let ownerless = sqlx::query!(
        r#"SELECT object_id, key, feed IS NOT NULL AS "had_feed!" FROM ingest.object
           WHERE bucket = $1 AND (state = 'foreign' OR feed <> ALL ($2))"#,
        bucket,
        names
    )
    .fetch_all(pool)
    .await?;
    let mut left = 0;
    for object in ownerless {
        let Some(feed) = feeds.iter().find(|feed| feed.takes(&object.key)) else {
            left += u64::from(object.had_feed);
            continue;
        };
        sqlx::query!(
            "UPDATE ingest.object SET feed = $2, state = CASE state WHEN 'foreign' THEN 'pending' ELSE state END
             WHERE object_id = $1 AND (state = 'foreign' OR feed <> ALL ($3))",
            object.object_id,
            feed.name,
            names
        )
        .execute(pool)
        .await?;
    }
    if left > 0 {
        tracing::warn!(
            objects = left,
            "ingest: the ledger holds objects of feeds that are not configured any more: what waits of them is not loaded, and a replay is refused"
        );
    }
    Ok(())
}

/// Feeds that are not among these and of which objects were loaded.
pub async fn loaded_feeds_beside(pool: &PgPool, names: &[String]) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT DISTINCT feed AS "feed!" FROM ingest.object WHERE loaded_at IS NOT NULL AND feed <> ALL ($1) ORDER BY 1"#,
        names
    )
    .fetch_all(pool)
    .await
}

/// Ends the lease of an object that could not be taken, in a state that says what to do.
///
/// Returns whether the lease was still held.
pub async fn refuse(
    pool: &PgPool,
    object_id: i64,
    token: Uuid,
    state: &str,
    reason: &str,
) -> Result<bool, sqlx::Error> {
    let refused =
        sqlx::query_file_scalar!("src/sql/refuse.sql", object_id, token, state, reason).fetch_one(pool).await?;
    Ok(refused == 1)
}

/// Gives an object back that was tried in vain, which counts as an attempt: as `pending` after a passing fault, as `gone` where
/// it was not there. It is not tried again before a while has passed.
pub async fn give_back(
    pool: &PgPool,
    object_id: i64,
    token: Uuid,
    (state, after): (&str, f64),
    reason: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query_file!("src/sql/give_back.sql", object_id, token, after, reason, state).execute(pool).await?;
    Ok(())
}

/// Notes what went wrong with the bucket as the last error of these feeds.
pub async fn note_error(pool: &PgPool, feeds: &[String], reason: &str) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO ingest.last_error (feed, object_id, reason, happened_at, retries)
         SELECT feed, NULL, $2, now(), 0 FROM unnest($1::text[]) AS failed (feed) ORDER BY feed
         ON CONFLICT (feed) DO UPDATE
             SET object_id = NULL, reason = excluded.reason, happened_at = excluded.happened_at",
        feeds,
        reason
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Puts objects off that cannot be loaded beside what is being loaded. It does not count as an attempt.
pub async fn put_off(pool: &PgPool, objects: &[i64], token: Uuid, after: f64) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE ingest.object SET state = 'pending', not_before = now() + make_interval(secs => $3),
             lease_token = NULL, leased_until = NULL, leased_by = NULL
         WHERE object_id = ANY ($1) AND lease_token = $2 AND state = 'leased'",
        objects,
        token,
        after
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// An object as it lies in a bucket.
#[derive(Debug, Clone)]
pub struct Placed {
    /// The bucket.
    pub bucket: String,
    /// Its feed.
    pub feed: String,
    /// The object, leased by nobody.
    pub object: Leased,
}

/// One object that a feed takes, whatever its state.
pub async fn one(connection: &mut PgConnection, object_id: i64) -> Result<Option<Placed>, sqlx::Error> {
    let row = sqlx::query!(
        r#"SELECT bucket, feed AS "feed!", key, version_id, etag, last_modified, size_bytes, order_time
           FROM ingest.object WHERE object_id = $1 AND feed IS NOT NULL"#,
        object_id
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| {
        let object = Leased {
            object_id,
            key: row.key,
            version_id: row.version_id,
            etag: row.etag,
            last_modified: row.last_modified,
            size: row.size_bytes.unsigned_abs(),
            order_time: row.order_time,
            attempts: 0,
        };
        Placed { bucket: row.bucket, feed: row.feed, object }
    }))
}

/// Gives one held or failed object back to be loaded. Says whether it was one.
pub async fn retry_one(connection: &mut PgConnection, object_id: i64) -> Result<bool, sqlx::Error> {
    let given_back = sqlx::query!(
        "UPDATE ingest.object SET state = 'pending', reason = NULL, attempts = 0, not_before = NULL
         WHERE state IN ('held', 'failed') AND object_id = $1",
        object_id
    )
    .execute(connection)
    .await?;
    Ok(given_back.rows_affected() == 1)
}

/// Gives the held and failed ones among these objects back to be loaded. Returns how many there were.
pub(crate) async fn retry(connection: &mut PgConnection, which: Which<'_>) -> Result<u64, sqlx::Error> {
    let given_back = sqlx::query!(
        "UPDATE ingest.object SET state = 'pending', reason = NULL, attempts = 0, not_before = NULL
         WHERE state IN ('held', 'failed')
           AND ($1::text IS NULL OR key = $1) AND ($2::text IS NULL OR feed = $2)
           AND ($3::text IS NULL OR position($3 IN reason) > 0)",
        which.key,
        which.feed,
        which.reason
    )
    .execute(connection)
    .await?;
    Ok(given_back.rows_affected())
}
