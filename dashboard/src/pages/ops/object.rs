//! One object with its quarantined records, and one such record with its text; what can be asked for stands beside it.

use chrono_tz::Tz;
use maud::{Markup, html};

use super::{Sheet, column, lists, object_link, page, section};
use crate::acting::Acting;
use crate::parts::ask::{self, Ask};
use crate::parts::{number, person, time};
use crate::views::doubt::{LedgerObject, RawRecord, Rejected};
use crate::views::open::AskedFor;
use crate::words::ask as forms;
use crate::words::ops as common;
use crate::words::ops::object::{self as words, id};

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
    let content = html! {
        header.head { div.headline { h1 { (words::heading(&html! { code.key { (object.key) } })) } } }
        (facts(object, zone))
        @if total > 0 { (section("records", &words::quarantined(&number::count(total)), &rows)) }
        @if !requests.is_empty() { (lists::requests(requests, zone)) }
        div.asks { (asks(object, acting)) }
    };
    page(words::OBJECT, &content)
}

fn facts(object: &LedgerObject, zone: Tz) -> Markup {
    html! {
        dl.facts {
            div { dt { (words::STATE) } dd { span class={ "condition " (object.state) } { (object.state) } @if object.is_open { (words::IN_DOUBT) } } }
            @if let Some(reason) = &object.reason { div { dt { (words::REASON) } dd { (reason) } } }
            div { dt { (words::FEED) } dd { (object.feed.as_deref().unwrap_or(common::NONE)) } }
            div { dt { (words::BUCKET) } dd { (object.bucket) } }
            div { dt { (words::ORDER) } dd { (time::at_second(object.order_time, zone)) } }
            div { dt { (words::WRITTEN) } dd { (time::at_second(object.last_modified, zone)) } }
            div { dt { (words::BYTES) } dd { (object.size_bytes) } }
            div { dt { (words::ATTEMPTS) } dd { (object.attempts) } }
            @if let Some(at) = object.loaded_at { div { dt { (words::LOADED) } dd { (time::at_second(at, zone)) } } }
            @if let Some(version) = object.map_version { div { dt { (words::MAP) } dd { (common::map_version(version)) } } }
            @if object.loaded_at.is_some() {
                div { dt { (words::RECORDS) } dd { (words::records(&number::count(object.records), &number::count(object.quarantined))) } }
            }
            @if let Some(sha256) = &object.sha256 { div { dt { (words::SHA_256) } dd { code { (sha256) } } } }
        }
    }
}

fn quarantined(object_id: i64, record: &Rejected) -> Markup {
    let address = person::path("/ops/objects", &[&object_id.to_string(), "records", &record.record.to_string()]);
    html! {
        tr data-record=(record.record) {
            th scope="row" { a href=(address) { (words::record(record.record)) } }
            td { (column(record.column_name.as_deref())) }
            td { (record.reason) }
            td { (ids(record)) }
            td { (common::map_version(record.map_version)) }
            td { (words::stands(record.is_dismissed)) }
        }
    }
}

fn ids(record: &Rejected) -> Markup {
    let read = [
        record.patient_id.as_deref().map(id::patient),
        record.case_number.as_deref().map(id::case),
        record.test_id.as_deref().map(id::test),
        record.result_id.as_deref().map(id::result),
    ];
    let read: Vec<String> = read.into_iter().flatten().collect();
    html! { @if read.is_empty() { span.none { (common::NONE) } } @else { (read.join(", ")) } }
}

fn asks(object: &LedgerObject, (acting, on_maps): (Acting, Acting)) -> Markup {
    let about = || vec![("object_id", object.object_id.to_string())];
    let propose = Ask { kind: "propose_map", words: &forms::PROPOSE_MAP, about: about(), is_decision: false };
    let retry = Ask { kind: "retry", words: &forms::RETRY, about: about(), is_decision: false };
    let dismiss = Ask { kind: "dismiss_object", words: &forms::DISMISS_OBJECT, about: about(), is_decision: true };
    let reprocess = Ask { kind: "reprocess", words: &forms::REPROCESS, about: about(), is_decision: false };
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
        words: &forms::DISMISS_RECORD,
        about: vec![("object_id", object.object_id.to_string()), ("record", record.record.to_string())],
        is_decision: true,
    };
    let content = html! {
        header.head { div.headline { h1 { (words::record_heading(record.record, &html! { code.key { (object.key) } })) } } }
        dl.facts {
            div { dt { (words::CANNOT_BE_READ) } dd { (column(record.column_name.as_deref())) " " (record.reason) } }
            div { dt { (words::IDS) } dd { (ids(record)) } }
            div { dt { (words::MAP) } dd { (common::map_version(record.map_version)) } }
            div { dt { (words::SAID) } dd { (time::at_second(object.order_time, zone)) } }
            div { dt { (words::STANDS) } dd { (words::stands(record.is_dismissed)) } }
            div { dt { (words::OBJECT) } dd { (object_link(object.object_id, &html! { (words::ALL_QUARANTINED) })) } }
        }
        section #raw { h2 { (words::AS_IN_THE_FILE) } pre tabindex="0" aria-label=(words::TEXT) { (raw) } }
        @if !record.is_dismissed { div.asks { (ask::draw(&dismiss, acting, &html! {})) } }
    };
    page(words::QUARANTINED_RECORD, &content)
}
