//! Two objects of different feeds that are loaded at the same moment and touch the same result or stay.
//!
//! The first is stopped just before it commits, by a lock on the stays; the second is started meanwhile. Whatever the
//! second does, wait or not, the warehouse must come out as the model has it.

use std::sync::Arc;

use futures::TryStreamExt;
use tokio::task::JoinHandle;
use wardwatch_ingest::bucket::Listed;
use wardwatch_ingest::pipeline::Pipeline;
use wardwatch_ingest::{daemon, ledger};

use crate::cases::{admission, of, results, tests};
use crate::delivery::{self, Delivery, Place, Put};
use crate::history::History;
use crate::server::{Server, Warehouse};

/// Histories whose last two objects meet, the first of them while it is about to commit.
pub(crate) fn all() -> Vec<(&'static str, History)> {
    vec![
        (
            "a test finds its result while the result moves to another test",
            of([
                admission(0, "10007", -48, None),
                results(1, &["1001"]),
                tests(2, &[("10007", "1001")]),
                results(3, &["1002"]),
            ]),
        ),
        (
            "a result becomes ambiguous while it moves to another test",
            of([
                admission(0, "10007", -48, None),
                tests(0, &[("10007", "1001")]),
                results(1, &["1001"]),
                tests(2, &[("10014", "1001")]),
                results(3, &["1002"]),
            ]),
        ),
        (
            "a waiting result leaves a stay while the stay changes",
            of([
                admission(0, "10007", -48, None),
                tests(0, &[("10007", "1001"), ("10014", "1001")]),
                results(1, &["1001"]),
                results(3, &["1003"]),
                admission(4, "10007", -47, None),
            ]),
        ),
        (
            "a result leaves a patient while the stay changes",
            of([
                admission(0, "10007", -48, None),
                tests(0, &[("10007", "1001")]),
                results(1, &["1001"]),
                results(3, &["1003"]),
                admission(4, "10007", -47, None),
            ]),
        ),
        (
            "a test gets a second owner while its result arrives",
            of([
                admission(0, "10007", -48, None),
                tests(0, &[("10007", "1001")]),
                results(3, &["1001"]),
                tests(4, &[("10014", "1001")]),
            ]),
        ),
    ]
}

/// Loads the last two objects against each other and compares with the model.
pub(crate) async fn difference(server: &Server, history: &History) -> anyhow::Result<()> {
    let warehouse = server.warehouse().await?;
    let met = meet(&warehouse, history).await;
    let puts = delivery::all(history);
    let delivery = Delivery { steps: vec![crate::cases::step(puts, 1, 8)] };
    let told = match met {
        Ok(()) => delivery::compared(server, &warehouse, history, &delivery).await,
        Err(error) => Err(error),
    };
    warehouse.give_back(server).await?;
    told
}

async fn meet(warehouse: &Warehouse, history: &History) -> anyhow::Result<()> {
    let mut place = Place::new()?;
    let pipeline = delivery::pipeline(warehouse, &place.bucket()).await?;
    let before = history.files.len() - 2;
    for (at, file) in history.files.iter().enumerate() {
        place.put(Put { place: at, is_copy: false }, file)?;
        if at + 1 == before {
            daemon::once(&pipeline, 1).await?;
        }
    }
    let listed: Vec<Listed> = pipeline.bucket.list().try_collect().await?;
    ledger::record(&pipeline.pool, &pipeline.bucket.name, &pipeline.feeds, &listed).await?;
    let mut stays = warehouse.pool.begin().await?;
    sqlx::query("SELECT FROM monitor.stay FOR UPDATE").execute(&mut *stays).await?;
    let first = take(&pipeline, history.files[before].feed.stem());
    stopped(warehouse, &[&first]).await?;
    let second = take(&pipeline, history.files[before + 1].feed.stem());
    stopped(warehouse, &[&first, &second]).await?;
    stays.commit().await?;
    first.await??;
    second.await??;
    daemon::once(&pipeline, 1).await?;
    Ok(())
}

type Taking = JoinHandle<Result<Vec<i64>, sqlx::Error>>;

/// A worker that takes the objects of one feed.
fn take(pipeline: &Pipeline, stem: &str) -> Taking {
    let feeds: Vec<_> = pipeline.feeds.iter().filter(|feed| feed.name.ends_with(stem)).cloned().collect();
    let pipeline = Pipeline { feeds: Arc::from(feeds), ..pipeline.clone() };
    tokio::spawn(async move { pipeline.take_all(|| false).await })
}

/// Waits until each of the workers waits for a lock, or has ended.
async fn stopped(warehouse: &Warehouse, workers: &[&Taking]) -> sqlx::Result<()> {
    loop {
        let waiting: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
        )
        .fetch_one(&warehouse.pool)
        .await?;
        let ended = workers.iter().filter(|worker| worker.is_finished()).count();
        if waiting as usize + ended >= workers.len() {
            return Ok(());
        }
        tokio::task::yield_now().await;
    }
}
