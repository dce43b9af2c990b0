//! A backlog of many small objects: few transactions, and several daemons that share it.

use wardwatch_tests::bucket::BUCKET;
use wardwatch_tests::sample::{directory, patients};
use wardwatch_tests::{Ingest, S3, Tested, Warehouse};

fn names(files: usize) -> impl Iterator<Item = String> {
    (0..files).map(|at| format!("patient_information_20261121T{:02}{:02}{:02}Z.csv", at / 3_600, at / 60 % 60, at % 60))
}

#[tokio::test]
async fn thousands_of_tiny_files_are_not_thousands_of_transactions() -> Tested {
    let (s3, warehouse) = (S3::start().await?, Warehouse::start().await?);
    s3.server.plant(BUCKET, names(2_000), &patients(&["001"]))?;
    let taken = Ingest::from_s3(&s3, &warehouse)?.once().await?.json_of(0)?;
    assert_eq!((&taken["objects"], &taken["books"]["records"]), (&2_000.into(), &2_000.into()));
    let transactions = warehouse.one("SELECT count(DISTINCT loaded_at) FROM ingest.object").await?;
    assert!(transactions.as_i64().is_some_and(|count| (1..=16).contains(&count)), "{transactions} transactions");
    Ok(())
}

#[tokio::test]
async fn two_daemons_take_a_backlog_and_nothing_twice() -> Tested {
    let (s3, warehouse) = (S3::start().await?, Warehouse::start().await?);
    s3.put_all(&directory("files")).await?;
    s3.server.plant(BUCKET, names(300), &patients(&["90001", "90002"]))?;
    let ingest = Ingest::from_s3(&s3, &warehouse)?.with("WARDWATCH_BATCH_OBJECTS", "4");
    let (one, other) = tokio::join!(ingest.once(), ingest.once());
    let (one, other) = (one?.json_of(3)?, other?.json_of(3)?);
    let objects = |taken: &serde_json::Value| taken["objects"].as_u64().unwrap_or_default();
    assert_eq!(objects(&one) + objects(&other), 304, "each object is taken by one of them");
    assert!(objects(&one) > 0 && objects(&other) > 0, "both take part: {one} {other}");
    let ledger = "SELECT count(*) FILTER (WHERE state = 'done' AND attempts = 0) = 304 AND sum(records) = 2234 + 600 FROM ingest.object";
    assert_eq!(warehouse.one(ledger).await?, true);
    assert_eq!(ingest.verify().await?["ok"], true);
    Ok(())
}
