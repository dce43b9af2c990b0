//! One feed: how it stands, and all that of it waits for a person, each leading to the page where one acts.

use chrono_tz::Tz;
use maud::{Markup, html};

use super::{Sheet, feeds, lists, object_link, page, section};
use crate::parts::time;
use crate::views::ops::{NotLoaded, OneFeed};

/// `/ops/feeds/{name}`
pub(crate) fn draw(one: &OneFeed, zone: Tz) -> Sheet {
    let content = html! {
        header.head { div.headline { h1 { "Feed " code { (one.watched.feed.name) } } p.as-of { "As of " (time::at_second(one.now, zone)) } } }
        (facts(one, zone))
        (feeds::today([&one.watched]))
        (super::open_objects(&one.open_objects, zone))
        (super::drift(&one.drift, zone))
        (super::quarantine(&one.quarantined, zone))
        (lists::partly_read(&one.partly_read, zone))
        @if one.watched.feed.waiting > 0 { (lists::waiting(&one.waiting, zone)) }
        (backlog(&one.backlog, zone))
    };
    page("Feed", &content)
}

fn facts(one: &OneFeed, zone: Tz) -> Markup {
    let (feed, activity) = (&one.watched.feed, &one.watched.activity);
    let moments = [
        ("Newest loaded", feed.newest_loaded_at),
        ("Newest seen", feed.newest_seen_at),
        ("Oldest not loaded", feed.oldest_not_loaded_at),
    ];
    html! {
        dl.facts {
            div { dt { "Freshness" } dd { (feeds::freshness(feed)) } }
            @for (what, at) in moments {
                div { dt { (what) } dd { @match at { Some(at) => (time::at_second(at, zone)), None => span.none { "none" } } } }
            }
            div { dt { "Rate over the last " (activity.recent_minutes) " minutes" } dd { (feeds::rate(activity)) } }
            div { dt { "Last error" } dd { (feeds::last_error(activity, zone)) } }
        }
    }
}

fn backlog(objects: &[NotLoaded], zone: Tz) -> Markup {
    let total = objects.first().map_or(0, |object| object.total);
    let row = |object: &NotLoaded| {
        html! {
            tr data-object=(object.key) {
                th scope="row" { (object_link(object.object_id, &html! { code.key { (object.key) } })) }
                td { @if object.state == "leased" { "a worker has it" } @else { "waits for a worker" } }
                td.number { (object.attempts) }
                td { (object.reason.as_deref().unwrap_or("not tried yet")) }
                td { (time::at_second(object.order_time, zone)) }
                td { (time::at_second(object.discovered_at, zone)) }
            }
        }
    };
    let rows: Vec<Markup> = objects.iter().map(row).collect();
    let columns = ["Object", "State", "Attempts in vain", "Why", "Order", "Known since"];
    let caption = "The next one first; they are tried again by themselves";
    section("backlog", &format!("Backlog ({total})"), caption, &columns, &rows)
}
