//! What the bucket tells, brought into the ledger: what is new is recorded, what is absent has gone.
//!
//! Invariant: an object is marked as gone only when a listing that began after it was recorded ended beyond its key
//! without telling of it. A listing that stops early, or one that overlaps with another, therefore harms nothing.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use sqlx::PgPool;
use wardwatch_schema::database;
use wardwatch_schema::feed::{Feed, OrderTime};

use crate::bucket::Listed;

static ORDER: LazyLock<OrderTime> = LazyLock::new(OrderTime::new);

/// Objects that a statement writes at most.
const AT_ONCE: usize = 5_000;
/// No key is greater: keys have at most 1,024 bytes.
const GREATEST: char = '\u{10FFFF}';
const GREATEST_TIMES: usize = 256;

/// A span of keys, in the order of their bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    from: String,
    after: String,
    until: String,
}

impl Span {
    /// This key alone.
    pub fn key(key: &str) -> Self {
        Self { from: key.to_owned(), after: String::new(), until: key.to_owned() }
    }

    /// All keys that start so.
    pub fn prefix(prefix: &str) -> Self {
        let until = format!("{prefix}{}", GREATEST.to_string().repeat(GREATEST_TIMES));
        Self { from: prefix.to_owned(), after: String::new(), until }
    }

    /// Only what comes after this key.
    #[must_use]
    pub fn after(self, key: Option<&str>) -> Self {
        Self { after: key.unwrap_or_default().to_owned(), ..self }
    }

    /// Only up to this key, which is part of it; `None` changes nothing.
    #[must_use]
    pub fn until(self, key: Option<&str>) -> Self {
        Self { until: key.map_or(self.until, str::to_owned), ..self }
    }
}

/// What a discovery changed in the ledger.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Changes {
    /// Objects that are new, or that came back.
    pub new: u64,
    /// Objects that have left the bucket.
    pub gone: u64,
}

/// The columns of objects as the statements take them.
struct Columns {
    keys: Vec<String>,
    versions: Vec<Option<String>>,
    etags: Vec<Option<String>>,
    modified: Vec<DateTime<Utc>>,
    sizes: Vec<i64>,
    orders: Vec<DateTime<Utc>>,
    feeds: Vec<Option<String>>,
    whole: Vec<bool>,
}

impl Columns {
    fn of(objects: &[Listed], feeds: &[Feed]) -> Self {
        let order = &*ORDER;
        let feed_of = |object: &Listed| feeds.iter().find(|feed| feed.takes(&object.key)).map(|feed| feed.name.clone());
        Self {
            keys: objects.iter().map(|object| object.key.clone()).collect(),
            versions: objects.iter().map(|object| object.version_id.clone()).collect(),
            etags: objects.iter().map(|object| object.etag.clone()).collect(),
            modified: objects.iter().map(|object| object.last_modified).collect(),
            sizes: objects.iter().map(|object| object.size as i64).collect(),
            orders: objects.iter().map(|object| order.of(&object.key, object.last_modified)).collect(),
            feeds: objects.iter().map(feed_of).collect(),
            whole: objects.iter().map(|object| object.is_whole).collect(),
        }
    }
}

/// Compares all that the bucket told of a span with what the ledger knows of it, in one statement.
///
/// `asked_at` is the database's time before the bucket was asked ([`now`](super::now)), or `None` where not all of the span
/// was told, so that nothing of it can be said to have gone. Versions of one key come newest
/// first.
pub async fn see(
    pool: &PgPool,
    bucket: &str,
    feeds: &[Feed],
    (span, asked_at): (&Span, Option<DateTime<Utc>>),
    told: &[Listed],
    with_versions: bool,
) -> Result<Changes, sqlx::Error> {
    let told = Columns::of(told, feeds);
    let mut transaction = database::begin(pool).await?;
    // A key may have thousands of versions, of which the planner knows nothing: they are hashed, never held each against each.
    sqlx::query("SET LOCAL enable_nestloop = off").execute(&mut *transaction).await?;
    let changes = sqlx::query_file!(
        "src/sql/see_span.sql",
        bucket,
        span.from,
        span.after,
        span.until,
        asked_at,
        with_versions,
        &told.keys,
        &told.versions as &[Option<String>],
        &told.etags as &[Option<String>],
        &told.modified,
        &told.sizes,
        &told.orders,
        &told.feeds as &[Option<String>],
        &told.whole
    )
    .fetch_one(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(Changes { new: changes.new as u64, gone: changes.gone as u64 })
}

/// Writes objects that a watcher told of; those already in the ledger change nothing, those that had gone come back.
/// Returns how many are new.
pub async fn record(pool: &PgPool, bucket: &str, feeds: &[Feed], objects: &[Listed]) -> Result<u64, sqlx::Error> {
    let mut added = 0;
    for part in objects.chunks(AT_ONCE) {
        let told = Columns::of(part, feeds);
        let written = sqlx::query_file!(
            "src/sql/record_objects.sql",
            bucket,
            &told.keys,
            &told.versions as &[Option<String>],
            &told.etags as &[Option<String>],
            &told.modified,
            &told.sizes,
            &told.orders,
            &told.feeds as &[Option<String>]
        )
        .execute(pool)
        .await?;
        added += written.rows_affected();
    }
    Ok(added)
}

/// How many of these objects the ledger does not know as present.
pub async fn count_missing(pool: &PgPool, bucket: &str, told: &[Listed]) -> Result<u64, sqlx::Error> {
    let told = Columns::of(told, &[]);
    let missing = sqlx::query_file_scalar!(
        "src/sql/count_missing.sql",
        bucket,
        &told.keys,
        &told.versions as &[Option<String>],
        &told.etags as &[Option<String>],
        &told.modified
    )
    .fetch_one(pool)
    .await?;
    Ok(missing as u64)
}

/// From where a listing of keys that start so finds what is new: the key that stands `overlap` rows before the last one
/// known. `None` while fewer are known: list all of them.
pub async fn position(pool: &PgPool, bucket: &str, start: &str, overlap: u32) -> Result<Option<String>, sqlx::Error> {
    let span = Span::prefix(start);
    sqlx::query_scalar!(
        "SELECT key FROM ingest.object WHERE bucket = $1 AND key >= $2 AND key <= $3
         ORDER BY key DESC LIMIT 1 OFFSET $4",
        bucket,
        span.from,
        span.until,
        i64::from(overlap)
    )
    .fetch_optional(pool)
    .await
}

/// Whether the ledger has so few rows below the prefix that listing them all costs next to nothing.
pub async fn has_at_most(pool: &PgPool, bucket: &str, prefix: &str, objects: u32) -> Result<bool, sqlx::Error> {
    let span = Span::prefix(prefix);
    sqlx::query_scalar!(
        r#"SELECT count(*) <= $4::bigint AS "few!" FROM (
               SELECT FROM ingest.object WHERE bucket = $1 AND key >= $2 AND key <= $3 LIMIT $4::bigint + 1
           ) known"#,
        bucket,
        span.from,
        span.until,
        i64::from(objects)
    )
    .fetch_one(pool)
    .await
}
