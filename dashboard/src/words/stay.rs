//! One stay on the page of its patient.

use crate::views::patient::Admission;

use super::patient::NOT_RECORDED;

pub(crate) fn heading(count: &str) -> String {
    format!("Stays ({count})")
}

pub(crate) const NONE: &str = "No admission of this patient has been received.";

// In place of a state.
pub(crate) const NOT_LISTED: &str = "Not listed";
pub(crate) const SET_ASIDE: &str = "Set aside";
/// Of a patient who is yet to come.
pub(crate) const EXPECTED: &str = "Expected";
pub(crate) const OVER: &str = "Over";

pub(crate) fn case(admission: &Admission) -> String {
    format!("Case {}, {}", admission.case_number, place(admission))
}

fn place(admission: &Admission) -> String {
    super::place(admission.department.as_deref().unwrap_or(NOT_RECORDED), admission.room.as_deref())
}

pub(crate) const DECIDE: &str = "Decide about this case";
/// Leads to a case about which a person decided.
pub(crate) const THE_CASE: &str = "The case";

/// What a person decided, by the word of the decision.
pub(crate) fn decided(decision: &str) -> &'static str {
    match decision {
        "other_patient" => "A person decided that this case number is another patient's: the stay is not listed.",
        "left" => "A person decided that the patient has left: the stay is not listed.",
        "still_here" => "A person decided that the patient is still here: the release that was said is void.",
        _ => "A person decided that this case number is this patient's.",
    }
}

pub(crate) const LONG_OPEN: &str = "Open for very long: confirm the release.";
pub(crate) const ADMISSION_EXPECTED: &str = "Admission expected";
/// How long somebody has been in hospital who is yet to come.
pub(crate) const NOT_YET: &str = "not yet";
pub(crate) const RELEASE_PLANNED: &str = "Release planned";
pub(crate) const NOT_RELEASED: &str = "not released";

/// Why an open stay is not on the board; its threshold may not be known.
pub(crate) fn not_on_the_board(idle: &str, hours: Option<i32>) -> String {
    match hours {
        Some(hours) => format!("Not on the board: {idle} without a test, of {hours} h allowed."),
        None => format!("Not on the board: {idle} without a test."),
    }
}

/// What was said of the stay before.
pub(crate) fn earlier(said: &Admission, admitted: &str, released: Option<&str>) -> String {
    let released = released.map_or_else(|| NOT_RELEASED.to_owned(), |at| format!("released {at}"));
    let department = said.department.as_deref().unwrap_or(NOT_RECORDED);
    let room = said.room.as_deref().unwrap_or(super::NOT_RECORDED);
    format!("admitted {admitted}, {released}, {department}, room {room}")
}
