//! A row that is ready for binary `COPY`, as a person reads it.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use wardwatch_schema::feed::Target;
use wardwatch_schema::map::{Kind, field_of};

use super::Values;
use crate::parse::{Chunk, Origin, Row};
use crate::table::Table;

/// Where Postgres counts from: 1 January 2000, in seconds since 1970.
const EPOCH: i64 = 946_684_800;

/// The values of a row by column.
pub(super) fn values(origin: &Origin, chunk: &Chunk, row: &Row) -> Values {
    let mut rest = chunk.fields(row);
    let mut values = Values::new();
    for name in columns(Table::of(origin.target)) {
        let Some((length, behind)) = rest.split_first_chunk() else { break };
        let length = usize::try_from(i32::from_be_bytes(*length)).ok();
        let (field, behind) = behind.split_at(length.unwrap_or_default().min(behind.len()));
        rest = behind;
        values.push((name.to_owned(), length.and_then(|_| value(origin.target, name, field))));
    }
    values
}

/// What is written of a row, in its order. The number is kept from the text of the value.
fn columns(table: &'static Table) -> impl Iterator<Item = &'static str> {
    let content = table.content.iter().filter(|name| **name != "result_value");
    table.source_key.iter().chain(content).copied().chain(["flags", "extra"])
}

fn value(target: Target, name: &str, field: &[u8]) -> Option<String> {
    let kind = field_of(target, name).and_then(|column| column.kinds.first());
    let text = |bytes: &[u8]| Some(String::from_utf8_lossy(bytes).into_owned());
    match (name, kind) {
        ("flags", _) => flags(field),
        // A format version stands before the text.
        ("extra", _) => text(field.get(1..)?),
        (_, Some(Kind::Date)) => Some(date(field)?.to_string()),
        (_, Some(Kind::Timestamp)) => Some(instant(field)?.to_rfc3339()),
        _ => text(field),
    }
}

fn date(field: &[u8]) -> Option<NaiveDate> {
    let days = i32::from_be_bytes(field.try_into().ok()?);
    DateTime::from_timestamp(EPOCH, 0)?.date_naive().checked_add_signed(Duration::days(days.into()))
}

fn instant(field: &[u8]) -> Option<DateTime<Utc>> {
    let micros = i64::from_be_bytes(field.try_into().ok()?);
    DateTime::from_timestamp(EPOCH, 0)?.checked_add_signed(Duration::microseconds(micros))
}

/// Behind five numbers (dimensions, nulls, type, length, lower bound) stand the texts.
fn flags(field: &[u8]) -> Option<String> {
    let mut rest = field.get(20..)?;
    let mut texts = Vec::new();
    while let Some((length, behind)) = rest.split_first_chunk() {
        let (text, behind) = behind.split_at_checked(u32::from_be_bytes(*length) as usize)?;
        texts.push(String::from_utf8_lossy(text).into_owned());
        rest = behind;
    }
    (!texts.is_empty()).then(|| texts.join(", "))
}
