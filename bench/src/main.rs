//! Measures `wardwatch-ingest once` on generated files, beside the floor: `psql` with `COPY` and one
//! `INSERT … ON CONFLICT DO UPDATE` of the same rows, already clean, into tables with the same keys and indexes, without
//! history, books, lineage or stays.
//!
//! Both run on one private Postgres in one run, for only a ratio means anything on a shared machine.

mod daemons;
mod discovery;
mod floor;
mod ours;

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use clap::{Parser, Subcommand};
use wardwatch_demo::Postgres;
use wardwatch_sample_data::{DirectorySink, GenerateOptions};
use wardwatch_schema::clock::{Clock, SystemClock};

/// Measures Wardwatch on this machine; without a command: ingest beside psql in the same run.
#[derive(Debug, Parser)]
#[command(name = "wardwatch-bench")]
struct Bench {
    /// Patients; ten tests and ten results come with each.
    #[arg(long, default_value_t = 200_000)]
    patients: u64,
    #[command(subcommand)]
    command: Option<Measure>,
}

#[derive(Debug, Subcommand)]
enum Measure {
    /// What discovery asks of a bucket of a thousand, a hundred thousand and a million keys
    Discovery,
    /// A backlog of small files, taken by one daemon and by two
    Daemons,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let bench = Bench::parse();
    match bench.command {
        Some(Measure::Discovery) => discovery::measure().await,
        Some(Measure::Daemons) => daemons::measure().await,
        None => beside_psql(bench.patients).await,
    }
}

async fn beside_psql(patients: u64) -> anyhow::Result<()> {
    let files = tempfile::tempdir()?;
    let bucket = files.path().join("bucket");
    std::fs::create_dir(&bucket)?;
    say(&format!("generating {patients} patients ..."))?;
    let options = GenerateOptions::new(patients, 48, SystemClock.now());
    wardwatch_sample_data::generate(&DirectorySink::new(&bucket), &options).await?;
    let postgres = Postgres::start_temporary(Vec::new()).await?;
    let ours = ours::measure(&postgres, &bucket).await?;
    let floor = floor::measure(&postgres, files.path()).await?;
    say(&format!(
        "ours   {:>9} rows  {:>7.1} s  {:>8.0} rows/s  peak {} MiB",
        ours.rows,
        ours.seconds,
        ours.rate(),
        ours.peak_mib
    ))?;
    say(&format!("floor  {:>9} rows  {:>7.1} s  {:>8.0} rows/s", floor.rows, floor.seconds, floor.rate()))?;
    say(&format!("ratio  {:.2} (ours to floor)", ours.rate() / floor.rate()))?;
    postgres.stop().await?;
    Ok(())
}

/// Rows and how long they took.
struct Measured {
    rows: i64,
    seconds: f64,
    peak_mib: i64,
}

impl Measured {
    fn rate(&self) -> f64 {
        self.rows as f64 / self.seconds
    }
}

/// A program that was built beside this one.
fn sibling(name: &str) -> anyhow::Result<PathBuf> {
    let path = std::env::current_exe()?.with_file_name(name);
    anyhow::ensure!(path.exists(), "{} is missing: run make bench", path.display());
    Ok(path)
}

fn say(text: &str) -> anyhow::Result<()> {
    writeln!(std::io::stdout(), "{text}").context("standard output is closed")
}
