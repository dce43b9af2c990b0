//! One round of the trickle: what happened in the hospital since the last one, as rows of the four feeds.
//!
//! Keeps a demonstration alive without emptying its board: those who have waited long are tested seldom. A stay
//! that may have been discharged by an earlier run is never said to be open again.

use crate::catalogue::{DEPARTMENTS, INSURERS, NOTHING, OTHER_UNITS, PHYSICIANS};
use crate::dice::Dice;
use crate::feed::Feed;
use crate::labs::{LabResult, LabTest, draw_value};
use crate::patient::{Patient, Stay};
use crate::person::Person;
use crate::row::{Row, person_row, result_row, rows_of, stay_row, test_row};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

/// A patient whom the trickle speaks of.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) patient: Patient,
    /// May be discharged by the trickle.
    pub(crate) may_leave: bool,
    /// Its admission may be said again: no other run can have discharged it.
    pub(crate) may_repeat: bool,
}

/// A patient keeps no more tests than this in memory.
const MOST_TESTS: usize = 60;

/// Those idle for longer than this are quiet: seldom ordered for, tested or discharged.
const QUIET_AFTER: TimeDelta = TimeDelta::hours(40);

/// One order or result in so many is for a quiet patient.
const LAB_WORK_FOR_QUIET: u64 = 250;

/// One discharge in so many is of a quiet patient: about as many as are admitted after 40 hours or more elsewhere.
const DISCHARGE_OF_QUIET: u64 = 25;

/// A round being played.
pub(crate) struct Round<'trickle> {
    pub(crate) dice: Dice,
    pub(crate) now: DateTime<Utc>,
    pub(crate) timezone: Tz,
    /// The first round shows one of each kind of update.
    pub(crate) everything: bool,
    /// The next id: derived from the time, so that no two rounds ever share one.
    pub(crate) next_id: u64,
    pub(crate) ward: &'trickle mut Vec<Known>,
    /// The number of patients around which admissions and discharges balance.
    pub(crate) usual: usize,
    pub(crate) rows: [Vec<Row>; 4],
}

