//! Small histories from dice: few ids and few moments, so that nearly everything meets everything else.

use std::fmt;

use chrono::{DateTime, Duration};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use wardwatch_tests::model::{Admission, Decided, Defect, Instant, Line, Object, Patient, Record, Test, TestResult};

use crate::file::{Feed, File};

const PATIENTS: [&str; 4] = ["10007", "010007", "10014", "P0021"];
const CASES: [&str; 4] = ["40001", "40002", "040001", "40003"];
const TESTS: [&str; 4] = ["1001", "1002", "01001", "1003"];
const RESULTS: [&str; 4] = ["5001", "5002", "05001", "5003"];
const DEFECTS: [Defect; 3] = [Defect::Date, Defect::Id, Defect::Ragged];
/// In files whose map leaves some records out.
const OF_STATING: [Defect; 4] = [Defect::Date, Defect::Id, Defect::Ragged, Defect::LeftOut];

/// A set of objects, and what was decided about them, oldest first.
#[derive(Debug, Clone)]
pub(crate) struct History {
    pub(crate) files: Vec<File>,
    pub(crate) decisions: Vec<Decided>,
}

impl History {
    pub(crate) fn throw(dice: &mut StdRng) -> Self {
        let patients = dice.random_range(2..=PATIENTS.len());
        let mut files: Vec<File> = Vec::new();
        for _ in 0..dice.random_range(5..=20) {
            let file = file(dice, patients);
            // Two objects of one key, time and content are one object.
            if !files.iter().any(|other| is_same(other, &file)) {
                files.push(file);
            }
        }
        let decisions = (0..dice.random_range(0..=3)).map(|_| decided(dice, patients, &files)).collect();
        Self { files, decisions }
    }

    /// As the model takes them, with the SHA-256 of each.
    pub(crate) fn objects(&self, hashes: &[String]) -> Vec<Object> {
        self.files.iter().zip(hashes).map(|(file, hash)| file.object(hash)).collect()
    }
}

fn is_same(a: &File, b: &File) -> bool {
    a.key == b.key && a.last_modified == b.last_modified && a.text() == b.text()
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, file) in self.files.iter().enumerate() {
            write!(f, "[{place}] {file}")?;
        }
        for (place, decision) in self.decisions.iter().enumerate() {
            writeln!(f, "({place}) {decision:?}")?;
        }
        Ok(())
    }
}

/// About when the objects were written.
pub(crate) fn morning() -> Instant {
    DateTime::from_timestamp(1_795_255_200, 0).unwrap_or_default()
}

fn pick<'a>(dice: &mut StdRng, ids: &[&'a str]) -> &'a str {
    ids.choose(dice).copied().unwrap_or_default()
}

fn file(dice: &mut StdRng, patients: usize) -> File {
    let feed =
        *Feed::ALL.choose_weighted(dice, |feed| if *feed == Feed::Patients { 1 } else { 3 }).unwrap_or(&Feed::Results);
    let last_modified = morning() + Duration::milliseconds(500 * dice.random_range(0..8));
    let key = key(dice, feed);
    let is_readable = !dice.random_bool(0.04);
    let (is_stating, null) = (feed == Feed::Results && dice.random_bool(0.3), pick_null(dice));
    let count = dice.random_range(0..=5);
    let thrown = (0..count).map(|_| {
        let line = line(dice, feed, patients, last_modified);
        if is_stating { stating(dice, patients, line) } else { line }
    });
    let lines = thrown.collect();
    File { feed, key, last_modified, is_readable, is_stating, null, lines, is_uploaded_twice: dice.random_bool(0.05) }
}

/// A result that may name its patient, and may be left out.
fn stating(dice: &mut StdRng, patients: usize, mut line: Line) -> Line {
    if let Record::Result(_, said) = &mut line.record {
        said.stated = maybe(dice, &PATIENTS[..patients]);
    }
    if dice.random_bool(0.15) {
        line.defect = OF_STATING.choose(dice).copied();
    }
    line
}

