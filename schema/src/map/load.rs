//! Reads column maps from the shipped files, from a directory of ops and from the warehouse, and refuses what cannot be
//! right, with its line.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use globset::Glob;
use serde::Deserialize;
use toml::Spanned;

use super::delimiter::COMMA;
use super::{Column, ColumnMap, Condition, Kind, MapOrigin, Unknown, check};
use crate::feed::{Feed, Target};

const SHIPPED: [(&str, &str); 7] = [
    ("pms/patient_information.v1.toml", include_str!("../../maps/pms/patient_information.v1.toml")),
    ("pms/patient_information.v2.toml", include_str!("../../maps/pms/patient_information.v2.toml")),
    ("pms/admissions.v1.toml", include_str!("../../maps/pms/admissions.v1.toml")),
    ("pms/admissions.v2.toml", include_str!("../../maps/pms/admissions.v2.toml")),
    ("lis/lab_tests.v1.toml", include_str!("../../maps/lis/lab_tests.v1.toml")),
    ("lis/lab_tests.v2.toml", include_str!("../../maps/lis/lab_tests.v2.toml")),
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
    /// Two files of the directory say the same version of the same feed.
    #[error(
        "the column maps {first} and {second} are both version {version} of feed {feed}: give one the next version"
    )]
    Twice {
        /// One file.
        first: String,
        /// The other.
        second: String,
        /// The feed.
        feed: String,
        /// The version.
        version: i32,
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
    version: Spanned<i32>,
    applies_from: Option<DateTime<Utc>>,
    keys: Option<Spanned<String>>,
    delimiter: Option<Spanned<String>>,
    #[serde(default)]
    nulls: Vec<String>,
    #[serde(default)]
    keep: Vec<Spanned<Condition>>,
    columns: Spanned<BTreeMap<String, Spanned<Column>>>,
}

impl MapSet {
    /// The shipped maps, and over them those of the directory, if one is given: same feed and version replace.
    pub fn load(directory: Option<&Path>) -> Result<Self, MapError> {
        Self::of(&directory.map(read_files).transpose()?.unwrap_or_default())
    }

    /// The shipped maps, and over them these files: path and text.
    pub fn of(files: &[(String, String)]) -> Result<Self, MapError> {
        let mut set = Self::default();
        for (path, text) in SHIPPED {
            set.add(parse(MapOrigin::Shipped(path), text)?);
        }
        for (path, text) in files {
            let map = parse(MapOrigin::File(path.clone()), text)?;
            set.refuse_twice(&map, path)?;
            set.add(map);
        }
        Ok(set)
    }

    /// Puts a map in force, in place of one of the same feed and version.
    pub fn add(&mut self, map: ColumnMap) {
        self.maps.retain(|known| (&known.feed, known.version) != (&map.feed, map.version));
        self.maps.push(map);
        self.maps.sort_by(|a, b| (&a.feed, a.version).cmp(&(&b.feed, b.version)));
    }

    fn refuse_twice(&self, map: &ColumnMap, second: &str) -> Result<(), MapError> {
        match self.get(&map.feed, map.version).map(|known| &known.origin) {
            Some(MapOrigin::File(first)) => Err(MapError::Twice {
                first: first.clone(),
                second: second.to_owned(),
                feed: map.feed.clone(),
                version: map.version,
            }),
            _ => Ok(()),
        }
    }

    /// All maps, by feed and version.
    pub fn iter(&self) -> impl Iterator<Item = &ColumnMap> {
        self.maps.iter()
    }

    /// One version of the map of a feed.
    pub fn get(&self, feed: &str, version: i32) -> Option<&ColumnMap> {
        self.maps.iter().find(|map| map.feed == feed && map.version == version)
    }

    /// Refuses a map that does not fit the table of its feed, or whose feed is not configured.
    pub fn check(&self, feeds: &[Feed]) -> Result<(), MapError> {
        self.maps.iter().try_for_each(|map| map.check(feeds))
    }

    /// The feeds of which a map differs between two sets.
    pub fn changed_feeds(&self, other: &Self) -> Vec<String> {
        let texts = |set: &Self| -> BTreeMap<(String, i32), String> {
            set.maps.iter().map(|map| ((map.feed.clone(), map.version), map.text.clone())).collect()
        };
        let (before, after) = (texts(self), texts(other));
        let differs = |key: &&(String, i32)| before.get(*key) != after.get(*key);
        let mut feeds: Vec<String> =
            before.keys().chain(after.keys()).filter(differs).map(|(feed, _)| feed.clone()).collect();
        feeds.dedup();
        feeds.sort();
        feeds.dedup();
        feeds
    }
}

