//! The committed sample files, and small ones of a scenario's own. No row describes a person.

use std::path::PathBuf;

use chrono::{DateTime, Utc};

use crate::Tested;
use crate::bucket::files;

/// The moment around which the sample files lie, and at which objects were written unless a scenario says otherwise.
pub const WRITTEN_AT: &str = "2026-11-21T12:00:00Z";

/// A drifted file whose columns have other names than any shipped map knows.
pub const RENAMED: &str = "admissions_renamed_columns_20261121T115802Z.csv";

/// [`WRITTEN_AT`].
pub fn written_at() -> Tested<DateTime<Utc>> {
    Ok(WRITTEN_AT.parse()?)
}

/// A directory of `sample-data`: `files`, `broken` or `drift`.
pub fn directory(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../sample-data")).join(name)
}

/// The bytes of a sample file.
pub fn bytes(directory: &str, file: &str) -> Tested<Vec<u8>> {
    Ok(std::fs::read(self::directory(directory).join(file))?)
}

/// The names of the files of a directory of `sample-data`.
pub fn names(directory: &str) -> Tested<Vec<String>> {
    Ok(files(&self::directory(directory))?.into_iter().map(|(name, _)| name).collect())
}

/// A file of patients that have ids and nothing else of interest.
pub fn patients(ids: &[&str]) -> Vec<u8> {
    named_patients(ids, "Testperson")
}

/// A file of patients with this last name.
pub fn named_patients(ids: &[&str], last_name: &str) -> Vec<u8> {
    let header =
        "patient_id,first_name,last_name,date_of_birth,primary_physician,insurance_provider,blood_type,allergies";
    let rows = ids.iter().map(|id| format!("{id},Ada,{last_name},1/2/1960,NULL,NA,0+,None"));
    lines(header, rows)
}

/// A file of tests that were ordered on 1 November 2026: (test, patient).
pub fn tests(tests: &[(&str, &str)]) -> Vec<u8> {
    let header = "test_id,patient_id,test_name,order_date,order_time,ordering_physician";
    lines(header, tests.iter().map(|(test, patient)| format!("{test},{patient},CBC,11/1/2026,8:00:00 AM,NULL")))
}

/// A file of results that were performed on 1 November 2026: (result, test).
pub fn results(results: &[(&str, &str)]) -> Vec<u8> {
    let header = "result_id,test_id,result_value,result_unit,reference_range,result_status,performed_date,performed_time,reviewing_physician";
    lines(
        header,
        results.iter().map(|(result, test)| format!("{result},{test},1.5,mg/L,NA,Normal,11/1/2026,9:00:00 AM,NA")),
    )
}

fn lines(header: &str, rows: impl Iterator<Item = String>) -> Vec<u8> {
    let mut text = format!("{header}\n");
    for row in rows {
        text.push_str(&row);
        text.push('\n');
    }
    text.into_bytes()
}
