//! A result that waits, the patients whose it may be, and the form that gives it to one of them.

use chrono_tz::Tz;
use maud::{Markup, html};

use super::{Sheet, page};
use crate::acting::Acting;
use crate::parts::ask::{self, Ask, choices};
use crate::parts::{person, time};
use crate::views::doubt::{Candidate, WaitingResult};

/// `/ops/results/{id}`
pub(crate) fn draw(result: &WaitingResult, candidates: &[Candidate], acting: Acting, zone: Tz) -> Sheet {
    let decide = Ask {
        kind: "decide_result",
        title: "Whose is it?",
        meaning: "From then on the result is this patient's, whatever further tests say. If it was performed within the \
            stay, it resets this patient's clock, and nobody else's.",
        button: "Give the result to this patient",
        about: vec![("result_id", result.result_id.clone())],
        is_decision: true,
    };
    let answers: Vec<(String, Markup)> =
        candidates.iter().map(|candidate| (candidate.patient_id.clone(), words(candidate, zone))).collect();
    let own = html! {
        @if !answers.is_empty() { (choices("patient_id", "Patients whose test it may be of", &answers)) }
        p.field {
            label for="typed" { @if answers.is_empty() { "Patient id" } @else { "Or another patient's id" } " (leading zeros matter)" }
            input #typed name="typed_patient_id" autocomplete="off" maxlength="200" required[answers.is_empty()];
        }
    };
    let content = html! {
        header.head { div.headline { h1 { "Result " (result.result_id) } } }
        (facts(result, zone))
        div.asks { (ask::draw(&decide, acting, &own)) }
    };
    page("Waiting result", &content)
}

fn facts(result: &WaitingResult, zone: Tz) -> Markup {
    let said = [&result.result_value_text, &result.result_unit, &result.result_status];
    let said: Vec<&str> = said.into_iter().flatten().map(String::as_str).collect();
    html! {
        dl.facts {
            div { dt { "Why it waits" } dd {
                @if result.reason == "no_test" { "its test " (result.test_id) " has not come yet" }
                @else { "its test id " (result.test_id) " is shared by several patients" }
            } }
            div { dt { "Performed" } dd { (time::at(result.performed_at, zone)) @if result.future_dated { span.flag { " in the future: it counts for nobody" } } } }
            div { dt { "Value" } dd { @if said.is_empty() { "not recorded" } @else { (said.join(", ")) } } }
            div { dt { "Source" } dd { code.key { (result.object_key.as_deref().unwrap_or("not in the ledger")) } ", record " (result.record) } }
        }
    }
}

fn words(candidate: &Candidate, zone: Tz) -> Markup {
    html! {
        strong { (person::name(&candidate.person)) } " " a href=(person::address(&candidate.patient_id)) { (candidate.patient_id) }
        ", " (candidate.test_name.as_deref().unwrap_or("a test")) " ordered " (time::at(candidate.ordered_at, zone))
        @if let Some(physician) = &candidate.ordering_physician { " by " (physician) }
        @if !candidate.was_here { span.flag { ". Not in hospital when it was performed" } }
    }
}
