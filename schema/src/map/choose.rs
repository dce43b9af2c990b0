//! Chooses the map that reads an object, and binds its columns to places in the header.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{ColumnMap, MapSet};

/// A map bound to one header.
#[derive(Debug, Clone)]
pub struct Binding<'a> {
    /// The map that reads the object.
    pub map: &'a ColumnMap,
    /// Place in the header of each header name that the map accepts, in lower case.
    pub places: BTreeMap<String, usize>,
    /// Headers that the map does not name, each under a name of its own, with their places.
    pub unmapped: Vec<(String, usize)>,
    /// What is different from the header that the map describes.
    pub drift: Vec<HeaderDrift>,
}

impl<'a> Binding<'a> {
    /// What a map knows of a header, though it may not be able to read it. The first of two columns of one name counts.
    pub fn of_known(map: &'a ColumnMap, header: &[String]) -> Self {
        let accepted: Vec<String> = accepted(map).collect();
        let mut binding = Self { map, places: BTreeMap::new(), unmapped: Vec::new(), drift: Vec::new() };
        for (place, name) in header.iter().enumerate() {
            if accepted.contains(&normal(name)) {
                binding.places.entry(normal(name)).or_insert(place);
            } else {
                binding.unmapped.push((name.trim().to_owned(), place));
            }
        }
        binding
    }

    /// The place of the first of these header names that the file has.
    pub fn place(&self, headers: &[String]) -> Option<usize> {
        headers.iter().find_map(|header| self.places.get(&normal(header)).copied())
    }
}

/// The header of a file, and what it was split by.
#[derive(Debug, Clone, Copy)]
pub struct Header<'a> {
    /// Its names.
    pub names: &'a [String],
    /// What stands between them.
    pub delimiter: u8,
}

/// A header that differs from what the map describes, though the file can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderDrift {
    /// `unmapped_column`, `doubled_column` or `missing_column`.
    pub kind: &'static str,
    /// The header; of a doubled one that the map does not name, the name under which it is kept.
    pub header: String,
}

/// Why no map may read an object.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Held {
    /// No map is in force for the feed, the key and the order.
    #[error("no column map of feed {0} applies to this key and order: approve one, or add it to the maps directory")]
    NoMap(String),
    /// Columns that the map needs are missing.
    #[error(
        "missing column {missing} (map v{version}){unknown}: upload the file with it, or approve a column map that reads this header (wardwatch-ingest map suggest)"
    )]
    Missing {
        /// Closest map.
        version: i32,
        /// The headers.
        missing: String,
        /// Headers that the map does not name, one of which may be the missing one.
        unknown: String,
    },
    /// The first line holds no column of the map. It may be a record, and is never quoted.
    #[error(
        "no column of the map (v{version}) stands in the first line: upload the file with its header, or approve a column map that reads it, written by hand"
    )]
    NoHeader {
        /// Closest map.
        version: i32,
    },
    /// A mapped column stands twice in the header.
    #[error(
        "column {0} stands more than once in the header: which one is right cannot be guessed; upload the file with one of them"
    )]
    Doubled(String),
}

impl MapSet {
    /// The one map of this feed and version, if it is still there: reads as an object was read that it read.
    #[must_use]
    pub fn only(&self, feed: &str, version: i32) -> Self {
        let same = |map: &&ColumnMap| map.feed == feed && map.version == version;
        Self { maps: self.maps.iter().filter(same).cloned().collect() }
    }

    /// The map that reads an object of this feed, header, key and order.
    ///
    /// Of the maps in force that have the file's delimiter, the one that knows most of the header, then the newest
    /// version.
    pub fn choose(
        &self,
        feed: &str,
        header: Header<'_>,
        key: &str,
        order_time: DateTime<Utc>,
    ) -> Result<Binding<'_>, Held> {
        let mut maps = self.splitting_alike(feed, header, key, order_time);
        maps.sort_by_key(|map| std::cmp::Reverse((known_headers(map, header.names), map.version)));
        let bound = maps.iter().map(|map| bind(map, header.names)).find(Result::is_ok);
        bound.unwrap_or_else(|| match self.closest(feed, header, key, order_time) {
            Some(closest) => bind(closest, header.names),
            None => Err(Held::NoMap(feed.to_owned())),
        })
    }

    /// The map that knows most of a header and misses least, whether it can read it or not.
    pub fn closest(&self, feed: &str, header: Header<'_>, key: &str, order_time: DateTime<Utc>) -> Option<&ColumnMap> {
        let closeness = |map: &&ColumnMap| {
            let known = known_headers(map, header.names);
            (known, std::cmp::Reverse(groups(map).count().saturating_sub(known)), map.version)
        };
        self.splitting_alike(feed, header, key, order_time).into_iter().max_by_key(closeness)
    }

    /// The maps in force that have the file's delimiter.
    fn splitting_alike(&self, feed: &str, header: Header<'_>, key: &str, order_time: DateTime<Utc>) -> Vec<&ColumnMap> {
        self.applying(feed, key, order_time).filter(|map| map.delimiter == header.delimiter).collect()
    }

    pub(super) fn applying<'s, 'k>(
        &'s self,
        feed: &'k str,
        key: &'k str,
        order_time: DateTime<Utc>,
    ) -> impl Iterator<Item = &'s ColumnMap> + use<'s, 'k> {
        self.maps.iter().filter(move |map| map.feed == feed && map.applies(key, order_time))
    }
}

