//! An invented patient, for tests of what is drawn of one.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Admission, Anomaly, Demographics, JudgedResult, LabResult, Moved, Order, PERSON, Patient, PatientStay,
    QuarantinedRecord, Test, Waiting, Whose,
};
use crate::views::board::{Doubt, State};
use crate::views::census::invented::now;
use crate::views::contact;
use crate::views::review::{Act, Review};
use crate::views::tracked::{Lineage, Tracked, Version};

/// A moment so many hours before the present one; of less than nothing, after it.
pub(crate) fn ago(hours: i64) -> DateTime<Utc> {
    now() - TimeDelta::hours(hours)
}

/// Somebody of whom every feed has told, with one stay.
pub(crate) fn patient(stay: PatientStay) -> Patient {
    let person = Demographics {
        first_name: Some("Ada".to_owned()),
        last_name: Some("One".to_owned()),
        allergies: Some("Penicillin".to_owned()),
        ..Demographics::default()
    };
    Patient {
        as_of: now(),
        id: "P1".to_owned(),
        person: Some(tracked(person)),
        contact: contact::Own::default(),
        stays: vec![stay],
        orders: Vec::new(),
        waiting: Vec::new(),
        moved: Vec::new(),
        quarantined: Vec::new(),
        reviews: Vec::new(),
    }
}

/// A stay since so many hours, listed because nothing was performed since.
pub(crate) fn stay(hours: i64) -> PatientStay {
    PatientStay {
        admission: Admission {
            case_number: "C1".to_owned(),
            admitted_at: ago(hours),
            released_at: None,
            department: None,
            room: None,
        },
        last_performed_at: None,
        idle_since: ago(hours),
        last_ordered_at: None,
        open_order: None,
        state: Some(State::Overdue),
        doubt: Doubt::default(),
        doubted_at: None,
        decided: None,
        long_open: false,
        threshold_hours: Some(48),
        versions: None,
    }
}

/// One that the board does not list, from its admission to its release.
pub(crate) fn unlisted(admitted_at: DateTime<Utc>, released_at: Option<DateTime<Utc>>) -> PatientStay {
    let before = stay(0);
    let admission = Admission { admitted_at, released_at, ..before.admission.clone() };
    PatientStay { admission, idle_since: admitted_at, state: None, ..before }
}

/// A test that was ordered so many hours ago, with what was performed of it.
pub(crate) fn order(test: &str, hours: i64, results: Vec<JudgedResult>) -> Order {
    let ordered = Test {
        id: format!("{test} {hours}"),
        name: Some(test.to_owned()),
        ordered_at: ago(hours),
        ordering_physician: Some("Dr. Bo Order".to_owned()),
    };
    Order { test_id: ordered.id.clone(), test: Some(tracked(ordered)), results }
}

/// What was performed so many hours ago, in this unit, of which the laboratory said nothing.
pub(crate) fn result(value: &str, unit: &str, hours: i64) -> JudgedResult {
    let result = LabResult {
        result_id: format!("{value} {hours}"),
        test_id: "T1".to_owned(),
        value: Some(value.to_owned()),
        unit: Some(unit.to_owned()),
        reference_range: None,
        status: None,
        performed_at: ago(hours),
        reviewing_physician: None,
        future_dated: false,
        whose: Whose::ThisPatient,
    };
    JudgedResult { result: tracked(result), anomalies: Vec::new() }
}

/// The same with what the laboratory says of it.
pub(crate) fn judged(mut result: JudgedResult, status: &str) -> JudgedResult {
    result.result.current.value.status = Some(status.to_owned());
    result
}

/// The same with the range that the source gives.
pub(crate) fn ranged(mut result: JudgedResult, range: &str) -> JudgedResult {
    result.result.current.value.reference_range = Some(range.to_owned());
    result
}

/// The same with an anomaly.
pub(crate) fn odd(mut result: JudgedResult, anomaly: Anomaly) -> JudgedResult {
    result.result.current.value.future_dated = anomaly == Anomaly::FutureDated;
    result.anomalies.push(anomaly);
    result
}

/// What somebody did about the stay so many hours ago; an acknowledgement holds for a day, as long as nothing is performed.
pub(crate) fn review(number: i64, act: Act, hours: i64, idle_since: DateTime<Utc>) -> Review {
    let is_acknowledged = act == Act::Acknowledged;
    Review {
        number,
        patient_id: "P1".to_owned(),
        case_number: "C1".to_owned(),
        act: act.as_str().to_owned(),
        reason: is_acknowledged.then(|| "palliative".to_owned()),
        comment: None,
        returns_at: is_acknowledged.then(|| ago(hours - 24)),
        idle_since: Some(idle_since),
        by_account: "ada".to_owned(),
        at: ago(hours),
        doubted_at: None,
        held_before: None,
        is_overtaken: false,
        is_away: false,
    }
}

/// A result that may be the patient's, one of so many.
pub(crate) fn waiting(total: i64) -> Waiting {
    let mut result = result("1.25", "mg/L", 9).result;
    result.current.value.whose = Whose::Nobody;
    let others = vec!["P2".to_owned()];
    Waiting { result, reason: "ambiguous".to_owned(), others, has_more_others: false, total }
}

/// A result that was the patient's; `waits`: whether it is nobody's now.
pub(crate) fn moved(waits: bool) -> Moved {
    Moved { result: result("7.5", "mg/L", 9).result, waits }
}

/// The feed that tells of the person as long as ops add none.
pub(crate) const PERSON_FEED: &str = "pms.patient_information";

/// A record about the patient that could not be taken; `newer`: whether it is newer than what is shown.
pub(crate) fn quarantined(newer: bool) -> QuarantinedRecord {
    QuarantinedRecord {
        feed: PERSON_FEED.to_owned(),
        target: PERSON.to_owned(),
        column_name: None,
        reason: "no date".to_owned(),
        record: 1,
        map_version: 1,
        seen_at: now(),
        object_key: None,
        sha256: None,
        is_newer: newer,
        newer: i64::from(newer),
        total: 1,
    }
}

fn tracked<T>(value: T) -> Tracked<T> {
    let lineage = Lineage {
        object_key: None,
        sha256: None,
        record: 1,
        map_version: 1,
        first_seen_at: now(),
        last_seen_at: now(),
        flags: Vec::new(),
    };
    Tracked { current: Version { value, lineage }, earlier: Vec::new() }
}
