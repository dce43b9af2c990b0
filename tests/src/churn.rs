//! A bucket in which nearly everything depends on everything else: rows that are said again and changed, results before
//! their tests, tests of two patients, stays that move, and files that cannot be read. No row describes a person.
//!
//! Whoever loads it in pieces, twice or against himself must come to the same as who loads it at once.

use std::fmt::Write as _;

use serde_json::Value;

use crate::sample::{bytes, named_patients, names, results, tests};
use crate::{Folder, Ingest, S3, Tested, Warehouse};

/// Ids in a file.
const IDS: usize = 4;

/// Stays that are kept otherwise than the base tables have them, and the other way round.
const OTHER_STAYS: &str = "
    (SELECT 'kept' AS said, s.* FROM (TABLE monitor.stay EXCEPT SELECT * FROM monitor.derive_stay(NULL, 'infinity')) s)
    UNION ALL
    (SELECT 'derived', s.* FROM (SELECT * FROM monitor.derive_stay(NULL, 'infinity') EXCEPT TABLE monitor.stay) s)";

/// Key and bytes of each object; four objects a round, and the broken files of `sample-data`.
pub fn objects(rounds: usize) -> Tested<Vec<(String, Vec<u8>)>> {
    let mut objects: Vec<(String, Vec<u8>)> = (0..rounds).flat_map(round).collect();
    for name in names("broken")? {
        let bytes = bytes("broken", &name)?;
        objects.push((name, bytes));
    }
    Ok(objects)
}

fn round(round: usize) -> [(String, Vec<u8>); 4] {
    let ids = |letter: char, period: usize| -> Vec<String> {
        (0..IDS).map(|at| format!("{letter}{}{at}", round % period)).collect()
    };
    let (patients, tests_of, results_of) = (ids('p', 5), ids('t', 7), ids('r', 6));
    let key = |stem: &str| format!("{stem}_20261121T{:02}{:02}00Z.csv", 6 + round / 60, round % 60);
    let last_name = if round.is_multiple_of(3) { "Alpha" } else { "Beta" };
    [
        (key("lab_results"), results(&pairs(&results_of, &tests_of))),
        (key("lab_tests"), tests(&pairs(&tests_of, &patients))),
        (key("admissions"), admissions(round, &patients)),
        (
            key("patient_information"),
            named_patients(&patients.iter().map(String::as_str).collect::<Vec<_>>(), last_name),
        ),
    ]
}

fn pairs<'a>(left: &'a [String], right: &'a [String]) -> Vec<(&'a str, &'a str)> {
    left.iter().map(String::as_str).zip(right.iter().map(String::as_str)).collect()
}

/// Every stay of a round; of each second round the last one cannot be read.
fn admissions(round: usize, patients: &[String]) -> Vec<u8> {
    let mut text = String::from(
        "patient_id,hospitalization_case_number,admission_date,admission_time,release_date,release_time,department,room_number\n",
    );
    for (at, patient) in patients.iter().enumerate() {
        let day = if round % 2 == 1 && at + 1 == patients.len() { 45 } else { 1 + round % 9 };
        let _ = writeln!(text, "{patient},c{}{at},11/{day}/2026,8:00:00 AM,,,ENT,{}", round % 8, round % 4);
    }
    text.into_bytes()
}

/// A folder that holds it.
pub fn folder(rounds: usize) -> Tested<Folder> {
    let folder = Folder::new()?;
    for (key, bytes) in objects(rounds)? {
        folder.put(&key, &bytes)?;
    }
    Ok(folder)
}

/// An S3 server that holds it.
pub async fn s3(rounds: usize) -> Tested<S3> {
    let s3 = S3::start().await?;
    for (key, bytes) in objects(rounds)? {
        s3.put(&key, &bytes).await?;
    }
    Ok(s3)
}

/// What a warehouse came to, as far as it is a function of the objects alone.
#[derive(Debug, PartialEq)]
pub struct Outcome {
    /// The digest.
    pub digest: String,
    /// State and books of each object.
    pub ledger: Value,
}

impl Outcome {
    /// Of a warehouse of which `verify` says that all holds, and whose stays are those of its base tables.
    pub async fn of(warehouse: &Warehouse, ingest: &Ingest) -> Tested<Self> {
        let verdict = ingest.verify().await?;
        let others = warehouse.rows(OTHER_STAYS).await?;
        anyhow::ensure!(others == Value::Array(Vec::new()), "stays are not as the base tables have them: {others}");
        let ledger = "SELECT key, state, records, quarantined, waiting FROM ingest.object ORDER BY key, object_id";
        let digest = verdict["digest"].as_str().unwrap_or_default().to_owned();
        Ok(Self { digest, ledger: warehouse.rows(ledger).await? })
    }

    /// Of a load that nothing troubled.
    pub async fn untroubled(on: impl Fn(&Warehouse) -> Tested<Ingest>) -> Tested<Self> {
        let warehouse = Warehouse::start().await?;
        let ingest = on(&warehouse)?;
        let ended = ingest.once().await?;
        anyhow::ensure!(matches!(ended.code, Some(0 | 1 | 3)), "{}", ended.stderr);
        Self::of(&warehouse, &ingest).await
    }
}
