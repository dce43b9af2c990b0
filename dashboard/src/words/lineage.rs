//! Where a value comes from, and what it was before.

use maud::{Markup, html};

pub(crate) const EARLIER: &str = "Earlier versions, newest first";
pub(crate) const NO_OBJECT: &str = "object no longer in the ledger";

/// Opens the source of a value of which there were `earlier` versions.
pub(crate) fn source(earlier: usize, said: &str) -> String {
    match earlier {
        0 => "Source".to_owned(),
        _ => format!("Source, {said} earlier"),
    }
}

pub(crate) fn was(said: &str) -> String {
    format!("Was: {said}")
}

/// As [`was`], where nothing that is shown became another.
pub(crate) fn was_the_same(said: &str) -> String {
    format!("Was: {said}; a column that is not shown here differed")
}

/// The whole hash of an object whose beginning is shown.
pub(crate) fn sha256(hash: &str) -> String {
    format!("SHA-256 {hash}")
}

/// The record that gave a value; `last`: where it was said again.
pub(crate) fn given(object: &Markup, (record, map): (i32, i32), first: &Markup, last: Option<&Markup>) -> Markup {
    html! {
        (object) ", record " (record) ", map v" (map) ", first said " (first)
        @if let Some(last) = last { ", last said " (last) }
    }
}

/// The record of which nothing was taken.
pub(crate) fn not_taken(object: &Markup, (record, map): (i32, i32), at: &Markup) -> Markup {
    html! { (object) ", record " (record) ", map v" (map) ", said " (at) }
}

/// What was assumed while reading.
pub(crate) fn assumption(flag: &str) -> String {
    match flag.split_once(':') {
        Some((column, "date_only")) if column.starts_with("released") => {
            format!("{column}: the source gave a date without a time; the end of that day is assumed")
        }
        Some((column, "date_only")) => {
            format!("{column}: the source gave a date without a time; the start of that day is assumed")
        }
        Some((column, "dst")) => format!(
            "{column}: the clocks changed at that hour; of the possible moments, the one that keeps the patient listed longer is taken"
        ),
        _ => format!("assumed while reading: {flag}"),
    }
}
