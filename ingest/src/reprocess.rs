//! Brings back what could not be taken, after a map changed: held and failed objects are loaded anew, quarantined records
//! are read again from their object and judged by the maps now in force.
//!
//! Invariant: a record that was taken stays as it was taken. Its other sightings are not kept one by one, so that it cannot
//! be withdrawn; an object whose taken records the maps now in force read otherwise is refused whole, and only a replay
//! changes it. Whatever is brought back is what a replay with the same maps would take.

mod reading;

use std::collections::BTreeSet;
use std::time::Duration;

use serde::Serialize;
use sqlx::PgPool;
use sqlx::postgres::PgConnection;
use wardwatch_schema::database;
use wardwatch_schema::feed::{Feed, Target};

use crate::fetch::FetchError;
use crate::ledger::{self, Leased};
use crate::locks::{self, Named};
use crate::merge::Merge;
use crate::parse::{Chunk, ParseError, Reject, Row};
use crate::pipeline::{self, Pipeline, TakeError};
use crate::retry::Which;
use crate::stage::{Sighted, Stage};
use crate::table::Table;
use crate::trail::{self, Decided};
use crate::{books::Books, load, scratch, settle};
use reading::Reading;

/// How often an object is tried that another transaction stands in the way of.
const TRIES: usize = 5;

/// How long to wait for a lease or a delay before looking again.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// Records of one object that are kept in memory until they are brought back.
const MOST_RECORDS: usize = 200_000;

/// What was brought back.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Reprocessed {
    /// Objects that were loaded, or tried: held and failed ones that were given back, and whatever else was pending.
    pub retried: u64,
    /// Objects that are meant and still to be loaded, of another bucket or of a feed that is not configured here.
    pub pending: u64,
    /// Objects of which quarantined records were read again.
    pub objects: u64,
    /// Quarantined records that were taken now.
    pub taken: u64,
    /// Those that a filter of the map leaves out now.
    pub skipped: u64,
    /// Those that stay in quarantine.
    pub quarantined: u64,
    /// Objects that were left as they are.
    pub refused: Vec<Refused>,
}

/// An object that was left as it is.
#[derive(Debug, Clone, Serialize)]
pub struct Refused {
    /// Its key.
    pub key: String,
    /// Why, and what to do.
    pub reason: String,
}

/// Quarantined records of one object, judged anew.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Judged {
    /// Taken now.
    pub taken: u64,
    /// Left out by a filter now.
    pub skipped: u64,
    /// In quarantine still.
    pub quarantined: u64,
}

/// Why the quarantined records of an object were not judged anew.
#[derive(Debug, thiserror::Error)]
pub enum ReprocessError {
    /// The database failed.
    #[error("the database failed ({})", pipeline::code(.0))]
    Database(#[from] sqlx::Error),
    /// There is nothing to do.
    #[error("no record of this object stands in quarantine")]
    Nothing,
    /// They are more than memory should hold.
    #[error(
        "{0} of its records stand in quarantine, more than are brought back in place: replay, or dismiss them and have the source upload the file again under another name"
    )]
    TooMany(usize),
    /// Its feed is not configured any more.
    #[error("its feed {0} is not configured: add it again, or dismiss the records")]
    NoFeed(String),
    /// Its bytes cannot be had any more.
    #[error("its bytes left the bucket: dismiss the records, or have the source say them again")]
    Gone,
    /// The bytes are others than those that were loaded.
    #[error("the bucket holds other bytes than those that were loaded: dismiss the records")]
    OtherBytes,
    /// The bucket fails.
    #[error(transparent)]
    Fetch(FetchError),
    /// The maps now in force cannot read it.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// The map that took the other records is not there any more, so that nobody can say whether they would be read alike.
    #[error("map v{0}, which took its other records, is not there any more: put it back, or replay")]
    NoMap(i32),
    /// Records that were taken would be read otherwise.
    #[error("map v{now} reads records otherwise that map v{then} took: only a replay changes what was taken")]
    ReadOtherwise {
        /// The map that took them.
        then: i32,
        /// The map now in force.
        now: i32,
    },
}

