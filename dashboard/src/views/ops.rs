//! What ops look at: feeds, objects that could not be taken, quarantine by reason, drift.

use chrono::{DateTime, Utc};

use super::Snapshot;
use super::feeds::{self, Feed};
use super::open::{self, Open};

/// A held or failed object.
#[derive(Debug, Clone)]
pub(crate) struct OpenObject {
    pub(crate) object_id: i64,
    pub(crate) key: String,
    pub(crate) feed: Option<String>,
    pub(crate) state: String,
    pub(crate) reason: Option<String>,
    pub(crate) attempts: i32,
    pub(crate) size_bytes: i64,
    pub(crate) order_time: DateTime<Utc>,
    pub(crate) sha256: Option<String>,
    pub(crate) total: i64,
}

/// Quarantined records of one reason.
#[derive(Debug, Clone)]
pub(crate) struct Quarantined {
    pub(crate) feed: String,
    pub(crate) column_name: Option<String>,
    pub(crate) reason: String,
    pub(crate) records: i64,
    pub(crate) objects: i64,
    pub(crate) newest_at: DateTime<Utc>,
}

/// An admission that could not be read.
#[derive(Debug, Clone)]
pub(crate) struct Unreadable {
    pub(crate) object_id: i64,
    pub(crate) object_key: String,
    pub(crate) record: i32,
    pub(crate) column_name: Option<String>,
    pub(crate) reason: String,
    pub(crate) seen_at: DateTime<Utc>,
    pub(crate) patient_id: Option<String>,
    pub(crate) case_number: Option<String>,
    pub(crate) total: i64,
}

/// A header that a map does not know or misses.
#[derive(Debug, Clone)]
pub(crate) struct Drift {
    pub(crate) feed: String,
    pub(crate) map_version: i32,
    pub(crate) header: String,
    pub(crate) kind: String,
    pub(crate) objects: i64,
}

/// Column maps that a running daemon refused.
#[derive(Debug, Clone)]
pub(crate) struct MapTrouble {
    pub(crate) place: String,
    pub(crate) reason: String,
    pub(crate) noticed_at: DateTime<Utc>,
}

/// All that ops see on one page.
#[derive(Debug, Clone)]
pub(crate) struct Ops {
    pub(crate) now: DateTime<Utc>,
    pub(crate) is_rebuilding: bool,
    pub(crate) feeds: Vec<Feed>,
    pub(crate) foreign: i64,
    pub(crate) open_objects: Vec<OpenObject>,
    pub(crate) quarantined: Vec<Quarantined>,
    pub(crate) unreadable: Vec<Unreadable>,
    pub(crate) drift: Vec<Drift>,
    pub(crate) map_trouble: Vec<MapTrouble>,
    pub(crate) open: Open,
}

/// Reads the page.
pub(crate) async fn read(snapshot: &mut Snapshot) -> Result<Ops, sqlx::Error> {
    let feeds = feeds::all(snapshot).await?;
    let open = open::read(snapshot).await?;
    let tx = &mut *snapshot.tx;
    let foreign = sqlx::query_scalar!(r#"SELECT count(*) AS "n!" FROM ingest.object WHERE state = 'foreign'"#);
    Ok(Ops {
        now: snapshot.now,
        is_rebuilding: snapshot.is_rebuilding,
        feeds,
        foreign: foreign.fetch_one(&mut *tx).await?,
        open_objects: sqlx::query_file_as!(OpenObject, "src/sql/ops_objects.sql").fetch_all(&mut *tx).await?,
        quarantined: sqlx::query_file_as!(Quarantined, "src/sql/ops_quarantine.sql").fetch_all(&mut *tx).await?,
        unreadable: if snapshot.is_rebuilding {
            Vec::new()
        } else {
            sqlx::query_file_as!(Unreadable, "src/sql/ops_unreadable.sql").fetch_all(&mut *tx).await?
        },
        open,
        drift: sqlx::query_file_as!(Drift, "src/sql/ops_drift.sql").fetch_all(&mut *tx).await?,
        map_trouble: sqlx::query_file_as!(MapTrouble, "src/sql/ops_map_trouble.sql").fetch_all(&mut *tx).await?,
    })
}
