//! The list of everyone known.

use maud::{Markup, html};

pub(crate) const FILTER: &str = "Find a patient";
pub(crate) const TEXT: &str = "Name or id";
pub(crate) const FIND: &str = "Find";
pub(crate) const NOBODY: &str = "Nobody is found";
pub(crate) const CHECK: &str = "Check the spelling, or type the id (leading zeros matter).";
pub(crate) const NOBODY_YET: &str = "No patient has been received yet";

/// `ops` leads to what is loaded.
pub(crate) fn appear(ops: &str) -> Markup {
    html! { "Patients appear as files are loaded. " a href=(ops) { "What is loaded" } "." }
}

pub(crate) fn alike(text: &str) -> Markup {
    html! { "Nobody is called " strong { (text) } ". These names are written nearly like it:" }
}

/// Before the order of the list.
pub(crate) fn total(total: i64, said: &str) -> String {
    match total {
        1 => "1 patient. ".to_owned(),
        _ => format!("{said} patients. "),
    }
}

pub(crate) const CAPTION: &str = "By name; those known only from an admission last";
pub(crate) const IN_HOSPITAL: &str = "In hospital now";
pub(crate) const NOT_IN_HOSPITAL: &str = "no";
pub(crate) const NOT_RECEIVED: &str = "not received";
