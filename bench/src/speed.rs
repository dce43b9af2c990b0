//! A first load and a re-delivery of lab results: ours from S3 bytes to settled books, lineage and stays; psql from clean
//! rows into a table with the same key and indexes. Patients, stays and tests are loaded beforehand, untimed.

use std::path::{Path, PathBuf};

use sqlx::{Connection as _, PgConnection};
use wardwatch_demo::Postgres;
use wardwatch_sample_data::{DirectorySink, GenerateOptions};
use wardwatch_schema::clock::{Clock, SystemClock};

use crate::floor::Floor;
use crate::ours::Ours;
use crate::say;
use crate::store::{self, BUCKET};

const BEFORE: [&str; 3] = ["patient_information.csv", "admissions.csv", "lab_tests.csv"];
const RESULTS: &str = "lab_results.csv";
const AGAIN: &str = "lab_results_20300101T000000Z.csv";

/// How much is measured.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Patients; ten tests and ten results come with each.
    #[arg(long, default_value_t = 200_000)]
    patients: u64,
    /// Times that all is measured; the medians are printed.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Keeps the log of the server in this file, with the plan, the buffers and the write-ahead log of every statement of a
    /// tenth of a second and more (`auto_explain`), which makes both a little slower.
    #[arg(long)]
    explain: Option<PathBuf>,
}

/// What tells where the time goes.
const EXPLAINED: [(&str, &str); 7] = [
    ("session_preload_libraries", "auto_explain"),
    ("auto_explain.log_min_duration", "100ms"),
    ("auto_explain.log_analyze", "on"),
    ("auto_explain.log_buffers", "on"),
    ("auto_explain.log_wal", "on"),
    ("auto_explain.log_timing", "off"),
    ("auto_explain.log_nested_statements", "on"),
];

/// A first load, and a re-delivery.
struct Round {
    ours: [Cost; 2],
    floor: [Cost; 2],
}

/// What a load took.
#[derive(Debug, Clone, Copy)]
struct Cost {
    seconds: f64,
    /// Written to the write-ahead log.
    wal_bytes: f64,
}

pub(crate) async fn run(options: &Options) -> anyhow::Result<()> {
    let files = tempfile::tempdir()?;
    say(&format!("generating {} patients ...", options.patients))?;
    let generate = GenerateOptions::new(options.patients, 48, SystemClock.now());
    wardwatch_sample_data::generate(&DirectorySink::new(files.path()), &generate).await?;
    let rows = reverse(&files.path().join(RESULTS), &files.path().join(AGAIN))?;
    let explained = EXPLAINED.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let settings = if options.explain.is_some() { explained.to_vec() } else { Vec::new() };
    let postgres = Postgres::start_temporary(settings).await?;
    let mut rounds = Vec::new();
    for number in 1..=options.rounds {
        let round = measure(&postgres, files.path()).await?;
        say(&format!(
            "round {number}: first load ours {:.1} s, psql {:.1} s; re-delivery ours {:.1} s, psql {:.1} s",
            round.ours[0].seconds, round.floor[0].seconds, round.ours[1].seconds, round.floor[1].seconds
        ))?;
        rounds.push(round);
    }
    if let Some(kept) = &options.explain {
        std::fs::copy(postgres.home().join("server.log"), kept)?;
    }
    postgres.stop().await?;
    let mut slow = Vec::new();
    for (place, (name, least)) in [("first load", 0.7), ("re-delivery", 1.5)].into_iter().enumerate() {
        let of = |cost: fn(&Cost) -> f64| {
            let ours = median(rounds.iter().map(|round| cost(&round.ours[place])));
            (ours, median(rounds.iter().map(|round| cost(&round.floor[place]))))
        };
        let (ours, floor) = of(|cost| cost.seconds);
        let (ours_wal, floor_wal) = of(|cost| cost.wal_bytes / 1e6);
        let rate = |seconds: f64| rows as f64 / seconds;
        say(&format!(
            "{name:<12} {rows} rows  ours {ours:6.1} s {:8.0} rows/s {ours_wal:6.0} MB of log  \
             psql {floor:6.1} s {:8.0} rows/s {floor_wal:6.0} MB of log  ratio {:.2}",
            rate(ours),
            rate(floor),
            floor / ours
        ))?;
        slow.extend((floor / ours < least).then(|| format!("{name}: less than {least} times as fast as psql")));
    }
    anyhow::ensure!(slow.is_empty(), "{}", slow.join("; "));
    Ok(())
}

async fn measure(postgres: &Postgres, files: &Path) -> anyhow::Result<Round> {
    let place = tempfile::tempdir()?;
    let s3 = store::server(place.path()).await?;
    let put = |key: &str| anyhow::Ok(s3.plant(BUCKET, [key.to_owned()], &std::fs::read(files.join(key))?)?);
    let ours = Ours::empty(postgres, "ours", &s3).await?;
    for key in BEFORE {
        put(key)?;
    }
    ours.once()?;
    put(RESULTS)?;
    let first = cost(postgres, || ours.once()).await?;
    let floor = Floor::prepare(postgres, &ours.url, files).await?;
    let floor_first = cost(postgres, || floor.load()).await?;
    put(AGAIN)?;
    let again = cost(postgres, || ours.once()).await?;
    let floor_again = cost(postgres, || floor.load()).await?;
    for database in ["ours", "floor"] {
        postgres.drop_database(database).await?;
    }
    s3.stop().await;
    Ok(Round { ours: [first, again], floor: [floor_first, floor_again] })
}

async fn cost(postgres: &Postgres, load: impl FnOnce() -> anyhow::Result<f64>) -> anyhow::Result<Cost> {
    let before = written(postgres).await?;
    let seconds = load()?;
    Ok(Cost { seconds, wal_bytes: written(postgres).await? - before })
}

/// How far the write-ahead log is written, in bytes.
async fn written(postgres: &Postgres) -> anyhow::Result<f64> {
    let mut connection = PgConnection::connect(&postgres.url("postgres")).await?;
    let written = "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8";
    Ok(sqlx::query_scalar(written).fetch_one(&mut connection).await?)
}

/// The same records in the opposite order: other bytes, so that nothing can be known from the hash of the file.
fn reverse(from: &PathBuf, to: &PathBuf) -> anyhow::Result<usize> {
    let text = std::fs::read_to_string(from)?;
    let mut lines: Vec<&str> = text.lines().collect();
    if let Some((_, records)) = lines.split_first_mut() {
        records.reverse();
    }
    std::fs::write(to, lines.join("\n") + "\n")?;
    Ok(lines.len() - 1)
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
