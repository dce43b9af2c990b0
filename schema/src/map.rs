//! Column maps: versioned data that say which header of a file becomes which column of the warehouse, and how.
//!
//! Invariant: which map reads an object is a pure function of its header, key, order and the set of maps, the same at load
//! and at replay. A file whose header fits no map is held; nothing of it is guessed.

mod check;
mod choose;
mod column;
mod delimiter;
mod fields;
mod formats;
mod load;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use globset::GlobMatcher;

pub use choose::{Binding, Header, HeaderDrift, Held};
pub use column::{Column, Combine, Compute, Condition, How, Kind, Part, Prefer, Unknown};
pub use fields::{Field, field_of, fields};
pub use formats::{DATE_TIMES, DATES, TIMES, ambiguous, reads_date, reads_date_time, reads_time};
pub use load::{MapError, MapSet, parse, read_files};

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
    /// What separates two fields of a record.
    pub delimiter: u8,
    /// Texts that mean "nothing".
    pub nulls: Vec<String>,
    /// A record is read where all of these hold, and skipped otherwise.
    pub keep: Vec<Condition>,
    /// By name of the warehouse column.
    pub columns: BTreeMap<String, Column>,
    /// Where the map comes from.
    pub origin: MapOrigin,
    /// The file, as it was written.
    pub text: String,
}

impl ColumnMap {
    /// Whether the map is in force for this key and order.
    pub fn applies(&self, key: &str, order_time: DateTime<Utc>) -> bool {
        self.applies_from.is_none_or(|from| from <= order_time)
            && self.keys.as_ref().is_none_or(|keys| keys.is_match(key))
    }
}

/// Where a map comes from. A later one of these replaces an earlier one of the same feed and version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum MapOrigin {
    /// Compiled in.
    Shipped(&'static str),
    /// A file in the directory of ops.
    File(String),
    /// Approved, and kept in the warehouse.
    Approved,
}

impl std::fmt::Display for MapOrigin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Shipped(_) => f.write_str("shipped"),
            Self::File(path) => f.write_str(path),
            Self::Approved => f.write_str("approved"),
        }
    }
}
