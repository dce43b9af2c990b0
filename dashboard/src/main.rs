//! The command line of the web application.

mod people_command;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use chrono_tz::Tz;
use clap::{Args, Parser, Subcommand};
use mimalloc::MiMalloc;
use wardwatch_dashboard::{Settings, bind, serve};
use wardwatch_schema::config::Config;
use wardwatch_schema::{database, telemetry};

use people_command::{AccountCommand, AuditCommand, TokenCommand};

/// A census is hundreds of thousands of short texts that come and go: the system's allocator takes a fifth of all time for them.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

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
    /// Make, disable and reset the accounts of those who sign in.
    #[command(subcommand)]
    Account(AccountCommand),
    /// Make, list and revoke bearer tokens for the JSON API.
    #[command(subcommand)]
    Token(TokenCommand),
    /// Prove the trail of what was done.
    #[command(subcommand)]
    Audit(AuditCommand),
}

#[derive(Args)]
struct ServeArgs {
    #[command(flatten)]
    common: Common,
    /// Address to listen on; loopback unless told otherwise.
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// IANA zone of the hospital's wall clock, such as Europe/Berlin.
    #[arg(long, value_name = "ZONE")]
    timezone: Option<Tz>,
}

/// What every command can be told.
#[derive(Args)]
struct Common {
    /// Configuration file.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The warehouse, as postgres://user:password@host:port/database.
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
}

impl Common {
    /// Flags override the file and the environment.
    fn load(self) -> anyhow::Result<Config> {
        let mut config = Config::load(self.config.as_deref())?;
        config.database_url = self.database_url.unwrap_or(config.database_url);
        Ok(config)
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    telemetry::init();
    let ended = match Command::parse().action {
        Action::Serve(args) => run(args).await,
        Action::Account(command) => command.run().await,
        Action::Token(command) => command.run().await,
        Action::Audit(command) => command.run().await,
    };
    match ended {
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
    let mut config = args.common.load()?;
    config.listen = args.listen.unwrap_or(config.listen);
    config.timezone = args.timezone.or(config.timezone);
    let timezone = config.require_timezone()?;
    let database_url = config.require_database_url()?;
    let shutdown = stop_signal()?;
    let listener = bind(config.listen).await?;
    let pool = database::connect(database_url).await?;
    database::expect_migrated(&pool).await?;
    let settings = Settings::of(&config, timezone)?;
    serve(pool, settings, listener, shutdown).await?;
    Ok(())
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
