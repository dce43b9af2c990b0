//! One chunk of records against one map: cast column by column, then judged record by record.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write;

use chrono::{DateTime, Datelike, Duration, NaiveDate, NaiveTime, Utc};
use wardwatch_schema::map::{Binding, Column, Kind};

use super::Origin;
use super::cast::{self, CastError, Texts};
use super::records::Record;
use super::row::{Reject, Row, copy_text, hash};
use super::source::{ColumnSource, Keep};
use super::wall_clock::{Assumed, instant};
use crate::table::Table;

/// How long after its object was written a test may have been performed: two clocks never agree to the second.
const CLOCK_TOLERANCE: Duration = Duration::minutes(5);
/// Longest identifier: more would not fit an index.
const LONGEST_ID: usize = 200;

/// The rows and rejects of some consecutive records.
#[derive(Debug, Default)]
pub struct Chunk {
    /// Version of the map that read them.
    pub map_version: i32,
    /// Records that were taken.
    pub rows: Vec<Row>,
    /// Records that were not.
    pub rejects: Vec<Reject>,
    /// Records that a condition of the map leaves out.
    pub skipped: i64,
}

/// A value of one record in one column.
#[derive(Debug, Clone, Default)]
struct Cell {
    text: Option<String>,
    at: Option<DateTime<Utc>>,
    flag: Option<String>,
    defect: Option<&'static str>,
}

/// Casts the records that the map keeps. One of a wrong shape is rejected, whatever its fields say.
pub(super) fn cast(origin: &Origin, binding: &Binding<'_>, mut records: Vec<Record>) -> Result<Chunk, CastError> {
    let (keep, all) = (Keep::new(binding), records.len());
    records.retain(|record| record.defect.is_some() || keep.keeps(|place| field(record, place)));
    let skipped = (all - records.len()) as i64;
    let mut columns = BTreeMap::new();
    for (name, column) in &binding.map.columns {
        columns.insert(name.as_str(), cast_column(origin, binding, name, column, &records)?);
    }
    let mut chunk = Chunk { map_version: binding.map.version, skipped, ..Chunk::default() };
    for (place, record) in records.into_iter().enumerate() {
        let cells: BTreeMap<&str, Cell> =
            columns.iter_mut().map(|(name, cells)| (*name, std::mem::take(&mut cells[place]))).collect();
        match judge(origin, binding, &record, &cells) {
            Ok(row) => chunk.rows.push(row),
            Err((column, reason)) => chunk.rejects.push(reject(record, &cells, column, reason)),
        }
    }
    Ok(chunk)
}

fn field(record: &Record, place: usize) -> Option<&str> {
    record.fields.get(place).map(String::as_str)
}

fn texts(source: &ColumnSource, records: &[Record]) -> Texts {
    records.iter().map(|record| source.text(|place| field(record, place)).map(Cow::into_owned)).collect()
}

fn cast_column(
    origin: &Origin,
    binding: &Binding<'_>,
    name: &str,
    column: &Column,
    records: &[Record],
) -> Result<Vec<Cell>, CastError> {
    let texts = texts(&ColumnSource::new(binding, column), records);
    Ok(match column.kind {
        Kind::Id => texts.into_iter().map(id).collect(),
        Kind::Text => texts.into_iter().map(|text| Cell { text, ..Cell::default() }).collect(),
        Kind::Enum => texts.into_iter().map(|text| enumerated(column, text)).collect(),
        Kind::Decimal => decimals(name, texts)?,
        Kind::Date => dates(name, column, &texts)?,
        Kind::Timestamp => timestamps(origin, binding, name, column, records, &texts)?,
    })
}

fn id(text: Option<String>) -> Cell {
    let too_long = text.as_ref().is_some_and(|text| text.len() > LONGEST_ID);
    if too_long {
        return Cell { defect: Some("is longer than 200 bytes"), ..Cell::default() };
    }
    Cell { text, ..Cell::default() }
}

fn enumerated(column: &Column, text: Option<String>) -> Cell {
    let Some(text) = text else { return Cell::default() };
    match column.values.get(&text) {
        Some(value) => Cell { text: Some(value.clone()), ..Cell::default() },
        None => Cell { defect: Some("is none of the values that the map lists"), ..Cell::default() },
    }
}

fn decimals(name: &str, texts: Texts) -> Result<Vec<Cell>, CastError> {
    let are_decimal = cast::decimals(name, &texts)?;
    let cell = |(text, is_decimal): (Option<String>, Option<bool>)| {
        let defect = (is_decimal == Some(false)).then_some("is not a decimal number");
        Cell { text, defect, ..Cell::default() }
    };
    Ok(texts.into_iter().zip(are_decimal).map(cell).collect())
}

fn dates(name: &str, column: &Column, texts: &Texts) -> Result<Vec<Cell>, CastError> {
    let dates = cast::dates(name, texts, &column.formats)?;
    let cell = |(text, date): (&Option<String>, Option<NaiveDate>)| match (text, date) {
        (None, _) => Cell::default(),
        (Some(_), Some(date)) if is_plausible(date) => Cell { text: Some(date.to_string()), ..Cell::default() },
        (Some(_), _) => Cell { defect: Some(NOT_A_DATE), ..Cell::default() },
    };
    Ok(texts.iter().zip(dates).map(cell).collect())
}

const NOT_A_DATE: &str = "is not a date in a format of the map, between 1850 and 2200";
const NOT_A_TIME: &str = "is not a time of day in a format of the map";

