//! What goes on in each feed beside its freshness: rate, books of today, drift, last error.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::Snapshot;
use super::feeds::{self, Feed};

/// What goes on in one feed.
#[derive(Debug, Clone)]
pub(crate) struct Activity {
    pub(crate) feed: String,
    /// Over so many minutes the recent objects and records were loaded.
    pub(crate) recent_minutes: i32,
    pub(crate) recent_objects: i64,
    pub(crate) recent_records: i64,
    /// Loaded since midnight of the hospital's zone, as its records stand now.
    pub(crate) objects: i64,
    pub(crate) records: i64,
    pub(crate) inserted: i64,
    pub(crate) updated: i64,
    pub(crate) unchanged: i64,
    pub(crate) superseded: i64,
    pub(crate) skipped: i64,
    pub(crate) quarantined: i64,
    pub(crate) waiting: i64,
    /// Headers that the maps in force do not know or miss.
    pub(crate) drifted: i64,
    pub(crate) last_error: Option<String>,
    pub(crate) last_error_at: Option<DateTime<Utc>>,
    /// Null where the bucket failed.
    pub(crate) last_error_object: Option<i64>,
}

/// A feed with what goes on in it.
#[derive(Debug, Clone)]
pub(crate) struct Watched {
    pub(crate) feed: Feed,
    pub(crate) activity: Activity,
}

/// All feeds, the patient system's first.
pub(crate) async fn watched(snapshot: &mut Snapshot, zone: Tz) -> Result<Vec<Watched>, sqlx::Error> {
    let feeds = feeds::all(snapshot).await?;
    let activities = sqlx::query_file_as!(Activity, "src/sql/activity.sql", zone.name());
    let mut activities = activities.fetch_all(&mut *snapshot.tx).await?;
    let mut watched = Vec::new();
    for feed in feeds {
        if let Some(place) = activities.iter().position(|activity| activity.feed == feed.name) {
            watched.push(Watched { feed, activity: activities.swap_remove(place) });
        }
    }
    Ok(watched)
}
