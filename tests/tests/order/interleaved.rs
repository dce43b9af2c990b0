//! Two objects, of different feeds or of one, that are loaded at the same moment and touch the same result or stay.
//!
//! The first is stopped just before it commits, by a lock on the stays; the second is started meanwhile. Whatever the
//! second does, wait or not, the warehouse must come out as the model has it: either of them first, each loaded as a small
//! batch or as a large one.

use std::sync::Arc;

use anyhow::Context as _;
use tokio::task::JoinHandle;
use wardwatch_ingest::claim::Limits;
use wardwatch_ingest::pipeline::{Pipeline, TakeError};
use wardwatch_ingest::{daemon, ledger};
use wardwatch_schema::database;
use wardwatch_tests::model::Decided;

use crate::cases::{admission, of, patient, results, tests};
use crate::delivery::{self, Delivery, Place, Put, Step};
use crate::file::File;
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
        (
            "a test finds its first owner while its result arrives",
            of([admission(0, "10007", -48, None), results(3, &["1001"]), tests(4, &[("10007", "1001")])]),
        ),
        (
            "a stay begins while its test is ordered",
            of([tests(0, &[("10014", "1002")]), admission(1, "10007", -48, None), tests(4, &[("10007", "1001")])]),
        ),
        (
            "a stay begins while its result arrives",
            of([tests(0, &[("10007", "1001")]), admission(1, "10007", -48, None), results(3, &["1001"])]),
        ),
        (
            "a patient is renamed while the stay changes",
            of([
                patient(0, &["Ada"]),
                admission(1, "10007", -48, None),
                patient(2, &["Bo"]),
                admission(3, "10007", -47, None),
            ]),
        ),
        (
            "a patient is renamed while a test is ordered",
            of([
                patient(0, &["Ada"]),
                admission(1, "10007", -48, None),
                patient(2, &["Bo"]),
                tests(3, &[("10007", "1001")]),
            ]),
        ),
        (
            "a patient is renamed while a result arrives",
            of([
                admission(0, "10007", -48, None),
                tests(1, &[("10007", "1001")]),
                patient(2, &["Bo"]),
                results(3, &["1001"]),
            ]),
        ),
    ]
}

/// The same, of two objects of one feed.
pub(crate) fn of_one_feed() -> Vec<(&'static str, History)> {
    vec![
        (
            "a waiting result finds two owners at once",
            of([
                admission(0, "10007", -48, None),
                admission(0, "10014", -48, None),
                results(1, &["1001"]),
                tests(2, &[("10007", "1001")]),
                tests(3, &[("10014", "1001")]),
            ]),
        ),
        (
            "a test gets a second owner while it gets a third",
            of([
                admission(0, "10007", -48, None),
                tests(0, &[("10007", "1001")]),
                results(1, &["1001"]),
                tests(2, &[("10014", "1001")]),
                tests(3, &[("P0021", "1001")]),
            ]),
        ),
        (
            "two patients get one case number at once",
            of([tests(0, &[("10007", "1001")]), admission(2, "10007", -48, None), admission(3, "10014", -48, None)]),
        ),
        (
            "a stay changes while it changes",
            of([admission(0, "10007", -48, None), admission(2, "10007", -47, None), admission(3, "10007", -46, None)]),
        ),
        (
            "a result moves to one patient while it moves to another",
            of([
                admission(0, "10007", -48, None),
                tests(0, &[("10007", "1001"), ("10014", "1002")]),
                results(1, &["1003"]),
                results(2, &["1001"]),
                results(3, &["1002"]),
            ]),
        ),
        (
            "a patient is renamed while they are renamed",
            of([admission(0, "10007", -48, None), patient(2, &["Bo"]), patient(3, &["Cy"])]),
        ),
    ]
}

/// Which of the two meeting objects starts first, and whether each is loaded as a large batch.
const MEETINGS: [(bool, [bool; 2]); 8] = [
    (false, [false, false]),
    (false, [false, true]),
    (false, [true, false]),
    (false, [true, true]),
    (true, [false, false]),
    (true, [false, true]),
    (true, [true, false]),
    (true, [true, true]),
];

/// Histories whose last object meets the decision about them.
pub(crate) fn decided() -> Vec<(&'static str, History)> {
    let given = |patient: &str| vec![Decided::Result("5001".to_owned(), Some(patient.to_owned()))];
    let owned =
        Decided::Case("40001".to_owned(), Some(("10007".to_owned(), vec!["10007".to_owned(), "10014".to_owned()])));
    vec![
        (
            "a result is given to a patient while its test gets a second owner",
            History {
                decisions: given("10014"),
                ..of([
                    admission(0, "10007", -48, None),
                    admission(1, "10014", -48, None),
                    tests(0, &[("10007", "1001")]),
                    results(1, &["1001"]),
                    tests(2, &[("10014", "1001")]),
                ])
            },
        ),
        (
            "a result is given to a patient while it arrives",
            History {
                decisions: given("10014"),
                ..of([
                    admission(0, "10007", -48, None),
                    admission(1, "10014", -48, None),
                    tests(0, &[("10007", "1001")]),
                    results(1, &["1001"]),
                ])
            },
        ),
        (
            "a case number is decided while a third patient gets it",
            History {
                decisions: vec![owned],
                ..of(["10007", "10014", "P0021"].map(|patient| admission(0, patient, -48, None)))
            },
        ),
    ]
}

