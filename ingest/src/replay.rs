//! Rebuilds the warehouse from the bucket and the decisions: empties it and takes every object anew.
//!
//! Invariant: whoever reads meanwhile sees the warehouse as it was before, or that it is being rebuilt (`ingest.rebuild`),
//! and never a part of it as if it were the whole. Objects that left the bucket are lost by it, so that a replay refuses
//! where there are any, until a person accepts that; the acceptance is a decision. The ledger keeps a row of each. It refuses, too,
//! where a feed is not configured of which objects were loaded. The warehouse counts as rebuilt when every object that had been
//! loaded is loaded again, however often a replay is cut short on the way.

use serde::Serialize;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, PgPool};
use wardwatch_schema::database;

use crate::daemon::{self, DaemonError};
use crate::decide::{self, Decision};
use crate::discover::DiscoverError;
use crate::discover::sweep::sweep;
use crate::ledger;
use crate::locks;
use crate::pipeline::{self, Pipeline};
use crate::trail::{self, Decided};
use crate::verify;

/// Tables of the schema `ingest` that a load fills. Those of `warehouse` and `monitor` are all filled by loads.
const FILLED_BY_LOADS: [&str; 5] = ["quarantine", "waiting_result", "drift", "last_sighting", "sighting_page"];

/// How often the warehouse is tried to be emptied.
const TRIES: usize = 5;

/// How a replay ended.
#[derive(Debug, Default, Serialize)]
pub struct Replayed {
    /// Whether the warehouse was rebuilt, all of it.
    pub ok: bool,
    /// Keys of loaded objects that are not in the bucket any more.
    pub missing: Vec<String>,
    /// Keys of objects that had been loaded and are not again, held ones too: the warehouse is still being rebuilt.
    pub unread: Vec<String>,
    /// Objects that were taken anew.
    pub objects: usize,
    /// Digest of the rebuilt warehouse; nothing where none was rebuilt.
    pub digest: Option<String>,
}

/// Why a replay failed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The bucket could not be listed. The warehouse was not touched.
    #[error(transparent)]
    Discover(#[from] DiscoverError),
    /// Objects were loaded of feeds that are not configured. The warehouse was not touched.
    #[error("the warehouse holds what these feeds said, and they are not configured: {}; a replay would lose it. Run it with the configuration that has them", .0.join(", "))]
    NoFeed(Vec<String>),
    /// The database failed.
    #[error("the database failed: {0}; if the warehouse was emptied already, run replay again")]
    Database(#[from] sqlx::Error),
    /// Loading failed on the way.
    #[error("{0}; the warehouse is half rebuilt and shows nothing: run replay again")]
    Load(#[from] DaemonError),
}

/// An object that was loaded and is not in the bucket any more.
#[derive(Debug)]
struct Missing {
    object_id: i64,
    identity: (String, Option<String>, chrono::DateTime<chrono::Utc>),
}

/// Rebuilds the warehouse; where objects are missing only if that is accepted.
pub async fn replay(pipeline: &Pipeline, workers: usize, accept_missing: bool) -> Result<Replayed, ReplayError> {
    let unconfigured = ledger::loaded_feeds_beside(&pipeline.pool, &pipeline.feed_names()).await?;
    if !unconfigured.is_empty() {
        return Err(ReplayError::NoFeed(unconfigured));
    }
    let missing = missing(pipeline).await?;
    let keys = missing.iter().map(|object| object.identity.0.clone()).collect();
    let mut replayed = Replayed { missing: keys, ..Replayed::default() };
    if !missing.is_empty() && !accept_missing {
        return Ok(replayed);
    }
    empty_patiently(&pipeline.pool, &missing).await?;
    replayed.objects = daemon::once(pipeline, workers).await?.len();
    replayed.unread = unread(&pipeline.pool).await?;
    if !replayed.unread.is_empty() {
        return Ok(replayed);
    }
    sqlx::query!("DELETE FROM ingest.rebuild").execute(&pipeline.pool).await?;
    replayed.digest = Some(verify::digest(&pipeline.pool).await?);
    replayed.ok = true;
    Ok(replayed)
}

/// What was loaded and the bucket does not hold any more: it is listed from end to end first.
async fn missing(pipeline: &Pipeline) -> Result<Vec<Missing>, ReplayError> {
    sweep(pipeline, |_| false, |_, _| {}).await?;
    let Pipeline { pool, bucket, .. } = pipeline;
    let rows =
        sqlx::query_file!("src/sql/missing_objects.sql", bucket.name, bucket.key_start()).fetch_all(pool).await?;
    let missing = rows
        .into_iter()
        .map(|row| Missing { object_id: row.object_id, identity: (row.key, row.etag, row.last_modified) });
    Ok(missing.collect())
}

/// A large batch may stand in the way, which holds its objects and waits for its feed.
async fn empty_patiently(pool: &PgPool, missing: &[Missing]) -> Result<(), sqlx::Error> {
    let mut tries = 1;
    loop {
        match empty(pool, missing).await {
            Err(error) if tries < TRIES && pipeline::is_passing_cause(&error) => tries += 1,
            ended => return ended,
        }
    }
}

/// Empties the warehouse and says that it is being rebuilt, in one transaction. What is loaded meanwhile loses its lease.
async fn empty(pool: &PgPool, missing: &[Missing]) -> Result<(), sqlx::Error> {
    let mut transaction = database::begin(pool).await?;
    locks::take_everything(&mut transaction).await?;
    let ids: Vec<i64> = missing.iter().map(|object| object.object_id).collect();
    sqlx::query_file!("src/sql/begin_rebuild.sql", &ids).execute(&mut *transaction).await?;
    for table in filled_tables(&mut transaction).await? {
        // Not TRUNCATE: a reader whose snapshot is older than this transaction would find the tables empty.
        sqlx::query(AssertSqlSafe(format!("DELETE FROM {table}"))).execute(&mut *transaction).await?;
    }
    sqlx::query_file!("src/sql/take_anew.sql", &ids).execute(&mut *transaction).await?;
    for object in missing {
        let (key, etag, last_modified) = object.identity.clone();
        let decision = Decision::Object { key, etag, last_modified, dismissed: true };
        decide::record(&mut transaction, &decision, ACCEPTED_BY, ACCEPTED).await?;
    }
    if !missing.is_empty() {
        let about = format!("dismiss_object {} times", missing.len());
        let decided = Decided { about: &about, by: ACCEPTED_BY, patient_id: None, reason: Some(ACCEPTED) };
        trail::note(&mut transaction, &decided).await?;
    }
    transaction.commit().await
}

const ACCEPTED_BY: &str = "wardwatch-ingest replay --accept-missing";
const ACCEPTED: &str = "accepted as missing from the bucket at a replay";

async fn filled_tables(connection: &mut PgConnection) -> Result<Vec<String>, sqlx::Error> {
    let own: Vec<String> = FILLED_BY_LOADS.iter().map(|name| (*name).to_owned()).collect();
    let tables = sqlx::query_file_scalar!("src/sql/filled_tables.sql", &own).fetch_all(connection).await?;
    Ok(tables.into_iter().flatten().collect())
}

/// Objects that had been loaded and are not again: held, failed, or gone before they were read.
async fn unread(pool: &PgPool) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT key FROM ingest.object
         WHERE loaded_at IS NULL AND object_id IN (SELECT unnest(objects) FROM ingest.rebuild)
         ORDER BY order_time, key"
    )
    .fetch_all(pool)
    .await
}
