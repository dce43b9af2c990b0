//! The locks of a merge: whoever adds an owner to a test id, and whoever attributes its results, must not pass each other.
//!
//! Small batches share their feed and the warehouse, and lock the test ids, result ids, case numbers and patients that they
//! touch, in sorted order. A large one takes its feed for itself, merges beside the small batches of the other feeds, and
//! takes the warehouse only at its end, to judge anew what changed meanwhile. What a batch reads after it has its locks is
//! read afresh. The locks are advisory and end with the transaction; they are always taken in this order: feed (results
//! after tests), warehouse, ids.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};
use sqlx::PgPool;
use sqlx::postgres::PgConnection;
use wardwatch_schema::feed::Target;

/// Class of the lock of the warehouse, and of those of the feeds.
const WHOLE: i32 = 0x57_41_52;
const WAREHOUSE: i32 = 0;
/// Classes of locks, in the order in which every batch takes them.
const CASES_AND_TESTS: i32 = 1;
const RESULTS: i32 = 2;
const PATIENTS: i32 = 3;
/// Locks by id are taken on as many slots, so that one transaction never fills the lock table.
const SLOTS: u16 = 512;

/// The ids that the rows of a small batch name.
#[derive(Debug, Default)]
pub struct Named {
    /// Case numbers, of admissions only.
    pub cases: Vec<String>,
    /// Test ids.
    pub tests: Vec<String>,
    /// Result ids.
    pub results: Vec<String>,
    /// Patients.
    pub patients: Vec<String>,
}

fn feed(target: Target) -> i32 {
    match target {
        Target::Patient => 1,
        Target::Admission => 2,
        Target::LabTest => 3,
        Target::LabResult => 4,
    }
}

/// Shares a feed with other small batches, unless a large one has it or waits for it. Says whether.
pub async fn share_feed(connection: &mut PgConnection, target: Target) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT pg_try_advisory_xact_lock_shared($1, $2)")
        .bind(WHOLE)
        .bind(feed(target))
        .fetch_one(connection)
        .await
}

/// Whether a small batch could share a feed now. It may have another answer a moment later.
pub async fn is_feed_free(pool: &PgPool, target: Target) -> Result<bool, sqlx::Error> {
    share_feed(&mut *pool.acquire().await?, target).await
}

/// Shares a feed as a small batch does, and waits where a large one has it. The first lock of a transaction.
pub async fn share_feed_patiently(connection: &mut PgConnection, target: Target) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT pg_advisory_xact_lock_shared($1, $2)")
        .bind(WHOLE)
        .bind(feed(target))
        .execute(connection)
        .await?;
    Ok(())
}

/// Takes every feed and the warehouse: nothing is being loaded from then on.
pub async fn take_everything(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    for target in [Target::Patient, Target::Admission, Target::LabTest, Target::LabResult] {
        take_feed(connection, target).await?;
    }
    take_warehouse(connection).await
}

/// Takes a feed for a large batch.
pub async fn take_feed(connection: &mut PgConnection, target: Target) -> Result<(), sqlx::Error> {
    take(connection, feed(target)).await
}

/// Shares the warehouse with other small batches.
pub async fn share_warehouse(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT pg_advisory_xact_lock_shared($1, $2)").bind(WHOLE).bind(WAREHOUSE).execute(connection).await?;
    Ok(())
}

/// Takes the warehouse, when the small batches that are under way have ended.
pub async fn take_warehouse(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    take(connection, WAREHOUSE).await
}

async fn take(connection: &mut PgConnection, what: i32) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT pg_advisory_xact_lock($1, $2)").bind(WHOLE).bind(what).execute(connection).await?;
    Ok(())
}

/// Locks what a small batch touches, and what that leads to: cases and tests, then the results that stand under those
/// tests, then every patient who has, had or may get one of them. Each step reads what the locks before it keep still.
pub async fn lock_touched(connection: &mut PgConnection, target: Target, named: &Named) -> Result<(), sqlx::Error> {
    let Named { cases, tests, .. } = named;
    lock_slots(connection, CASES_AND_TESTS, slots("case", cases).chain(slots("test", tests)).collect()).await?;
    let mut results = named.results.clone();
    if target == Target::LabTest {
        let standing = sqlx::query_file_scalar!("src/sql/results_under.sql", tests).fetch_all(&mut *connection).await?;
        results.extend(standing.into_iter().flatten());
    }
    lock_slots(connection, RESULTS, slots("result", &results).collect()).await?;
    let led_to = sqlx::query_file_scalar!("src/sql/patients_led_to.sql", tests, &results, cases)
        .fetch_all(&mut *connection)
        .await?;
    let patients: Vec<String> = named.patients.iter().cloned().chain(led_to.into_iter().flatten()).collect();
    lock_slots(connection, PATIENTS, slots("patient", &patients).collect()).await
}

/// Locks what a decision on a result, a case or a stay touches: what a small batch that said the same would.
pub async fn lock_decided(
    connection: &mut PgConnection,
    results: &[String],
    cases: &[String],
    named: &[String],
) -> Result<(), sqlx::Error> {
    lock_slots(connection, CASES_AND_TESTS, slots("case", cases).collect()).await?;
    lock_slots(connection, RESULTS, slots("result", results).collect()).await?;
    // Who adds an owner to one of these tests locks the results under it, and so waits for us.
    let tests = sqlx::query_file_scalar!("src/sql/tests_of_results.sql", results).fetch_all(&mut *connection).await?;
    let tests: Vec<String> = tests.into_iter().flatten().collect();
    let led_to = sqlx::query_file_scalar!("src/sql/patients_led_to.sql", &tests, results, cases)
        .fetch_all(&mut *connection)
        .await?;
    let patients: Vec<String> = named.iter().cloned().chain(led_to.into_iter().flatten()).collect();
    lock_slots(connection, PATIENTS, slots("patient", &patients).collect()).await
}

fn slots<'a>(kind: &'a str, ids: &'a [String]) -> impl Iterator<Item = i32> + 'a {
    ids.iter().map(move |id| {
        let digest = Sha256::new().chain_update(kind).chain_update(id).finalize();
        i32::from(u16::from_le_bytes([digest[0], digest[1]]) % SLOTS)
    })
}

async fn lock_slots(connection: &mut PgConnection, class: i32, slots: BTreeSet<i32>) -> Result<(), sqlx::Error> {
    let slots: Vec<i32> = slots.into_iter().collect();
    sqlx::query_file!("src/sql/lock_slots.sql", class, &slots).fetch_all(connection).await?;
    Ok(())
}
