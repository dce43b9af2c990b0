//! What happened within a stay.

use maud::{Markup, html};

pub(crate) fn heading(count: &str) -> String {
    format!("Timeline ({count})")
}

/// Opens what does not stand open at once.
pub(crate) fn earlier(count: &str) -> String {
    format!("Earlier ({count})")
}

/// A silence between two moments.
pub(crate) fn before_the_next(length: &str) -> String {
    format!("{length} before the next")
}

pub(crate) const TEST_NOT_NAMED: &str = "a test that is not named";

pub(crate) fn ordered(test: &str, by: Option<&str>, is_performed: bool) -> Markup {
    html! {
        "Ordered " strong { (test) } " by " (by.unwrap_or(super::SOMEONE))
        @if !is_performed { span.open { ", not performed" } }
    }
}

/// An order whose moment is yet to come.
pub(crate) fn order_ahead(test: &str, by: Option<&str>) -> Markup {
    html! { "Order of " strong { (test) } " by " (by.unwrap_or(super::SOMEONE)) }
}

pub(crate) fn performed(test: &str, value: &str) -> Markup {
    html! { "Performed " strong { (test) } ": " (value) }
}

/// What somebody did about the stay, as `acting` says it.
pub(crate) fn reviewed(by: &str, done: &str, reason: Option<&str>, comment: Option<&str>) -> Markup {
    html! {
        strong { (by) } " " (done)
        @if let Some(reason) = reason { ": " (reason) }
        @if let Some(comment) = comment { " “" bdi { (comment) } "”" }
    }
}
