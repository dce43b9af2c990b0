//! A patient's own record, in a snapshot that shows no other one's.

use chrono::{DateTime, Utc};

use super::patient::Demographics;
use super::{Snapshot, contact};

/// So many are read of what can be many, the newest. The statements have the same numbers.
pub(crate) const MOST_SAYINGS: usize = 50;
pub(crate) const MOST_RESULTS: usize = 500;
pub(crate) const MOST_LOOKS: usize = 100;

/// One stay.
#[derive(Debug, Clone)]
pub(crate) struct OwnStay {
    pub(crate) case_number: String,
    pub(crate) admitted_at: DateTime<Utc>,
    pub(crate) released_at: Option<DateTime<Utc>>,
    pub(crate) department: Option<String>,
    pub(crate) room: Option<String>,
    /// The hospital's records contradict each other here.
    pub(crate) is_in_doubt: bool,
}

/// One test, with its result where there is one.
#[derive(Debug, Clone)]
pub(crate) struct OwnResult {
    pub(crate) test_id: String,
    pub(crate) test_name: Option<String>,
    pub(crate) ordered_at: Option<DateTime<Utc>>,
    pub(crate) value: Option<String>,
    pub(crate) unit: Option<String>,
    pub(crate) status: Option<String>,
    pub(crate) performed_at: Option<DateTime<Utc>>,
    pub(crate) future_dated: Option<bool>,
}

/// Somebody looked at the record, or did something with it.
#[derive(Debug, Clone)]
pub(crate) struct Look {
    pub(crate) at: DateTime<Utc>,
    pub(crate) actor: String,
    pub(crate) role: String,
    pub(crate) action: String,
}

/// All of it.
#[derive(Debug, Clone)]
pub(crate) struct Own {
    pub(crate) as_of: DateTime<Utc>,
    pub(crate) patient_id: String,
    pub(crate) me: Option<Demographics>,
    pub(crate) contact: contact::Own,
    /// What was said of the contact, the newest first.
    pub(crate) sayings: Vec<contact::Saying>,
    pub(crate) stays: Vec<OwnStay>,
    pub(crate) results: Vec<OwnResult>,
    pub(crate) looks: Vec<Look>,
}

/// Reads it.
pub(crate) async fn read(snapshot: &mut Snapshot, patient_id: &str) -> Result<Own, sqlx::Error> {
    let contact = contact::own(snapshot, patient_id).await?;
    let sayings = contact::history(snapshot, patient_id).await?;
    let (as_of, tx) = (snapshot.now, &mut *snapshot.tx);
    let me = sqlx::query_file_as!(Demographics, "src/sql/own_person.sql", patient_id).fetch_optional(&mut *tx).await?;
    let stays = sqlx::query_file_as!(OwnStay, "src/sql/own_stays.sql", patient_id).fetch_all(&mut *tx).await?;
    let results = sqlx::query_file_as!(OwnResult, "src/sql/own_results.sql", patient_id).fetch_all(&mut *tx).await?;
    let looks = sqlx::query_file_as!(Look, "src/sql/own_views.sql", patient_id).fetch_all(&mut *tx).await?;
    Ok(Own { as_of, patient_id: patient_id.to_owned(), me, contact, sayings, stays, results, looks })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_read_than_the_page_says() {
        let limits = [
            (include_str!("contact.rs"), MOST_SAYINGS),
            (include_str!("../sql/own_results.sql"), MOST_RESULTS),
            (include_str!("../sql/own_views.sql"), MOST_LOOKS),
        ];
        for (statement, most) in limits {
            let limit = format!("LIMIT {most}");
            let said = statement.lines().any(|line| line.trim_end_matches(['"', ',']).ends_with(&limit));
            assert!(said, "{limit} is not in {statement}");
        }
    }
}