/// A header name as it is compared.
pub(super) fn normal(header: &str) -> String {
    header.trim().to_lowercase()
}

/// The groups of header names that a map wants, those of its columns first.
fn groups(map: &ColumnMap) -> impl Iterator<Item = &[String]> {
    let columns = map.columns.values().flat_map(|column| column.header_groups());
    columns.chain(map.keep.iter().map(|condition| condition.headers.as_slice()))
}

fn accepted(map: &ColumnMap) -> impl Iterator<Item = String> {
    groups(map).flatten().map(|header| normal(header))
}

pub(super) fn known_headers(map: &ColumnMap, header: &[String]) -> usize {
    let accepted: Vec<String> = accepted(map).collect();
    header.iter().filter(|name| accepted.contains(&normal(name))).count()
}

fn bind<'a>(map: &'a ColumnMap, header: &[String]) -> Result<Binding<'a>, Held> {
    let accepted: Vec<String> = accepted(map).collect();
    let mut places = BTreeMap::new();
    let mut unmapped = Vec::new();
    for (place, name) in header.iter().enumerate() {
        if !accepted.contains(&normal(name)) {
            unmapped.push((own_name(name.trim(), &unmapped), place));
        } else if places.insert(normal(name), place).is_some() {
            return Err(Held::Doubled(normal(name)));
        }
    }
    if places.is_empty() {
        return Err(Held::NoHeader { version: map.version });
    }
    let missing = missing_headers(map, &places)?;
    let refused = missing.iter().any(|(needed, _)| *needed) || (!missing.is_empty() && !unmapped.is_empty());
    if refused {
        return Err(held_for(map, &missing, &unmapped));
    }
    let drift = drift(&missing, &unmapped, header);
    Ok(Binding { map, places, unmapped, drift })
}

/// A name under which a column that the map does not name is kept. The second of one header gets another one than the first:
/// nothing that either says is lost.
fn own_name(header: &str, known: &[(String, usize)]) -> String {
    let numbered = (2..).map(|number| format!("{header} ({number})"));
    let mut names = std::iter::once(header.to_owned()).chain(numbered);
    names.find(|name| known.iter().all(|(other, _)| other != name)).unwrap_or_default()
}

/// The headers of the map that the file lacks, each with whether the file is held for it. A column of which two accepted
/// names are present is doubled.
fn missing_headers(map: &ColumnMap, places: &BTreeMap<String, usize>) -> Result<Vec<(bool, String)>, Held> {
    let mut missing: Vec<(bool, String)> = Vec::new();
    for column in map.columns.values() {
        let is_needed = column.required || column.expected || !column.joined_headers().is_empty();
        for group in column.header_groups() {
            note_missing(&mut missing, group, places, is_needed)?;
        }
    }
    // Without the column that a condition asks for, nobody knows which records to keep.
    for condition in &map.keep {
        note_missing(&mut missing, &condition.headers, places, true)?;
    }
    Ok(missing)
}

fn note_missing(
    missing: &mut Vec<(bool, String)>,
    group: &[String],
    places: &BTreeMap<String, usize>,
    is_needed: bool,
) -> Result<(), Held> {
    match group.iter().filter(|header| places.contains_key(&normal(header))).count() {
        0 if missing.iter().any(|(_, header)| *header == group[0]) => {}
        0 => missing.push((is_needed, group[0].clone())),
        1 => {}
        _ => return Err(Held::Doubled(group[0].clone())),
    }
    Ok(())
}

