//! The trail, for those who look after accounts.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::Snapshot;
use crate::query::AuditQuery;

/// One row.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) audit_id: i64,
    pub(crate) at: DateTime<Utc>,
    pub(crate) actor: Option<String>,
    pub(crate) role: Option<String>,
    pub(crate) action: String,
    pub(crate) patient_id: Option<String>,
    pub(crate) address: Option<String>,
    pub(crate) about: Option<String>,
    pub(crate) reason: Option<String>,
}

/// Rows on a page.
pub(crate) const PER_PAGE: i64 = 200;

/// The newest rows that the query asks for. Its days are those of the hospital's clock.
pub(crate) async fn read(snapshot: &mut Snapshot, query: &AuditQuery, zone: Tz) -> Result<Vec<Row>, sqlx::Error> {
    let AuditQuery { name, patient, action, before, .. } = query;
    let (from, until) = query.span(zone);
    sqlx::query_file_as!(
        Row,
        "src/sql/audit.sql",
        name.as_deref(),
        patient.as_deref(),
        action.as_deref(),
        from,
        until,
        *before as Option<i64>,
        PER_PAGE
    )
    .fetch_all(&mut *snapshot.tx)
    .await
}
