//! The census: every open stay with its clocks, read at once and kept in memory, so that any page, filter, sort or page number
//! of the board is answered without asking the database.
//!
//! Invariant: clocks, conflicts and doubts are the database's (`monitor.board`, asked with a threshold of nothing). What is
//! judged here is only what changes by time and by the threshold that is asked for: [`Census::judge`]. It must agree with
//! `monitor.board` at every moment from that of the reading on, until something is committed or a feed goes stale.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::OnceLock;

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::FromRow;

use super::board::{Doubt, OpenOrder, Person, State};
use super::feeds::Feed;
use super::{Snapshot, feeds};
use crate::query::{Direction, Sort};

/// Where no threshold is set, the board is not empty but strict.
const DEFAULT_HOURS: i32 = 48;
const DEFAULT_LONG_OPEN_DAYS: i32 = 60;
/// The board's form offers so many physicians; any other can be typed.
const OFFERED_PHYSICIANS: usize = 200;

/// Microseconds.
const HOUR: i64 = 3_600_000_000;

/// One stay as it was read.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
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
    pub(crate) doubt: Doubt,
    pub(crate) conflict: Option<String>,
    /// That of the department, or of the hospital.
    pub(crate) threshold_hours: i32,
    /// What a search looks through, in small letters.
    pub(crate) words: String,
}

/// Why a stay is listed at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) state: State,
    pub(crate) threshold_hours: i32,
    pub(crate) long_open: bool,
}

/// What the rule goes by, small and side by side: every board judges all of them. Moments are in microseconds.
#[derive(Debug, Clone, Copy)]
struct Clock {
    admitted_at: i64,
    /// [`i64::MAX`]: not released.
    released_at: i64,
    /// None: the admission could not be read.
    idle_since: Option<i64>,
    /// When the open order was placed; [`i64::MIN`]: there is none.
    ordered_at: i64,
    threshold_hours: i32,
    /// Its place among the departments.
    department: Option<u16>,
    is_in_conflict: bool,
    /// The release is not after the admission.
    is_contrary: bool,
    is_in_doubt: bool,
}

