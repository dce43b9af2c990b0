//! What a person decided where the sources contradict themselves: kept for good, and applied where it stands.
//!
//! Invariant: the warehouse is a function of the objects and the decisions, whatever came first. A decision on a result is
//! looked up by every merge that folds it; the others are read by the views and by `monitor.derive_stay`. Deciding only
//! brings up to date what the decision changes, in its own transaction, under the locks of a small batch.

use chrono::{DateTime, Utc};
use sqlx::postgres::PgConnection;
use wardwatch_schema::feed::Target;

use crate::{locks, merge, scratch, settle};

/// What is decided. Where the choice is `None`, an earlier decision on the same subject is withdrawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Whose a result is, whatever the owners of its test say.
    Result {
        /// The result.
        result_id: String,
        /// The patient.
        patient_id: Option<String>,
    },
    /// Whose a case number is that several patients have.
    Case {
        /// The number.
        case_number: String,
        /// The patient, and all those among whom was decided: with a further one it does not stand.
        patient: Option<(String, Vec<String>)>,
    },
    /// Whether a patient is here whose release is not after the admission.
    Stay {
        /// The patient.
        patient_id: String,
        /// The number of the case.
        case_number: String,
        /// Whether the patient is still here, and the times that this was decided about: with others it does not stand.
        choice: Option<(bool, DateTime<Utc>, DateTime<Utc>)>,
    },
    /// Whether a quarantined record does not matter.
    Record {
        /// Key of its object.
        key: String,
        /// SHA-256 of its object.
        sha256: Vec<u8>,
        /// Its number.
        record: i32,
        /// Whether it is dismissed; otherwise the dismissal is withdrawn.
        dismissed: bool,
    },
    /// Whether an object that was never read does not matter.
    Object {
        /// Its key.
        key: String,
        /// Its ETag.
        etag: Option<String>,
        /// When it was written.
        last_modified: DateTime<Utc>,
        /// Whether it is dismissed; otherwise the dismissal is withdrawn.
        dismissed: bool,
    },
}

impl Decision {
    /// Locks what the decision touches. What is read after it stays as it is until the transaction ends.
    pub async fn lock(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        if matches!(self, Self::Result { .. }) {
            locks::share_feed_patiently(connection, Target::LabResult).await?;
        }
        locks::share_warehouse(connection).await?;
        match self {
            Self::Result { result_id, patient_id } => {
                let named: Vec<String> = patient_id.iter().cloned().collect();
                locks::lock_decided(connection, std::slice::from_ref(result_id), &[], &named).await
            }
            Self::Case { case_number, .. } | Self::Stay { case_number, .. } => {
                locks::lock_decided(connection, &[], std::slice::from_ref(case_number), &[]).await
            }
            Self::Record { .. } | Self::Object { .. } => Ok(()),
        }
    }
}

/// Decides: keeps the decision and brings the warehouse up to date. The caller has its locks.
pub async fn decide(
    connection: &mut PgConnection,
    decision: &Decision,
    by: &str,
    reason: &str,
) -> Result<(), sqlx::Error> {
    record(connection, decision, by, reason).await?;
    scratch::prepare(connection, Target::LabResult).await?;
    match decision {
        Decision::Result { result_id, .. } => {
            let moved = merge::judge_anew(connection, std::slice::from_ref(result_id)).await?;
            settle::correct_earlier(connection, &moved).await?;
        }
        Decision::Case { case_number, .. } | Decision::Stay { case_number, .. } => {
            sqlx::query(
                "INSERT INTO touched_patient SELECT patient_id FROM warehouse.admission WHERE case_number = $1",
            )
            .bind(case_number)
            .execute(&mut *connection)
            .await?;
        }
        Decision::Record { .. } | Decision::Object { .. } => {}
    }
    sqlx::query(include_str!("sql/refresh_stays.sql")).execute(&mut *connection).await?;
    settle::announce(connection, "").await
}

/// Keeps a decision, and nothing else.
pub async fn record(
    connection: &mut PgConnection,
    decision: &Decision,
    by: &str,
    reason: &str,
) -> Result<(), sqlx::Error> {
    let said = Columns::of(decision);
    sqlx::query_file!(
        "src/sql/record_decision.sql",
        said.kind,
        said.choice,
        said.result_id,
        said.patient_id,
        said.case_number,
        said.among as Option<&[String]>,
        said.admitted_at,
        said.released_at,
        said.key,
        said.sha256,
        said.record,
        said.etag,
        said.last_modified,
        reason,
        by
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// A decision as `app.decision` has it.
#[derive(Debug, Default)]
struct Columns<'a> {
    kind: &'static str,
    choice: &'static str,
    result_id: Option<&'a str>,
    patient_id: Option<&'a str>,
    case_number: Option<&'a str>,
    among: Option<&'a [String]>,
    admitted_at: Option<DateTime<Utc>>,
    released_at: Option<DateTime<Utc>>,
    key: Option<&'a str>,
    sha256: Option<&'a [u8]>,
    record: Option<i32>,
    etag: Option<&'a str>,
    last_modified: Option<DateTime<Utc>>,
}

impl<'a> Columns<'a> {
    fn of(decision: &'a Decision) -> Self {
        let whether = |decided: bool, choice: &'static str| if decided { choice } else { "withdrawn" };
        match decision {
            Decision::Result { result_id, patient_id } => Self {
                kind: "result",
                choice: whether(patient_id.is_some(), "patient"),
                result_id: Some(result_id),
                patient_id: patient_id.as_deref(),
                ..Self::default()
            },
            Decision::Case { case_number, patient } => Self {
                kind: "case",
                choice: whether(patient.is_some(), "patient"),
                case_number: Some(case_number),
                patient_id: patient.as_ref().map(|(patient, _)| patient.as_str()),
                among: patient.as_ref().map(|(_, among)| among.as_slice()),
                ..Self::default()
            },
            Decision::Stay { patient_id, case_number, choice } => Self {
                kind: "stay",
                choice: choice.map_or("withdrawn", |(is_here, ..)| if is_here { "still_here" } else { "left" }),
                patient_id: Some(patient_id),
                case_number: Some(case_number),
                admitted_at: choice.map(|(_, admitted_at, _)| admitted_at),
                released_at: choice.map(|(.., released_at)| released_at),
                ..Self::default()
            },
            Decision::Record { key, sha256, record, dismissed } => Self {
                kind: "record",
                choice: whether(*dismissed, "dismissed"),
                key: Some(key),
                sha256: Some(sha256),
                record: Some(*record),
                ..Self::default()
            },
            Decision::Object { key, etag, last_modified, dismissed } => Self {
                kind: "object",
                choice: whether(*dismissed, "dismissed"),
                key: Some(key),
                etag: etag.as_deref(),
                last_modified: Some(*last_modified),
                ..Self::default()
            },
        }
    }
}
