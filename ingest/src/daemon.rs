//! `once` and `run`: discovery and workers, until the bucket is taken or until asked to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::backoff::longer_wait;
use crate::bucket::in_full;
use crate::claim::{self, Turns};
use crate::discover::event::{EventError, Events};
use crate::discover::poll::Poll;
use crate::discover::sweep::sweep;
use crate::discover::watch::Watch;
use crate::discover::{DiscoverError, tell_ops};
use crate::maps;
use crate::pipeline::{Pipeline, TakeError};
use crate::requests;

/// How long to wait for a lease, a delay or a file that is being written, before looking again.
const LOOK_AGAIN: Duration = Duration::from_millis(200);
/// How often a worker looks at least, without having been told.
const WORKER_LOOKS: Duration = Duration::from_secs(1);
/// Longest wait until other column maps are seen.
const MAP_LOOKS: Duration = Duration::from_secs(1);
/// Why the daemon stopped.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// The bucket or the ledger failed during discovery.
    #[error(transparent)]
    Discover(#[from] DiscoverError),
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// The events of the bucket cannot be taken.
    #[error(transparent)]
    Events(#[from] EventError),
    /// The directory cannot be watched.
    #[error("the directory cannot be watched: {0}")]
    Watch(#[from] notify::Error),
    /// Nothing can be taken.
    #[error(transparent)]
    Take(#[from] TakeError),
    /// A worker panicked: a fault of this program.
    #[error("a worker stopped: {0}; this is a fault of wardwatch-ingest, please report it")]
    Worker(#[from] tokio::task::JoinError),
}

/// Takes all that the bucket holds now, waiting out the leases of others. Returns the objects that this call took.
pub async fn once(pipeline: &Pipeline, workers: usize) -> Result<Vec<i64>, DaemonError> {
    let mut taken = Vec::new();
    loop {
        let found = sweep(pipeline, |_| false, |_, _| {}).await?;
        taken.extend(work(pipeline, workers, &Arc::default()).await?);
        let left = claim::any_left(&pipeline.pool, &pipeline.bucket, &pipeline.feed_names()).await?;
        if !left && found.unsettled == 0 {
            taken.sort_unstable();
            taken.dedup();
            return Ok(taken);
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

async fn work(pipeline: &Pipeline, workers: usize, stopping: &Arc<AtomicBool>) -> Result<Vec<i64>, DaemonError> {
    let mut running = JoinSet::new();
    for _ in 0..workers.max(1) {
        let (pipeline, stopping) = (pipeline.clone(), Arc::clone(stopping));
        running.spawn(async move { pipeline.take_all(|| stopping.load(Ordering::Relaxed)).await });
    }
    let mut taken = Vec::new();
    while let Some(worker) = running.join_next().await {
        taken.extend(worker??);
    }
    Ok(taken)
}

/// Loads what comes until `shutdown` ends; then finishes the batches in hand.
pub async fn run(
    pipeline: Pipeline,
    workers: usize,
    poll_interval: Duration,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), DaemonError> {
    let pipeline = Pipeline { waits_for_bucket: true, ..pipeline };
    let stopping = Arc::new(AtomicBool::new(false));
    let found = Arc::new(Notify::new());
    let mut tasks: JoinSet<Result<(), DaemonError>> = JoinSet::new();
    tasks.spawn(discover(pipeline.clone(), poll_interval, Arc::clone(&found)));
    if let Some(queue) = &pipeline.looking.events {
        tasks.spawn(take_events(Events::open(&pipeline.bucket, queue)?, pipeline.clone(), Arc::clone(&found)));
    }
    let renewing = maps::keep_current(pipeline.clone(), poll_interval.min(MAP_LOOKS), Arc::clone(&found));
    tasks.spawn(async {
        renewing.await;
        Ok(())
    });
    tasks.spawn(carry_out_requests(pipeline.clone(), poll_interval));
    for _ in 0..workers.max(1) {
        let looks = poll_interval.min(WORKER_LOOKS);
        tasks.spawn(worker(pipeline.clone(), looks, Arc::clone(&found), Arc::clone(&stopping)));
    }
    tokio::select! {
        () = shutdown => {}
        Some(ended) = tasks.join_next() => return ended?,
    }
    tracing::info!("ingest.run: stopping after the batches in hand");
    stopping.store(true, Ordering::Relaxed);
    found.notify_waiters();
    // Discoveries, maps and requests never end by themselves; the workers do. A request that is cut off stays asked.
    for _ in 0..workers.max(1) {
        if let Some(ended) = tasks.join_next().await {
            ended??;
        }
    }
    Ok(())
}

async fn carry_out_requests(pipeline: Pipeline, look_every: Duration) -> Result<(), DaemonError> {
    match requests::serve(pipeline, look_every).await {}
}

async fn worker(
    pipeline: Pipeline,
    looks: Duration,
    found: Arc<Notify>,
    stopping: Arc<AtomicBool>,
) -> Result<(), DaemonError> {
    let (mut turns, mut failures) = (Turns::of(pipeline.feeds.iter()), 0);
    while !stopping.load(Ordering::Relaxed) {
        // It is asked before each claim: a second time means that the database took the first one to its end. Feeds of which
        // nothing can be fetched wait by themselves.
        let asked = AtomicU32::new(0);
        let is_stopping = || {
            asked.fetch_add(1, Ordering::Relaxed);
            stopping.load(Ordering::Relaxed)
        };
        let taken = pipeline.take_turns(&mut turns, is_stopping).await;
        let has_worked = taken.is_ok() || asked.load(Ordering::Relaxed) > 1;
        failures = if has_worked { 0 } else { failures } + u32::from(taken.is_err());
        let wait = longer_wait(looks, failures);
        if let Err(error) = taken {
            tracing::error!(error = %error, wait = ?wait, "ingest.claim: nothing can be taken; trying again");
        }
        // Leases and delays of others run out without a word, so a worker also looks by itself.
        let woken = found.notified();
        if !stopping.load(Ordering::Relaxed) {
            let timed_out = tokio::time::timeout(wait, woken).await.is_err();
            tracing::trace!(timed_out, "ingest.claim: looking again");
        }
    }
    Ok(())
}

async fn discover(pipeline: Pipeline, poll_interval: Duration, found: Arc<Notify>) -> Result<(), DaemonError> {
    let mut watch = Watch::start(&pipeline.bucket)?;
    let mut poll = Poll::new(pipeline.clone());
    let mut failures = 0;
    loop {
        let being_written = |key: &str| watch.as_ref().is_some_and(|watch| watch.is_being_written(key));
        let told = Arc::clone(&found);
        match poll.look(being_written, move || told.notify_waiters()).await {
            Ok(_) => failures = 0,
            Err(error) => {
                failures += 1;
                tracing::error!(error = %in_full(&error), failures, "ingest.discover: failed; trying again");
                tell_ops(&pipeline, error.reason()).await;
            }
        }
        let wait = longer_wait(poll_interval, failures);
        watched(&pipeline, &mut watch, wait, &found).await;
    }
}

async fn take_events(mut events: Events, pipeline: Pipeline, found: Arc<Notify>) -> Result<(), DaemonError> {
    let mut failures = 0;
    loop {
        match events.take(&pipeline).await {
            Ok(taken) => {
                failures = 0;
                if taken.new > 0 {
                    found.notify_waiters();
                }
            }
            Err(error) => {
                failures += 1;
                let wait = longer_wait(LOOK_AGAIN, failures);
                tracing::error!(error = %in_full(&error), wait = ?wait, "ingest.event: failed; trying again");
                tell_ops(&pipeline, error.reason()).await;
                tokio::time::sleep(wait).await;
            }
        }
    }
}

/// Waits for the next listing, taking what the watcher tells meanwhile.
async fn watched(pipeline: &Pipeline, watch: &mut Option<Watch>, wait: Duration, found: &Notify) {
    let end = tokio::time::Instant::now() + wait;
    let Some(watch) = watch else { return tokio::time::sleep_until(end).await };
    loop {
        tokio::select! {
            () = tokio::time::sleep_until(end) => return,
            written = watch.next(&pipeline.pool, &pipeline.bucket, &pipeline.feeds) => match written {
                Ok(0) => {}
                Ok(_) => found.notify_waiters(),
                Err(error) => {
                    tracing::warn!(error = %in_full(&error), "ingest.watch: failed; the next listing finds it");
                }
            },
        }
    }
}
