//! The bucket: a share of all requests fails in every way there is, all of them fail, or one object is refused for good.

use std::time::Duration;

use serde_json::{Value, json};
use wardwatch_demo::{Fault, Operation};
use wardwatch_tests::bucket::BUCKET;
use wardwatch_tests::churn::{self, Outcome};
use wardwatch_tests::sample::{patients, tests};
use wardwatch_tests::{Ingest, S3, Tested, Warehouse, number, report};

use super::{BUCKET_TRIES, LOOKS, SETTLED, TASKS, elapsed_until, most_tries, recovers};

const ROUNDS: usize = 8;
/// Every failure, those that last too: here they last for one request.
const EVERY: [Fault; 7] = [
    Fault::InternalError,
    Fault::SlowDown,
    Fault::AccessDenied,
    Fault::NoSuchKey,
    Fault::TruncatedBody,
    Fault::ConnectionReset,
    Fault::Stall(Duration::from_millis(300)),
];
/// Requests for one object while a third of them fail: the client's own tries, and ours.
const REQUESTS_EACH: u64 = 12;

fn from(s3: &S3, warehouse: &Warehouse) -> Tested<Ingest> {
    let ingest = Ingest::from_s3(s3, warehouse)?.with("WARDWATCH_BATCH_OBJECTS", "4");
    Ok(ingest.with("WARDWATCH_POLL_INTERVAL", format!("{}ms", LOOKS.as_millis())))
}

fn all_requests(s3: &S3) -> u64 {
    s3.server.requests().values().sum()
}

/// The reason stands where ops look, and goes on standing when the bucket answers again.
#[tokio::test]
async fn ops_are_told_why_the_bucket_cannot_be_looked_through() -> Tested {
    let (s3, warehouse) = (S3::start().await?, Warehouse::start().await?);
    s3.put("patient_information.csv", &patients(&["001"])).await?;
    s3.server.faults().fail_rate(1.0, 1, &[Fault::AccessDenied]);
    let daemon = from(&s3, &warehouse)?.start()?;
    let told = "SELECT count(*) = 4 AND bool_and(object_id IS NULL AND reason LIKE '%bucket%') FROM ingest.last_error";
    warehouse.until(told).await?;
    s3.server.faults().clear();
    warehouse.until("EXISTS (SELECT FROM ingest.object WHERE state = 'done')").await?;
    assert_eq!(warehouse.one(told).await?, true);
    daemon.stop().await?;
    Ok(())
}

#[tokio::test]
async fn faults_of_every_kind_lose_nothing() -> Tested {
    let s3 = churn::s3(ROUNDS).await?;
    let untroubled = Outcome::untroubled(|warehouse| from(&s3, warehouse)).await?;
    let mut failed = 0.0;
    for seed in 1..=number("WARDWATCH_FAULTS", 2).max(1) {
        for share in [0.05, 0.3] {
            let warehouse = Warehouse::start().await?;
            let ingest = from(&s3, &warehouse)?;
            let reads = || s3.server.requests().get("GetObject").copied().unwrap_or_default();
            let before = reads();
            s3.server.faults().fail_rate(share, seed, &EVERY);
            let daemon = ingest.start()?;
            let no_delay = "UPDATE ingest.object SET not_before = NULL WHERE state = 'pending'";
            wardwatch_tests::until("everything was tried", async || {
                warehouse.tell(no_delay).await?;
                Ok(warehouse.one(SETTLED).await? == Value::Bool(true))
            })
            .await?;
            let ended = daemon.stop().await?;
            s3.server.faults().clear();
            let (reads, objects) = (reads() - before, 4 * ROUNDS as u64);
            assert!(reads <= REQUESTS_EACH * objects, "{reads} reads of {objects} objects");
            assert!(ended.stderr.lines().count() <= 12 * ROUNDS + 60, "a flood: {}", ended.stderr);
            recovers(&warehouse, &ingest, &untroubled).await?;
            failed += share * reads as f64;
        }
    }
    report(&format!("faults of the bucket: about {failed:.0} reads failed at 5 and at 30 percent"))
}

