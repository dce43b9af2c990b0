//! When each account last looked at the board: what has changed since is a list of its own.
//!
//! Invariant: a visit ends after half an hour without a look, so that a reload does not wipe what is new; a page that renews
//! itself is no look. Whoever looks again and again costs the database one row in five minutes. Where it does not answer, the
//! board is shown all the same, and says that it does not know: nobody is told that they never looked because nobody could ask.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgPool;
use sqlx::postgres::types::PgInterval;
use tokio::time::timeout;

use crate::people::Who;
use crate::query::BoardQuery;
use crate::server::App;

/// A visit ends after so long without a look.
const VISIT: TimeDelta = TimeDelta::minutes(30);
/// A look is written down unless one was within so long.
const NOTED: TimeDelta = TimeDelta::minutes(5);
/// So long the board waits for the database.
const PATIENCE: Duration = Duration::from_secs(1);
/// What is new to whoever comes for the first time, or of whom it is not known when they came before.
const FIRST: TimeDelta = TimeDelta::hours(8);

/// What is remembered of an account.
#[derive(Debug, Clone, Copy)]
struct Visit {
    seen_at: DateTime<Utc>,
    noted_at: DateTime<Utc>,
    /// The last look of the visit before.
    previous: Option<DateTime<Utc>>,
}

/// Nobody could say when the visit before ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct NotKnown;

/// The visits that this program knows of.
#[derive(Debug, Default)]
pub(crate) struct Visits {
    known: Mutex<HashMap<i64, Visit>>,
}

/// Whether somebody looks, or a page renews itself or is taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    ByHand,
    OfItself,
}

/// The query, with the end of the reader's last visit where it asks for that.
pub(crate) async fn resolved(app: &App, who: &Who, query: BoardQuery, look: Look) -> BoardQuery {
    if look == Look::OfItself && !query.is_since_visit() {
        return query;
    }
    // They see what was read a moment ago: what is loaded after that is new to them, whenever they look.
    let now = app.roster.read_at().unwrap_or(DateTime::<Utc>::MAX_UTC).min(app.clock.now());
    match app.visits.previous(app, who.account.id, now, look).await {
        Ok(ended_at) => query.since_visit(ended_at, now - FIRST),
        Err(NotKnown) => query.since_unknown_visit(now - FIRST),
    }
}

impl Visits {
    /// When the visit before this one ended; none where this is the first.
    async fn previous(
        &self,
        app: &App,
        account: i64,
        now: DateTime<Utc>,
        look: Look,
    ) -> Result<Option<DateTime<Utc>>, NotKnown> {
        let known = self.known(account);
        let goes_on = known.filter(|visit| look == Look::OfItself || visit.goes_on_unnoted(now));
        if let Some(visit) = goes_on {
            if look == Look::ByHand {
                self.keep(account, Visit { seen_at: now, ..visit });
            }
            return Ok(visit.previous);
        }
        if app.roster.is_lost() {
            return remembered(known);
        }
        let seen_at = known.map(|visit| visit.seen_at);
        let asked = async {
            match look {
                Look::ByHand => note(&app.pool, account, now, seen_at).await,
                Look::OfItself => read(&app.pool, account).await,
            }
        };
        let Ok(Ok(previous)) = timeout(PATIENCE, asked).await else {
            tracing::warn!("when somebody last looked at the board is not known");
            return remembered(known);
        };
        if look == Look::ByHand {
            self.keep(account, Visit { seen_at: now, noted_at: now, previous });
        }
        Ok(previous)
    }

    fn known(&self, account: i64) -> Option<Visit> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&account).copied()
    }

    fn keep(&self, account: i64, visit: Visit) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(account, visit);
    }
}

/// What this program itself knows, where the database does not answer.
fn remembered(known: Option<Visit>) -> Result<Option<DateTime<Utc>>, NotKnown> {
    known.map(|visit| visit.previous).ok_or(NotKnown)
}

impl Visit {
    /// Whether a look belongs to this visit and need not be written down.
    fn goes_on_unnoted(&self, now: DateTime<Utc>) -> bool {
        now - self.seen_at <= VISIT && now - self.noted_at <= NOTED
    }
}

async fn note(
    pool: &PgPool,
    account: i64,
    now: DateTime<Utc>,
    seen_at: Option<DateTime<Utc>>,
) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    let ends_after = PgInterval { months: 0, days: 0, microseconds: VISIT.num_microseconds().unwrap_or(i64::MAX) };
    let look = sqlx::query_scalar(include_str!("sql/visit.sql"));
    look.bind(account).bind(now).bind(seen_at).bind(ends_after).fetch_one(pool).await
}

async fn read(pool: &PgPool, account: i64) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    let visit = sqlx::query_scalar("SELECT previous_seen_at FROM app.visit WHERE account_id = $1").bind(account);
    Ok(visit.fetch_optional(pool).await?.flatten())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_within_the_visit_is_written_down_once_in_five_minutes() {
        let begun: DateTime<Utc> = "2026-11-21T10:00:00Z".parse().unwrap();
        let visit = Visit { seen_at: begun, noted_at: begun, previous: None };
        assert!(visit.goes_on_unnoted(begun + TimeDelta::minutes(5)));
        assert!(!visit.goes_on_unnoted(begun + TimeDelta::minutes(6)), "it is time to write");
        let looked = Visit { seen_at: begun + TimeDelta::minutes(4), ..visit };
        assert!(!looked.goes_on_unnoted(begun + TimeDelta::minutes(40)), "another visit");
    }

    #[test]
    fn what_nobody_could_look_up_is_no_first_visit() {
        let begun: DateTime<Utc> = "2026-11-21T10:00:00Z".parse().unwrap();
        let visit = |previous| Some(Visit { seen_at: begun, noted_at: begun, previous });
        assert_eq!(remembered(None), Err(NotKnown));
        assert_eq!(remembered(visit(None)), Ok(None), "this program knows that it is the first");
        assert_eq!(remembered(visit(Some(begun))), Ok(Some(begun)));
    }
}
