//! What the board shows, as its page's title says it: parts that commas join.

use crate::query::BoardQuery;
use crate::views::board::Section;

pub(crate) const NOT_LIVE: &str = "NOT LIVE";
pub(crate) const MINE: &str = "my patients";
pub(crate) const SINCE_VISIT: &str = "changed since my last visit";

/// As the title begins. `hours`: the threshold, where one holds for all.
pub(crate) fn total(total: &str, query: &BoardQuery, hours: Option<i32>) -> String {
    match (query.due, hours) {
        _ if query.section == Some(Section::Acknowledged) => format!("{total} acknowledged"),
        (Some(due), _) => match query.hours {
            Some(hours) => format!("{total} due {}, by a threshold of {hours} h", super::due(due)),
            None => format!("{total} due {}", super::due(due)),
        },
        (None, Some(hours)) => format!("{total} without a test for {hours} h"),
        (None, None) => format!("{total} without a test for longer than their department allows"),
    }
}

pub(crate) fn changed_since(at: &str) -> String {
    format!("changed since {at}")
}

pub(crate) fn at_least(days: i32) -> String {
    format!("at least {days} d")
}

pub(crate) fn search(text: &str) -> String {
    format!("search {text}")
}

pub(crate) fn as_of(at: &str) -> String {
    format!("as of {at}")
}

pub(crate) fn page(page: &str) -> String {
    format!("page {page}")
}
