//! The stays of one case number: whose it is, and whether a patient is here whose release is not after the admission.

use chrono_tz::Tz;
use maud::{Markup, html};

use super::{Sheet, page, released, section};
use crate::acting::Acting;
use crate::parts::ask::{self, Ask, choices};
use crate::parts::{person, time};
use crate::views::doubt::CaseStay;
use crate::words::ask as forms;
use crate::words::ops::case as words;

/// `/ops/cases/{number}`
pub(crate) fn draw(case_number: &str, stays: &[CaseStay], acting: Acting, zone: Tz) -> Sheet {
    let rows: Vec<Markup> = stays.iter().map(|stay| row(stay, zone)).collect();
    let content = html! {
        header.head { div.headline { h1 { (words::heading(case_number)) } } }
        (section("stays", &words::STAYS, &rows))
        div.asks {
            @if stays.len() > 1 { (whose(case_number, stays, acting)) }
            @for stay in stays.iter().filter(|stay| stay.is_backwards) { (is_here(case_number, stay, acting)) }
        }
        @if stays.len() < 2 && !stays.iter().any(|stay| stay.is_backwards) {
            p.none { (words::NO_CONTRADICTION) }
        }
    };
    page(words::TITLE, &content)
}

fn row(stay: &CaseStay, zone: Tz) -> Markup {
    html! {
        tr data-patient=(stay.patient_id) {
            th scope="row" { (person::name(&stay.person)) " " a href=(person::address(&stay.patient_id)) { (stay.patient_id) } }
            td { (time::at(stay.admitted_at, zone)) }
            td { (released(stay.released_at, zone)) }
            td { (words::place(stay.department.as_deref(), stay.room.as_deref())) }
            td { (words::stands(stay)) }
        }
    }
}

fn whose(case_number: &str, stays: &[CaseStay], acting: Acting) -> Markup {
    let decide = Ask {
        kind: "decide_case",
        words: &forms::DECIDE_CASE,
        about: vec![("case_number", case_number.to_owned())],
        is_decision: true,
    };
    let patient = |stay: &CaseStay| html! { strong { (person::name(&stay.person)) } " " (stay.patient_id) };
    let answers: Vec<(String, Markup)> = stays.iter().map(|stay| (stay.patient_id.clone(), patient(stay))).collect();
    ask::draw(&decide, acting, &choices("patient_id", forms::WITH_THIS_NUMBER, &answers))
}

fn is_here(case_number: &str, stay: &CaseStay, acting: Acting) -> Markup {
    let decide = Ask {
        kind: "decide_stay",
        words: &forms::decide_stay(&stay.patient_id),
        about: vec![("case_number", case_number.to_owned()), ("patient_id", stay.patient_id.clone())],
        is_decision: true,
    };
    let answers =
        [("still_here".to_owned(), html! { (forms::STILL_HERE) }), ("left".to_owned(), html! { (forms::HAS_LEFT) })];
    ask::draw(&decide, acting, &choices("choice", forms::THE_PATIENT, &answers))
}
