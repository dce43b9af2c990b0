//! For ops: what is late, held, quarantined, waiting, in conflict or drifting, and why; each leads to the page where a person
//! acts. No raw text of a record here.
//!
//! Invariant: a table that is wider than the window scrolls within its section, which takes the focus for that. The page
//! follows the server and is redrawn under the reader, so no form stands on it.

pub(crate) mod asked;
pub(crate) mod case;
pub(crate) mod lists;
pub(crate) mod object;
pub(crate) mod result;

use chrono::TimeDelta;
use chrono_tz::Tz;
use maud::{Markup, html};

use crate::parts::{feeds, layout, lineage, person, time};
use crate::views::feeds::Feed;
use crate::views::ops::{Drift, MapTrouble, OpenObject, Ops, Quarantined, Unreadable};

/// The whole page.
pub(crate) fn draw(ops: &Ops, zone: Tz) -> Markup {
    let content = html! {
        div #ops data-list data-as-of=(time::rfc3339(ops.now)) {
            header.head data-key="head" { div.headline { h1 { "Operations" } p.as-of { "As of " (time::at_second(ops.now, zone)) } } }
            @if ops.is_rebuilding { p #rebuilding.banner role="status" data-key="rebuilding" {
                strong { "The warehouse is being rebuilt." } " Board and patients are not shown until it is whole. If no "
                code { "wardwatch-ingest replay" } " runs, one was cut short: run it again."
            } }
            (feed_table(&ops.feeds, ops.foreign, zone))
            (lists::requests(&ops.open.requests, zone))
            (open_objects(&ops.open_objects, zone))
            (lists::conflicts(&ops.open.conflicts, zone))
            (lists::waiting(&ops.open.waiting, zone))
            (quarantine(&ops.quarantined, zone))
            (lists::partly_read(&ops.open.partly_read, zone))
            (unreadable(&ops.unreadable, zone))
            (drift(&ops.drift))
            (map_trouble(&ops.map_trouble, zone))
            (lists::decisions(&ops.open.decisions, zone))
        }
    };
    layout::page(&layout::Frame { title: "Operations", place: "/ops", is_live: true, reload: None }, &content)
}

/// A page below Operations, that stands still while somebody types in it.
fn page(title: &str, content: &Markup) -> Markup {
    page_that_reloads(title, None, content)
}

/// The same, of something that is on its way.
fn page_that_reloads(title: &str, reload: Option<u32>, content: &Markup) -> Markup {
    let content = html! {
        p.back { a href="/ops" { "← Operations" } }
        (content)
    };
    layout::page(&layout::Frame { title, place: "/ops", is_live: false, reload }, &content)
}

/// A section with a table, or with a word where there is nothing.
fn section(id: &str, title: &str, caption: &str, columns: &[&str], rows: &[Markup]) -> Markup {
    html! {
        section id=(id) data-key=(id) tabindex="0" aria-label=(title) {
            h2 { (title) }
            @if rows.is_empty() { p.none { "None." } } @else {
                table.plain {
                    caption { (caption) }
                    thead { tr { @for column in columns { th scope="col" { (column) } } } }
                    tbody { @for row in rows { (row) } }
                }
            }
        }
    }
}

fn object_link(object_id: i64, words: &Markup) -> Markup {
    html! { a href=(person::path("/ops/objects", &[&object_id.to_string()])) { (words) } }
}

fn feed_table(feeds: &[Feed], foreign: i64, zone: Tz) -> Markup {
    html! {
        section #feeds data-key="feeds" tabindex="0" aria-label="Feeds" {
            h2 { "Feeds" }
            table.plain {
                caption { "Freshness and what is open" }
                thead { tr {
                    @for column in ["Feed", "Condition", "Newest loaded", "Age", "Limit", "Newest seen", "Oldest not loaded", "Backlog", "Held", "Failed", "Quarantined", "Waiting"] {
                        th scope="col" { (column) }
                    }
                } }
                tbody { @for feed in feeds { (feed_row(feed, zone)) } }
            }
            @if feeds.is_empty() { p.none { "No feed is configured yet: start wardwatch-ingest run." } }
            p #foreign { (foreign) @if foreign == 1 { " key in the bucket is" } @else { " keys in the bucket are" } " taken by no feed." }
        }
    }
}