impl ColumnMap {
    /// Refuses a map that does not fit the table of its feed, or whose feed is not configured.
    pub fn check(&self, feeds: &[Feed]) -> Result<(), MapError> {
        let wrong = |reason: String| MapError::Wrong { path: self.origin.path(), reason };
        match feeds.iter().find(|feed| feed.name == self.feed) {
            Some(feed) => fits(&self.text, feed.target).map_err(wrong),
            // What was approved or shipped for a feed that is no longer configured reads nothing and does no harm.
            None if !matches!(self.origin, MapOrigin::File(_)) => Ok(()),
            None => Err(wrong(format!("line 1: feed {} is not configured: correct it, or add the feed", self.feed))),
        }
    }
}

impl MapOrigin {
    fn path(&self) -> String {
        match self {
            Self::Shipped(path) => (*path).to_owned(),
            Self::File(path) => path.clone(),
            Self::Approved => "that was approved".to_owned(),
        }
    }
}

/// Whether the columns of a map are those of its table.
fn fits(text: &str, target: Target) -> Result<(), String> {
    let file: MapFile = toml::from_str(text).map_err(|error| error.to_string())?;
    let columns = file.columns.get_ref();
    for (name, column) in columns {
        let at = |reason| format!("line {}: column {name}: {reason}", line(text, column));
        check::column_of(target, name, column.get_ref()).map_err(at)?;
    }
    let missing: Vec<&str> = check::needed(target).filter(|name| !columns.contains_key(*name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let at = line(text, &file.columns);
    Err(format!("line {at}: no row of {} can be without {}: add the column", target.table(), missing.join(", ")))
}

/// The map files of a directory, in any folder below: path and text, in the order of their paths.
pub fn read_files(directory: &Path) -> Result<Vec<(String, String)>, MapError> {
    let read = |path: PathBuf| {
        let name = path.display().to_string();
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok((name, text)),
            Err(source) => Err(MapError::Read { path: name, source }),
        }
    };
    toml_files(directory)?.into_iter().map(read).collect()
}

fn toml_files(directory: &Path) -> Result<Vec<PathBuf>, MapError> {
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

/// Reads one column map.
pub fn parse(origin: MapOrigin, text: &str) -> Result<ColumnMap, MapError> {
    let wrong = |reason: String| MapError::Wrong { path: origin.path(), reason };
    let file: MapFile = toml::from_str(text).map_err(|error| wrong(error.to_string().trim_end().to_owned()))?;
    check_file(text, &file).map_err(wrong)?;
    let delimiter = file.delimiter.as_ref().map(|said| delimiter(text, said)).transpose().map_err(wrong)?;
    let keys = file.keys.map(|pattern| {
        let at = line(text, &pattern);
        Glob::new(pattern.get_ref()).map_err(|error| wrong(format!("line {at}: keys: {error}")))
    });
    Ok(ColumnMap {
        feed: file.feed,
        version: file.version.into_inner(),
        applies_from: file.applies_from,
        keys: keys.transpose()?.map(|glob| glob.compile_matcher()),
        delimiter: delimiter.unwrap_or(COMMA),
        nulls: file.nulls,
        keep: file.keep.into_iter().map(Spanned::into_inner).collect(),
        columns: file
            .columns
            .into_inner()
            .into_iter()
            .map(|(name, column)| (name, current(column.into_inner())))
            .collect(),
        origin,
        text: text.to_owned(),
    })
}

/// A translation that rejects what it does not name is an enumeration.
fn current(mut column: Column) -> Column {
    if column.unknown == Some(Unknown::Reject) {
        column.kind = Kind::Enum;
        column.values = std::mem::take(&mut column.translate);
        column.unknown = None;
    }
    column
}

fn check_file(text: &str, file: &MapFile) -> Result<(), String> {
    if *file.version.get_ref() < 1 {
        return Err(format!("line {}: versions count from 1", line(text, &file.version)));
    }
    for (name, column) in file.columns.get_ref() {
        let at = |reason| format!("line {}: column {name}: {reason}", line(text, column));
        check::column(name, column.get_ref()).map_err(at)?;
    }
    let columns = file.columns.get_ref();
    let named: Vec<(&str, &Column)> = columns.iter().map(|(name, column)| (name.as_str(), column.get_ref())).collect();
    if let Some((name, reason)) = check::confusable(&named) {
        return Err(format!("line {}: column {name}: {reason}", line(text, &columns[name])));
    }
    for condition in &file.keep {
        let at = |reason| format!("line {}: keep: {reason}", line(text, condition));
        check::condition(condition.get_ref()).map_err(at)?;
    }
    Ok(())
}

fn delimiter(text: &str, said: &Spanned<String>) -> Result<u8, String> {
    match said.get_ref().as_bytes() {
        [byte] if byte.is_ascii() && !byte.is_ascii_alphanumeric() && !matches!(byte, b'"' | b'\n' | b'\r' | 0) => {
            Ok(*byte)
        }
        _ => Err(format!("line {}: the delimiter is one sign, such as \";\" or \"\\t\"", line(text, said))),
    }
}

fn line<T>(text: &str, at: &Spanned<T>) -> usize {
    text.as_bytes().iter().take(at.span().start).filter(|byte| **byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMN: &str = "feed = \"f\"\nversion = 1\n[columns.date_of_birth]\nheaders = [\"d\"]\ntype = \"date\"\n";

    fn read(text: &str) -> Result<ColumnMap, String> {
        parse(MapOrigin::File("f.toml".to_owned()), text).map_err(|error| error.to_string())
    }

    #[test]
    fn the_shipped_maps_are_read_and_fit_their_tables() {
        let feeds = crate::config::Config::default().feeds().unwrap();
        MapSet::load(None).unwrap().check(&feeds).unwrap();
    }

    /// What a map is read as, for a reviewer: a change of this is a change of what every file becomes.
    #[test]
    fn every_shipped_version_is_read_as_it_was() {
        for (path, _) in SHIPPED {
            let set = MapSet::load(None).unwrap();
            let map = set.iter().find(|map| map.origin == MapOrigin::Shipped(path)).unwrap();
            let keys = map.keys.as_ref().map(|keys| keys.glob().glob());
            let head = (&map.feed, map.version, map.applies_from, keys, char::from(map.delimiter), &map.nulls);
            insta::assert_debug_snapshot!(path.replace('/', "_"), (head, &map.keep, &map.columns));
        }
    }

    #[test]
    fn formats_that_read_one_text_as_two_dates_are_refused() {
        let error = read(&format!("{COLUMN}formats = [\"%m/%d/%Y\", \"%d/%m/%Y\"]")).unwrap_err();
        assert!(error.contains("line 3") && error.contains("two dates"), "{error}");
    }

    #[test]
    fn formats_of_two_columns_that_read_one_text_as_two_dates_are_refused() {
        let other =
            "[columns.ordered_at]\ntype = \"timestamp\"\ndate = { headers = [\"o\"], formats = [\"%d/%m/%Y\"] }";
        let error = read(&format!("{COLUMN}formats = [\"%m/%d/%Y\"]\n{other}")).unwrap_err();
        assert!(error.contains("line 7: column ordered_at") && error.contains("two dates"), "{error}");
    }

    #[test]
    fn formats_that_cannot_be_confused_stand_together() {
        assert!(read(&format!("{COLUMN}formats = [\"%m/%d/%Y\", \"%Y-%m-%d\"]")).is_ok());
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_line() {
        let error = read("feed = \"f\"\nversion = 1\ncolour = 1\n[columns]").unwrap_err();
        assert!(error.contains("colour") && error.contains("line 3"), "{error}");
    }

    /// A map whose third line begins a column that says this.
    fn refusal(column: &str) -> String {
        read(&format!("feed = \"f\"\nversion = 1\n{column}\n")).unwrap_err()
    }

    #[test]
    fn a_column_that_cannot_be_right_is_refused_with_its_line() {
        let cases = [
            ("[columns.roomm]\nheaders = [\"r\"]\ntype = \"text\"", "no column of this name"),
            ("[columns.room]\ntype = \"text\"", "must come from one place"),
            ("[columns.room]\nheaders = [\"r\"]\nconstant = \"1\"\ntype = \"text\"", "must come from one place"),
            ("[columns.room]\ncombine = { headers = [\"r\"] }\ntype = \"text\"", "two headers or more"),
            ("[columns.room]\nconstant = \" \"\ntype = \"text\"", "a constant needs a text"),
            ("[columns.room]\nheaders = [\"r\"]\ntype = \"enum\"", "an enum needs values"),
            ("[columns.room]\nheaders = [\"r\"]\ntype = \"text\"\nformats = [\"%Y\"]", "formats belong to a date"),
            ("[columns.room]\nheaders = [\"r\"]\ntype = \"text\"\ntranslate = { A = \"B\" }", "needs unknown"),
            ("[columns.room]\nheaders = [\"r\"]\ntype = \"text\"\nunknown = \"keep\"", "there is none"),
            (
                "[columns.room]\nheaders = [\"r\"]\ntype = \"text\"\ntranslate = { A = \"\" }\nunknown = \"keep\"",
                "among the nulls",
            ),
            ("[columns.room]\ncompute = { headers = [\"r\"], how = \"hash\" }\ntype = \"text\"", "compute makes an id"),
            (
                "[columns.test_id]\ncompute = { headers = [\"r\"], how = \"hash\", separator = \"-\" }\ntype = \"id\"",
                "a hash has none",
            ),
            ("[columns.admitted_at]\nheaders = [\"a\"]\ntype = \"timestamp\"", "a date needs formats"),
            (
                "[columns.admitted_at]\ntype = \"timestamp\"\ntime = { headers = [\"t\"], formats = [\"%H:%M\"] }",
                "must come from one place",
            ),
            (
                "[columns.admitted_at]\ntype = \"timestamp\"\ndate = { headers = [\"t\"], formats = [\"%d/%m/%y\"] }",
                "with its century",
            ),
        ];
        for (column, reason) in cases {
            let error = refusal(column);
            assert!(error.contains("line 3: column") && error.contains(reason), "{column}: {error}");
        }
    }

    #[test]
    fn a_condition_or_delimiter_that_cannot_be_right_is_refused_with_its_line() {
        let cases = [
            ("[[keep]]\nheaders = [\"a\"]\n[columns]", "line 3: keep: a condition says one of"),
            ("[[keep]]\nheaders = [\"a\"]\none_of = []\n[columns]", "line 3: keep: a condition lists no text"),
            ("[[keep]]\nheaders = [\"a\"]\none_of = [\"x\"]\npresent = true\n[columns]", "not 2"),
            ("delimiter = \"ab\"\n[columns]", "line 3: the delimiter is one sign"),
            ("delimiter = \"a\"\n[columns]", "line 3: the delimiter is one sign"),
            ("keys = \"[\"\n[columns]", "line 3: keys"),
        ];
        for (text, reason) in cases {
            let error = refusal(text);
            assert!(error.contains(reason), "{text}: {error}");
        }
    }

    #[test]
    fn a_map_that_does_not_fit_its_table_is_refused_with_its_line() {
        let feeds = crate::config::Config::default().feeds().unwrap();
        let admissions = MapSet::load(None).unwrap().get("pms.admissions", 1).unwrap().text.clone();
        let cases = [
            (admissions.replace("columns.room", "columns.test_name"), "column test_name: admission has no such column"),
            (admissions.replace("columns.case_number", "columns.room_"), "no column of this name"),
            (admissions.replacen("required = true", "required = false", 1), "line 6: column patient_id: no row"),
            (admissions.replacen("type = \"id\"", "type = \"text\"", 1), "line 6: column patient_id: type must be id"),
            (admissions.replace("pms.admissions", "pms.admission"), "line 1: feed pms.admission is not configured"),
        ];
        for (text, reason) in cases {
            let checked = parse(MapOrigin::File("f.toml".to_owned()), &text).and_then(|map| map.check(&feeds));
            let error = checked.unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn two_files_of_one_version_are_refused() {
        let directory = std::env::temp_dir().join(format!("wardwatch-maps-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        for name in ["a.toml", "b.toml"] {
            std::fs::write(directory.join(name), "feed = \"f\"\nversion = 1\n[columns]").unwrap();
        }
        let error = MapSet::load(Some(&directory)).unwrap_err().to_string();
        std::fs::remove_dir_all(&directory).unwrap();
        assert!(error.contains("a.toml") && error.contains("b.toml"), "{error}");
    }
}
