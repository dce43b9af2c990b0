//! The warehouse as a plain fold: what the records of a set of objects come to, whatever order they arrive in.
//!
//! Written from the laws and not from the loader: no SQL, no staging, no locks, everything in memory and told as lines of
//! text, so that a difference can be read. Not for large sets: it sorts and searches as it pleases.

mod decided;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Duration, Utc};

pub use decided::Decided;

/// An instant.
pub type Instant = DateTime<Utc>;

/// How long after its object was written a test may have been performed.
const TOLERANCE: Duration = Duration::minutes(5);

/// What one record of a file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// A patient.
    Patient(String, Patient),
    /// A stay: patient, case number, content.
    Admission(String, String, Admission),
    /// A test: patient, test id, content.
    Test(String, String, Test),
    /// A result: its id, content.
    Result(String, TestResult),
}

/// What is said of a patient.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Patient {
    /// First name.
    pub first_name: Option<String>,
    /// Allergies.
    pub allergies: Option<String>,
}

/// What is said of a stay.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Admission {
    /// From when.
    pub admitted_at: Instant,
    /// Until when, where that is known.
    pub released_at: Option<Instant>,
    /// Department.
    pub department: Option<String>,
}

/// What is said of a test.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Test {
    /// Its name.
    pub name: Option<String>,
    /// When it was ordered.
    pub ordered_at: Instant,
}

/// What is said of a result.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TestResult {
    /// The test that it names.
    pub test: String,
    /// The patient, where the source itself names one.
    pub stated: Option<String>,
    /// Its value.
    pub value: Option<String>,
    /// When it was performed.
    pub performed_at: Instant,
}

/// A record, and whether it is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it says.
    pub record: Record,
    /// Why it is not taken; `None` where it is.
    pub defect: Option<Defect>,
}

/// Why a record is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Defect {
    /// A date that no calendar has.
    Date,
    /// Its own id is missing: of a patient, a case, a test, a result.
    Id,
    /// A field too few at the end.
    Ragged,
    /// Nothing is wrong with it: a filter of the map leaves it out.
    LeftOut,
}

/// One object of the bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Time in its name, or else `last_modified` in whole seconds.
    pub order_time: Instant,
    /// Its key.
    pub key: String,
    /// When it was written.
    pub last_modified: Instant,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// Whether its header can be read.
    pub is_readable: bool,
    /// Its records.
    pub lines: Vec<Line>,
}

/// Where a record was said. Sightings order as their objects do, then by record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Sighting {
    order_time: Instant,
    key: String,
    last_modified: Instant,
    sha256: String,
    record: usize,
}

/// A key with one distinct content.
#[derive(Debug, Clone)]
struct Version<K, C> {
    key: K,
    content: C,
    first: Sighting,
    last: Sighting,
    is_current: bool,
}

/// Where a result belongs.
enum Place {
    Patient(String),
    Waiting(&'static str),
}

/// Everything that the objects come to.
#[derive(Debug)]
pub struct Model {
    patients: Vec<Version<String, Patient>>,
    admissions: Vec<Version<(String, String), Admission>>,
    tests: Vec<Version<(String, String), Test>>,
    results: Vec<Version<String, TestResult>>,
    owners: BTreeMap<String, BTreeSet<String>>,
    quarantine: Vec<(Sighting, Record, Defect)>,
    decisions: Vec<Decided>,
}

impl Model {
    /// Folds the objects in their own order, with what was decided, oldest first.
    pub fn fold(objects: &[Object], decisions: &[Decided]) -> Self {
        let (mut patients, mut admissions, mut tests, mut results) = (vec![], vec![], vec![], vec![]);
        let mut quarantine = vec![];
        let said = objects.iter().filter(|object| object.is_readable).flat_map(sighted);
        for (sighting, line) in said.filter(|(_, line)| line.defect != Some(Defect::LeftOut)) {
            if let Some(defect) = line.defect {
                quarantine.push((sighting, line.record, defect));
                continue;
            }
            match line.record {
                Record::Patient(id, content) => patients.push((id, content, sighting)),
                Record::Admission(patient, case, content) => admissions.push(((patient, case), content, sighting)),
                Record::Test(patient, test, content) => tests.push(((patient, test), content, sighting)),
                Record::Result(id, content) => results.push((id, content, sighting)),
            }
        }
        let mut owners: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for ((patient, test), ..) in &tests {
            owners.entry(test.clone()).or_default().insert(patient.clone());
        }
        Self {
            patients: versions(patients),
            admissions: versions(admissions),
            tests: versions(tests),
            results: versions(results),
            owners,
            quarantine,
            decisions: decisions.to_vec(),
        }
    }

