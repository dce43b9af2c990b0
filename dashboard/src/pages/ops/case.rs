//! The stays of one case number: whose it is, and whether a patient is here whose release is not after the admission.

use chrono_tz::Tz;
use maud::{Markup, html};

use super::{Sheet, page, section};
use crate::acting::Acting;
use crate::parts::ask::{self, Ask, choices};
use crate::parts::{person, time};
use crate::views::doubt::CaseStay;

/// `/ops/cases/{number}`
pub(crate) fn draw(case_number: &str, stays: &[CaseStay], acting: Acting, zone: Tz) -> Sheet {
    let rows: Vec<Markup> = stays.iter().map(|stay| row(stay, zone)).collect();
    let columns = ["Patient", "Admitted", "Released", "Department", "Stands"];
    let content = html! {
        header.head { div.headline { h1 { "Case " (case_number) } } }
        (section("stays", "Stays", "As the patient system says them", &columns, &rows))
        div.asks {
            @if stays.len() > 1 { (whose(case_number, stays, acting)) }
            @for stay in stays.iter().filter(|stay| stay.is_backwards) { (is_here(case_number, stay, acting)) }
        }
        @if stays.len() < 2 && !stays.iter().any(|stay| stay.is_backwards) {
            p.none { "Nothing about this case contradicts anything." }
        }
    };
    page("Case", &content)
}

fn row(stay: &CaseStay, zone: Tz) -> Markup {
    let place = [&stay.department, &stay.room].into_iter().flatten().cloned().collect::<Vec<_>>().join(", room ");
    html! {
        tr data-patient=(stay.patient_id) {
            th scope="row" { (person::name(&stay.person)) " " a href=(person::address(&stay.patient_id)) { (stay.patient_id) } }
            td { (time::at(stay.admitted_at, zone)) }
            td { @match stay.released_at { Some(at) => (time::at(at, zone)), None => span.none { "not released" } } }
            td { (place) }
            td { (stands(stay)) }
        }
    }
}

fn stands(stay: &CaseStay) -> &'static str {
    match (stay.conflict.as_deref(), stay.decided.as_deref()) {
        (Some("shared_case_number"), _) => "unknown: several patients have this number",
        (Some(_), _) => "unknown: the release is not after the admission",
        (None, Some("other_patient")) => "decided: another patient's",
        (None, Some("left")) => "decided: has left",
        (None, Some("still_here")) => "decided: still here",
        (None, Some(_)) => "decided: this patient's",
        (None, None) => "no contradiction",
    }
}

fn whose(case_number: &str, stays: &[CaseStay], acting: Acting) -> Markup {
    let decide = Ask {
        kind: "decide_case",
        title: "Whose case number is it?",
        meaning: "The stays of the others are listed no more. It stands until a further patient has this number.",
        button: "It is this patient's",
        about: vec![("case_number", case_number.to_owned())],
        is_decision: true,
    };
    let words = |stay: &CaseStay| html! { strong { (person::name(&stay.person)) } " " (stay.patient_id) };
    let answers: Vec<(String, Markup)> = stays.iter().map(|stay| (stay.patient_id.clone(), words(stay))).collect();
    ask::draw(&decide, acting, &choices("patient_id", "Patients with this number", &answers))
}

fn is_here(case_number: &str, stay: &CaseStay, acting: Acting) -> Markup {
    let title = format!("Is patient {} still here?", stay.patient_id);
    let decide = Ask {
        kind: "decide_stay",
        title: &title,
        meaning: "The release is not after the admission. It stands until other times are said.",
        button: "Decide",
        about: vec![("case_number", case_number.to_owned()), ("patient_id", stay.patient_id.clone())],
        is_decision: true,
    };
    let answers = [
        ("still_here".to_owned(), html! { "Still here: the release is wrong" }),
        ("left".to_owned(), html! { "Has left: the stay is listed no more" }),
    ];
    ask::draw(&decide, acting, &choices("choice", "The patient", &answers))
}
