//! A result that waits, the patients whose it may be, and the form that gives it to one of them.

use chrono_tz::Tz;
use maud::{Markup, html};

use super::{Sheet, page};
use crate::acting::Acting;
use crate::parts::ask::{self, Ask, choices};
use crate::parts::{person, time};
use crate::views::doubt::{Candidate, WaitingResult};
use crate::words::NOT_RECORDED;
use crate::words::ask as forms;
use crate::words::ops::object::record_of;
use crate::words::ops::result as words;

/// `/ops/results/{id}`
pub(crate) fn draw(result: &WaitingResult, candidates: &[Candidate], acting: Acting, zone: Tz) -> Sheet {
    let decide = Ask {
        kind: "decide_result",
        words: &forms::DECIDE_RESULT,
        about: vec![("result_id", result.result_id.clone())],
        is_decision: true,
    };
    let answers: Vec<(String, Markup)> =
        candidates.iter().map(|candidate| (candidate.patient_id.clone(), patient(candidate, zone))).collect();
    let own = html! {
        @if !answers.is_empty() { (choices("patient_id", forms::MAY_BE_OF, &answers)) }
        p.field {
            label for="typed" { (if answers.is_empty() { forms::PATIENT_ID } else { forms::OTHER_PATIENT_ID }) }
            input #typed name="typed_patient_id" autocomplete="off" maxlength="200" required[answers.is_empty()];
        }
    };
    let content = html! {
        header.head { div.headline { h1 { (words::heading(&result.result_id)) } } }
        (facts(result, zone))
        div.asks { (ask::draw(&decide, acting, &own)) }
    };
    page(words::TITLE, &content)
}

fn facts(result: &WaitingResult, zone: Tz) -> Markup {
    let said = [&result.result_value_text, &result.result_unit, &result.result_status];
    let said: Vec<&str> = said.into_iter().flatten().map(String::as_str).collect();
    html! {
        dl.facts {
            div { dt { (words::WHY_IT_WAITS) } dd {
                @if result.reason == "no_test" { (words::no_test(&result.test_id)) }
                @else { (words::shared_test_id(&result.test_id)) }
            } }
            div { dt { (words::PERFORMED) } dd { (time::at(result.performed_at, zone)) @if result.future_dated { span.flag { (words::IN_THE_FUTURE) } } } }
            div { dt { (words::VALUE) } dd { @if said.is_empty() { (NOT_RECORDED) } @else { (said.join(", ")) } } }
            div { dt { (words::SOURCE) } dd { (record_of(&html! { code.key { (result.object_key.as_deref().unwrap_or(words::NOT_IN_LEDGER)) } }, result.record)) } }
        }
    }
}

fn patient(candidate: &Candidate, zone: Tz) -> Markup {
    let named = html! { strong { (person::name(&candidate.person)) } " " a href=(person::address(&candidate.patient_id)) { (candidate.patient_id) } };
    let (test, by) = (candidate.test_name.as_deref(), candidate.ordering_physician.as_deref());
    html! {
        (words::candidate(&named, test, &time::at(candidate.ordered_at, zone), by))
        @if !candidate.was_here { span.flag { (words::WAS_NOT_HERE) } }
    }
}
