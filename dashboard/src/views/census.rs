//! The census: every open stay with its clocks, read at once and kept in memory, so that any page, filter, sort or page number
//! of the board is answered without asking the database.
//!
//! Invariant: clocks, conflicts and doubts are the database's (`monitor.board`, asked with a threshold of nothing). What is
//! judged here is only what changes by time and by the threshold that is asked for: [`Census::judge`]. It must agree with
//! `monitor.board` at every moment from that of the reading on, until something is committed or a feed goes stale.

mod entry;
#[cfg(test)]
pub(crate) mod invented;
mod order;
pub(crate) mod plain;
mod read;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use chrono::{DateTime, Utc};

use super::board::State;
use super::feeds::Feed;
use crate::query::{Direction, Sort};

pub(crate) use entry::{Entry, Physician};

/// Where no threshold is set, the board is not empty but strict.
const DEFAULT_HOURS: i32 = 48;
const DEFAULT_LONG_OPEN_DAYS: i32 = 60;
/// The board's form offers so many physicians; any other can be typed.
const OFFERED_PHYSICIANS: usize = 200;

/// Microseconds.
const HOUR: i64 = 3_600_000_000;

/// Why a stay is listed at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) state: State,
    pub(crate) threshold_hours: i32,
    pub(crate) long_open: bool,
}

/// What a board must know of each stay before it looks at those that it shows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Judged {
    /// Null: no list has it.
    pub(crate) verdict: Option<Verdict>,
    /// Whether the rule lists it: who is acknowledged is on a list before that.
    pub(crate) is_listed: bool,
    /// Its place among [`Census::departments`].
    pub(crate) department: Option<u16>,
    /// Not even the time of the admission could be read.
    pub(crate) is_unreadable: bool,
}

/// Which threshold holds for stays that are looked at together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Allowed {
    /// That of all of them; the hospital's, where they have not one.
    pub(crate) hours: i32,
    /// Departments with one of their own, where they have not one.
    pub(crate) own: i64,
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
    /// Those of departments that have one of their own.
    own_thresholds: HashMap<String, i32>,
    /// Whether the department of a stay that can be read is not known.
    has_stays_of_no_department: bool,
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
    orders: [[Order; 2]; Sort::ALL.len()],
}

/// The places of all stays in an order, made when it is first wanted.
#[derive(Debug, Default)]
struct Order {
    places: OnceLock<Vec<u32>>,
    /// Whether a reader wanted it.
    is_asked: AtomicBool,
}

impl Census {
    fn of(
        mut entries: Vec<Entry>,
        as_of: DateTime<Utc>,
        now: DateTime<Utc>,
        feeds: Vec<Feed>,
        hours: i32,
        own_thresholds: HashMap<String, i32>,
        long_open_days: i32,
    ) -> Self {
        entry::complete(&mut entries);
        let readable = entries.iter().enumerate().filter(|(_, entry)| !entry.is_unreadable());
        let places = readable.filter_map(|(place, entry)| {
            Some(((entry.person.patient_id.clone()?, entry.case_number.clone()?), place as u32))
        });
        let places = places.collect();
        let named: BTreeSet<&String> = entries.iter().filter_map(|entry| entry.department.as_ref()).collect();
        let departments: Vec<String> = named.into_iter().cloned().collect();
        let clocks = entries.iter().map(|entry| Clock::of(entry, &departments)).collect();
        let has_stays_of_no_department =
            entries.iter().any(|entry| entry.department.is_none() && !entry.is_unreadable());
        let (physicians, orders) = Default::default();
        Self {
            as_of,
            now,
            hours,
            own_thresholds,
            has_stays_of_no_department,
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

    /// Which of these patients are in hospital beside another one of a name like theirs.
    pub(crate) fn look_alikes<'a>(&self, patient_ids: impl Iterator<Item = &'a str>) -> HashSet<&'a str> {
        let asked: HashSet<&str> = patient_ids.collect();
        let flagged = self.entries.iter().filter(|entry| entry.look_alike);
        flagged.filter_map(|entry| asked.get(entry.person.patient_id.as_deref()?).copied()).collect()
    }

    /// A stay by its place.
    pub(crate) fn entry(&self, place: u32) -> &Entry {
        &self.entries[place as usize]
    }

    /// The threshold of stays in these departments; in all of them, where none is named. A stay of no known department is
    /// everybody's, with the hospital's threshold.
    pub(crate) fn allowed(&self, departments: &[String]) -> Allowed {
        let own: Vec<&String> = match departments {
            [] => self.own_thresholds.keys().collect(),
            named => named.iter().filter(|department| self.own_thresholds.contains_key(*department)).collect(),
        };
        let has_others = departments.is_empty() || own.len() < departments.len() || self.has_stays_of_no_department;
        let hospitals = has_others.then_some(self.hours);
        let hours: BTreeSet<i32> =
            own.iter().map(|department| self.own_thresholds[*department]).chain(hospitals).collect();
        match (hours.first(), hours.len()) {
            (Some(hours), 1) => Allowed { hours: *hours, own: 0 },
            _ => Allowed { hours: self.hours, own: own.len() as i64 },
        }
    }

