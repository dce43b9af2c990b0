//! One way in which the objects of a history come to a bucket and are loaded from it, and what that came to.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::Context;
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use sqlx::PgPool;
use tempfile::TempDir;
use wardwatch_ingest::bucket::Bucket;
use wardwatch_ingest::claim::Limits;
use wardwatch_ingest::decide::{self, Decision};
use wardwatch_ingest::discover::Looking;
use wardwatch_ingest::durations::Durations;
use wardwatch_ingest::maps::Maps;
use wardwatch_ingest::pipeline::Pipeline;
use wardwatch_ingest::{daemon, ledger, verify};
use wardwatch_schema::config::Config;
use wardwatch_schema::database;
use wardwatch_schema::map::{self, MapOrigin, MapSet};
use wardwatch_tests::model::{Decided, Defect};

use crate::file::{self, File};
use crate::history::History;
use crate::server::{Server, Warehouse};

/// The objects in some order, with what loads them after each few.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    pub(crate) steps: Vec<Step>,
}

/// Some objects that come together.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) puts: Vec<Put>,
    pub(crate) workers: usize,
    pub(crate) limits: Limits,
    /// Places of the decisions that are taken while the objects are loaded.
    pub(crate) decisions: Vec<usize>,
}

/// The object at a place in the history is put into the bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Put {
    pub(crate) place: usize,
    /// The same file uploaded anew: another object with the same order.
    pub(crate) is_copy: bool,
}

impl Delivery {
    /// Every object in any order, some of them several times.
    pub(crate) fn throw(dice: &mut StdRng, history: &History) -> Self {
        let mut puts = all(history);
        for _ in 0..dice.random_range(0..3) {
            puts.push(puts[dice.random_range(0..puts.len())]);
        }
        puts.shuffle(dice);
        let steps = dice.random_range(1..=5);
        let mut delivery = Self { steps: vec![Step::throw(dice)] };
        for put in puts {
            let is_full = dice.random_range(0..history.files.len()) < steps;
            delivery.put(history, put, is_full, dice);
        }
        let mut step = 0;
        for decision in 0..history.decisions.len() {
            step = dice.random_range(step..delivery.steps.len());
            delivery.steps[step].decisions.push(decision);
        }
        delivery
    }

    /// An object takes the place of another one of its key, so that the other must have been loaded.
    fn put(&mut self, history: &History, put: Put, is_full: bool, dice: &mut StdRng) {
        let Some(step) = self.steps.last_mut() else { return };
        let key = |put: &Put| &history.files[put.place].key;
        if is_full || step.puts.iter().any(|other| key(other) == key(&put)) {
            self.steps.push(Step { puts: vec![put], ..Step::throw(dice) });
        } else {
            step.puts.push(put);
        }
    }
}

/// Every object once.
pub(crate) fn all(history: &History) -> Vec<Put> {
    let once = (0..history.files.len()).map(|place| Put { place, is_copy: false });
    let again = once.clone().filter(|put| history.files[put.place].is_uploaded_twice);
    once.clone().chain(again.map(|put| Put { is_copy: true, ..put })).collect()
}

impl Step {
    fn throw(dice: &mut StdRng) -> Self {
        let bytes = if dice.random_bool(0.3) { dice.random_range(1..2000) } else { 8 << 20 };
        let large = if dice.random_bool(0.5) { 0 } else { 256 << 10 };
        let filling = if dice.random_bool(0.5) { 0 } else { 16 << 20 };
        let many_patients = if dice.random_bool(0.5) { 0 } else { 2_000 };
        let repeating = if dice.random_bool(0.5) { 0 } else { 4 << 20 };
        let limits = Limits { objects: dice.random_range(1..=8), bytes, large, filling, many_patients, repeating };
        Self { puts: Vec::new(), workers: dice.random_range(1..=4), limits, decisions: Vec::new() }
    }
}

impl fmt::Display for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.steps {
            let name = |put: &Put| format!("[{}]{}", put.place, if put.is_copy { " again" } else { "" });
            let puts: Vec<String> = step.puts.iter().map(name).collect();
            write!(f, "{}: {} workers, {:?}", puts.join(", "), step.workers, step.limits)?;
            writeln!(f, ", decided {:?}", step.decisions)?;
        }
        Ok(())
    }
}

