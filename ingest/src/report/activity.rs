//! What goes on in each feed: how fast objects come, the books of today, drift, and what failed last.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::Serialize;
use sqlx::PgPool;

use crate::books::Books;

/// What goes on in one feed.
#[derive(Debug, Default, Serialize)]
pub struct Activity {
    /// What was loaded in the last minutes.
    pub recent: Recent,
    /// What was loaded since midnight of the hospital's zone, as its records stand now.
    pub today: Today,
    /// Headers that the maps in force do not know or miss, noticed since these maps are in force.
    pub drifted_headers: i64,
    /// The last thing that went wrong.
    pub last_error: Option<LastError>,
}

/// How fast a feed comes.
#[derive(Debug, Default, Serialize)]
pub struct Recent {
    /// Over so many minutes.
    pub minutes: i32,
    /// Objects loaded.
    pub objects: i64,
    /// Their records.
    pub records: i64,
}

/// The books of a day.
#[derive(Debug, Default, Serialize)]
pub struct Today {
    /// Objects loaded.
    pub objects: i64,
    /// Their records by outcome.
    pub books: Books,
}

/// The last thing that went wrong in a feed.
#[derive(Debug, Serialize)]
pub struct LastError {
    /// When.
    pub at: DateTime<Utc>,
    /// Why, and what to do.
    pub reason: String,
    /// Number of the object in the ledger; absent where the bucket failed.
    pub object_id: Option<i64>,
}

/// What goes on in every feed. The day begins in this zone.
pub(super) async fn activity(pool: &PgPool, zone: Tz) -> Result<BTreeMap<String, Activity>, sqlx::Error> {
    let rows = sqlx::query_file!("src/sql/activity.sql", zone.name()).fetch_all(pool).await?;
    let told = rows.into_iter().map(|row| {
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
        let object_id = row.last_error_object;
        let activity = Activity {
            recent: Recent { minutes: row.recent_minutes, objects: row.recent_objects, records: row.recent_records },
            today: Today { objects: row.objects, books },
            drifted_headers: row.drifted,
            last_error: row.last_error_at.zip(row.last_error).map(|(at, reason)| LastError { at, reason, object_id }),
        };
        (row.feed, activity)
    });
    Ok(told.collect())
}
