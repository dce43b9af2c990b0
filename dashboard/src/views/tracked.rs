//! Rows with their lineage and their earlier versions.

use std::cmp::Reverse;

use chrono::{DateTime, Utc};

/// Where a version was first said, and until when it was repeated.
#[derive(Debug, Clone)]
pub(crate) struct Lineage {
    pub(crate) object_key: Option<String>,
    /// In hexadecimal.
    pub(crate) sha256: Option<String>,
    pub(crate) record: i32,
    pub(crate) map_version: i32,
    pub(crate) first_seen_at: DateTime<Utc>,
    pub(crate) last_seen_at: DateTime<Utc>,
    /// What was assumed while reading.
    pub(crate) flags: Vec<String>,
}

/// One version of a row.
#[derive(Debug, Clone)]
pub(crate) struct Version<T> {
    pub(crate) value: T,
    pub(crate) lineage: Lineage,
}

/// A row as it is now, with what it was before, newest first.
#[derive(Debug, Clone)]
pub(crate) struct Tracked<T> {
    pub(crate) current: Version<T>,
    pub(crate) earlier: Vec<Version<T>>,
}

impl<T> Tracked<T> {
    /// Adds what it was elsewhere before, each version in its place.
    pub(crate) fn add_earlier(&mut self, versions: impl IntoIterator<Item = Version<T>>) {
        self.earlier.extend(versions);
        self.earlier.sort_by_key(|version| Reverse((version.lineage.last_seen_at, version.lineage.first_seen_at)));
    }
}

/// What versions come to.
#[derive(Debug, Clone)]
pub(crate) struct Gathered<T> {
    /// Rows as they are now.
    pub(crate) rows: Vec<Tracked<T>>,
    /// Rows of which no version is the current one, as they were last: what is current stands under another key.
    pub(crate) gone: Vec<Tracked<T>>,
}

/// Gathers versions, sorted by key and the current one first, into rows. None is dropped.
pub(crate) fn track<T>(versions: Vec<(bool, Version<T>)>, key: impl Fn(&T) -> String) -> Gathered<T> {
    let mut found: Vec<(bool, Tracked<T>)> = Vec::new();
    for (is_current, version) in versions {
        if let Some((_, row)) = found.last_mut()
            && key(&row.current.value) == key(&version.value)
        {
            row.earlier.push(version);
        } else {
            found.push((is_current, Tracked { current: version, earlier: Vec::new() }));
        }
    }
    let mut gathered = Gathered { rows: Vec::new(), gone: Vec::new() };
    for (is_current, row) in found {
        if is_current { gathered.rows.push(row) } else { gathered.gone.push(row) }
    }
    gathered
}

/// Takes the row that is wanted out of the others.
pub(crate) fn take<T>(rows: &mut Vec<Tracked<T>>, wanted: impl Fn(&T) -> bool) -> Option<Tracked<T>> {
    let place = rows.iter().position(|row| wanted(&row.current.value))?;
    Some(rows.swap_remove(place))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version<String> {
        let at = DateTime::<Utc>::UNIX_EPOCH;
        let lineage = Lineage {
            object_key: None,
            sha256: None,
            record: 1,
            map_version: 1,
            first_seen_at: at,
            last_seen_at: at,
            flags: Vec::new(),
        };
        Version { value: text.to_owned(), lineage }
    }

    #[test]
    fn versions_are_gathered_under_the_current_one() {
        let versions = [(true, "a2"), (false, "a1"), (false, "b2"), (false, "b1"), (true, "c1")];
        let versions = versions.map(|(is_current, text)| (is_current, version(text))).to_vec();
        let gathered = track(versions, |text| text[..1].to_owned());
        assert_eq!(shape(&gathered.rows), [("a2", 1), ("c1", 0)]);
        assert_eq!(shape(&gathered.gone), [("b2", 1)], "b is current elsewhere: what it was here is not lost");
    }

    #[test]
    fn what_a_row_was_elsewhere_stands_in_its_place_among_what_it_was() {
        let said = |text: &str, hour| {
            let at = DateTime::<Utc>::UNIX_EPOCH + chrono::TimeDelta::hours(hour);
            let version = version(text);
            Version { lineage: Lineage { first_seen_at: at, last_seen_at: at, ..version.lineage }, ..version }
        };
        let mut row = Tracked { current: said("d", 9), earlier: vec![said("c", 7), said("a", 1)] };
        row.add_earlier([said("b", 4)]);
        let earlier: Vec<&str> = row.earlier.iter().map(|version| version.value.as_str()).collect();
        assert_eq!(earlier, ["c", "b", "a"]);
    }

    fn shape(rows: &[Tracked<String>]) -> Vec<(&str, usize)> {
        rows.iter().map(|row| (row.current.value.as_str(), row.earlier.len())).collect()
    }
}
