//! How fresh each feed is, and what of it stands in doubt.

use chrono::{DateTime, Utc};

use super::Snapshot;

/// One feed at the head of the board.
#[derive(Debug, Clone)]
pub(crate) struct Feed {
    pub(crate) name: String,
    pub(crate) source: String,
    /// What it tells of: `patient`, `admission`, `lab_test`, `lab_result`.
    pub(crate) target: String,
    /// Null: the feed is static and never stale.
    pub(crate) limit_seconds: Option<i64>,
    pub(crate) newest_seen_at: Option<DateTime<Utc>>,
    pub(crate) newest_loaded_at: Option<DateTime<Utc>>,
    pub(crate) oldest_not_loaded_at: Option<DateTime<Utc>>,
    /// Age of the newest loaded object.
    pub(crate) age_seconds: Option<i64>,
    pub(crate) not_loaded: i64,
    pub(crate) held: i64,
    pub(crate) failed: i64,
    pub(crate) quarantined: i64,
    pub(crate) waiting: i64,
    pub(crate) is_stale: bool,
}

impl Feed {
    /// Whether nothing of this feed was ever loaded.
    pub(crate) fn never_loaded(&self) -> bool {
        self.newest_loaded_at.is_none()
    }

    /// Whether whole objects of this feed could not be read.
    pub(crate) fn is_held(&self) -> bool {
        self.held + self.failed > 0
    }
}

/// All feeds, the patient system's first.
pub(crate) async fn all(snapshot: &mut Snapshot) -> Result<Vec<Feed>, sqlx::Error> {
    sqlx::query_file_as!(Feed, "src/sql/feeds.sql").fetch_all(&mut *snapshot.tx).await
}
