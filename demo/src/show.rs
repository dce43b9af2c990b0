//! The demo from start to stop.

mod home;
mod parts;
mod people;

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use clap::{Parser, Subcommand};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use wardwatch_ingest::pipeline::Pipeline;
use wardwatch_ingest::{daemon, report};
use wardwatch_schema::config::Config;
use wardwatch_schema::database;

use home::Home;

/// Shows Wardwatch on an empty machine: a private Postgres, an S3 server, a hospital that writes files, and the board.
#[derive(Debug, Parser)]
#[command(name = "wardwatch-demo", version, about)]
pub(crate) struct Demo {
    /// Where the demo keeps its data.
    #[arg(long, default_value = ".demo", env = "WARDWATCH_DEMO_HOME", value_name = "DIRECTORY")]
    home: PathBuf,
    /// Address of the dashboard; loopback unless told otherwise.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Patients of the generated hospital, at the first start.
    #[arg(long, default_value_t = 300)]
    patients: u64,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Wipe the data of an earlier demo
    Reset,
}

/// Logs of the parts are for trouble only: the demo itself says what it is doing.
pub(crate) fn quiet_logs() {
    wardwatch_schema::telemetry::init_with_default(
        "warn,s3s=off,sqlx_core::pool=error,wardwatch_ingest::pipeline=error",
    );
}

impl Demo {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        match &self.command {
            None => self.show().await,
            Some(Command::Reset) => {
                Home::at(&self.home)?.wipe()?;
                say("the demo's data are gone")
            }
        }
    }

    async fn show(self) -> anyhow::Result<()> {
        let home = Home::at(&self.home)?;
        let mut config = Config::load(None)?;
        config.timezone = config.timezone.or(Some(chrono_tz::Tz::UTC));
        config.listen = self.listen.unwrap_or(config.listen);
        // Taken first: a port in use is told before anything is started.
        let listener = wardwatch_dashboard::bind(config.listen).await?;
        let postgres = parts::database(&home, &mut config).await?;
        let hospital = parts::bucket(&home, &mut config, self.patients).await?;
        let ended = serve(config, listener, hospital.as_ref()).await;
        say("stopping")?;
        if let Some(hospital) = hospital {
            hospital.stop().await;
        }
        if let Some(postgres) = postgres {
            postgres.stop().await?;
        }
        say("stopped; `make demo` goes on from here, `make demo-reset` starts anew")?;
        ended
    }
}

/// Loads what is there, shows the board, and goes on until Ctrl-C or until a part fails.
async fn serve(
    config: Config,
    listener: tokio::net::TcpListener,
    hospital: Option<&parts::Hospital>,
) -> anyhow::Result<()> {
    let pipeline = Pipeline::open(&config).await?;
    say(&format!("loading {} ...", pipeline.bucket.name))?;
    let taken = report::taken(&pipeline.pool, &daemon::once(&pipeline, config.workers).await?).await?;
    say(&format!("loaded {} objects with {} records", taken.all.objects, taken.all.books.records))?;
    let address = listener.local_addr().context("the dashboard has no address")?;
    let stop = Arc::new(Notify::new());
    let stopped = |stop: &Arc<Notify>| Arc::clone(stop).notified_owned();
    let mut parts: JoinSet<anyhow::Result<()>> = JoinSet::new();
    let settings = wardwatch_dashboard::Settings::of(&config, pipeline.zone)?;
    let scheme = if settings.tls.is_some() { "https" } else { "http" };
    let pool = database::connect(&config.database_url).await?;
    let people = people::sign_up(&pool).await?;
    let (until_board, until_ingest, until_hospital) = (stopped(&stop), stopped(&stop), stopped(&stop));
    parts.spawn(async move { Ok(wardwatch_dashboard::serve(pool, settings, listener, until_board).await?) });
    let (workers, interval) = (config.workers, config.poll_interval());
    parts.spawn(async move { Ok(daemon::run(pipeline, workers, interval, until_ingest).await?) });
    if let Some(hospital) = hospital {
        parts.spawn(hospital.writer()?.write_until(until_hospital));
    }
    announce(&format!("{scheme}://{address}/"), &people, hospital)?;
    let ended = tokio::select! {
        ended = parts.join_next() => ended.map_or(Ok(()), |part| part.map_err(anyhow::Error::from)?),
        interrupted = interrupted() => interrupted,
    };
    stop.notify_waiters();
    while parts.join_next().await.is_some() {}
    ended
}

async fn interrupted() -> anyhow::Result<()> {
    let mut terminated = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        _ = terminated.recv() => {}
    }
    Ok(())
}

fn announce(board: &str, people: &[people::Person], hospital: Option<&parts::Hospital>) -> anyhow::Result<()> {
    say(&format!("\n  the board:  {board}\n"))?;
    say("Sign in as one of these; the passwords are new at each start:\n")?;
    for person in people {
        say(&format!("  {:<10}  {:<15}  {}", person.role, person.name, person.password))?;
    }
    say("")?;
    if let Some(hospital) = hospital {
        say(&hospital.how_to_drop_a_file())?;
    }
    say("Ctrl-C stops everything.")
}

fn say(text: &str) -> anyhow::Result<()> {
    Ok(writeln!(std::io::stdout(), "{text}")?)
}
