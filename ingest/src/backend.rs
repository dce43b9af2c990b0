//! Whether the server still works for a connection on which an answer is awaited.
//!
//! A way that has gone silent, behind a firewall that forgot it or to a machine without power, ends no connection on this side:
//! sqlx asks for no keepalive (0.9.0), and a load would wait for its answer for ever, with its lease renewed beside it. The
//! server does ask (`schema::database`) and ends its half. Here that is learned over another connection.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};
use tokio::time::{sleep, timeout};

/// How often the server is asked, and how long each answer is awaited.
const LOOK: Duration = Duration::from_secs(5);
/// So many times in a row nothing is heard of the server before its half is taken for lost, too.
const SILENCE: u32 = 12;

/// The server's half of a connection.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub(crate) struct Backend {
    pid: i32,
    /// Another process may have that number later.
    backend_start: DateTime<Utc>,
}

impl Backend {
    /// That of a connection.
    pub(crate) async fn of(connection: &mut PgConnection) -> Result<Self, sqlx::Error> {
        let own = "SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()";
        sqlx::query_as(own).fetch_one(connection).await
    }

    /// Returns when the server has ended it, or has said nothing for a minute or two.
    pub(crate) async fn ended(self, pool: &PgPool) {
        let mut silent = 0;
        while silent < SILENCE {
            sleep(LOOK).await;
            match timeout(LOOK, self.is_there(pool)).await {
                Ok(Ok(false)) => return,
                Ok(Ok(true) | Err(sqlx::Error::Database(_))) => silent = 0,
                Ok(Err(_)) | Err(_) => silent += 1,
            }
        }
    }

    async fn is_there(self, pool: &PgPool) -> Result<bool, sqlx::Error> {
        sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $1 AND backend_start = $2)")
            .bind(self.pid)
            .bind(self.backend_start)
            .fetch_one(pool)
            .await
    }
}
