//! Typed reads: what a page or an answer needs, in one snapshot of the database.
//!
//! Invariant: everything on one page is read in one read-only transaction as of one moment, the database's `now()`. While
//! the warehouse is being rebuilt nothing clinical is read at all: half of it would hide patients. A snapshot is taken for
//! somebody: where that is a patient, the database is told which one, and shows no other one's rows.

pub(crate) mod activity;
pub(crate) mod audit;
pub(crate) mod board;
pub(crate) mod census;
pub(crate) mod contact;
pub(crate) mod doubt;
pub(crate) mod feeds;
pub(crate) mod ledger;
pub(crate) mod open;
pub(crate) mod ops;
pub(crate) mod own;
pub(crate) mod patient;
pub(crate) mod patients;
pub(crate) mod preview;
pub(crate) mod review;
pub(crate) mod thresholds;
pub(crate) mod tracked;

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::{PgPool, Postgres, Transaction};
use wardwatch_schema::database;

use crate::error::Problem;
use crate::people::Who;

/// How long a reader waits for a connection before the page says that the database does not answer.
const CONNECT_LIMIT: Duration = Duration::from_secs(3);

/// A snapshot and the moment at which it was taken.
pub(crate) struct Snapshot {
    pub(crate) tx: Transaction<'static, Postgres>,
    pub(crate) now: DateTime<Utc>,
    pub(crate) is_rebuilding: bool,
}

impl Snapshot {
    /// Opens a snapshot of a whole warehouse. A statement in it may take ten seconds.
    pub(crate) async fn take(pool: &PgPool, who: &Who) -> Result<Self, Problem> {
        let snapshot = Self::for_ops(pool, who).await?;
        if snapshot.is_rebuilding { Err(Problem::rebuilding()) } else { Ok(snapshot) }
    }

    /// Opens a snapshot, also of a warehouse that is being rebuilt: for the ledger only.
    pub(crate) async fn for_ops(pool: &PgPool, who: &Who) -> Result<Self, sqlx::Error> {
        let mut snapshot = Self::of_program(pool).await?;
        if let Some(patient_id) = &who.account.patient_id {
            confine(&mut snapshot.tx, patient_id).await?;
        }
        Ok(snapshot)
    }

    /// Opens a snapshot for nobody: numbers of the ledger, and whether the database answers.
    pub(crate) async fn of_program(pool: &PgPool) -> Result<Self, sqlx::Error> {
        let begin = database::begin_snapshot(pool);
        let mut tx = tokio::time::timeout(CONNECT_LIMIT, begin).await.map_err(|_| sqlx::Error::PoolTimedOut)??;
        let row = sqlx::query!(
            r#"SELECT now() AS "now!", set_config('statement_timeout', '10s', true) AS statement_timeout,
                   EXISTS (SELECT FROM ingest.rebuild) AS "is_rebuilding!""#
        );
        let row = row.fetch_one(&mut *tx).await?;
        Ok(Self { tx, now: row.now, is_rebuilding: row.is_rebuilding })
    }
}

/// The second wall: from here on the database itself shows one patient and nothing else, whatever is asked of it.
pub(crate) async fn confine(tx: &mut Transaction<'static, Postgres>, patient_id: &str) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT set_config('wardwatch.patient_id', $1, true)").bind(patient_id).execute(&mut **tx).await?;
    sqlx::query("SET LOCAL ROLE wardwatch_patient").execute(&mut **tx).await?;
    Ok(())
}
