//! Orders and results of one patient, with both times and what is odd about them.

use chrono_tz::Tz;
use maud::{Markup, html};

use crate::parts::{lineage, time};
use crate::views::patient::{Anomaly, JudgedResult, LabResult, Order, Patient, Test};

/// The section of orders, the newest first.
pub(crate) fn draw(patient: &Patient, zone: Tz) -> Markup {
    html! {
        section #orders data-key="orders" aria-labelledby="heading-orders" {
            h2 #heading-orders { "Orders and results (" (patient.orders.len()) ")" }
            @if patient.orders.is_empty() {
                p.none { "No order and no result of this patient has been received." }
            } @else {
                table.orders {
                    caption { "Newest first" }
                    thead { tr {
                        th scope="col" { "Test" } th scope="col" { "Ordered" } th scope="col" { "Performed" }
                        th scope="col" { "Result" } th scope="col" { "Notes" }
                    } }
                    @for order in &patient.orders { (one_order(order, zone)) }
                }
            }
        }
    }
}

fn one_order(order: &Order, zone: Tz) -> Markup {
    let rows = order.results.len().max(1);
    html! {
        tbody data-test=(order.test_id) {
            tr {
                th scope="row" rowspan=(rows) {
                    span.test { (order.test.as_ref().and_then(|test| test.current.value.name.as_deref()).unwrap_or("Test not named")) }
                    span.ids { "test " (order.test_id) }
                    @if let Some(test) = &order.test { (lineage::disclose(test, zone, |said| describe_test(said, zone))) }
                }
                td rowspan=(rows) { (ordered(order, zone)) }
                @match order.results.first() {
                    Some(first) => (result(first, zone)),
                    None => { td.none { "not performed" } td {} td {} }
                }
            }
            @for other in order.results.iter().skip(1) { tr { (result(other, zone)) } }
        }
    }
}

fn ordered(order: &Order, zone: Tz) -> Markup {
    html! {
        @match &order.test {
            Some(test) => {
                (time::at(test.current.value.ordered_at, zone))
                span.by { "by " (test.current.value.ordering_physician.as_deref().unwrap_or("someone not recorded")) }
            }
            None => span.none { "order not received" },
        }
    }
}

fn result(judged: &JudgedResult, zone: Tz) -> Markup {
    let said = &judged.result.current.value;
    html! {
        td data-result=(said.result_id) {
            (time::at(said.performed_at, zone))
            @if let Some(reviewer) = &said.reviewing_physician { span.by { "reviewed by " (reviewer) } }
        }
        td {
            span.value { (value(said)) }
            span.ids { "result " (said.result_id) }
            (lineage::disclose(&judged.result, zone, |said| describe_result(said, zone)))
        }
        td.notes { @for anomaly in &judged.anomalies { p.anomaly { (words(*anomaly)) } } }
    }
}

/// Value, unit, status and range as the laboratory wrote them.
pub(crate) fn value(said: &LabResult) -> String {
    let value = said.value.as_deref().unwrap_or("no value");
    let unit = said.unit.as_deref().map(|unit| format!(" {unit}")).unwrap_or_default();
    let status = said.status.as_deref().map(|status| format!(", {status}")).unwrap_or_default();
    let range = said.reference_range.as_deref().map(|range| format!(" (range {range})")).unwrap_or_default();
    format!("{value}{unit}{status}{range}")
}

/// An anomaly in words.
pub(crate) fn words(anomaly: Anomaly) -> &'static str {
    match anomaly {
        Anomaly::BeforeOrder => "Performed before it was ordered",
        Anomaly::FutureDated => "Dated later than its file: excluded, resets no clock",
        Anomaly::OutsideStay => "Outside every stay: resets no clock",
    }
}

fn describe_test(said: &Test, zone: Tz) -> String {
    let name = said.name.as_deref().unwrap_or("not named");
    let by = said.ordering_physician.as_deref().unwrap_or("someone not recorded");
    format!("{name}, ordered {} by {by}", time::date_time(said.ordered_at, zone))
}

fn describe_result(said: &LabResult, zone: Tz) -> String {
    format!("{}, performed {}, test {}", value(said), time::date_time(said.performed_at, zone), said.test_id)
}