    /// The whole warehouse, as sorted lines of text.
    pub fn told(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for version in &self.patients {
            let Patient { first_name, allergies } = &version.content;
            let told = [version.key.as_str(), text(first_name.as_ref()), text(allergies.as_ref())];
            lines.push(version.told("patient", &told) + &version.validity(&self.patients));
        }
        for version in &self.admissions {
            let ((patient, case), Admission { admitted_at, released_at, department }) =
                (&version.key, &version.content);
            let told = [patient, case, &at(*admitted_at), &maybe(*released_at), text(department.as_ref())];
            lines.push(version.told("admission", &told) + &version.validity(&self.admissions));
        }
        for version in &self.tests {
            let ((patient, test), content) = (&version.key, &version.content);
            let told = [patient, test, text(content.name.as_ref()), &at(content.ordered_at)];
            lines.push(version.told("lab_test", &told) + &version.validity(&self.tests));
        }
        let is_someones = |version: &&Version<String, TestResult>| matches!(self.place(version), Place::Patient(_));
        let of_patients: Vec<_> = self.results.iter().filter(is_someones).cloned().collect();
        lines.extend(self.results.iter().map(|version| self.told_result(version, &of_patients)));
        for (test, owners) in &self.owners {
            lines.extend(owners.iter().map(|patient| format!("test_owner|{test}|{patient}")));
        }
        lines.extend(self.quarantine.iter().map(told_quarantine));
        lines.sort();
        lines
    }

    fn told_result(
        &self,
        version: &Version<String, TestResult>,
        of_patients: &[Version<String, TestResult>],
    ) -> String {
        let TestResult { test, stated, value, performed_at } = &version.content;
        let future = if is_future_dated(version) { "future" } else { "-" };
        let said = [text(value.as_ref()), &at(*performed_at), future];
        match self.place(version) {
            Place::Patient(patient) => {
                let named = [patient.as_str(), version.key.as_str(), test, text(stated.as_ref())];
                version.told("lab_result", &[&named[..], &said].concat()) + &version.validity(of_patients)
            }
            Place::Waiting(reason) => version.told("waiting", &[&[reason, &version.key, test], &said[..]].concat()),
        }
    }

    /// The patient to whom somebody gave the result, or whom the source names, or else the one patient of its test, or why
    /// there is none.
    fn place(&self, result: &Version<String, TestResult>) -> Place {
        let TestResult { test, stated, .. } = &result.content;
        if let Some(patient) = decided::patient_of(&self.decisions, &result.key).or(stated.as_deref()) {
            return Place::Patient(patient.to_owned());
        }
        let owners = self.owners.get(test).map(|owners| owners.iter().collect::<Vec<_>>()).unwrap_or_default();
        match owners[..] {
            [] => Place::Waiting("no_test"),
            [owner] => Place::Patient(owner.clone()),
            _ => Place::Waiting("ambiguous"),
        }
    }

    /// All stays with their clocks as of a moment (`None`: with all that is known), as sorted lines of text.
    pub fn stays(&self, as_of: Option<Instant>) -> Vec<String> {
        let mut lines: Vec<String> = current(&self.admissions).map(|stay| self.told_stay(stay, as_of)).collect();
        lines.sort();
        lines
    }

    /// The stays that are open or in conflict as of a moment, with their clocks.
    pub fn shown_stays(&self, as_of: Instant) -> Vec<String> {
        let is_shown = |stay: &&Version<(String, String), Admission>| {
            let (admitted_at, released_at) = (stay.content.admitted_at, self.released_at(stay));
            let is_open = released_at.is_none_or(|released_at| released_at > as_of);
            let began = released_at.map_or(admitted_at, |released_at| released_at.min(admitted_at));
            let is_void = matches!(self.decided(stay), "other_patient" | "left");
            began <= as_of && (is_open || self.conflict(stay).is_some()) && !is_void
        };
        let shown = current(&self.admissions).filter(is_shown);
        let mut lines: Vec<String> = shown.map(|stay| self.told_stay(stay, Some(as_of))).collect();
        lines.sort();
        lines
    }

