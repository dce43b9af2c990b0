//! Killed at a named point.

use anyhow::Context as _;
use wardwatch_ingest::failpoint::{Point, STOP_AT, STOPPED};
use wardwatch_schema::database;
use wardwatch_tests::churn::{self, Outcome};
use wardwatch_tests::sample::{named_patients, patients};
use wardwatch_tests::{Daemon, Folder, Ingest, S3, Tested, Warehouse};

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

/// Runs until the point is reached.
async fn stopped_at(ingest: &Ingest, point: Point, times: u32) -> Tested<Daemon> {
    let place = format!("{}:{times}", point.name());
    let mut daemon = ingest.clone().with(STOP_AT, &place).spawn(&["run"])?;
    daemon.until_logged(&format!("{STOPPED}{}", point.name())).await.context(place)?;
    Ok(daemon)
}

/// Runs until the point is reached, and kills it there.
async fn killed_at(ingest: &Ingest, point: Point, times: u32) -> Tested {
    stopped_at(ingest, point, times).await?.kill().await
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
    for workers in WORKERS {
        for times in [1, 2] {
            let warehouse = Warehouse::start().await?;
            let ingest = Ingest::from_s3(&s3, &warehouse)?.with("WARDWATCH_WORKERS", workers);
            killed_at(&ingest, Point::BeforePage, times).await?;
            recovers(&warehouse, &ingest, &untroubled).await?;
        }
        // A second listing over a full ledger: what its lost page would have told is not gone.
        let warehouse = Warehouse::start().await?;
        let ingest = Ingest::from_s3(&s3, &warehouse)?.with("WARDWATCH_POLL_INTERVAL", "50ms");
        ingest.once().await?;
        killed_at(&ingest.clone().with("WARDWATCH_WORKERS", workers), Point::BeforePage, 4).await?;
        recovers(&warehouse, &ingest, &untroubled).await?;
    }
    Ok(())
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
    for workers in WORKERS {
        let warehouse = Warehouse::start().await?;
        let ingest = streaming(&warehouse)?.with("WARDWATCH_WORKERS", workers);
        killed_at(&ingest, Point::AfterChunk, 1).await?;
        warehouse.expire_leases().await?;
        assert_eq!(warehouse.one("SELECT count(*) FROM warehouse.patient").await?, 0);
        recovers(&warehouse, &ingest, &untroubled).await?;
    }
    Ok(())
}

/// Patients of whom so much is said that some thousands make a large file: about 2,037 bytes each.
fn wordy_patients(count: usize) -> Vec<u8> {
    let ids: Vec<String> = (0..count).map(|number| format!("p{number:05}")).collect();
    named_patients(&ids.iter().map(String::as_str).collect::<Vec<_>>(), &"x".repeat(2_000))
}

/// A file of more than 16 MiB into an empty table, which has no indexes meanwhile: after a crash it has them, and is empty.
#[tokio::test]
async fn killed_amid_a_first_load_it_leaves_an_empty_table_with_its_indexes() -> Tested {
    let folder = Folder::new()?;
    folder.put("patient_information.csv", &wordy_patients(8_500))?;
    let untroubled = Outcome::untroubled(|warehouse| Ingest::from_folder(&folder, warehouse)).await?;
    let is_filling = "SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 'warehouse.patient'::regclass
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND mode = 'AccessExclusiveLock')";
    let indexes = "SELECT count(*) FROM pg_index WHERE indrelid = 'warehouse.patient'::regclass";
    for (workers, point) in [("1", Point::MidCopy), ("3", Point::AfterMerge), ("1", Point::BeforeCommit)] {
        let warehouse = Warehouse::start().await?;
        let indexes_before = warehouse.one(indexes).await?;
        let ingest = Ingest::from_folder(&folder, &warehouse)?.with("WARDWATCH_WORKERS", workers);
        let daemon = stopped_at(&ingest, point, 1).await?;
        assert_eq!(warehouse.one(is_filling).await?, true, "{}: nothing is filled", point.name());
        daemon.kill().await?;
        assert_eq!(warehouse.one("SELECT count(*) FROM warehouse.patient").await?, 0, "{}", point.name());
        assert_eq!(warehouse.one(indexes).await?, indexes_before, "{}", point.name());
        recovers(&warehouse, &ingest, &untroubled).await.context(point.name())?;
    }
    Ok(())
}

/// A file of more than 4 MiB that says again what is known is held against it, and only where it was said last is written.
#[tokio::test]
async fn killed_amid_a_large_repeat_it_loses_nothing() -> Tested {
    let folder = Folder::new()?;
    for hour in [10, 11] {
        folder.put(&format!("patient_information_20261121T{hour}0000Z.csv"), &wordy_patients(2_200))?;
    }
    let one_by_one =
        |warehouse: &Warehouse| Ok(Ingest::from_folder(&folder, warehouse)?.with("WARDWATCH_WORKERS", "1"));
    let untroubled = Outcome::untroubled(one_by_one).await?;
    let pages = "SELECT count(*) > 0 FROM ingest.sighting_page";
    for point in [Point::AfterChunk, Point::AfterMerge, Point::BeforeCommit] {
        let warehouse = Warehouse::start().await?;
        let ingest = one_by_one(&warehouse)?;
        killed_at(&ingest, point, 2).await?;
        assert_eq!(warehouse.one("SELECT count(*) FROM warehouse.patient").await?, 2_200, "{}", point.name());
        assert_eq!(warehouse.one(pages).await?, false, "{}", point.name());
        recovers(&warehouse, &ingest, &untroubled).await.context(point.name())?;
        assert_eq!(warehouse.one(pages).await?, true, "{}: nothing was held against what is known", point.name());
    }
    Ok(())
}

/// The load waits for a lock until its lease is renewed, which happens from another connection.
#[tokio::test]
async fn killed_while_its_lease_is_renewed_it_loses_nothing() -> Tested {
    let s3 = S3::start().await?;
    s3.put("patient_information.csv", &patients(&["001", "002"])).await?;
    let untroubled = Outcome::untroubled(|warehouse| Ingest::from_s3(&s3, warehouse)).await?;
    for workers in WORKERS {
        let warehouse = Warehouse::start().await?;
        let ingest = Ingest::from_s3(&s3, &warehouse)?.with("WARDWATCH_WORKERS", workers);
        killed_at_its_renewal(&warehouse, &ingest).await?;
        recovers(&warehouse, &ingest, &untroubled).await?;
    }
    Ok(())
}

async fn killed_at_its_renewal(warehouse: &Warehouse, ingest: &Ingest) -> Tested {
    let mut transaction = database::begin(&warehouse.pool).await?;
    sqlx::query("LOCK TABLE warehouse.patient IN ACCESS EXCLUSIVE MODE").execute(&mut *transaction).await?;
    killed_at(ingest, Point::BeforeRenewal, 1).await?;
    Ok(transaction.rollback().await?)
}

/// Whoever adds a point adds the crash at it.
#[test]
fn every_point_has_its_crash() {
    let elsewhere = [Point::BeforePage, Point::BeforeRenewal, Point::BeforeRefusal];
    let tested: Vec<Point> = PASSED.iter().map(|(point, _)| *point).chain(elsewhere).collect();
    assert!(Point::ALL.iter().all(|point| tested.contains(point)));
}
