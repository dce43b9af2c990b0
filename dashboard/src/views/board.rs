//! The board: one page of listed stays with its totals and the feeds' freshness, taken from the census.
//!
//! Invariant: this filters, orders and pages; whether and how a stay is listed is [`Census::judge`]'s to say. A reader who is
//! limited to departments is told how many stays are listed elsewhere, and nothing else of them.

mod search;
#[cfg(test)]
mod tests;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use self::search::Search;
use super::census::{Allowed, Census, Verdict, plain};
use super::feeds;
use super::review::{Reviews, Standing};
use crate::query::{BoardQuery, Sort};

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
    /// Acknowledged by somebody, until it comes back.
    Acknowledged,
}

impl Section {
    pub(crate) const ALL: [Self; 4] = [Self::Unreadable, Self::Main, Self::LongOpen, Self::Acknowledged];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Main => "main",
            Self::LongOpen => "long_open",
            Self::Acknowledged => "acknowledged",
        }
    }

    /// The part that a listed stay stands in.
    fn of(is_unreadable: bool, verdict: Verdict, is_acknowledged: bool) -> Self {
        match verdict {
            _ if is_unreadable => Self::Unreadable,
            _ if is_acknowledged => Self::Acknowledged,
            verdict if verdict.long_open => Self::LongOpen,
            _ => Self::Main,
        }
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
    /// Since when it is in doubt by itself.
    pub(crate) doubted_at: Option<DateTime<Utc>>,
    /// What people did about it.
    pub(crate) standing: Standing,
    /// When it comes onto the board, on a list of those who will.
    pub(crate) due_at: Option<DateTime<Utc>>,
}

impl Stay {
    /// How long nothing was performed.
    pub(crate) fn idle_for(&self, as_of: DateTime<Utc>) -> Option<TimeDelta> {
        self.idle_since.map(|since| as_of - since)
    }