fn held_for(map: &ColumnMap, missing: &[(bool, String)], unmapped: &[(String, usize)]) -> Held {
    let names: Vec<&str> = missing.iter().map(|(_, header)| header.as_str()).collect();
    let unknown: Vec<&str> = unmapped.iter().map(|(header, _)| header.as_str()).collect();
    let unknown = if unknown.is_empty() { String::new() } else { format!(", unknown column {}", unknown.join(", ")) };
    Held::Missing { version: map.version, missing: names.join(", "), unknown }
}

fn drift(missing: &[(bool, String)], unmapped: &[(String, usize)], header: &[String]) -> Vec<HeaderDrift> {
    let missing = missing.iter().map(|(_, header)| HeaderDrift { kind: "missing_column", header: header.clone() });
    let unmapped = unmapped.iter().map(|(name, place)| {
        let kind = if header[*place].trim() == name { "unmapped_column" } else { "doubled_column" };
        HeaderDrift { kind, header: name.clone() }
    });
    missing.chain(unmapped).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENTS: &str =
        "patient_id,first_name,last_name,date_of_birth,primary_physician,insurance_provider,blood_type,allergies";

    fn choose(header: &str) -> Result<(i32, Vec<HeaderDrift>), Held> {
        let header: Vec<String> = header.split(',').map(str::to_owned).collect();
        let maps = MapSet::load(None).unwrap();
        let order = "2026-11-21T00:00:00Z".parse().unwrap();
        let header = Header { names: &header, delimiter: b',' };
        let binding = maps.choose("pms.patient_information", header, "patient_information.csv", order)?;
        Ok((binding.map.version, binding.drift))
    }

    #[test]
    fn the_documented_header_is_read_without_drift() {
        assert_eq!(choose(PATIENTS), Ok((1, vec![])));
    }

    #[test]
    fn another_case_and_order_are_read_without_drift() {
        let mut header: Vec<String> = PATIENTS.to_uppercase().split(',').map(str::to_owned).collect();
        header.reverse();
        assert_eq!(choose(&header.join(",")), Ok((1, vec![])));
    }

    #[test]
    fn how_to_reach_a_patient_is_read_by_version_2_where_all_of_it_stands_there() {
        assert_eq!(choose(&format!("{PATIENTS},address,phone,email")), Ok((2, vec![])));
        let drift = HeaderDrift { kind: "unmapped_column", header: "email".to_owned() };
        assert_eq!(choose(&format!("{PATIENTS},email")), Ok((1, vec![drift])));
    }

    #[test]
    fn an_added_column_is_read_and_reported() {
        let drift = HeaderDrift { kind: "unmapped_column", header: "ward".to_owned() };
        assert_eq!(choose(&format!("{PATIENTS},ward")), Ok((1, vec![drift])));
    }

    #[test]
    fn an_added_column_that_stands_twice_is_read_twice_and_reported() {
        let told = |kind, header: &str| HeaderDrift { kind, header: header.to_owned() };
        let drift = vec![
            told("unmapped_column", "ward"),
            told("doubled_column", "ward (2)"),
            told("doubled_column", "ward (2) (2)"),
            told("doubled_column", "ward (3)"),
        ];
        assert_eq!(choose(&format!("{PATIENTS},ward,ward,ward (2), ward")), Ok((1, drift)));
    }

    #[test]
    fn a_missing_optional_column_is_read_and_reported() {
        let drift = HeaderDrift { kind: "missing_column", header: "insurance_provider".to_owned() };
        assert_eq!(choose(&PATIENTS.replace(",insurance_provider", "")), Ok((1, vec![drift])));
    }

    #[test]
    fn a_missing_needed_column_holds_the_file() {
        for needed in ["patient_id,", ",allergies"] {
            assert!(matches!(choose(&PATIENTS.replace(needed, "")), Err(Held::Missing { .. })), "{needed}");
        }
    }

    #[test]
    fn a_renamed_column_holds_the_file_even_where_it_is_optional() {
        assert!(matches!(choose(&PATIENTS.replace("blood_type", "blood_group")), Err(Held::Missing { .. })));
    }

    #[test]
    fn a_doubled_column_holds_the_file() {
        assert_eq!(choose(&format!("{PATIENTS},patient_id")), Err(Held::Doubled("patient_id".to_owned())));
    }

    #[test]
    fn an_unknown_feed_is_held() {
        let maps = MapSet::load(None).unwrap();
        let order = "2026-11-21T00:00:00Z".parse().unwrap();
        assert!(matches!(
            maps.choose("lis.other", Header { names: &[], delimiter: b',' }, "x.csv", order),
            Err(Held::NoMap(_))
        ));
    }
}
