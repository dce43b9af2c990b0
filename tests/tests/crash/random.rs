//! Killed at any moment, again and again, on one ledger.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::Value;
use wardwatch_tests::churn::{self, Outcome};
use wardwatch_tests::{Folder, Ingest, Tested, Warehouse, number, report};

use crate::recovers;

const ROUNDS: usize = 20;
/// Kills on one ledger before it may come to its end.
const KILLS_EACH: u64 = 8;
/// A life lasts this long at most after the process is up; it needs a few times as much for all.
const LONGEST_LIFE: u64 = 500;

#[tokio::test]
async fn killed_at_any_moment_it_loses_nothing() -> Tested {
    let folder = churn::folder(ROUNDS)?;
    let untroubled = Outcome::untroubled(|warehouse| ingest(&folder, warehouse, 1)).await?;
    let (kills, first_seed) = (number("WARDWATCH_KILLS", 24), number("WARDWATCH_SEED", 1));
    let (mut done, mut amid) = (0, 0);
    for seed in (first_seed..).take_while(|seed| (seed - first_seed) * KILLS_EACH < kills) {
        let workers = if seed % 2 == 0 { 1 } else { 3 };
        let of_ledger = KILLS_EACH.min(kills - done);
        amid += killed_often(&folder, &untroubled, (seed, workers), of_ledger)
            .await
            .map_err(|error| error.context(format!("seed {seed}")))?;
        done += of_ledger;
    }
    report(&format!("crashes: {done} kills at random, {amid} of them amid a load"))?;
    anyhow::ensure!(amid * 4 >= done, "only {amid} of {done} kills met a load: make the bucket larger");
    Ok(())
}

fn ingest(folder: &Folder, warehouse: &Warehouse, workers: usize) -> Tested<Ingest> {
    let ingest = Ingest::from_folder(folder, warehouse)?.with("WARDWATCH_BATCH_OBJECTS", "2");
    Ok(ingest.with("WARDWATCH_WORKERS", workers.to_string()).with("WARDWATCH_POLL_INTERVAL", "50ms"))
}

/// Returns how many kills met a lease.
async fn killed_often(folder: &Folder, untroubled: &Outcome, (seed, workers): (u64, usize), kills: u64) -> Tested<u64> {
    let mut dice = StdRng::seed_from_u64(seed);
    let warehouse = Warehouse::start().await?;
    let ingest = ingest(folder, &warehouse, workers)?;
    let mut amid = 0;
    for _ in 0..kills {
        let mut daemon = ingest.start()?;
        daemon.until_logged("ingest.run: started").await?;
        tokio::time::sleep(Duration::from_millis(dice.random_range(0..LONGEST_LIFE))).await;
        daemon.kill().await?;
        let leased = warehouse.one("SELECT EXISTS (SELECT FROM ingest.object WHERE state = 'leased')").await?;
        amid += u64::from(leased == Value::Bool(true));
        warehouse.expire_leases().await?;
    }
    // Where the dice killed one object's loaders again and again, the next one calls it failed until somebody retries.
    ingest.once().await?;
    ingest.run(&["retry", "--reason", "its loader ended"]).await?;
    recovers(&warehouse, &ingest, untroubled).await?;
    Ok(amid)
}
