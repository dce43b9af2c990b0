//! Histories that look hard: each special case of the fold, alone and small.

use chrono::Duration;
use wardwatch_ingest::claim::Limits;
use wardwatch_tests::model::{Admission, Defect, Instant, Line, Patient, Record, Test, TestResult};

use crate::delivery::{Delivery, Put, Step, all as all_puts};
use crate::file::{Feed, File};
use crate::history::{History, morning};

/// Every case, with what it is about.
pub(crate) fn all() -> Vec<(&'static str, History)> {
    let (late, later) = (hours(-24), hours(-12));
    vec![
        ("a value that comes back (A, B, A)", of([patient(0, &["Ada"]), patient(1, &["Bo"]), patient(2, &["Ada"])])),
        (
            "a repeat behind a late correction",
            of([0, 2, 3].map(|second| patient(second, &["Ada"])).into_iter().chain([patient(1, &["Bo"])])),
        ),
        ("one key twice in one file", of([patient(0, &["Ada", "Bo", "Ada"]), patient(0, &["Bo"])])),
        ("one file uploaded twice", of([File { is_uploaded_twice: true, ..results(0, &["1001", "1002"]) }])),
        (
            "a result before its test",
            of([results(0, &["1001"]), tests(1, &[("10007", "1001")]), admission(2, "10007", -48, None)]),
        ),
        (
            "a result before a test of two patients",
            of([results(0, &["1001"]), tests(1, &[("10007", "1001")]), tests(2, &[("10014", "1001")])]),
        ),
        (
            "a result that moves to another patient",
            of([
                tests(0, &[("10007", "1001"), ("10014", "1002")]),
                results(1, &["1001"]),
                results(2, &["1002"]),
                admission(3, "10007", -48, None),
                admission(3, "10014", -48, None),
            ]),
        ),
        (
            "a result that moves to nobody and back",
            of([tests(0, &[("10007", "1001")]), results(1, &["1001"]), results(2, &["1002"]), results(3, &["1001"])]),
        ),
        ("a case number of two patients", of([admission(0, "10007", -48, None), admission(1, "10014", -36, None)])),
        (
            "a release that is not after the admission",
            of([admission(0, "10007", -48, Some(-48)), admission(1, "10014", -24, Some(-36))]),
        ),
        (
            "a future date that a later file makes past",
            of([result_at(0, 0, minutes(5)), result_at(1, 1, minutes(5)), result_at(2, 2, minutes(6))]),
        ),
        (
            "a test on the edges of a stay",
            of([
                admission(0, "10007", -24, Some(-12)),
                tests(0, &[("10007", "1001")]),
                result_at(1, 0, late),
                result_at(2, 0, later),
            ]),
        ),
        ("records that cannot be read", of([spoilt(Defect::Date), spoilt(Defect::Id), spoilt(Defect::Ragged)])),
        (
            "an object that cannot be read",
            of([File { is_readable: false, ..patient(0, &["Ada"]) }, patient(1, &["Bo"])]),
        ),
        (
            "an object replaced in place",
            of([bare(patient(0, &["Ada"]), 0), bare(patient(0, &["Bo"]), 1), bare(patient(0, &["Cy"]), 1)]),
        ),
        (
            "many versions of one patient",
            of((0..12).map(|second| patient(second, &[["Ada", "Bo", "Cy"][second as usize % 3]]))),
        ),
        (
            "many versions of one stay",
            of((0..12).map(|second| admission(second, "10007", -48 - i64::from(second % 3), None))),
        ),
        (
            "many versions of one result",
            of((0..12)
                .map(|second| results(second, &[["1001", "1002", "1003"][second as usize % 3]]))
                .chain([tests(0, &[("10007", "1001")]), tests(1, &[("10014", "1002"), ("10014", "1003")])])),
        ),
    ]
}

/// Every case of files whose results name their patient, and of which a filter leaves some out.
pub(crate) fn stating() -> Vec<(&'static str, History)> {
    vec![
        (
            "a result that names its patient, whosever its test is",
            of([
                tests(0, &[("10007", "1001")]),
                stated(1, &[Some("10014")]),
                admission(2, "10007", -48, None),
                admission(2, "10014", -48, None),
            ]),
        ),
        (
            "a result that names one patient, then another, then nobody",
            of([
                tests(0, &[("10007", "1001")]),
                stated(1, &[Some("10014"), Some("P0021")]),
                stated(2, &[None]),
                admission(3, "P0021", -48, None),
            ]),
        ),
        (
            "a result that names its patient while its test is shared",
            of([results(0, &["1001"]), tests(1, &[("10007", "1001"), ("10014", "1001")]), stated(2, &[Some("10007")])]),
        ),
        (
            "results that a filter leaves out",
            of([
                tests(0, &[("10007", "1001")]),
                left_out(1, "10007"),
                stated(2, &[Some("10007")]),
                left_out(3, "10014"),
            ]),
        ),
    ]
}