    /// Whether its threshold is still to be crossed.
    pub(crate) fn is_ahead(&self, as_of: DateTime<Utc>) -> bool {
        let threshold = self.threshold_hours.map(|hours| TimeDelta::hours(i64::from(hours)));
        self.idle_for(as_of).zip(threshold).is_some_and(|(idle, threshold)| idle <= threshold)
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

    fn add(&mut self, state: State) {
        match state {
            State::Overdue => self.overdue += 1,
            State::Chase => self.chase += 1,
            State::Unknown => self.unknown += 1,
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
    /// The database's clock when the board was asked for.
    pub(crate) now: DateTime<Utc>,
    /// The same when what it tells of was read.
    pub(crate) read_at: DateTime<Utc>,
    /// The threshold of all that is asked for; the hospital's, where that has not one.
    pub(crate) hours: i32,
    /// Departments with a threshold of their own, where what is asked for has not one.
    pub(crate) own_thresholds: i64,
    /// Stays that match the whole filter, over all pages.
    pub(crate) total: i64,
    /// By state, over the filter but for the state itself.
    pub(crate) counts: Counts,
    pub(crate) unreadable: i64,
    pub(crate) long_open: i64,
    /// Of the filter, whatever the section; listed or not yet.
    pub(crate) acknowledged: i64,
    /// As the list of the acknowledged counts them: of the filter it keeps only whose patients are looked at.
    pub(crate) all_acknowledged: i64,
    /// After how many days a stay is long open.
    pub(crate) long_open_days: i32,
    /// Stays on the board, whatever the filter, but for those that are acknowledged.
    pub(crate) listed: i64,
    /// Listed stays of departments that the reader is not limited to: counted, not shown.
    pub(crate) elsewhere: i64,
    pub(crate) departments: Vec<String>,
    pub(crate) physicians: Vec<String>,
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

    /// The threshold of all that is asked for, where it has one.
    pub(crate) fn threshold(&self) -> Option<i32> {
        (self.own_thresholds == 0).then_some(self.hours)
    }
}

/// The number of the last page of so many rows; an empty list has one page.
pub(crate) fn last_page(total: i64, per_page: i64) -> i64 {
    ((total - 1) / per_page + 1).max(1)
}

/// Whether sections lead the order, and whether all of them are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grouping {
    /// Unreadable admissions, today's patients, forgotten discharges; who is acknowledged only where that is asked for.
    Sections,
    /// The same, with the acknowledged at the end: some come back while the copy is all that there is.
    EverySection,
    /// The sort alone: programs list by the rule, which knows no acknowledgement.
    None,
}

/// Whose board it is, and when.
pub(crate) struct Reader<'a> {
    pub(crate) account: &'a str,
    /// The departments that the reader is limited to; empty: all.
    pub(crate) departments: &'a [String],
    pub(crate) as_of: DateTime<Utc>,
}

/// A list has no more rows than a hospital has beds.
pub(crate) const ALL: i64 = 1_000_000;
/// Unreadable admissions lead, but only so many: more must not bury the patients that can be read.
const LEADING_UNREADABLE: usize = 10;

/// A stay that matches, before it is known whether the page shows it.
#[derive(Clone, Copy)]
struct Match {
    place: u32,
    verdict: Verdict,
    section: Section,
    is_further: bool,
}

/// The page of the board that the query asks for; beyond the end, the last.
pub(crate) fn page(
    census: &Census,
    reviews: &Reviews,
    query: &BoardQuery,
    grouping: Grouping,
    reader: &Reader<'_>,
) -> Board {
    let text = query.text.as_deref().map(plain::words).unwrap_or_default();
    let physician = query.physician.as_deref().map(|typed| census.physician(typed));
    let search = Search { census, reviews, query, grouping, reader, text, physician };
    let mut board = empty(census, query, reader);
    let mut matches = search.matches(&mut board);
    order(&mut matches, query, grouping);
    let count = |section| matches.iter().filter(|found| found.section == section).count() as i64;
    (board.unreadable, board.long_open) = (count(Section::Unreadable), count(Section::LongOpen));
    board.total = matches.len() as i64;
    board.page = query.page.min(board.last_page());
    let skipped = ((board.page - 1) * query.per_page) as usize;
    let shown = matches.iter().skip(skipped).take(query.per_page as usize);
    board.stays = shown.map(|found| stay(census, reviews, *found, query)).collect();
    board
}

fn empty(census: &Census, query: &BoardQuery, reader: &Reader<'_>) -> Board {
    let departments = query.department.as_ref().map_or(reader.departments, std::slice::from_ref);
    let allowed = query.hours.map_or_else(|| census.allowed(departments), |hours| Allowed { hours, own: 0 });
    Board {
        as_of: reader.as_of,
        now: if query.as_of.is_some() { census.now } else { reader.as_of },
        read_at: census.now,
        hours: allowed.hours,
        own_thresholds: allowed.own,
        total: 0,
        counts: Counts::default(),
        unreadable: 0,
        long_open: 0,
        acknowledged: 0,
        all_acknowledged: 0,
        long_open_days: census.long_open_days,
        listed: 0,
        elsewhere: 0,
        departments: Vec::new(),
        physicians: census.physicians().to_vec(),
        feeds: census.feeds.clone(),
        stays: Vec::new(),
        page: query.page,
        per_page: query.per_page,
    }
}

/// The state's own order, and the sections of the page, over the order that the census already has.
fn order(matches: &mut [Match], query: &BoardQuery, grouping: Grouping) {
    if query.sort == Sort::State {
        let rank = |state| match state {
            State::Unknown => 0,
            State::Chase => 1,
            State::Overdue => 2,
        };
        matches.sort_by_key(|found| rank(found.verdict.state));
        if query.direction == crate::query::Direction::Reversed {
            matches.sort_by_key(|found| std::cmp::Reverse(rank(found.verdict.state)));
        }
    }
    if grouping != Grouping::None {
        let unreadable = matches.iter_mut().filter(|found| found.section == Section::Unreadable);
        unreadable.skip(LEADING_UNREADABLE).for_each(|found| found.is_further = true);
        matches.sort_by_key(|found| match found.section {
            Section::Unreadable if !found.is_further => 0,
            Section::Main => 1,
            Section::LongOpen => 2,
            Section::Acknowledged => 3,
            Section::Unreadable => 4,
        });
    }
}

fn stay(census: &Census, reviews: &Reviews, found: Match, query: &BoardQuery) -> Stay {
    let entry = census.entry(found.place).clone();
    // Who is acknowledged comes onto the board when that is over, which their acknowledgement says.
    let is_due = query.due.is_some() && found.section != Section::Acknowledged;
    let due_at = entry.crosses_at(found.verdict.threshold_hours).filter(|_| is_due);
    Stay {
        person: entry.person,
        case_number: entry.case_number,
        twin: entry.twin,
        look_alike: entry.look_alike,
        department: entry.department,
        room: entry.room,
        physician: entry.physician,
        admitted_at: entry.admitted_at,
        released_at: entry.released_at,
        idle_since: entry.idle_since,
        last_performed_at: entry.last_performed_at,
        last_ordered_at: entry.last_ordered_at,
        open_order: entry.open_order,
        threshold_hours: Some(found.verdict.threshold_hours),
        long_open: found.verdict.long_open,
        section: found.section,
        is_further: found.is_further,
        state: found.verdict.state,
        doubt: entry.doubt,
        doubted_at: entry.doubted_at,
        standing: reviews.standing(found.place).cloned().unwrap_or_default(),
        due_at,
    }
}