/// An object with quarantined records.
#[derive(Debug)]
struct Object<'a> {
    leased: Leased,
    feed: &'a Feed,
    map_version: i32,
    sha256: Vec<u8>,
    /// Its records in quarantine.
    open: BTreeSet<i32>,
}

/// Brings back all that is meant: judges quarantined records anew, gives held and failed objects back and loads them, or waits
/// until others have. Who asks for it is noted first.
pub async fn reprocess(pipeline: &Pipeline, which: Which<'_>, by: &str) -> Result<Reprocessed, TakeError> {
    let pool = &pipeline.pool;
    let about = which.about("reprocess");
    let decided = Decided { about: &about, by, patient_id: None, reason: None };
    trail::note(&mut *pool.acquire().await?, &decided).await?;
    let mut done = Reprocessed::default();
    for (object_id, key) in quarantined(pool, which).await? {
        match patiently(pipeline, object_id).await {
            Ok(judged) => done.add(judged),
            Err(ReprocessError::Nothing) => {}
            Err(ReprocessError::Database(error)) => return Err(error.into()),
            Err(error) => done.refused.push(Refused { key, reason: error.to_string() }),
        }
    }
    ledger::retry(&mut *pool.acquire().await?, which).await?;
    load_all(pipeline, which, &mut done).await?;
    Ok(done)
}

/// Loads what is meant, and waits for what of it others have leased or has to wait. A map that came in force may have released
/// held objects already: they are loaded now, too.
async fn load_all(pipeline: &Pipeline, which: Which<'_>, done: &mut Reprocessed) -> Result<(), TakeError> {
    let Pipeline { pool, bucket, .. } = pipeline;
    let (start, feeds) = (bucket.key_start(), pipeline.feed_names());
    let meant = sqlx::query_file!("src/sql/on_their_way.sql", which.key, which.feed, bucket.name, start, &feeds)
        .fetch_all(pool)
        .await?;
    let ours: Vec<i64> = meant.iter().filter(|object| object.is_ours).map(|object| object.object_id).collect();
    let mut taken: BTreeSet<i64> = pipeline.take_all(|| false).await?.into_iter().collect();
    while is_any_left(pool, &ours).await? {
        tokio::time::sleep(LOOK_AGAIN).await;
        taken.extend(pipeline.take_all(|| false).await?);
    }
    done.retried = taken.len() as u64;
    done.pending = (meant.len() - ours.len()) as u64;
    Ok(())
}

async fn is_any_left(pool: &PgPool, objects: &[i64]) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (
               SELECT FROM ingest.object WHERE object_id = ANY ($1) AND state IN ('pending', 'leased')
           ) AS "left!""#,
        objects
    )
    .fetch_one(pool)
    .await
}

impl Reprocessed {
    fn add(&mut self, judged: Judged) {
        self.objects += 1;
        self.taken += judged.taken;
        self.skipped += judged.skipped;
        self.quarantined += judged.quarantined;
    }
}

/// Objects with quarantined records, oldest first.
async fn quarantined(pool: &PgPool, which: Which<'_>) -> Result<Vec<(i64, String)>, sqlx::Error> {
    let rows = sqlx::query_file!("src/sql/quarantined_objects.sql", which.key, which.feed, which.reason)
        .fetch_all(pool)
        .await?;
    Ok(rows.into_iter().map(|row| (row.object_id, row.key)).collect())
}

async fn patiently(pipeline: &Pipeline, object_id: i64) -> Result<Judged, ReprocessError> {
    let mut tries = 1;
    loop {
        match alone(pipeline, object_id).await {
            Err(ReprocessError::Database(error)) if tries < TRIES && pipeline::is_passing_cause(&error) => tries += 1,
            ended => return ended,
        }
    }
}

