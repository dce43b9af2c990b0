//! Files whose header has changed, the rows being sound: what a hospital's next release of its systems brings.
//!
//! The first four speak of the same patients; all ids carry leading zeros.

use crate::encode::text;
use crate::error::Error;
use crate::feed::{Feed, named_key};
use crate::generate::GeneratedFile;
use crate::options::{GenerateOptions, MOST_PATIENTS};
use crate::patient::Patient;
use crate::release::release_files;
use crate::row::{Row, rows_of};
use chrono::TimeDelta;

/// A file with a changed header and what was changed.
#[derive(Clone, Debug)]
pub struct DriftedFile {
    /// What was changed, in a few words.
    pub drift: &'static str,
    /// The file, its key under `drift/`.
    pub file: GeneratedFile,
}

struct Drift {
    feed: Feed,
    name: &'static str,
    what: &'static str,
    change: fn(&mut [Row]),
}

const DRIFTS: [Drift; 4] = [
    Drift {
        feed: Feed::PatientInformation,
        name: "extra_column",
        what: "extra column: preferred_language; patient ids with leading zeros",
        change: add_column,
    },
    Drift {
        feed: Feed::Admissions,
        name: "renamed_columns",
        what: "renamed columns: case_no, admit_date, admit_time, discharge_date, discharge_time, ward",
        change: rename_columns,
    },
    Drift {
        feed: Feed::LabTests,
        name: "reordered_columns",
        what: "columns in another order: patient_id first",
        change: reorder_columns,
    },
    Drift {
        feed: Feed::LabResults,
        name: "other_case",
        what: "header in another case: RESULT_ID",
        change: change_case,
    },
];

/// What the renamed columns of an admission were called before.
const RENAMED: [(&str, &str); 6] = [
    ("hospitalization_case_number", "case_no"),
    ("admission_date", "admit_date"),
    ("admission_time", "admit_time"),
    ("release_date", "discharge_date"),
    ("release_time", "discharge_time"),
    ("department", "ward"),
];

/// The drifted files of these options.
pub fn drift_files(options: &GenerateOptions) -> Result<Vec<DriftedFile>, Error> {
    let options = &options.whole_seconds();
    let changed = (1..).zip(&DRIFTS).map(|(number, drift)| drift.file(options, number));
    let mut files: Vec<DriftedFile> = changed.collect::<Result<_, _>>()?;
    files.extend(release_files(options)?);
    Ok(files)
}

impl Drift {
    fn file(&self, options: &GenerateOptions, number: i64) -> Result<DriftedFile, Error> {
        let mut records = sound_records(options, self.feed, MOST_PATIENTS + 10_000);
        (self.change)(&mut records);
        let at = options.now - TimeDelta::seconds(120 - number);
        let key = named_key("drift", self.feed, self.name, at, false);
        let bytes = text(self.feed, &records)?.into();
        let rows = records.len() as u64 - 1;
        let file = GeneratedFile { key, feed: self.feed, rows, bytes };
        Ok(DriftedFile { drift: self.what, file })
    }
}

/// Header and rows of four patients, from this number on, whom no base and no broken file knows.
pub(crate) fn sound_records(options: &GenerateOptions, feed: Feed, first: u64) -> Vec<Row> {
    let header = feed.header(options.contacts);
    let patients = (first..first + 4).map(|index| {
        let mut patient = Patient::of(options, index);
        patient.person.id.insert_str(0, "00");
        patient
    });
    let rows = patients.flat_map(|patient| rows_of(feed, &patient, options.timezone));
    std::iter::once(header).chain(rows).collect()
}

fn add_column(records: &mut [Row]) {
    const LANGUAGES: [&str; 4] = ["preferred_language", "English", "Spanish", "Arabic"];
    for (record, language) in records.iter_mut().zip(LANGUAGES.iter().chain(&LANGUAGES[1..])) {
        record.push((*language).into());
    }
}

fn rename_columns(records: &mut [Row]) {
    for name in records.iter_mut().take(1).flatten() {
        if let Some((_, renamed)) = RENAMED.iter().find(|(before, _)| before == name) {
            (*renamed).clone_into(name);
        }
    }
}

fn reorder_columns(records: &mut [Row]) {
    for record in records {
        record.rotate_left(1);
    }
}

fn change_case(records: &mut [Row]) {
    for name in records.iter_mut().take(1).flatten() {
        *name = name.to_uppercase();
    }
}
