//! Typed reads: what a page or an answer needs, in one snapshot of the database.
//!
//! Invariant: everything on one page is read in one read-only transaction as of one moment, the database's `now()`. While
//! the warehouse is being rebuilt nothing clinical is read at all: half of it would hide patients.

pub(crate) mod activity;
pub(crate) mod board;
pub(crate) mod doubt;
pub(crate) mod feeds;
pub(crate) mod ledger;
pub(crate) mod open;
pub(crate) mod ops;
pub(crate) mod patient;
pub(crate) mod patients;
pub(crate) mod preview;
pub(crate) mod tracked;

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::{PgPool, Postgres, Transaction};

use crate::error::Problem;

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
    pub(crate) async fn take(pool: &PgPool) -> Result<Self, Problem> {
        let snapshot = Self::for_ops(pool).await?;
        if snapshot.is_rebuilding { Err(Problem::rebuilding()) } else { Ok(snapshot) }
    }

    /// Opens a snapshot, also of a warehouse that is being rebuilt: for the ledger only.
    pub(crate) async fn for_ops(pool: &PgPool) -> Result<Self, sqlx::Error> {
        let begin = pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY");
        let mut tx = tokio::time::timeout(CONNECT_LIMIT, begin).await.map_err(|_| sqlx::Error::PoolTimedOut)??;
        let row = sqlx::query!(
            r#"SELECT now() AS "now!", set_config('statement_timeout', '10s', true) AS statement_timeout,
                   EXISTS (SELECT FROM ingest.rebuild) AS "is_rebuilding!""#
        );
        let row = row.fetch_one(&mut *tx).await?;
        Ok(Self { tx, now: row.now, is_rebuilding: row.is_rebuilding })
    }
}
