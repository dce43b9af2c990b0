//! Files with one flaw each, as they are met in the wild. [`FLAWS`] is the one list of them: what is wrong, and
//! what makes the bytes.
//!
//! Their patients have ids that no base has, so that they can lie in one bucket with it. The patients of the four
//! odd but readable files (BOM, UTF-16, quoted line breaks, future-dated) are the same, so that the future-dated
//! results are attributed and shown.

use crate::encode::{text, whole};
use crate::error::Error;
use crate::feed::{Feed, named_key};
use crate::generate::GeneratedFile;
use crate::options::{GenerateOptions, MOST_PATIENTS};
use crate::patient::Patient;
use crate::row::{Row, rows_of};
use bytes::Bytes;
use chrono::TimeDelta;

/// A broken file and what is wrong with it.
#[derive(Clone, Debug)]
pub struct BrokenFile {
    /// What is wrong, in a few words.
    pub flaw: &'static str,
    /// The file, its key under `broken/`.
    pub file: GeneratedFile,
}

struct Flaw {
    feed: Feed,
    name: &'static str,
    what: &'static str,
    gzip: bool,
    spoil: fn(&Sound) -> Result<Bytes, Error>,
}

const fn flaw(feed: Feed, name: &'static str, what: &'static str, spoil: fn(&Sound) -> Result<Bytes, Error>) -> Flaw {
    Flaw { feed, name, what, gzip: false, spoil }
}

const PATIENTS: Feed = Feed::PatientInformation;
const ADMISSIONS: Feed = Feed::Admissions;
const TESTS: Feed = Feed::LabTests;
const RESULTS: Feed = Feed::LabResults;

const FLAWS: [Flaw; 16] = [
    flaw(ADMISSIONS, "empty", "empty file: no bytes at all", |_| Ok(Bytes::new())),
    flaw(TESTS, "header_only", "a header and no records", header_only),
    flaw(ADMISSIONS, "missing_column", "a required column is missing: admission_date", missing_column),
    flaw(TESTS, "duplicated_column", "a column stands twice: order_date", duplicated_column),
    flaw(PATIENTS, "ragged_rows", "ragged rows: one has a field too few, one a field too many", ragged_rows),
    flaw(PATIENTS, "nul_bytes", "NUL bytes inside a last name", nul_bytes),
    flaw(
        PATIENTS,
        "unclosed_quote",
        "the last field of the last record opens a quote and never closes it",
        unclosed_quote,
    ),
    Flaw { gzip: true, ..flaw(RESULTS, "truncated", "a gzip stream whose end is cut off", truncated_gzip) },
    flaw(ADMISSIONS, "utf_16", "UTF-16, little endian, with a byte order mark", utf_16),
    flaw(TESTS, "bom_crlf", "a UTF-8 byte order mark and CRLF line ends", bom_and_crlf),
    flaw(PATIENTS, "latin_1", "Latin-1: the accented names are not UTF-8", latin_1),
    flaw(PATIENTS, "line_breaks", "quoted line breaks inside fields", quoted_line_breaks),
    flaw(RESULTS, "future_dated", "results performed forty years after the file was written", future_dated),
    flaw(TESTS, "no_date", "an order date that is no date: 13/45/2026", no_date),
    flaw(ADMISSIONS, "shared_case", "one case number under two patients", case_of_two_patients),
    flaw(ADMISSIONS, "released_early", "a release before its admission", release_before_admission),
];

/// The broken files of these options, each a few records small.
pub fn broken_files(options: &GenerateOptions) -> Result<Vec<BrokenFile>, Error> {
    let options = &options.whole_seconds();
    (1..).zip(&FLAWS).map(|(number, flaw)| flaw.file(options, number)).collect()
}

impl Flaw {
    fn file(&self, options: &GenerateOptions, number: u64) -> Result<BrokenFile, Error> {
        let sound = Sound::of(options, self.feed, number);
        let at = options.now - TimeDelta::seconds(60 - number as i64);
        let key = named_key("broken", self.feed, self.name, at, self.gzip);
        let rows = if number <= 2 { 0 } else { sound.rows.len() as u64 };
        let file = GeneratedFile { key, feed: self.feed, rows, bytes: (self.spoil)(&sound)? };
        Ok(BrokenFile { flaw: self.what, file })
    }
}

/// The sound file that a flaw spoils.
struct Sound {
    feed: Feed,
    rows: Vec<Row>,
    options: GenerateOptions,
}

/// The numbers of the flaws whose files are readable and speak of the same patients.
const READABLE: [u64; 4] = [9, 10, 12, 13];

impl Sound {
    /// Four patients of the number's own (beyond those of any base), at most ten rows.
    fn of(options: &GenerateOptions, feed: Feed, number: u64) -> Self {
        let group = if READABLE.contains(&number) { 0 } else { number };
        let first = MOST_PATIENTS + group * 100;
        let patients = (first..first + 4).map(|index| latest_only(Patient::of(options, index)));
        let rows = patients.flat_map(|patient| rows_of(feed, &patient, options.timezone));
        Self { feed, rows: rows.collect(), options: options.clone() }
    }