#[tokio::test]
async fn a_bucket_that_refuses_everything_is_waited_for_without_a_flood() -> Tested {
    let s3 = churn::s3(ROUNDS).await?;
    let untroubled = Outcome::untroubled(|warehouse| from(&s3, warehouse)).await?;
    let warehouse = Warehouse::start().await?;
    let ingest = from(&s3, &warehouse)?;
    s3.server.faults().fail_rate(1.0, 1, &[Fault::AccessDenied]);
    let mut daemon = ingest.start()?;
    daemon.until_logged("refuses access").await?;
    let lines = daemon.log()?.lines().count();
    let (requests, within) = elapsed_until("it asks again", || all_requests(&s3), BUCKET_TRIES).await?;
    let lines = (daemon.log()?.lines().count() - lines) as u64;
    assert!(requests <= most_tries(within, 1), "{requests} requests within {within:?}");
    assert!(lines <= most_tries(within, TASKS), "{lines} lines within {within:?}");
    s3.server.faults().clear();
    warehouse.until(SETTLED).await?;
    assert_eq!(daemon.stop().await?.code, Some(0));
    recovers(&warehouse, &ingest, &untroubled).await
}

/// The ledger is full, and nothing of it can be read: it is waited for, and nothing is given up.
#[tokio::test]
async fn a_backlog_outlives_a_bucket_that_lists_and_gives_nothing() -> Tested {
    let s3 = churn::s3(ROUNDS).await?;
    let untroubled = Outcome::untroubled(|warehouse| from(&s3, warehouse)).await?;
    let warehouse = Warehouse::start().await?;
    let ingest = from(&s3, &warehouse)?;
    s3.server.faults().fail_next(Operation::GetObject, Fault::AccessDenied, 100_000);
    let daemon = ingest.start()?;
    let waits = || Ok::<_, anyhow::Error>(daemon.log()?.matches("nothing can be taken; trying again").count());
    // As if each wait of an object were over: only that its worker waits holds it back.
    let no_delay = "UPDATE ingest.object SET not_before = NULL WHERE state = 'pending'";
    wardwatch_tests::until("the workers have waited again and again", async || {
        warehouse.tell(no_delay).await?;
        Ok(waits()? >= 6)
    })
    .await?;
    let tried = "SELECT max(attempts) < 6 AND bool_and(state IN ('pending', 'leased')) FROM ingest.object";
    assert_eq!(warehouse.one(tried).await?, true);
    let reads = s3.server.requests().get("GetObject").copied().unwrap_or_default();
    let claims = waits()? as u64 + u64::from(TASKS);
    assert!(reads <= claims * 4 * 4, "{reads} reads in {claims} claims of four objects, each tried four times at most");
    s3.server.faults().clear();
    warehouse.until(SETTLED).await?;
    daemon.stop().await?;
    recovers(&warehouse, &ingest, &untroubled).await
}

/// Listed, and then not there for whoever reads it: it is *gone*, until a listing tells of it again.
#[tokio::test]
async fn an_object_that_is_absent_for_a_moment_comes_back_with_the_next_listing() -> Tested {
    let (s3, warehouse) = (S3::start().await?, Warehouse::start().await?);
    s3.put("patient_information.csv", &patients(&["001"])).await?;
    s3.server.faults().fail_next(Operation::GetObject, Fault::NoSuchKey, 1);
    let ingest = from(&s3, &warehouse)?;
    assert_eq!(ingest.once().await?.code, Some(3), "what nobody has read stands open");
    let gone = "SELECT state || ': ' || reason FROM ingest.object";
    assert_eq!(
        warehouse.one(gone).await?,
        "gone: the object left the bucket before it was read: ask the source for it again"
    );
    ingest.once().await?.json_of(0)?;
    assert_eq!(warehouse.one("SELECT state FROM ingest.object").await?, "done");
    Ok(())
}

/// No more and no less than six attempts, each counted and told; then a state that says what to do.
#[tokio::test]
async fn what_is_refused_for_good_is_given_up_and_brought_back_by_retry() -> Tested {
    let (s3, warehouse) = (S3::start().await?, Warehouse::start().await?);
    s3.put("patient_information.csv", &patients(&["001"])).await?;
    s3.server.faults().fail_next(Operation::GetObject, Fault::AccessDenied, 100);
    let ingest = from(&s3, &warehouse)?;
    let daemon = ingest.start()?;
    for attempt in 1..=5 {
        let tried = format!(
            "SELECT attempts = {attempt} AND state = 'pending' AND not_before > discovered_at AND reason LIKE '%refuses access%' FROM ingest.object"
        );
        warehouse.until(&tried).await?;
        warehouse.tell("UPDATE ingest.object SET not_before = NULL").await?;
    }
    warehouse.until("SELECT state = 'failed' FROM ingest.object").await?;
    assert_eq!(s3.server.faults().pending(), 94, "six requests");
    s3.server.faults().clear();
    let given_back = ingest.run(&["retry", "--reason", "refuses access"]).await?;
    assert_eq!(given_back.code, Some(0), "{}", given_back.stderr);
    warehouse.until("SELECT state = 'done' AND attempts = 0 FROM ingest.object").await?;
    assert_eq!(
        warehouse.one("SELECT retries FROM ingest.last_error").await?,
        5,
        "what was tried in vain stays counted"
    );
    let ended = daemon.stop().await?;
    assert!(ended.stderr.matches("refuses access").count() <= 8, "{}", ended.stderr);
    Ok(())
}

