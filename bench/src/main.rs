//! Measures ingest: its speed beside other programs that load the same rows, in one run, for on a shared machine only a
//! ratio means anything; its memory; how fresh it keeps the warehouse; what it asks of the bucket.
//!
//! `speed` is what `make bench` runs; each other subcommand has a target of its own.

mod arrival;
mod client;
mod daemons;
mod delays;
mod discovery;
mod floor;
mod freshness;
mod growth;
mod memory;
mod ours;
mod peers;
mod process;
mod queue;
mod rows;
mod speed;
mod store;

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use clap::{Parser, Subcommand};

/// Measures Wardwatch on this machine, each thing beside what it is to be compared with.
#[derive(Debug, Parser)]
#[command(name = "wardwatch-bench")]
struct Bench {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// A first load and a re-delivery of lab results, beside psql
    Speed(speed::Options),
    /// What discovery asks of a bucket of a thousand, a hundred thousand and a million keys
    Discovery,
    /// A backlog of small files, taken by one daemon and by two
    Daemons,
    /// The memory for a file of two gibibytes and for a backlog, and what waits beside the file
    Memory(memory::Options),
    /// A small file while the warehouse grows
    Growth(growth::Options),
    /// How long a file waits until a reader sees it: by polling, by watching and by events
    Freshness(freshness::Options),
    /// The same lab results by psql, pgloader and dlt
    Peers(peers::Options),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Bench::parse().what {
        What::Speed(options) => speed::run(&options).await,
        What::Discovery => discovery::measure().await,
        What::Daemons => daemons::measure().await,
        What::Memory(options) => memory::run(&options).await,
        What::Growth(options) => growth::run(&options).await,
        What::Freshness(options) => freshness::run(&options).await,
        What::Peers(options) => peers::run(&options).await,
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
