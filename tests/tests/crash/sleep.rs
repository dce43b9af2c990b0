//! A worker that sleeps over its lease: another one takes its objects, and what it does when it wakes counts for nothing.

use anyhow::Context as _;
use wardwatch_ingest::failpoint::{Point, STOP_AT, STOP_UNTIL, STOPPED};
use wardwatch_tests::churn::{self, Outcome};
use wardwatch_tests::{Ingest, Tested, Warehouse};

const ROUNDS: usize = 3;

/// Points outside the transaction, and within it.
const ASLEEP_AT: [(Point, bool); 6] = [
    (Point::AfterClaim, false),
    (Point::AfterFetch, false),
    (Point::AfterParse, false),
    (Point::BeforeRefusal, false),
    (Point::AfterMerge, true),
    (Point::BeforeCommit, true),
];

/// A sleeper in a transaction holds its locks until the server ends it, as `idle_in_transaction_session_timeout` does
/// after a minute; here it need not be waited for.
async fn end_idle_transactions(warehouse: &Warehouse) -> Tested {
    let idle = "FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'";
    warehouse.until(&format!("SELECT EXISTS (SELECT {idle})")).await?;
    warehouse.tell(&format!("SELECT pg_terminate_backend(pid) {idle}")).await
}

#[tokio::test]
async fn a_transaction_that_sleeps_is_ended_by_the_server() -> Tested {
    let warehouse = Warehouse::start().await?;
    let pool = wardwatch_schema::database::connect(&warehouse.url()).await?;
    let limit: String = sqlx::query_scalar("SHOW idle_in_transaction_session_timeout").fetch_one(&pool).await?;
    assert_eq!(limit, "1min");
    Ok(())
}

#[tokio::test]
async fn who_slept_over_his_lease_commits_nothing() -> Tested {
    let folder = churn::folder(ROUNDS)?;
    let untroubled = Outcome::untroubled(|warehouse| Ingest::from_folder(&folder, warehouse)).await?;
    for (point, in_transaction) in ASLEEP_AT {
        let warehouse = Warehouse::start().await?;
        let ingest = Ingest::from_folder(&folder, &warehouse)?.with("WARDWATCH_WORKERS", "1");
        let outcome = overtaken(&warehouse, &ingest, point, in_transaction).await;
        let (before, after) = outcome.with_context(|| format!("asleep at {}", point.name()))?;
        assert_eq!(before, untroubled, "the other one, while {} slept", point.name());
        assert_eq!(after, untroubled, "after {} woke", point.name());
    }
    Ok(())
}

/// What the warehouse is when the other worker is through, and what it is when the sleeper has gone on.
async fn overtaken(
    warehouse: &Warehouse,
    ingest: &Ingest,
    point: Point,
    in_transaction: bool,
) -> Tested<(Outcome, Outcome)> {
    let alarm = tempfile::tempdir()?;
    let bell = alarm.path().join("bell");
    let sleeper = ingest.clone().with(STOP_AT, point.name()).with(STOP_UNTIL, &bell);
    let mut sleeper = sleeper.spawn(&["once"])?;
    let stopped = format!("{STOPPED}{}", point.name());
    sleeper.until_logged(&stopped).await?;
    sleeper.suspend()?;
    if in_transaction {
        end_idle_transactions(warehouse).await?;
    }
    warehouse.expire_leases().await?;
    let ended = ingest.once().await?;
    anyhow::ensure!(matches!(ended.code, Some(0 | 1 | 3)), "{}", ended.stderr);
    let before = Outcome::of(warehouse, ingest).await?;
    std::fs::write(&bell, "")?;
    sleeper.resume()?;
    let woken = sleeper.end().await?;
    anyhow::ensure!(woken.code.is_some(), "{}", woken.stderr);
    // A second load of the same rows would change no digest: that it was refused is what its log tells.
    let since = woken.stderr.split_once(&stopped).map_or("", |(_, since)| since);
    anyhow::ensure!(!since.contains("ingest.settle: loaded"), "it committed: {since}");
    Ok((before, Outcome::of(warehouse, ingest).await?))
}
