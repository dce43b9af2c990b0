//! Requests: what a person asked for on a page or on the command line, carried out once and answered.
//!
//! Invariant: the effect, the answer and the trail are one transaction. A request is claimed by its row lock, so that several daemons
//! carry it out once, and a daemon that dies leaves it asked. No answer holds a patient's data.

mod maps;
mod perform;

use std::convert::Infallible;
use std::time::Duration;

use sqlx::postgres::{PgConnection, PgListener};
use sqlx::{Acquire, PgPool, Postgres, Transaction};
use wardwatch_schema::database::{self, REQUEST_CHANNEL, answered};

use crate::backoff::longer_wait;
use crate::pipeline::{self, Pipeline};
use crate::settle;
use crate::trail::{self, Decided};

/// How often a request is tried that another transaction stands in the way of, where somebody waits for the answer.
const TRIES: usize = 5;

/// What is asked for; what a kind does not need is `None`.
#[derive(Debug, Clone, Default, sqlx::FromRow)]
pub struct Request {
    /// As `app.request` names it.
    pub kind: String,
    /// Number of an object in the ledger.
    pub object_id: Option<i64>,
    /// Number of a record in it.
    pub record: Option<i32>,
    /// A result.
    pub result_id: Option<String>,
    /// A patient.
    pub patient_id: Option<String>,
    /// A case.
    pub case_number: Option<String>,
    /// `still_here` or `left`.
    pub choice: Option<String>,
    /// The decision to withdraw.
    pub decision_id: Option<i64>,
    /// Why.
    pub reason: Option<String>,
    /// A column map.
    pub map: Option<String>,
    /// Who asks.
    pub asked_by: String,
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It was carried out: what was done.
    Done(String),
    /// It was not: why.
    Refused(String),
}

impl Answer {
    fn refused(why: impl Into<String>) -> Self {
        Self::Refused(why.into())
    }
}

/// Carries out what is asked for, whenever something is, for ever.
pub async fn serve(pipeline: Pipeline, look_every: Duration) -> Infallible {
    let (mut listener, mut failures) = (None, 0);
    loop {
        let carried_out = carry_out_all(&pipeline).await;
        failures = if carried_out.is_ok() { 0 } else { failures + 1 };
        let wait = longer_wait(look_every, failures);
        if let Err(error) = carried_out {
            tracing::error!(error = %error, wait = ?wait, "ingest.requests: the database failed; trying again");
        } else if listener.is_none() {
            listener = listen(&pipeline.pool).await;
            if listener.is_some() {
                // What was asked for before anybody listened is looked for again.
                continue;
            }
        }
        let Some(asked) = &mut listener else {
            tokio::time::sleep(wait).await;
            continue;
        };
        // A word may be lost with a connection, so the table is looked at from time to time.
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            heard = asked.recv() => if let Err(error) = heard {
                tracing::warn!(error = %error, "ingest.requests: not told of new ones; looking from time to time");
                listener = None;
            }
        }
    }
}

async fn listen(pool: &PgPool) -> Option<PgListener> {
    let mut listener = PgListener::connect_with(pool).await.ok()?;
    listener.listen(REQUEST_CHANNEL).await.ok()?;
    Some(listener)
}

/// Carries out what is asked for now. A request that cannot be now keeps no other waiting; that there was one is told at the end.
pub async fn carry_out_all(pipeline: &Pipeline) -> Result<(), sqlx::Error> {
    let asked = sqlx::query_scalar!("SELECT request_id FROM app.request WHERE state = 'asked' ORDER BY request_id");
    let asked = answered(asked.fetch_all(&pipeline.pool)).await?;
    let mut carried_out = Ok(());
    for request_id in asked {
        match carry_out(pipeline, request_id).await {
            Ok(answer) => tracing::info!(
                request_id,
                refused = matches!(answer, Some(Answer::Refused(_))),
                "ingest.requests: answered"
            ),
            Err(error) => {
                tracing::warn!(request_id, error = %pipeline::code(&error), "ingest.requests: trying again later");
                carried_out = Err(error);
            }
        }
    }
    carried_out
}

/// Carries out one request; `None` where another daemon has it, or it was answered.
pub async fn carry_out(pipeline: &Pipeline, request_id: i64) -> Result<Option<Answer>, sqlx::Error> {
    let mut transaction = database::begin(&pipeline.pool).await?;
    let request: Option<Request> = sqlx::query_as(include_str!("sql/claim_request.sql"))
        .bind(request_id)
        .fetch_optional(&mut *transaction)
        .await?;
    let Some(request) = request else { return Ok(None) };
    let answer = answer(Some(pipeline), &mut transaction, request_id, &request).await?;
    transaction.commit().await?;
    Ok(Some(answer))
}

/// Writes a request down and carries it out at once. Only what reads the bucket needs a pipeline.
pub async fn ask(pool: &PgPool, request: &Request) -> Result<Answer, sqlx::Error> {
    let mut tries = 1;
    loop {
        match ask_once(pool, request).await {
            Err(error) if tries < TRIES && pipeline::is_passing_cause(&error) => tries += 1,
            ended => return ended,
        }
    }
}

async fn ask_once(pool: &PgPool, request: &Request) -> Result<Answer, sqlx::Error> {
    let mut transaction = database::begin(pool).await?;
    let request_id = sqlx::query_file_scalar!(
        "src/sql/ask.sql",
        request.kind,
        request.object_id,
        request.record,
        request.result_id,
        request.patient_id,
        request.case_number,
        request.choice,
        request.decision_id,
        request.reason,
        request.asked_by,
        request.map
    )
    .fetch_one(&mut *transaction)
    .await?;
    let answer = answer(None, &mut transaction, request_id, request).await?;
    let about = format!("{} {request_id}", request.kind);
    let (by, patient_id, reason) = (&request.asked_by, request.patient_id.as_deref(), request.reason.as_deref());
    trail::note(&mut transaction, &Decided { about: &about, by, patient_id, reason }).await?;
    transaction.commit().await?;
    Ok(answer)
}

/// What is refused leaves nothing but the answer.
async fn answer(
    pipeline: Option<&Pipeline>,
    transaction: &mut Transaction<'_, Postgres>,
    request_id: i64,
    request: &Request,
) -> Result<Answer, sqlx::Error> {
    let mut effect = Acquire::begin(&mut *transaction).await?;
    let answer = match perform::perform(pipeline, &mut effect, request_id, request).await {
        Ok(done @ Answer::Done(_)) => {
            effect.commit().await?;
            done
        }
        Ok(refused) => {
            effect.rollback().await?;
            refused
        }
        Err(error) if pipeline::is_passing_cause(&error) => return Err(error),
        Err(error) => {
            effect.rollback().await?;
            Answer::refused(format!("the database refused it ({}): tell ops", pipeline::code(&error)))
        }
    };
    write(transaction, request_id, &answer).await?;
    settle::announce(transaction, "").await?;
    Ok(answer)
}

async fn write(connection: &mut PgConnection, request_id: i64, answer: &Answer) -> Result<(), sqlx::Error> {
    let (state, text) = match answer {
        Answer::Done(text) => ("done", text),
        Answer::Refused(text) => ("refused", text),
    };
    let written = sqlx::query!(
        "UPDATE app.request SET state = $2, answer = $3, answered_at = now() WHERE request_id = $1 AND state = 'asked'",
        request_id,
        state,
        text
    )
    .execute(connection)
    .await?;
    if written.rows_affected() == 1 { Ok(()) } else { Err(sqlx::Error::RowNotFound) }
}