/// In order, in reverse, both as if every object were a large one, all at once with one worker and with as many as there
/// may be.
pub(crate) fn deliveries(history: &History) -> Vec<Delivery> {
    let puts = all_puts(history);
    let reversed: Vec<Put> = puts.iter().rev().copied().collect();
    let mut deliveries =
        vec![one_by_one(&puts), one_by_one(&reversed), large(one_by_one(&puts)), large(one_by_one(&reversed))];
    let keys: std::collections::BTreeSet<&str> = puts.iter().map(|put| history.files[put.place].key.as_str()).collect();
    if keys.len() == puts.len() {
        let steps = [step(puts.clone(), 1, 8), step(puts.clone(), 4, 1)];
        deliveries.extend(steps.map(|step| Delivery { steps: vec![step] }));
        deliveries.push(large(Delivery { steps: vec![step(puts, 2, 1)] }));
    }
    if history.decisions.is_empty() {
        return deliveries;
    }
    let first_and_last = |delivery: Delivery| [decided(history, &delivery, 0), decided(history, &delivery, usize::MAX)];
    deliveries.into_iter().flat_map(first_and_last).collect()
}

/// Everything is decided at this step.
fn decided(history: &History, delivery: &Delivery, step: usize) -> Delivery {
    let mut delivery = delivery.clone();
    let last = delivery.steps.len() - 1;
    delivery.steps[step.min(last)].decisions = (0..history.decisions.len()).collect();
    delivery
}

/// As if every object were large: alone in its feed, straight into an empty table, held against what is known.
fn large(mut delivery: Delivery) -> Delivery {
    for step in &mut delivery.steps {
        step.limits = Limits { large: 0, filling: 0, many_patients: 0, repeating: 0, ..step.limits };
    }
    delivery
}

fn one_by_one(puts: &[Put]) -> Delivery {
    Delivery { steps: puts.iter().map(|put| step(vec![*put], 1, 8)).collect() }
}

pub(crate) fn step(puts: Vec<Put>, workers: usize, objects: usize) -> Step {
    Step { puts, workers, limits: Limits { objects, ..Limits::default() }, decisions: Vec::new() }
}

pub(crate) fn of(files: impl IntoIterator<Item = File>) -> History {
    History { files: files.into_iter().collect(), decisions: Vec::new() }
}

pub(crate) fn hours(hours: i64) -> Instant {
    morning() + Duration::hours(hours)
}

fn minutes(minutes: i64) -> Instant {
    morning() + Duration::minutes(minutes)
}

/// A file of its second, written at that second of the morning.
fn file(feed: Feed, second: u32, name: &str, records: Vec<Record>) -> File {
    let key = format!("{}_20261121T1015{second:02}Z_{name}.csv", feed.stem());
    let lines = records.into_iter().map(|record| Line { record, defect: None }).collect();
    let last_modified = morning() + Duration::seconds(second.into());
    let (is_readable, is_stating, null, is_uploaded_twice) = (true, false, "NA", false);
    File { feed, key, last_modified, is_readable, is_stating, null, lines, is_uploaded_twice }
}

fn bare(file: File, second: i64) -> File {
    let last_modified = morning() + Duration::seconds(second);
    File { key: format!("{}.csv", file.feed.stem()), last_modified, ..file }
}

pub(crate) fn patient(second: u32, names: &[&str]) -> File {
    let said = |name: &&str| Patient { first_name: Some((*name).to_owned()), allergies: None };
    let records = names.iter().map(|name| Record::Patient("10007".to_owned(), said(name))).collect();
    file(Feed::Patients, second, &names.len().to_string(), records)
}

/// A stay of case 40001, in hours from the morning.
pub(crate) fn admission(second: u32, patient: &str, from: i64, until: Option<i64>) -> File {
    let said = Admission { admitted_at: hours(from), released_at: until.map(hours), department: None };
    file(Feed::Admissions, second, patient, vec![Record::Admission(patient.to_owned(), "40001".to_owned(), said)])
}

/// Tests of patients, ordered a day before the morning.
pub(crate) fn tests(second: u32, named: &[(&str, &str)]) -> File {
    let said = Test { name: None, ordered_at: hours(-24) };
    let record = |(patient, test): &(&str, &str)| Record::Test((*patient).to_owned(), (*test).to_owned(), said.clone());
    file(Feed::Tests, second, "x", named.iter().map(record).collect())
}

/// Result 5001 said to be of these tests, one after the other.
pub(crate) fn results(second: u32, named: &[&str]) -> File {
    let said =
        |test: &&str| TestResult { test: (*test).to_owned(), stated: None, value: None, performed_at: hours(-20) };
    let records = named.iter().map(|test| Record::Result("5001".to_owned(), said(test))).collect();
    file(Feed::Results, second, "x", records)
}

/// Result 5001 of test 1001, performed then; the file was written so many minutes after the morning.
pub(crate) fn result_at(second: u32, written: i64, performed_at: Instant) -> File {
    let said = TestResult { test: "1001".to_owned(), stated: None, value: None, performed_at };
    let records = vec![Record::Result("5001".to_owned(), said)];
    File { last_modified: minutes(written), ..file(Feed::Results, second, "x", records) }
}

/// Result 5001 of test 1001 that names these patients, one after the other.
fn stated(second: u32, patients: &[Option<&str>]) -> File {
    let mut file = results(second, &vec!["1001"; patients.len()]);
    for (line, patient) in file.lines.iter_mut().zip(patients) {
        if let Record::Result(_, said) = &mut line.record {
            said.stated = patient.map(str::to_owned);
        }
    }
    File { is_stating: true, ..file }
}

/// The same of one patient, left out.
fn left_out(second: u32, patient: &str) -> File {
    let mut file = stated(second, &[Some(patient)]);
    file.lines[0].defect = Some(Defect::LeftOut);
    file
}

fn spoilt(defect: Defect) -> File {
    let mut file = results(defect as u32, &["1001", "1002"]);
    file.lines[0].defect = Some(defect);
    file
}
