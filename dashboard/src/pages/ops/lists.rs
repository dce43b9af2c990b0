//! The lists of what stands open for a person, of what was asked for and of what was decided.

use chrono_tz::Tz;
use maud::{Markup, html};

use super::{object_link, section};
use crate::parts::{person, time};
use crate::views::open::{AskedFor, Contradiction, PartlyRead, Standing, Waiting};

pub(super) fn waiting(results: &[Waiting], zone: Tz) -> Markup {
    let total = results.first().map_or(0, |result| result.total);
    let row = |result: &Waiting| {
        html! {
            tr data-result=(result.result_id) {
                th scope="row" { a href=(person::path("/ops/results", &[&result.result_id])) { (result.result_id) } }
                td { code { (result.test_id) } }
                td { @if result.reason == "no_test" { "its test has not come yet" } @else { "its test id is shared" } }
                td { @if result.patients.is_empty() { span.none { "nobody yet" } } @else { (person::links(&result.patients)) } }
                td { (time::at(result.performed_at, zone)) }
            }
        }
    };
    let rows: Vec<Markup> = results.iter().map(row).collect();
    let columns = ["Result", "Test", "Why it waits", "May be of", "Performed"];
    let caption = "They clear nobody until they belong to one patient; open one to decide";
    section("waiting", &format!("Results that wait ({total})"), caption, &columns, &rows)
}

pub(super) fn conflicts(stays: &[Contradiction], zone: Tz) -> Markup {
    let total = stays.first().map_or(0, |stay| stay.total);
    let row = |stay: &Contradiction| {
        html! {
            tr data-case=(stay.case_number) {
                th scope="row" { a href=(person::path("/ops/cases", &[&stay.case_number])) { (stay.case_number) } }
                td { a href=(person::address(&stay.patient_id)) { (stay.patient_id) } }
                td {
                    @if stay.conflict == "shared_case_number" { "the same number as " (person::links(&stay.conflict_with)) }
                    @else { "the release is not after the admission" }
                }
                td { (time::at(stay.admitted_at, zone)) }
                td { @match stay.released_at { Some(at) => (time::at(at, zone)), None => span.none { "not released" } } }
                td { (stay.department.as_deref().unwrap_or("not recorded")) }
            }
        }
    };
    let rows: Vec<Markup> = stays.iter().map(row).collect();
    let columns = ["Case", "Patient", "Contradiction", "Admitted", "Released", "Department"];
    let caption = "They stand on the board as unknown; open a case to decide";
    section("conflicts", &format!("Stays in conflict ({total})"), caption, &columns, &rows)
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
    let columns = ["Object", "Feed", "Quarantined", "Order"];
    let caption = "Newest first; open one to see its records, to read them again or to dismiss them";
    section("partly-read", &format!("Objects with quarantined records ({total})"), caption, &columns, &rows)
}

pub(super) fn requests(requests: &[AskedFor], zone: Tz) -> Markup {
    let row = |request: &AskedFor| {
        html! {
            tr data-request=(request.request_id) {
                th scope="row" { a href=(person::path("/ops/requests", &[&request.request_id.to_string()])) { (what(&request.kind)) } }
                td { (request.asked_by) }
                td { (time::at_second(request.asked_at, zone)) }
                td { span class={ "condition " (request.state) } { (request.state) } }
                td { (request.answer.as_deref().unwrap_or("not answered yet")) }
            }
        }
    };
    let rows: Vec<Markup> = requests.iter().map(row).collect();
    let columns = ["What", "By", "When", "State", "Answer"];
    section("requests", "What was asked for lately", "Carried out by wardwatch-ingest run", &columns, &rows)
}

pub(super) fn decisions(decisions: &[Standing], zone: Tz) -> Markup {
    let total = decisions.first().map_or(0, |decision| decision.total);
    let row = |decision: &Standing| {
        html! {
            tr data-decision=(decision.decision_id) {
                th scope="row" { a href=(person::path("/ops/decisions", &[&decision.decision_id.to_string()])) { (decided(decision)) } }
                td { (decision.reason) }
                td { (decision.decided_by) }
                td { (time::at_second(decision.decided_at, zone)) }
            }
        }
    };
    let rows: Vec<Markup> = decisions.iter().map(row).collect();
    let caption = "Kept for good and applied at every load; open one to withdraw it";
    section(
        "decisions",
        &format!("Decisions that stand ({total})"),
        caption,
        &["Decision", "Reason", "By", "When"],
        &rows,
    )
}

/// What a kind of request asks for.
pub(super) fn what(kind: &str) -> &'static str {
    match kind {
        "retry" => "Load an object again",
        "reprocess" => "Read quarantined records again",
        "decide_result" => "Give a result to a patient",
        "decide_case" => "Decide whose a case number is",
        "decide_stay" => "Decide whether a patient is here",
        "dismiss_record" => "Dismiss a quarantined record",
        "dismiss_object" => "Dismiss an object",
        "propose_map" => "Propose a column map",
        "check_map" => "Try a column map",
        "approve_map" => "Approve a column map",
        _ => "Withdraw a decision",
    }
}

/// A decision in words.
pub(super) fn decided(decision: &Standing) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let (patient, case) = (text(&decision.patient_id), text(&decision.case_number));
    match (decision.kind.as_str(), decision.choice.as_str()) {
        ("result", _) => format!("Result {} is patient {patient}'s", text(&decision.result_id)),
        ("case", _) => format!("Case {case} is patient {patient}'s"),
        ("stay", "still_here") => format!("Patient {patient} of case {case} is still here"),
        ("stay", _) => format!("Patient {patient} of case {case} has left"),
        ("record", _) => {
            format!("Record {} of {} does not matter", decision.record.unwrap_or_default(), text(&decision.key))
        }
        _ => format!("The object {} does not matter", text(&decision.key)),
    }
}
