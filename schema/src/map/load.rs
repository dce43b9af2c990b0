//! Reads column maps from the shipped files and from a directory of ops, and refuses what cannot be right.

use std::path::Path;

use chrono::{DateTime, Days, NaiveDate, Utc};
use globset::Glob;
use serde::Deserialize;

use super::{Column, ColumnMap, Kind};

const SHIPPED: [(&str, &str); 4] = [
    ("pms/patient_information.v1.toml", include_str!("../../maps/pms/patient_information.v1.toml")),
    ("pms/admissions.v1.toml", include_str!("../../maps/pms/admissions.v1.toml")),
    ("lis/lab_tests.v1.toml", include_str!("../../maps/lis/lab_tests.v1.toml")),
    ("lis/lab_results.v1.toml", include_str!("../../maps/lis/lab_results.v1.toml")),
];

/// Why a column map is refused.
#[derive(Debug, thiserror::Error)]
pub enum MapError {
    /// The directory or a file in it cannot be read.
    #[error("the column map {path} cannot be read: {source}")]
    Read {
        /// The directory or file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not a column map.
    #[error("the column map {path} is wrong: {reason}")]
    Wrong {
        /// The file.
        path: String,
        /// Line and reason.
        reason: String,
    },
}

/// All maps in force.
#[derive(Debug, Clone, Default)]
pub struct MapSet {
    pub(super) maps: Vec<ColumnMap>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MapFile {
    feed: String,
    version: i32,
    applies_from: Option<DateTime<Utc>>,
    keys: Option<String>,
    #[serde(default)]
    nulls: Vec<String>,
    columns: std::collections::BTreeMap<String, Column>,
}

impl MapSet {
    /// The shipped maps, and over them those of the directory, if one is given: same feed and version replace.
    pub fn load(directory: Option<&Path>) -> Result<Self, MapError> {
        let mut set = Self::default();
        for (path, text) in SHIPPED {
            set.add(parse(path, text)?);
        }
        for path in directory.map(toml_files).transpose()?.unwrap_or_default() {
            let name = path.display().to_string();
            let text =
                std::fs::read_to_string(&path).map_err(|source| MapError::Read { path: name.clone(), source })?;
            set.add(parse(&name, &text)?);
        }
        Ok(set)
    }

    fn add(&mut self, map: ColumnMap) {
        self.maps.retain(|known| (&known.feed, known.version) != (&map.feed, map.version));
        self.maps.push(map);
    }
}

fn toml_files(directory: &Path) -> Result<Vec<std::path::PathBuf>, MapError> {
    let failed = |source| MapError::Read { path: directory.display().to_string(), source };
    let mut files = Vec::new();
    let mut folders = vec![directory.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "toml") {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

fn parse(path: &str, text: &str) -> Result<ColumnMap, MapError> {
    let wrong = |reason: String| MapError::Wrong { path: path.to_owned(), reason };
    let file: MapFile = toml::from_str(text).map_err(|error| wrong(error.to_string().trim_end().to_owned()))?;
    for (name, column) in &file.columns {
        check(column).map_err(|reason| wrong(format!("column {name}: {reason}")))?;
    }
    let keys = file.keys.map(|pattern| Glob::new(&pattern)).transpose().map_err(|error| wrong(error.to_string()))?;
    Ok(ColumnMap {
        feed: file.feed,
        version: file.version,
        applies_from: file.applies_from,
        keys: keys.map(|glob| glob.compile_matcher()),
        nulls: file.nulls,
        columns: file.columns,
    })
}

fn check(column: &Column) -> Result<(), String> {
    if column.header_groups().is_empty() {
        return Err("names no header".to_owned());
    }
    let dates = column.date.as_ref().map_or(&column.formats, |part| &part.formats);
    if matches!(column.kind, Kind::Date | Kind::Timestamp) && dates.is_empty() {
        return Err("a date needs formats".to_owned());
    }
    if column.kind == Kind::Enum && column.values.is_empty() {
        return Err("an enum needs values".to_owned());
    }
    match ambiguous(dates) {
        Some((a, b)) => Err(format!("the formats {a:?} and {b:?} read one text as two dates: keep one of them")),
        None => Ok(()),
    }
}

/// Two formats of which one reads what the other wrote as another date.
fn ambiguous(formats: &[String]) -> Option<(&str, &str)> {
    let start = NaiveDate::from_ymd_opt(2001, 1, 1)?;
    let days: Vec<NaiveDate> =
        (0..400).step_by(3).filter_map(|day| start.checked_add_days(Days::new(day * 23))).collect();
    for a in formats {
        for b in formats {
            let differs = |day: &NaiveDate| {
                let text = day.format(a).to_string();
                NaiveDate::parse_from_str(&text, b).is_ok_and(|other| other != *day)
            };
            if a != b && days.iter().any(differs) {
                return Some((a, b));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_maps_are_read() {
        assert_eq!(MapSet::load(None).unwrap().maps.len(), 4);
    }

    #[test]
    fn formats_that_read_one_text_as_two_dates_are_refused() {
        let text = "feed = \"f\"\nversion = 1\n[columns.d]\nheaders = [\"d\"]\ntype = \"date\"\nformats = [\"%m/%d/%Y\", \"%d/%m/%Y\"]";
        let error = parse("f.toml", text).unwrap_err().to_string();
        assert!(error.contains("two dates"), "{error}");
    }

    #[test]
    fn formats_that_cannot_be_confused_stand_together() {
        let text = "feed = \"f\"\nversion = 1\n[columns.d]\nheaders = [\"d\"]\ntype = \"date\"\nformats = [\"%m/%d/%Y\", \"%Y-%m-%d\"]";
        assert!(parse("f.toml", text).is_ok());
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_line() {
        let error = parse("f.toml", "feed = \"f\"\nversion = 1\ncolour = 1\n[columns]").unwrap_err().to_string();
        assert!(error.contains("colour") && error.contains("line 3"), "{error}");
    }
}