    /// Whether a stay is listed at a moment, and how. `hours` overrides every threshold.
    pub(crate) fn judge(&self, entry: &Entry, at: DateTime<Utc>, hours: Option<i32>) -> Option<Verdict> {
        self.judge_clock(&Clock::of(entry, &[]), at.timestamp_micros(), hours)
    }

    /// The state of a stay at a moment, whether it is listed or not.
    pub(crate) fn state(entry: &Entry, at: DateTime<Utc>) -> State {
        Clock::of(entry, &[]).state(at.timestamp_micros(), i64::from(entry.threshold_hours) * HOUR)
    }

    /// Whether and how every stay is listed, by its place. All are judged as they lie side by side: in the order of a column, most
    /// of the time would go into fetching clocks from all over the memory.
    pub(crate) fn judge_all(&self, at: DateTime<Utc>, hours: Option<i32>) -> Vec<Judged> {
        let at = at.timestamp_micros();
        self.clocks.iter().map(|clock| clock.judged(self.judge_clock(clock, at, hours))).collect()
    }

    /// How every stay will be listed that crosses its threshold after one moment and not after another, by its place: whoever is
    /// still here when they cross it, wherever they are later.
    pub(crate) fn judge_coming(&self, after: DateTime<Utc>, until: DateTime<Utc>, hours: Option<i32>) -> Vec<Judged> {
        let (after, until) = (after.timestamp_micros(), until.timestamp_micros());
        let judged = self.clocks.iter().map(|clock| {
            let crossed_at = clock.crossed_at(hours).filter(|at| after < *at && *at <= until);
            clock.judged(crossed_at.and_then(|at| self.judge_clock(clock, at, hours)))
        });
        judged.collect()
    }

    fn judge_clock(&self, clock: &Clock, at: i64, hours: Option<i32>) -> Option<Verdict> {
        let threshold_hours = hours.unwrap_or(clock.threshold_hours);
        let Some(idle_since) = clock.idle_since else {
            return Some(Verdict { state: State::Unknown, threshold_hours, long_open: false });
        };
        let threshold = i64::from(threshold_hours) * HOUR;
        let is_released = clock.released_at <= at;
        let is_open = clock.is_in_conflict || !is_released;
        if !is_open || !clock.is_in_conflict && at - idle_since <= threshold {
            return None;
        }
        let state = clock.state(at, threshold);
        let is_old = at - clock.admitted_at > i64::from(self.long_open_days) * 24 * HOUR;
        Some(Verdict { state, threshold_hours, long_open: is_old && !clock.is_contrary && !is_released })
    }

    /// Every department that a stay is in, by name.
    pub(crate) fn departments(&self) -> &[String] {
        &self.departments
    }

    /// A department that is asked for, as a stay or a threshold of its own names it; else the only one whose name differs by white
    /// space alone, as that of a bookmark does, or of a form that ends its lines in another way.
    pub(crate) fn department(&self, asked: &str) -> Option<&str> {
        let named = || self.departments.iter().chain(self.own_thresholds.keys()).map(String::as_str);
        if let Some(name) = named().find(|name| *name == asked) {
            return Some(name);
        }
        let alike: BTreeSet<&str> =
            named().filter(|name| name.split_whitespace().eq(asked.split_whitespace())).collect();
        alike.first().copied().filter(|_| alike.len() == 1)
    }

    /// Admissions that cannot be read stand for themselves only where no listed stay has their numbers.
    pub(crate) fn is_superseded(&self, entry: &Entry, at: DateTime<Utc>, hours: Option<i32>) -> bool {
        let (Some(id), Some(case)) = (&entry.person.patient_id, &entry.case_number) else { return false };
        let readable = self.place(id, case).map(|place| self.entry(place));
        readable.is_some_and(|readable| self.judge(readable, at, hours).is_some())
    }

    /// The orders that readers asked for.
    pub(crate) fn asked(&self) -> Vec<(Sort, Direction)> {
        let both = |sort| [(sort, Direction::Natural), (sort, Direction::Reversed)];
        let is_asked = |(sort, direction): &(Sort, Direction)| self.order(*sort, *direction).is_asked.load(Relaxed);
        Sort::ALL.into_iter().flat_map(both).filter(is_asked).collect()
    }

    /// The places of all stays in an order, for a reader.
    pub(crate) fn ordered(&self, sort: Sort, direction: Direction) -> &[u32] {
        self.order(sort, direction).is_asked.store(true, Relaxed);
        self.made_ready(sort, direction)
    }

    /// The same, so that no reader waits for it.
    pub(crate) fn made_ready(&self, sort: Sort, direction: Direction) -> &[u32] {
        self.order(sort, direction).places.get_or_init(|| order::places(&self.entries, sort, direction))
    }

