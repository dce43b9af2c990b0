//! Notes views in the audit: what waits at the same moment is appended in one transaction, so that a busy ward waits for one
//! commit and not for one after the other.
//!
//! Invariant: a view is answered for only when its row is committed, or when the same view was noted within its time. One row
//! that cannot be written refuses its own view and no other one.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::PgPool;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use wardwatch_identity::audit::{self, Entry, Row};

/// As many rows as one transaction takes.
const MOST: usize = 100;
/// So many views are remembered, so that a page which renews itself does not ask each time whether it was noted; and as many
/// of those before them.
const REMEMBERED: usize = 10_000;

/// A page waits no longer, and nobody else's view behind it: the way of a connection may have gone silent.
const PATIENCE: Duration = Duration::from_secs(20);

type Answer = Result<Option<i64>, sqlx::Error>;

#[derive(Debug)]
struct Waiting {
    row: Row,
    answer: oneshot::Sender<Answer>,
}

/// What makes two views the same one.
type View = (Option<String>, &'static str, Option<String>, Option<String>, Option<String>, String);

/// The way into the audit for what people look at.
#[derive(Debug)]
pub(crate) struct Trail {
    waiting: mpsc::Sender<Waiting>,
    noted: Mutex<Noted>,
}

/// When views were noted. The oldest are forgotten all at once: to look for them one by one would take longer than to note
/// a view twice, which the database prevents.
#[derive(Debug, Default)]
struct Noted {
    lately: HashMap<View, DateTime<Utc>>,
    before: HashMap<View, DateTime<Utc>>,
}

/// The other end of it.
#[derive(Debug)]
pub(crate) struct Notary {
    waiting: mpsc::Receiver<Waiting>,
}

impl Trail {
    /// Both ends. Nothing is noted until the notary works.
    pub(crate) fn open() -> (Self, Notary) {
        let (sender, receiver) = mpsc::channel(MOST);
        (Self { waiting: sender, noted: Mutex::default() }, Notary { waiting: receiver })
    }

    /// Notes something, and returns when that is committed.
    pub(crate) async fn note(&self, now: DateTime<Utc>, entry: &Entry<'_>) -> Result<(), sqlx::Error> {
        let view = entry.once_within.map(|within| (view(entry), within));
        if view.as_ref().is_some_and(|(view, within)| self.noted().is_noted(view, now - *within, now)) {
            return Ok(());
        }
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting { row: Row::of(now, entry), answer };
        self.waiting.send(waiting).await.map_err(|_| sqlx::Error::PoolClosed)?;
        let number = answered.await.map_err(|_| sqlx::Error::PoolClosed)??;
        if let (Some((view, _)), Some(_)) = (view, number) {
            self.noted().remember(view, now);
        }
        Ok(())
    }

    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Noted {
    /// A moment that is yet to come was told by a clock that has been put right meanwhile.
    fn is_noted(&self, view: &View, since: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        self.lately.get(view).or_else(|| self.before.get(view)).is_some_and(|at| *at > since && *at <= now)
    }

    /// Only what this process wrote is remembered: of what another one wrote the moment is not known.
    fn remember(&mut self, view: View, now: DateTime<Utc>) {
        if self.lately.len() >= REMEMBERED {
            self.before = std::mem::take(&mut self.lately);
        }
        self.lately.insert(view, now);
    }
}

fn view(entry: &Entry<'_>) -> View {
    let owned = |text: Option<&str>| text.map(str::to_owned);
    let address = entry.address.map(|address| address.to_string()).unwrap_or_default();
    let (about, reason) = (owned(entry.about), owned(entry.reason));
    (owned(entry.actor), entry.event.as_str(), owned(entry.patient_id), about, reason, address)
}

impl Notary {
    /// Appends what waits, until nobody can ask any more.
    pub(crate) async fn work(mut self, pool: PgPool) {
        let mut batch = Vec::with_capacity(MOST);
        while self.waiting.recv_many(&mut batch, MOST).await > 0 {
            let (rows, answers): (Vec<Row>, Vec<_>) = batch.drain(..).map(|it| (it.row, it.answer)).unzip();
            match append(&pool, &rows).await {
                Ok(numbers) => {
                    answers.into_iter().zip(numbers).for_each(|(answer, number)| drop(answer.send(Ok(number))));
                }
                Err(error) if error.as_database_error().is_some() => one_by_one(&pool, rows, answers).await,
                Err(_) => answers.into_iter().for_each(|answer| drop(answer.send(Err(sqlx::Error::PoolTimedOut)))),
            }
        }
    }
}

async fn one_by_one(pool: &PgPool, rows: Vec<Row>, answers: Vec<oneshot::Sender<Answer>>) {
    for (row, answer) in rows.into_iter().zip(answers) {
        let appended = append(pool, &[row]).await;
        drop(answer.send(appended.map(|numbers| numbers.into_iter().flatten().next())));
    }
}

/// One statement, and so one transaction.
async fn append(pool: &PgPool, rows: &[Row]) -> Result<Vec<Option<i64>>, sqlx::Error> {
    let appended = async {
        let mut connection = pool.acquire().await?;
        audit::note_all(&mut connection, rows).await
    };
    timeout(PATIENCE, appended).await.unwrap_or(Err(sqlx::Error::PoolTimedOut))
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn view(number: usize) -> View {
        (None, "viewed", Some(number.to_string()), None, None, String::new())
    }

    #[test]
    fn the_oldest_views_are_forgotten_and_the_latest_are_not() {
        let now = DateTime::<Utc>::UNIX_EPOCH;
        let (since, mut noted) = (now - TimeDelta::minutes(10), Noted::default());
        (0..=2 * REMEMBERED).for_each(|number| noted.remember(view(number), now));
        let is_noted = |number, since, now| noted.is_noted(&view(number), since, now);
        assert!(!is_noted(0, since, now));
        assert!(is_noted(REMEMBERED, since, now) && is_noted(2 * REMEMBERED, since, now));
        assert!(!is_noted(2 * REMEMBERED, now, now), "nor what was noted too long ago");
        assert!(!is_noted(2 * REMEMBERED, since, now - TimeDelta::hours(5)), "nor in an hour that is yet to come");
        assert!(noted.lately.len() + noted.before.len() <= 2 * REMEMBERED);
    }
}
