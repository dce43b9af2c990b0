//! After how many hours without a test a stay is listed: what is in force, and a new setting.
//!
//! Invariant: a setting is never replaced. The newest of a department counts, and of two who set at once the second waits, and
//! then sees what the first one set.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::Snapshot;

/// A threshold in force.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Threshold {
    /// Null: the hospital's.
    pub(crate) department: Option<String>,
    pub(crate) hours: i32,
    pub(crate) set_by: String,
    pub(crate) set_at: DateTime<Utc>,
}

/// All that are in force.
pub(crate) async fn in_force(snapshot: &mut Snapshot) -> Result<Vec<Threshold>, sqlx::Error> {
    let thresholds = sqlx::query_as("SELECT department, hours, set_by, set_at FROM app.current_threshold");
    thresholds.fetch_all(&mut *snapshot.tx).await
}

/// The hours in force, which nobody else sets until the transaction ends. None: the department has none of its own.
pub(crate) async fn to_be_set(tx: &mut PgConnection, department: Option<&str>) -> Result<Option<i32>, sqlx::Error> {
    sqlx::query("LOCK TABLE app.threshold IN SHARE ROW EXCLUSIVE MODE").execute(&mut *tx).await?;
    let hours = "SELECT hours FROM app.current_threshold WHERE department IS NOT DISTINCT FROM $1";
    sqlx::query_scalar(hours).bind(department).fetch_optional(tx).await
}

/// Sets a threshold; without hours the department's own is withdrawn.
pub(crate) async fn set(
    tx: &mut PgConnection,
    now: DateTime<Utc>,
    by: &str,
    department: Option<&str>,
    hours: Option<i32>,
) -> Result<(), sqlx::Error> {
    let setting = sqlx::query("INSERT INTO app.threshold (department, hours, set_by, set_at) VALUES ($1, $2, $3, $4)");
    setting.bind(department).bind(hours).bind(by).bind(now).execute(tx).await.map(drop)
}
