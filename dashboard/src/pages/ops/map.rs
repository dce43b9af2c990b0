//! A column map beside the request that is about it: what would become of the object with it, its text, and the form that
//! tries it again or approves it.
//!
//! Invariant: nothing here was read from a file by this program. The text is escaped like any other.

use maud::{Markup, html};

use super::section;
use crate::acting::Acting;
use crate::parts::ask::{self, Ask};
use crate::views::open::AskedFor;
use crate::views::preview::Preview;

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
            summary { "The text with the numbers of its lines" }
            ol { @for line in text.lines() { li { code { (line) } } } }
        }
    }
}

fn draw_preview(preview: &Preview) -> Markup {
    html! {
        dl #preview.facts {
            div { dt { "Read by" } dd { "v" (preview.map_version) } }
            div { dt { "Records" } dd { (preview.records) } }
            div { dt { "Would be taken" } dd { (preview.taken) } }
            div { dt { "Would be skipped" } dd { (preview.skipped) } }
            div { dt { "Would be quarantined" } dd { (preview.rejected) } }
            @if !preview.drift.is_empty() { div { dt { "Drift" } dd { (drift(preview)) } } }
        }
        @if !preview.rejects.is_empty() { (rejects(preview)) }
    }
}

fn drift(preview: &Preview) -> String {
    let said: Vec<String> =
        preview.drift.iter().map(|one| format!("{} {}", one.kind.replace('_', " "), one.header)).collect();
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
                    th scope="row" { (one.column.as_deref().unwrap_or("the record")) }
                    td { (one.reason) }
                    td.number { (one.count) }
                    td { (numbers.join(", ")) @if one.count > numbers.len() as i64 { ", …" } }
                }
            }
        })
        .collect();
    let caption = "By column and reason; the text of a record is not shown here";
    section("rejects", "What would be quarantined", caption, &["Column", "Reason", "Records", "Numbers"], &rows)
}

fn form(text: &str, object_id: i64, acting: Acting) -> Markup {
    let approve = Ask {
        kind: "approve_map",
        title: "Try it, or approve it",
        meaning: "Lines that begin with # are remarks: what speaks for each change, and what is UNDECIDED. Correct the text where it is \
            wrong, and try it: nothing is changed by that. Approved, the map is in force for good and its text never changes; \
            the held objects of its feed are tried again. A map that does not read the object is refused.",
        button: "Approve the map",
        about: vec![("object_id", object_id.to_string())],
        is_decision: true,
    };
    let rows = text.lines().count().clamp(*ROWS.start(), *ROWS.end());
    let own = html! {
        p.field {
            label for="map" { "The column map" }
            textarea #map name="map" rows=(rows) wrap="off" spellcheck="false" autocomplete="off" required { (text) }
        }
        p { button.quiet-button type="submit" name="kind" value="check_map" formnovalidate { "Try it on the object" } }
    };
    ask::draw(&approve, acting, &own)
}