async fn alone(pipeline: &Pipeline, object_id: i64) -> Result<Judged, ReprocessError> {
    let mut transaction = database::begin(&pipeline.pool).await?;
    let judged = object(pipeline, &mut transaction, object_id).await?;
    transaction.commit().await?;
    Ok(judged)
}

/// Judges the quarantined records of one object anew, in the transaction of the connection.
pub async fn object(
    pipeline: &Pipeline,
    connection: &mut PgConnection,
    object_id: i64,
) -> Result<Judged, ReprocessError> {
    // Reading a large object takes its time; the transaction holds nothing of the warehouse meanwhile.
    sqlx::query("SET LOCAL idle_in_transaction_session_timeout = '1h'").execute(&mut *connection).await?;
    let object = find(pipeline, connection, object_id).await?;
    if object.open.len() > MOST_RECORDS {
        return Err(ReprocessError::TooMany(object.open.len()));
    }
    let reading = reading::read(pipeline, &object).await?;
    bring_back(connection, &object, reading).await
}

async fn find<'a>(
    pipeline: &'a Pipeline,
    connection: &mut PgConnection,
    object_id: i64,
) -> Result<Object<'a>, ReprocessError> {
    let row = sqlx::query_file!("src/sql/quarantined_object.sql", object_id)
        .fetch_optional(connection)
        .await?
        .ok_or(ReprocessError::Nothing)?;
    let (Some(sha256), Some(map_version), Some(feed)) = (row.sha256, row.map_version, row.feed) else {
        return Err(ReprocessError::Nothing);
    };
    if row.state != "done" || row.bucket != pipeline.bucket.name {
        return Err(ReprocessError::Gone);
    }
    let feed =
        pipeline.feeds.iter().find(|known| known.name == feed).ok_or_else(|| ReprocessError::NoFeed(feed.clone()))?;
    let leased = Leased {
        object_id,
        key: row.key,
        version_id: row.version_id,
        etag: row.etag,
        last_modified: row.last_modified,
        size: row.size_bytes as u64,
        order_time: row.order_time,
        attempts: 0,
    };
    Ok(Object { leased, feed, map_version, sha256, open: row.open.into_iter().collect() })
}

/// Merges what can be taken now, and writes books, quarantine and map version. Another one may have been first: only what
/// stands in quarantine still is touched.
async fn bring_back(
    connection: &mut PgConnection,
    object: &Object<'_>,
    reading: Reading,
) -> Result<Judged, ReprocessError> {
    let (object_id, target) = (object.leased.object_id, object.feed.target);
    lock(connection, target, &reading.chunks).await?;
    scratch::prepare(connection, target).await?;
    let (mut books, open) = still_open(connection, object_id).await?;
    let mut chunks = reading.chunks;
    for chunk in &mut chunks {
        chunk.retain(|row| open.contains(&row.record));
        chunk.rejects.retain(|reject| open.contains(&reject.record));
    }
    let taken: usize = chunks.iter().map(|chunk| chunk.rows.len()).sum();
    let rejects: Vec<Reject> = chunks.iter_mut().flat_map(|chunk| std::mem::take(&mut chunk.rejects)).collect();
    let skipped = open.len() - taken - rejects.len();
    books.quarantined = rejects.len() as i64;
    books.skipped += skipped as i64;
    let map_version = reading.opened.map_version;
    let sighted = Sighted { object_id, order_time: object.leased.order_time, map_version };
    if taken > 0 {
        take(connection, object, &sighted, chunks, &mut books).await?;
    }
    let rejected: BTreeSet<i32> = rejects.iter().map(|reject| reject.record).collect();
    let resolved: Vec<i32> = open.difference(&rejected).copied().collect();
    resolve(connection, object_id, &resolved).await?;
    settle::requarantine(connection, &sighted, &rejects).await?;
    if map_version != object.map_version {
        settle::note_drift(connection, &object.feed.name, &sighted, &reading.opened.drift).await?;
        credit(connection, target, &sighted).await?;
    }
    settle::rewrite_books(connection, &sighted, &books).await?;
    settle::announce(connection, &object.feed.name).await?;
    Ok(Judged { taken: taken as u64, skipped: skipped as u64, quarantined: rejected.len() as u64 })
}

