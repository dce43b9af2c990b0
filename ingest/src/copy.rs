//! Fields as `COPY … (FORMAT binary)` takes them: a third of what the text form costs Postgres.
//!
//! The layouts are those of the types' binary output; see "COPY, Binary Format" in the manual of Postgres.

use chrono::{DateTime, NaiveDate, Utc};
use futures::TryStreamExt;
use sqlx::PgConnection;

/// Microseconds from 1970 to 2000, where Postgres counts from.
const EPOCH_MICROS: i64 = 946_684_800_000_000;
/// Days from 1970 to 2000.
const EPOCH_DAYS: i32 = 10_957;
/// The sign of a negative `numeric`.
const NEGATIVE: i16 = 0x4000;
/// Type number of `text`.
const TEXT: i32 = 25;
/// Type number of `integer`.
pub(crate) const INTEGER: i32 = 23;
/// Type number of `bigint`.
pub(crate) const BIGINT: i32 = 20;
/// Type number of `timestamptz`.
pub(crate) const TIMESTAMPTZ: i32 = 1184;
/// Type number of `uuid`.
pub(crate) const UUID: i32 = 2950;

/// What every binary copy begins with: signature, flags, no extension.
pub(crate) const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// What every binary copy ends with.
pub(crate) const TRAILER: &[u8] = &[0xff, 0xff];

/// Reads what a `COPY … TO STDOUT (FORMAT binary)` tells. `take` is given bytes from the beginning of a row on, and says how
/// many of them were whole rows.
pub(crate) async fn read(
    connection: &mut PgConnection,
    statement: &str,
    mut take: impl FnMut(&[u8]) -> usize,
) -> Result<(), sqlx::Error> {
    let mut messages = connection.copy_out_raw(statement).await?;
    let (mut unread, mut header) = (Vec::new(), HEADER.len());
    while let Some(message) = messages.try_next().await? {
        unread.extend_from_slice(&message);
        let skipped = header.min(unread.len());
        header -= skipped;
        let taken = skipped + take(&unread[skipped..]);
        unread.drain(..taken);
    }
    Ok(())
}

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
    array(bytes, TEXT, values, |bytes, value| text(bytes, Some(value)));
}

/// An array of a type, each element written as a field of it.
pub(crate) fn array<T>(bytes: &mut Vec<u8>, of: i32, values: &[T], mut element: impl FnMut(&mut Vec<u8>, &T)) {
    let start = bytes.len();
    bytes.extend_from_slice(&[0; 4]);
    let header = if values.is_empty() { vec![0, 0, of] } else { vec![1, 0, of, values.len() as i32, 1] };
    for number in header {
        bytes.extend_from_slice(&i32::to_be_bytes(number));
    }
    for value in values {
        element(bytes, value);
    }
    let length = (bytes.len() - start - 4) as i32;
    bytes[start..start + 4].copy_from_slice(&length.to_be_bytes());
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

/// Whether [`numeric`] can write this decimal number: every one without an exponent.
pub(crate) fn is_plain(decimal: &str) -> bool {
    !decimal.contains(['e', 'E'])
}

/// A plain decimal number: its digits in groups of four, and how many of them stand before and after the point.
pub(crate) fn numeric(bytes: &mut Vec<u8>, decimal: Option<&str>) {
    let Some(decimal) = decimal else { return null(bytes) };
    let (sign, digits) = match decimal.strip_prefix('-') {
        Some(digits) => (NEGATIVE, digits),
        None => (0, decimal.strip_prefix('+').unwrap_or(decimal)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let whole_groups = whole.len().div_ceil(4);
    let padded =
        format!("{whole:0>width$}{fraction:0<rest$}", width = whole_groups * 4, rest = fraction.len().div_ceil(4) * 4);
    let groups: Vec<i16> = padded.as_bytes().chunks(4).map(group).collect();
    let leading = groups.iter().take_while(|group| **group == 0).count();
    let trailing = groups[leading..].iter().rev().take_while(|group| **group == 0).count();
    let groups = &groups[leading..groups.len() - trailing];
    let weight = whole_groups as i16 - 1 - leading as i16;
    let mut value = Vec::with_capacity(8 + groups.len() * 2);
    for part in [groups.len() as i16, weight, sign, fraction.len() as i16].iter().chain(groups) {
        value.extend_from_slice(&part.to_be_bytes());
    }
    field(bytes, &value);
}

fn group(digits: &[u8]) -> i16 {
    digits.iter().fold(0, |number, digit| number * 10 + i16::from(digit - b'0'))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_groups_of_four_digits() {
        let written = |decimal| {
            let mut bytes = Vec::new();
            numeric(&mut bytes, Some(decimal));
            let parts: Vec<i16> = bytes[4..].chunks(2).map(|part| i16::from_be_bytes([part[0], part[1]])).collect();
            (parts[1], parts[2], parts[3], parts[4..].to_vec())
        };
        assert_eq!(written("0.8887474439"), (-1, 0, 10, vec![8887, 4744, 3900]));
        assert_eq!(written("-20500.0025"), (1, NEGATIVE, 4, vec![2, 500, 25]));
        assert_eq!(written("+.5"), (-1, 0, 1, vec![5000]));
        assert_eq!(written("5."), (0, 0, 0, vec![5]));
        assert_eq!(written("0010000"), (1, 0, 0, vec![1]));
        assert_eq!(written("0.00001"), (-2, 0, 5, vec![1000]));
        assert_eq!(written("0.00").3, Vec::<i16>::new());
    }
}
