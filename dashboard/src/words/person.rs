//! How a patient is named, and what is said where a name or an id is not there.

pub(crate) const NAME_NOT_RECORDED: &str = "name not recorded";
pub(crate) const NAME_NOT_RECEIVED: &str = "name not received";
pub(crate) const BIRTH_NOT_RECORDED: &str = "Birth date not recorded";
pub(crate) const ID_UNREADABLE: &str = "id could not be read";
/// In place of an id or a case number.
pub(crate) const UNREADABLE: &str = "not readable";
pub(crate) const LOOK_ALIKE: &str = "≈ look-alike name";
pub(crate) const WHY_LOOK_ALIKE: &str = "Another patient in hospital has the same family name and initial, or the same given name where no family name is recorded";

/// In place of a name of which the family's part is missing.
pub(crate) fn given_alone(given: &str) -> String {
    format!("(family name not recorded), {given}")
}

pub(crate) fn born(day: &str, age: Option<&str>) -> String {
    match age {
        Some(age) => format!("Born {day} ({age})"),
        None => format!("Born {day}"),
    }
}
