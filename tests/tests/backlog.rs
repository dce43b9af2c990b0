//! A backlog of many small objects: few transactions, and several daemons that share it.

use sqlx::AssertSqlSafe;
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

const CLAIM: &str = include_str!("../../ingest/src/sql/claim.sql");

/// The statement of a claim below a prefix, with values in it.
fn claim_below(prefix: &str) -> String {
    let prefix = format!("'{prefix}'");
    let values = ["'s3://b'", "'lis.lab_tests'", "gen_random_uuid()", "'w'", "30", "256", "8388608", "'{}'", "262144"];
    let mut sql = CLAIM.replace("$10", &prefix);
    for (at, value) in values.iter().enumerate() {
        sql = sql.replace(&format!("${}", at + 1), value);
    }
    sql
}

/// Twenty thousand objects of two wards that are loaded, and two hundred that wait.
const LOADED: &str = "
    INSERT INTO ingest.object (bucket, key, last_modified, size_bytes, order_time, feed, state, sha256, loaded_at)
    SELECT 's3://b', format('ward/%s/%s.csv', 7 + at % 2 * 63, at), now(), 1, now() + make_interval(secs => at), 'lis.lab_tests',
        CASE WHEN at < 20000 THEN 'done' ELSE 'pending' END, sha256('loaded'), now()
    FROM generate_series(0, 20199) at;
    ANALYZE ingest.object";

/// However much was loaded below its prefix, whoever claims reads only what can be claimed.
#[tokio::test]
async fn a_claim_goes_by_the_index_of_what_can_be_claimed() -> Tested {
    let warehouse = Warehouse::start().await?;
    warehouse.tell(LOADED).await?;
    for prefix in ["", "ward/7/", "ward/8/"] {
        let explain = AssertSqlSafe(format!("EXPLAIN {}", claim_below(prefix)));
        let plan: Vec<String> = sqlx::query_scalar(explain).fetch_all(&warehouse.pool).await?;
        let plan = plan.join("\n");
        assert!(plan.contains("Index Scan using object_claimable on object o "), "below {prefix:?}: {plan}");
    }
    Ok(())
}
