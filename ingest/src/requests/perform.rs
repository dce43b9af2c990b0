//! Carries out one request in a transaction: checks it against what is there, under the locks of what it touches.

use sqlx::postgres::PgConnection;

use super::{Answer, Request, maps};
use crate::decide::{self, Decision};
use crate::ledger;
use crate::pipeline::Pipeline;
use crate::reprocess::{self, ReprocessError};

/// Longest reason, in letters.
const LONGEST_REASON: usize = 2_000;
pub(super) const NO_REASON: &str = "a decision needs a reason, of at most 2000 letters";
pub(super) const TOO_LITTLE: &str = "the request does not say what it is about";

pub(super) async fn perform(
    pipeline: Option<&Pipeline>,
    connection: &mut PgConnection,
    request_id: i64,
    request: &Request,
) -> Result<Answer, sqlx::Error> {
    match (request.kind.as_str(), request.object_id) {
        ("retry", Some(object_id)) => retry(connection, object_id).await,
        ("reprocess", Some(object_id)) => reprocess(pipeline, connection, object_id).await,
        ("propose_map" | "check_map" | "approve_map", Some(object_id)) => {
            maps::carry_out(pipeline, connection, request_id, object_id, request).await
        }
        _ => decide(connection, request).await,
    }
}

async fn retry(connection: &mut PgConnection, object_id: i64) -> Result<Answer, sqlx::Error> {
    Ok(if ledger::retry_one(connection, object_id).await? {
        Answer::Done("the object will be loaded again as soon as a worker is free".to_owned())
    } else {
        Answer::refused("the object is neither held nor failed")
    })
}

async fn reprocess(
    pipeline: Option<&Pipeline>,
    connection: &mut PgConnection,
    object_id: i64,
) -> Result<Answer, sqlx::Error> {
    let Some(pipeline) = pipeline else { return Ok(Answer::refused("use wardwatch-ingest reprocess")) };
    match reprocess::object(pipeline, connection, object_id).await {
        Ok(judged) => Ok(Answer::Done(format!(
            "{} records were taken, {} skipped, {} stay in quarantine",
            judged.taken, judged.skipped, judged.quarantined
        ))),
        Err(ReprocessError::Database(error)) => Err(error),
        Err(error) => Ok(Answer::refused(error.to_string())),
    }
}

async fn decide(connection: &mut PgConnection, request: &Request) -> Result<Answer, sqlx::Error> {
    let Some(reason) = reason(request) else { return Ok(Answer::refused(NO_REASON)) };
    match checked(connection, request).await? {
        Err(why) => Ok(Answer::Refused(why)),
        Ok(decision) => {
            decide::decide(connection, &decision, request.asked_by.trim(), reason).await?;
            Ok(Answer::Done(
                if request.kind == "withdraw" { "the decision stands no more" } else { "the decision stands" }
                    .to_owned(),
            ))
        }
    }
}

/// The reason, where one is given that can be kept.
pub(super) fn reason(request: &Request) -> Option<&str> {
    let reason = request.reason.as_deref().map(str::trim).unwrap_or_default();
    (!reason.is_empty() && reason.chars().count() <= LONGEST_REASON).then_some(reason)
}

type Checked = Result<Result<Decision, String>, sqlx::Error>;

fn no(why: &str) -> Result<Decision, String> {
    Err(why.to_owned())
}

/// The decision that a request asks for, locked; or why it cannot be taken.
async fn checked(connection: &mut PgConnection, request: &Request) -> Checked {
    let Request { object_id, record, result_id, patient_id, case_number, choice, decision_id, .. } = request.clone();
    match (request.kind.as_str(), result_id, case_number, patient_id, object_id) {
        ("decide_result", Some(result_id), _, Some(patient), _) => result(connection, result_id, patient).await,
        ("decide_case", _, Some(case_number), Some(patient), _) => case(connection, case_number, patient).await,
        ("decide_stay", _, Some(case_number), Some(patient), _) => {
            stay(connection, patient, case_number, choice.as_deref()).await
        }
        ("dismiss_object", _, _, _, Some(object_id)) => object(connection, object_id).await,
        ("dismiss_record", _, _, _, Some(object_id)) => match record {
            Some(number) => quarantined(connection, object_id, number).await,
            None => Ok(no(TOO_LITTLE)),
        },
        ("withdraw", ..) => match decision_id {
            Some(decision_id) => withdrawn(connection, decision_id).await,
            None => Ok(no(TOO_LITTLE)),
        },
        _ => Ok(no(TOO_LITTLE)),
    }
}

