//! The feeds at the head of a page: how old the data is, what stands in doubt, and what that means for the reader.
//!
//! Invariant: stale data never looks fresh. A feed that is stale, held or was never loaded always makes a banner.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use maud::{Markup, html};

use super::time;
use crate::views::feeds::Feed;
use crate::words;

/// Whether the feeds allow an empty list to be taken as good news.
pub(crate) fn are_trusted(feeds: &[Feed]) -> bool {
    !feeds.is_empty() && !feeds.iter().any(|feed| feed.is_stale || feed.is_held() || feed.never_loaded())
}

/// One line a feed: age, backlog, and what could not be taken.
pub(crate) fn strip(feeds: &[Feed], zone: Tz) -> Markup {
    html! {
        ul.feeds data-key="feeds" aria-label="How fresh the data is" {
            @for feed in feeds {
                li class={ "feed " (condition(feed)) } data-feed=(feed.name) data-stale=(feed.is_stale) {
                    span.feed-name title=(feed.name) { (words::feed(&feed.name)) }
                    " "
                    span.feed-age { (age(feed)) }
                    @if let Some(loaded) = feed.newest_loaded_at {
                        span.feed-at { "newest loaded " (time::at_second(loaded, zone)) }
                    }
                    @if let Some(doubts) = doubts(feed) { span.feed-doubts { (doubts) } }
                }
            }
        }
    }
}

/// A word for a feed's condition; also its class.
pub(crate) fn condition(feed: &Feed) -> &'static str {
    match feed {
        feed if feed.never_loaded() => "never",
        feed if feed.is_stale => "stale",
        feed if feed.is_held() => "held",
        _ => "fresh",
    }
}

fn age(feed: &Feed) -> String {
    let Some(seconds) = feed.age_seconds else { return "nothing loaded yet".to_owned() };
    let age = time::duration(TimeDelta::seconds(seconds));
    match (feed.is_stale, feed.limit_seconds) {
        (true, Some(limit)) => format!("stale: {age} old, limit {}", time::duration(TimeDelta::seconds(limit))),
        (_, None) => format!("static, {age} old"),
        _ => format!("{age} old"),
    }
}

/// What of a feed is not on the board: files to come, files not readable, records not taken, results not attributed.
pub(crate) fn doubts(feed: &Feed) -> Option<String> {
    let counted = [
        (feed.not_loaded, "waiting to be loaded", "file", "files"),
        (feed.held, "held", "file", "files"),
        (feed.failed, "failed", "file", "files"),
        (feed.quarantined, "quarantined", "record", "records"),
        (feed.waiting, "waiting for a test", "result", "results"),
    ];
    let said: Vec<String> = counted
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, what, one, many)| format!("{count} {} {what}", if count == 1 { one } else { many }))
        .collect();
    (!said.is_empty()).then(|| said.join(", "))
}

/// What the reader must know before reading the list.
pub(crate) fn banners(feeds: &[Feed], present: bool, zone: Tz) -> Markup {
    let of = |source: &'static str| feeds.iter().filter(move |feed| feed.source == source);
    let stale = |source| -> Vec<&Feed> { of(source).filter(|feed| present && feed.is_stale).collect() };
    let held = |source| -> Vec<&Feed> { of(source).filter(|feed| feed.is_held()).collect() };
    html! {
        div.banners data-key="banners" {
            @let (lis_stale, lis_held, pms_stale, pms_held) = (stale("lis"), held("lis"), stale("pms"), held("pms"));
            @if !lis_stale.is_empty() {
                (banner("lis-stale", "Laboratory data is stale: every state is unknown", &since(&lis_stale, zone),
                    "Tests performed since then are not shown. Check with the laboratory before you act."))
            }
            @if !lis_held.is_empty() {
                (banner("lis-held", "Laboratory files cannot be read: every state is unknown", &unread(&lis_held),
                    "Tests performed may be missing until ops release these files. Check with the laboratory before you act."))
            }
            @if !pms_stale.is_empty() {
                (banner("pms-stale", "Patient data is stale: patients may be missing or already home", &since(&pms_stale, zone),
                    "Check the ward's own list."))
            }
            @if !pms_held.is_empty() {
                (banner("pms-held", "Patient files cannot be read: patients may be missing or already home", &unread(&pms_held),
                    "Check the ward's own list until ops release these files."))
            }
        }
    }
}

fn banner(id: &str, title: &str, since: &str, advice: &str) -> Markup {
    html! {
        div.banner id={ "banner-" (id) } role="note" {
            p { strong { (title) "." } " " (since) " " (advice) }
        }
    }
}

fn since(feeds: &[&Feed], zone: Tz) -> String {
    let said: Vec<String> = feeds.iter().map(|feed| last_heard(feed, zone)).collect();
    format!("{}.", said.join("; "))
}

fn last_heard(feed: &Feed, zone: Tz) -> String {
    let name = words::feed(&feed.name);
    let Some(loaded) = feed.newest_loaded_at else { return format!("{name}: nothing was ever loaded") };
    let stale_since = feed.limit_seconds.map(|limit| loaded + TimeDelta::seconds(limit));
    let since = |at: DateTime<Utc>| format!(", stale since {}", time::date_time(at, zone));
    format!(
        "{name}: nothing newer than {}{}",
        time::date_time(loaded, zone),
        stale_since.map(since).unwrap_or_default()
    )
}

fn unread(feeds: &[&Feed]) -> String {
    let said: Vec<String> = feeds
        .iter()
        .map(|feed| {
            let files = feed.held + feed.failed;
            format!("{}: {files} {}", words::feed(&feed.name), if files == 1 { "file" } else { "files" })
        })
        .collect();
    format!("{}.", said.join("; "))
}
