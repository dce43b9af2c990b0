//! Typed reads: what a page or an answer needs, in one snapshot of the database.
//!
//! Invariant: everything on one page is read in one read-only transaction as of one moment, the database's `now()`.

pub(crate) mod board;
pub(crate) mod feeds;
pub(crate) mod ledger;
pub(crate) mod ops;
pub(crate) mod patient;
pub(crate) mod patients;
pub(crate) mod tracked;

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::{PgPool, Postgres, Transaction};

/// How long a reader waits for a connection before the page says that the database does not answer.
const CONNECT_LIMIT: Duration = Duration::from_secs(3);

/// A snapshot and the moment at which it was taken.
pub(crate) struct Snapshot {
    pub(crate) tx: Transaction<'static, Postgres>,
    pub(crate) now: DateTime<Utc>,
}

impl Snapshot {
    /// Opens a snapshot. A statement in it may take ten seconds.
    pub(crate) async fn take(pool: &PgPool) -> Result<Self, sqlx::Error> {
        let begin = pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY");
        let mut tx = tokio::time::timeout(CONNECT_LIMIT, begin).await.map_err(|_| sqlx::Error::PoolTimedOut)??;
        let row = sqlx::query!(
            r#"SELECT now() AS "now!", set_config('statement_timeout', '10s', true) AS statement_timeout"#
        );
        let now = row.fetch_one(&mut *tx).await?.now;
        Ok(Self { tx, now })
    }
}
