//! One patient as programs hear of them.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::{OrderedAnswer, hours, instant};
use crate::parts::time::rfc3339;
use crate::people::contact::Field;
use crate::views::board::State;
use crate::views::contact;
use crate::views::patient::{
    self, Admission, Anomaly, Demographics, JudgedResult, LabResult, Moved, Order, Patient, PatientStay,
    QuarantinedRecord, Test, Waiting, Whose,
};
use crate::views::tracked::{Lineage, Tracked, Version};

/// Everything about one patient.
#[derive(Serialize, ToSchema)]
pub(crate) struct PatientAnswer {
    #[schema(format = DateTime)]
    as_of: String,
    patient_id: String,
    /// Null: no feed has sent the person yet.
    person: Option<TrackedAnswer<PersonAnswer>>,
    contact: ContactAnswer,
    stays: Vec<PatientStayAnswer>,
    orders: Vec<OrderAnswer>,
    waiting_results: Vec<WaitingAnswer>,
    moved_results: Vec<MovedAnswer>,
    quarantined: Vec<QuarantinedAnswer>,
}

/// A row as it is now, with where it was said, and its earlier versions, the newest first.
#[derive(Serialize, ToSchema)]
struct TrackedAnswer<T> {
    #[serde(flatten)]
    current: T,
    earlier: Vec<T>,
}

/// Where a version was first said, and until when it was repeated.
#[derive(Serialize, ToSchema)]
struct SourceAnswer {
    object: Option<String>,
    sha256: Option<String>,
    record: i32,
    map_version: i32,
    #[schema(format = DateTime)]
    first_seen_at: String,
    #[schema(format = DateTime)]
    last_seen_at: String,
    flags: Vec<String>,
}

/// What the patient system says about the person.
#[derive(Serialize, ToSchema)]
struct PersonAnswer {
    first_name: Option<String>,
    last_name: Option<String>,
    #[schema(value_type = Option<String>, format = Date)]
    date_of_birth: Option<NaiveDate>,
    primary_physician: Option<String>,
    insurance_provider: Option<String>,
    blood_type: Option<String>,
    allergies: Option<String>,
    address: Option<String>,
    phone: Option<String>,
    email: Option<String>,
    source: SourceAnswer,
}

/// What the patient says of how to reach them; null where they say nothing.
#[derive(Serialize, ToSchema)]
struct ContactAnswer {
    preferred_name: Option<SaidAnswer>,
    address: Option<SaidAnswer>,
    phone: Option<SaidAnswer>,
    email: Option<SaidAnswer>,
}

/// One thing that the patient said.
#[derive(Serialize, ToSchema)]
struct SaidAnswer {
    value: String,
    #[schema(format = DateTime)]
    said_at: String,
}

/// One stay with its clocks.
#[derive(Serialize, ToSchema)]
struct PatientStayAnswer {
    case_number: String,
    admission: Option<TrackedAnswer<AdmissionAnswer>>,
    open: bool,
    listed: bool,
    /// overdue, chase or unknown; null: not listed
    state: Option<&'static str>,
    reasons: Vec<String>,
    conflict_with: Vec<String>,
    decided: Option<String>,
    waiting_results: i64,
    #[schema(format = DateTime)]
    idle_since: String,
    idle_hours: f64,
    #[schema(format = DateTime)]
    last_performed_at: Option<String>,
    #[schema(format = DateTime)]
    last_ordered_at: Option<String>,
    open_order: Option<OrderedAnswer>,
    long_open: bool,
    threshold_hours: Option<i32>,
}

/// One admission as the patient system says it.
#[derive(Serialize, ToSchema)]
struct AdmissionAnswer {
    #[schema(format = DateTime)]
    admitted_at: String,
    #[schema(format = DateTime)]
    released_at: Option<String>,
    department: Option<String>,
    room: Option<String>,
    source: SourceAnswer,
}

/// One order with its results.
#[derive(Serialize, ToSchema)]
struct OrderAnswer {
    test_id: String,
    /// Null: only results of it were received.
    test: Option<TrackedAnswer<TestAnswer>>,
    results: Vec<JudgedAnswer>,
}

