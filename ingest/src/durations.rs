//! How long the steps of loading took, in sums by feed, for the metrics.
//!
//! Summed up in memory and added to the warehouse about once a second, so that a small batch pays nothing for it. It is
//! told after the commit of what it tells of, and says nothing about rows: what is lost with a process is only measure.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sqlx::PgPool;
use wardwatch_schema::database::answered;

/// How long sums are kept before they are added to the warehouse.
const WRITES: Duration = Duration::from_secs(1);

/// A step of loading a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Fetch and parse; of an object that streams, until its first bytes.
    Read,
    /// Stage; of an object that streams, with the rest of its reading.
    Stage,
    /// Merge.
    Merge,
    /// Refresh of the stays.
    Stays,
    /// Books, states and commit.
    Settle,
}

impl Step {
    /// As it is written in the warehouse.
    fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Stage => "stage",
            Self::Merge => "merge",
            Self::Stays => "stays",
            Self::Settle => "settle",
        }
    }
}

/// Measures one batch on its way.
#[derive(Debug)]
pub struct Stopwatch {
    since: Instant,
    took: BTreeMap<Step, Duration>,
}

impl Stopwatch {
    /// The first step begins.
    pub fn start() -> Self {
        Self { since: Instant::now(), took: BTreeMap::new() }
    }

    /// What passed since the last step ended belongs to this one.
    pub(crate) fn ends(&mut self, step: Step) {
        let now = Instant::now();
        *self.took.entry(step).or_default() += now - self.since;
        self.since = now;
    }
}

/// The sums of this process that are not in the warehouse yet. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Durations(Arc<Mutex<Sums>>);

#[derive(Debug, Default)]
struct Sums {
    taken: BTreeMap<(String, Step), (i64, Duration)>,
    written: Option<Instant>,
}

impl Durations {
    /// Adds a batch that was committed.
    pub(crate) fn add(&self, feed: &str, watch: Stopwatch) {
        let mut sums = self.lock();
        for (step, took) in watch.took {
            let (batches, time) = sums.taken.entry((feed.to_owned(), step)).or_default();
            *batches += 1;
            *time += took;
        }
    }

    /// Adds the sums to the warehouse where that was not done within the last second.
    pub(crate) async fn write_now_and_then(&self, pool: &PgPool) {
        let is_due = self.lock().written.is_none_or(|written| written.elapsed() >= WRITES);
        if is_due {
            self.write(pool).await;
        }
    }

    /// Adds the sums to the warehouse. What cannot be added is forgotten: it must not be counted twice.
    pub(crate) async fn write(&self, pool: &PgPool) {
        let taken = {
            let mut sums = self.lock();
            sums.written = Some(Instant::now());
            std::mem::take(&mut sums.taken)
        };
        if taken.is_empty() {
            return;
        }
        if let Err(error) = answered(add(pool, taken)).await {
            tracing::debug!(error = %error, "ingest.durations: not written");
        }
    }

    fn lock(&self) -> MutexGuard<'_, Sums> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// In the order of the key, so that two daemons never wait for each other in a circle.
async fn add(pool: &PgPool, taken: BTreeMap<(String, Step), (i64, Duration)>) -> Result<(), sqlx::Error> {
    let (keys, sums): (Vec<_>, Vec<_>) = taken.into_iter().unzip();
    let (feeds, steps): (Vec<String>, Vec<String>) =
        keys.into_iter().map(|(feed, step)| (feed, step.as_str().to_owned())).unzip();
    let (batches, seconds): (Vec<i64>, Vec<f64>) =
        sums.into_iter().map(|(batches, time)| (batches, time.as_secs_f64())).unzip();
    sqlx::query_file!("src/sql/add_durations.sql", &feeds, &steps, &batches, &seconds).execute(pool).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_summed_by_feed_and_step() {
        let durations = Durations::default();
        for feed in ["lis.lab_tests", "lis.lab_tests", "pms.admissions"] {
            let mut watch = Stopwatch::start();
            watch.ends(Step::Read);
            watch.ends(Step::Merge);
            watch.ends(Step::Merge);
            durations.add(feed, watch);
        }
        let counted: Vec<(String, Step, i64)> =
            durations.lock().taken.iter().map(|((feed, step), (batches, _))| (feed.clone(), *step, *batches)).collect();
        let of = |feed: &str, step, batches| (feed.to_owned(), step, batches);
        let expected = [
            of("lis.lab_tests", Step::Read, 2),
            of("lis.lab_tests", Step::Merge, 2),
            of("pms.admissions", Step::Read, 1),
            of("pms.admissions", Step::Merge, 1),
        ];
        assert_eq!(counted, expected);
    }
}