/// Loads the last object against the decision, in every way, and compares with the model.
pub(crate) async fn difference_of_decided(server: &Server, history: &History) -> anyhow::Result<()> {
    for (decision_first, is_large) in [(false, false), (false, true), (true, false), (true, true)] {
        let warehouse = server.warehouse().await?;
        let met = meet_decision(&warehouse, history, decision_first, is_large).await;
        let step = Step { decisions: vec![0], ..crate::cases::step(delivery::all(history), 1, 8) };
        let told = match met {
            Ok(()) => delivery::compared(server, &warehouse, history, &Delivery { steps: vec![step] }).await,
            Err(error) => Err(error),
        };
        warehouse.give_back(server).await?;
        told.map_err(|error| error.context(format!("the decision first: {decision_first}, large: {is_large}")))?;
    }
    Ok(())
}

async fn meet_decision(
    warehouse: &Warehouse,
    history: &History,
    decision_first: bool,
    is_large: bool,
) -> anyhow::Result<()> {
    let mut place = Place::new()?;
    let pipeline = delivery::pipeline(warehouse, &place.bucket()).await?;
    let last = history.files.len() - 1;
    for (at, file) in history.files.iter().enumerate() {
        if at == last {
            daemon::once(&pipeline, 1).await?;
        }
        place.put(Put { place: at, is_copy: false }, file)?;
    }
    let listed = pipeline.bucket.list().await?;
    ledger::record(&pipeline.pool, &pipeline.bucket.name, &pipeline.feeds, &listed).await?;
    let mut stays = database::begin(&warehouse.pool).await?;
    sqlx::query("LOCK TABLE monitor.stay IN EXCLUSIVE MODE").execute(&mut *stays).await?;
    let decide = || {
        let (pool, history) = (pipeline.pool.clone(), history.clone());
        tokio::spawn(async move { Ok(delivery::decide_all(&pool, &history, &[0]).await.map(|()| vec![])?) })
    };
    let load = || take(&pipeline, (history.files[last].feed.stem(), is_large));
    let first = if decision_first { decide() } else { load() };
    stopped(warehouse, &[&first]).await?;
    let second = if decision_first { load() } else { decide() };
    stopped(warehouse, &[&first, &second]).await?;
    stays.commit().await?;
    first.await??;
    second.await??;
    daemon::once(&pipeline, 1).await?;
    Ok(())
}

/// Loads the last two objects against each other, in every way, and compares with the model.
pub(crate) async fn difference(server: &Server, history: &History) -> anyhow::Result<()> {
    for (is_swapped, are_large) in MEETINGS {
        let warehouse = server.warehouse().await?;
        let met = meet(&warehouse, history, is_swapped, are_large).await;
        let puts = delivery::all(history);
        let delivery = Delivery { steps: vec![crate::cases::step(puts, 1, 8)] };
        let told = match met {
            Ok(()) => delivery::compared(server, &warehouse, history, &delivery).await,
            Err(error) => Err(error),
        };
        warehouse.give_back(server).await?;
        told.with_context(|| format!("the second starts first: {is_swapped}, large: {are_large:?}"))?;
    }
    Ok(())
}

async fn meet(warehouse: &Warehouse, history: &History, is_swapped: bool, are_large: [bool; 2]) -> anyhow::Result<()> {
    let mut place = Place::new()?;
    let pipeline = delivery::pipeline(warehouse, &place.bucket()).await?;
    let before = history.files.len() - 2;
    for (at, file) in history.files.iter().enumerate() {
        place.put(Put { place: at, is_copy: false }, file)?;
        if at + 1 == before {
            daemon::once(&pipeline, 1).await?;
        }
    }
    let mut stays = database::begin(&warehouse.pool).await?;
    sqlx::query("LOCK TABLE monitor.stay IN EXCLUSIVE MODE").execute(&mut *stays).await?;
    let mut meeting = [0, 1].map(|at| (&history.files[before + at], are_large[at]));
    if is_swapped {
        meeting.reverse();
    }
    let first = discover_and_take(&pipeline, meeting[0]).await?;
    stopped(warehouse, &[&first]).await?;
    let second = discover_and_take(&pipeline, meeting[1]).await?;
    stopped(warehouse, &[&first, &second]).await?;
    stays.commit().await?;
    first.await??;
    second.await??;
    daemon::once(&pipeline, 1).await?;
    Ok(())
}

/// A worker that takes an object, and not the other one of its feed: of that the ledger does not know yet, or another has it.
async fn discover_and_take(pipeline: &Pipeline, (file, is_large): (&File, bool)) -> anyhow::Result<Taking> {
    let mut listed = pipeline.bucket.list().await?;
    listed.retain(|object| object.key == file.key);
    ledger::record(&pipeline.pool, &pipeline.bucket.name, &pipeline.feeds, &listed).await?;
    Ok(take(pipeline, (file.feed.stem(), is_large)))
}

pub(crate) type Taking = JoinHandle<Result<Vec<i64>, TakeError>>;

/// A worker that takes the objects of one feed.
pub(crate) fn take(pipeline: &Pipeline, (stem, is_large): (&str, bool)) -> Taking {
    let feeds: Vec<_> = pipeline.feeds.iter().filter(|feed| feed.name.ends_with(stem)).cloned().collect();
    let limits = if is_large { Limits { large: 0, ..pipeline.limits } } else { pipeline.limits };
    let pipeline = Pipeline { feeds: Arc::from(feeds), limits, ..pipeline.clone() };
    tokio::spawn(async move { pipeline.take_all(|| false).await })
}

/// Waits until each of the workers waits for a lock, or has ended.
pub(crate) async fn stopped(warehouse: &Warehouse, workers: &[&Taking]) -> sqlx::Result<()> {
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
