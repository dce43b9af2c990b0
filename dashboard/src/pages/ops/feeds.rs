//! The feeds in two tables: how each stands, and the books of today. Every number that a person can do something about leads
//! to the feed's own page.

use chrono::TimeDelta;
use chrono_tz::Tz;
use maud::{Markup, html};

use super::{object_link, section};
use crate::parts::{feeds, person, time};
use crate::views::activity::{Activity, Watched};
use crate::views::feeds::Feed;

const COLUMNS: [&str; 10] =
    ["Feed", "Freshness", "Newest loaded", "Rate", "Backlog", "Held", "Failed", "Quarantined", "Waiting", "Drift"];

pub(super) fn table(watched: &[Watched], foreign: i64, zone: Tz) -> Markup {
    let minutes = watched.first().map_or(0, |one| one.activity.recent_minutes);
    html! {
        section #feeds data-key="feeds" tabindex="0" aria-label="Feeds" {
            h2 { "Feeds" }
            table.plain {
                caption { "What is late, how fast it comes (over the last " (minutes) " minutes), and what is open; each number leads to where one acts" }
                thead { tr { @for column in COLUMNS { th scope="col" { (column) } } th scope="col" { "Last error" } } }
                tbody { @for one in watched { (row(one, zone)) } }
            }
            @if watched.is_empty() { p.none { "No feed is configured yet: start wardwatch-ingest run." } }
            p #foreign { (foreign) @if foreign == 1 { " key in the bucket is" } @else { " keys in the bucket are" } " taken by no feed." }
        }
    }
}

fn row(Watched { feed, activity }: &Watched, zone: Tz) -> Markup {
    html! {
        tr data-feed=(feed.name) {
            th scope="row" { a href=(address(&feed.name, "")) { code { (feed.name) } } }
            td { (freshness(feed)) }
            td { @match feed.newest_loaded_at { Some(at) => (time::at_second(at, zone)), None => span.none { "none" } } }
            td.rate { (rate(activity)) }
            (number(feed, feed.not_loaded, "backlog"))
            (number(feed, feed.held, "objects"))
            (number(feed, feed.failed, "objects"))
            (number(feed, feed.quarantined, "partly-read"))
            (number(feed, feed.waiting, "waiting"))
            (number(feed, activity.drifted, "drift"))
            td.wordy { (last_error(activity, zone)) }
        }
    }
}

/// The page of a feed, at one of its sections.
pub(super) fn address(feed: &str, place: &str) -> String {
    let page = person::path("/ops/feeds", &[feed]);
    if place.is_empty() { page } else { format!("{page}#{place}") }
}

fn number(feed: &Feed, count: i64, place: &str) -> Markup {
    html! { td.number data-of=(place) { @if count == 0 { "0" } @else { a href=(address(&feed.name, place)) { (count) } } } }
}

/// The condition in a word, the age, and the limit.
pub(super) fn freshness(feed: &Feed) -> Markup {
    let length = |seconds: i64| time::duration(TimeDelta::seconds(seconds));
    html! {
        span class={ "condition " (feeds::condition(feed)) } { (feeds::condition(feed)) }
        @if let Some(age) = feed.age_seconds { ", " (length(age)) " old" }
        @match feed.limit_seconds { Some(limit) => { ", limit " (length(limit)) }, None => ", static" }
    }
}

/// Objects and records a minute.
pub(super) fn rate(activity: &Activity) -> Markup {
    let a_minute = |count: i64| {
        let rate = count as f64 / f64::from(activity.recent_minutes.max(1));
        if rate < 10.0 { format!("{rate:.1}") } else { format!("{rate:.0}") }
    };
    html! {
        @if activity.recent_objects == 0 { span.none { "nothing" } } @else {
            (a_minute(activity.recent_objects)) " objects, " (a_minute(activity.recent_records)) " records a minute"
        }
    }
}

/// When, why, and the object to look at.
pub(super) fn last_error(activity: &Activity, zone: Tz) -> Markup {
    html! {
        @match (activity.last_error_at, &activity.last_error) {
            (Some(at), Some(reason)) => {
                @match activity.last_error_object {
                    Some(object) => (object_link(object, &time::at_second(at, zone))),
                    None => (time::at_second(at, zone)),
                }
                " " (reason)
            }
            _ => span.none { "none" },
        }
    }
}

const BOOKS: [&str; 10] = [
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
];

/// The books of today, feed by feed.
pub(super) fn today<'a>(watched: impl IntoIterator<Item = &'a Watched>) -> Markup {
    let rows: Vec<Markup> = watched.into_iter().map(|one| books(&one.activity)).collect();
    let caption = "Loaded since midnight, as the records stand now: the outcomes add up to the records";
    section("today", "Books of today", caption, &BOOKS, &rows)
}

fn books(activity: &Activity) -> Markup {
    let Activity { objects, records, inserted, updated, unchanged, superseded, skipped, quarantined, waiting, .. } =
        activity;
    let counts = [objects, records, inserted, updated, unchanged, superseded, skipped, quarantined, waiting];
    html! {
        tr data-feed=(activity.feed) {
            th scope="row" { a href=(address(&activity.feed, "")) { code { (activity.feed) } } }
            @for count in counts { td.number { (count) } }
        }
    }
}
