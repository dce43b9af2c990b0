//! The board: one page of listed stays with its totals and the feeds' freshness.
//!
//! The rule itself lives in the database (`monitor.board`); this adds names, filters, order and paging, never a judgement.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::{Snapshot, feeds};
use crate::query::BoardQuery;

/// Why a stay is listed, the first that applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Nothing is on its way.
    Overdue,
    /// A test is ordered and not performed.
    Chase,
    /// Something contradicts or is missing: nobody can tell.
    Unknown,
}

impl State {
    pub(crate) const ALL: [Self; 3] = [Self::Overdue, Self::Chase, Self::Unknown];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Overdue => "overdue",
            Self::Chase => "chase",
            Self::Unknown => "unknown",
        }
    }

    /// A word that this program does not know is a doubt, too.
    pub(crate) fn from_database(word: &str) -> Self {
        Self::ALL.into_iter().find(|state| state.as_str() == word).unwrap_or(Self::Unknown)
    }
}

/// The part of the page that a stay stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    /// Admissions of which not even the time could be read.
    Unreadable,
    /// Today's patients.
    Main,
    /// Open for so long that the discharge was probably forgotten.
    LongOpen,
}

impl Section {
    pub(crate) const ALL: [Self; 3] = [Self::Unreadable, Self::Main, Self::LongOpen];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Main => "main",
            Self::LongOpen => "long_open",
        }
    }

    fn from_database(word: &str) -> Self {
        Self::ALL.into_iter().find(|section| section.as_str() == word).unwrap_or(Self::Main)
    }
}

/// Who a row is about, as far as the feeds have said.
#[derive(Debug, Clone, Default)]
pub(crate) struct Person {
    pub(crate) patient_id: Option<String>,
    pub(crate) name_received: bool,
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) date_of_birth: Option<NaiveDate>,
}

/// The newest order of a stay of which nothing was performed.
#[derive(Debug, Clone)]
pub(crate) struct OpenOrder {
    pub(crate) test_id: String,
    pub(crate) test_name: Option<String>,
    pub(crate) ordered_at: DateTime<Utc>,
    pub(crate) ordered_by: Option<String>,
}

/// What casts doubt on a stay.
#[derive(Debug, Clone, Default)]
pub(crate) struct Doubt {
    pub(crate) reasons: Vec<String>,
    /// The other patients under the same case number.
    pub(crate) conflict_with: Vec<String>,
    pub(crate) waiting_results: i64,
    pub(crate) quarantined: i64,
}

/// One listed stay.
#[derive(Debug, Clone)]
pub(crate) struct Stay {
    pub(crate) person: Person,
    pub(crate) case_number: Option<String>,
    /// Tells apart rows whose identifiers could not be read.
    pub(crate) twin: i64,
    pub(crate) look_alike: bool,
    pub(crate) department: Option<String>,
    pub(crate) room: Option<String>,
    pub(crate) physician: Option<String>,
    pub(crate) admitted_at: Option<DateTime<Utc>>,
    pub(crate) released_at: Option<DateTime<Utc>>,
    /// Null: the admission could not be read.
    pub(crate) idle_since: Option<DateTime<Utc>>,
    pub(crate) last_performed_at: Option<DateTime<Utc>>,
    pub(crate) last_ordered_at: Option<DateTime<Utc>>,
    pub(crate) open_order: Option<OpenOrder>,
    pub(crate) threshold_hours: Option<i32>,
    pub(crate) long_open: bool,
    pub(crate) section: Section,
    /// Whether an unreadable admission stands after the others, because there are many.
    pub(crate) is_further: bool,
    pub(crate) state: State,
    pub(crate) doubt: Doubt,
}

impl Stay {
    /// How long nothing was performed.
    pub(crate) fn idle_for(&self, as_of: DateTime<Utc>) -> Option<TimeDelta> {
        self.idle_since.map(|since| as_of - since)
    }
}

/// How many stays are in each state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) overdue: i64,
    pub(crate) chase: i64,
    pub(crate) unknown: i64,
}

impl Counts {
    pub(crate) fn of(self, state: State) -> i64 {
        match state {
            State::Overdue => self.overdue,
            State::Chase => self.chase,
            State::Unknown => self.unknown,
        }
    }

    pub(crate) fn all(self) -> i64 {
        self.overdue + self.chase + self.unknown
    }

    /// What remains of the counts when only one state is asked for.
    pub(crate) fn only(self, wanted: Option<State>) -> Self {
        let kept = |state| if wanted.is_none_or(|wanted| wanted == state) { self.of(state) } else { 0 };
        Self { overdue: kept(State::Overdue), chase: kept(State::Chase), unknown: kept(State::Unknown) }
    }
}

