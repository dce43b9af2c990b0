//! The board on paper and as a file.

use maud::{Markup, html};

pub(crate) fn title(at: &str) -> String {
    format!("Board of {at}")
}

/// Of which moment the sheet is, what it shows, and who took it; nobody: this program, for when it is away.
/// `stays`: how many, as [`stays`] says it.
pub(crate) fn stamp(at: &Markup, zone: &str, filter: &str, stays: &str, by: Option<&str>) -> Markup {
    html! {
        strong { "As of " (at) } " (" (zone) "). " (filter) ". " (stays)
        @if let Some(name) = by { "; taken by " (name) "." } @else { "; written by Wardwatch for when it is away." }
    }
}

/// A patient may have more than one.
pub(crate) fn stays(count: i64, said: &str) -> String {
    if count == 1 { "1 stay".to_owned() } else { format!("{said} stays") }
}

/// How many rows a file has below its columns' heads.
pub(crate) fn rows(count: i64, said: &str) -> String {
    if count == 1 { "1 row.".to_owned() } else { format!("{said} rows.") }
}

/// The same at the head of a file. `label`: what another moment than the present is called.
pub(crate) fn file_stamp(label: Option<&str>, at: &str, zone: &str, filter: &str) -> String {
    let label = label.map(|label| format!("{label}. ")).unwrap_or_default();
    format!("{label}Board as of {at} ({zone}). {filter}.")
}

/// Who stands under *Acknowledged* and not here.
pub(crate) fn not_listed(acknowledged: i64, said: &str) -> String {
    match acknowledged {
        1 => "1 patient is acknowledged and not listed here.".to_owned(),
        _ => format!("{said} patients are acknowledged and not listed here."),
    }
}

/// What whoever took it may not see.
pub(crate) fn elsewhere(departments: &str, count: &str) -> String {
    format!("{departments} only: {count} more are listed in other departments.")
}

/// Of which moment it is, and what that means.
pub(crate) fn grows_old(at: &Markup) -> Markup {
    html! {
        strong { "As of " (at) "." }
        " This copy grows old: compare that time with a clock. Whoever was tested since still stands here."
    }
}

pub(crate) const REGION: &str = "Every patient of this filter";
pub(crate) const CAPTION: &str = "Every patient of this filter, in the order of the board";
pub(crate) const SEEN_TO: &str = "Seen to";

pub(crate) fn ids(id: &str, case: &str) -> String {
    format!("id\u{a0}{id}, case\u{a0}{case}")
}

pub(crate) const NO_FILTER: &str = "No filter";
/// The parameter of the text that is looked for; the others are told by their own names.
pub(crate) const SEARCH: &str = "search";

pub(crate) fn filter(parameters: &str) -> String {
    format!("Filter: {parameters}")
}
