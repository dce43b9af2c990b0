//! The stays of one case number.

use std::borrow::Cow;

use crate::views::doubt::CaseStay;

use super::List;

pub(crate) const TITLE: &str = "Case";

pub(crate) fn heading(case_number: &str) -> String {
    format!("Case {case_number}")
}

pub(crate) const STAYS: List = List {
    title: Cow::Borrowed("Stays"),
    caption: "As the patient system says them",
    columns: &["Patient", "Admitted", "Released", "Department", "Stands"],
};

/// Department and room, as far as they are known.
pub(crate) fn place(department: Option<&str>, room: Option<&str>) -> String {
    match (department, room) {
        (Some(department), Some(room)) => format!("{department}, room {room}"),
        (Some(place), None) | (None, Some(place)) => place.to_owned(),
        (None, None) => String::new(),
    }
}

/// Whether the stay counts, and why.
pub(crate) fn stands(stay: &CaseStay) -> &'static str {
    match (stay.conflict.as_deref(), stay.decided.as_deref()) {
        (Some("shared_case_number"), _) => "unknown: several patients have this number",
        (Some(_), _) => "unknown: the release is not after the admission",
        (None, Some("other_patient")) => "decided: another patient's",
        (None, Some("left")) => "decided: has left",
        (None, Some("still_here")) => "decided: still here",
        (None, Some(_)) => "decided: this patient's",
        (None, None) => "no contradiction",
    }
}

pub(crate) const NO_CONTRADICTION: &str = "Nothing about this case contradicts anything.";
