//! The ordinary poll: a look at the places where new objects are to be expected, whose cost does not grow with the bucket.
//!
//! Each place is listed from a position that the ledger gives, some known objects before its newest; bare names are looked
//! at one by one. A small bucket is listed whole, which is as cheap. What is elsewhere, or sorts far before the newest, is
//! found by the sweep.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures::stream::{self, StreamExt, TryStreamExt};
use tokio::task::JoinHandle;
use wardwatch_schema::database::answered;

use super::places::{Place, Places};
use super::sweep::{list, sweep};
use super::{DiscoverError, Found, look, tell_ops};
use crate::backoff::longer_wait;
use crate::bucket::{Page, in_full};
use crate::ledger;
use crate::pipeline::Pipeline;

/// Up to so many objects a bucket is listed whole: a handful of requests.
pub const SMALL: u32 = 4_000;
/// Places that are looked at at once.
const AT_ONCE: usize = 8;
/// How long a sweep that failed rests; longer after each further one in a row.
const SWEEP_RESTS: Duration = Duration::from_secs(1);

/// How a look goes.
enum Way {
    /// A directory, or a small bucket; or one that was never listed whole, so that nothing cheaper means anything yet.
    Whole,
    /// A large bucket.
    Places,
}

/// Looks at the bucket again and again.
#[derive(Debug)]
pub struct Poll {
    pipeline: Pipeline,
    places: Places,
    sweeping: Option<JoinHandle<()>>,
    /// How many sweeps failed in a row.
    failed_sweeps: Arc<AtomicU32>,
}

impl Poll {
    /// Starts with what the patterns of the feeds say.
    pub fn new(pipeline: Pipeline) -> Self {
        let places = Places::of(&pipeline.feeds, &pipeline.bucket.key_start());
        Self { pipeline, places, sweeping: None, failed_sweeps: Arc::default() }
    }

    /// Looks once. Files of which `being_written` says so are left for later; `news` is called as soon as something new
    /// stands in the ledger.
    pub async fn look(
        &mut self,
        being_written: impl Fn(&str) -> bool + Send,
        news: impl Fn() + Clone + Send + 'static,
    ) -> Result<Found, DiscoverError> {
        let found = match self.way().await? {
            Way::Whole => return sweep(&self.pipeline, being_written, self.seen(news)).await,
            Way::Places => {
                self.sweep_when_due(news.clone()).await?;
                self.look_at_places().await?
            }
        };
        if found.new > 0 {
            news();
        }
        Ok(found)
    }

    async fn way(&self) -> Result<Way, sqlx::Error> {
        let Pipeline { pool, bucket, .. } = &self.pipeline;
        if bucket.directory.is_some() || !answered(ledger::is_swept(pool, &bucket.name, &bucket.prefix)).await? {
            return Ok(Way::Whole);
        }
        let is_small = answered(ledger::has_at_most(pool, &bucket.name, &bucket.key_start(), SMALL)).await?;
        Ok(if is_small { Way::Whole } else { Way::Places })
    }

    fn seen<N: Fn() + Send>(&self, news: N) -> impl FnMut(&Page, Found) + Send + use<N> {
        let places = self.places.clone();
        move |page, found| {
            places.learn(page);
            if found.new > 0 {
                news();
            }
        }
    }

    /// A sweep of a large bucket takes minutes: it goes on beside the looks.
    async fn sweep_when_due(&mut self, news: impl Fn() + Send + 'static) -> Result<(), DiscoverError> {
        if self.sweeping.as_ref().is_some_and(|sweep| !sweep.is_finished()) {
            return Ok(());
        }
        let Pipeline { pool, bucket, looking, .. } = &self.pipeline;
        if answered(ledger::begin_sweep(pool, &bucket.name, &bucket.prefix, looking.sweep_interval)).await? {
            let (pipeline, failures) = (self.pipeline.clone(), Arc::clone(&self.failed_sweeps));
            self.sweeping = Some(tokio::spawn(sweep_beside(pipeline, self.seen(news), failures)));
        }
        Ok(())
    }

    async fn look_at_places(&self) -> Result<Found, DiscoverError> {
        let looks: Vec<_> = self.places.all().into_iter().map(|place| self.look_at(place)).collect();
        let found = stream::iter(looks).buffer_unordered(AT_ONCE).try_collect::<Vec<Found>>().await?;
        Ok(found.into_iter().sum())
    }

    async fn look_at(&self, place: Place) -> Result<Found, DiscoverError> {
        let Pipeline { pool, bucket, looking, .. } = &self.pipeline;
        match place {
            Place::Key(key) => look::look(&self.pipeline, &key, false).await,
            Place::Start(start) => {
                let after = answered(ledger::position(pool, &bucket.name, &start, looking.overlap)).await?;
                list(&self.pipeline, &start, after, |_| false, |_, _| {}).await
            }
        }
    }
}

/// Sweeps beside the looks. One that fails rests before it ends, so that the next look does not begin another at once.
async fn sweep_beside(pipeline: Pipeline, seen: impl FnMut(&Page, Found) + Send, failures: Arc<AtomicU32>) {
    match sweep(&pipeline, |_| false, seen).await {
        Ok(found) => {
            failures.store(0, Ordering::Relaxed);
            tracing::info!(new = found.new, gone = found.gone, "ingest.sweep: ended");
        }
        Err(error) => {
            let wait = longer_wait(SWEEP_RESTS, failures.fetch_add(1, Ordering::Relaxed) + 1);
            tracing::error!(error = %in_full(&error), wait = ?wait, "ingest.sweep: failed; trying again");
            tell_ops(&pipeline, error.reason()).await;
            tokio::time::sleep(wait).await;
        }
    }
}

impl Drop for Poll {
    fn drop(&mut self) {
        if let Some(sweeping) = &self.sweeping {
            sweeping.abort();
        }
    }
}
