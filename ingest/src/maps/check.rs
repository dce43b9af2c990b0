//! What would become of a file: records taken, skipped and rejected, and some of them before and after. Writes nothing.

mod shown;

use std::collections::BTreeMap;
use std::io;

use serde::Serialize;
use wardwatch_schema::map::MapSet;

use super::subject::Subject;
use crate::parse::{self, Chunk, Origin, ParseError};

/// Warehouse columns and values; absent where there is none.
pub type Values = Vec<(String, Option<String>)>;

/// Numbers of records that are told for one reason.
const NUMBERS: usize = 10;

/// Why a file cannot be checked.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The file cannot be read at all, or would be held.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// The bytes cannot be read back.
    #[error("the file cannot be read: {0}")]
    Read(#[from] io::Error),
}

/// What would become of a file.
#[derive(Debug, Serialize)]
pub struct Preview {
    /// Key of the file.
    pub key: String,
    /// Its feed.
    pub feed: String,
    /// The map that reads it.
    pub map_version: i32,
    /// Records after the header.
    pub records: i64,
    /// Records that would be taken.
    pub taken: i64,
    /// Records that a condition of the map leaves out.
    pub skipped: i64,
    /// Records that would be quarantined.
    pub rejected: i64,
    /// Why, by column and reason.
    pub rejects: Vec<Rejects>,
    /// Headers that the map does not name, or misses.
    pub drift: Vec<Drift>,
    /// The first records that would be taken.
    pub sample: Vec<BeforeAfter>,
}

impl Preview {
    /// The same without what is of patients: columns, reasons, counts and numbers stay.
    #[must_use]
    pub fn without_patients(mut self) -> Self {
        self.sample.clear();
        self.without_raw()
    }

    /// The same without the raw text of rejected records.
    #[must_use]
    pub fn without_raw(mut self) -> Self {
        self.rejects.iter_mut().for_each(|rejects| rejects.raw.clear());
        self
    }
}

/// Records that are rejected for one reason.
#[derive(Debug, Default, Serialize)]
pub struct Rejects {
    /// The warehouse column; absent where the whole record is wrong.
    pub column: Option<String>,
    /// What is wrong, without the value.
    pub reason: String,
    /// How many.
    pub count: i64,
    /// Numbers of the first of them.
    pub records: Vec<i32>,
    /// Raw text of the first of them. Patients' data.
    pub raw: Vec<String>,
}

/// A difference of the header.
#[derive(Debug, Serialize)]
pub struct Drift {
    /// `unmapped_column`, `doubled_column` or `missing_column`.
    pub kind: &'static str,
    /// The header.
    pub header: String,
}

/// A record as the file has it and as the warehouse would. Patients' data.
#[derive(Debug, Serialize)]
pub struct BeforeAfter {
    /// Number of the record.
    pub record: i32,
    /// Header and field.
    pub before: Vec<(String, String)>,
    /// Warehouse column and value; absent where there is none.
    pub after: Values,
}

/// Reads a file as it would be loaded, keeping so many records before and after.
pub fn check(subject: &Subject, maps: &MapSet, sample: usize) -> Result<Preview, CheckError> {
    let mut seen = Seen::default();
    let opened = parse::read(&subject.origin, maps, subject.bytes()?, |chunk| {
        seen.take(&subject.origin, chunk, sample);
        true
    })?;
    let drift = opened.drift.into_iter().map(|drift| Drift { kind: drift.kind, header: drift.header });
    let rejected = seen.rejects.values().map(|rejects| rejects.count).sum();
    Ok(Preview {
        key: subject.origin.key.clone(),
        feed: subject.origin.feed.clone(),
        map_version: opened.map_version,
        records: seen.taken + seen.skipped + rejected,
        taken: seen.taken,
        skipped: seen.skipped,
        rejected,
        rejects: seen.rejects.into_values().collect(),
        drift: drift.collect(),
        sample: before_after(subject, maps, seen.first)?,
    })
}

#[derive(Default)]
struct Seen {
    taken: i64,
    skipped: i64,
    rejects: BTreeMap<(Option<String>, String), Rejects>,
    first: Vec<(i32, Values)>,
}

impl Seen {
    fn take(&mut self, origin: &Origin, chunk: Chunk, sample: usize) {
        self.taken += chunk.rows.len() as i64;
        self.skipped += chunk.skipped;
        let room = sample.saturating_sub(self.first.len());
        self.first.extend(chunk.rows.iter().take(room).map(|row| (row.record, shown::values(origin, &chunk, row))));
        for reject in chunk.rejects {
            let key = (reject.column.clone(), reject.reason.clone());
            let new = || Rejects { column: reject.column.clone(), reason: reject.reason.clone(), ..Rejects::default() };
            let rejects = self.rejects.entry(key).or_insert_with(new);
            rejects.count += 1;
            if rejects.records.len() < NUMBERS {
                rejects.records.push(reject.record);
                rejects.raw.push(reject.raw);
            }
        }
    }
}

fn before_after(subject: &Subject, maps: &MapSet, rows: Vec<(i32, Values)>) -> Result<Vec<BeforeAfter>, CheckError> {
    let Some((last, _)) = rows.last() else { return Ok(Vec::new()) };
    let raw = parse::sample(&subject.origin, maps, subject.bytes()?, *last as usize)?;
    let pair = |(record, after): (i32, Values)| {
        let fields = raw.records.get(record as usize - 1).cloned().unwrap_or_default();
        BeforeAfter { record, before: raw.header.iter().cloned().zip(fields).collect(), after }
    };
    Ok(rows.into_iter().map(pair).collect())
}
