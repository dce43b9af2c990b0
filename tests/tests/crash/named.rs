//! Killed at a named point.

use anyhow::Context as _;
use wardwatch_ingest::failpoint::{Point, STOP_AT, STOPPED};
use wardwatch_schema::database;
use wardwatch_tests::churn::{self, Outcome};
use wardwatch_tests::sample::patients;
use wardwatch_tests::{Folder, Ingest, S3, Tested, Warehouse};

use crate::recovers;

const ROUNDS: usize = 4;
const WORKERS: [&str; 2] = ["1", "3"];

/// Points that every load passes, and the how manieth time is the last.
const PASSED: [(Point, u32); 12] = [
    (Point::AfterRecord, 1),
    (Point::AfterClaim, 2),
    (Point::AfterFetch, 2),
    (Point::AfterParse, 2),
    (Point::AfterLock, 3),
    (Point::AfterChunk, 4),
    (Point::MidCopy, 2),
    (Point::AfterCopy, 2),
    (Point::AfterMerge, 3),
    (Point::AfterStays, 2),
    (Point::BeforeCommit, 4),
    (Point::AfterCommit, 3),
];

/// Runs until the point is reached, and kills it there.
async fn killed_at(ingest: &Ingest, point: Point, times: u32) -> Tested {
    let place = format!("{}:{times}", point.name());
    let mut daemon = ingest.clone().with(STOP_AT, &place).spawn(&["run"])?;
    daemon.until_logged(&format!("{STOPPED}{}", point.name())).await.context(place)?;
    daemon.kill().await
}

#[tokio::test]
async fn killed_anywhere_between_listing_and_settling_it_loses_nothing() -> Tested {
    let folder = churn::folder(ROUNDS)?;
    let small =
        |warehouse: &Warehouse| Ok(Ingest::from_folder(&folder, warehouse)?.with("WARDWATCH_BATCH_OBJECTS", "3"));
    let untroubled = Outcome::untroubled(small).await?;
    for workers in WORKERS {
        for (point, times) in PASSED.into_iter().chain([(Point::BeforeRefusal, 1), (Point::BeforeRefusal, 3)]) {
            let warehouse = Warehouse::start().await?;
            let ingest = small(&warehouse)?.with("WARDWATCH_WORKERS", workers);
            killed_at(&ingest, point, times).await?;
            let told = || format!("killed at {}:{times} with {workers} workers", point.name());
            recovers(&warehouse, &ingest, &untroubled).await.with_context(told)?;
        }
    }
    Ok(())
}

/// Three crashes of the same load, each further on.
#[tokio::test]
async fn killed_again_and_again_it_loses_nothing() -> Tested {
    let folder = churn::folder(ROUNDS)?;
    let small =
        |warehouse: &Warehouse| Ok(Ingest::from_folder(&folder, warehouse)?.with("WARDWATCH_BATCH_OBJECTS", "3"));
    let untroubled = Outcome::untroubled(small).await?;
    let warehouse = Warehouse::start().await?;
    let ingest = small(&warehouse)?;
    for point in [Point::AfterClaim, Point::BeforeCommit, Point::AfterCommit, Point::MidCopy] {
        killed_at(&ingest, point, 1).await?;
        warehouse.expire_leases().await?;
    }
    recovers(&warehouse, &ingest, &untroubled).await
}

/// A listing of several pages: what the first page told must not pass for the whole bucket.
#[tokio::test]
async fn killed_between_two_pages_of_a_listing_nothing_is_gone() -> Tested {
    let s3 = churn::s3(2).await?;
    for number in 0..1000 {
        s3.put(&format!("a-page-of-others/{number:04}.txt"), b"-").await?;
    }
    let untroubled = Outcome::untroubled(|warehouse| Ingest::from_s3(&s3, warehouse)).await?;
    for times in [1, 2] {
        let warehouse = Warehouse::start().await?;
        let ingest = Ingest::from_s3(&s3, &warehouse)?;
        killed_at(&ingest, Point::BeforePage, times).await?;
        recovers(&warehouse, &ingest, &untroubled).await?;
    }
    // A second listing over a full ledger: what its lost page would have told is not gone.
    let warehouse = Warehouse::start().await?;
    let ingest = Ingest::from_s3(&s3, &warehouse)?.with("WARDWATCH_POLL_INTERVAL", "50ms");
    ingest.once().await?;
    killed_at(&ingest, Point::BeforePage, 4).await?;
    recovers(&warehouse, &ingest, &untroubled).await
}

/// A file of two chunks: the first one is staged and merged when the process dies.
#[tokio::test]
async fn killed_between_two_chunks_of_a_file_nothing_of_it_is_loaded() -> Tested {
    let folder = Folder::new()?;
    let ids: Vec<String> = (0..50_010).map(|number| format!("p{number:05}")).collect();
    folder.put("patient_information.csv", &patients(&ids.iter().map(String::as_str).collect::<Vec<_>>()))?;
    let streaming =
        |warehouse: &Warehouse| Ok(Ingest::from_folder(&folder, warehouse)?.with("WARDWATCH_BATCH_BYTES", "1000"));
    let untroubled = Outcome::untroubled(streaming).await?;
    let warehouse = Warehouse::start().await?;
    let ingest = streaming(&warehouse)?;
    killed_at(&ingest, Point::AfterChunk, 1).await?;
    warehouse.expire_leases().await?;
    assert_eq!(warehouse.one("SELECT count(*) FROM warehouse.patient").await?, 0);
    recovers(&warehouse, &ingest, &untroubled).await
}

/// The load waits for a lock until its lease is renewed, which happens from another connection.
#[tokio::test]
async fn killed_while_its_lease_is_renewed_it_loses_nothing() -> Tested {
    let s3 = S3::start().await?;
    s3.put("patient_information.csv", &patients(&["001", "002"])).await?;
    let untroubled = Outcome::untroubled(|warehouse| Ingest::from_s3(&s3, warehouse)).await?;
    let warehouse = Warehouse::start().await?;
    let ingest = Ingest::from_s3(&s3, &warehouse)?;
    let mut transaction = database::begin(&warehouse.pool).await?;
    sqlx::query("LOCK TABLE warehouse.patient IN ACCESS EXCLUSIVE MODE").execute(&mut *transaction).await?;
    killed_at(&ingest, Point::BeforeRenewal, 1).await?;
    transaction.rollback().await?;
    recovers(&warehouse, &ingest, &untroubled).await
}

/// Whoever adds a point adds the crash at it.
#[test]
fn every_point_has_its_crash() {
    let elsewhere = [Point::BeforePage, Point::BeforeRenewal, Point::BeforeRefusal];
    let tested: Vec<Point> = PASSED.iter().map(|(point, _)| *point).chain(elsewhere).collect();
    assert!(Point::ALL.iter().all(|point| tested.contains(point)));
}
