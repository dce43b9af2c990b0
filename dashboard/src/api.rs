//! The JSON contract. Field names, units and the meaning of null stay put: programs outside rely on them.
//!
//! Times are RFC 3339 in UTC; `idle_hours` is exact to the second; errors are `{"error": {"code", "message"}}`.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::Serialize;
use serde_json::{Value, json};
use wardwatch_schema::database;

use crate::error::{AsJson, Problem};
use crate::parts::time::rfc3339;
use crate::query::BoardQuery;
use crate::server::App;
use crate::views::board::{Board, Grouping, OpenOrder, State as StayState, Stay};
use crate::views::feeds::Feed;
use crate::views::patient::{Anomaly, Order, Patient, PatientStay};
use crate::views::tracked::{Lineage, Version};
use crate::views::{Snapshot, board as boards, patient as one};

/// `GET /api/v1/board`
pub(crate) async fn board(State(app): State<App>, RawQuery(raw): RawQuery) -> Result<Json<Value>, AsJson> {
    let query = BoardQuery::parse(&raw.unwrap_or_default(), "/api/v1/board", app.zone)?;
    let mut snapshot = Snapshot::take(&app.pool).await?;
    let board = boards::read(&mut snapshot, &query, Grouping::None).await?;
    Ok(Json(board_json(&board, query.state)))
}

/// `GET /api/v1/patients/{id}`
pub(crate) async fn patient(
    State(app): State<App>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<Value>, AsJson> {
    let Path(id) = path.map_err(|_| Problem::no_such_patient())?;
    let mut snapshot = Snapshot::take(&app.pool).await?;
    let patient = one::find(&mut snapshot, &id).await?.ok_or_else(Problem::no_such_patient)?;
    Ok(Json(patient_json(&patient)))
}

/// Any other address under `/api`.
pub(crate) async fn not_found() -> AsJson {
    AsJson(Problem::no_such_page())
}

/// `GET /healthz`: this process is alive, whatever the database does.
pub(crate) async fn healthz() -> Json<Value> {
    Json(json!({"status": "alive"}))
}

/// `GET /readyz`: the database is there and fits this program.
pub(crate) async fn readyz(State(app): State<App>) -> Result<Json<Value>, AsJson> {
    drop(Snapshot::for_ops(&app.pool).await?);
    database::expect_migrated(&app.pool).await?;
    Ok(Json(json!({"status": "ready"})))
}

fn board_json(board: &Board, state: Option<StayState>) -> Value {
    let counts = board.counts.only(state);
    json!({
        "as_of": rfc3339(board.as_of),
        "hours": board.hours,
        "total": board.total,
        "counts": {"overdue": counts.overdue, "chase": counts.chase, "unknown": counts.unknown},
        "long_open": board.long_open,
        "unreadable": board.unreadable,
        "feeds": board.feeds.iter().map(feed_json).collect::<Vec<_>>(),
        "stays": board.stays.iter().map(|stay| stay_json(stay, board.as_of)).collect::<Vec<_>>(),
        "page": board.page,
        "per_page": board.per_page,
    })
}

fn feed_json(feed: &Feed) -> Value {
    json!({
        "feed": feed.name,
        "source": feed.source,
        "newest_seen_at": instant(feed.newest_seen_at),
        "newest_loaded_at": instant(feed.newest_loaded_at),
        "oldest_not_loaded_at": instant(feed.oldest_not_loaded_at),
        "age_seconds": feed.age_seconds,
        "limit_seconds": feed.limit_seconds,
        "stale": feed.is_stale,
        "not_loaded": feed.not_loaded,
        "held": feed.held,
        "failed": feed.failed,
        "quarantined": feed.quarantined,
        "waiting": feed.waiting,
    })
}

/// One listed stay; null where the source has not said it.
#[derive(Serialize)]
struct StayJson<'a> {
    patient_id: Option<&'a str>,
    case_number: Option<&'a str>,
    first_name: Option<&'a str>,
    last_name: Option<&'a str>,
    date_of_birth: Option<NaiveDate>,
    name_received: bool,
    look_alike: bool,
    department: Option<&'a str>,
    room: Option<&'a str>,
    physician: Option<&'a str>,
    admitted_at: Option<String>,
    released_at: Option<String>,
    idle_since: Option<String>,
    idle_hours: Option<f64>,
    last_performed_at: Option<String>,
    last_ordered_at: Option<String>,
    open_order: Option<Value>,
    state: &'static str,
    reasons: &'a [String],
    conflict_with: &'a [String],
    waiting_results: i64,
    quarantined: i64,
    long_open: bool,
    threshold_hours: Option<i32>,
}