async fn result(connection: &mut PgConnection, result_id: String, patient: String) -> Checked {
    let decision = Decision::Result { result_id: result_id.clone(), patient_id: Some(patient.clone()) };
    decision.lock(connection).await?;
    let found = sqlx::query_file!("src/sql/check_result.sql", result_id, patient).fetch_one(connection).await?;
    if !found.waits {
        return Ok(no("this result does not wait: it belongs to a patient already, or was never received"));
    }
    if !found.is_known {
        return Ok(no("no feed has named a patient with this id: check it, leading zeros matter"));
    }
    Ok(Ok(decision))
}

async fn case(connection: &mut PgConnection, case_number: String, patient: String) -> Checked {
    Decision::Case { case_number: case_number.clone(), patient: None }.lock(connection).await?;
    let among = sqlx::query_scalar!(
        r#"SELECT patient_id FROM warehouse.admission WHERE case_number = $1 ORDER BY patient_id COLLATE "C""#,
        case_number
    )
    .fetch_all(connection)
    .await?;
    if among.len() < 2 {
        return Ok(no("no two patients have this case number"));
    }
    if !among.contains(&patient) {
        return Ok(no("this patient has no admission with this case number"));
    }
    Ok(Ok(Decision::Case { case_number, patient: Some((patient, among)) }))
}

async fn stay(connection: &mut PgConnection, patient_id: String, case_number: String, choice: Option<&str>) -> Checked {
    let is_here = match choice {
        Some("still_here") => true,
        Some("left") => false,
        _ => return Ok(no("say whether the patient is still here or has left")),
    };
    Decision::Case { case_number: case_number.clone(), patient: None }.lock(connection).await?;
    let said = sqlx::query!(
        "SELECT admitted_at, released_at FROM warehouse.admission WHERE patient_id = $1 AND case_number = $2",
        patient_id,
        case_number
    )
    .fetch_optional(connection)
    .await?;
    let Some(said) = said else { return Ok(no("there is no such stay")) };
    match said.released_at.filter(|released_at| *released_at <= said.admitted_at) {
        None => Ok(no("the release of this stay is not before its admission")),
        Some(released_at) => {
            let choice = Some((is_here, said.admitted_at, released_at));
            Ok(Ok(Decision::Stay { patient_id, case_number, choice }))
        }
    }
}

async fn quarantined(connection: &mut PgConnection, object_id: i64, record: i32) -> Checked {
    let found = sqlx::query!(
        "SELECT o.key, o.sha256 FROM ingest.quarantine q JOIN ingest.object o ON o.object_id = q.object_id
         WHERE q.object_id = $1 AND q.record = $2 AND q.resolved_at IS NULL",
        object_id,
        record
    )
    .fetch_optional(connection)
    .await?;
    match found.and_then(|found| Some((found.key, found.sha256?))) {
        None => Ok(no("this record does not stand in quarantine")),
        Some((key, sha256)) => Ok(Ok(Decision::Record { key, sha256, record, dismissed: true })),
    }
}

async fn object(connection: &mut PgConnection, object_id: i64) -> Checked {
    let found = sqlx::query!(
        "SELECT key, etag, last_modified FROM ingest.object
         WHERE object_id = $1 AND (state IN ('held', 'failed') OR state = 'gone' AND loaded_at IS NULL)",
        object_id
    )
    .fetch_optional(connection)
    .await?;
    match found {
        None => {
            Ok(no("this object is not in doubt: it is neither held nor failed, and did not leave the bucket unread"))
        }
        Some(found) => Ok(Ok(Decision::Object {
            key: found.key,
            etag: found.etag,
            last_modified: found.last_modified,
            dismissed: true,
        })),
    }
}

/// The withdrawal of a decision that stands.
async fn withdrawn(connection: &mut PgConnection, decision_id: i64) -> Checked {
    let found =
        sqlx::query_file!("src/sql/standing_decision.sql", decision_id).fetch_optional(&mut *connection).await?;
    let Some(found) = found else { return Ok(no("this decision does not stand any more")) };
    let decision = match (found.kind.as_str(), found.result_id, found.case_number, found.patient_id, found.key) {
        ("result", Some(result_id), ..) => Decision::Result { result_id, patient_id: None },
        ("case", _, Some(case_number), ..) => Decision::Case { case_number, patient: None },
        ("stay", _, Some(case_number), Some(patient_id), _) => Decision::Stay { patient_id, case_number, choice: None },
        ("record", .., Some(key)) => match (found.sha256, found.record) {
            (Some(sha256), Some(record)) => Decision::Record { key, sha256, record, dismissed: false },
            _ => return Ok(no(TOO_LITTLE)),
        },
        ("object", .., Some(key)) => match found.last_modified {
            Some(last_modified) => Decision::Object { key, etag: found.etag, last_modified, dismissed: false },
            None => return Ok(no(TOO_LITTLE)),
        },
        _ => return Ok(no(TOO_LITTLE)),
    };
    decision.lock(connection).await?;
    Ok(Ok(decision))
}
