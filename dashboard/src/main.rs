//! The command line of the web application.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use chrono_tz::Tz;
use clap::{Args, Parser, Subcommand};
use wardwatch_dashboard::{Settings, bind, serve};
use wardwatch_schema::config::Config;
use wardwatch_schema::{database, telemetry};

/// Shows who has been in hospital for more than 48 hours without a new test.
#[derive(Parser)]
#[command(name = "wardwatch-dashboard", version)]
struct Command {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Serve the web application until SIGTERM or Ctrl-C.
    Serve(ServeArgs),
}

#[derive(Args)]
struct ServeArgs {
    /// Configuration file.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Address to listen on; loopback unless told otherwise.
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// The warehouse, as postgres://user:password@host:port/database.
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
    /// IANA zone of the hospital's wall clock, such as Europe/Berlin.
    #[arg(long, value_name = "ZONE")]
    timezone: Option<Tz>,
}

#[tokio::main]
async fn main() -> ExitCode {
    telemetry::init();
    let Action::Serve(args) = Command::parse().action;
    match run(args).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "the last word of a command line that cannot go on")]
fn complain(error: &anyhow::Error) {
    eprintln!("wardwatch-dashboard: {error}");
}

async fn run(args: ServeArgs) -> anyhow::Result<()> {
    let config = merge(Config::load(args.config.as_deref())?, args);
    let timezone = config.require_timezone()?;
    let database_url = config.require_database_url()?;
    let shutdown = stop_signal()?;
    let listener = bind(config.listen).await?;
    let pool = database::connect(database_url).await?;
    database::expect_migrated(&pool).await?;
    let settings = Settings { timezone, listen: config.listen, acting: config.acting };
    serve(pool, settings, listener, shutdown).await?;
    Ok(())
}

/// Flags override the file and the environment.
fn merge(mut config: Config, args: ServeArgs) -> Config {
    config.listen = args.listen.unwrap_or(config.listen);
    config.timezone = args.timezone.or(config.timezone);
    if let Some(url) = args.database_url {
        config.database_url = url;
    }
    config
}

#[cfg(unix)]
fn stop_signal() -> anyhow::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for SIGINT")?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn stop_signal() -> anyhow::Result<impl Future<Output = ()> + Send + 'static> {
    Ok(async { drop(tokio::signal::ctrl_c().await) })
}
