//! One feed: how it stands, and all that of it waits for a person, each leading to the page where one acts.

use chrono_tz::Tz;
use maud::{Markup, html};

use super::{Sheet, feeds, lists, moment, object_link, page, section};
use crate::parts::{number, time};
use crate::views::ops::{NotLoaded, OneFeed};
use crate::words::ops as common;
use crate::words::ops::feeds as words;

/// `/ops/feeds/{name}`
pub(crate) fn draw(one: &OneFeed, zone: Tz) -> Sheet {
    let content = html! {
        header.head { div.headline {
            h1 { (words::heading(&html! { code { (one.watched.feed.name) } })) }
            p.as-of { (common::as_of(&time::at_second(one.now, zone))) }
        } }
        (facts(one, zone))
        (feeds::today([&one.watched]))
        (super::open_objects(&one.open_objects, zone))
        (super::drift(&one.drift, zone))
        (super::quarantine(&one.quarantined, zone))
        (lists::partly_read(&one.partly_read, zone))
        @if one.watched.feed.waiting > 0 { (lists::waiting(&one.waiting, zone)) }
        (backlog(&one.backlog, zone))
    };
    page(words::TITLE, &content)
}

fn facts(one: &OneFeed, zone: Tz) -> Markup {
    let (feed, activity) = (&one.watched.feed, &one.watched.activity);
    let moments = [
        (words::NEWEST_LOADED, feed.newest_loaded_at),
        (words::NEWEST_SEEN, feed.newest_seen_at),
        (words::OLDEST_NOT_LOADED, feed.oldest_not_loaded_at),
    ];
    html! {
        dl.facts {
            div { dt { (words::FRESHNESS) } dd { (feeds::freshness(feed)) } }
            @for (what, at) in moments {
                div { dt { (what) } dd { (moment(at, zone)) } }
            }
            div { dt { (words::rate_over(activity.recent_minutes)) } dd { (feeds::rate(activity)) } }
            div { dt { (words::LAST_ERROR) } dd { (feeds::last_error(activity, zone)) } }
        }
    }
}

fn backlog(objects: &[NotLoaded], zone: Tz) -> Markup {
    let total = objects.first().map_or(0, |object| object.total);
    let row = |object: &NotLoaded| {
        html! {
            tr data-object=(object.key) {
                th scope="row" { (object_link(object.object_id, &html! { code.key { (object.key) } })) }
                td { (if object.state == "leased" { words::LEASED } else { words::PENDING }) }
                td.number { (object.attempts) }
                td { (object.reason.as_deref().unwrap_or(words::NOT_TRIED)) }
                td { (time::at_second(object.order_time, zone)) }
                td { (time::at_second(object.discovered_at, zone)) }
            }
        }
    };
    let rows: Vec<Markup> = objects.iter().map(row).collect();
    section("backlog", &words::backlog(&number::count(total)), &rows)
}