/// Delivers a history and compares with the model. Returns the digest.
pub(crate) async fn difference(server: &Server, history: &History, delivery: &Delivery) -> anyhow::Result<String> {
    let (warehouse, digest) = load(server, history, delivery).await?;
    let told = compared(server, &warehouse, history, delivery).await;
    warehouse.give_back(server).await?;
    told.map(|()| digest)
}

/// Delivers a history and hands over the warehouse.
pub(crate) async fn loaded(server: &Server, history: &History, delivery: &Delivery) -> anyhow::Result<Warehouse> {
    Ok(load(server, history, delivery).await?.0)
}

pub(crate) async fn compared(
    server: &Server,
    warehouse: &Warehouse,
    history: &History,
    delivery: &Delivery,
) -> anyhow::Result<()> {
    expect_accounted(warehouse, history, delivery).await?;
    let model = server.model(history).await?;
    let mut expected = model.told();
    expected.extend(model.stays(None));
    let kept = warehouse.kept_stays().await?;
    let mut told = warehouse.told().await?;
    told.extend(kept.iter().map(|line| crate::without_settled_at(line)));
    anyhow::ensure!(told == expected, "the warehouse differs from the model\n{}", compare(&expected, &told));
    let derived = warehouse.derived_stays().await?;
    anyhow::ensure!(kept == derived, "the kept stays differ from the base tables\n{}", compare(&derived, &kept));
    Ok(())
}

/// Every record of every readable object is in the books, once an object, and nothing is left over.
async fn expect_accounted(warehouse: &Warehouse, history: &History, delivery: &Delivery) -> anyhow::Result<()> {
    let objects: BTreeSet<(usize, bool)> =
        delivery.steps.iter().flat_map(|step| &step.puts).map(|put| (put.place, put.is_copy)).collect();
    let files = || objects.iter().map(|(place, _)| &history.files[*place]);
    let read: usize = files().filter(|file| file.is_readable).map(|file| file.lines.len()).sum();
    let unread = files().filter(|file| !file.is_readable).count();
    let lines = files().filter(|file| file.is_readable).flat_map(|file| &file.lines);
    let left_out = lines.filter(|line| line.defect == Some(Defect::LeftOut)).count();
    let (total, records, skipped, open, held): (i64, i64, i64, i64, i64) = sqlx::query_as(
        "SELECT count(*), coalesce(sum(records), 0)::bigint, coalesce(sum(skipped), 0)::bigint,
             count(*) FILTER (WHERE state NOT IN ('done', 'held', 'gone')), count(*) FILTER (WHERE loaded_at IS NULL)
         FROM ingest.object",
    )
    .fetch_one(&warehouse.pool)
    .await?;
    let expected = (objects.len(), read, left_out, 0, unread);
    let told = (total as usize, records as usize, skipped as usize, open as usize, held as usize);
    anyhow::ensure!(
        told == expected,
        "(objects, records, skipped, open, held) are {told:?} where {expected:?} were delivered: {}",
        reasons(warehouse).await?
    );
    Ok(())
}

async fn reasons(warehouse: &Warehouse) -> sqlx::Result<String> {
    let reasons =
        "SELECT coalesce(string_agg(concat_ws(' ', key, state, reason), '; ' ORDER BY object_id), 'nothing is open')
                   FROM ingest.object WHERE state NOT IN ('done', 'gone')";
    sqlx::query_scalar(reasons).fetch_one(&warehouse.pool).await
}

/// What is only in one of two sorted lists.
pub(crate) fn compare(expected: &[String], told: &[String]) -> String {
    let only = |sign: &str, lines: &[String], others: &[String]| -> Vec<String> {
        lines.iter().filter(|line| !others.contains(line)).map(|line| format!("  {sign} {line}")).collect()
    };
    [only("-", expected, told), only("+", told, expected)].concat().join("\n")
}