    fn order(&self, sort: Sort, direction: Direction) -> &Order {
        &self.orders[sort as usize][direction as usize]
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

    /// Whom a reader means by what they type for a physician: by the whole name of one of any stay that one alone, whether the form
    /// offers it or not.
    pub(crate) fn physician(&self, typed: &str) -> Physician {
        let (named, words) = (Physician::Named(plain::plain(typed)), plain::words(typed));
        let is_whole = !words.is_empty() && self.entries.iter().any(|entry| entry.is_of(&named));
        if is_whole { named } else { Physician::Like(words) }
    }
}

impl Clock {
    /// The first state that applies.
    fn state(&self, at: i64, threshold: i64) -> State {
        if self.is_in_doubt {
            State::Unknown
        } else if at.saturating_sub(self.ordered_at) <= threshold {
            State::Chase
        } else {
            State::Overdue
        }
    }

    /// The first moment at which the stay is listed for its length; a conflict is listed whatever its length.
    fn crossed_at(&self, hours: Option<i32>) -> Option<i64> {
        let threshold = i64::from(hours.unwrap_or(self.threshold_hours)) * HOUR;
        self.idle_since.filter(|_| !self.is_in_conflict).map(|since| since + threshold + 1)
    }

    fn judged(&self, verdict: Option<Verdict>) -> Judged {
        let (is_listed, is_unreadable) = (verdict.is_some(), self.idle_since.is_none());
        Judged { verdict, is_listed, department: self.department, is_unreadable }
    }

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

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::invented::{census, census_where, contradicting, entry, now};
    use super::*;
    use crate::views::board::{Doubt, OpenOrder};

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
    fn an_order_that_is_made_ready_is_not_one_that_a_reader_asked_for() {
        let census = census(vec![entry("1", 76)]);
        census.made_ready(Sort::Patient, Direction::Natural);
        assert_eq!(census.asked(), []);
        census.ordered(Sort::Department, Direction::Reversed);
        assert_eq!(census.asked(), [(Sort::Department, Direction::Reversed)]);
    }

    #[test]
    fn a_departments_own_threshold_is_that_of_its_stays() {
        let of = |department: &str| Entry { department: Some(department.to_owned()), ..entry("1", 76) };
        let allowed = |census: &Census, departments: &[&str]| {
            let departments: Vec<String> = departments.iter().map(|department| (*department).to_owned()).collect();
            let Allowed { hours, own } = census.allowed(&departments);
            (hours, own)
        };
        let own = [("ICU", 24), ("Oncology", 24)];
        let all_placed = census_where(&own, vec![of("ICU"), of("Surgery")]);
        assert_eq!(allowed(&all_placed, &["ICU"]), (24, 0));
        assert_eq!(allowed(&all_placed, &["ICU", "Oncology"]), (24, 0));
        assert_eq!(allowed(&all_placed, &["Surgery"]), (48, 0));
        assert_eq!(allowed(&all_placed, &["ICU", "Surgery"]), (48, 1), "not one for all");
        assert_eq!(allowed(&all_placed, &[]), (48, 2));
        assert_eq!(allowed(&census(vec![of("ICU")]), &[]), (48, 0));
        let unplaced = census_where(&own, vec![of("ICU"), entry("2", 76)]);
        assert_eq!(allowed(&unplaced, &["ICU"]), (48, 1), "who is of no known department stands there, too");
    }

    #[test]
    fn a_department_is_found_as_it_is_written_or_but_for_its_white_space() {
        let of = |department: &str| Entry { department: Some(department.to_owned()), ..entry("1", 76) };
        let census = census_where(
            &[("Oncology", 24)],
            vec![of("ICU "), of("North\nWard"), of("A"), of("A "), of(" B"), of("B ")],
        );
        for (asked, found) in [
            ("ICU ", Some("ICU ")),
            ("ICU", Some("ICU ")),
            ("North\r\nWard", Some("North\nWard")),
            ("Oncology", Some("Oncology")),
            ("A", Some("A")),
            ("A ", Some("A ")),
            ("B", None),
            ("icu", None),
            ("Nowhere", None),
        ] {
            assert_eq!(census.department(asked), found, "{asked:?}");
        }
    }

    #[test]
    fn a_whole_name_is_one_physician_however_many_the_form_offers() {
        let of = |physician: String| Entry { physician: Some(physician), ..entry("1", 76) };
        let mut stays: Vec<Entry> = (0..2 * OFFERED_PHYSICIANS).map(|n| of(format!("Dr. Busy {}", n / 2))).collect();
        stays.extend(["Dr. Zander", "Dr. Zander Roth"].map(|name| of(name.to_owned())));
        let census = census(stays);
        assert!(!census.physicians().iter().any(|offered| offered == "Dr. Zander"), "others have more stays");
        assert_eq!(census.physician("dr zander"), Physician::Named("dr zander".to_owned()));
        assert_eq!(census.physician("zander"), Physician::Like(vec!["zander".to_owned()]));
    }

    #[test]
    fn a_stay_of_more_than_sixty_days_is_long_open() {
        assert_eq!(judged(&entry("1", 60 * 24), now()), Some((State::Overdue, false)));
        assert_eq!(judged(&entry("1", 60 * 24 + 1), now()), Some((State::Overdue, true)));
    }
}
