//! What ops look at: feeds, objects that could not be taken, quarantine by reason, drift; of all feeds, or of one.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::Snapshot;
use super::activity::{self, Watched};
use super::open::{self, Open, PartlyRead, Waiting};

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
    /// The one that was loaded last.
    pub(crate) newest_object: i64,
    pub(crate) noticed_at: DateTime<Utc>,
    /// The maps have changed since: those in force may know it.
    pub(crate) is_before_maps: bool,
}

/// An object that is not loaded yet.
#[derive(Debug, Clone)]
pub(crate) struct NotLoaded {
    pub(crate) object_id: i64,
    pub(crate) key: String,
    pub(crate) state: String,
    /// Why it could not be loaded so far.
    pub(crate) reason: Option<String>,
    pub(crate) attempts: i32,
    pub(crate) order_time: DateTime<Utc>,
    pub(crate) discovered_at: DateTime<Utc>,
    pub(crate) total: i64,
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
    pub(crate) feeds: Vec<Watched>,
    pub(crate) foreign: i64,
    /// When the bucket was last listed from end to end.
    pub(crate) swept_at: Option<DateTime<Utc>>,
    pub(crate) open_objects: Vec<OpenObject>,
    pub(crate) quarantined: Vec<Quarantined>,
    pub(crate) unreadable: Vec<Unreadable>,
    pub(crate) drift: Vec<Drift>,
    pub(crate) map_trouble: Vec<MapTrouble>,
    pub(crate) open: Open,
}

/// One feed with all that of it waits for a person.
#[derive(Debug, Clone)]
pub(crate) struct OneFeed {
    pub(crate) now: DateTime<Utc>,
    pub(crate) watched: Watched,
    pub(crate) backlog: Vec<NotLoaded>,
    pub(crate) open_objects: Vec<OpenObject>,
    pub(crate) quarantined: Vec<Quarantined>,
    pub(crate) partly_read: Vec<PartlyRead>,
    /// Of a feed of results all that wait.
    pub(crate) waiting: Vec<Waiting>,
    pub(crate) drift: Vec<Drift>,
}

/// Reads one feed, where it is configured.
pub(crate) async fn one(snapshot: &mut Snapshot, name: &str, zone: Tz) -> Result<Option<OneFeed>, sqlx::Error> {
    let watched = activity::watched(snapshot, zone).await?.into_iter().find(|watched| watched.feed.name == name);
    let Some(watched) = watched else { return Ok(None) };
    let backlog = sqlx::query_file_as!(NotLoaded, "src/sql/ops_backlog.sql", name);
    Ok(Some(OneFeed {
        now: snapshot.now,
        backlog: backlog.fetch_all(&mut *snapshot.tx).await?,
        open_objects: open_objects(snapshot, Some(name)).await?,
        quarantined: quarantined(snapshot, Some(name)).await?,
        partly_read: open::partly_read(snapshot, Some(name)).await?,
        waiting: if watched.feed.waiting > 0 { open::waiting(snapshot).await? } else { Vec::new() },
        drift: drift(snapshot, Some(name)).await?,
        watched,
    }))
}

async fn open_objects(snapshot: &mut Snapshot, feed: Option<&str>) -> Result<Vec<OpenObject>, sqlx::Error> {
    sqlx::query_file_as!(OpenObject, "src/sql/ops_objects.sql", feed).fetch_all(&mut *snapshot.tx).await
}

async fn quarantined(snapshot: &mut Snapshot, feed: Option<&str>) -> Result<Vec<Quarantined>, sqlx::Error> {
    sqlx::query_file_as!(Quarantined, "src/sql/ops_quarantine.sql", feed).fetch_all(&mut *snapshot.tx).await
}

async fn drift(snapshot: &mut Snapshot, feed: Option<&str>) -> Result<Vec<Drift>, sqlx::Error> {
    sqlx::query_file_as!(Drift, "src/sql/ops_drift.sql", feed).fetch_all(&mut *snapshot.tx).await
}

/// Reads the page.
pub(crate) async fn read(snapshot: &mut Snapshot, zone: Tz) -> Result<Ops, sqlx::Error> {
    let feeds = activity::watched(snapshot, zone).await?;
    let open = open::read(snapshot).await?;
    let open_objects = open_objects(snapshot, None).await?;
    let quarantined = quarantined(snapshot, None).await?;
    let drift = drift(snapshot, None).await?;
    let tx = &mut *snapshot.tx;
    let foreign = sqlx::query_scalar!(r#"SELECT count(*) AS "n!" FROM ingest.object WHERE state = 'foreign'"#);
    let swept =
        sqlx::query_scalar!("SELECT CASE WHEN bool_and(ended_at IS NOT NULL) THEN min(ended_at) END FROM ingest.sweep");
    Ok(Ops {
        now: snapshot.now,
        is_rebuilding: snapshot.is_rebuilding,
        feeds,
        foreign: foreign.fetch_one(&mut *tx).await?,
        swept_at: swept.fetch_one(&mut *tx).await?,
        open_objects,
        quarantined,
        unreadable: if snapshot.is_rebuilding {
            Vec::new()
        } else {
            sqlx::query_file_as!(Unreadable, "src/sql/ops_unreadable.sql").fetch_all(&mut *tx).await?
        },
        open,
        drift,
        map_trouble: sqlx::query_file_as!(MapTrouble, "src/sql/ops_map_trouble.sql").fetch_all(&mut *tx).await?,
    })
}
