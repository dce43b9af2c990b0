//! Runs a command with `DATABASE_URL` naming a migrated database that is gone afterwards: for tools that check queries, and for
//! measurements.
//!
//! Needs nothing of what holds such queries, so that it builds before they are checked.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use wardwatch_demo::Postgres;
use wardwatch_schema::database;

/// Run a command beside a temporary, migrated database.
#[derive(Debug, Parser)]
#[command(name = "wardwatch-database", version, about)]
struct Beside {
    /// A setting of Postgres, such as fsync=on; by itself the database is fast and not durable
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = setting)]
    settings: Vec<(String, String)>,
    /// The command and its arguments
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<String>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Beside::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            drop(writeln!(std::io::stderr(), "error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn setting(text: &str) -> Result<(String, String), &'static str> {
    let (name, value) = text.split_once('=').ok_or("a setting is NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

async fn run(Beside { settings, command }: Beside) -> anyhow::Result<()> {
    let fast = [("fsync".to_owned(), "off".to_owned())];
    let postgres = Postgres::start_temporary(fast.into_iter().chain(settings).collect()).await?;
    postgres.create_database("wardwatch", None).await?;
    let url = postgres.url("wardwatch");
    let pool = database::connect(&url).await?;
    database::migrate(&pool).await?;
    pool.close().await;
    let run = tokio::process::Command::new(&command[0])
        .args(&command[1..])
        .env("DATABASE_URL", url)
        .env_remove("SQLX_OFFLINE")
        .status()
        .await;
    postgres.stop().await?;
    let status = run.with_context(|| format!("{} cannot be started", command[0]))?;
    anyhow::ensure!(status.success(), "{} failed: {status}", command[0]);
    Ok(())
}
