//! One doubt with all that a person needs to end it: an object, a quarantined record, a waiting result, a case number.

use chrono::{DateTime, NaiveDate, Utc};

use super::Snapshot;
use super::board::Person;

/// One object of the ledger.
#[derive(Debug, Clone)]
pub(crate) struct LedgerObject {
    pub(crate) object_id: i64,
    pub(crate) key: String,
    pub(crate) bucket: String,
    pub(crate) feed: Option<String>,
    pub(crate) state: String,
    pub(crate) reason: Option<String>,
    pub(crate) attempts: i32,
    pub(crate) size_bytes: i64,
    pub(crate) order_time: DateTime<Utc>,
    pub(crate) last_modified: DateTime<Utc>,
    pub(crate) loaded_at: Option<DateTime<Utc>>,
    pub(crate) map_version: Option<i32>,
    pub(crate) sha256: Option<String>,
    pub(crate) records: i64,
    pub(crate) quarantined: i64,
    /// It was never read, nothing has replaced it, and nobody dismissed it.
    pub(crate) is_open: bool,
    /// Drift was seen in it, first or last.
    pub(crate) is_drifted: bool,
}

/// A quarantined record, without its text.
#[derive(Debug, Clone)]
pub(crate) struct Rejected {
    pub(crate) record: i32,
    pub(crate) column_name: Option<String>,
    pub(crate) reason: String,
    pub(crate) map_version: i32,
    pub(crate) patient_id: Option<String>,
    pub(crate) case_number: Option<String>,
    pub(crate) test_id: Option<String>,
    pub(crate) result_id: Option<String>,
    pub(crate) is_dismissed: bool,
    pub(crate) total: i64,
}

/// An object with its quarantined records.
pub(crate) async fn object(
    snapshot: &mut Snapshot,
    object_id: i64,
) -> Result<Option<(LedgerObject, Vec<Rejected>)>, sqlx::Error> {
    let found = sqlx::query_file_as!(LedgerObject, "src/sql/object.sql", object_id);
    let Some(object) = found.fetch_optional(&mut *snapshot.tx).await? else { return Ok(None) };
    Ok(Some((object, records(snapshot, object_id, None).await?)))
}

async fn records(snapshot: &mut Snapshot, object_id: i64, one: Option<i32>) -> Result<Vec<Rejected>, sqlx::Error> {
    sqlx::query_file_as!(Rejected, "src/sql/object_quarantine.sql", object_id, one).fetch_all(&mut *snapshot.tx).await
}

/// A quarantined record with its object and its text.
#[derive(Debug, Clone)]
pub(crate) struct RawRecord {
    pub(crate) object: LedgerObject,
    pub(crate) record: Rejected,
    pub(crate) raw: String,
}

/// One quarantined record.
pub(crate) async fn record(
    snapshot: &mut Snapshot,
    object_id: i64,
    number: i32,
) -> Result<Option<RawRecord>, sqlx::Error> {
    let found = sqlx::query_file_as!(LedgerObject, "src/sql/object.sql", object_id);
    let Some(object) = found.fetch_optional(&mut *snapshot.tx).await? else { return Ok(None) };
    let Some(record) = records(snapshot, object_id, Some(number)).await?.into_iter().next() else { return Ok(None) };
    let raw = sqlx::query_scalar!(
        "SELECT raw FROM ingest.quarantine WHERE object_id = $1 AND record = $2",
        object_id,
        number
    );
    let raw = raw.fetch_one(&mut *snapshot.tx).await?;
    Ok(Some(RawRecord { object, record, raw }))
}

/// A result that waits.
#[derive(Debug, Clone)]
pub(crate) struct WaitingResult {
    pub(crate) result_id: String,
    pub(crate) test_id: String,
    pub(crate) reason: String,
    pub(crate) result_value_text: Option<String>,
    pub(crate) result_unit: Option<String>,
    pub(crate) result_status: Option<String>,
    pub(crate) performed_at: DateTime<Utc>,
    pub(crate) future_dated: bool,
    pub(crate) object_key: Option<String>,
    pub(crate) record: i32,
}

/// A patient whose test a waiting result may be of.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    pub(crate) person: Person,
    pub(crate) patient_id: String,
    pub(crate) test_name: Option<String>,
    pub(crate) ordered_at: DateTime<Utc>,
    pub(crate) ordering_physician: Option<String>,
    /// Whether the patient was in hospital when the result was performed.
    pub(crate) was_here: bool,
}

/// One waiting result with its candidates.
pub(crate) async fn result(
    snapshot: &mut Snapshot,
    result_id: &str,
) -> Result<Option<(WaitingResult, Vec<Candidate>)>, sqlx::Error> {
    let found = sqlx::query_file_as!(WaitingResult, "src/sql/waiting_result.sql", result_id);
    let Some(result) = found.fetch_optional(&mut *snapshot.tx).await? else { return Ok(None) };
    let rows = sqlx::query_file!("src/sql/result_candidates.sql", result.test_id, result.performed_at)
        .fetch_all(&mut *snapshot.tx)
        .await?;
    let candidates = rows.into_iter().map(|row| Candidate {
        person: person(&row.patient_id, row.name_received, row.first_name, row.last_name, row.date_of_birth),
        patient_id: row.patient_id,
        test_name: row.test_name,
        ordered_at: row.ordered_at,
        ordering_physician: row.ordering_physician,
        was_here: row.was_here,
    });
    Ok(Some((result, candidates.collect())))
}

/// One of the stays of a case number.
#[derive(Debug, Clone)]
pub(crate) struct CaseStay {
    pub(crate) person: Person,
    pub(crate) patient_id: String,
    pub(crate) admitted_at: DateTime<Utc>,
    /// As the source says it, whatever was decided.
    pub(crate) released_at: Option<DateTime<Utc>>,
    pub(crate) department: Option<String>,
    pub(crate) room: Option<String>,
    pub(crate) conflict: Option<String>,
    pub(crate) decided: Option<String>,
    /// The release is not after the admission.
    pub(crate) is_backwards: bool,
}

/// The stays of a case number.
pub(crate) async fn case(snapshot: &mut Snapshot, case_number: &str) -> Result<Vec<CaseStay>, sqlx::Error> {
    let rows = sqlx::query_file!("src/sql/case_stays.sql", case_number).fetch_all(&mut *snapshot.tx).await?;
    let stays = rows.into_iter().map(|row| CaseStay {
        person: person(&row.patient_id, row.name_received, row.first_name, row.last_name, row.date_of_birth),
        patient_id: row.patient_id,
        admitted_at: row.admitted_at,
        released_at: row.released_at,
        department: row.department,
        room: row.room,
        conflict: row.conflict,
        decided: row.decided,
        is_backwards: row.is_backwards,
    });
    Ok(stays.collect())
}

fn person(
    patient_id: &str,
    name_received: bool,
    first_name: Option<String>,
    last_name: Option<String>,
    date_of_birth: Option<NaiveDate>,
) -> Person {
    Person { patient_id: Some(patient_id.to_owned()), name_received, first_name, last_name, date_of_birth }
}
