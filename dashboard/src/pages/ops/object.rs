//! One object with its quarantined records, and one such record with its text; what can be asked for stands beside it.

use chrono_tz::Tz;
use maud::{Markup, html};

use super::{Sheet, lists, object_link, page, section};
use crate::acting::Acting;
use crate::parts::ask::{self, Ask};
use crate::parts::{person, time};
use crate::views::doubt::{LedgerObject, RawRecord, Rejected};
use crate::views::open::AskedFor;

/// `/ops/objects/{id}`; `acting`: on the object, and on column maps.
pub(crate) fn draw(
    object: &LedgerObject,
    records: &[Rejected],
    requests: &[AskedFor],
    acting: (Acting, Acting),
    zone: Tz,
) -> Sheet {
    let total = records.first().map_or(0, |record| record.total);
    let row = |record: &Rejected| quarantined(object.object_id, record);
    let rows: Vec<Markup> = records.iter().map(row).collect();
    let columns = ["Record", "Column", "Reason", "Ids that could be read", "Map", "Stands"];
    let content = html! {
        header.head { div.headline { h1 { "Object " code.key { (object.key) } } } }
        (facts(object, zone))
        @if total > 0 { (section("records", &format!("Quarantined records ({total})"), "By record; open one to see its text", &columns, &rows)) }
        @if !requests.is_empty() { (lists::requests(requests, zone)) }
        div.asks { (asks(object, acting)) }
    };
    page("Object", &content)
}

fn facts(object: &LedgerObject, zone: Tz) -> Markup {
    html! {
        dl.facts {
            div { dt { "State" } dd { span class={ "condition " (object.state) } { (object.state) } @if object.is_open { ", in doubt" } } }
            @if let Some(reason) = &object.reason { div { dt { "Reason" } dd { (reason) } } }
            div { dt { "Feed" } dd { (object.feed.as_deref().unwrap_or("none")) } }
            div { dt { "Bucket" } dd { (object.bucket) } }
            div { dt { "Order" } dd { (time::at_second(object.order_time, zone)) } }
            div { dt { "Written" } dd { (time::at_second(object.last_modified, zone)) } }
            div { dt { "Bytes" } dd { (object.size_bytes) } }
            div { dt { "Attempts" } dd { (object.attempts) } }
            @if let Some(at) = object.loaded_at { div { dt { "Loaded" } dd { (time::at_second(at, zone)) } } }
            @if let Some(version) = object.map_version { div { dt { "Map" } dd { "v" (version) } } }
            @if object.loaded_at.is_some() {
                div { dt { "Records" } dd { (object.records) ", of these " (object.quarantined) " in quarantine" } }
            }
            @if let Some(sha256) = &object.sha256 { div { dt { "SHA-256" } dd { code { (sha256) } } } }
        }
    }
}

fn quarantined(object_id: i64, record: &Rejected) -> Markup {
    let address = person::path("/ops/objects", &[&object_id.to_string(), "records", &record.record.to_string()]);
    html! {
        tr data-record=(record.record) {
            th scope="row" { a href=(address) { "Record " (record.record) } }
            td { (record.column_name.as_deref().unwrap_or("the record")) }
            td { (record.reason) }
            td { (ids(record)) }
            td { "v" (record.map_version) }
            td { @if record.is_dismissed { "dismissed" } @else { "open" } }
        }
    }
}

fn ids(record: &Rejected) -> Markup {
    let read = [
        ("patient", &record.patient_id),
        ("case", &record.case_number),
        ("test", &record.test_id),
        ("result", &record.result_id),
    ];
    let read: Vec<String> =
        read.into_iter().filter_map(|(what, id)| Some(format!("{what} {}", id.as_ref()?))).collect();
    html! { @if read.is_empty() { span.none { "none" } } @else { (read.join(", ")) } }
}

fn asks(object: &LedgerObject, (acting, on_maps): (Acting, Acting)) -> Markup {
    let about = || vec![("object_id", object.object_id.to_string())];
    let propose = Ask {
        kind: "propose_map",
        title: "Propose a column map",
        meaning: "The object is compared with the maps in force, and the next version is proposed, with what speaks for each \
            change. You see it before anything is changed, and may correct, try and approve it.",
        button: "Propose a map",
        about: about(),
        is_decision: false,
    };
    let retry = Ask {
        kind: "retry",
        title: "Load it again",
        meaning: "Once the cause is gone: a map was added, the bucket answers again. It goes through the usual checks.",
        button: "Load again",
        about: about(),
        is_decision: false,
    };
    let dismiss = Ask {
        kind: "dismiss_object",
        title: "Dismiss it",
        meaning: "You state that what this object says does not matter. It makes no row of the board unknown any more, \
            and stays in the ledger. Another object under the same key is in doubt again.",
        button: "Dismiss the object",
        about: about(),
        is_decision: true,
    };
    let reprocess = Ask {
        kind: "reprocess",
        title: "Read its quarantined records again",
        meaning: "After a map changed. Records that can be read now are taken; those that were taken stay as they are.",
        button: "Read again",
        about: about(),
        is_decision: false,
    };
    let nothing = html! {};
    let is_read_in_part = object.state == "done" && (object.quarantined > 0 || object.is_drifted);
    html! {
        @if object.state == "held" || is_read_in_part { (ask::draw(&propose, on_maps, &nothing)) }
        @if matches!(object.state.as_str(), "held" | "failed") { (ask::draw(&retry, acting, &nothing)) }
        @if object.quarantined > 0 && object.state == "done" { (ask::draw(&reprocess, acting, &nothing)) }
        @if object.is_open { (ask::draw(&dismiss, acting, &nothing)) }
    }
}

/// `/ops/objects/{id}/records/{number}`
pub(crate) fn record(raw: &RawRecord, acting: Acting, zone: Tz) -> Sheet {
    let RawRecord { object, record, raw } = raw;
    let dismiss = Ask {
        kind: "dismiss_record",
        title: "Dismiss it",
        meaning: "You state that what this record says does not matter. It puts nobody in doubt any more, and stays in \
            quarantine and in the books.",
        button: "Dismiss the record",
        about: vec![("object_id", object.object_id.to_string()), ("record", record.record.to_string())],
        is_decision: true,
    };
    let content = html! {
        header.head { div.headline { h1 { "Record " (record.record) " of " code.key { (object.key) } } } }
        dl.facts {
            div { dt { "Cannot be read" } dd { (record.column_name.as_deref().unwrap_or("the record")) " " (record.reason) } }
            div { dt { "Ids that could be read" } dd { (ids(record)) } }
            div { dt { "Map" } dd { "v" (record.map_version) } }
            div { dt { "Said" } dd { (time::at_second(object.order_time, zone)) } }
            div { dt { "Stands" } dd { @if record.is_dismissed { "dismissed" } @else { "open" } } }
            div { dt { "Object" } dd { (object_link(object.object_id, &html! { "all its quarantined records" })) } }
        }
        section #raw { h2 { "As it stands in the file" } pre tabindex="0" aria-label="Text of the record" { (raw) } }
        @if !record.is_dismissed { div.asks { (ask::draw(&dismiss, acting, &html! {})) } }
    };
    page("Quarantined record", &content)
}
