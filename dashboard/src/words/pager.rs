//! Which rows of how many, and the way to the others.

use maud::{Markup, html};

pub(crate) const PAGES: &str = "Pages";
pub(crate) const FIRST: &str = "First";
pub(crate) const PREVIOUS: &str = "Previous";
pub(crate) const NEXT: &str = "Next";
pub(crate) const LAST: &str = "Last";
// Where no page is counted.
pub(crate) const FIRST_PAGE: &str = "First page";
pub(crate) const NEXT_PAGE: &str = "Next page";

pub(crate) fn rows(first: &str, last: &str, total: &str) -> Markup {
    html! { "Rows " (first) "–" (last) " of " strong { (total) } }
}

pub(crate) fn page(page: &str, last: &str) -> String {
    format!("Page {page} of {last}")
}
