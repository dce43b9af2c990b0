//! Keeps the census in memory, one for all readers: read anew after every commit and by the clock, and told on to every page.
//!
//! Invariant: after a reading it rests nine times as long as that took, though never longer than five seconds, however many look
//! and however often is committed. What is shown carries its age, counted from the moment that it tells of: where the database
//! does not answer, the last census stays and is *not live*. While the warehouse is being rebuilt nothing of it is shown at all.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgPool;
use tokio::sync::{Notify, broadcast, watch};
use tokio::time::{Instant, timeout};

use crate::breath::Breath;
use crate::error::Problem;
use crate::live::Live;
use crate::views::Snapshot;
use crate::views::census::Census;
use crate::views::review::{self, Review, Reviews};

/// The census is read anew after so long, for what changes by time alone.
const CLOCK: Duration = Duration::from_secs(5);
/// After a reading that took so long, the next one waits this many times as long.
const REST: u32 = 9;
const LONGEST_REST: Duration = Duration::from_secs(5);
/// Longer than the database lets the reading of a whole hospital take: what takes longer waits on a connection whose way has gone
/// silent.
const LONGEST_READING: Duration = Duration::from_secs(75);
/// What is older than this is not live, whatever the reason.
const LIVES: Duration = Duration::from_secs(20);
/// How long the first readers wait for the first census.
const FIRST_READING: Duration = Duration::from_secs(10);
/// How long a program waits for a commit that was heard of and not read yet.
const CATCH_UP: Duration = Duration::from_millis(400);
/// A reading that takes no longer is made anew for each program that asks: of a small hospital they always hear the present.
const CHEAP: Duration = Duration::from_millis(100);

/// What is known of the hospital, and since when.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) census: Arc<Census>,
    pub(crate) reviews: Reviews,
    done: Vec<Review>,
    /// As of when what people did was read: everything that was committed before is among it.
    done_as_of: DateTime<Utc>,
    read_at: Instant,
}

/// What a reader is shown.
#[derive(Debug, Clone)]
pub(crate) struct Shown {
    pub(crate) known: Arc<Known>,
    pub(crate) as_of: DateTime<Utc>,
    /// How old it is, where it is not live.
    pub(crate) lost_for: Option<TimeDelta>,
}

#[derive(Debug, Clone, Default)]
struct State {
    known: Option<Arc<Known>>,
    /// Why the last reading failed.
    problem: Option<Problem>,
    /// What was heard and asked before the last reading began.
    read: u64,
    /// How long that took.
    took: Duration,
}

/// The one census of this process.
pub(crate) struct Roster {
    state: watch::Sender<State>,
    /// Counts what makes a reading worth while: commits, and programs that ask.
    heard: watch::Sender<u64>,
    asked: Notify,
}

impl Roster {
    /// Nothing is known yet.
    pub(crate) fn new() -> Self {
        Self { state: watch::Sender::new(State::default()), heard: watch::Sender::new(0), asked: Notify::new() }
    }

    /// Reads until aborted, and tells every page after each commit.
    pub(crate) async fn keep(self: Arc<Self>, pool: PgPool, live: Arc<Live>) {
        let mut commits = live.heard();
        let mut feeds = BTreeSet::new();
        loop {
            let begun = Instant::now();
            let heard = *self.heard.borrow();
            self.read(&pool, heard, begun).await;
            if !feeds.is_empty() {
                live.tell(&feeds);
                feeds.clear();
            }
            let rest = (begun.elapsed() * REST).min(LONGEST_REST);
            if timeout(rest, self.asked.notified()).await.is_ok() {
                continue;
            }
            tokio::select! {
                told = self.next_commit(&mut commits, CLOCK.saturating_sub(rest)) => feeds.extend(told),
                () = self.asked.notified() => {}
            }
        }
    }

