//! Faults of the database and of the bucket: what passes is tried again, seldomer each time; what lasts ends in a state
//! that has a name and says what to do; and whatever happened, the warehouse is in the end that of an untroubled load.

#[path = "faults/bucket.rs"]
mod bucket;
#[path = "faults/database.rs"]
mod database;

use std::time::{Duration, Instant};

use wardwatch_tests::churn::Outcome;
use wardwatch_tests::{Ingest, Tested, Warehouse};

/// How long a daemon of these scenarios waits between two looks.
const LOOKS: Duration = Duration::from_millis(50);
/// Two workers, the discovery, the maps, and what people ask for.
const TASKS: u32 = 5;

/// As ops do when the trouble is over: what was given up is given back, and all of it is loaded.
async fn recovers(warehouse: &Warehouse, ingest: &Ingest, untroubled: &Outcome) -> Tested {
    warehouse.expire_leases().await?;
    ingest.run(&["retry", "--reason", "given up"]).await?;
    let ended = ingest.once().await?;
    anyhow::ensure!(matches!(ended.code, Some(0 | 1 | 3)), "{:?}: {}", ended.code, ended.stderr);
    let after = Outcome::of(warehouse, ingest).await?;
    anyhow::ensure!(after == *untroubled, "{after:#?} instead of {untroubled:#?}");
    Ok(())
}

/// Tries to connect, or to list, after which a scenario has seen enough.
const DATABASE_TRIES: u64 = 30;
const BUCKET_TRIES: u64 = 6;

/// How often tasks that wait twice as long after each failure, and ten seconds at most, can have tried within a time,
/// with room for jitter.
fn most_tries(within: Duration, tasks: u32) -> u64 {
    let seconds = within.as_secs_f64();
    let doublings = (seconds / LOOKS.as_secs_f64() + 1.0).log2();
    (f64::from(tasks) * (2.5 + doublings + seconds / 5.0)) as u64
}

/// Counts until enough of something has happened, and says how long that took.
async fn elapsed_until(what: &str, count: impl Fn() -> u64, enough: u64) -> Tested<(u64, Duration)> {
    let (before, started) = (count(), Instant::now());
    wardwatch_tests::until(what, async || Ok(count() - before >= enough)).await?;
    Ok((count() - before, started.elapsed()))
}

/// Nothing is left to be loaded, whatever state it ended in.
const SETTLED: &str = "SELECT count(*) > 0 AND bool_and(state NOT IN ('pending', 'leased')) FROM ingest.object";

#[test]
fn the_bound_on_tries_would_catch_a_busy_loop() {
    for (enough, tasks) in [(DATABASE_TRIES, TASKS), (BUCKET_TRIES, 1)] {
        let one_after_each_look = LOOKS * enough as u32 / tasks;
        assert!(most_tries(one_after_each_look, tasks) < enough);
    }
}