fn is_plausible(date: NaiveDate) -> bool {
    (1850..=2200).contains(&date.year())
}

fn timestamps(
    origin: &Origin,
    binding: &Binding<'_>,
    name: &str,
    column: &Column,
    records: &[Record],
    texts_of_one: &Texts,
) -> Result<Vec<Cell>, CastError> {
    let Some(date) = &column.date else {
        let times = cast::date_times(name, texts_of_one, &column.formats)?;
        let read = |(text, at): (&Option<String>, Option<chrono::NaiveDateTime>)| {
            let wall = at.map(|at| (at.date(), Some(at.time())));
            timestamp(origin, name, column, text.is_some(), wall)
        };
        return Ok(texts_of_one.iter().zip(times).map(read).collect());
    };
    let date_texts = texts(&ColumnSource::part(binding, column, Some(date)), records);
    let time_texts = texts(&ColumnSource::part(binding, column, column.time.as_ref()), records);
    let dates = cast::dates(name, &date_texts, &date.formats)?;
    let times = match &column.time {
        Some(time) => cast::times(name, &time_texts, &time.formats)?,
        None => vec![None; records.len()],
    };
    let read = |place: usize| match (&date_texts[place], &time_texts[place], times[place]) {
        (None, Some(_), _) => Cell { defect: Some("has a time of day but no date"), ..Cell::default() },
        (_, Some(_), None) => Cell { defect: Some(NOT_A_TIME), ..Cell::default() },
        (text, _, time) => timestamp(origin, name, column, text.is_some(), dates[place].map(|date| (date, time))),
    };
    Ok((0..records.len()).map(read).collect())
}

fn timestamp(
    origin: &Origin,
    name: &str,
    column: &Column,
    is_said: bool,
    wall: Option<(NaiveDate, Option<NaiveTime>)>,
) -> Cell {
    match wall {
        Some((date, time)) if is_plausible(date) => {
            let (at, assumed) = instant(origin.zone, date, time, column.prefer);
            let flag = if assumed == Assumed::Nothing { None } else { assumed.flag(name) };
            Cell { text: Some(at.format("%Y-%m-%d %H:%M:%S%.f+00").to_string()), at: Some(at), flag, defect: None }
        }
        None if !is_said => Cell::default(),
        _ => Cell { defect: Some(NOT_A_DATE), ..Cell::default() },
    }
}

/// The row of a record, or the column and reason for which it cannot be taken.
fn judge(
    origin: &Origin,
    binding: &Binding<'_>,
    record: &Record,
    cells: &BTreeMap<&str, Cell>,
) -> Result<Row, (Option<String>, String)> {
    if let Some(defect) = &record.defect {
        return Err((None, defect.clone()));
    }
    for (name, column) in &binding.map.columns {
        let cell = &cells[name.as_str()];
        if let Some(defect) = cell.defect {
            return Err((Some(name.clone()), defect.to_owned()));
        }
        if column.required && cell.text.is_none() {
            return Err((Some(name.clone()), "is missing".to_owned()));
        }
    }
    Ok(row(origin, binding, record, cells))
}

fn row(origin: &Origin, binding: &Binding<'_>, record: &Record, cells: &BTreeMap<&str, Cell>) -> Row {
    let table = Table::of(origin.target);
    let text = |name: &str| cells.get(name).and_then(|cell| cell.text.clone());
    let content = content(table, binding, record, cells);
    let performed_at = cells.get("performed_at").and_then(|cell| cell.at);
    Row {
        source_key: table.source_key.iter().map(|name| text(name).unwrap_or_default()).collect(),
        patient_id: text("patient_id"),
        test_id: text("test_id"),
        hash: hash(&content),
        content,
        record: record.number,
        future_dated: performed_at.is_some_and(|at| at > origin.last_modified + CLOCK_TOLERANCE),
    }
}

fn content(table: &Table, binding: &Binding<'_>, record: &Record, cells: &BTreeMap<&str, Cell>) -> String {
    let mut line = String::with_capacity(128);
    for name in table.content {
        let source = match *name {
            "stated_patient_id" => "patient_id",
            "result_value_text" => "result_value",
            other => other,
        };
        copy_text(&mut line, cells.get(source).and_then(|cell| cell.text.as_deref()));
        line.push('\t');
    }
    let flags: Vec<&str> = cells.values().filter_map(|cell| cell.flag.as_deref()).collect();
    let written = write!(line, "{{{}}}\t", flags.join(","));
    debug_assert!(written.is_ok(), "a String takes every write");
    copy_text(&mut line, extra(binding, record).as_deref());
    line
}

/// The columns that the map does not name, as JSON.
fn extra(binding: &Binding<'_>, record: &Record) -> Option<String> {
    if binding.unmapped.is_empty() {
        return None;
    }
    let value = |place: &usize| record.fields.get(*place).map(String::as_str);
    let fields: BTreeMap<&str, Option<&str>> =
        binding.unmapped.iter().map(|(header, place)| (header.as_str(), value(place))).collect();
    serde_json::to_string(&fields).ok()
}

fn reject(record: Record, cells: &BTreeMap<&str, Cell>, column: Option<String>, reason: String) -> Reject {
    let id = |name: &str| {
        let text = cells.get(name)?.text.as_ref()?;
        (!text.contains('\0')).then(|| text.clone())
    };
    Reject {
        record: record.number,
        column,
        reason,
        patient_id: id("patient_id"),
        case_number: id("case_number"),
        test_id: id("test_id"),
        result_id: id("result_id"),
        raw: record.raw,
    }
}
