//! The feeds in two tables: how each stands, and the books of today. Every number that a person can do something about leads
//! to the feed's own page.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use maud::{Markup, html};

use super::{moment, object_link, section};
use crate::parts::{feeds, number, person, time};
use crate::views::activity::{Activity, Watched};
use crate::views::feeds::Feed;
use crate::words::ops as common;
use crate::words::ops::feeds as words;

/// The feeds, and what is said of the bucket as a whole: how many keys no feed takes, and when it was last listed.
pub(super) fn table(watched: &[Watched], (foreign, swept_at): (i64, Option<DateTime<Utc>>), zone: Tz) -> Markup {
    let minutes = watched.first().map_or(0, |one| one.activity.recent_minutes);
    html! {
        section #feeds data-key="feeds" tabindex="0" aria-label=(words::FEEDS) {
            h2 { (words::FEEDS) }
            table.plain {
                caption { (words::caption(minutes)) }
                thead { tr { @for column in words::COLUMNS { th scope="col" { (column) } } } }
                tbody { @for one in watched { (row(one, zone)) } }
            }
            @if watched.is_empty() { p.none { (words::NOT_CONFIGURED) } }
            p #foreign { (words::foreign(foreign, &number::count(foreign))) }
            p #swept { (words::swept(swept_at.map(|at| time::at_second(at, zone)).as_ref())) }
        }
    }
}

fn row(Watched { feed, activity }: &Watched, zone: Tz) -> Markup {
    html! {
        tr data-feed=(feed.name) {
            th scope="row" { a href=(address(&feed.name, "")) { code { (feed.name) } } }
            td { (freshness(feed)) }
            td { (moment(feed.newest_loaded_at, zone)) }
            td.rate { (rate(activity)) }
            (open(feed, feed.not_loaded, "backlog"))
            (open(feed, feed.held, "objects"))
            (open(feed, feed.failed, "objects"))
            (open(feed, feed.quarantined, "partly-read"))
            (open(feed, feed.waiting, "waiting"))
            (open(feed, activity.drifted, "drift"))
            td.wordy { (last_error(activity, zone)) }
        }
    }
}

/// The page of a feed, at one of its sections.
pub(super) fn address(feed: &str, place: &str) -> String {
    let page = person::path("/ops/feeds", &[feed]);
    if place.is_empty() { page } else { format!("{page}#{place}") }
}

/// How many stand open, leading to where they are listed.
fn open(feed: &Feed, count: i64, place: &str) -> Markup {
    html! { td.number data-of=(place) { @if count == 0 { "0" } @else { a href=(address(&feed.name, place)) { (count) } } } }
}

/// The condition in a word, the age, and the limit.
pub(super) fn freshness(feed: &Feed) -> Markup {
    let length = |seconds: Option<i64>| Some(time::duration(TimeDelta::seconds(seconds?)));
    let condition = html! { span class={ "condition " (feeds::condition(feed)) } { (feeds::condition(feed)) } };
    words::freshness(&condition, length(feed.age_seconds).as_deref(), length(feed.limit_seconds).as_deref())
}

/// Objects and records a minute.
pub(super) fn rate(activity: &Activity) -> Markup {
    let a_minute = |count: i64| number::a_minute(count, activity.recent_minutes);
    html! {
        @if activity.recent_objects == 0 { span.none { (words::NOTHING_CAME) } }
        @else { (words::rate(&a_minute(activity.recent_objects), &a_minute(activity.recent_records))) }
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
            _ => span.none { (common::NONE) },
        }
    }
}

/// The books of today, feed by feed.
pub(super) fn today<'a>(watched: impl IntoIterator<Item = &'a Watched>) -> Markup {
    let rows: Vec<Markup> = watched.into_iter().map(|one| books(&one.activity)).collect();
    section("today", &words::TODAY, &rows)
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
