//! Orders and results.

use crate::views::patient::{Anomaly, LabResult, Test, Whose};

pub(crate) fn heading(count: &str) -> String {
    format!("Orders and results ({count})")
}

pub(crate) const NONE: &str = "No order and no result of this patient has been received.";
pub(crate) const CAPTION: &str = "Newest first";
pub(crate) const TEST: &str = "Test";
pub(crate) const RESULT: &str = "Result";
pub(crate) const TEST_NOT_NAMED: &str = "Test not named";
pub(crate) const NOT_PERFORMED: &str = "not performed";
pub(crate) const NOT_RECEIVED: &str = "order not received";

pub(crate) fn test_id(id: &str) -> String {
    format!("test {id}")
}

pub(crate) fn result_id(id: &str) -> String {
    format!("result {id}")
}

pub(crate) fn by(name: Option<&str>) -> String {
    format!("by {}", name.unwrap_or(super::SOMEONE))
}

pub(crate) fn reviewed_by(name: &str) -> String {
    format!("reviewed by {name}")
}

/// Value, unit, status and range as the laboratory wrote them.
pub(crate) fn value(said: &LabResult) -> String {
    let value = said.value.as_deref().unwrap_or("no value");
    let unit = said.unit.as_deref().map(|unit| format!(" {unit}")).unwrap_or_default();
    let status = said.status.as_deref().map(|status| format!(", {status}")).unwrap_or_default();
    let range = said.reference_range.as_deref().map(|range| format!(" (range {range})")).unwrap_or_default();
    format!("{value}{unit}{status}{range}")
}

/// What is odd about a result.
pub(crate) fn anomaly(anomaly: Anomaly) -> &'static str {
    match anomaly {
        Anomaly::BeforeOrder => "Performed before it was ordered",
        Anomaly::FutureDated => "Dated later than its file: excluded, resets no clock",
        Anomaly::OutsideStay => "Outside every stay: resets no clock",
    }
}

/// Of an order.
pub(crate) const ORDERED_AHEAD: &str = "Ordered in the future: it is not counted";
/// Of a result that is this patient's now.
pub(crate) const WAS_ANOTHERS: &str = "It was another patient's before";

/// What was said of a test before.
pub(crate) fn earlier_test(said: &Test, ordered: &str) -> String {
    let name = said.name.as_deref().unwrap_or("not named");
    let by = said.ordering_physician.as_deref().unwrap_or(super::SOMEONE);
    format!("{name}, ordered {ordered} by {by}")
}

/// What was said of a result before, and whose it was then, where that was not this patient's.
pub(crate) fn earlier_result(said: &LabResult, performed: &str) -> String {
    match said.whose {
        Whose::ThisPatient => whole_result(said, performed),
        Whose::AnotherPatient => format!("another patient's: {}", whole_result(said, performed)),
        Whose::Nobody => format!("waiting for its patient: {}", whole_result(said, performed)),
    }
}

/// As [`earlier_result`], of one that waits now.
pub(crate) fn earlier_waiting(said: &LabResult, performed: &str) -> String {
    match said.whose {
        Whose::ThisPatient => format!("this patient's: {}", whole_result(said, performed)),
        _ => earlier_result(said, performed),
    }
}

fn whole_result(said: &LabResult, performed: &str) -> String {
    let ahead = if said.future_dated { " (later than its file)" } else { "" };
    let reviewer = said.reviewing_physician.as_deref().unwrap_or(super::NOT_RECORDED);
    format!("{}, performed {performed}{ahead}, test {}, reviewing physician {reviewer}", value(said), said.test_id)
}
