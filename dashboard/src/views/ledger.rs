//! The ledger in numbers, for the metrics.

use super::Snapshot;
use super::feeds::{self, Feed};

/// The books of one feed.
#[derive(Debug, Clone)]
pub(crate) struct Books {
    pub(crate) feed: String,
    pub(crate) inserted: i64,
    pub(crate) updated: i64,
    pub(crate) unchanged: i64,
    pub(crate) superseded: i64,
    pub(crate) skipped: i64,
    pub(crate) quarantined: i64,
    pub(crate) waiting: i64,
}

impl Books {
    /// The outcomes by name; their sum is the number of records.
    pub(crate) fn outcomes(&self) -> [(&'static str, i64); 7] {
        [
            ("inserted", self.inserted),
            ("updated", self.updated),
            ("unchanged", self.unchanged),
            ("superseded", self.superseded),
            ("skipped", self.skipped),
            ("quarantined", self.quarantined),
            ("waiting", self.waiting),
        ]
    }
}

/// How many objects of a feed are in one state.
#[derive(Debug, Clone)]
pub(crate) struct Objects {
    /// Empty for foreign objects.
    pub(crate) feed: String,
    pub(crate) state: String,
    pub(crate) count: i64,
}

/// How many objects of a feed drifted in one way.
#[derive(Debug, Clone)]
pub(crate) struct Drifted {
    pub(crate) feed: String,
    pub(crate) kind: String,
    pub(crate) objects: i64,
}

/// What of a feed is not loaded yet.
#[derive(Debug, Clone)]
pub(crate) struct Unloaded {
    pub(crate) feed: String,
    /// Since when the ledger knows of the oldest.
    pub(crate) oldest_seconds: Option<i64>,
    /// How old that is which is oldest, whenever the ledger came to know of it.
    pub(crate) age_seconds: Option<i64>,
    /// Objects that were tried in vain.
    pub(crate) tried: i64,
    /// How often, all together.
    pub(crate) attempts: i64,
}

/// How long a stage of loading took, over all batches of a feed.
#[derive(Debug, Clone)]
pub(crate) struct StageDuration {
    pub(crate) feed: String,
    pub(crate) stage: String,
    pub(crate) batches: i64,
    pub(crate) seconds: f64,
}

/// What went wrong in a feed so far.
#[derive(Debug, Clone)]
pub(crate) struct Errors {
    pub(crate) feed: String,
    /// When it last did, in seconds since 1970.
    pub(crate) at: i64,
    /// How often an object was tried in vain.
    pub(crate) retries: i64,
}

/// All numbers.
#[derive(Debug, Clone)]
pub(crate) struct Ledger {
    pub(crate) feeds: Vec<Feed>,
    pub(crate) books: Vec<Books>,
    pub(crate) objects: Vec<Objects>,
    pub(crate) drifted: Vec<Drifted>,
    pub(crate) unloaded: Vec<Unloaded>,
    pub(crate) stages: Vec<StageDuration>,
    pub(crate) errors: Vec<Errors>,
    pub(crate) maps_refused: i64,
    pub(crate) waiting_results: i64,
    /// Since when the bucket was not listed from end to end.
    pub(crate) sweep_age_seconds: Option<i64>,
}

/// Reads the ledger.
pub(crate) async fn read(snapshot: &mut Snapshot) -> Result<Ledger, sqlx::Error> {
    let feeds = feeds::all(snapshot).await?;
    let tx = &mut *snapshot.tx;
    let waiting = sqlx::query_scalar!(r#"SELECT count(*) AS "n!" FROM ingest.waiting_result WHERE is_current"#);
    let refused = sqlx::query_scalar!(r#"SELECT count(*) AS "n!" FROM ingest.map_trouble"#);
    let swept = sqlx::query_file_scalar!("src/sql/metrics_sweep.sql");
    Ok(Ledger {
        feeds,
        books: sqlx::query_file_as!(Books, "src/sql/metrics_books.sql").fetch_all(&mut *tx).await?,
        objects: sqlx::query_file_as!(Objects, "src/sql/metrics_objects.sql").fetch_all(&mut *tx).await?,
        drifted: sqlx::query_file_as!(Drifted, "src/sql/metrics_drift.sql").fetch_all(&mut *tx).await?,
        unloaded: sqlx::query_file_as!(Unloaded, "src/sql/metrics_unloaded.sql").fetch_all(&mut *tx).await?,
        stages: sqlx::query_file_as!(StageDuration, "src/sql/metrics_stages.sql").fetch_all(&mut *tx).await?,
        errors: sqlx::query_file_as!(Errors, "src/sql/metrics_errors.sql").fetch_all(&mut *tx).await?,
        maps_refused: refused.fetch_one(&mut *tx).await?,
        waiting_results: waiting.fetch_one(&mut *tx).await?,
        sweep_age_seconds: swept.fetch_one(&mut *tx).await?,
    })
}
