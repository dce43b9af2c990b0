//! The ingest daemon and its command line.

mod cli;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    wardwatch_schema::telemetry::init_writing_to(cli::beside);
    match cli::Cli::parse().execute().await {
        Ok(code) => code,
        Err(error) => {
            drop(writeln!(std::io::stderr(), "error: {error}"));
            ExitCode::FAILURE
        }
    }
}
