//! One request with its answer, and one decision with the form that withdraws it.

use chrono_tz::Tz;
use maud::{Markup, html};

use super::{Sheet, map, object_link, page, page_of};
use crate::acting::Acting;
use crate::parts::ask::{self, Ask};
use crate::parts::{person, time};
use crate::views::open::{AskedFor, Standing};
use crate::words::ask::WITHDRAW;
use crate::words::ops::asked as words;
use crate::words::ops::object;

/// `/ops/requests/{id}`: live until it is answered.
pub(crate) fn request(request: &AskedFor, acting: Acting, zone: Tz) -> Sheet {
    let is_asked = request.state == "asked";
    let content = html! {
        div data-list {
            header.head data-key="head" { div.headline { h1 { (words::kind(&request.kind)) } } }
            section #request.ask data-key="request" data-state=(request.state) data-list {
                p data-key="state" role="status" { span class={ "condition " (request.state) } { (words::state(&request.state)) } }
                @if let Some(answer) = &request.answer { div data-key="answer" { (answered(answer)) } }
                @if is_asked { p data-key="asked" { (words::LOOKS_AGAIN) } }
            }
            dl.facts data-key="facts" {
                div { dt { (words::BY) } dd { (request.asked_by) } }
                div { dt { (words::ASKED) } dd { (time::at_second(request.asked_at, zone)) } }
                @if let Some(at) = request.answered_at { div { dt { (words::ANSWERED) } dd { (time::at_second(at, zone)) } } }
                @if let Some(reason) = &request.reason { div { dt { (words::REASON) } dd { (reason) } } }
                (about(request))
            }
            div data-key="map" { (map::draw(request, acting)) }
        }
    };
    page_of(words::REQUEST, is_asked, &content)
}

/// What is wrong in a text is told with the line itself, and a sign below the place.
fn answered(answer: &str) -> Markup {
    html! { @if answer.contains('\n') { pre { (answer) } } @else { p { (answer) "." } } }
}

fn about(request: &AskedFor) -> Markup {
    html! {
        @if let Some(object_id) = request.object_id {
            @let link = object_link(object_id, &html! { (object_id) });
            div { dt { (words::OBJECT) } dd { (request.record.map_or_else(|| link.clone(), |record| object::record_of(&link, record))) } }
        }
        @if let Some(result) = &request.result_id { div { dt { (words::RESULT) } dd { (result) } } }
        @if let Some(case) = &request.case_number { div { dt { (words::CASE) } dd { a href=(person::path("/ops/cases", &[case])) { (case) } } } }
        @if let Some(patient) = &request.patient_id { div { dt { (words::PATIENT) } dd { a href=(person::address(patient)) { (patient) } } } }
        @if let Some(choice) = &request.choice { div { dt { (words::CHOICE) } dd { (words::choice(choice)) } } }
        @if let Some(decision) = request.decision_id { div { dt { (words::DECISION) } dd { (decision) } } }
    }
}

/// `/ops/decisions/{id}`
pub(crate) fn decision(decision: &Standing, acting: Acting, zone: Tz) -> Sheet {
    let withdraw = Ask {
        kind: "withdraw",
        words: &WITHDRAW,
        about: vec![("decision_id", decision.decision_id.to_string())],
        is_decision: true,
    };
    let content = html! {
        header.head { div.headline { h1 { (words::decided(decision)) } } }
        dl.facts {
            div { dt { (words::REASON) } dd { (decision.reason) } }
            div { dt { (words::BY) } dd { (decision.decided_by) } }
            div { dt { (words::WHEN) } dd { (time::at_second(decision.decided_at, zone)) } }
        }
        div.asks { (ask::draw(&withdraw, acting, &html! {})) }
    };
    page(words::DECISION, &content)
}
