//! The one sentence that says why a stay is listed: its clock, what is in doubt, the test that is on its way. Each is a clause;
//! `;` stands between them.

use maud::{Markup, html};

/// The clock of a stay in which something was performed.
pub(crate) fn idle(length: &str, since: &Markup) -> Markup {
    html! { "No test performed for " strong.nobreak { (length) } ", since " (since) }
}

/// The clock of a stay in which nothing was.
pub(crate) fn idle_since_admission(length: &str, admitted: &Markup) -> Markup {
    html! { "No test performed for " strong.nobreak { (length) } ", since admission " (admitted) }
}

/// In place of the clock where the admission cannot be read.
pub(crate) const NO_CLOCK: &str = "Nobody can tell for how long no test was performed";

/// What is said of an order of which nothing was performed.
pub(crate) struct Ordered<'a> {
    pub(crate) test: Option<&'a str>,
    pub(crate) id: &'a str,
    /// How long ago, and when that was.
    pub(crate) ago: &'a Markup,
    pub(crate) by: Option<&'a str>,
}

/// An order that is to be chased.
pub(crate) fn on_its_way(order: &Ordered<'_>) -> Markup {
    html! { (ordered(order)) " is not performed yet: chase it" }
}

/// An order so old that nobody waits for it any more, or beside a doubt.
pub(crate) fn never_performed(order: &Ordered<'_>) -> Markup {
    html! { (ordered(order)) " was not performed" }
}

fn ordered(order: &Ordered<'_>) -> Markup {
    html! {
        strong { (order.test.unwrap_or("a test")) } " (test " (order.id) ") ordered " (order.ago) " by "
        (order.by.unwrap_or(super::SOMEONE))
    }
}

pub(crate) const LIS_STALE: &str = "laboratory data is stale, so that a test may have been performed that is not shown";
pub(crate) const LIS_HELD: &str =
    "laboratory files cannot be read, so that a test may have been performed that is not shown";

pub(crate) fn shared_case_number(others: &Markup) -> Markup {
    html! { "the same case number is used for patient " (others) ", so that no clock can be trusted until it is decided whose stay it is" }
}

pub(crate) fn release_not_after_admission(released: Option<&Markup>, admitted: Option<&Markup>) -> Markup {
    html! {
        "the release"
        @if let Some(released) = released { " (" (released) ")" }
        " is not after the admission"
        @if let Some(admitted) = admitted { " (" (admitted) ")" }
        ": is the patient still here?"
    }
}

pub(crate) fn quarantined(count: i64, said: &str) -> String {
    match count {
        1 => "1 record about this patient is newer than what is shown and cannot be read".to_owned(),
        _ => format!("{said} records about this patient are newer than what is shown and cannot be read"),
    }
}

pub(crate) fn waiting(count: i64, said: &str) -> String {
    match count {
        1 => "1 result within this stay may be this patient's: its test id is shared with another patient".to_owned(),
        _ => format!(
            "{said} results within this stay may be this patient's: their test ids are shared with other patients"
        ),
    }
}

const OPS_SEE: &str = "ops see the record";

/// `record` leads to the record.
pub(crate) fn unreadable_admission(record: Option<&str>) -> Markup {
    html! {
        "the admission record cannot be read: look in the patient system; "
        @match record { Some(record) => a href=(record) { (OPS_SEE) }, None => (OPS_SEE) }
    }
}

/// A reason that this program does not know is told as it is.
pub(crate) fn other_doubt(reason: &str) -> String {
    format!("in doubt: {reason}")
}

pub(crate) fn ago(length: &str) -> String {
    format!("{length} ago")
}

/// As [`ago`], where nothing can be pointed at.
pub(crate) fn ago_at(length: &str, at: &Markup) -> Markup {
    html! { (ago(length)) ", " (at) "," }
}
