//! The locks of a merge: whoever adds an owner to a test id, and whoever attributes its results, must not pass each other.
//!
//! Small batches share the warehouse and lock the test ids, result ids, case numbers and patients that they touch, in
//! sorted order; a large one takes the warehouse for itself. What a batch reads after it has its locks is read afresh.
//! The locks are advisory and end with the transaction.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};
use sqlx::postgres::PgConnection;
use wardwatch_schema::feed::Target;

use crate::stage::SightedRow;

const WAREHOUSE: i64 = 0x57_41_52_44;
/// Classes of locks, in the order in which every batch takes them.
const CASES_AND_TESTS: i32 = 1;
const RESULTS: i32 = 2;
const PATIENTS: i32 = 3;
/// Locks by id are taken on as many slots, so that one transaction never fills the lock table.
const SLOTS: u16 = 512;

/// How much of the warehouse a batch locks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// The ids that it touches.
    Touched,
    /// All of it.
    Everything,
}

/// Locks the warehouse, shared or alone. The first lock of a transaction.
pub async fn lock_warehouse(connection: &mut PgConnection, extent: Extent) -> Result<(), sqlx::Error> {
    let query = match extent {
        Extent::Touched => sqlx::query("SELECT pg_advisory_xact_lock_shared($1)"),
        Extent::Everything => sqlx::query("SELECT pg_advisory_xact_lock($1)"),
    };
    query.bind(WAREHOUSE).execute(connection).await?;
    Ok(())
}

/// Locks what the rows touch, and what that leads to: cases and tests, then the results that stand under those tests, then
/// every patient who has, had or may get one of them. Each step reads what the locks before it keep still.
pub async fn lock_touched(
    connection: &mut PgConnection,
    target: Target,
    rows: &[SightedRow],
) -> Result<(), sqlx::Error> {
    let own = |place: usize| rows.iter().filter_map(|row| row.row.source_key.get(place).cloned()).collect::<Vec<_>>();
    let cases = if target == Target::Admission { own(1) } else { vec![] };
    let mut results = if target == Target::LabResult { own(0) } else { vec![] };
    let tests: Vec<String> = rows.iter().filter_map(|row| row.row.test_id.clone()).collect();
    lock_slots(connection, CASES_AND_TESTS, slots("case", &cases).chain(slots("test", &tests)).collect()).await?;
    if target == Target::LabTest {
        let standing =
            sqlx::query_file_scalar!("src/sql/results_under.sql", &tests).fetch_all(&mut *connection).await?;
        results.extend(standing.into_iter().flatten());
    }
    lock_slots(connection, RESULTS, slots("result", &results).collect()).await?;
    let led_to = sqlx::query_file_scalar!("src/sql/patients_led_to.sql", &tests, &results, &cases)
        .fetch_all(&mut *connection)
        .await?;
    let named = rows.iter().filter_map(|row| row.row.patient_id.clone());
    let patients: Vec<String> = named.chain(led_to.into_iter().flatten()).collect();
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
