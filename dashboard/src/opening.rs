//! Opens one patient's record for a reader.
//!
//! Invariant: nobody is given a record before their view of it stands in the audit. It is noted while the record is read, so
//! that a reader waits for the longer of the two and not for one after the other.

use chrono::{DateTime, Utc};
use wardwatch_identity::access::{self, Reach};

use crate::error::Problem;
use crate::people::Who;
use crate::server::App;
use crate::views::Snapshot;
use crate::views::patient::{self, Patient};

/// How a patient's record stands to who asked for it.
pub(crate) enum Opening {
    /// Open, and where the glass was broken for it, until when.
    Open(Box<Patient>, Option<DateTime<Utc>>),
    /// The patient is in none of the reader's departments.
    Beyond,
}

/// Opens a record, and notes who looks at it.
///
/// # Errors
/// Where no feed ever named the patient, or the database does not answer.
pub(crate) async fn open(app: &App, who: &Who, patient_id: &str) -> Result<Opening, Problem> {
    let mut snapshot = Snapshot::take(&app.pool, who).await?;
    let traces = patient::traces(&mut snapshot, patient_id).await?.ok_or_else(Problem::no_such_patient)?;
    let broken_until = match access::reach(&mut snapshot.tx, app.clock.now(), &who.account, patient_id).await? {
        Reach::Within => None,
        Reach::Broken(until) => Some(until),
        Reach::Beyond => {
            drop(snapshot);
            who.note_beyond(app, patient_id).await?;
            return Ok(Opening::Beyond);
        }
    };
    let read = async move { patient::read(&mut snapshot, patient_id, &traces).await };
    let (patient, noted) = tokio::join!(read, who.note_patient(app, patient_id, broken_until.is_some()));
    noted?;
    Ok(Opening::Open(Box::new(patient?), broken_until))
}