fn stay_json(stay: &Stay, as_of: DateTime<Utc>) -> Value {
    json!(StayJson {
        patient_id: stay.person.patient_id.as_deref(),
        case_number: stay.case_number.as_deref(),
        first_name: stay.person.first_name.as_deref(),
        last_name: stay.person.last_name.as_deref(),
        date_of_birth: stay.person.date_of_birth,
        name_received: stay.person.name_received,
        look_alike: stay.look_alike,
        department: stay.department.as_deref(),
        room: stay.room.as_deref(),
        physician: stay.physician.as_deref(),
        admitted_at: instant(stay.admitted_at),
        released_at: instant(stay.released_at),
        idle_since: instant(stay.idle_since),
        idle_hours: stay.idle_for(as_of).map(hours),
        last_performed_at: instant(stay.last_performed_at),
        last_ordered_at: instant(stay.last_ordered_at),
        open_order: stay.open_order.as_ref().map(order_json),
        state: stay.state.as_str(),
        reasons: &stay.doubt.reasons,
        conflict_with: &stay.doubt.conflict_with,
        waiting_results: stay.doubt.waiting_results,
        quarantined: stay.doubt.quarantined,
        long_open: stay.long_open,
        threshold_hours: stay.threshold_hours,
    })
}

fn order_json(order: &OpenOrder) -> Value {
    json!({
        "test_id": order.test_id,
        "test_name": order.test_name,
        "ordered_at": rfc3339(order.ordered_at),
        "ordering_physician": order.ordered_by,
    })
}

fn instant(at: Option<DateTime<Utc>>) -> Option<String> {
    at.map(rfc3339)
}

/// Hours with decimals, exact to the millisecond.
fn hours(length: TimeDelta) -> f64 {
    length.num_milliseconds() as f64 / 3_600_000.0
}

fn patient_json(patient: &Patient) -> Value {
    let person = patient.person.as_ref().map(|tracked| {
        let version = |version: &Version<one::Demographics>| {
            let said = &version.value;
            json!({
                "first_name": said.first_name, "last_name": said.last_name, "date_of_birth": said.date_of_birth,
                "primary_physician": said.primary_physician, "insurance_provider": said.insurance_provider,
                "blood_type": said.blood_type, "allergies": said.allergies, "source": lineage_json(&version.lineage),
            })
        };
        tracked_json(&tracked.current, &tracked.earlier, version)
    });
    json!({
        "as_of": rfc3339(patient.as_of),
        "patient_id": patient.id,
        "person": person,
        "stays": patient.stays.iter().map(|stay| patient_stay_json(stay, patient.as_of)).collect::<Vec<_>>(),
        "orders": patient.orders.iter().map(patient_order_json).collect::<Vec<_>>(),
        "waiting_results": patient.waiting.iter().map(waiting_json).collect::<Vec<_>>(),
        "quarantined": patient.quarantined.iter().map(quarantined_json).collect::<Vec<_>>(),
    })
}

/// A version's fields, with `earlier` beside them.
fn tracked_json<T>(current: &Version<T>, earlier: &[Version<T>], write: impl Fn(&Version<T>) -> Value) -> Value {
    let mut value = write(current);
    value["earlier"] = earlier.iter().map(&write).collect();
    value
}