/// Every stay that is open or in doubt as of a moment.
#[derive(Debug)]
pub(crate) struct Census {
    pub(crate) as_of: DateTime<Utc>,
    /// The database's clock when it was read.
    pub(crate) now: DateTime<Utc>,
    /// The hospital's threshold.
    pub(crate) hours: i32,
    /// Departments with a threshold of their own.
    pub(crate) own_thresholds: i64,
    pub(crate) long_open_days: i32,
    pub(crate) feeds: Vec<Feed>,
    entries: Vec<Entry>,
    /// One an entry.
    clocks: Vec<Clock>,
    /// Those of the entries, by name.
    departments: Vec<String>,
    /// Where a readable stay stands.
    places: HashMap<(String, String), u32>,
    physicians: OnceLock<Vec<String>>,
    /// Each order is made when it is first asked for.
    orders: [[OnceLock<Vec<u32>>; 2]; Sort::ALL.len()],
}

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
    pub(crate) conflict: Option<String>,
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
        let stays = sqlx::query_as::<_, StayRow>(include_str!("../sql/census.sql")).bind(at).bind(is_present);
        let stays = stays.fetch_all(&mut *snapshot.tx).await?;
        let unreadable = sqlx::query_as::<_, UnreadableRow>(include_str!("../sql/census_unreadable.sql"));
        let unreadable = unreadable.fetch_all(&mut *snapshot.tx).await?;
        let thresholds = sqlx::query_as::<_, (Option<String>, i32)>(include_str!("../sql/census_thresholds.sql"));
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

    fn of(
        mut entries: Vec<Entry>,
        as_of: DateTime<Utc>,
        now: DateTime<Utc>,
        feeds: Vec<Feed>,
        hours: i32,
        own_thresholds: i64,
        long_open_days: i32,
    ) -> Self {
        flag_look_alikes(&mut entries);
        number_twins(&mut entries);
        for entry in &mut entries {
            entry.words = words(entry);
        }
        let readable = entries.iter().enumerate().filter(|(_, entry)| !entry.is_unreadable());
        let places = readable.filter_map(|(place, entry)| {
            Some(((entry.person.patient_id.clone()?, entry.case_number.clone()?), place as u32))
        });
        let places = places.collect();
        let named: BTreeSet<&String> = entries.iter().filter_map(|entry| entry.department.as_ref()).collect();
        let departments: Vec<String> = named.into_iter().cloned().collect();
        let clocks = entries.iter().map(|entry| Clock::of(entry, &departments)).collect();
        let (physicians, orders) = Default::default();
        Self {
            as_of,
            now,
            hours,
            own_thresholds,
            long_open_days,
            feeds,
            entries,
            clocks,
            departments,
            places,
            physicians,
            orders,
        }
    }

    /// Where a stay stands.
    pub(crate) fn place(&self, patient_id: &str, case_number: &str) -> Option<u32> {
        self.places.get(&(patient_id.to_owned(), case_number.to_owned())).copied()
    }

    /// Stays that can be read and are not over at a moment.
    pub(crate) fn open(&self, at: DateTime<Utc>) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| !entry.is_unreadable() && entry.is_open(at))
    }

    /// A stay by its place.
    pub(crate) fn entry(&self, place: u32) -> &Entry {
        &self.entries[place as usize]
    }

    /// Whether a stay is listed at a moment, and how. `hours` overrides every threshold.
    pub(crate) fn judge(&self, entry: &Entry, at: DateTime<Utc>, hours: Option<i32>) -> Option<Verdict> {
        self.judge_clock(&Clock::of(entry, &[]), at, hours)
    }

    /// The same of the stay at a place.
    pub(crate) fn judge_at(&self, place: u32, at: DateTime<Utc>, hours: Option<i32>) -> Option<Verdict> {
        self.judge_clock(&self.clocks[place as usize], at, hours)
    }

    fn judge_clock(&self, clock: &Clock, at: DateTime<Utc>, hours: Option<i32>) -> Option<Verdict> {
        let threshold_hours = hours.unwrap_or(clock.threshold_hours);
        let Some(idle_since) = clock.idle_since else {
            return Some(Verdict { state: State::Unknown, threshold_hours, long_open: false });
        };
        let (at, threshold) = (at.timestamp_micros(), i64::from(threshold_hours) * HOUR);
        let is_released = clock.released_at <= at;
        let is_open = clock.is_in_conflict || !is_released;
        if !is_open || !clock.is_in_conflict && at - idle_since <= threshold {
            return None;
        }
        let state = if clock.is_in_doubt {
            State::Unknown
        } else if at.saturating_sub(clock.ordered_at) <= threshold {
            State::Chase
        } else {
            State::Overdue
        };
        let is_old = at - clock.admitted_at > i64::from(self.long_open_days) * 24 * HOUR;
        Some(Verdict { state, threshold_hours, long_open: is_old && !clock.is_contrary && !is_released })
    }

    /// The department of the stay at a place, as a place among [`Census::departments`].
    pub(crate) fn department(&self, place: u32) -> Option<usize> {
        self.clocks[place as usize].department.map(usize::from)
    }

    /// Every department that a stay is in, by name.
    pub(crate) fn departments(&self) -> &[String] {
        &self.departments
    }

    /// Whether not even the time of the admission at a place could be read.
    pub(crate) fn is_unreadable(&self, place: u32) -> bool {
        self.clocks[place as usize].idle_since.is_none()
    }

    /// Admissions that cannot be read stand for themselves only where no listed stay has their numbers.
    pub(crate) fn is_superseded(&self, entry: &Entry, at: DateTime<Utc>, hours: Option<i32>) -> bool {
        let (Some(id), Some(case)) = (&entry.person.patient_id, &entry.case_number) else { return false };
        let readable = self.place(id, case).map(|place| self.entry(place));
        readable.is_some_and(|readable| self.judge(readable, at, hours).is_some())
    }

    /// Makes the orders that were asked of an earlier census, so that no reader waits for them.
    pub(crate) fn made_ready_as(self, before: &Self) -> Self {
        for sort in Sort::ALL {
            for direction in [Direction::Natural, Direction::Reversed] {
                if before.orders[sort as usize][direction as usize].get().is_some() {
                    self.ordered(sort, direction);
                }
            }
        }
        self
    }

    /// The places of all stays in an order.
    pub(crate) fn ordered(&self, sort: Sort, direction: Direction) -> &[u32] {
        let order = &self.orders[sort as usize][direction as usize];
        order.get_or_init(|| {
            let mut places: Vec<u32> = (0..self.entries.len() as u32).collect();
            places.sort_by_cached_key(|place| self.entry(*place).key(sort, direction));
            places
        })
    }

    /// Those who are named as physicians, of most stays, by name.
    pub(crate) fn physicians(&self) -> &[String] {
        self.physicians.get_or_init(|| {
            let mut counts: HashMap<&str, usize> = HashMap::new();
            for physician in self.entries.iter().filter_map(|entry| entry.physician.as_deref()) {
                *counts.entry(physician).or_default() += 1;
            }
            let mut names: Vec<_> = counts.into_iter().collect();
            names.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
            names.truncate(OFFERED_PHYSICIANS);
            let names: BTreeSet<String> = names.into_iter().map(|(name, _)| name.to_owned()).collect();
            names.into_iter().collect()
        })
    }
}

