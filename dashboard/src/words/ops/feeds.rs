//! The feeds: how each stands, its books of today, and the page of one.

use std::borrow::Cow;

use maud::{Markup, html};

use super::List;

pub(crate) const FEEDS: &str = "Feeds";
pub(crate) const COLUMNS: [&str; 11] = [
    "Feed",
    "Freshness",
    "Newest loaded",
    "Rate",
    "Backlog",
    "Held",
    "Failed",
    "Quarantined",
    "Waiting",
    "Drift",
    "Last error",
];

/// `minutes`: over which the rate is taken.
pub(crate) fn caption(minutes: i32) -> String {
    format!(
        "What is late, how fast it comes (over the last {minutes} minutes), and what is open; each number leads to where one acts"
    )
}

pub(crate) const NOT_CONFIGURED: &str = "No feed is configured yet: start wardwatch-ingest run.";

pub(crate) fn foreign(keys: i64, said: &str) -> String {
    match keys {
        1 => "1 key in the bucket is taken by no feed.".to_owned(),
        _ => format!("{said} keys in the bucket are taken by no feed."),
    }
}

/// `at`: when that last ended.
pub(crate) fn swept(at: Option<&Markup>) -> Markup {
    html! {
        @match at {
            Some(at) => { "The bucket was last listed from end to end at " (at) "." }
            None => { "The bucket was never listed from end to end." }
        }
    }
}

/// The condition in a word, the age and the limit; a feed without a limit is static.
pub(crate) fn freshness(condition: &Markup, age: Option<&str>, limit: Option<&str>) -> Markup {
    html! {
        (condition)
        @match (age, limit) {
            (Some(age), Some(limit)) => { ", " (age) " old, limit " (limit) }
            (Some(age), None) => { ", " (age) " old, static" }
            (None, Some(limit)) => { ", limit " (limit) }
            (None, None) => { ", static" }
        }
    }
}

pub(crate) fn rate(objects: &str, records: &str) -> String {
    format!("{objects} objects, {records} records a minute")
}

/// In place of a rate.
pub(crate) const NOTHING_CAME: &str = "nothing";

/// The books of today, with the outcomes of records in their order.
pub(crate) const TODAY: List = List {
    title: Cow::Borrowed("Books of today"),
    caption: "Loaded since midnight, as the records stand now: the outcomes add up to the records",
    columns: &[
        "Feed",
        "Objects",
        "Records",
        "Inserted",
        "Updated",
        "Unchanged",
        "Superseded",
        "Skipped",
        "Quarantined",
        "Waiting",
    ],
};

/// The page of one feed.
pub(crate) const TITLE: &str = "Feed";

/// `name` as the configuration has it.
pub(crate) fn heading(name: &Markup) -> Markup {
    html! { "Feed " (name) }
}

pub(crate) const FRESHNESS: &str = "Freshness";
pub(crate) const NEWEST_LOADED: &str = "Newest loaded";
pub(crate) const NEWEST_SEEN: &str = "Newest seen";
pub(crate) const OLDEST_NOT_LOADED: &str = "Oldest not loaded";
pub(crate) const LAST_ERROR: &str = "Last error";

pub(crate) fn rate_over(minutes: i32) -> String {
    format!("Rate over the last {minutes} minutes")
}

pub(crate) fn backlog(total: &str) -> List {
    List {
        title: format!("Backlog ({total})").into(),
        caption: "The next one first; they are tried again by themselves",
        columns: &["Object", "State", "Attempts in vain", "Why", "Order", "Known since"],
    }
}

pub(crate) const LEASED: &str = "a worker has it";
pub(crate) const PENDING: &str = "waits for a worker";
pub(crate) const NOT_TRIED: &str = "not tried yet";
