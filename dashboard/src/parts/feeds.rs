//! The feeds at the head of a page: how old the data is, what stands in doubt, and what that means for the reader.
//!
//! Invariant: stale data never looks fresh. A feed that is stale, held or was never loaded always makes a banner.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use maud::{Markup, html};

use super::{number, time};
use crate::views::feeds::Feed;
use crate::words::feed as name;
use crate::words::feeds::{self as words, Banner};

/// Whether the feeds allow an empty list to be taken as good news.
pub(crate) fn are_trusted(feeds: &[Feed]) -> bool {
    !feeds.is_empty() && !feeds.iter().any(|feed| feed.is_stale || feed.is_held() || feed.never_loaded())
}

/// One line a feed: age, backlog, and what could not be taken. Where the database does not answer, that is of the last reading,
/// and nothing is fresh.
pub(crate) fn strip(feeds: &[Feed], is_live: bool, zone: Tz) -> Markup {
    html! {
        ul.feeds data-key="feeds" aria-label=(words::FRESHNESS) {
            @for feed in feeds {
                li class={ "feed " (if is_live { condition(feed) } else { "lost" }) } data-feed=(feed.name) data-stale=(feed.is_stale) {
                    span.feed-name title=(feed.name) { (name(&feed.name)) }
                    " "
                    span.feed-age { (if is_live { age(feed) } else { words::when_last_read(&age(feed)) }) }
                    @if let Some(loaded) = feed.newest_loaded_at {
                        span.feed-at { (words::newest_loaded(&time::at_second(loaded, zone))) }
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
    let Some(seconds) = feed.age_seconds else { return words::NOTHING_YET.to_owned() };
    let age = time::duration(TimeDelta::seconds(seconds));
    match (feed.is_stale, feed.limit_seconds) {
        (true, Some(limit)) => words::stale(&age, &time::duration(TimeDelta::seconds(limit))),
        (_, None) => words::static_feed(&age),
        _ => words::old(&age),
    }
}

/// A count of something, in words.
type InWords = fn(i64, &str) -> String;

/// What of a feed is not on the board: files to come, files not readable, records not taken, results not attributed.
pub(crate) fn doubts(feed: &Feed) -> Option<String> {
    let counted: [(i64, InWords); 5] = [
        (feed.not_loaded, words::not_loaded),
        (feed.held, words::held),
        (feed.failed, words::failed),
        (feed.quarantined, words::quarantined),
        (feed.waiting, words::waiting),
    ];
    let counted = counted.into_iter().filter(|(count, _)| *count > 0);
    let said: Vec<String> = counted.map(|(count, said)| said(count, &number::count(count))).collect();
    (!said.is_empty()).then(|| said.join(", "))
}

/// What the reader must know before reading the list. The place is always there, so that a banner which comes while the page is
/// open is read out once, and those that stand there already are not.
pub(crate) fn banners(feeds: &[Feed], present: bool, zone: Tz) -> Markup {
    html! {
        div.banners data-key="banners" data-list role="status" aria-atomic="false" {
            @for Warning { id, banner, since } in warnings(feeds, present, zone) {
                div.banner id={ "banner-" (id) } data-key=(id) role="note" {
                    p { strong { (banner.title) } " " (since) " " (banner.advice) }
                }
            }
        }
    }
}

/// The same where no banner can stand.
pub(crate) fn titles(feeds: &[Feed], present: bool, zone: Tz) -> impl Iterator<Item = &'static str> {
    warnings(feeds, present, zone).into_iter().map(|warning| warning.banner.title)
}

/// What is wrong with the feeds of a source, and since when.
struct Warning {
    id: String,
    banner: &'static Banner,
    since: String,
}

fn warnings(feeds: &[Feed], present: bool, zone: Tz) -> Vec<Warning> {
    let sources = [
        ("lis", [&words::LIS_STALE, &words::LIS_NEVER, &words::LIS_HELD]),
        ("pms", [&words::PMS_STALE, &words::PMS_NEVER, &words::PMS_HELD]),
    ];
    let is_stale = |feed: &Feed| present && feed.is_stale;
    let of_source = |(source, [stale, never, held]): (&str, [&'static Banner; 3])| {
        let of = |is: &dyn Fn(&Feed) -> bool| -> Vec<&Feed> {
            feeds.iter().filter(|feed| feed.source == source && is(feed)).collect()
        };
        let silent = of(&is_stale);
        let never_loaded = of(&|feed| feed.never_loaded() && !is_stale(feed));
        let unreadable = of(&Feed::is_held);
        let told = [
            ("stale", stale, !silent.is_empty(), since(&silent, zone)),
            ("never", never, !never_loaded.is_empty(), since(&never_loaded, zone)),
            ("held", held, !unreadable.is_empty(), unread(&unreadable)),
        ];
        let told = told.into_iter().filter(|(_, _, is_told, _)| *is_told);
        told.map(|(what, banner, _, since)| Warning { id: format!("{source}-{what}"), banner, since })
            .collect::<Vec<_>>()
    };
    sources.into_iter().flat_map(of_source).collect()
}

fn since(feeds: &[&Feed], zone: Tz) -> String {
    let said: Vec<String> = feeds.iter().map(|feed| last_heard(feed, zone)).collect();
    format!("{}.", said.join("; "))
}

fn last_heard(feed: &Feed, zone: Tz) -> String {
    let name = name(&feed.name);
    let Some(loaded) = feed.newest_loaded_at else { return words::never_loaded(name) };
    let said = |at: DateTime<Utc>| time::date_time(at, zone);
    let stale_since = feed.limit_seconds.map(|limit| said(loaded + TimeDelta::seconds(limit)));
    words::silent(name, &said(loaded), stale_since.as_deref())
}

fn unread(feeds: &[&Feed]) -> String {
    let unread = |feed: &&Feed| {
        let count = feed.held + feed.failed;
        words::unread(name(&feed.name), count, &number::count(count))
    };
    format!("{}.", feeds.iter().map(unread).collect::<Vec<_>>().join("; "))
}
