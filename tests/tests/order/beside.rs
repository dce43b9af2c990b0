//! Small objects of the other feeds are loaded while a large object of results is in the middle of its merge: they stay
//! fresh, and what they change is judged anew before the large one commits.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use wardwatch_ingest::{daemon, ledger, locks};
use wardwatch_schema::database;
use wardwatch_schema::feed::Target;

use crate::cases::{admission, of, patient, results, tests};
use crate::delivery::{self, Delivery, Place, Put};
use crate::interleaved::{stopped, take};
use crate::server::Server;

/// Longer than any small object takes; a hanging test ends.
const PATIENCE: Duration = Duration::from_mins(1);

/// Loads one large object of results and, while it waits for a lock on their table, small objects of the other feeds.
pub(crate) async fn pass(server: &Server) -> anyhow::Result<()> {
    let history = of([
        tests(0, &[("10007", "1001")]),
        results(1, &["1001", "1002"]),
        patient(2, &["Ada"]),
        admission(3, "10007", -48, None),
        tests(4, &[("10007", "1002")]),
    ]);
    let warehouse = server.warehouse().await?;
    let mut place = Place::new()?;
    let pipeline = delivery::pipeline(&warehouse, &place.bucket()).await?;
    place.put(Put { place: 0, is_copy: false }, &history.files[0])?;
    daemon::once(&pipeline, 1).await?;
    for at in 1..history.files.len() {
        place.put(Put { place: at, is_copy: false }, &history.files[at])?;
    }
    let listed = pipeline.bucket.list().await?;
    ledger::record(&pipeline.pool, &pipeline.bucket.name, &pipeline.feeds, &listed).await?;
    let mut readers_only = database::begin(&warehouse.pool).await?;
    sqlx::query("LOCK TABLE warehouse.lab_result IN SHARE MODE").execute(&mut *readers_only).await?;
    let large = take(&pipeline, ("lab_results", true));
    stopped(&warehouse, &[&large]).await?;
    for small in ["patient_information", "admissions", "lab_tests"] {
        let taken = tokio::time::timeout(PATIENCE, take(&pipeline, (small, false))).await;
        ensure!(taken.with_context(|| format!("{small} waits for the large object"))???.len() == 1, "{small}");
    }
    ensure!(!large.is_finished(), "the large object did not wait, so that nothing passed it");
    readers_only.commit().await?;
    large.await??;
    let delivery = Delivery { steps: vec![crate::cases::step(delivery::all(&history), 1, 8)] };
    let told = delivery::compared(server, &warehouse, &history, &delivery).await;
    warehouse.give_back(server).await?;
    told
}

/// A first load of tests that waits for results holds nothing of the table of results: their first load wants it for itself.
pub(crate) async fn wait_with_empty_hands(server: &Server) -> anyhow::Result<()> {
    let history = of([tests(0, &[("10007", "1001")])]);
    let warehouse = server.warehouse().await?;
    let mut place = Place::new()?;
    let mut pipeline = delivery::pipeline(&warehouse, &place.bucket()).await?;
    pipeline.limits.filling = 0;
    place.put(Put { place: 0, is_copy: false }, &history.files[0])?;
    let listed = pipeline.bucket.list().await?;
    ledger::record(&pipeline.pool, &pipeline.bucket.name, &pipeline.feeds, &listed).await?;
    let mut results = database::begin(&warehouse.pool).await?;
    locks::take_feed(&mut results, Target::LabResult).await?;
    let first_load = take(&pipeline, ("lab_tests", true));
    stopped(&warehouse, &[&first_load]).await?;
    let held = "SELECT count(*) FROM pg_locks waiting JOIN pg_locks held USING (pid)
                WHERE NOT waiting.granted AND held.relation = 'warehouse.lab_result'::regclass
                  AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    let held: i64 = sqlx::query_scalar(held).fetch_one(&warehouse.pool).await?;
    ensure!(!first_load.is_finished(), "the first load did not wait");
    ensure!(held == 0, "it holds the table of results while it waits for whoever loads results");
    results.commit().await?;
    ensure!(first_load.await??.len() == 1);
    warehouse.give_back(server).await?;
    Ok(())
}
