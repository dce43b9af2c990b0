//! Law 2, order does not matter: whatever the order, the batches, the workers and the number of deliveries, the warehouse
//! equals the fold of the objects in their own order, as `wardwatch_tests::model` has it.
//!
//! Small histories from a seed are delivered in several ways and compared with the model line by line. A failure prints
//! its seed, the smallest history that still fails and what differs. `WARDWATCH_HISTORIES` says how many histories are
//! tried, `WARDWATCH_SEED` from which seed on.

#[path = "order/beside.rs"]
mod beside;
#[path = "order/board.rs"]
mod board;
#[path = "order/cases.rs"]
mod cases;
#[path = "order/decided.rs"]
mod decided;
#[path = "order/delivery.rs"]
mod delivery;
#[path = "order/file.rs"]
mod file;
#[path = "order/history.rs"]
mod history;
#[path = "order/interleaved.rs"]
mod interleaved;
#[path = "order/server.rs"]
mod server;
#[path = "order/shrink.rs"]
mod shrink;

use std::collections::BTreeSet;

use anyhow::Context as _;
use chrono::Duration;
use futures::{StreamExt, TryStreamExt, stream};
use rand::rngs::StdRng;
use rand::seq::IteratorRandom as _;
use rand::{Rng, SeedableRng};
use wardwatch_tests::model::{Instant, Model};
use wardwatch_tests::{Dashboard, number, report};

use delivery::Delivery;
use history::History;
use server::Server;

/// Histories that are under way at once.
const AT_ONCE: usize = 2;
/// In how many ways a history is delivered.
const DELIVERIES: usize = 3;

#[tokio::test(flavor = "multi_thread")]
async fn histories_fold_alike() -> anyhow::Result<()> {
    let server = Server::start().await?;
    let first = number("WARDWATCH_SEED", 1);
    let histories = number("WARDWATCH_HISTORIES", 200);
    let server = &server;
    let seeds = stream::iter(first..first + histories);
    seeds.map(|seed| history_folds_alike(server, seed)).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
    report(&format!("order: {histories} histories from seed {first} on, each delivered in {DELIVERIES} ways"))
}

async fn history_folds_alike(server: &Server, seed: u64) -> anyhow::Result<()> {
    let mut dice = StdRng::seed_from_u64(seed);
    let history = History::throw(&mut dice);
    let mut digests = BTreeSet::new();
    for _ in 0..DELIVERIES {
        let delivery = Delivery::throw(&mut dice, &history);
        match delivery::difference(server, &history, &delivery).await {
            Ok(digest) => digests.insert(digest),
            Err(found) => {
                let smallest = shrink::shrink(server, &history, &delivery, found).await;
                anyhow::bail!("seed {seed} does not fold as the model does\n{smallest}");
            }
        };
    }
    anyhow::ensure!(digests.len() == 1, "seed {seed}: one history, but the digests {digests:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hard_cases_fold_alike() -> anyhow::Result<()> {
    let server = Server::start().await?;
    let mut failures = Vec::new();
    for (name, history) in cases::all().into_iter().chain(cases::stating()).chain(decided::all()) {
        for delivery in cases::deliveries(&history) {
            if let Err(found) = delivery::difference(&server, &history, &delivery).await {
                failures.push(format!("{name}\n{history}{delivery}{found:#}"));
            }
        }
    }
    anyhow::ensure!(failures.is_empty(), "{}", failures.join("\n\n"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_that_meet_fold_alike() -> anyhow::Result<()> {
    let server = Server::start().await?;
    let mut failures = Vec::new();
    for (name, history) in interleaved::all().into_iter().chain(interleaved::of_one_feed()) {
        if let Err(found) = interleaved::difference(&server, &history).await {
            failures.push(format!("{name}\n{history}{found:#}"));
        }
    }
    for (name, history) in interleaved::decided() {
        if let Err(found) = interleaved::difference_of_decided(&server, &history).await {
            failures.push(format!("{name}\n{history}{found:#}"));
        }
    }
    anyhow::ensure!(failures.is_empty(), "{}", failures.join("\n\n"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn small_objects_pass_a_large_one_of_another_feed() -> anyhow::Result<()> {
    beside::pass(&Server::start().await?).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_load_waits_with_empty_hands() -> anyhow::Result<()> {
    beside::wait_with_empty_hands(&Server::start().await?).await
}

#[tokio::test(flavor = "multi_thread")]
async fn kept_stays_equal_the_base_tables_at_every_moment() -> anyhow::Result<()> {
    let server = Server::start().await?;
    for seed in 1000..1000 + number("WARDWATCH_HISTORIES", 200) / 4 {
        let mut dice = StdRng::seed_from_u64(seed);
        let history = History::throw(&mut dice);
        let delivery = Delivery::throw(&mut dice, &history);
        let warehouse = delivery::loaded(&server, &history, &delivery).await?;
        let model = server.model(&history).await?;
        for moment in moments(&mut dice, &model) {
            let (kept, derived) = (warehouse.stays_at(moment).await?, warehouse.derived_stays_at(moment).await?);
            anyhow::ensure!(kept == derived, "seed {seed} at {moment}\n{}", delivery::compare(&derived, &kept));
            let expected = model.shown_stays(moment);
            let told: Vec<String> = kept.iter().map(|line| without_settled_at(line)).collect();
            anyhow::ensure!(told == expected, "seed {seed} at {moment}\n{}", delivery::compare(&expected, &told));
        }
        warehouse.give_back(&server).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_board_in_memory_equals_the_rule_at_every_moment() -> anyhow::Result<()> {
    let server = Server::start().await?;
    for seed in 2000..2000 + number("WARDWATCH_HISTORIES", 200).div_ceil(40) {
        let mut dice = StdRng::seed_from_u64(seed);
        let history = History::throw(&mut dice);
        let delivery = Delivery::throw(&mut dice, &history);
        let warehouse = delivery::loaded(&server, &history, &delivery).await?;
        board::set_thresholds(&warehouse.pool).await?;
        let mut dashboard = Dashboard::start(&warehouse.url).await?;
        let model = server.model(&history).await?;
        for moment in moments(&mut dice, &model).into_iter().choose_multiple(&mut dice, 20) {
            board::agrees(&mut dice, &warehouse.pool, &dashboard, moment)
                .await
                .with_context(|| format!("seed {seed}"))?;
        }
        board::foresees(&mut dice, &warehouse.pool, &dashboard).await.with_context(|| format!("seed {seed}"))?;
        dashboard.stop().await?;
        warehouse.give_back(&server).await?;
    }
    Ok(())
}

/// The model does not know from when on a kept row is exact; only the two answers of the warehouse tell it.
fn without_settled_at(line: &str) -> String {
    line.rsplit_once('|').map_or(line, |(line, _)| line).to_owned()
}

/// Just before, exactly on and just after every event, and some moments before and after all of them.
fn moments(dice: &mut StdRng, model: &Model) -> BTreeSet<Instant> {
    let events = model.moments();
    let near = |event: &Instant| [-1, 0, 1].map(|seconds| *event + Duration::seconds(seconds));
    let anywhere = (0..6).map(|_| history::morning() + Duration::seconds(dice.random_range(-800_000..800_000)));
    let mut moments: BTreeSet<Instant> = anywhere.collect();
    moments.extend(events.iter().flat_map(near));
    moments
}
