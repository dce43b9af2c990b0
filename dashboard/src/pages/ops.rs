//! For ops: what is late, held, quarantined, waiting, in conflict or drifting, and why; each leads to the page where a person
//! acts. No raw text of a record here.
//!
//! Invariant: a table that is wider than the window scrolls within its section, which takes the focus for that. The page
//! follows the server and is redrawn under the reader, so no form stands on it.

pub(crate) mod asked;
pub(crate) mod case;
pub(crate) mod feed;
mod feeds;
pub(crate) mod lists;
mod map;
pub(crate) mod object;
pub(crate) mod result;

use chrono_tz::Tz;
use maud::{Markup, html};

use crate::parts::layout::Sheet;
use crate::parts::{layout, lineage, person, time};
use crate::views::ops::{Drift, MapTrouble, OpenObject, Ops, Quarantined, Unreadable};

/// The whole page.
pub(crate) fn draw(ops: &Ops, zone: Tz) -> Sheet {
    let content = html! {
        div #ops data-list data-as-of=(time::rfc3339(ops.now)) {
            header.head data-key="head" { div.headline { h1 { "Operations" } p.as-of { "As of " (time::at_second(ops.now, zone)) } } }
            @if ops.is_rebuilding { p #rebuilding.banner role="status" data-key="rebuilding" {
                strong { "The warehouse is being rebuilt." } " Board and patients are not shown until it is whole. If no "
                code { "wardwatch-ingest replay" } " runs, one was cut short: run it again."
            } }
            (feeds::table(&ops.feeds, ops.foreign, zone))
            (feeds::today(&ops.feeds))
            (lists::requests(&ops.open.requests, zone))
            (open_objects(&ops.open_objects, zone))
            (lists::conflicts(&ops.open.conflicts, zone))
            (lists::waiting(&ops.open.waiting, zone))
            (quarantine(&ops.quarantined, zone))
            (lists::partly_read(&ops.open.partly_read, zone))
            (unreadable(&ops.unreadable, zone))
            (drift(&ops.drift, zone))
            (map_trouble(&ops.map_trouble, zone))
            (lists::decisions(&ops.open.decisions, zone))
        }
    };
    layout::page(&layout::Frame { title: "Operations", place: "/ops", is_live: true, reload: None }, &content)
}

/// A page below Operations, that stands still while somebody types in it.
fn page(title: &str, content: &Markup) -> Sheet {
    page_that_reloads(title, None, content)
}

/// The same, of something that is on its way.
fn page_that_reloads(title: &str, reload: Option<u32>, content: &Markup) -> Sheet {
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
    let caption = "Newest first; open one to have a map proposed, to load it again or to dismiss it";
    section("objects", &format!("Held and failed objects ({total})"), caption, &columns, &rows)
}

fn quarantine(quarantined: &[Quarantined], zone: Tz) -> Markup {
    let columns = ["Feed", "Column", "Reason", "Records", "Objects", "Newest"];
    let row = |reason: &Quarantined| {
        html! {
            tr {
                th scope="row" { a href=(feeds::address(&reason.feed, "partly-read")) { code { (reason.feed) } } }
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

fn drift(drift: &[Drift], zone: Tz) -> Markup {
    let row = |one: &Drift| {
        html! {
            tr data-header=(one.header) {
                th scope="row" { (object_link(one.newest_object, &html! { code { (one.header) } })) }
                td { code { (one.feed) } }
                td { (one.kind.replace('_', " ")) }
                td { "v" (one.map_version) }
                td.number { (one.objects) }
                td { (time::at_second(one.noticed_at, zone)) }
                td { @if one.is_before_maps { "the maps have changed since" } @else { "as the maps are now" } }
            }
        }
    };
    let rows: Vec<Markup> = drift.iter().map(row).collect();
    let columns = ["Header", "Feed", "What", "Map", "Objects", "Last noticed", "Stands"];
    let caption = "Headers that the maps do not know or miss, the latest first; open one to have a map proposed";
    section("drift", "Drift", caption, &columns, &rows)
}
