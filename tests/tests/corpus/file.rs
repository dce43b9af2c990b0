//! A row of the corpus: a file, and what becomes of it.

use std::collections::BTreeMap;
use std::io::Write as _;

use anyhow::Context as _;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use wardwatch_tests::{Tested, Warehouse};

pub(crate) const PATIENTS: &str =
    "patient_id,first_name,last_name,date_of_birth,primary_physician,insurance_provider,blood_type,allergies";
pub(crate) const ADMISSIONS: &str = "patient_id,hospitalization_case_number,admission_date,admission_time,release_date,release_time,department,room_number";
pub(crate) const TESTS: &str = "test_id,patient_id,test_name,order_date,order_time,ordering_physician";
pub(crate) const RESULTS: &str = "result_id,test_id,result_value,result_unit,reference_range,result_status,performed_date,performed_time,reviewing_physician";

/// A file and what is to become of it.
pub(crate) struct Case {
    pub(crate) what: &'static str,
    pub(crate) key: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) told: Told,
}

/// What became of a file.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Told {
    pub(crate) state: String,
    /// The outcomes that are not zero, such as `3: 2 inserted, 1 quarantined`.
    pub(crate) books: String,
    /// The message of the ledger; in the corpus a part of it.
    pub(crate) reason: String,
    /// What was taken, a line a record (`told.sql`); a row of the corpus may leave it open.
    pub(crate) rows: Option<Vec<String>>,
    /// What was not: record, column and reason.
    pub(crate) rejects: Vec<String>,
    /// How the header differs from its map's.
    pub(crate) drift: Vec<String>,
}

impl Case {
    /// A file that is loaded, with its books.
    pub(crate) fn done(what: &'static str, key: &str, bytes: impl Into<Vec<u8>>, books: &str) -> Self {
        let told = Told { state: "done".to_owned(), books: books.to_owned(), ..Told::default() };
        Self { what, key: key.to_owned(), bytes: bytes.into(), told }
    }

    /// A file of which nothing may be guessed, with its message.
    pub(crate) fn held(what: &'static str, key: &str, bytes: impl Into<Vec<u8>>, reason: &str) -> Self {
        Self::refused("held", (what, key), bytes, reason)
    }

    /// A file that cannot be read, with its message.
    pub(crate) fn failed(what: &'static str, key: &str, bytes: impl Into<Vec<u8>>, reason: &str) -> Self {
        Self::refused("failed", (what, key), bytes, reason)
    }

    fn refused(state: &str, (what, key): (&'static str, &str), bytes: impl Into<Vec<u8>>, reason: &str) -> Self {
        let told =
            Told { state: state.to_owned(), books: "0".to_owned(), reason: reason.to_owned(), ..Told::default() };
        Self { what, key: key.to_owned(), bytes: bytes.into(), told }
    }

    pub(crate) fn rows(mut self, rows: &[&str]) -> Self {
        self.told.rows = Some(rows.iter().map(|row| (*row).to_owned()).collect());
        self
    }

    pub(crate) fn rejects(mut self, rejects: &[&str]) -> Self {
        self.told.rejects = rejects.iter().map(|reject| (*reject).to_owned()).collect();
        self
    }

    pub(crate) fn drift(mut self, drift: &[&str]) -> Self {
        self.told.drift = drift.iter().map(|header| (*header).to_owned()).collect();
        self
    }
}

/// A header and lines, each with a line feed.
pub(crate) fn lines(header: &str, lines: &[&str]) -> String {
    [&[header], lines].concat().join("\n") + "\n"
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
    written.unwrap_or_default()
}

/// What became of each object, by its key.
pub(crate) async fn told(warehouse: &Warehouse) -> Tested<BTreeMap<String, Told>> {
    let objects = warehouse.rows(include_str!("told.sql")).await?;
    let objects = objects.as_array().context("a list of objects")?;
    Ok(objects.iter().map(|object| (text(&object["key"]), of(object))).collect())
}

fn of(object: &Value) -> Told {
    let texts = |name: &str| object[name].as_array().into_iter().flatten().map(text).collect();
    Told {
        state: text(&object["state"]),
        books: text(&object["books"]),
        reason: text(&object["reason"]),
        rows: Some(texts("rows")),
        rejects: texts("rejects"),
        drift: texts("drift"),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