    /// Waits for a commit or the clock; takes every commit that was heard of by then.
    async fn next_commit(&self, commits: &mut broadcast::Receiver<String>, longest: Duration) -> BTreeSet<String> {
        let mut feeds = BTreeSet::new();
        let Ok(first) = timeout(longest, commits.recv()).await else { return feeds };
        feeds.insert(first.unwrap_or_default());
        loop {
            match commits.try_recv() {
                Ok(feed) => feeds.insert(feed),
                Err(broadcast::error::TryRecvError::Lagged(_)) => feeds.insert(String::new()),
                Err(_) => break,
            };
        }
        self.heard.send_modify(|heard| *heard += 1);
        feeds
    }

    async fn read(&self, pool: &PgPool, heard: u64, begun: Instant) {
        let before = self.state.borrow().known.clone();
        let reading = timeout(LONGEST_READING, read(pool, before)).await;
        match reading.unwrap_or_else(|_| Err(Problem::database_down())) {
            Ok(known) => self.state.send_modify(|state| {
                let known = known.with_newer(state.known.as_deref());
                *state = State { known: Some(Arc::new(known)), problem: None, read: heard, took: begun.elapsed() };
            }),
            Err(problem) => self.state.send_modify(|state| {
                state.problem = Some(problem);
                state.read = heard;
            }),
        }
    }

    /// Reads what people did anew, so that who acted sees it at once. Where that fails, the next reading shows it.
    pub(crate) async fn reviewed(&self, pool: &PgPool) {
        match done(pool).await {
            Ok((done, as_of)) => self.state.send_modify(|state| {
                let newer = state.known.as_ref().filter(|known| known.done_as_of < as_of);
                if let Some(newer) = newer.map(|known| known.with(done, as_of)) {
                    state.known = Some(Arc::new(newer));
                }
            }),
            Err(problem) => {
                tracing::warn!(code = problem.code, "what was done about a stay is shown with the next reading");
            }
        }
    }

    /// Whether the database did not answer the last reading.
    pub(crate) fn is_lost(&self) -> bool {
        self.state.borrow().problem.as_ref().is_some_and(Problem::is_outage)
    }

    /// Whether the database was away at the last reading: one that is slow, or that failed otherwise, may answer something small.
    pub(crate) fn is_away(&self) -> bool {
        self.state.borrow().problem.as_ref().is_some_and(|problem| problem.code == "database_unavailable")
    }

    /// When what is known was read, by the database's clock.
    pub(crate) fn read_at(&self) -> Option<DateTime<Utc>> {
        self.state.borrow().known.as_ref().map(|known| known.census.now)
    }

    /// What is known now, where that is live. Nobody waits for it.
    pub(crate) fn live(&self) -> Option<Shown> {
        let state = self.state.borrow().clone();
        let known = state.known.filter(|_| state.problem.is_none())?;
        Some(known.shown(false)).filter(|shown| shown.lost_for.is_none())
    }

    /// What is known now.
    ///
    /// # Errors
    /// Where nothing may be shown, or nothing was ever read.
    pub(crate) async fn shown(&self) -> Result<Shown, Problem> {
        let mut states = self.state.subscribe();
        let first = states.wait_for(|state| state.known.is_some() || state.problem.is_some());
        let state = match timeout(FIRST_READING, first).await {
            Ok(Ok(state)) => state.clone(),
            _ => return Err(Problem::database_down()),
        };
        match (state.known, state.problem) {
            (Some(known), None) => Ok(known.shown(false)),
            (Some(known), Some(problem)) if problem.is_outage() => Ok(known.shown(true)),
            (_, Some(problem)) => Err(problem),
            (None, None) => Err(Problem::database_down()),
        }
    }

