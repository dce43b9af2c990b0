//! What separates the fields of a file, where the maps of its feed do not agree.
//!
//! Invariant: a pure function of the first line, key, order and the set of maps, like the choice of the map itself.

use chrono::{DateTime, Utc};

use super::choose::{known_headers, normal};
use super::{ColumnMap, MapSet};

/// What separates fields where no map says otherwise.
pub(super) const COMMA: u8 = b',';

impl MapSet {
    /// The delimiters of the maps that apply to an object, the newest map's first; a comma where none applies.
    pub fn delimiters(&self, feed: &str, key: &str, order_time: DateTime<Utc>) -> Vec<u8> {
        let mut maps: Vec<&ColumnMap> = self.applying(feed, key, order_time).collect();
        maps.sort_by_key(|map| std::cmp::Reverse(map.version));
        let mut delimiters = Vec::new();
        for map in maps {
            if !delimiters.contains(&map.delimiter) {
                delimiters.push(map.delimiter);
            }
        }
        if delimiters.is_empty() { vec![COMMA] } else { delimiters }
    }

    /// The delimiter by which the maps know most of the first line; of equal ones the newest map's.
    pub fn delimiter(&self, feed: &str, first_line: &str, key: &str, order_time: DateTime<Utc>) -> u8 {
        let known = |delimiter: u8| {
            let header: Vec<String> = split(first_line, delimiter);
            let maps = self.applying(feed, key, order_time).filter(|map| map.delimiter == delimiter);
            maps.map(|map| known_headers(map, &header)).max().unwrap_or_default()
        };
        let delimiters = self.delimiters(feed, key, order_time);
        // `max_by_key` keeps the last of equal ones.
        delimiters.into_iter().rev().max_by_key(|delimiter| known(*delimiter)).unwrap_or(COMMA)
    }
}

fn split(line: &str, delimiter: u8) -> Vec<String> {
    line.split(char::from(delimiter)).map(|name| normal(name.trim().trim_matches('"'))).collect()
}
