//! For ops: what is late, held, quarantined or drifting, and why. No raw text of a record.
//!
//! Invariant: a table that is wider than the window scrolls within its section, which takes the focus for that.

use chrono::TimeDelta;
use chrono_tz::Tz;
use maud::{Markup, html};

use crate::parts::{feeds, layout, lineage, time};
use crate::views::feeds::Feed;
use crate::views::ops::{Drift, MapTrouble, OpenObject, Ops, Quarantined, Unreadable};

/// The whole page.
pub(crate) fn draw(ops: &Ops, zone: Tz) -> Markup {
    let content = html! {
        div #ops data-list data-as-of=(time::rfc3339(ops.now)) {
            header.head data-key="head" { div.headline { h1 { "Operations" } p.as-of { "As of " (time::at_second(ops.now, zone)) } } }
            (feed_table(&ops.feeds, ops.foreign, zone))
            (open_objects(&ops.open_objects, zone))
            (quarantine(&ops.quarantined, zone))
            (unreadable(&ops.unreadable, zone))
            (drift(&ops.drift))
            (map_trouble(&ops.map_trouble, zone))
        }
    };
    layout::page(&layout::Frame { title: "Operations", place: "/ops", is_live: true, reload: None }, &content)
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
    html! {
        section #objects data-key="objects" tabindex="0" aria-label="Held and failed objects" {
            h2 { "Held and failed objects (" (objects.first().map_or(0, |object| object.total)) ")" }
            @if objects.is_empty() { p.none { "None." } } @else {
                table.plain {
                    caption { "Newest first; once the cause is gone: wardwatch-ingest retry --key KEY" }
                    thead { tr { @for column in ["Object", "Feed", "State", "Reason", "Attempts", "Bytes", "Order"] { th scope="col" { (column) } } } }
                    tbody { @for object in objects {
                        tr data-object=(object.key) {
                            th scope="row" { (lineage::object(Some(&object.key), object.sha256.as_deref())) }
                            td { (object.feed.as_deref().unwrap_or("none")) }
                            td { span class={ "condition " (object.state) } { (object.state) } }
                            td { (object.reason.as_deref().unwrap_or("no reason recorded")) }
                            td.number { (object.attempts) }
                            td.number { (object.size_bytes) }
                            td { (time::at_second(object.order_time, zone)) }
                        }
                    } }
                }
            }
        }
    }
}

fn quarantine(quarantined: &[Quarantined], zone: Tz) -> Markup {
    html! {
        section #quarantine data-key="quarantine" tabindex="0" aria-label="Quarantine by reason" {
            h2 { "Quarantine by reason" }
            @if quarantined.is_empty() { p.none { "None." } } @else {
                table.plain {
                    caption { "Unresolved records, the most frequent reason first" }
                    thead { tr { @for column in ["Feed", "Column", "Reason", "Records", "Objects", "Newest"] { th scope="col" { (column) } } } }
                    tbody { @for reason in quarantined {
                        tr {
                            th scope="row" { code { (reason.feed) } }
                            td { (reason.column_name.as_deref().unwrap_or("the record")) }
                            td { (reason.reason) }
                            td.number { (reason.records) }
                            td.number { (reason.objects) }
                            td { (time::at_second(reason.newest_at, zone)) }
                        }
                    } }
                }
            }
        }
    }
}

fn unreadable(admissions: &[Unreadable], zone: Tz) -> Markup {
    html! {
        section #unreadable data-key="unreadable" tabindex="0" aria-label="Admissions that cannot be read" {
            h2 { "Admissions that cannot be read (" (admissions.first().map_or(0, |one| one.total)) ")" }
            @if admissions.is_empty() { p.none { "None." } } @else {
                table.plain {
                    caption { "They stand on the board as unknown; the raw text is in ingest.quarantine" }
                    thead { tr { @for column in ["Object", "Record", "Column", "Reason", "Patient id", "Case", "Said"] { th scope="col" { (column) } } } }
                    tbody { @for one in admissions {
                        tr {
                            th scope="row" { code.key { (one.object_key) } }
                            td.number { (one.record) }
                            td { (one.column_name.as_deref().unwrap_or("the record")) }
                            td { (one.reason) }
                            td { (one.patient_id.as_deref().unwrap_or("not readable")) }
                            td { (one.case_number.as_deref().unwrap_or("not readable")) }
                            td { (time::at_second(one.seen_at, zone)) }
                        }
                    } }
                }
            }
        }
    }
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
