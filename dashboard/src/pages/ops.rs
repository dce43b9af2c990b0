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

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use maud::{Markup, html};

use crate::downtime::Standing;
use crate::parts::layout::Sheet;
use crate::parts::{layout, lineage, number, person, time};
use crate::views::ops::{Drift, MapTrouble, OpenObject, Ops, Quarantined, Unreadable};
use crate::words::ops as words;

/// The whole page; `copy`: how that stands on which the ward falls back, where a folder is chosen for it.
pub(crate) fn draw(ops: &Ops, copy: Option<Standing>, zone: Tz) -> Sheet {
    let content = html! {
        div #ops data-list data-as-of=(time::rfc3339(ops.now)) {
            header.head data-key="head" { div.headline { h1 { (words::TITLE) } p.as-of { (words::as_of(&time::at_second(ops.now, zone))) } } }
            @if ops.is_rebuilding { p #rebuilding.banner role="status" data-key="rebuilding" { (words::rebuilding()) } }
            @if let Some(copy) = copy { (downtime(copy, zone)) }
            (feeds::table(&ops.feeds, (ops.foreign, ops.swept_at), zone))
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
    layout::page(&layout::Frame { title: words::TITLE, place: "/ops", is_live: true }, &content)
}

/// Of a copy that grows old nobody else hears.
fn downtime(copy: Standing, zone: Tz) -> Markup {
    let at = copy.written_at.map(|at| time::at_second(at, zone));
    html! { p #downtime.banner[copy.is_late] data-key="downtime" { (words::downtime(at.as_ref(), copy.is_late)) } }
}

/// A page below Operations, that stands still while somebody types in it.
fn page(title: &str, content: &Markup) -> Sheet {
    page_of(title, false, content)
}

/// The same; one of something that is on its way is live.
fn page_of(title: &str, is_live: bool, content: &Markup) -> Sheet {
    let content = html! {
        p.back { a href="/ops" { (words::BACK) } }
        (content)
    };
    layout::page(&layout::Frame { title, place: "/ops", is_live }, &content)
}

/// A section with a table, or with a word where there is nothing.
fn section(id: &str, list: &words::List, rows: &[Markup]) -> Markup {
    html! {
        section id=(id) data-key=(id) tabindex="0" aria-label=(list.title) {
            h2 { (list.title) }
            @if rows.is_empty() { p.none { (words::EMPTY) } } @else {
                table.plain {
                    caption { (list.caption) }
                    thead { tr { @for column in list.columns { th scope="col" { (column) } } } }
                    tbody { @for row in rows { (row) } }
                }
            }
        }
    }
}

fn object_link(object_id: i64, said: &Markup) -> Markup {
    html! { a href=(person::path("/ops/objects", &[&object_id.to_string()])) { (said) } }
}

/// A moment, or that there is none.
fn moment(at: Option<DateTime<Utc>>, zone: Tz) -> Markup {
    at.map_or_else(|| html! { span.none { (words::NONE) } }, |at| time::at_second(at, zone))
}

/// When a stay was released, or that it was not.
fn released(at: Option<DateTime<Utc>>, zone: Tz) -> Markup {
    at.map_or_else(|| html! { span.none { (words::NOT_RELEASED) } }, |at| time::at(at, zone))
}

/// What cannot be read of a record: a column, or the record itself.
fn column(name: Option<&str>) -> &str {
    name.unwrap_or(words::THE_RECORD)
}

fn open_objects(objects: &[OpenObject], zone: Tz) -> Markup {
    let total = objects.first().map_or(0, |object| object.total);
    let row = |object: &OpenObject| {
        html! {
            tr data-object=(object.key) {
                th scope="row" { (object_link(object.object_id, &lineage::object(Some(&object.key), object.sha256.as_deref()))) }
                td { (object.feed.as_deref().unwrap_or(words::NONE)) }
                td { span class={ "condition " (object.state) } { (object.state) } }
                td { (object.reason.as_deref().unwrap_or(words::NO_REASON)) }
                td.number { (object.attempts) }
                td.number { (object.size_bytes) }
                td { (time::at_second(object.order_time, zone)) }
            }
        }
    };
    let rows: Vec<Markup> = objects.iter().map(row).collect();
    section("objects", &words::objects(&number::count(total)), &rows)
}

fn quarantine(quarantined: &[Quarantined], zone: Tz) -> Markup {
    let row = |reason: &Quarantined| {
        html! {
            tr {
                th scope="row" { a href=(feeds::address(&reason.feed, "partly-read")) { code { (reason.feed) } } }
                td { (column(reason.column_name.as_deref())) }
                td { (reason.reason) }
                td.number { (reason.records) }
                td.number { (reason.objects) }
                td { (time::at_second(reason.newest_at, zone)) }
            }
        }
    };
    let rows: Vec<Markup> = quarantined.iter().map(row).collect();
    section("quarantine", &words::QUARANTINE, &rows)
}

fn unreadable(admissions: &[Unreadable], zone: Tz) -> Markup {
    let total = admissions.first().map_or(0, |one| one.total);
    let row = |one: &Unreadable| {
        let (object, record) = (one.object_id.to_string(), one.record.to_string());
        html! {
            tr {
                th scope="row" { a href=(person::path("/ops/objects", &[&object, "records", &record])) { code.key { (one.object_key) } } }
                td.number { (one.record) }
                td { (column(one.column_name.as_deref())) }
                td { (one.reason) }
                td { (one.patient_id.as_deref().unwrap_or(words::NOT_READABLE)) }
                td { (one.case_number.as_deref().unwrap_or(words::NOT_READABLE)) }
                td { (time::at_second(one.seen_at, zone)) }
            }
        }
    };
    let rows: Vec<Markup> = admissions.iter().map(row).collect();
    section("unreadable", &words::unreadable(&number::count(total)), &rows)
}

/// Nothing, unless a map was refused.
fn map_trouble(trouble: &[MapTrouble], zone: Tz) -> Markup {
    html! {
        @if !trouble.is_empty() {
            section #maps data-key="maps" tabindex="0" aria-label=(words::REFUSED_MAPS) {
                h2 { (words::REFUSED_MAPS) }
                p { (words::LAST_GOOD_MAPS) }
                @for one in trouble {
                    p { (words::refused_map(&one.place, &time::at_second(one.noticed_at, zone), &one.reason)) }
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
                td { (words::drift(&one.kind)) }
                td { (words::map_version(one.map_version)) }
                td.number { (one.objects) }
                td { (time::at_second(one.noticed_at, zone)) }
                td { (if one.is_before_maps { words::BEFORE_MAPS } else { words::AS_MAPS_ARE }) }
            }
        }
    };
    let rows: Vec<Markup> = drift.iter().map(row).collect();
    section("drift", &words::DRIFT, &rows)
}
