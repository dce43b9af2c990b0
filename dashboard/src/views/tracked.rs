//! Rows with their lineage and their earlier versions.

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

/// Gathers versions, sorted by key and the current one first, into rows. A key without a current version is no row: its
/// result has gone back to waiting.
pub(crate) fn track<T>(versions: Vec<(bool, Version<T>)>, key: impl Fn(&T) -> String) -> Vec<Tracked<T>> {
    let mut rows: Vec<Tracked<T>> = Vec::new();
    for (is_current, version) in versions {
        if is_current {
            rows.push(Tracked { current: version, earlier: Vec::new() });
        } else if let Some(row) = rows.last_mut()
            && key(&row.current.value) == key(&version.value)
        {
            row.earlier.push(version);
        }
    }
    rows
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
        let versions =
            vec![(true, version("a2")), (false, version("a1")), (false, version("b1")), (true, version("c1"))];
        let rows = track(versions, |text| text[..1].to_owned());
        let shape: Vec<_> = rows.iter().map(|row| (row.current.value.as_str(), row.earlier.len())).collect();
        assert_eq!(shape, [("a2", 1), ("c1", 0)], "b has no current version: its result waits again");
    }
}
