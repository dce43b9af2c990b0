//! The census as the database tells it.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::FromRow;

use super::{Census, DEFAULT_HOURS, DEFAULT_LONG_OPEN_DAYS, Entry};
use crate::views::board::{Doubt, OpenOrder, Person};
use crate::views::{Snapshot, feeds};

#[derive(FromRow)]
struct StayRow {
    patient_id: String,
    case_number: String,
    department: Option<String>,
    room: Option<String>,
    admitted_at: DateTime<Utc>,
    released_at: Option<DateTime<Utc>>,
    idle_since: DateTime<Utc>,
    last_performed_at: Option<DateTime<Utc>>,
    last_ordered_at: Option<DateTime<Utc>>,
    unperformed_test_id: Option<String>,
    unperformed_ordered_at: Option<DateTime<Utc>>,
    unperformed_test_name: Option<String>,
    unperformed_ordered_by: Option<String>,
    waiting_results: i64,
    quarantined: i64,
    conflict: Option<String>,
    conflict_with: Vec<String>,
    reasons: Vec<String>,
    #[sqlx(flatten)]
    person: PersonRow,
}

#[derive(FromRow)]
struct UnreadableRow {
    patient_id: Option<String>,
    case_number: Option<String>,
    quarantined: i64,
    #[sqlx(flatten)]
    person: PersonRow,
}

#[derive(FromRow)]
struct PersonRow {
    name_received: bool,
    first_name: Option<String>,
    last_name: Option<String>,
    date_of_birth: Option<NaiveDate>,
    primary_physician: Option<String>,
}

impl Census {
    /// Reads it as of a moment; the present where none is given.
    pub(crate) async fn read(snapshot: &mut Snapshot, as_of: Option<DateTime<Utc>>) -> Result<Self, sqlx::Error> {
        let (at, is_present) = (as_of.unwrap_or(snapshot.now), as_of.is_none());
        let stays = sqlx::query_as::<_, StayRow>(include_str!("../../sql/census.sql")).bind(at).bind(is_present);
        let stays = stays.fetch_all(&mut *snapshot.tx).await?;
        let unreadable = sqlx::query_as::<_, UnreadableRow>(include_str!("../../sql/census_unreadable.sql"));
        let unreadable = unreadable.fetch_all(&mut *snapshot.tx).await?;
        let thresholds = sqlx::query_as::<_, (Option<String>, i32)>(include_str!("../../sql/census_thresholds.sql"));
        let thresholds: HashMap<_, _> = thresholds.fetch_all(&mut *snapshot.tx).await?.into_iter().collect();
        let long_open_days =
            sqlx::query_scalar::<_, i32>("SELECT value FROM app.setting WHERE name = 'long_open_days'");
        let long_open_days = long_open_days.fetch_optional(&mut *snapshot.tx).await?.unwrap_or(DEFAULT_LONG_OPEN_DAYS);
        let feeds = feeds::all(snapshot).await?;
        let hours = thresholds.get(&None).copied().unwrap_or(DEFAULT_HOURS);
        let mut entries: Vec<Entry> = stays.into_iter().map(Entry::from).collect();
        for entry in &mut entries {
            let own = entry.department.is_some().then(|| thresholds.get(&entry.department)).flatten();
            entry.threshold_hours = own.copied().unwrap_or(hours);
        }
        entries.extend(unreadable.into_iter().map(|row| Entry { threshold_hours: hours, ..Entry::from(row) }));
        Ok(Self::of(entries, at, snapshot.now, feeds, hours, (thresholds.len() as i64 - 1).max(0), long_open_days))
    }
}

impl From<StayRow> for Entry {
    fn from(row: StayRow) -> Self {
        let order = row.unperformed_test_id.zip(row.unperformed_ordered_at);
        Self {
            physician: row.person.primary_physician.clone(),
            person: row.person.named(Some(row.patient_id)),
            case_number: Some(row.case_number),
            twin: 1,
            look_alike: false,
            department: row.department,
            room: row.room,
            admitted_at: Some(row.admitted_at),
            released_at: row.released_at,
            idle_since: Some(row.idle_since),
            last_performed_at: row.last_performed_at,
            last_ordered_at: row.last_ordered_at,
            open_order: order.map(|(test_id, ordered_at)| OpenOrder {
                test_id,
                test_name: row.unperformed_test_name,
                ordered_at,
                ordered_by: row.unperformed_ordered_by,
            }),
            doubt: Doubt {
                reasons: row.reasons,
                conflict_with: row.conflict_with,
                waiting_results: row.waiting_results,
                quarantined: row.quarantined,
            },
            conflict: row.conflict,
            threshold_hours: 0,
            words: String::new(),
        }
    }
}

impl From<UnreadableRow> for Entry {
    fn from(row: UnreadableRow) -> Self {
        Self {
            physician: row.person.primary_physician.clone(),
            person: row.person.named(row.patient_id),
            case_number: row.case_number,
            twin: 1,
            look_alike: false,
            department: None,
            room: None,
            admitted_at: None,
            released_at: None,
            idle_since: None,
            last_performed_at: None,
            last_ordered_at: None,
            open_order: None,
            doubt: Doubt {
                reasons: vec!["unreadable_admission".to_owned()],
                quarantined: row.quarantined,
                ..Doubt::default()
            },
            conflict: None,
            threshold_hours: 0,
            words: String::new(),
        }
    }
}

impl PersonRow {
    fn named(self, patient_id: Option<String>) -> Person {
        Person {
            patient_id,
            name_received: self.name_received,
            first_name: self.first_name,
            last_name: self.last_name,
            date_of_birth: self.date_of_birth,
        }
    }
}
