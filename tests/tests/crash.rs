//! Crashes: the real process is killed at every named point between claim and settle, and at random moments. Whoever
//! comes after it ends with the warehouse of a load that nothing interrupted.
//!
//! The points are there in debug builds of the whole workspace only (`wardwatch_ingest::failpoint`).
//! `WARDWATCH_KILLS` says how often a process is killed at random, `WARDWATCH_SEED` from which seed on.

#[path = "crash/named.rs"]
mod named;
#[path = "crash/random.rs"]
mod random;
#[path = "crash/sleep.rs"]
mod sleep;

use wardwatch_tests::churn::Outcome;
use wardwatch_tests::{Ingest, Tested, Warehouse};

/// Nothing half done is to be seen after a crash; loading goes on, and comes to what an untroubled load came to.
async fn recovers(warehouse: &Warehouse, ingest: &Ingest, untroubled: &Outcome) -> Tested {
    warehouse.expire_leases().await?;
    anyhow::ensure!(warehouse.half_loaded().await? == 0, "rows stand there whose object is not done");
    let ended = ingest.once().await?;
    anyhow::ensure!(matches!(ended.code, Some(0 | 1 | 3)), "{:?}: {}", ended.code, ended.stderr);
    let after = Outcome::of(warehouse, ingest).await?;
    anyhow::ensure!(after == *untroubled, "{after:#?} instead of {untroubled:#?}");
    Ok(())
}
