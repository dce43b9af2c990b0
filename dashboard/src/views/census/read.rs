//! The census as the database tells it.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use futures::TryStreamExt as _;
use sqlx::FromRow;

use super::entry::Words;
use super::{Census, DEFAULT_HOURS, DEFAULT_LONG_OPEN_DAYS, Entry};
use crate::breath::Breath;
use crate::views::Snapshot;
use crate::views::board::{Doubt, OpenOrder, Person};
use crate::views::feeds::{self, Feed};

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
    told_at: Option<DateTime<Utc>>,
    doubted_at: Option<DateTime<Utc>>,
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

/// The newest setting of a department, or of the hospital.
#[derive(FromRow)]
struct ThresholdRow {
    department: Option<String>,
    /// Null: withdrawn.
    hours: Option<i32>,
    set_at: DateTime<Utc>,
}

/// The newest settings, each with its moment.
#[derive(Default)]
struct Thresholds {
    hospitals: Option<(i32, DateTime<Utc>)>,
    departments: HashMap<String, (Option<i32>, DateTime<Utc>)>,
}

/// So many stays are read in one breath.
const PIECE: usize = 1_000;

/// What the database told, before it is put together.
struct Told {
    at: DateTime<Utc>,
    now: DateTime<Utc>,
    stays: Vec<Entry>,
    unreadable: Vec<UnreadableRow>,
    /// By department; the hospital's under none.
    thresholds: Thresholds,
    long_open_days: i32,
    feeds: Vec<Feed>,
}

impl Census {
    /// Reads it as of a moment; the present where none is given. It is put together on a thread that answers no reader.
    pub(crate) async fn read(snapshot: &mut Snapshot, as_of: Option<DateTime<Utc>>) -> Result<Self, sqlx::Error> {
        let told = Told::by_the_database(snapshot, as_of).await?;
        tokio::task::spawn_blocking(|| told.together()).await.map_err(|_| sqlx::Error::WorkerCrashed)
    }
}

impl Told {
    async fn by_the_database(snapshot: &mut Snapshot, as_of: Option<DateTime<Utc>>) -> Result<Self, sqlx::Error> {
        let (at, is_present) = (as_of.unwrap_or(snapshot.now), as_of.is_none());
        let stays = stays(snapshot, at, is_present).await?;
        let unreadable = sqlx::query_as(include_str!("../../sql/census_unreadable.sql"));
        let unreadable = unreadable.fetch_all(&mut *snapshot.tx).await?;
        let thresholds = sqlx::query_as::<_, ThresholdRow>(include_str!("../../sql/census_thresholds.sql"));
        let thresholds = thresholds.fetch_all(&mut *snapshot.tx).await?.into_iter().collect();
        let long_open_days = sqlx::query_scalar("SELECT value FROM app.setting WHERE name = 'long_open_days'");
        let long_open_days = long_open_days.fetch_optional(&mut *snapshot.tx).await?.unwrap_or(DEFAULT_LONG_OPEN_DAYS);
        let feeds = feeds::all(snapshot).await?;
        Ok(Self { at, now: snapshot.now, stays, unreadable, thresholds, long_open_days, feeds })
    }

    fn together(self) -> Census {
        let hospitals = self.thresholds.of(None);
        let mut entries = self.stays;
        for entry in &mut entries {
            (entry.threshold_hours, entry.threshold_set_at) = self.thresholds.of(entry.department.as_deref());
        }
        let unreadable = self.unreadable.into_iter().map(Entry::from);
        entries.extend(unreadable.map(|entry| Entry { threshold_hours: hospitals.0, ..entry }));
        let own_thresholds = self.thresholds.own();
        Census::of(entries, self.at, self.now, self.feeds, hospitals.0, own_thresholds, self.long_open_days)
    }
}

impl Thresholds {
    /// What holds in a department, or in those without one of their own; and since when.
    fn of(&self, department: Option<&str>) -> (i32, Option<DateTime<Utc>>) {
        let hospitals = self.hospitals.map_or((DEFAULT_HOURS, None), |(hours, set_at)| (hours, Some(set_at)));
        match department.and_then(|department| self.departments.get(department)) {
            Some((Some(hours), set_at)) => (*hours, Some(*set_at)),
            Some((None, withdrawn_at)) => (hospitals.0, hospitals.1.max(Some(*withdrawn_at))),
            None => hospitals,
        }
    }

    /// Those of departments that have one of their own.
    fn own(&self) -> HashMap<String, i32> {
        let own = self.departments.iter().filter_map(|(department, (hours, _))| Some((department.clone(), (*hours)?)));
        own.collect()
    }
}

impl FromIterator<ThresholdRow> for Thresholds {
    fn from_iter<I: IntoIterator<Item = ThresholdRow>>(rows: I) -> Self {
        let mut thresholds = Self::default();
        for ThresholdRow { department, hours, set_at } in rows {
            match department {
                Some(department) => drop(thresholds.departments.insert(department, (hours, set_at))),
                None => thresholds.hospitals = hours.map(|hours| (hours, set_at)),
            }
        }
        thresholds
    }
}

/// The stays, in breaths where nobody waits for them.
async fn stays(snapshot: &mut Snapshot, at: DateTime<Utc>, is_present: bool) -> Result<Vec<Entry>, sqlx::Error> {
    let rows = sqlx::query_as::<_, StayRow>(include_str!("../../sql/census.sql")).bind(at).bind(is_present);
    let mut rows = rows.fetch(&mut *snapshot.tx);
    let (mut stays, mut breath) = (Vec::new(), Breath::begin());
    while let Some(row) = rows.try_next().await? {
        stays.push(Entry::from(row));
        if is_present && stays.len() % PIECE == 0 {
            breath.take().await;
        }
    }
    Ok(stays)
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
            threshold_set_at: None,
            told_at: row.told_at,
            doubted_at: row.doubted_at,
            words: Words::default(),
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
            threshold_set_at: None,
            told_at: None,
            doubted_at: None,
            words: Words::default(),
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
