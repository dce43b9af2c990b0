//! One patient with stays, tests and results, derived from (seed, index) alone: any patient can be made again at
//! any time, so that a base of millions needs no more memory than one of a hundred.
//!
//! Ids are functions of the index too. Two patients share one only where a quirk says so.

use crate::catalogue::{DEPARTMENTS, NOTHING};
use crate::course::{Course, Timeline};
use crate::dice::{Dice, Stream};
use crate::labs::{self, LabTest};
use crate::options::GenerateOptions;
use crate::person::{Contact, Person};
use chrono::{DateTime, Utc};

/// A patient and all rows that belong to them.
#[derive(Clone, Debug)]
pub(crate) struct Patient {
    pub(crate) person: Person,
    /// Oldest first; the last one is the present or latest stay.
    pub(crate) stays: Vec<Stay>,
    /// Oldest order first.
    pub(crate) tests: Vec<LabTest>,
}

/// A row of `admissions`.
#[derive(Clone, Debug)]
pub(crate) struct Stay {
    pub(crate) case_number: String,
    pub(crate) admitted_at: DateTime<Utc>,
    pub(crate) released_at: Option<DateTime<Utc>>,
    /// What stands in the release columns while there is no release.
    pub(crate) nothing: &'static str,
    pub(crate) department: &'static str,
    pub(crate) room: String,
}

impl Patient {
    /// The patient of an index.
    pub(crate) fn of(options: &GenerateOptions, index: u64) -> Self {
        let dice = &mut Dice::new(options.seed, Stream::Patient, index);
        let mut person = Person::draw(dice, patient_id(index), options.now);
        person.apply_quirks(dice, index);
        person.contact = options.contacts.then(|| Contact::of(&person.id));
        let timeline = Course::of(options.seed, index).timeline(dice, options.now);
        let stays = draw_stays(dice, index, &timeline);
        let mut tests = labs::draw(dice, &timeline, options.now, options.tests_per_patient);
        number_tests(&mut tests, index, options.tests_per_patient);
        Self { person, stays, tests }
    }

    /// The stay that is open at a moment.
    pub(crate) fn open_stay(&self, at: DateTime<Utc>) -> Option<&Stay> {
        self.stays.iter().find(|stay| stay.is_open(at))
    }

    /// Admission or the latest result within the open stay, whichever is later; `None` without an open stay.
    pub(crate) fn idle_since(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let stay = self.open_stay(at)?;
        let results = self.tests.iter().flat_map(|test| &test.results);
        let performed = results.map(|result| result.performed_at).filter(|performed_at| *performed_at <= at);
        Some(performed.max().map_or(stay.admitted_at, |last| last.max(stay.admitted_at)))
    }
}

impl Stay {
    /// Whether the patient is in hospital at a moment.
    pub(crate) fn is_open(&self, at: DateTime<Utc>) -> bool {
        self.admitted_at <= at && self.released_at.is_none_or(|released_at| released_at > at)
    }
}

/// The present stay; every tenth patient has an earlier one, long released.
fn draw_stays(dice: &mut Dice, index: u64, timeline: &Timeline) -> Vec<Stay> {
    let mut stays = Vec::with_capacity(2);
    if index % 10 == 4 {
        let released_at = timeline.admitted_at - dice.hours(10 * 24, 500 * 24);
        let admitted_at = released_at - dice.hours(20, 14 * 24);
        let department = dice.pick(&DEPARTMENTS);
        stays.push(Stay {
            case_number: case_number(index, 0),
            admitted_at,
            released_at: Some(released_at),
            nothing: "",
            department,
            room: (1000 + index % 900).to_string(),
        });
    }
    stays.push(Stay {
        case_number: case_number(index, 1),
        admitted_at: timeline.admitted_at,
        released_at: timeline.released_at,
        nothing: dice.pick(&NOTHING),
        department: DEPARTMENTS[(index % 22) as usize],
        room: room_number(index),
    });
    stays
}

/// Rooms repeat after 900 patients, except that one in each hundred has the room of the patient before.
fn room_number(index: u64) -> String {
    let owner = if index % 100 == 58 { index - 1 } else { index };
    (100 + (owner % 900 * 37 + 11) % 900).to_string()
}

fn patient_id(index: u64) -> String {
    (10_007 + index * 7).to_string()
}

fn case_number(index: u64, stay: u64) -> String {
    (40_000_001 + index * 4 + stay).to_string()
}

/// How many test ids a patient has room for.
fn stride(tests_per_patient: u32) -> u64 {
    u64::from(tests_per_patient) * 2 + 4
}

/// The place of a test in the id range, by its distance from the patient's latest test.
fn test_place(index: u64, distance: u64, tests_per_patient: u32) -> u64 {
    let stride = stride(tests_per_patient);
    index * stride + stride - 1 - distance
}

/// Gives tests and results their ids; three patients of every hundred use the test id of the patient before.
fn number_tests(tests: &mut [LabTest], index: u64, tests_per_patient: u32) {
    let shared = shared_test(index);
    for (distance, test) in (0..).zip(tests.iter_mut().rev()) {
        let place = test_place(index, distance, tests_per_patient);
        let owner = if shared == Some(distance) { index - 1 } else { index };
        test.id = (100_000 + test_place(owner, distance, tests_per_patient)).to_string();
        for (repeat, result) in (0..).zip(&mut test.results) {
            result.id = (500_000 + place * 2 + repeat).to_string();
        }
    }
}

/// Which of a patient's tests (by distance from the latest) carries the id of the patient before.
fn shared_test(index: u64) -> Option<u64> {
    match index % 100 {
        11 | 63 => Some(1),
        88 => Some(0),
        _ => None,
    }
}