fn feed_row(feed: &Feed, zone: Tz) -> Markup {
    let when = |at: Option<chrono::DateTime<chrono::Utc>>| html! { @match at { Some(at) => (time::at_second(at, zone)), None => span.none { "none" } } };
    let length = |seconds: Option<i64>, otherwise: &str| {
        seconds.map_or_else(|| otherwise.to_owned(), |s| time::duration(TimeDelta::seconds(s)))
    };
    html! {
        tr data-feed=(feed.name) {
            th scope="row" { code { (feed.name) } }
            td { span class={ "condition " (feeds::condition(feed)) } { (feeds::condition(feed)) } }
            td { (when(feed.newest_loaded_at)) }
            td { (length(feed.age_seconds, "never")) }
            td { (length(feed.limit_seconds, "static")) }
            td { (when(feed.newest_seen_at)) }
            td { (when(feed.oldest_not_loaded_at)) }
            td.number { (feed.not_loaded) }
            td.number { (feed.held) }
            td.number { (feed.failed) }
            td.number { (feed.quarantined) }
            td.number { (feed.waiting) }
        }
    }
}

fn open_objects(objects: &[OpenObject], zone: Tz) -> Markup {
    let total = objects.first().map_or(0, |object| object.total);
    let columns = ["Object", "Feed", "State", "Reason", "Attempts", "Bytes", "Order"];
    let row = |object: &OpenObject| {
        html! {
            tr data-object=(object.key) {
                th scope="row" { (object_link(object.object_id, &lineage::object(Some(&object.key), object.sha256.as_deref()))) }
                td { (object.feed.as_deref().unwrap_or("none")) }
                td { span class={ "condition " (object.state) } { (object.state) } }
                td { (object.reason.as_deref().unwrap_or("no reason recorded")) }
                td.number { (object.attempts) }
                td.number { (object.size_bytes) }
                td { (time::at_second(object.order_time, zone)) }
            }
        }
    };
    let rows: Vec<Markup> = objects.iter().map(row).collect();
    let caption = "Newest first; open one to load it again or to dismiss it";
    section("objects", &format!("Held and failed objects ({total})"), caption, &columns, &rows)
}

fn quarantine(quarantined: &[Quarantined], zone: Tz) -> Markup {
    let columns = ["Feed", "Column", "Reason", "Records", "Objects", "Newest"];
    let row = |reason: &Quarantined| {
        html! {
            tr {
                th scope="row" { code { (reason.feed) } }
                td { (reason.column_name.as_deref().unwrap_or("the record")) }
                td { (reason.reason) }
                td.number { (reason.records) }
                td.number { (reason.objects) }
                td { (time::at_second(reason.newest_at, zone)) }
            }
        }
    };
    let rows: Vec<Markup> = quarantined.iter().map(row).collect();
    let caption = "Records neither taken nor dismissed, the most frequent reason first";
    section("quarantine", "Quarantine by reason", caption, &columns, &rows)
}

fn unreadable(admissions: &[Unreadable], zone: Tz) -> Markup {
    let total = admissions.first().map_or(0, |one| one.total);
    let columns = ["Object", "Record", "Column", "Reason", "Patient id", "Case", "Said"];
    let row = |one: &Unreadable| {
        let (object, record) = (one.object_id.to_string(), one.record.to_string());
        html! {
            tr {
                th scope="row" { a href=(person::path("/ops/objects", &[&object, "records", &record])) { code.key { (one.object_key) } } }
                td.number { (one.record) }
                td { (one.column_name.as_deref().unwrap_or("the record")) }
                td { (one.reason) }
                td { (one.patient_id.as_deref().unwrap_or("not readable")) }
                td { (one.case_number.as_deref().unwrap_or("not readable")) }
                td { (time::at_second(one.seen_at, zone)) }
            }
        }
    };
    let rows: Vec<Markup> = admissions.iter().map(row).collect();
    let title = format!("Admissions that cannot be read ({total})");
    section("unreadable", &title, "They stand on the board as unknown; open one to see its text", &columns, &rows)
}

/// Nothing, unless a map was refused.
fn map_trouble(trouble: &[MapTrouble], zone: Tz) -> Markup {
    html! {
        @if !trouble.is_empty() {
            section #maps data-key="maps" tabindex="0" aria-label="Refused column maps" {
                h2 { "Refused column maps" }
                p { "The last good maps stay in force until these are corrected." }
                @for one in trouble {
                    p { code { (one.place) } ", since " (time::at_second(one.noticed_at, zone)) ": " (one.reason) }
                }
            }
        }
    }
}

fn drift(drift: &[Drift]) -> Markup {
    html! {
        section #drift data-key="drift" tabindex="0" aria-label="Drift" {
            h2 { "Drift" }
            @if drift.is_empty() { p.none { "Every header is known to its map." } } @else {
                table.plain {
                    caption { "Headers that the maps do not know or miss" }
                    thead { tr { @for column in ["Feed", "Map", "Header", "Kind", "Objects"] { th scope="col" { (column) } } } }
                    tbody { @for header in drift {
                        tr {
                            th scope="row" { code { (header.feed) } }
                            td { "v" (header.map_version) }
                            td { code { (header.header) } }
                            td { (header.kind.replace('_', " ")) }
                            td.number { (header.objects) }
                        }
                    } }
                }
            }
        }
    }
}
