//! What `once` and `status` tell: objects and books, by feed.

mod activity;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::Serialize;
use sqlx::PgPool;

use crate::books::Books;
pub use activity::{Activity, LastError, Recent, Today};

/// Objects and books of one feed, or of all.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Tally {
    /// Objects taken.
    pub objects: i64,
    /// Of these, objects that no map may read.
    pub held: i64,
    /// Of these, objects that could not be read.
    pub failed: i64,
    /// Their records by outcome.
    pub books: Books,
}

/// What a call of `once` took, as its records stand now.
#[derive(Debug, Default, Serialize)]
pub struct Taken {
    /// All feeds together.
    #[serde(flatten)]
    pub all: Tally,
    /// By feed.
    pub feeds: BTreeMap<String, Tally>,
}

/// The books of these objects, as they stand now.
pub async fn taken(pool: &PgPool, objects: &[i64]) -> Result<Taken, sqlx::Error> {
    let rows = sqlx::query_file!("src/sql/taken.sql", objects).fetch_all(pool).await?;
    let mut taken = Taken::default();
    for row in rows {
        let books = Books {
            records: row.records,
            inserted: row.inserted,
            updated: row.updated,
            unchanged: row.unchanged,
            superseded: row.superseded,
            skipped: row.skipped,
            quarantined: row.quarantined,
            waiting: row.waiting,
        };
        let tally = Tally { objects: row.objects, held: row.held, failed: row.failed, books };
        taken.all.objects += tally.objects;
        taken.all.held += tally.held;
        taken.all.failed += tally.failed;
        taken.all.books.add(&tally.books);
        taken.feeds.insert(row.feed, tally);
    }
    Ok(taken)
}

/// What stands open in the warehouse, for a person to look at.
#[derive(Debug, Default, Clone, Copy, Serialize)]
pub struct Open {
    /// Records in quarantine.
    pub quarantined: i64,
    /// Objects that no map may read.
    pub held: i64,
    /// Objects that could not be read.
    pub failed: i64,
    /// Results that belong to no patient or to several.
    pub waiting: i64,
    /// Stays that contradict another record.
    pub conflicts: i64,
}

impl Open {
    /// Whether anything stands open.
    pub fn is_anything(&self) -> bool {
        self.quarantined + self.held + self.failed + self.waiting + self.conflicts > 0
    }
}

/// What stands open.
pub async fn open(pool: &PgPool) -> Result<Open, sqlx::Error> {
    sqlx::query_file_as!(Open, "src/sql/open.sql").fetch_one(pool).await
}

/// How one feed stands.
#[derive(Debug, Serialize)]
pub struct FeedStatus {
    /// Its name.
    pub feed: String,
    /// Time of the newest object seen.
    pub newest_seen_at: Option<DateTime<Utc>>,
    /// Time of the newest object loaded.
    pub newest_loaded_at: Option<DateTime<Utc>>,
    /// Time of the oldest object not loaded yet.
    pub oldest_not_loaded_at: Option<DateTime<Utc>>,
    /// Objects not loaded yet.
    pub not_loaded: i64,
    /// Whether the newest loaded object is older than the feed's limit.
    pub stale: bool,
    /// Objects and books, over the whole ledger.
    #[serde(flatten)]
    pub tally: Tally,
    /// What goes on in it now.
    #[serde(flatten)]
    pub activity: Activity,
}

/// How the warehouse stands.
#[derive(Debug, Serialize)]
pub struct Status {
    /// The configured feeds.
    pub feeds: Vec<FeedStatus>,
    /// Objects that no feed takes.
    pub foreign: i64,
    /// Objects that left the bucket.
    pub gone: i64,
    /// When the bucket was last listed from end to end.
    pub swept_at: Option<DateTime<Utc>>,
    /// What stands open.
    pub open: Open,
    /// Headers that no map knows, by feed.
    pub drift: Vec<Drift>,
    /// Objects that no map reads, or that are empty, by feed and reason.
    pub held: Vec<HeldFor>,
    /// Column maps that a running daemon refused.
    pub map_trouble: Vec<MapTrouble>,
}

/// Objects that are held for one reason.
#[derive(Debug, Serialize)]
pub struct HeldFor {
    /// Feed.
    pub feed: String,
    /// Why, and what to do.
    pub reason: String,
    /// How many.
    pub objects: i64,
}

/// Column maps that were refused; the last good ones stay in force.
#[derive(Debug, Serialize)]
pub struct MapTrouble {
    /// The maps directory, or `approved maps`.
    pub place: String,
    /// File, line and reason.
    pub reason: String,
    /// Since when.
    pub noticed_at: DateTime<Utc>,
}

/// A header that differs from what its map describes.
#[derive(Debug, Serialize)]
pub struct Drift {
    /// Feed.
    pub feed: String,
    /// Map that read it.
    pub map_version: i32,
    /// The header.
    pub header: String,
    /// `unmapped_column`, `doubled_column` or `missing_column`.
    pub kind: String,
    /// Objects that had it.
    pub objects: i64,
}

/// How the warehouse stands now. Today begins in this zone.
pub async fn status(pool: &PgPool, zone: Tz) -> Result<Status, sqlx::Error> {
    let mut activities = activity::activity(pool, zone).await?;
    let feeds = sqlx::query_file!("src/sql/status.sql").fetch_all(pool).await?;
    let feeds = feeds.into_iter().map(|row| FeedStatus {
        activity: activities.remove(&row.feed).unwrap_or_default(),
        feed: row.feed,
        newest_seen_at: row.newest_seen_at,
        newest_loaded_at: row.newest_loaded_at,
        oldest_not_loaded_at: row.oldest_not_loaded_at,
        not_loaded: row.not_loaded,
        stale: row.is_stale,
        tally: Tally {
            objects: row.objects,
            held: row.held,
            failed: row.failed,
            books: Books {
                records: row.records,
                inserted: row.inserted,
                updated: row.updated,
                unchanged: row.unchanged,
                superseded: row.superseded,
                skipped: row.skipped,
                quarantined: row.quarantined,
                waiting: row.waiting,
            },
        },
    });
    let apart = sqlx::query!(
        r#"SELECT count(*) FILTER (WHERE state = 'foreign') AS "foreign!", count(*) FILTER (WHERE state = 'gone') AS "gone!"
           FROM ingest.object WHERE state IN ('foreign', 'gone')"#
    )
    .fetch_one(pool)
    .await?;
    let swept =
        sqlx::query_scalar!("SELECT CASE WHEN bool_and(ended_at IS NOT NULL) THEN min(ended_at) END FROM ingest.sweep");
    let drift = sqlx::query_as!(
        Drift,
        "SELECT feed, map_version, header, kind, objects FROM ingest.drift ORDER BY feed, map_version, header"
    )
    .fetch_all(pool)
    .await?;
    let held = sqlx::query_file_as!(HeldFor, "src/sql/held_for.sql").fetch_all(pool).await?;
    let trouble =
        sqlx::query_as!(MapTrouble, "SELECT place, reason, noticed_at FROM ingest.map_trouble ORDER BY place");
    Ok(Status {
        feeds: feeds.collect(),
        foreign: apart.foreign,
        gone: apart.gone,
        swept_at: swept.fetch_one(pool).await?,
        open: open(pool).await?,
        drift,
        held,
        map_trouble: trouble.fetch_all(pool).await?,
    })
}
