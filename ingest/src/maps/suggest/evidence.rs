//! Gathers what speaks for each column of the map being this or that column of the file.

use std::collections::BTreeSet;
use std::time::Duration;

use sqlx::{AssertSqlSafe, PgPool};
use wardwatch_schema::map::{Binding, Column, ColumnMap};

use super::names::nearness;
use super::shape::{Detected, Says, Share, accepted, detect};
use crate::parse::{Origin, Sample};
use crate::table::Table;

/// Distinct values that the warehouse is asked for.
const ASKED: usize = 200;
/// The warehouse must answer within this time, or the evidence is left out.
const PATIENCE: Duration = Duration::from_secs(10);

/// Which part of a column the text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// The column itself.
    Own,
    /// The date of a timestamp.
    Date,
    /// The time of a timestamp.
    Time,
    /// One of those that are combined or computed from, or that a condition asks for.
    Joined(usize),
}

/// A text that the map wants, and the columns of the file that it may be.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    /// The warehouse column; empty for a condition.
    pub(super) column: String,
    pub(super) part: Part,
    /// The headers that the map accepts.
    pub(super) headers: Vec<String>,
    /// The header by which the file has it already.
    pub(super) present: Option<String>,
    /// The file is held without it.
    pub(super) is_needed: bool,
    /// Where it is present: how many values the formats read, and what else they are.
    pub(super) formats: Option<(Share, Detected)>,
    /// Where it is absent: what it may be.
    pub(super) candidates: Vec<Candidate>,
}

/// A column of the file that the map does not name, as the one that is wanted.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) header: String,
    pub(super) name: f64,
    pub(super) shape: Option<Share>,
    pub(super) detected: Option<Detected>,
    pub(super) known: Option<Share>,
}

/// All that the map wants, with the evidence.
pub(super) async fn gather(
    origin: &Origin,
    base: &ColumnMap,
    sample: &Sample,
    pool: Option<&PgPool>,
) -> Result<Vec<Wanted>, sqlx::Error> {
    let binding = Binding::of_known(base, &sample.header);
    let mut wanted = wanted(base);
    for want in &mut wanted {
        let column = base.columns.get(&want.column);
        let nulls = column.and_then(|column| column.nulls.as_ref()).unwrap_or(&base.nulls);
        let values_at = |place: usize| values(sample, place, nulls);
        if let Some(place) = binding.place(&want.headers) {
            want.present = Some(sample.header[place].trim().to_owned());
            want.formats = column.and_then(|column| formats(want.part, column, &values_at(place)));
            continue;
        }
        for (header, place) in &binding.unmapped {
            let values = values_at(*place);
            let known = match (pool, want.part) {
                (Some(pool), Part::Own) => known(pool, origin, &want.column, &values).await?,
                _ => None,
            };
            want.candidates.push(candidate(want, header, column, &values, known));
        }
    }
    Ok(wanted)
}

fn wanted(base: &ColumnMap) -> Vec<Wanted> {
    let want = |column: &str, part: Part, headers: &[String], is_needed: bool| Wanted {
        column: column.to_owned(),
        part,
        headers: headers.to_vec(),
        present: None,
        is_needed,
        formats: None,
        candidates: Vec::new(),
    };
    let mut all = Vec::new();
    for (name, column) in &base.columns {
        let is_needed = column.required || column.expected;
        if !column.headers.is_empty() {
            all.push(want(name, Part::Own, &column.headers, is_needed));
        }
        for (place, header) in column.joined_headers().chunks(1).enumerate() {
            all.push(want(name, Part::Joined(place), header, true));
        }
        for (part, said) in [(Part::Date, &column.date), (Part::Time, &column.time)] {
            all.extend(said.iter().map(|said| want(name, part, &said.headers, is_needed)));
        }
    }
    let conditions = base.keep.iter().enumerate();
    all.extend(conditions.map(|(place, condition)| want("", Part::Joined(place), &condition.headers, true)));
    all
}

fn values<'s>(sample: &'s Sample, place: usize, nulls: &[String]) -> Vec<&'s str> {
    let texts = sample.records.iter().filter_map(|record| record.get(place)).map(|text| text.trim());
    texts.filter(|text| !nulls.iter().any(|null| null == text)).collect()
}

fn says_and_formats(part: Part, column: &Column) -> (Says, &[String]) {
    match (part, &column.date, &column.time) {
        (Part::Date, Some(date), _) => (Says::Date, &date.formats),
        (Part::Time, _, Some(time)) => (Says::Time, &time.formats),
        (Part::Joined(_), _, _) => (Says::Text, &[]),
        _ => (Says::of(column), &column.formats),
    }
}

/// For dates and times that are present: how many values are read, and in which format all of them are written.
fn formats(part: Part, column: &Column, values: &[&str]) -> Option<(Share, Detected)> {
    let (says, formats) = says_and_formats(part, column);
    if !matches!(says, Says::Date | Says::Time | Says::DateTime) {
        return None;
    }
    Some((accepted(says, column, formats, values)?, detect(says, values)))
}

fn candidate(want: &Wanted, header: &str, column: Option<&Column>, values: &[&str], known: Option<Share>) -> Candidate {
    let name = want.headers.iter().map(|old| nearness(old, header)).fold(0.0, f64::max);
    let mut candidate = Candidate { header: header.to_owned(), name, shape: None, detected: None, known };
    if let Some(column) = column {
        let (says, formats) = says_and_formats(want.part, column);
        candidate.shape = accepted(says, column, formats, values);
        let is_other = candidate.shape.is_some_and(|shape| !shape.is_all());
        if is_other && matches!(says, Says::Date | Says::Time | Says::DateTime) {
            candidate.detected = Some(detect(says, values));
        }
    }
    candidate
}

/// How many of the distinct values the warehouse has in this column already. Only texts are asked for.
async fn known(pool: &PgPool, origin: &Origin, column: &str, values: &[&str]) -> Result<Option<Share>, sqlx::Error> {
    let table = Table::of(origin.target);
    let is_dated = column.ends_with("_at") || column == "date_of_birth" || column == "result_value";
    let has_it = table.key.contains(&column) || table.content.contains(&column);
    let distinct: BTreeSet<&str> = values.iter().copied().collect();
    let asked: Vec<&str> = distinct.into_iter().take(ASKED).collect();
    if is_dated || !has_it || asked.is_empty() {
        return Ok(None);
    }
    // The names of table and column are constants of `table.rs`, not of the file.
    let statement = format!(
        "SELECT count(*) FROM unnest($1::text[]) AS asked (text)
         WHERE EXISTS (SELECT FROM warehouse.{} AS known WHERE known.{column} = asked.text)",
        table.name
    );
    let counted = sqlx::query_scalar::<_, i64>(AssertSqlSafe(statement)).bind(&asked).fetch_one(pool);
    match tokio::time::timeout(PATIENCE, counted).await {
        Ok(count) => Ok(Some(Share { of: asked.len(), count: count? as usize })),
        Err(_) => Ok(None),
    }
}