/// What a stay is sorted by: absent values last, then the column, then longest idle first, patient and case in byte order.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct SortKey(bool, Column, Option<i64>, Option<String>, Option<String>, i64);

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Column {
    None,
    Time(i64),
    Text(Ordered, Ordered),
}

/// A text that sorts by its letters, or against them.
#[derive(PartialEq, Eq)]
struct Ordered(Option<String>, Direction);

impl Ord for Ordered {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let absent_last = self.0.is_none().cmp(&other.0.is_none());
        let by_letters = self.0.cmp(&other.0);
        absent_last.then(if self.1 == Direction::Natural { by_letters } else { by_letters.reverse() })
    }
}

impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Clock {
    fn of(entry: &Entry, departments: &[String]) -> Self {
        let department = entry.department.as_ref().and_then(|name| departments.binary_search(name).ok());
        let micros = |at: Option<DateTime<Utc>>| at.map(|at| at.timestamp_micros());
        Self {
            admitted_at: micros(entry.admitted_at).unwrap_or_default(),
            released_at: micros(entry.released_at).unwrap_or(i64::MAX),
            idle_since: micros(entry.idle_since.filter(|_| entry.admitted_at.is_some())),
            ordered_at: micros(entry.open_order.as_ref().map(|order| order.ordered_at)).unwrap_or(i64::MIN),
            threshold_hours: entry.threshold_hours,
            department: department.and_then(|place| u16::try_from(place).ok()),
            is_in_conflict: entry.conflict.is_some(),
            is_contrary: entry.conflict.as_deref() == Some("release_not_after_admission"),
            is_in_doubt: !entry.doubt.reasons.is_empty(),
        }
    }
}

impl Entry {
    /// Whether the text, in small letters, is part of a name, id, case or room.
    pub(crate) fn says(&self, text: &str) -> bool {
        self.words.contains(text)
    }

    /// Whether the patient is in hospital for this stay at a moment, as far as anybody can tell.
    pub(crate) fn is_open(&self, at: DateTime<Utc>) -> bool {
        self.conflict.is_some() || self.released_at.is_none_or(|released| released > at)
    }

    pub(crate) fn is_unreadable(&self) -> bool {
        self.idle_since.is_none()
    }