/// A decision that may or may not fit what the files say.
fn decided(dice: &mut StdRng, patients: usize, files: &[File]) -> Decided {
    let patient = pick(dice, &PATIENTS[..patients]).to_owned();
    let stands = dice.random_bool(0.8);
    let backwards: Vec<(String, String, Instant, Instant)> = files.iter().flat_map(backwards).collect();
    match (dice.random_range(0..3), backwards.choose(dice)) {
        (0, _) => {
            let some = PATIENTS[..patients].iter().filter(|one| **one == patient || dice.random_bool(0.8));
            let among = some.map(|one| (*one).to_owned()).collect();
            Decided::Case(pick(dice, &CASES).to_owned(), stands.then_some((patient, among)))
        }
        (1, Some((patient, case, admitted_at, released_at))) => {
            let choice = stands.then_some((dice.random_bool(0.5), *admitted_at, *released_at));
            Decided::Stay(patient.clone(), case.clone(), choice)
        }
        _ => Decided::Result(pick(dice, &RESULTS).to_owned(), stands.then_some(patient)),
    }
}

/// Stays of a file whose release is not after the admission.
fn backwards(file: &File) -> Vec<(String, String, Instant, Instant)> {
    let stay = |line: &Line| match &line.record {
        Record::Admission(patient, case, Admission { admitted_at, released_at: Some(released_at), .. })
            if released_at <= admitted_at =>
        {
            Some((patient.clone(), case.clone(), *admitted_at, *released_at))
        }
        _ => None,
    };
    file.lines.iter().filter_map(stay).collect()
}

fn pick_null(dice: &mut StdRng) -> &'static str {
    pick(dice, &["", "NULL", "NA", "N/A"])
}

/// Stamped within a few seconds, so that other parts of the order decide too, or bare, to be replaced in place.
fn key(dice: &mut StdRng, feed: Feed) -> String {
    let stem = feed.stem();
    let second = dice.random_range(0..4);
    match dice.random_range(0..10) {
        0..2 => format!("{stem}.csv"),
        2 => format!("deeper/{stem}.csv"),
        3 => format!("{stem}-part-{second}.csv"),
        4..6 => format!("{stem}_20261121T10150{second}Z_b.csv"),
        _ => format!("{stem}_20261121T10150{second}Z.csv"),
    }
}

fn line(dice: &mut StdRng, feed: Feed, patients: usize, last_modified: Instant) -> Line {
    let record = record(dice, feed, patients, last_modified);
    let defect = dice.random_bool(0.06).then(|| DEFECTS.choose(dice).copied()).flatten();
    Line { record, defect }
}

fn record(dice: &mut StdRng, feed: Feed, patients: usize, last_modified: Instant) -> Record {
    let patient = pick(dice, &PATIENTS[..patients]).to_owned();
    match feed {
        Feed::Patients => {
            let (first_name, allergies) = (maybe(dice, &["Ada", "Bo"]), maybe(dice, &["None", "Latex"]));
            Record::Patient(patient, Patient { first_name, allergies })
        }
        Feed::Admissions => {
            let admitted_at = moment(dice);
            let released_at = dice.random_bool(0.5).then(|| moment(dice));
            let department = maybe(dice, &["Cardiology", "Surgery"]);
            Record::Admission(
                patient,
                pick(dice, &CASES).to_owned(),
                Admission { admitted_at, released_at, department },
            )
        }
        Feed::Tests => {
            let (name, ordered_at) = (maybe(dice, &["CRP"]), moment(dice));
            Record::Test(patient, pick(dice, &TESTS).to_owned(), Test { name, ordered_at })
        }
        Feed::Results => {
            let (value, performed_at) =
                (maybe(dice, &["1.0", "1.00", "-20500.0025", "+.5", "1e3"]), performed(dice, last_modified));
            let test = pick(dice, &TESTS).to_owned();
            Record::Result(pick(dice, &RESULTS).to_owned(), TestResult { test, stated: None, value, performed_at })
        }
    }
}

fn maybe(dice: &mut StdRng, values: &[&str]) -> Option<String> {
    dice.random_bool(0.7).then(|| pick(dice, values).to_owned())
}

/// One of few moments, mostly past; some lie ahead.
fn moment(dice: &mut StdRng) -> Instant {
    morning() + Duration::hours(12 * dice.random_range(-8..=2))
}

/// As other moments, or close to the five minutes that a test may be ahead of its object.
fn performed(dice: &mut StdRng, last_modified: Instant) -> Instant {
    if dice.random_bool(0.8) {
        return moment(dice);
    }
    let ahead = last_modified + Duration::minutes(5) + Duration::seconds(dice.random_range(-1..=1));
    DateTime::from_timestamp(ahead.timestamp(), 0).unwrap_or(ahead)
}
