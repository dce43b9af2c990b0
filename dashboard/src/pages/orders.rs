//! Orders and results of one patient, with both times and what is odd about them.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use maud::{Markup, html};

use crate::parts::{lineage, number, time};
use crate::views::patient::{JudgedResult, LabResult, Order, Patient, Test, Whose};
use crate::words::{label, orders as words};

/// The section of orders, the newest first.
pub(crate) fn draw(patient: &Patient, zone: Tz) -> Markup {
    html! {
        section #orders data-key="orders" data-list aria-labelledby="heading-orders" {
            h2 #heading-orders data-key="heading" { (words::heading(&number::size(patient.orders.len()))) }
            @if patient.orders.is_empty() {
                p.none data-key="none" { (words::NONE) }
            } @else {
                table.cards.orders role="table" data-key="table" data-list {
                    caption data-key="caption" { (words::CAPTION) }
                    thead data-key="head" role="rowgroup" { tr role="row" {
                        @for word in [words::TEST, label::ORDERED, label::PERFORMED, words::RESULT, label::NOTES] { th scope="col" role="columnheader" { (word) } }
                    } }
                    @for order in &patient.orders { (one_order(order, patient.as_of, zone)) }
                }
            }
        }
    }
}

fn one_order(order: &Order, as_of: DateTime<Utc>, zone: Tz) -> Markup {
    let rows = order.results.len().max(1);
    html! {
        tbody role="rowgroup" data-key={ "test " (order.test_id) } data-test=(order.test_id) {
            tr role="row" {
                th scope="row" role="rowheader" rowspan=(rows) {
                    span.test { (order.test.as_ref().and_then(|test| test.current.value.name.as_deref()).unwrap_or(words::TEST_NOT_NAMED)) }
                    span.ids { (words::test_id(&order.test_id)) }
                    @if let Some(test) = &order.test { (lineage::disclose(test, zone, |said| earlier_test(said, zone))) }
                }
                td.ordered role="cell" rowspan=(rows) { span.label { (label::ORDERED) } (ordered(order, as_of, zone)) }
                @match order.results.first() {
                    Some(first) => (result(first, zone)),
                    None => { td.none role="cell" { span.label { (label::PERFORMED) } (words::NOT_PERFORMED) } td role="cell" {} td role="cell" {} }
                }
            }
            @for other in order.results.iter().skip(1) { tr role="row" { (result(other, zone)) } }
        }
    }
}

fn ordered(order: &Order, as_of: DateTime<Utc>, zone: Tz) -> Markup {
    html! {
        @match &order.test {
            Some(test) => {
                (time::at(test.current.value.ordered_at, zone))
                span.by { (words::by(test.current.value.ordering_physician.as_deref())) }
                @if test.current.value.is_to_come(as_of) { p.anomaly { (words::ORDERED_AHEAD) } }
            }
            None => span.none { (words::NOT_RECEIVED) },
        }
    }
}

fn result(judged: &JudgedResult, zone: Tz) -> Markup {
    let said = &judged.result.current.value;
    html! {
        td role="cell" data-result=(said.result_id) {
            span.label { (label::PERFORMED) }
            (time::at(said.performed_at, zone))
            @if let Some(reviewer) = &said.reviewing_physician { span.by { (words::reviewed_by(reviewer)) } }
        }
        td role="cell" {
            span.value { (words::value(said)) }
            span.ids { (words::result_id(&said.result_id)) }
            (lineage::disclose(&judged.result, zone, |said| earlier_result(said, zone)))
        }
        td.notes role="cell" {
            @for anomaly in &judged.anomalies { p.anomaly { (words::anomaly(*anomaly)) } }
            @if judged.result.earlier.iter().any(|version| version.value.whose == Whose::AnotherPatient) { p.flag { (words::WAS_ANOTHERS) } }
        }
    }
}

fn earlier_test(said: &Test, zone: Tz) -> String {
    words::earlier_test(said, &time::date_time(said.ordered_at, zone))
}

/// What was said of a result before.
pub(super) fn earlier_result(said: &LabResult, zone: Tz) -> String {
    words::earlier_result(said, &time::date_time(said.performed_at, zone))
}
