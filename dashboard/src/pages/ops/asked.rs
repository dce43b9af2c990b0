//! One request with its answer, and one decision with the form that withdraws it.

use chrono_tz::Tz;
use maud::{Markup, html};

use super::{Sheet, lists, map, object_link, page, page_that_reloads};
use crate::acting::Acting;
use crate::parts::ask::{self, Ask};
use crate::parts::{person, time};
use crate::views::open::{AskedFor, Standing};

/// Seconds after which a page looks for its answer again.
const LOOK_AGAIN: u32 = 1;

/// `/ops/requests/{id}`
pub(crate) fn request(request: &AskedFor, acting: Acting, zone: Tz) -> Sheet {
    let is_asked = request.state == "asked";
    let content = html! {
        header.head { div.headline { h1 { (lists::what(&request.kind)) } } }
        section #request.ask data-state=(request.state) {
            p role="status" { span class={ "condition " (request.state) } { (headline(&request.state)) } }
            @if let Some(answer) = &request.answer { (answered(answer)) }
            @if is_asked { p { "wardwatch-ingest run carries it out; this page looks again by itself. If it stays so, the daemon does not run." } }
        }
        dl.facts {
            div { dt { "By" } dd { (request.asked_by) } }
            div { dt { "Asked" } dd { (time::at_second(request.asked_at, zone)) } }
            @if let Some(at) = request.answered_at { div { dt { "Answered" } dd { (time::at_second(at, zone)) } } }
            @if let Some(reason) = &request.reason { div { dt { "Reason" } dd { (reason) } } }
            (about(request))
        }
        (map::draw(request, acting))
    };
    page_that_reloads("Request", is_asked.then_some(LOOK_AGAIN), &content)
}

/// What is wrong in a text is told with the line itself, and a sign below the place.
fn answered(answer: &str) -> Markup {
    html! { @if answer.contains('\n') { pre { (answer) } } @else { p { (answer) "." } } }
}

fn headline(state: &str) -> &'static str {
    match state {
        "asked" => "Asked, not carried out yet",
        "done" => "Done",
        _ => "Refused",
    }
}

fn about(request: &AskedFor) -> Markup {
    html! {
        @if let Some(object) = request.object_id {
            div { dt { "Object" } dd { (object_link(object, &html! { (object) })) @if let Some(record) = request.record { ", record " (record) } } }
        }
        @if let Some(result) = &request.result_id { div { dt { "Result" } dd { (result) } } }
        @if let Some(case) = &request.case_number { div { dt { "Case" } dd { a href=(person::path("/ops/cases", &[case])) { (case) } } } }
        @if let Some(patient) = &request.patient_id { div { dt { "Patient" } dd { a href=(person::address(patient)) { (patient) } } } }
        @if let Some(choice) = &request.choice { div { dt { "Choice" } dd { (choice.replace('_', " ")) } } }
        @if let Some(decision) = request.decision_id { div { dt { "Decision" } dd { (decision) } } }
    }
}

/// `/ops/decisions/{id}`
pub(crate) fn decision(decision: &Standing, acting: Acting, zone: Tz) -> Sheet {
    let withdraw = Ask {
        kind: "withdraw",
        title: "Withdraw it",
        meaning: "The doubt that it ended is there again. The decision and its withdrawal are both kept.",
        button: "Withdraw the decision",
        about: vec![("decision_id", decision.decision_id.to_string())],
        is_decision: true,
    };
    let content = html! {
        header.head { div.headline { h1 { (lists::decided(decision)) } } }
        dl.facts {
            div { dt { "Reason" } dd { (decision.reason) } }
            div { dt { "By" } dd { (decision.decided_by) } }
            div { dt { "When" } dd { (time::at_second(decision.decided_at, zone)) } }
        }
        div.asks { (ask::draw(&withdraw, acting, &html! {})) }
    };
    page("Decision", &content)
}