    fn records(&self) -> Vec<Row> {
        let header = self.feed.columns().iter().map(|column| (*column).to_owned()).collect();
        std::iter::once(header).chain(self.rows.iter().cloned()).collect()
    }

    fn text(&self) -> Result<String, Error> {
        text(self.feed, &self.records())
    }

    fn column(&self, name: &str) -> usize {
        self.feed.columns().iter().position(|column| *column == name).unwrap_or_default()
    }

    /// The file with some fields of its rows (numbered from 0) replaced.
    fn with(&self, fields: &[(usize, &str, &str)]) -> Result<Bytes, Error> {
        let mut rows = self.rows.clone();
        for (row, name, value) in fields {
            let column = self.column(name);
            if let Some(field) = rows.get_mut(*row).and_then(|row| row.get_mut(column)) {
                (*value).clone_into(field);
            }
        }
        whole(self.feed, &rows, false, false)
    }
}

/// Leaves a patient the two latest tests that were performed, with one result each.
fn latest_only(mut patient: Patient) -> Patient {
    patient.tests.retain(|test| !test.results.is_empty());
    patient.tests = patient.tests.split_off(patient.tests.len().saturating_sub(2));
    patient.tests.iter_mut().for_each(|test| test.results.truncate(1));
    patient
}

fn header_only(sound: &Sound) -> Result<Bytes, Error> {
    whole(sound.feed, &[], false, false)
}

fn missing_column(sound: &Sound) -> Result<Bytes, Error> {
    let missing = sound.column("admission_date");
    let mut records = sound.records();
    for record in &mut records {
        record.remove(missing);
    }
    text(sound.feed, &records).map(Bytes::from)
}

fn duplicated_column(sound: &Sound) -> Result<Bytes, Error> {
    let doubled = sound.column("order_date");
    let mut records = sound.records();
    for record in &mut records {
        record.push(record[doubled].clone());
    }
    text(sound.feed, &records).map(Bytes::from)
}

fn ragged_rows(sound: &Sound) -> Result<Bytes, Error> {
    let mut records = sound.records();
    for (number, record) in records.iter_mut().enumerate() {
        match number {
            2 => drop(record.pop()),
            3 => record.push("left over".into()),
            _ => {}
        }
    }
    text(sound.feed, &records).map(Bytes::from)
}

fn nul_bytes(sound: &Sound) -> Result<Bytes, Error> {
    sound.with(&[(1, "last_name", "O'Bri\0en\0")])
}

fn unclosed_quote(sound: &Sound) -> Result<Bytes, Error> {
    let whole = sound.with(&[(sound.rows.len() - 1, "allergies", "left open")])?;
    let text = String::from_utf8_lossy(&whole).replace("left open\n", "\"Penicillin, Latex\n");
    Ok(text.into())
}

fn truncated_gzip(sound: &Sound) -> Result<Bytes, Error> {
    let compressed = whole(sound.feed, &sound.rows, false, true)?;
    Ok(compressed.slice(..compressed.len() * 3 / 5))
}

fn utf_16(sound: &Sound) -> Result<Bytes, Error> {
    let text = format!("\u{feff}{}", sound.text()?);
    Ok(text.encode_utf16().flat_map(u16::to_le_bytes).collect())
}

fn bom_and_crlf(sound: &Sound) -> Result<Bytes, Error> {
    Ok(format!("\u{feff}{}", sound.text()?.replace('\n', "\r\n")).into())
}

fn latin_1(sound: &Sound) -> Result<Bytes, Error> {
    let named = sound.with(&[(0, "last_name", "Müller"), (1, "first_name", "José"), (2, "last_name", "Nuñez")])?;
    let text = String::from_utf8_lossy(&named).into_owned();
    Ok(text.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap_or(b'?')).collect())
}

fn quoted_line_breaks(sound: &Sound) -> Result<Bytes, Error> {
    sound.with(&[(0, "allergies", "Penicillin\nLatex"), (2, "insurance_provider", "Aetna\r\n(second policy: Cigna)")])
}

fn future_dated(sound: &Sound) -> Result<Bytes, Error> {
    let future = (sound.options.now + TimeDelta::days(40 * 365)).with_timezone(&sound.options.timezone);
    let date = future.format("%-m/%-d/%Y").to_string();
    let fields: Vec<_> = (0..sound.rows.len()).map(|row| (row, "performed_date", date.as_str())).collect();
    sound.with(&fields)
}

fn no_date(sound: &Sound) -> Result<Bytes, Error> {
    sound.with(&[(1, "order_date", "13/45/2026")])
}

fn case_of_two_patients(sound: &Sound) -> Result<Bytes, Error> {
    let case_number = sound.rows.first().map(|row| row[sound.column("hospitalization_case_number")].clone());
    sound.with(&[(1, "hospitalization_case_number", case_number.as_deref().unwrap_or_default())])
}

fn release_before_admission(sound: &Sound) -> Result<Bytes, Error> {
    let years_ago = (sound.options.now - TimeDelta::days(7 * 365)).format("%Y-%m-%d").to_string();
    sound.with(&[(0, "release_date", &years_ago), (0, "release_time", "08:30")])
}
