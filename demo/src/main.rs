//! Starts everything on an empty machine: Postgres, S3 server, generator, ingest daemon and dashboard, in one process.
//!
//! Whatever the configuration names (`WARDWATCH_DATABASE_URL`, `WARDWATCH_BUCKET`) takes the place of the embedded part.
//! Ctrl-C stops everything; nothing is left running. The data stay in the home directory for the next start.

mod show;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    show::quiet_logs();
    match show::Demo::parse().run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            drop(writeln!(std::io::stderr(), "error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