fn lineage_json(lineage: &Lineage) -> Value {
    json!({
        "object": lineage.object_key, "sha256": lineage.sha256, "record": lineage.record,
        "map_version": lineage.map_version, "first_seen_at": rfc3339(lineage.first_seen_at),
        "last_seen_at": rfc3339(lineage.last_seen_at), "flags": lineage.flags,
    })
}

fn patient_stay_json(stay: &PatientStay, as_of: DateTime<Utc>) -> Value {
    let version = |version: &Version<one::Admission>| {
        let said = &version.value;
        json!({
            "admitted_at": rfc3339(said.admitted_at), "released_at": instant(said.released_at),
            "department": said.department, "room": said.room, "source": lineage_json(&version.lineage),
        })
    };
    let admission = stay.versions.as_ref().map(|tracked| tracked_json(&tracked.current, &tracked.earlier, version));
    json!({
        "case_number": stay.admission.case_number,
        "admission": admission,
        "open": stay.is_open(as_of),
        "listed": stay.state.is_some(),
        "state": stay.state.map(StayState::as_str),
        "reasons": stay.doubt.reasons,
        "conflict_with": stay.doubt.conflict_with,
        "decided": stay.decided,
        "waiting_results": stay.doubt.waiting_results,
        "idle_since": rfc3339(stay.idle_since),
        "idle_hours": hours(as_of - stay.idle_since),
        "last_performed_at": instant(stay.last_performed_at),
        "last_ordered_at": instant(stay.last_ordered_at),
        "open_order": stay.open_order.as_ref().map(order_json),
        "long_open": stay.long_open,
        "threshold_hours": stay.threshold_hours,
    })
}

fn patient_order_json(order: &Order) -> Value {
    let test = |version: &Version<one::Test>| {
        let said = &version.value;
        json!({
            "test_name": said.name, "ordered_at": rfc3339(said.ordered_at),
            "ordering_physician": said.ordering_physician, "source": lineage_json(&version.lineage),
        })
    };
    let results = order.results.iter().map(|judged| {
        let mut value = tracked_json(&judged.result.current, &judged.result.earlier, result_json);
        value["anomalies"] = judged.anomalies.iter().map(|anomaly| anomaly_code(*anomaly)).collect();
        value
    });
    json!({
        "test_id": order.test_id,
        "test": order.test.as_ref().map(|tracked| tracked_json(&tracked.current, &tracked.earlier, test)),
        "results": results.collect::<Vec<_>>(),
    })
}

fn result_json(version: &Version<one::LabResult>) -> Value {
    let said = &version.value;
    json!({
        "result_id": said.result_id, "test_id": said.test_id, "value": said.value, "unit": said.unit,
        "reference_range": said.reference_range, "status": said.status, "performed_at": rfc3339(said.performed_at),
        "reviewing_physician": said.reviewing_physician, "future_dated": said.future_dated,
        "source": lineage_json(&version.lineage),
    })
}

fn anomaly_code(anomaly: Anomaly) -> &'static str {
    match anomaly {
        Anomaly::BeforeOrder => "performed_before_ordered",
        Anomaly::FutureDated => "future_dated",
        Anomaly::OutsideStay => "outside_stay",
    }
}

fn waiting_json(waiting: &one::Waiting) -> Value {
    let mut value = result_json(&waiting.version);
    value["reason"] = json!(waiting.reason);
    value["others"] = json!(waiting.others);
    value
}

fn quarantined_json(record: &one::QuarantinedRecord) -> Value {
    json!({
        "feed": record.feed, "column": record.column_name, "reason": record.reason, "object": record.object_key,
        "sha256": record.sha256, "record": record.record, "map_version": record.map_version,
        "seen_at": rfc3339(record.seen_at), "newer_than_shown": record.is_newer,
    })
}