impl Round<'_> {
    /// Plays the round.
    pub(crate) fn play(&mut self) {
        self.admit();
        self.discharge();
        for _ in 0..self.dice.between(1, 3) {
            self.order();
        }
        for _ in 0..self.dice.between(1, 3) {
            self.perform();
        }
        self.correct();
        self.repeat();
    }

    fn happens(&mut self, percent: u64) -> bool {
        self.dice.chance(percent) || self.everything
    }

    fn id(&mut self) -> String {
        self.next_id += 1;
        self.next_id.to_string()
    }

    fn say(&mut self, feed: Feed, row: Row) {
        self.rows[feed.at()].push(row);
    }

    /// One of the patients in hospital to whom a condition applies.
    fn choose(&mut self, condition: impl Fn(&Known) -> bool) -> Option<usize> {
        let now = self.now;
        let fitting = |(_, known): &(usize, &Known)| known.patient.open_stay(now).is_some() && condition(known);
        let places: Vec<usize> = self.ward.iter().enumerate().filter(fitting).map(|(place, _)| place).collect();
        self.dice.position(places.len()).map(|at| places[at])
    }

    /// A new patient: mostly just arrived, some transferred in after two days, some about to reach 48 hours.
    fn admit(&mut self) {
        if !self.happens(20) {
            return;
        }
        let since_admission = match self.dice.below(100) {
            0..6 => self.dice.minutes(47 * 60 + 50, 48 * 60 - 1),
            6..15 => self.dice.hours(40, 60),
            _ => self.dice.minutes(5, 45),
        };
        let id = self.id();
        let person = Person::draw(&mut self.dice, id, self.now);
        let stay = Stay {
            case_number: self.id(),
            admitted_at: self.now - since_admission,
            released_at: None,
            nothing: self.dice.pick(&NOTHING),
            department: self.dice.pick(&DEPARTMENTS),
            room: self.dice.between(100, 1899).to_string(),
        };
        let patient = Patient { person, stays: vec![stay], tests: Vec::new() };
        for feed in [Feed::PatientInformation, Feed::Admissions] {
            self.rows[feed.at()].extend(rows_of(feed, &patient, self.timezone));
        }
        self.ward.push(Known { patient, may_leave: true, may_repeat: true });
    }

    /// A discharge of someone who was admitted forty minutes ago or earlier: release times have no seconds.
    fn discharge(&mut self) {
        let percent = if self.ward.len() > self.usual { 60 } else { 20 };
        if !self.happens(percent) {
            return;
        }
        let (now, timezone) = (self.now, self.timezone);
        let admitted_before = now - TimeDelta::minutes(40);
        let long_enough =
            |known: &Known| known.patient.open_stay(now).is_some_and(|stay| stay.admitted_at < admitted_before);
        let attended = self.attended(DISCHARGE_OF_QUIET);
        let Some(place) = self.choose(|known| known.may_leave && long_enough(known) && attended(known)) else {
            return;
        };
        let mut patient = self.ward.swap_remove(place).patient;
        let Some(at) = patient.stays.iter().position(|stay| stay.is_open(now)) else {
            return;
        };
        patient.stays[at].released_at = Some(now);
        let row = stay_row(&patient, &patient.stays[at], timezone);
        self.say(Feed::Admissions, row);
    }

    /// A condition on whom to turn to: a quiet patient once in so many times, the others otherwise.
    fn attended(&mut self, quiet_once_in: u64) -> impl Fn(&Known) -> bool + use<> {
        let now = self.now;
        let quiet_ones = self.dice.below(quiet_once_in) == 0;
        move |known| known.patient.idle_since(now).is_some_and(|since| (now - since > QUIET_AFTER) == quiet_ones)
    }

    fn order(&mut self) {
        let attended = self.attended(LAB_WORK_FOR_QUIET);
        let Some(place) = self.choose(attended) else {
            return;
        };
        let ordered_at = self.now - self.dice.minutes(0, 4);
        let mut test = LabTest::ordered(&mut self.dice, ordered_at);
        test.id = self.id();
        let patient = &mut self.ward[place].patient;
        let row = test_row(patient, &test, self.timezone);
        patient.tests.push(test);
        if patient.tests.len() > MOST_TESTS {
            patient.tests.remove(0);
        }
        self.say(Feed::LabTests, row);
    }

    /// A result of an order of which there was none.
    fn perform(&mut self) {
        let attended = self.attended(LAB_WORK_FOR_QUIET);
        let outstanding = |known: &Known| known.patient.tests.iter().any(|test| test.results.is_empty());
        let Some(place) = self.choose(|known| outstanding(known) && attended(known)) else {
            return;
        };
        let id = self.id();
        let patient = &mut self.ward[place].patient;
        let Some(admitted_at) = patient.open_stay(self.now).map(|stay| stay.admitted_at) else {
            return;
        };
        let Some(test) = patient.tests.iter_mut().rev().find(|test| test.results.is_empty()) else {
            return;
        };
        let before_its_order = test.ordered_at - self.dice.minutes(5, 60);
        let after_its_order = self.dice.moment(test.ordered_at, self.now);
        let performed_at = if self.dice.chance(50) { before_its_order } else { after_its_order };
        let result = LabResult::performed(&mut self.dice, test.kind, performed_at.max(admitted_at));
        test.results.push(LabResult { id, ..result });
        let row = test.results.last().map(|result| result_row(test, result, self.timezone));
        self.rows[Feed::LabResults.at()].extend(row);
    }

    /// Corrections of rows said before.
    fn correct(&mut self) {
        if self.happens(25) {
            self.correct_result();
        }
        if self.happens(15) {
            self.correct_stay();
        }
        if self.happens(15) {
            self.correct_test();
        }
        if self.happens(15) {
            self.correct_person();
        }
    }

    fn correct_result(&mut self) {
        let has_result = |known: &Known| known.patient.tests.iter().any(|test| !test.results.is_empty());
        let Some(place) = self.choose(has_result) else {
            return;
        };
        let tests = &mut self.ward[place].patient.tests;
        let Some(test) = tests.iter_mut().rev().find(|test| !test.results.is_empty()) else {
            return;
        };
        let other_unit = self.dice.chance(30);
        if let Some(result) = test.results.last_mut() {
            (result.value, result.status) = draw_value(&mut self.dice, test.kind);
            if other_unit {
                result.unit = self.dice.pick(&OTHER_UNITS);
            }
        }
        let row = test.results.last().map(|result| result_row(test, result, self.timezone));
        self.rows[Feed::LabResults.at()].extend(row);
    }

    fn correct_stay(&mut self) {
        let Some(place) = self.choose(|known| known.may_repeat) else {
            return;
        };
        let patient = &mut self.ward[place].patient;
        if let Some(stay) = patient.stays.last_mut() {
            stay.department = self.dice.pick(&DEPARTMENTS);
            stay.room = self.dice.between(100, 1899).to_string();
        }
        let row = patient.stays.last().map(|stay| stay_row(patient, stay, self.timezone));
        self.rows[Feed::Admissions.at()].extend(row);
    }

    fn correct_test(&mut self) {
        let Some(place) = self.choose(|known| !known.patient.tests.is_empty()) else {
            return;
        };
        let patient = &mut self.ward[place].patient;
        if let Some(test) = patient.tests.last_mut() {
            test.physician = self.dice.pick(&PHYSICIANS);
        }
        let row = patient.tests.last().map(|test| test_row(patient, test, self.timezone));
        self.rows[Feed::LabTests.at()].extend(row);
    }

    fn correct_person(&mut self) {
        let Some(place) = self.choose(|_| true) else {
            return;
        };
        let person = &mut self.ward[place].patient.person;
        person.insurer = self.dice.pick(&INSURERS);
        let row = person_row(person);
        self.say(Feed::PatientInformation, row);
    }

    /// Rows said again without a change: at times, and where a feed would otherwise say nothing.
    fn repeat(&mut self) {
        for feed in Feed::ALL {
            if self.happens(30) || self.rows[feed.at()].is_empty() {
                self.repeat_in(feed);
            }
        }
    }

    fn repeat_in(&mut self, feed: Feed) {
        let timezone = self.timezone;
        let has_row = |known: &Known| !rows_of(feed, &known.patient, timezone).is_empty();
        let Some(place) = self.choose(|known| has_row(known) && (feed != Feed::Admissions || known.may_repeat)) else {
            return;
        };
        let row = rows_of(feed, &self.ward[place].patient, timezone).pop();
        self.rows[feed.at()].extend(row);
    }
}