/// One ordered test.
#[derive(Serialize, ToSchema)]
struct TestAnswer {
    test_name: Option<String>,
    #[schema(format = DateTime)]
    ordered_at: String,
    ordering_physician: Option<String>,
    source: SourceAnswer,
}

/// One result with what is odd about it.
#[derive(Serialize, ToSchema)]
struct JudgedAnswer {
    #[serde(flatten)]
    result: TrackedAnswer<ResultAnswer>,
    /// performed_before_ordered, future_dated, outside_stay
    anomalies: Vec<&'static str>,
}

/// One result as the laboratory says it.
#[derive(Serialize, ToSchema)]
struct ResultAnswer {
    result_id: String,
    test_id: String,
    value: Option<String>,
    unit: Option<String>,
    reference_range: Option<String>,
    status: Option<String>,
    #[schema(format = DateTime)]
    performed_at: String,
    reviewing_physician: Option<String>,
    future_dated: bool,
    /// Whose this version is, or was: this_patient, another_patient, nobody
    attributed_to: &'static str,
    source: SourceAnswer,
}

/// A result that may be this patient's.
#[derive(Serialize, ToSchema)]
struct WaitingAnswer {
    #[serde(flatten)]
    result: TrackedAnswer<ResultAnswer>,
    reason: String,
    /// The other patients whom its test id names.
    others: Vec<String>,
}

/// A result that was this patient's, as it was last.
#[derive(Serialize, ToSchema)]
struct MovedAnswer {
    #[serde(flatten)]
    result: TrackedAnswer<ResultAnswer>,
    /// Whether it is nobody's now; if not, it is another patient's.
    waits: bool,
}

/// A record about this patient that could not be taken.
#[derive(Serialize, ToSchema)]
struct QuarantinedAnswer {
    feed: String,
    column: Option<String>,
    reason: String,
    object: Option<String>,
    sha256: Option<String>,
    record: i32,
    map_version: i32,
    #[schema(format = DateTime)]
    seen_at: String,
    newer_than_shown: bool,
}

impl From<Patient> for PatientAnswer {
    fn from(patient: Patient) -> Self {
        let as_of = patient.as_of;
        Self {
            as_of: rfc3339(as_of),
            patient_id: patient.id,
            person: patient.person.map(TrackedAnswer::from),
            contact: ContactAnswer::from(&patient.contact),
            stays: patient.stays.into_iter().map(|stay| PatientStayAnswer::of(stay, as_of)).collect(),
            orders: patient.orders.into_iter().map(OrderAnswer::from).collect(),
            waiting_results: patient.waiting.into_iter().map(WaitingAnswer::from).collect(),
            moved_results: patient.moved.into_iter().map(MovedAnswer::from).collect(),
            quarantined: patient.quarantined.into_iter().map(QuarantinedAnswer::from).collect(),
        }
    }
}

impl<V, T: From<Version<V>>> From<Tracked<V>> for TrackedAnswer<T> {
    fn from(tracked: Tracked<V>) -> Self {
        Self { current: tracked.current.into(), earlier: tracked.earlier.into_iter().map(T::from).collect() }
    }
}

impl From<Lineage> for SourceAnswer {
    fn from(lineage: Lineage) -> Self {
        Self {
            object: lineage.object_key,
            sha256: lineage.sha256,
            record: lineage.record,
            map_version: lineage.map_version,
            first_seen_at: rfc3339(lineage.first_seen_at),
            last_seen_at: rfc3339(lineage.last_seen_at),
            flags: lineage.flags,
        }
    }
}

impl From<Version<Demographics>> for PersonAnswer {
    fn from(Version { value, lineage }: Version<Demographics>) -> Self {
        Self {
            first_name: value.first_name,
            last_name: value.last_name,
            date_of_birth: value.date_of_birth,
            primary_physician: value.primary_physician,
            insurance_provider: value.insurance_provider,
            blood_type: value.blood_type,
            allergies: value.allergies,
            address: value.address,
            phone: value.phone,
            email: value.email,
            source: lineage.into(),
        }
    }
}

