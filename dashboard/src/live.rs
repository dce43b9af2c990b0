//! Live pages: one listening connection a process, told on to every browser as server-sent events. It hears, too, of accounts
//! and sessions that are no longer what they were.
//!
//! Invariant: an event carries no data, only the word that something may have changed; the page is fetched anew. A commit
//! that was missed while the connection was lost is made up for: every reconnection counts as a commit. A stream ends with the
//! session that opened it: before each event it is asked whether that lasts.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::{Stream, StreamExt, stream};
use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::{broadcast, watch};
use tokio::time::timeout;
use tokio_stream::wrappers::{BroadcastStream, IntervalStream};
use wardwatch_identity::Action;
use wardwatch_schema::database::{ACCOUNT_CHANNEL, COMMIT_CHANNEL};

use crate::people::vouched::Sessions;
use crate::people::who::still_may;
use crate::people::{FollowChanges, May};
use crate::server::App;

/// How often a page is told to look again, for what changes by time alone.
const TICK: Duration = Duration::from_secs(5);
/// Three ticks of which nothing is heard: the way of the listening connection has gone silent.
const SILENCE: Duration = Duration::from_secs(15);
const HEARTBEAT: Duration = Duration::from_secs(10);
const RETRY: Duration = Duration::from_secs(1);
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// Commits that a slow browser may lag behind; one that lags further hears of the newest.
const BACKLOG: usize = 64;

/// Tells commits on to every open page.
pub(crate) struct Live {
    /// What the database says, as it says it.
    heard: broadcast::Sender<String>,
    /// What pages are told, once the board knows of it.
    commits: broadcast::Sender<String>,
    sessions: Arc<Sessions>,
    stopped: watch::Receiver<bool>,
}

impl Live {
    /// Without a listener yet; `stopped` ends every stream.
    pub(crate) fn new(sessions: Arc<Sessions>, stopped: watch::Receiver<bool>) -> Self {
        let (heard, commits) = (broadcast::Sender::new(BACKLOG), broadcast::Sender::new(BACKLOG));
        Self { heard, commits, sessions, stopped }
    }

    /// Listens until aborted, reconnecting with growing pauses.
    pub(crate) async fn listen(self: Arc<Self>, pool: PgPool) {
        let mut pause = FIRST_PAUSE;
        loop {
            match self.listen_once(&pool).await {
                Ok(()) => pause = FIRST_PAUSE,
                Err(_) => pause = (pause * 2).min(LONGEST_PAUSE),
            }
            self.sessions.listens_no_more();
            // Whether the database still answers is worth a look.
            self.hear(String::new());
            tracing::warn!(retry.seconds = pause.as_secs_f32(), "the listening connection is lost; trying again");
            tokio::time::sleep(pause).await;
        }
    }

    /// One connection's life: an error when it never came up.
    async fn listen_once(&self, pool: &PgPool) -> Result<(), sqlx::Error> {
        let mut listener = PgListener::connect_with(pool).await?;
        listener.eager_reconnect(false);
        listener.listen_all([COMMIT_CHANNEL, ACCOUNT_CHANNEL]).await?;
        self.sessions.listens();
        self.hear(String::new());
        tokio::select! {
            () = self.follow(listener) => {}
            () = beat(pool) => {}
        }
        Ok(())
    }

    /// Until the connection is lost, or tells nothing of what this process itself says over another one.
    async fn follow(&self, mut listener: PgListener) {
        while let Ok(Ok(Some(told))) = timeout(SILENCE, listener.try_recv()).await {
            self.sessions.listens();
            match told.channel() {
                ACCOUNT_CHANNEL => drop(told.payload().parse().map(|account_id| self.sessions.changed(account_id))),
                _ => self.hear(told.payload().to_owned()),
            }
        }
    }

    /// Nobody listening is no error.
    fn hear(&self, feeds: String) {
        drop(self.heard.send(feeds));
    }

    /// Every commit that is heard of from now on, by its feeds; an empty one may have been missed.
    pub(crate) fn heard(&self) -> broadcast::Receiver<String> {
        self.heard.subscribe()
    }

    /// Tells every page that these feeds have changed; one without a name is any of them.
    pub(crate) fn tell(&self, feeds: &BTreeSet<String>) {
        let named = feeds.iter().filter(|feed| !feed.is_empty()).map(String::as_str).collect::<Vec<_>>().join(",");
        if feeds.contains("") {
            drop(self.commits.send(String::new()));
        }
        if !named.is_empty() {
            drop(self.commits.send(named));
        }
    }

    fn events(&self) -> impl Stream<Item = Event> + use<> {
        let commits =
            BroadcastStream::new(self.commits.subscribe()).map(|commit| commit_event(&commit.unwrap_or_default()));
        let ticks =
            IntervalStream::new(tokio::time::interval(TICK)).map(|_| Event::default().event("tick").data("time"));
        let mut stopped = self.stopped.clone();
        let end = async move { drop(stopped.wait_for(|stopped| *stopped).await) };
        stream::select(commits, ticks).take_until(Box::pin(end))
    }
}

/// Says a word to whoever listens, for ever: who hears none of them has lost the connection.
async fn beat(pool: &PgPool) {
    loop {
        drop(sqlx::query("SELECT pg_notify($1, '')").bind(ACCOUNT_CHANNEL).execute(pool).await);
        tokio::time::sleep(TICK).await;
    }
}

/// The payload names feeds; anything else in it is not told on.
fn commit_event(feeds: &str) -> Event {
    let named: String = feeds.chars().filter(|c| c.is_ascii_alphanumeric() || ",._-".contains(*c)).collect();
    Event::default().event("commit").data(if named.is_empty() { "all".to_owned() } else { named })
}

/// `GET /events`
pub(crate) async fn events(
    _who: May<FollowChanges>,
    State(app): State<App>,
    headers: HeaderMap,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let first = stream::once(async { Event::default().event("hello").retry(RETRY).data("wardwatch") });
    let events = app.live.events();
    let reader = Arc::new((app, headers));
    let lasts = move |_: &Event| {
        let reader = Arc::clone(&reader);
        async move { still_may(&reader.0, &reader.1, Action::FollowChanges).await }
    };
    let events = first.chain(events.take_while(lasts)).map(Ok);
    Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT))
}
