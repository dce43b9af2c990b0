//! The list of everyone known, by name.

use super::Snapshot;
use super::board::{Person, last_page};
use crate::query::PatientsQuery;

/// One line of the list.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) person: Person,
    /// Where the patient is in hospital now; empty when nowhere.
    pub(crate) locations: Vec<String>,
}

/// One page of the list.
#[derive(Debug, Clone)]
pub(crate) struct Patients {
    pub(crate) total: i64,
    pub(crate) page: i64,
    pub(crate) last_page: i64,
    pub(crate) known: Vec<Known>,
}

/// Reads the page that the query asks for; beyond the end, the last.
pub(crate) async fn read(snapshot: &mut Snapshot, query: &PatientsQuery) -> Result<Patients, sqlx::Error> {
    let text = query.text.as_deref();
    let rows = sqlx::query_file!("src/sql/patients.sql", text as Option<&str>, query.per_page, query.page)
        .fetch_all(&mut *snapshot.tx)
        .await?;
    let total = rows.first().map_or(0, |row| row.total);
    let last_page = last_page(total, query.per_page);
    let known = rows.into_iter().filter(|row| row.patient_id.is_some()).map(|row| Known {
        person: Person {
            patient_id: row.patient_id,
            name_received: row.name_received.unwrap_or_default(),
            first_name: row.first_name,
            last_name: row.last_name,
            date_of_birth: row.date_of_birth,
        },
        locations: row.locations,
    });
    Ok(Patients { total, page: query.page.min(last_page), last_page, known: known.collect() })
}
