//! One object as the bucket holds it: what it says, and its bytes in the shape of its source.

use std::fmt::{self, Write};

use chrono::{DateTime, NaiveDateTime, Timelike};
use wardwatch_tests::model::{Defect, Instant, Line, Object, Record};

/// The kind of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Feed {
    Patients,
    Admissions,
    Tests,
    Results,
}

impl Feed {
    pub(crate) const ALL: [Self; 4] = [Self::Patients, Self::Admissions, Self::Tests, Self::Results];

    /// Name of its files, without an extension.
    pub(crate) fn stem(self) -> &'static str {
        match self {
            Self::Patients => "patient_information",
            Self::Admissions => "admissions",
            Self::Tests => "lab_tests",
            Self::Results => "lab_results",
        }
    }

    fn header(self) -> &'static str {
        match self {
            Self::Patients => {
                "patient_id,first_name,last_name,date_of_birth,primary_physician,insurance_provider,blood_type,allergies"
            }
            Self::Admissions => {
                "patient_id,hospitalization_case_number,admission_date,admission_time,release_date,release_time,department,room_number"
            }
            Self::Tests => "test_id,patient_id,test_name,order_date,order_time,ordering_physician",
            Self::Results => {
                "result_id,test_id,result_value,result_unit,reference_range,result_status,performed_date,performed_time,reviewing_physician"
            }
        }
    }
}

/// Reads results that name their patient and say of what kind they are: some are left out. No shipped map does.
pub(crate) const STATING: &str = r#"
feed = "lis.lab_results"
version = 2
nulls = ["", "NULL", "NA", "N/A"]
[[keep]]
headers = ["kind"]
none_of = ["QC"]
[columns.result_id]
headers = ["result_id"]
type = "id"
required = true
[columns.test_id]
headers = ["test_id"]
type = "id"
required = true
[columns.patient_id]
headers = ["patient_id"]
type = "id"
[columns.result_value]
headers = ["result_value"]
type = "decimal"
[columns.result_unit]
headers = ["result_unit"]
type = "text"
[columns.reference_range]
headers = ["reference_range"]
type = "text"
[columns.result_status]
headers = ["result_status"]
type = "text"
[columns.performed_at]
type = "timestamp"
required = true
prefer = "earlier"
date = { headers = ["performed_date"], formats = ["%m/%d/%Y"] }
time = { headers = ["performed_time"], formats = ["%I:%M:%S %p"] }
[columns.reviewing_physician]
headers = ["reviewing_physician"]
type = "text"
"#;

/// An object before its bytes are known.
#[derive(Debug, Clone)]
pub(crate) struct File {
    pub(crate) feed: Feed,
    pub(crate) key: String,
    pub(crate) last_modified: Instant,
    pub(crate) is_readable: bool,
    /// Whether its results name their patient and their kind, as [`STATING`] reads them.
    pub(crate) is_stating: bool,
    /// How the file writes "nothing".
    pub(crate) null: &'static str,
    pub(crate) lines: Vec<Line>,
    /// Whether the same bytes are uploaded anew: another object with the same order.
    pub(crate) is_uploaded_twice: bool,
}

impl File {
    /// Its text.
    pub(crate) fn text(&self) -> String {
        let header = self.feed.header();
        let header = if self.is_readable { header.to_owned() } else { header.replacen("_id", "_number", 1) };
        let stating = if self.is_stating { ",patient_id,kind" } else { "" };
        let mut text = format!("{header}{stating}\n");
        for line in &self.lines {
            text.push_str(&self.record(line));
            text.push('\n');
        }
        text
    }

    fn record(&self, line: &Line) -> String {
        let or_null = |value: &Option<String>| value.as_deref().unwrap_or(self.null).to_owned();
        let null = || self.null.to_owned();
        let own = |id: &str| if line.defect == Some(Defect::Id) { null() } else { id.to_owned() };
        let date = |at: Instant| date_of(at, line.defect);
        let mut fields = match &line.record {
            Record::Patient(id, said) => {
                let birth =
                    if line.defect == Some(Defect::Date) { "2/30/1980".to_owned() } else { "2/3/1980".to_owned() };
                [own(id), or_null(&said.first_name), null(), birth, null(), null(), null(), or_null(&said.allergies)]
                    .to_vec()
            }
            Record::Admission(patient, case, said) => {
                let release = said.released_at.map(|at| (at.format("%Y-%m-%d"), at.format("%H:%M")));
                let (day, time) = release.map_or((null(), null()), |(day, time)| (day.to_string(), time.to_string()));
                let admitted = said.admitted_at;
                [
                    patient.clone(),
                    own(case),
                    date(admitted),
                    time_of(admitted),
                    day,
                    time,
                    or_null(&said.department),
                    null(),
                ]
                .to_vec()
            }
            Record::Test(patient, test, said) => {
                let ordered = said.ordered_at;
                [own(test), patient.clone(), or_null(&said.name), date(ordered), time_of(ordered), null()].to_vec()
            }
            Record::Result(id, said) => {
                let unit = "\"K/uL, g/dL\"".to_owned();
                let performed = said.performed_at;
                let status = "Normal".to_owned();
                [
                    own(id),
                    said.test.clone(),
                    or_null(&said.value),
                    unit,
                    null(),
                    status,
                    date(performed),
                    time_of(performed),
                    null(),
                ]
                .to_vec()
            }
        };
        if self.is_stating
            && let Record::Result(_, said) = &line.record
        {
            let kind = if line.defect == Some(Defect::LeftOut) { "QC" } else { "RES" };
            fields.extend([or_null(&said.stated), kind.to_owned()]);
        }
        if line.defect == Some(Defect::Ragged) {
            fields.pop();
        }
        fields.join(",")
    }

    /// As the model takes it.
    pub(crate) fn object(&self, sha256: &str) -> Object {
        let (key, last_modified) = (self.key.clone(), self.last_modified);
        let order_time = stamp(&key).unwrap_or_else(|| last_modified.with_nanosecond(0).unwrap_or(last_modified));
        let (is_readable, lines) = (self.is_readable, self.lines.clone());
        Object { order_time, key, last_modified, sha256: sha256.to_owned(), is_readable, lines }
    }
}

/// Month and day without zero padding, as the sources write them.
fn date_of(at: Instant, defect: Option<Defect>) -> String {
    if defect == Some(Defect::Date) { "13/45/2026".to_owned() } else { at.format("%-m/%-d/%Y").to_string() }
}

fn time_of(at: Instant) -> String {
    at.format("%-I:%M:%S %p").to_string()
}

/// The time in a name such as `…_20261121T101500Z…`.
fn stamp(key: &str) -> Option<Instant> {
    let name = key.rsplit('/').next()?;
    let start = name.find("2026")?;
    let text = name.get(start..start + 15)?;
    NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%S")
        .ok()
        .map(|time| DateTime::from_naive_utc_and_offset(time, chrono::Utc))
}

impl fmt::Display for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let twice = if self.is_uploaded_twice { ", uploaded twice" } else { "" };
        writeln!(f, "{} ({}{twice})", self.key, self.last_modified.format("%H:%M:%S%.f"))?;
        for line in self.text().lines() {
            f.write_str("    ")?;
            f.write_str(line)?;
            f.write_char('\n')?;
        }
        Ok(())
    }
}