    fn told_stay(&self, stay: &Version<(String, String), Admission>, as_of: Option<Instant>) -> String {
        let ((patient, case), content) = (&stay.key, &stay.content);
        let released_at = self.released_at(stay);
        let happened = |moment: Instant| as_of.is_none_or(|as_of| moment <= as_of);
        let within = |moment: Instant| {
            moment >= content.admitted_at && released_at.is_none_or(|released_at| moment <= released_at)
        };
        let performed: Vec<&TestResult> =
            self.performed_for(patient).filter(|result| happened(result.performed_at)).collect();
        let last_performed = performed.iter().map(|result| result.performed_at).filter(|at| within(*at)).max();
        let orders: Vec<(Instant, &str)> = current(&self.tests)
            .filter(|test| {
                test.key.0 == *patient && happened(test.content.ordered_at) && within(test.content.ordered_at)
            })
            .map(|test| (test.content.ordered_at, test.key.1.as_str()))
            .collect();
        let is_performed = |test: &str| performed.iter().any(|result| result.test == test);
        let unperformed = orders
            .iter()
            .filter(|(_, test)| !is_performed(test))
            .min_by_key(|(ordered_at, test)| (std::cmp::Reverse(*ordered_at), *test));
        let waiting = self.waiting_for(patient).filter(|at| happened(*at) && within(*at)).count();
        let told = [
            "stay",
            patient,
            case,
            &at(content.admitted_at),
            &maybe(released_at),
            text(content.department.as_ref()),
            &maybe(last_performed),
            &at(last_performed.map_or(content.admitted_at, |performed| performed.max(content.admitted_at))),
            &maybe(orders.iter().map(|(ordered_at, _)| *ordered_at).max()),
            unperformed.map_or("-", |(_, test)| test),
            &maybe(unperformed.map(|(ordered_at, _)| *ordered_at)),
            &waiting.to_string(),
            self.conflict(stay).unwrap_or("-"),
            &self.others(stay).join(","),
            self.decided(stay),
        ];
        told.join("|")
    }

    /// Results that count as performed for a patient.
    fn performed_for<'a>(&'a self, patient: &'a str) -> impl Iterator<Item = &'a TestResult> {
        let counts = move |result: &&Version<String, TestResult>| {
            let is_own = matches!(self.place(result), Place::Patient(owner) if owner == patient);
            is_own && !is_future_dated(result)
        };
        current(&self.results).filter(counts).map(|result| &result.content)
    }

    /// When the results were performed that wait and name a test of the patient.
    fn waiting_for<'a>(&'a self, patient: &'a str) -> impl Iterator<Item = Instant> + 'a {
        let names_patient = move |result: &&Version<String, TestResult>| {
            let waits = matches!(self.place(result), Place::Waiting(_));
            waits && self.owners.get(&result.content.test).is_some_and(|owners| owners.contains(patient))
        };
        current(&self.results).filter(names_patient).map(|result| result.content.performed_at)
    }

    /// Other patients who have the same case number.
    fn others(&self, stay: &Version<(String, String), Admission>) -> Vec<&str> {
        let (patient, case) = &stay.key;
        let others: BTreeSet<&str> = current(&self.admissions)
            .filter(|other| other.key.1 == *case && other.key.0 != *patient)
            .map(|other| other.key.0.as_str())
            .collect();
        others.into_iter().collect()
    }

    fn conflict(&self, stay: &Version<(String, String), Admission>) -> Option<&'static str> {
        if !self.others(stay).is_empty() && self.owner(stay).is_none() {
            return Some("shared_case_number");
        }
        let is_undecided = is_backwards(&stay.content) && self.is_here(stay).is_none();
        is_undecided.then_some("release_not_after_admission")
    }

    /// Whose a shared case number was decided to be.
    fn owner(&self, stay: &Version<(String, String), Admission>) -> Option<&str> {
        let (patient, case) = &stay.key;
        let others = self.others(stay);
        let all = [&others[..], &[patient.as_str()]].concat();
        decided::owner_of(&self.decisions, case, &all).filter(|_| !others.is_empty())
    }

    /// Whether the patient of an impossible release was decided to be here.
    fn is_here(&self, stay: &Version<(String, String), Admission>) -> Option<bool> {
        let ((patient, case), Admission { admitted_at, released_at, .. }) = (&stay.key, &stay.content);
        released_at
            .filter(|_| is_backwards(&stay.content))
            .and_then(|released_at| decided::is_here(&self.decisions, (patient, case), *admitted_at, released_at))
    }

    /// The release, unless it was decided to be wrong.
    fn released_at(&self, stay: &Version<(String, String), Admission>) -> Option<Instant> {
        stay.content.released_at.filter(|_| self.is_here(stay) != Some(true))
    }

    fn decided(&self, stay: &Version<(String, String), Admission>) -> &'static str {
        match (self.owner(stay), self.is_here(stay)) {
            (Some(owner), _) if owner != stay.key.0 => "other_patient",
            (_, Some(true)) => "still_here",
            (_, Some(false)) => "left",
            (Some(_), None) => "this_patient",
            (None, None) => "-",
        }
    }

    /// Every moment at which something is said to have happened.
    pub fn moments(&self) -> BTreeSet<Instant> {
        let stays = self.admissions.iter().flat_map(|stay| [Some(stay.content.admitted_at), stay.content.released_at]);
        let orders = self.tests.iter().map(|test| Some(test.content.ordered_at));
        let results = self.results.iter().map(|result| Some(result.content.performed_at));
        stays.chain(orders).chain(results).flatten().collect()
    }
}

