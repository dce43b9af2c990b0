//! The audit. Actions stand as the audit itself writes them.

use maud::{Markup, html};

pub(crate) const TITLE: &str = "Audit";

pub(crate) fn what_it_is() -> Markup {
    html! {
        "What was done, the newest first. " code { "wardwatch-dashboard audit verify" }
        " proves that none is missing or altered."
    }
}

pub(crate) const NARROW: &str = "Narrow the audit";
pub(crate) const ACCOUNT: &str = "Account";
pub(crate) const PATIENT_ID: &str = "Patient id";
pub(crate) const ACTION: &str = "Action";
pub(crate) const FROM: &str = "From";
pub(crate) const UNTIL: &str = "Until";
pub(crate) const FIND: &str = "Find";
pub(crate) const CLEAR: &str = "Clear";

pub(crate) const EMPTY: &str = "No such row.";
pub(crate) const CAPTION: &str = "The newest first";
pub(crate) const COLUMNS: [&str; 8] = ["Row", "When", "Who", "What", "Patient", "About", "Why", "From"];
/// In place of what a row does not say.
pub(crate) const NOTHING: &str = "–";
pub(crate) const PAGES: &str = "Pages";
pub(crate) const OLDER: &str = "Older";

/// Who did it, as what.
pub(crate) fn who(name: &Markup, role: Option<&str>) -> Markup {
    html! { (name) @if let Some(role) = role { " (" (role) ")" } }
}

pub(crate) fn to_review(openings: &str) -> String {
    format!("To review: other departments' patients that were opened ({openings})")
}

/// `reason`: in the words of who opened it.
pub(crate) fn opened(name: &str, patient: &str, at: &Markup, reason: &str) -> Markup {
    html! { strong { (name) } " opened patient " strong { (patient) } " on " (at) ": " (reason) }
}

/// On the button; which one for those who do not see where it stands.
pub(crate) fn reviewed(name: &str, patient: &str) -> Markup {
    html! { "Reviewed" span.quiet { ": " (name) ", patient " (patient) } }
}
