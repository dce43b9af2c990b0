//! Fields as `COPY … (FORMAT binary)` takes them: a third of what the text form costs Postgres.
//!
//! The layouts are those of the types' binary output; see "COPY, Binary Format" in the manual of Postgres.

use chrono::{DateTime, NaiveDate, Utc};

/// Microseconds from 1970 to 2000, where Postgres counts from.
const EPOCH_MICROS: i64 = 946_684_800_000_000;
/// Days from 1970 to 2000.
const EPOCH_DAYS: i32 = 10_957;
/// Type number of `text`.
const TEXT: i32 = 25;

/// What every binary copy begins with: signature, flags, no extension.
pub(crate) const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// What every binary copy ends with.
pub(crate) const TRAILER: &[u8] = &[0xff, 0xff];

/// Begins a row of this many fields.
pub(crate) fn row(bytes: &mut Vec<u8>, fields: u16) {
    bytes.extend_from_slice(&fields.to_be_bytes());
}

pub(crate) fn null(bytes: &mut Vec<u8>) {
    bytes.extend_from_slice(&(-1_i32).to_be_bytes());
}

fn field(bytes: &mut Vec<u8>, value: &[u8]) {
    bytes.extend_from_slice(&(value.len() as i32).to_be_bytes());
    bytes.extend_from_slice(value);
}

pub(crate) fn text(bytes: &mut Vec<u8>, value: Option<&str>) {
    match value {
        Some(value) => field(bytes, value.as_bytes()),
        None => null(bytes),
    }
}

pub(crate) fn json(bytes: &mut Vec<u8>, value: Option<&str>) {
    let Some(value) = value else { return null(bytes) };
    bytes.extend_from_slice(&(value.len() as i32 + 1).to_be_bytes());
    bytes.push(1);
    bytes.extend_from_slice(value.as_bytes());
}

pub(crate) fn texts(bytes: &mut Vec<u8>, values: &[String]) {
    let mut array = Vec::with_capacity(12);
    let header = if values.is_empty() { vec![0, 0, TEXT] } else { vec![1, 0, TEXT, values.len() as i32, 1] };
    for number in header {
        array.extend_from_slice(&i32::to_be_bytes(number));
    }
    for value in values {
        field(&mut array, value.as_bytes());
    }
    field(bytes, &array);
}

pub(crate) fn boolean(bytes: &mut Vec<u8>, value: bool) {
    field(bytes, &[u8::from(value)]);
}

pub(crate) fn integer(bytes: &mut Vec<u8>, value: i32) {
    field(bytes, &value.to_be_bytes());
}

pub(crate) fn bigint(bytes: &mut Vec<u8>, value: i64) {
    field(bytes, &value.to_be_bytes());
}

pub(crate) fn uuid(bytes: &mut Vec<u8>, value: &[u8; 16]) {
    field(bytes, value);
}

pub(crate) fn date(bytes: &mut Vec<u8>, value: Option<NaiveDate>) {
    match value {
        Some(value) => integer(bytes, value.to_epoch_days() - EPOCH_DAYS),
        None => null(bytes),
    }
}

pub(crate) fn instant(bytes: &mut Vec<u8>, value: Option<DateTime<Utc>>) {
    match value {
        Some(value) => bigint(bytes, value.timestamp_micros() - EPOCH_MICROS),
        None => null(bytes),
    }
}