    /// What is known now, for programs: nothing that is not live, and after every commit that this process has heard of, unless
    /// that takes too long.
    pub(crate) async fn current(&self) -> Result<Shown, Problem> {
        let mut states = self.state.subscribe();
        let is_cheap = {
            let state = self.state.borrow();
            state.known.is_some() && state.took < CHEAP
        };
        if is_cheap {
            self.heard.send_modify(|heard| *heard += 1);
            self.asked.notify_one();
        }
        let heard = *self.heard.borrow();
        let caught_up = states.wait_for(|state| state.read >= heard);
        drop(timeout(CATCH_UP, caught_up).await);
        let shown = self.shown().await?;
        if shown.lost_for.is_some() { Err(Problem::database_down()) } else { Ok(shown) }
    }
}

impl Known {
    fn shown(self: Arc<Self>, is_lost: bool) -> Shown {
        let age = self.read_at.elapsed();
        let is_lost = is_lost || age > LIVES;
        let passed = TimeDelta::from_std(age).unwrap_or_default();
        let as_of = if is_lost { self.census.as_of } else { self.census.as_of + passed };
        Shown { as_of, lost_for: is_lost.then_some(passed), known: self }
    }

    /// Somebody may have acted, and seen it shown, while this was read.
    fn with_newer(self, before: Option<&Self>) -> Self {
        match before {
            Some(before) if before.done_as_of > self.done_as_of => self.with(before.done.clone(), before.done_as_of),
            _ => self,
        }
    }

    /// The same census beside what people did by a moment.
    fn with(&self, done: Vec<Review>, done_as_of: DateTime<Utc>) -> Self {
        let (census, reviews) = (Arc::clone(&self.census), Reviews::beside(&self.census, &done));
        Self { census, reviews, done, done_as_of, read_at: self.read_at }
    }

    /// What somebody did last about a stay that is open.
    pub(crate) fn newest_by(&self, account: &str) -> Option<&Review> {
        self.done.iter().filter(|review| review.by_account == account).max_by_key(|review| review.number)
    }

    /// What is known of another moment, with what people had done by then: an acknowledgement of today hides nobody of yesterday.
    pub(crate) async fn at_another_moment(
        &self,
        snapshot: &mut Snapshot,
        as_of: DateTime<Utc>,
    ) -> Result<Self, sqlx::Error> {
        let census = Census::read(snapshot, Some(as_of)).await?;
        let done = review::standing(snapshot, Some(as_of)).await?;
        let reviews = Reviews::beside(&census, &done);
        Ok(Self { census: Arc::new(census), reviews, done, done_as_of: snapshot.now, read_at: self.read_at })
    }
}

/// What people did, and as of when.
async fn done(pool: &PgPool) -> Result<(Vec<Review>, DateTime<Utc>), Problem> {
    let mut snapshot = Snapshot::of_program(pool).await?;
    Ok((review::standing(&mut snapshot, None).await?, snapshot.now))
}

/// What is known now, in the orders in which it was asked for before.
async fn read(pool: &PgPool, before: Option<Arc<Known>>) -> Result<Known, Problem> {
    let mut snapshot = Snapshot::of_program(pool).await?;
    let (read_at, done_as_of) = (Instant::now(), snapshot.now);
    if snapshot.is_rebuilding {
        return Err(Problem::rebuilding());
    }
    // A whole hospital on a busy machine takes longer than a page may, and more memory before it is written to a disk.
    let limits = "SELECT set_config('statement_timeout', '60s', true), set_config('work_mem', '64MB', true)";
    sqlx::query(limits).execute(&mut *snapshot.tx).await?;
    let census = Census::read(&mut snapshot, None).await?;
    let done = review::standing(&mut snapshot, None).await?;
    drop(snapshot);
    let census = Arc::new(census);
    let mut breath = Breath::begin();
    for (sort, direction) in before.map(|before| before.census.asked()).unwrap_or_default() {
        let unordered = Arc::clone(&census);
        apart(move || _ = unordered.made_ready(sort, direction)).await?;
        breath.take().await;
    }
    apart(move || Known { reviews: Reviews::beside(&census, &done), census, done, done_as_of, read_at }).await
}

/// On a thread that answers no reader.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Problem::internal())
}