fn sighted(object: &Object) -> impl Iterator<Item = (Sighting, Line)> {
    object.lines.iter().enumerate().map(|(place, line)| {
        let sighting = Sighting {
            order_time: object.order_time,
            key: object.key.clone(),
            last_modified: object.last_modified,
            sha256: object.sha256.clone(),
            record: place + 1,
        };
        (sighting, line.clone())
    })
}

/// The versions of every key. The one that was sighted last is current.
fn versions<K: Ord + Clone, C: Ord + Clone>(said: Vec<(K, C, Sighting)>) -> Vec<Version<K, C>> {
    let mut sightings: BTreeMap<K, BTreeMap<C, Vec<Sighting>>> = BTreeMap::new();
    for (key, content, sighting) in said {
        sightings.entry(key).or_default().entry(content).or_default().push(sighting);
    }
    let mut versions = Vec::new();
    for (key, contents) in sightings {
        let newest = contents.values().flatten().max().cloned();
        for (content, mut seen) in contents {
            seen.sort();
            let [first, ..] = &seen[..] else { continue };
            let last = &seen[seen.len() - 1];
            let is_current = newest.as_ref() == Some(last);
            versions.push(Version { key: key.clone(), content, first: first.clone(), last: last.clone(), is_current });
        }
    }
    versions
}

fn current<K, C>(versions: &[Version<K, C>]) -> impl Iterator<Item = &Version<K, C>> {
    versions.iter().filter(|version| version.is_current)
}

fn is_backwards(content: &Admission) -> bool {
    content.released_at.is_some_and(|released_at| released_at <= content.admitted_at)
}

fn is_future_dated(result: &Version<String, TestResult>) -> bool {
    result.content.performed_at > result.first.last_modified + TOLERANCE
}

impl<K, C> Version<K, C> {
    fn told(&self, table: &str, said: &[&str]) -> String {
        let state = if self.is_current { "current" } else { "older" };
        format!("{table}|{state}|{}|{}|{}", said.join("|"), self.first.told(), self.last.told())
    }
}

impl<K: PartialEq, C: PartialEq> Version<K, C> {
    /// From when and until when it holds, as a history with these versions tells it.
    fn validity(&self, history: &[Self]) -> String {
        let until = if self.is_current { None } else { self.valid_to(history) };
        format!("|{}|{}", at(self.first.order_time), maybe(until))
    }

    /// The next second, from that of its last sighting on, in which another version is known to begin, or else to have been said
    /// last: of each version two sightings are kept.
    fn valid_to(&self, history: &[Self]) -> Option<Instant> {
        let last = self.last.order_time;
        let others = history.iter().filter(|other| other.key == self.key && other.content != self.content);
        let known = |other: &Self| {
            if other.first.order_time > last { other.first.order_time } else { other.last.order_time }
        };
        others.filter(|other| other.last.order_time >= last).map(known).min()
    }
}

impl Sighting {
    fn told(&self) -> String {
        format!("{} {} {}#{}", at(self.order_time), self.key, &self.sha256[..8], self.record)
    }
}

/// The identifiers of a record that could not be read, as far as they stand in it.
fn told_quarantine((sighting, record, defect): &(Sighting, Record, Defect)) -> String {
    let own = |id: &str| if *defect == Defect::Id { "-".to_owned() } else { id.to_owned() };
    let none = || "-".to_owned();
    let (target, ids) = match record {
        Record::Patient(patient, _) => ("patient", [own(patient), none(), none(), none()]),
        Record::Admission(patient, case, _) => ("admission", [patient.clone(), own(case), none(), none()]),
        Record::Test(patient, test, _) => ("lab_test", [patient.clone(), none(), own(test), none()]),
        Record::Result(result, content) => {
            let stated = content.stated.clone().unwrap_or_else(none);
            ("lab_result", [stated, none(), content.test.clone(), own(result)])
        }
    };
    format!("quarantine|{target}|{}|{}", ids.join("|"), sighting.told())
}

fn at(moment: Instant) -> String {
    moment.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn maybe(moment: Option<Instant>) -> String {
    moment.map_or_else(|| "-".to_owned(), at)
}

fn text(value: Option<&String>) -> &str {
    value.map_or("-", String::as_str)
}
