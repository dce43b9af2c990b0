//! Column maps: versioned data that say which header of a file becomes which column of the warehouse, and how.
//!
//! Invariant: which map reads an object is a pure function of its header, key, order and the set of maps, the same at load
//! and at replay. A file whose header fits no map is held; nothing of it is guessed.

mod choose;
mod load;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use globset::GlobMatcher;
use serde::Deserialize;

pub use choose::{Binding, HeaderDrift, Held};
pub use load::{MapError, MapSet};

/// One version of the column map of one feed.
#[derive(Debug, Clone)]
pub struct ColumnMap {
    /// Feed that the map reads.
    pub feed: String,
    /// Version, from 1.
    pub version: i32,
    /// The map reads objects of this order time and later; `None`: all.
    pub applies_from: Option<DateTime<Utc>>,
    /// The map reads these keys only; `None`: all.
    pub keys: Option<GlobMatcher>,
    /// Texts that mean "nothing".
    pub nulls: Vec<String>,
    /// By name of the warehouse column.
    pub columns: BTreeMap<String, Column>,
}

/// How one warehouse column is read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Header names accepted, whatever their case. Empty for a timestamp, whose parts name theirs.
    #[serde(default)]
    pub headers: Vec<String>,
    /// What the text is read as.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// Formats of a date, tried in their order (as `strftime` writes them).
    #[serde(default)]
    pub formats: Vec<String>,
    /// A record without a value here is quarantined; a file without the header is held.
    #[serde(default)]
    pub required: bool,
    /// A file without the header is held, though a record may have no value.
    #[serde(default)]
    pub expected: bool,
    /// Texts that mean "nothing" in this column, in place of the map's.
    pub nulls: Option<Vec<String>>,
    /// Values allowed in an enumeration, and what each becomes.
    #[serde(default)]
    pub values: BTreeMap<String, String>,
    /// Which instant is taken where the wall clock leaves a choice.
    #[serde(default)]
    pub prefer: Prefer,
    /// Date of a timestamp of two columns.
    pub date: Option<Part>,
    /// Time of a timestamp of two columns.
    pub time: Option<Part>,
}

impl Column {
    /// The groups of header names of which a file must have one each.
    pub fn header_groups(&self) -> Vec<&[String]> {
        let parts = [&self.date, &self.time].into_iter().flatten().map(|part| part.headers.as_slice());
        let own = (!self.headers.is_empty()).then_some(self.headers.as_slice());
        own.into_iter().chain(parts).collect()
    }
}

/// Date or time of a timestamp.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Header names accepted.
    pub headers: Vec<String>,
    /// Formats, tried in their order.
    pub formats: Vec<String>,
}

/// What a text is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// An identifier: text, verbatim, leading zeros and all.
    Id,
    /// Text, verbatim.
    Text,
    /// A calendar date.
    Date,
    /// An instant, from hospital wall clock in one column or two.
    Timestamp,
    /// A decimal number, kept beside its text.
    Decimal,
    /// One of a list of values.
    Enum,
}

/// Which instant is taken where a wall clock text may mean two, or a time of day is missing: the one that keeps a patient
/// listed longer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Prefer {
    /// The earlier one; a date alone is the start of the day.
    #[default]
    Earlier,
    /// The later one; a date alone is the end of the day.
    Later,
}