/// The locks of a small batch with these rows.
async fn lock(connection: &mut PgConnection, target: Target, chunks: &[Chunk]) -> Result<(), sqlx::Error> {
    locks::share_feed_patiently(connection, target).await?;
    if target == Target::LabTest {
        locks::share_feed_patiently(connection, Target::LabResult).await?;
    }
    locks::share_warehouse(connection).await?;
    let mut named = Named::default();
    for chunk in chunks {
        load::name_ids(&mut named, target, chunk);
    }
    locks::lock_touched(connection, target, &named).await
}

/// The books of the object and its records in quarantine, kept still until the transaction ends.
async fn still_open(connection: &mut PgConnection, object_id: i64) -> Result<(Books, BTreeSet<i32>), sqlx::Error> {
    let books = sqlx::query_as!(
        Books,
        "SELECT records, inserted, updated, unchanged, superseded, skipped, quarantined, waiting
         FROM ingest.object WHERE object_id = $1 FOR UPDATE",
        object_id
    )
    .fetch_one(&mut *connection)
    .await?;
    let open = sqlx::query_scalar!(
        "SELECT record FROM ingest.quarantine WHERE object_id = $1 AND resolved_at IS NULL",
        object_id
    )
    .fetch_all(connection)
    .await?;
    Ok((books, open.into_iter().collect()))
}

/// Merges the rows as a small batch of this one object.
async fn take(
    connection: &mut PgConnection,
    object: &Object<'_>,
    sighted: &Sighted,
    chunks: Vec<Chunk>,
    books: &mut Books,
) -> Result<(), sqlx::Error> {
    let target = object.feed.target;
    let mut stage = Stage::new(Table::of(target), object.leased.size);
    for chunk in chunks {
        stage = stage.add(connection, sighted, chunk).await?;
    }
    stage.finish(connection).await?;
    sqlx::query(include_str!("sql/introduce_objects.sql"))
        .bind([sighted.object_id])
        .bind([object.sha256.as_slice()])
        .bind([sighted.map_version])
        .execute(&mut *connection)
        .await?;
    let mut merge = Merge::new(target);
    merge.take(connection, &stage).await?;
    merge.fold_aside(connection).await?;
    if target == Target::LabTest && merge.find_results_to_judge(connection).await? {
        merge.judge_results_anew(connection).await?;
    }
    load::stays::refresh(connection, target).await?;
    let mut entries = merge.entries;
    if let Some(taken) = entries.taken.remove(&sighted.object_id) {
        books.add(&taken);
    }
    if let Some(moved) = entries.moved.remove(&sighted.object_id) {
        moved.apply(books);
    }
    settle::correct_earlier(connection, &entries.moved).await
}

async fn resolve(connection: &mut PgConnection, object_id: i64, records: &[i32]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE ingest.quarantine SET resolved_at = now(), resolution = 'reprocessed'
         WHERE object_id = $1 AND record = ANY ($2)",
        object_id,
        records
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The versions that were first said in this object are read alike by the map now in force: it is their lineage from now
/// on, as it would be after a replay.
async fn credit(connection: &mut PgConnection, target: Target, sighted: &Sighted) -> Result<(), sqlx::Error> {
    let table = Table::of(target);
    let mut places = vec![format!("warehouse.{}", table.name), format!("warehouse.{}_superseded", table.name)];
    if table.is_attributed() {
        places.push("ingest.waiting_result".to_owned());
    }
    for place in places {
        let sql = format!("UPDATE {place} SET map_version = $2 WHERE first_object = $1 AND map_version <> $2");
        sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(sighted.object_id)
            .bind(sighted.map_version)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// What tells a taken record from another: where it was said, and what it says.
fn fingerprint(row: &Row) -> impl AsRef<[u8]> {
    [&row.record.to_le_bytes()[..], &[u8::from(row.future_dated)], &row.hash, b"\n"].concat()
}