    fn key(&self, sort: Sort, direction: Direction) -> SortKey {
        let text = |text: Option<&String>| Ordered(text.map(|text| text.to_lowercase()), direction);
        let sign = if direction == Direction::Natural { 1 } else { -1 };
        let time = |at: Option<DateTime<Utc>>| at.map(|at| Column::Time(at.timestamp_micros() * sign));
        let newest_first = |at: Option<DateTime<Utc>>| at.map(|at| Column::Time(-at.timestamp_micros() * sign));
        let column = match sort {
            Sort::Idle => time(self.idle_since),
            Sort::State => Some(Column::None),
            Sort::Admitted => time(self.admitted_at),
            Sort::Performed => time(self.last_performed_at),
            Sort::Ordered => newest_first(self.last_ordered_at),
            Sort::Waiting => time(self.open_order.as_ref().map(|order| order.ordered_at)),
            Sort::Patient => {
                Some(Column::Text(text(self.person.last_name.as_ref()), text(self.person.first_name.as_ref())))
            }
            Sort::Department => Some(Column::Text(text(self.department.as_ref()), text(self.room.as_ref()))),
            Sort::Physician => Some(Column::Text(text(self.physician.as_ref()), Ordered(None, direction))),
        };
        let idle = self.idle_since.map_or(i64::MAX, |at| at.timestamp_micros());
        let (id, case) = (self.person.patient_id.clone(), self.case_number.clone());
        SortKey(column.is_none(), column.unwrap_or(Column::None), Some(idle), id, case, self.twin)
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

fn words(entry: &Entry) -> String {
    let Person { first_name, last_name, patient_id, .. } = &entry.person;
    let whole = last_name.as_ref().map(|last| format!("{last}, {}", first_name.as_deref().unwrap_or_default()));
    let parts =
        [whole.as_ref(), first_name.as_ref(), patient_id.as_ref(), entry.case_number.as_ref(), entry.room.as_ref()];
    parts.into_iter().flatten().map(|part| part.to_lowercase()).collect::<Vec<_>>().join(" ")
}

/// Two patients in hospital with one family name and initial are easily taken for each other.
fn flag_look_alikes(entries: &mut [Entry]) {
    let mut bearers: HashMap<(String, Option<char>), HashSet<String>> = HashMap::new();
    for entry in entries.iter() {
        if let (Some(name), Some(id)) = (likeness(&entry.person), entry.person.patient_id.clone()) {
            bearers.entry(name).or_default().insert(id);
        }
    }
    for entry in entries {
        let name = likeness(&entry.person);
        entry.look_alike = name.and_then(|name| bearers.get(&name)).is_some_and(|bearers| bearers.len() > 1);
    }
}

fn likeness(person: &Person) -> Option<(String, Option<char>)> {
    let family = person.last_name.as_ref().filter(|name| !name.is_empty())?.to_lowercase();
    let initial = person.first_name.as_ref().and_then(|name| name.chars().next());
    Some((family, initial.map(|letter| letter.to_lowercase().next().unwrap_or(letter))))
}

fn number_twins(entries: &mut [Entry]) {
    let mut seen: HashMap<(Option<String>, Option<String>), i64> = HashMap::new();
    for entry in entries.iter_mut().filter(|entry| entry.is_unreadable()) {
        let count = seen.entry((entry.person.patient_id.clone(), entry.case_number.clone())).or_default();
        *count += 1;
        entry.twin = *count;
    }
}

#[cfg(test)]
pub(crate) mod invented {
    //! Invented stays, for tests of what is made of them.

    use chrono::TimeDelta;

    use super::*;

    /// A moment to be relied on.
    pub(crate) fn now() -> DateTime<Utc> {
        "2026-11-21T10:15:00Z".parse().unwrap_or_default()
    }

    /// A stay without a test for so many hours, since its admission.
    pub(crate) fn entry(id: &str, idle_hours: i64) -> Entry {
        let since = now() - TimeDelta::hours(idle_hours);
        Entry {
            person: Person {
                patient_id: Some(id.to_owned()),
                name_received: true,
                first_name: Some(format!("Given{id}")),
                last_name: Some(format!("Family{id}")),
                date_of_birth: None,
            },
            case_number: Some(format!("case-{id}")),
            twin: 1,
            look_alike: false,
            department: None,
            room: None,
            physician: None,
            admitted_at: Some(since),
            released_at: None,
            idle_since: Some(since),
            last_performed_at: None,
            last_ordered_at: None,
            open_order: None,
            doubt: Doubt::default(),
            conflict: None,
            threshold_hours: 48,
            words: String::new(),
        }
    }

    /// An admission of which only the numbers could be read.
    pub(crate) fn unreadable(id: &str, case: &str) -> Entry {
        let doubt = Doubt { reasons: vec!["unreadable_admission".to_owned()], ..Doubt::default() };
        let person = Person { patient_id: Some(id.to_owned()), ..Person::default() };
        let case_number = Some(case.to_owned());
        Entry { person, case_number, doubt, admitted_at: None, idle_since: None, ..entry(id, 0) }
    }

    /// A census of these stays.
    pub(crate) fn census(entries: Vec<Entry>) -> Census {
        Census::of(entries, now(), now(), Vec::new(), DEFAULT_HOURS, 0, DEFAULT_LONG_OPEN_DAYS)
    }

    /// The same stay in contradiction with another record.
    pub(crate) fn contradicting(entry: Entry, conflict: &str) -> Entry {
        let doubt = Doubt { reasons: vec![conflict.to_owned()], ..Doubt::default() };
        Entry { conflict: Some(conflict.to_owned()), doubt, ..entry }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::invented::{census, contradicting, entry, now};
    use super::*;

    fn order(hours_ago: i64) -> OpenOrder {
        let ordered_at = now() - TimeDelta::hours(hours_ago);
        OpenOrder { test_id: "T".to_owned(), test_name: None, ordered_at, ordered_by: None }
    }

    fn judged(entry: &Entry, at: DateTime<Utc>) -> Option<(State, bool)> {
        census(Vec::new()).judge(entry, at, None).map(|verdict| (verdict.state, verdict.long_open))
    }

    #[test]
    fn a_stay_is_listed_strictly_beyond_its_threshold() {
        let stay = entry("1", 48);
        assert_eq!(judged(&stay, now()), None);
        assert_eq!(judged(&stay, now() + TimeDelta::microseconds(1)), Some((State::Overdue, false)));
        assert!(census(Vec::new()).judge(&stay, now(), Some(24)).is_some(), "hours override the threshold");
    }

    #[test]
    fn an_order_within_the_threshold_is_to_be_chased() {
        let ordered = |hours_ago| judged(&Entry { open_order: Some(order(hours_ago)), ..entry("1", 76) }, now());
        assert_eq!(ordered(48), Some((State::Chase, false)));
        assert_eq!(ordered(49), Some((State::Overdue, false)));
    }

    #[test]
    fn a_doubt_comes_before_all_else() {
        let doubt = Doubt { reasons: vec!["waiting_result".to_owned()], ..Doubt::default() };
        let stay = Entry { doubt, open_order: Some(order(1)), ..entry("1", 76) };
        assert_eq!(judged(&stay, now()), Some((State::Unknown, false)));
        assert_eq!(judged(&stay, now() - TimeDelta::hours(40)), None, "a doubt lists nobody who is not idle");
    }

    #[test]
    fn a_release_takes_a_stay_off_when_it_is_reached_but_not_where_it_contradicts() {
        let planned = Entry { released_at: Some(now() + TimeDelta::hours(1)), ..entry("1", 76) };
        assert!(judged(&planned, now()).is_some());
        assert_eq!(judged(&planned, now() + TimeDelta::hours(1)), None);
        let contrary = contradicting(
            Entry { released_at: Some(now() - TimeDelta::days(90)), ..entry("1", 1) },
            "release_not_after_admission",
        );
        assert_eq!(judged(&contrary, now()), Some((State::Unknown, false)));
    }

    #[test]
    fn a_stay_of_more_than_sixty_days_is_long_open() {
        assert_eq!(judged(&entry("1", 60 * 24), now()), Some((State::Overdue, false)));
        assert_eq!(judged(&entry("1", 60 * 24 + 1), now()), Some((State::Overdue, true)));
    }

    #[test]
    fn look_alikes_are_two_patients_with_one_family_name_and_initial() {
        let named = |id: &str, first: &str, last: &str| {
            let mut entry = entry(id, 76);
            (entry.person.first_name, entry.person.last_name) = (Some(first.to_owned()), Some(last.to_owned()));
            entry
        };
        let stays = vec![
            named("1", "Ada", "Groß"),
            named("2", "anna", "GROß"),
            named("3", "Berta", "Groß"),
            named("3", "Berta", "Groß"),
        ];
        let census = census(stays);
        let flags: Vec<bool> = (0..4).map(|place| census.entry(place).look_alike).collect();
        assert_eq!(flags, [true, true, false, false]);
    }

    #[test]
    fn absent_values_stand_last_whichever_way_a_column_runs() {
        let ordered = |id: &str, hours_ago: Option<i64>| Entry {
            last_ordered_at: hours_ago.map(|hours| order(hours).ordered_at),
            ..entry(id, 76)
        };
        let census = census(vec![ordered("1", None), ordered("2", Some(5)), ordered("3", Some(9))]);
        let ids = |direction| -> Vec<&str> {
            let places = census.ordered(Sort::Ordered, direction).iter();
            places.filter_map(|place| census.entry(*place).person.patient_id.as_deref()).collect()
        };
        assert_eq!(ids(Direction::Natural), ["2", "3", "1"]);
        assert_eq!(ids(Direction::Reversed), ["3", "2", "1"]);
    }

    #[test]
    fn ties_are_broken_by_patient_and_case_in_byte_order() {
        let census = census(["b", "a", "B"].map(|id| entry(id, 76)).to_vec());
        let ids: Vec<_> = census
            .ordered(Sort::Idle, Direction::Natural)
            .iter()
            .map(|place| census.entry(*place).person.patient_id.clone())
            .collect();
        assert_eq!(ids.into_iter().flatten().collect::<String>(), "Bab");
    }
}