impl From<&contact::Own> for ContactAnswer {
    fn from(own: &contact::Own) -> Self {
        let said =
            |field| own.of(field).map(|said| SaidAnswer { value: said.value.clone(), said_at: rfc3339(said.said_at) });
        Self {
            preferred_name: said(Field::PreferredName),
            address: said(Field::Address),
            phone: said(Field::Phone),
            email: said(Field::Email),
        }
    }
}

impl PatientStayAnswer {
    fn of(stay: PatientStay, as_of: DateTime<Utc>) -> Self {
        let open = stay.is_open(as_of);
        Self {
            case_number: stay.admission.case_number,
            admission: stay.versions.map(TrackedAnswer::from),
            open,
            listed: stay.state.is_some(),
            state: stay.state.map(State::as_str),
            reasons: stay.doubt.reasons,
            conflict_with: stay.doubt.conflict_with,
            decided: stay.decided,
            waiting_results: stay.doubt.waiting_results,
            idle_since: rfc3339(stay.idle_since),
            idle_hours: hours(as_of - stay.idle_since),
            last_performed_at: instant(stay.last_performed_at),
            last_ordered_at: instant(stay.last_ordered_at),
            open_order: stay.open_order.map(OrderedAnswer::from),
            long_open: stay.long_open,
            threshold_hours: stay.threshold_hours,
        }
    }
}

impl From<Version<Admission>> for AdmissionAnswer {
    fn from(Version { value, lineage }: Version<Admission>) -> Self {
        Self {
            admitted_at: rfc3339(value.admitted_at),
            released_at: instant(value.released_at),
            department: value.department,
            room: value.room,
            source: lineage.into(),
        }
    }
}

impl From<Order> for OrderAnswer {
    fn from(order: Order) -> Self {
        Self {
            test_id: order.test_id,
            test: order.test.map(TrackedAnswer::from),
            results: order.results.into_iter().map(JudgedAnswer::from).collect(),
        }
    }
}

impl From<Version<Test>> for TestAnswer {
    fn from(Version { value, lineage }: Version<Test>) -> Self {
        Self {
            test_name: value.name,
            ordered_at: rfc3339(value.ordered_at),
            ordering_physician: value.ordering_physician,
            source: lineage.into(),
        }
    }
}

impl From<JudgedResult> for JudgedAnswer {
    fn from(judged: JudgedResult) -> Self {
        let anomalies = judged.anomalies.into_iter().map(code).collect();
        Self { result: judged.result.into(), anomalies }
    }
}

fn code(anomaly: Anomaly) -> &'static str {
    match anomaly {
        Anomaly::BeforeOrder => "performed_before_ordered",
        Anomaly::FutureDated => "future_dated",
        Anomaly::OutsideStay => "outside_stay",
    }
}

impl From<Version<LabResult>> for ResultAnswer {
    fn from(Version { value, lineage }: Version<patient::LabResult>) -> Self {
        Self {
            result_id: value.result_id,
            test_id: value.test_id,
            value: value.value,
            unit: value.unit,
            reference_range: value.reference_range,
            status: value.status,
            performed_at: rfc3339(value.performed_at),
            reviewing_physician: value.reviewing_physician,
            future_dated: value.future_dated,
            attributed_to: owner(value.whose),
            source: lineage.into(),
        }
    }
}

impl From<Waiting> for WaitingAnswer {
    fn from(waiting: Waiting) -> Self {
        Self { result: waiting.result.into(), reason: waiting.reason, others: waiting.others }
    }
}

impl From<Moved> for MovedAnswer {
    fn from(moved: Moved) -> Self {
        Self { result: moved.result.into(), waits: moved.waits }
    }
}

fn owner(whose: Whose) -> &'static str {
    match whose {
        Whose::ThisPatient => "this_patient",
        Whose::AnotherPatient => "another_patient",
        Whose::Nobody => "nobody",
    }
}

impl From<QuarantinedRecord> for QuarantinedAnswer {
    fn from(record: QuarantinedRecord) -> Self {
        Self {
            feed: record.feed,
            column: record.column_name,
            reason: record.reason,
            object: record.object_key,
            sha256: record.sha256,
            record: record.record,
            map_version: record.map_version,
            seen_at: rfc3339(record.seen_at),
            newer_than_shown: record.is_newer,
        }
    }
}
