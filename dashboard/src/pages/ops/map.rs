//! A column map beside the request that is about it: what would become of the object with it, its text, and the form that
//! tries it again or approves it.
//!
//! Invariant: nothing here was read from a file by this program. The text is escaped like any other.

use maud::{Markup, html};

use super::{column, section};
use crate::acting::Acting;
use crate::parts::ask::{self, Ask};
use crate::views::open::AskedFor;
use crate::views::preview::Preview;
use crate::words::ask as forms;
use crate::words::ops as common;
use crate::words::ops::map as words;

/// Lines of the field in which the map is edited.
const ROWS: std::ops::RangeInclusive<usize> = 12..=40;

/// Nothing, unless the request was answered and has a map.
pub(super) fn draw(request: &AskedFor, acting: Acting) -> Markup {
    let (Some(text), Some(object_id)) = (&request.map, request.object_id) else { return html! {} };
    let is_approved = request.kind == "approve_map" && request.state == "done";
    html! {
        @if let Some(preview) = &request.preview { (draw_preview(preview)) }
        @if request.state != "asked" && !is_approved { div.asks.wide { (form(text, object_id, acting)) } }
        details.numbered open[is_approved || !acting.is_on()] {
            summary { (words::NUMBERED_TEXT) }
            ol { @for line in text.lines() { li { code { (line) } } } }
        }
    }
}

fn draw_preview(preview: &Preview) -> Markup {
    html! {
        dl #preview.facts {
            div { dt { (words::READ_BY) } dd { (common::map_version(preview.map_version)) } }
            div { dt { (words::RECORDS) } dd { (preview.records) } }
            div { dt { (words::TAKEN) } dd { (preview.taken) } }
            div { dt { (words::SKIPPED) } dd { (preview.skipped) } }
            div { dt { (words::QUARANTINED) } dd { (preview.rejected) } }
            @if !preview.drift.is_empty() { div { dt { (words::DRIFT) } dd { (drift(preview)) } } }
        }
        @if !preview.rejects.is_empty() { (rejects(preview)) }
    }
}

fn drift(preview: &Preview) -> String {
    let said: Vec<String> = preview.drift.iter().map(|one| common::drifted(&one.kind, &one.header)).collect();
    said.join(", ")
}

fn rejects(preview: &Preview) -> Markup {
    let rows: Vec<Markup> = preview
        .rejects
        .iter()
        .map(|one| {
            let numbers: Vec<String> = one.records.iter().map(ToString::to_string).collect();
            html! {
                tr {
                    th scope="row" { (column(one.column.as_deref())) }
                    td { (one.reason) }
                    td.number { (one.count) }
                    td { (words::numbers(&numbers.join(", "), one.count <= numbers.len() as i64)) }
                }
            }
        })
        .collect();
    section("rejects", &words::REJECTS, &rows)
}

fn form(text: &str, object_id: i64, acting: Acting) -> Markup {
    let approve = Ask {
        kind: "approve_map",
        words: &forms::APPROVE_MAP,
        about: vec![("object_id", object_id.to_string())],
        is_decision: true,
    };
    let rows = text.lines().count().clamp(*ROWS.start(), *ROWS.end());
    let own = html! {
        p.field {
            label for="map" { (forms::COLUMN_MAP) }
            textarea #map name="map" rows=(rows) wrap="off" spellcheck="false" autocomplete="off" required { (text) }
        }
        p { button.quiet-button type="submit" name="kind" value="check_map" formnovalidate { (forms::TRY_MAP) } }
    };
    ask::draw(&approve, acting, &own)
}