/// One page of the board.
#[derive(Debug, Clone)]
pub(crate) struct Board {
    pub(crate) as_of: DateTime<Utc>,
    /// The database's clock when the board was read.
    pub(crate) now: DateTime<Utc>,
    pub(crate) hours: i32,
    /// Departments with a threshold of their own, where `hours` was not asked for.
    pub(crate) own_thresholds: i64,
    /// Stays that match the whole filter, over all pages.
    pub(crate) total: i64,
    /// By state, over the filter but for the state itself.
    pub(crate) counts: Counts,
    pub(crate) unreadable: i64,
    pub(crate) long_open: i64,
    /// After how many days a stay is long open.
    pub(crate) long_open_days: i32,
    /// Stays on the board, whatever the filter.
    pub(crate) listed: i64,
    /// Listed stays of departments that the reader is not limited to: counted, not shown.
    pub(crate) elsewhere: i64,
    pub(crate) departments: Vec<String>,
    pub(crate) feeds: Vec<feeds::Feed>,
    pub(crate) stays: Vec<Stay>,
    pub(crate) page: i64,
    pub(crate) per_page: i64,
}

impl Board {
    /// The number of the last page.
    pub(crate) fn last_page(&self) -> i64 {
        last_page(self.total, self.per_page)
    }
}

/// The number of the last page of so many rows; an empty list has one page.
pub(crate) fn last_page(total: i64, per_page: i64) -> i64 {
    ((total - 1) / per_page + 1).max(1)
}

/// Whether the page's sections lead the order; the JSON lists by the sort alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grouping {
    /// Unreadable admissions, today's patients, forgotten discharges.
    Sections,
    /// The sort alone.
    None,
}

/// One row of `board.sql` as a stay; its type is the query's own.
macro_rules! stay {
    ($row:expr) => {{
        let row = $row;
        Stay {
            person: Person {
                patient_id: row.patient_id,
                name_received: row.name_received.unwrap_or_default(),
                first_name: row.first_name,
                last_name: row.last_name,
                date_of_birth: row.date_of_birth,
            },
            case_number: row.case_number,
            twin: row.twin.unwrap_or(1),
            look_alike: row.look_alike.unwrap_or_default(),
            department: row.department,
            room: row.room,
            physician: row.primary_physician,
            admitted_at: row.admitted_at,
            released_at: row.released_at,
            idle_since: row.idle_since,
            last_performed_at: row.last_performed_at,
            last_ordered_at: row.last_ordered_at,
            open_order: row.unperformed_test_id.zip(row.unperformed_ordered_at).map(|(test_id, ordered_at)| {
                OpenOrder {
                    test_id,
                    test_name: row.unperformed_test_name,
                    ordered_at,
                    ordered_by: row.unperformed_ordered_by,
                }
            }),
            threshold_hours: row.threshold_hours,
            long_open: row.is_long_open.unwrap_or_default(),
            section: Section::from_database(row.section.as_deref().unwrap_or_default()),
            is_further: row.shelf == Some(3),
            state: State::from_database(row.state.as_deref().unwrap_or_default()),
            doubt: Doubt {
                reasons: row.reasons.unwrap_or_default(),
                conflict_with: row.conflict_with.unwrap_or_default(),
                waiting_results: row.waiting_results.unwrap_or_default(),
                quarantined: row.quarantined.unwrap_or_default(),
            },
        }
    }};
}

/// Reads the page of the board that the query asks for; beyond the end, the last. Without departments the reader sees all.
pub(crate) async fn read(
    snapshot: &mut Snapshot,
    query: &BoardQuery,
    grouping: Grouping,
    departments: &[String],
) -> Result<Board, sqlx::Error> {
    let as_of = query.as_of.as_ref().map_or(snapshot.now, |as_of| as_of.at);
    let rows = sqlx::query_file!(
        "src/sql/board.sql",
        as_of,
        query.as_of.is_none(),
        query.hours as Option<i32>,
        query.department.as_deref() as Option<&str>,
        query.state.map(State::as_str) as Option<&str>,
        query.text.as_deref() as Option<&str>,
        query.section.map(Section::as_str) as Option<&str>,
        query.sort.as_str(),
        query.per_page,
        query.page,
        grouping == Grouping::Sections,
        Some(departments).filter(|limits| !limits.is_empty()) as Option<&[String]>
    )
    .fetch_all(&mut *snapshot.tx)
    .await?;
    let feeds = feeds::all(snapshot).await?;
    // The summary is on every row, and there is always one row.
    let first = rows.first().ok_or(sqlx::Error::RowNotFound)?;
    let mut board = Board {
        as_of,
        now: snapshot.now,
        hours: first.hours.unwrap_or_default(),
        own_thresholds: if query.hours.is_some() { 0 } else { first.own_thresholds },
        total: first.total,
        counts: Counts { overdue: first.overdue, chase: first.chase, unknown: first.unknown },
        unreadable: first.unreadable,
        long_open: first.long_open,
        long_open_days: first.long_open_days.unwrap_or_default(),
        listed: first.listed,
        elsewhere: first.elsewhere,
        departments: first.departments.clone(),
        feeds,
        stays: Vec::new(),
        page: query.page.min(last_page(first.total, query.per_page)),
        per_page: query.per_page,
    };
    board.stays = rows.into_iter().filter(|row| row.position.is_some()).map(|row| stay!(row)).collect();
    Ok(board)
}
