//! A worker that sleeps over its lease: another one takes its objects, and what it does when it wakes counts for nothing.

use anyhow::Context as _;
use wardwatch_demo::Postgres;
use wardwatch_ingest::failpoint::{Point, STOP_AT, STOP_UNTIL, STOPPED};
use wardwatch_schema::database;
use wardwatch_tests::churn::{self, Outcome};
use wardwatch_tests::{Ingest, Tested, Warehouse};

const ROUNDS: usize = 3;
/// An address of this machine on which no other server listens.
const ADDRESS: &str = "127.18.54.32";

/// Points outside the transaction, and within it.
const ASLEEP_AT: [(Point, bool); 8] = [
    (Point::AfterClaim, false),
    (Point::AfterFetch, false),
    (Point::AfterParse, false),
    (Point::BeforeRefusal, false),
    (Point::MidCopy, true),
    (Point::AfterCopy, true),
    (Point::AfterMerge, true),
    (Point::BeforeCommit, true),
];

/// A sleeper in a transaction holds its locks until the server ends it, as `idle_in_transaction_session_timeout` does after a
/// minute; amid a `COPY`, when its machine is gone, as the keepalives do after two. Here neither need be waited for.
async fn end_sleeping_transactions(warehouse: &Warehouse) -> Tested {
    let asleep = "FROM pg_stat_activity
        WHERE datname = current_database() AND xact_start IS NOT NULL AND wait_event = 'ClientRead'";
    warehouse.until(&format!("SELECT EXISTS (SELECT {asleep})")).await?;
    warehouse.tell(&format!("SELECT pg_terminate_backend(pid) {asleep}")).await
}

#[tokio::test]
async fn a_transaction_that_sleeps_is_ended_by_the_server() -> Tested {
    let warehouse = Warehouse::start().await?;
    let pool = database::connect(&warehouse.url()).await?;
    let limit: String = sqlx::query_scalar("SHOW idle_in_transaction_session_timeout").fetch_one(&pool).await?;
    assert_eq!(limit, "1min");
    Ok(())
}

/// Only a connection over TCP has these limits: on a Unix socket the server knows at once who is gone.
#[tokio::test]
async fn a_machine_that_is_gone_is_given_up_after_two_minutes() -> Tested {
    let server = Postgres::start_temporary(vec![("listen_addresses".to_owned(), ADDRESS.to_owned())]).await?;
    let pool = database::connect(&format!("postgres://postgres@{ADDRESS}:5432/postgres")).await?;
    let limits = "SELECT setting FROM pg_settings WHERE name LIKE 'tcp%' ORDER BY name";
    let limits: Vec<String> = sqlx::query_scalar(limits).fetch_all(&pool).await?;
    assert_eq!(limits, ["6", "60", "10", "120000"]);
    pool.close().await;
    Ok(server.stop().await?)
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
        end_sleeping_transactions(warehouse).await?;
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
