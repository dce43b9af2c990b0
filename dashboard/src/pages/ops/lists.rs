//! The lists of what stands open for a person, of what was asked for and of what was decided.

use chrono_tz::Tz;
use maud::{Markup, html};

use super::{object_link, released, section};
use crate::parts::{number, person, time};
use crate::views::open::{AskedFor, Contradiction, PartlyRead, Standing, Waiting};
use crate::words::NOT_RECORDED;
use crate::words::ops::{self as words, asked};

pub(super) fn waiting(results: &[Waiting], zone: Tz) -> Markup {
    let total = results.first().map_or(0, |result| result.total);
    let row = |result: &Waiting| {
        html! {
            tr data-result=(result.result_id) {
                th scope="row" { a href=(person::path("/ops/results", &[&result.result_id])) { (result.result_id) } }
                td { code { (result.test_id) } }
                td { (if result.reason == "no_test" { words::NO_TEST } else { words::SHARED_TEST_ID }) }
                td { @if result.patients.is_empty() { span.none { (words::NOBODY_YET) } } @else { (person::links(&result.patients)) } }
                td { (time::at(result.performed_at, zone)) }
            }
        }
    };
    let rows: Vec<Markup> = results.iter().map(row).collect();
    section("waiting", &words::waiting(&number::count(total)), &rows)
}

pub(super) fn conflicts(stays: &[Contradiction], zone: Tz) -> Markup {
    let total = stays.first().map_or(0, |stay| stay.total);
    let row = |stay: &Contradiction| {
        html! {
            tr data-case=(stay.case_number) {
                th scope="row" { a href=(person::path("/ops/cases", &[&stay.case_number])) { (stay.case_number) } }
                td { a href=(person::address(&stay.patient_id)) { (stay.patient_id) } }
                td {
                    @if stay.conflict == "shared_case_number" { (words::shared_case_number(&person::links(&stay.conflict_with))) }
                    @else { (words::RELEASE_NOT_AFTER_ADMISSION) }
                }
                td { (time::at(stay.admitted_at, zone)) }
                td { (released(stay.released_at, zone)) }
                td { (stay.department.as_deref().unwrap_or(NOT_RECORDED)) }
            }
        }
    };
    let rows: Vec<Markup> = stays.iter().map(row).collect();
    section("conflicts", &words::conflicts(&number::count(total)), &rows)
}

pub(super) fn partly_read(objects: &[PartlyRead], zone: Tz) -> Markup {
    let total = objects.first().map_or(0, |object| object.total);
    let row = |object: &PartlyRead| {
        html! {
            tr data-object=(object.key) {
                th scope="row" { (object_link(object.object_id, &html! { code.key { (object.key) } })) }
                td { code { (object.feed) } }
                td.number { (object.records) }
                td { (time::at_second(object.order_time, zone)) }
            }
        }
    };
    let rows: Vec<Markup> = objects.iter().map(row).collect();
    section("partly-read", &words::partly_read(&number::count(total)), &rows)
}

pub(super) fn requests(requests: &[AskedFor], zone: Tz) -> Markup {
    let row = |request: &AskedFor| {
        html! {
            tr data-request=(request.request_id) {
                th scope="row" { a href=(person::path("/ops/requests", &[&request.request_id.to_string()])) { (asked::kind(&request.kind)) } }
                td { (request.asked_by) }
                td { (time::at_second(request.asked_at, zone)) }
                td { span class={ "condition " (request.state) } { (request.state) } }
                td { (request.answer.as_deref().unwrap_or(asked::NO_ANSWER)) }
            }
        }
    };
    let rows: Vec<Markup> = requests.iter().map(row).collect();
    section("requests", &asked::REQUESTS, &rows)
}

pub(super) fn decisions(decisions: &[Standing], zone: Tz) -> Markup {
    let total = decisions.first().map_or(0, |decision| decision.total);
    let row = |decision: &Standing| {
        html! {
            tr data-decision=(decision.decision_id) {
                th scope="row" { a href=(person::path("/ops/decisions", &[&decision.decision_id.to_string()])) { (asked::decided(decision)) } }
                td { (decision.reason) }
                td { (decision.decided_by) }
                td { (time::at_second(decision.decided_at, zone)) }
            }
        }
    };
    let rows: Vec<Markup> = decisions.iter().map(row).collect();
    section("decisions", &asked::decisions(&number::count(total)), &rows)
}