async fn load(server: &Server, history: &History, delivery: &Delivery) -> anyhow::Result<(Warehouse, String)> {
    let warehouse = server.warehouse().await?;
    let mut place = Place::new()?;
    let mut pipeline = pipeline(&warehouse, &place.bucket()).await?;
    for step in &delivery.steps {
        for put in &step.puts {
            place.put(*put, &history.files[put.place])?;
        }
        pipeline.limits = step.limits;
        let decide = async { Ok(decide_all(&pipeline.pool, history, &step.decisions).await?) };
        let load = async { anyhow::Ok(daemon::once(&pipeline, step.workers).await?) };
        futures::try_join!(load, decide)?;
    }
    let verdict = verify::verify(&pipeline.pool, &pipeline.bucket).await?;
    anyhow::ensure!(verdict.ok, "not verified: {verdict:?}");
    Ok((warehouse, verdict.digest))
}

/// Takes decisions, each in a transaction of its own, again where another one stands in the way.
pub(crate) async fn decide_all(pool: &PgPool, history: &History, places: &[usize]) -> sqlx::Result<()> {
    for place in places {
        while let Err(error) = decide(pool, &decision(&history.decisions[*place])).await {
            let deadlock = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
            if deadlock.as_deref() != Some("40P01") {
                return Err(error);
            }
        }
    }
    Ok(())
}

async fn decide(pool: &PgPool, decision: &Decision) -> sqlx::Result<()> {
    let mut transaction = database::begin(pool).await?;
    decision.lock(&mut transaction).await?;
    decide::decide(&mut transaction, decision, "the dice", "a reason").await?;
    transaction.commit().await
}

fn decision(decided: &Decided) -> Decision {
    match decided.clone() {
        Decided::Result(result_id, patient_id) => Decision::Result { result_id, patient_id },
        Decided::Case(case_number, patient) => Decision::Case { case_number, patient },
        Decided::Stay(patient_id, case_number, choice) => Decision::Stay { patient_id, case_number, choice },
    }
}

pub(crate) async fn pipeline(warehouse: &Warehouse, directory: &Path) -> anyhow::Result<Pipeline> {
    let mut config = Config::default();
    config.timezone = "UTC".parse().ok();
    let feeds = config.feeds()?;
    let pool = warehouse.pool.clone();
    let bucket = Bucket::open(&config, &format!("file://{}", directory.display())).await?;
    ledger::announce_feeds(&pool, &bucket.name, &feeds).await?;
    let limits = Limits { objects: config.batch_objects, bytes: config.batch_bytes, ..Limits::default() };
    let mut maps = MapSet::load(None)?;
    maps.add(map::parse(MapOrigin::Approved, file::STATING)?);
    let (maps, zone) = (Maps::new(maps, None), config.require_timezone()?);
    let (looking, durations, waits_for_bucket) = (Looking::of(&config), Durations::default(), false);
    Ok(Pipeline { pool, bucket, feeds: feeds.into(), maps, zone, limits, looking, durations, waits_for_bucket })
}

/// A bucket in a directory. Beside it lies every object that was ever put, so that each keeps its file, and so its ETag.
pub(crate) struct Place {
    directory: TempDir,
    written: HashMap<Put, PathBuf>,
}

impl Place {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let place = Self { directory: TempDir::new()?, written: HashMap::new() };
        std::fs::create_dir(place.bucket())?;
        Ok(place)
    }

    pub(crate) fn bucket(&self) -> PathBuf {
        self.directory.path().join("bucket")
    }

    pub(crate) fn put(&mut self, put: Put, file: &File) -> anyhow::Result<()> {
        let written = self.directory.path().join(format!("{}{}", put.place, if put.is_copy { "-again" } else { "" }));
        if self.written.insert(put, written.clone()).is_none() {
            std::fs::write(&written, file.text())?;
            std::fs::File::options().write(true).open(&written)?.set_modified(SystemTime::from(file.last_modified))?;
        }
        let in_bucket = self.bucket().join(&file.key);
        std::fs::create_dir_all(in_bucket.parent().context("every key has a folder")?)?;
        if in_bucket.exists() {
            std::fs::remove_file(&in_bucket)?;
        }
        Ok(std::fs::hard_link(written, in_bucket)?)
    }
}
