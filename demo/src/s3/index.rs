//! What one bucket holds: its keys in the order of their bytes, each with its versions, the newest last.
//!
//! Invariant: the index is the fold of the journal's entries, so live changes and a restart go the same way
//! ([`Index::apply`]). Pure: it knows no file and no clock.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

/// The id of the one version that a key has while versions are not kept.
pub(super) const NULL_VERSION: &str = "null";

/// One line of the journal.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Entry {
    Created { at: i64 },
    Versioning { kept: Versioning },
    Put { key: String, version: Version },
    Remove { key: String, id: String },
}

/// Whether the bucket keeps what is overwritten.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Versioning {
    #[default]
    Never,
    Enabled,
    Suspended,
}

/// One version of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Version {
    pub(super) id: String,
    /// Seconds since 1970.
    pub(super) modified: i64,
    /// `None` is a delete marker.
    pub(super) content: Option<Content>,
}

/// The bytes of a version, and what is said of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Content {
    /// The name of the file that holds the bytes.
    pub(super) file: u64,
    pub(super) size: u64,
    /// Without its quotes.
    pub(super) etag: String,
    #[serde(flatten)]
    pub(super) headers: Headers,
}

/// The headers of a put that come back with a get.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Headers {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) content_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) content_encoding: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) metadata: BTreeMap<String, String>,
}

/// The versions of the keys.
pub(super) type Keys = BTreeMap<String, Vec<Version>>;

#[derive(Debug, Default)]
pub(super) struct Index {
    pub(super) created: i64,
    pub(super) versioning: Versioning,
    pub(super) keys: Keys,
}

impl Index {
    /// Takes one entry; returns the file that nothing names any more.
    pub(super) fn apply(&mut self, entry: Entry) -> Option<u64> {
        match entry {
            Entry::Created { at } => self.created = at,
            Entry::Versioning { kept } => self.versioning = kept,
            Entry::Put { key, version } => return self.put(key, version),
            Entry::Remove { key, id } => return self.remove(&key, &id),
        }
        None
    }

    fn put(&mut self, key: String, version: Version) -> Option<u64> {
        let versions = self.keys.entry(key).or_default();
        let replaced = if version.id == NULL_VERSION { take(versions, NULL_VERSION) } else { None };
        versions.push(version);
        replaced
    }

    fn remove(&mut self, key: &str, id: &str) -> Option<u64> {
        let versions = self.keys.get_mut(key)?;
        let removed = take(versions, id);
        if versions.is_empty() {
            self.keys.remove(key);
        }
        removed
    }

    /// The newest version of a key, be it a delete marker.
    pub(super) fn newest(&self, key: &str) -> Option<&Version> {
        self.keys.get(key)?.last()
    }

    pub(super) fn version(&self, key: &str, id: &str) -> Option<&Version> {
        self.keys.get(key)?.iter().find(|version| version.id == id)
    }

    /// What a plain get of the key would find.
    pub(super) fn current(&self, key: &str) -> Option<&Content> {
        self.newest(key)?.content.as_ref()
    }

    pub(super) fn files(&self) -> HashSet<u64> {
        self.keys.values().flatten().filter_map(|version| Some(version.content.as_ref()?.file)).collect()
    }

    /// The shortest journal that folds to this index.
    pub(super) fn entries(&self) -> impl Iterator<Item = Entry> {
        let head = [Entry::Created { at: self.created }, Entry::Versioning { kept: self.versioning }];
        let puts = self.keys.iter().flat_map(|(key, versions)| {
            versions.iter().map(|version| Entry::Put { key: key.clone(), version: version.clone() })
        });
        head.into_iter().chain(puts)
    }
}

fn take(versions: &mut Vec<Version>, id: &str) -> Option<u64> {
    let position = versions.iter().position(|version| version.id == id)?;
    Some(versions.remove(position).content?.file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(key: &str, id: &str, file: u64) -> Entry {
        let content = Content { file, size: 1, etag: "e".into(), headers: Headers::default() };
        Entry::Put { key: key.into(), version: Version { id: id.into(), modified: 0, content: Some(content) } }
    }

    #[test]
    fn an_overwrite_gives_up_the_file_and_a_kept_version_does_not() {
        let mut index = Index::default();
        assert_eq!(index.apply(put("k", NULL_VERSION, 1)), None);
        assert_eq!(index.apply(put("k", NULL_VERSION, 2)), Some(1));
        assert_eq!(index.apply(put("k", "v1", 3)), None);
        assert_eq!(index.apply(Entry::Remove { key: "k".into(), id: NULL_VERSION.into() }), Some(2));
        assert_eq!(index.current("k").unwrap().file, 3);
    }

    #[test]
    fn a_rewritten_journal_folds_to_the_same_index() {
        let mut index = Index::default();
        for entry in [put("b", NULL_VERSION, 1), put("a", "v1", 2), put("a", "v2", 3)] {
            index.apply(entry);
        }
        let mut again = Index::default();
        for entry in index.entries() {
            again.apply(entry);
        }
        assert_eq!(again.keys, index.keys);
    }
}
