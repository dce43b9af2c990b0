//! What would become of an object with a column map.

use std::borrow::Cow;

use super::List;

pub(crate) const NUMBERED_TEXT: &str = "The text with the numbers of its lines";
pub(crate) const READ_BY: &str = "Read by";
pub(crate) const RECORDS: &str = "Records";
pub(crate) const TAKEN: &str = "Would be taken";
pub(crate) const SKIPPED: &str = "Would be skipped";
pub(crate) const QUARANTINED: &str = "Would be quarantined";
pub(crate) const DRIFT: &str = "Drift";

pub(crate) const REJECTS: List = List {
    title: Cow::Borrowed("What would be quarantined"),
    caption: "By column and reason; the text of a record is not shown here",
    columns: &["Column", "Reason", "Records", "Numbers"],
};

/// Numbers of records; there may be more than these.
pub(crate) fn numbers(first: &str, are_all: bool) -> String {
    if are_all { first.to_owned() } else { format!("{first}, …") }
}
