//! The walk over a bucket's keys that every kind of listing is cut from.
//!
//! Invariant: keys and common prefixes come in the order of their bytes, each once, and a walk that starts after
//! the last thing that another one gave goes on where that one ended. A common prefix is skipped over in one step,
//! however many keys it stands for.

use std::ops::Bound;

use super::index::{Keys, Version};

/// Greater than whatever may follow a prefix in a key, but for a key that holds it itself.
const GREATEST: char = '\u{10FFFF}';

/// What a listing is asked for.
#[derive(Debug, Clone, Default)]
pub(super) struct Query {
    pub(super) prefix: String,
    /// Empty for none.
    pub(super) delimiter: String,
    /// A key or a common prefix; what comes after it is listed. Empty for the start.
    pub(super) after: String,
}

/// One thing that a listing shows.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step<'a> {
    Key(&'a str, &'a [Version]),
    CommonPrefix(String),
}

impl Step<'_> {
    /// Where a further listing goes on.
    pub(super) fn marker(&self) -> &str {
        match self {
            Self::Key(key, _) => key,
            Self::CommonPrefix(prefix) => prefix,
        }
    }
}

pub(super) struct Walk<'a> {
    keys: &'a Keys,
    query: &'a Query,
    visible: fn(&[Version]) -> bool,
    from: Bound<String>,
    rolled: Option<String>,
}

impl<'a> Walk<'a> {
    /// Over the keys whose versions are visible to the asker.
    pub(super) fn new(keys: &'a Keys, query: &'a Query, visible: fn(&[Version]) -> bool) -> Self {
        let rolled = query.roll(&query.after).filter(|prefix| *prefix == query.after);
        let from = match (&rolled, query.after >= query.prefix) {
            (Some(prefix), _) => past(prefix),
            (None, true) if !query.after.is_empty() => Bound::Excluded(query.after.clone()),
            _ => Bound::Included(query.prefix.clone()),
        };
        Self { keys, query, visible, from, rolled }
    }
}

impl Query {
    /// The common prefix that stands for the key, if one does.
    fn roll(&self, key: &str) -> Option<String> {
        let rest = key.strip_prefix(&self.prefix)?;
        let end = rest.find(&self.delimiter).filter(|_| !self.delimiter.is_empty())?;
        Some(key[..self.prefix.len() + end + self.delimiter.len()].to_owned())
    }
}

impl<'a> Iterator for Walk<'a> {
    type Item = Step<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (key, versions) = self.keys.range::<String, _>((self.from.as_ref(), Bound::Unbounded)).next()?;
            if !key.starts_with(&self.query.prefix) {
                return None;
            }
            self.from = Bound::Excluded(key.clone());
            if !(self.visible)(versions) {
                continue;
            }
            let Some(prefix) = self.query.roll(key) else {
                return Some(Step::Key(key, versions));
            };
            if self.rolled.as_ref() != Some(&prefix) {
                self.from = past(&prefix);
                self.rolled = Some(prefix.clone());
                return Some(Step::CommonPrefix(prefix));
            }
        }
    }
}

fn past(prefix: &str) -> Bound<String> {
    Bound::Excluded(format!("{prefix}{GREATEST}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(keys: &[&str], prefix: &str, delimiter: &str, after: &str) -> Vec<String> {
        let keys: Keys = keys.iter().map(|key| ((*key).to_owned(), Vec::new())).collect();
        let query = Query { prefix: prefix.into(), delimiter: delimiter.into(), after: after.into() };
        Walk::new(&keys, &query, |_| true).map(|step| step.marker().to_owned()).collect()
    }

    #[test]
    fn keys_come_in_the_order_of_their_bytes() {
        assert_eq!(walk(&["b", "a/é", "a/z", "Z", "a"], "", "", ""), ["Z", "a", "a/z", "a/é", "b"]);
    }

    #[test]
    fn a_common_prefix_stands_once_for_its_keys() {
        let keys = ["a", "b/1", "b/2", "b/\u{10FFFF}x", "b/\u{10FFFF}y", "c"];
        assert_eq!(walk(&keys, "", "/", ""), ["a", "b/", "c"]);
        assert_eq!(walk(&keys, "b/", "/", ""), keys[1..5]);
    }

    #[test]
    fn a_walk_goes_on_after_any_of_its_steps() {
        let keys = ["a", "b/1", "b/2", "b0", "c//d", "c/e", "d"];
        for (prefix, delimiter) in [("", ""), ("", "/"), ("c/", "/"), ("b", "/"), ("b", "")] {
            let whole = walk(&keys, prefix, delimiter, "");
            for (position, marker) in whole.iter().enumerate() {
                assert_eq!(walk(&keys, prefix, delimiter, marker), whole[position + 1..], "after {marker}");
            }
        }
    }

    #[test]
    fn a_start_within_a_common_prefix_still_shows_it_while_keys_follow() {
        let keys = ["a/1", "a/2", "b"];
        assert_eq!(walk(&keys, "", "/", "a/1"), ["a/", "b"]);
        assert_eq!(walk(&keys, "", "/", "a/2"), ["b"]);
    }
}
