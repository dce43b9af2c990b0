//! What of a list is other than what a reader has: of rows that are the same, letter for letter, only the key is sent.
//!
//! Invariant: with the reader's rows in the places of the keys, an update is the list as it is now. A row ends with its `</tr>`,
//! for no row holds a table, and what comes from outside is escaped.

use std::collections::HashSet;
use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::ops::Range;

/// How what is sent piece by piece begins and ends: a row of the board; the filter, which the script never touches.
const PIECES: [(&str, &str); 2] = [("<tr class=\"stay", "</tr>"), ("<form class=\"filter\"", "</form>")];
const KEY: &str = " data-key=\"";

/// A list as it was drawn once, told by all its letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Version(u64);

impl Version {
    /// Of a drawn list.
    pub(crate) fn of(html: &str) -> Self {
        Self(hash(html))
    }

    /// As a reader says it; what is none is not known, so that all is sent.
    pub(crate) fn said(text: &str) -> Option<Self> {
        u64::from_str_radix(text, 16).ok().map(Self)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// The pieces of a drawn list.
#[derive(Debug)]
pub(crate) struct Pieces(HashSet<u64>);

impl Pieces {
    /// Of a drawn list.
    pub(crate) fn of(html: &str) -> Self {
        Self(pieces(html).into_iter().map(|place| hash(&html[place])).collect())
    }
}

/// The list without what the reader has.
pub(crate) fn since(had: &Pieces, html: &str) -> String {
    let mut update = String::with_capacity(html.len() / 8);
    let mut end = 0;
    for place in pieces(html) {
        let piece = &html[place.clone()];
        let Some(named) = named(piece).filter(|_| had.0.contains(&hash(piece))) else { continue };
        update.push_str(&html[end..place.start]);
        update.push_str(&named);
        end = place.end;
    }
    update.push_str(&html[end..]);
    update
}

/// The same element with nothing but its key.
fn named(piece: &str) -> Option<String> {
    let tag = piece.strip_prefix('<')?.split([' ', '>']).next()?;
    let key = piece.split_once(KEY)?.1.split('"').next()?;
    Some(format!("<{tag}{KEY}{key}\" data-same></{tag}>"))
}

/// In their order.
fn pieces(html: &str) -> Vec<Range<usize>> {
    let of_a_kind = |(begin, end): (&'static str, &'static str)| {
        let until = move |start: usize| Some(start + html[start..].find(end)? + end.len());
        html.match_indices(begin).filter_map(move |(start, _)| Some(start..until(start)?))
    };
    let mut pieces: Vec<_> = PIECES.into_iter().flat_map(of_a_kind).collect();
    pieces.sort_unstable_by_key(|piece| piece.start);
    pieces
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::{Pieces, Version, since};

    fn list(rows: &[(&str, &str)]) -> String {
        let rows = rows
            .iter()
            .map(|(key, text)| format!("<tr class=\"stay\" role=\"row\" data-key=\"{key}\"><td>{text}</td></tr>"));
        format!(
            "<div>head<form class=\"filter\" data-key=\"filter\">…</form><tbody>{}</tbody>foot</div>",
            rows.collect::<String>()
        )
    }

    #[test]
    fn only_what_is_new_is_sent() {
        let had = Pieces::of(&list(&[("a|1|0", "2 d"), ("b|2|0", "3 d")]));
        let now = list(&[("c|3|0", "2 d"), ("a|1|0", "2 d"), ("b|2|0", "4 d")]);
        let expected = "<div>head<form data-key=\"filter\" data-same></form><tbody>\
            <tr class=\"stay\" role=\"row\" data-key=\"c|3|0\"><td>2 d</td></tr>\
            <tr data-key=\"a|1|0\" data-same></tr>\
            <tr class=\"stay\" role=\"row\" data-key=\"b|2|0\"><td>4 d</td></tr></tbody>foot</div>";
        assert_eq!(since(&had, &now), expected);
        assert_eq!(since(&Pieces::of(""), &now), now, "who has nothing is sent all");
    }

    #[test]
    fn a_version_is_said_as_it_is_told() {
        let version = Version::of("anything");
        assert_eq!(Version::said(&version.to_string()), Some(version));
        assert_eq!(Version::said("none of ours"), None);
    }
}