/// A policy that denies one folder, say: its files wait for as long as it does, and no others.
#[tokio::test]
async fn a_feed_that_nobody_may_read_keeps_no_other_waiting() -> Tested {
    let (s3, warehouse) = (S3::start().await?, Warehouse::start().await?);
    let refused = (0..300).map(|at| format!("pms/patient_information/2026/11/21/10{:02}{:02}.csv", at / 60, at % 60));
    s3.server.plant(BUCKET, refused, &patients(&["001"]))?;
    s3.server.faults().fail_below("pms/patient_information/", Operation::GetObject, Fault::AccessDenied);
    let daemon = from(&s3, &warehouse)?.start()?;
    let refused = "FROM ingest.last_error WHERE feed = 'pms.patient_information' AND reason LIKE '%refuses access%'";
    warehouse.until(&format!("EXISTS (SELECT {refused})")).await?;
    s3.put("lis/lab_tests/2026/11/21/101501.csv", &tests(&[("70", "001")])).await?;
    warehouse.until_state("lis/lab_tests/2026/11/21/101501.csv", "done").await?;
    let waiting = "SELECT count(*) FROM ingest.object WHERE state IN ('pending', 'leased')";
    assert_eq!(warehouse.one(waiting).await?, 300, "nothing is given up");
    s3.server.faults().clear();
    warehouse.until("SELECT count(*) = 301 FROM ingest.object WHERE state = 'done'").await?;
    assert_eq!(daemon.stop().await?.code, Some(0));
    Ok(())
}

/// Listed, look after look, and never there for whoever reads it: not for ever.
#[tokio::test]
async fn what_is_listed_and_never_there_is_given_up_and_brought_back_by_retry() -> Tested {
    for fault in [Fault::NoSuchKey, Fault::PreconditionFailed] {
        let (s3, warehouse) = (S3::start().await?, Warehouse::start().await?);
        s3.put("patient_information.csv", &patients(&["001"])).await?;
        s3.server.faults().fail_below("patient_information.csv", Operation::GetObject, fault);
        let ingest = from(&s3, &warehouse)?;
        let daemon = ingest.start()?;
        let waits = "SELECT attempts > 0 AND state = 'pending' AND not_before > discovered_at FROM ingest.object";
        warehouse.until(waits).await?;
        wardwatch_tests::until("it is given up", async || {
            warehouse.tell("UPDATE ingest.object SET not_before = NULL").await?;
            Ok(warehouse.one("SELECT bool_and(state = 'failed') FROM ingest.object").await? == true)
        })
        .await?;
        assert_eq!(s3.asked(Operation::GetObject), 6, "{fault:?}");
        let told = "SELECT attempts, reason ~ '^the bucket lists the object.*given up after 6 attempts' AS is_told FROM ingest.object";
        assert_eq!(warehouse.rows(told).await?, json!([{ "attempts": 5, "is_told": true }]));
        s3.server.faults().clear();
        let given_back = ingest.run(&["retry", "--reason", "given up"]).await?;
        assert_eq!(given_back.code, Some(0), "{}", given_back.stderr);
        warehouse.until_state("patient_information.csv", "done").await?;
        assert_eq!(daemon.stop().await?.code, Some(0));
    }
    Ok(())
}

/// Half a body, and then silence.
#[tokio::test]
async fn a_body_that_stalls_is_cut_and_read_again() -> Tested {
    let (s3, warehouse) = (S3::start().await?, Warehouse::start().await?);
    s3.put("patient_information.csv", &patients(&["001"])).await?;
    s3.server.faults().fail_next(Operation::GetObject, Fault::StallBody, 1);
    assert_eq!(from(&s3, &warehouse)?.once().await?.json_of(0)?["books"]["inserted"], 1);
    assert_eq!(warehouse.one("SELECT attempts FROM ingest.object").await?, 1);
    assert_eq!(s3.asked(Operation::GetObject), 2);
    Ok(())
}
