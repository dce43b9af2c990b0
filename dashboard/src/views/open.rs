//! What stands open for a person, as lists: results that wait, stays in conflict, objects with quarantined records; and
//! what was asked for and decided.

use chrono::{DateTime, Utc};
use sqlx::types::Json;

use super::Snapshot;
use super::preview::Preview;

/// A result that waits.
#[derive(Debug, Clone)]
pub(crate) struct Waiting {
    pub(crate) result_id: String,
    pub(crate) test_id: String,
    pub(crate) reason: String,
    pub(crate) performed_at: DateTime<Utc>,
    pub(crate) patients: Vec<String>,
    pub(crate) total: i64,
}

/// A stay that contradicts another record.
#[derive(Debug, Clone)]
pub(crate) struct Contradiction {
    pub(crate) patient_id: String,
    pub(crate) case_number: String,
    pub(crate) conflict: String,
    pub(crate) conflict_with: Vec<String>,
    pub(crate) admitted_at: DateTime<Utc>,
    pub(crate) released_at: Option<DateTime<Utc>>,
    pub(crate) department: Option<String>,
    pub(crate) total: i64,
}

/// An object with quarantined records.
#[derive(Debug, Clone)]
pub(crate) struct PartlyRead {
    pub(crate) object_id: i64,
    pub(crate) key: String,
    pub(crate) feed: String,
    pub(crate) records: i64,
    pub(crate) order_time: DateTime<Utc>,
    pub(crate) total: i64,
}

/// What a person asked for.
#[derive(Debug, Clone)]
pub(crate) struct AskedFor {
    pub(crate) request_id: i64,
    pub(crate) kind: String,
    pub(crate) asked_by: String,
    pub(crate) asked_at: DateTime<Utc>,
    pub(crate) reason: Option<String>,
    pub(crate) state: String,
    pub(crate) answer: Option<String>,
    pub(crate) answered_at: Option<DateTime<Utc>>,
    pub(crate) object_id: Option<i64>,
    pub(crate) record: Option<i32>,
    pub(crate) result_id: Option<String>,
    pub(crate) patient_id: Option<String>,
    pub(crate) case_number: Option<String>,
    pub(crate) choice: Option<String>,
    pub(crate) decision_id: Option<i64>,
    /// A column map: given by the person, or proposed by the daemon.
    pub(crate) map: Option<String>,
    pub(crate) preview: Option<Json<Preview>>,
}

/// What a person decided, where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Standing {
    pub(crate) decision_id: i64,
    pub(crate) kind: String,
    pub(crate) choice: String,
    pub(crate) result_id: Option<String>,
    pub(crate) patient_id: Option<String>,
    pub(crate) case_number: Option<String>,
    pub(crate) key: Option<String>,
    pub(crate) record: Option<i32>,
    pub(crate) reason: String,
    pub(crate) decided_by: String,
    pub(crate) decided_at: DateTime<Utc>,
    pub(crate) total: i64,
}

/// All lists. Of a warehouse that is being rebuilt only what the ledger and the people say.
#[derive(Debug, Clone, Default)]
pub(crate) struct Open {
    pub(crate) waiting: Vec<Waiting>,
    pub(crate) conflicts: Vec<Contradiction>,
    pub(crate) partly_read: Vec<PartlyRead>,
    pub(crate) requests: Vec<AskedFor>,
    pub(crate) decisions: Vec<Standing>,
}

/// Reads the lists.
pub(crate) async fn read(snapshot: &mut Snapshot) -> Result<Open, sqlx::Error> {
    let mut open = Open { requests: requests(snapshot, Which::Latest).await?, ..Open::default() };
    open.decisions = decisions(snapshot, None).await?;
    let tx = &mut *snapshot.tx;
    if !snapshot.is_rebuilding {
        open.conflicts = sqlx::query_file_as!(Contradiction, "src/sql/ops_conflicts.sql").fetch_all(&mut *tx).await?;
    }
    open.waiting = waiting(snapshot).await?;
    open.partly_read = partly_read(snapshot, None).await?;
    Ok(open)
}

/// Results that wait; none while the warehouse is being rebuilt.
pub(crate) async fn waiting(snapshot: &mut Snapshot) -> Result<Vec<Waiting>, sqlx::Error> {
    if snapshot.is_rebuilding {
        return Ok(Vec::new());
    }
    sqlx::query_file_as!(Waiting, "src/sql/ops_waiting.sql").fetch_all(&mut *snapshot.tx).await
}

/// Objects with quarantined records, of one feed or of all.
pub(crate) async fn partly_read(snapshot: &mut Snapshot, feed: Option<&str>) -> Result<Vec<PartlyRead>, sqlx::Error> {
    sqlx::query_file_as!(PartlyRead, "src/sql/ops_quarantined_objects.sql", feed).fetch_all(&mut *snapshot.tx).await
}

/// Which requests are meant.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Which {
    /// The latest, and what is not answered yet.
    Latest,
    /// The one of this number.
    One(i64),
    /// Those about this object.
    About(i64),
}

/// Requests, the newest first.
pub(crate) async fn requests(snapshot: &mut Snapshot, which: Which) -> Result<Vec<AskedFor>, sqlx::Error> {
    let (one, object) = match which {
        Which::Latest => (None, None),
        Which::One(request_id) => (Some(request_id), None),
        Which::About(object_id) => (None, Some(object_id)),
    };
    sqlx::query_file_as!(AskedFor, "src/sql/ops_requests.sql", one, object).fetch_all(&mut *snapshot.tx).await
}

/// One standing decision, or the latest.
pub(crate) async fn decisions(snapshot: &mut Snapshot, one: Option<i64>) -> Result<Vec<Standing>, sqlx::Error> {
    sqlx::query_file_as!(Standing, "src/sql/ops_decisions.sql", one).fetch_all(&mut *snapshot.tx).await
}
