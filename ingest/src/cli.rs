//! The command line: what each command reads from the configuration, runs and prints.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use sqlx::PgPool;
use wardwatch_ingest::bucket::Bucket;
use wardwatch_ingest::pipeline::Pipeline;
use wardwatch_ingest::requests::Answer;
use wardwatch_ingest::retry::Which;
use wardwatch_ingest::{daemon, replay, report, reprocess, requests, retry, verify};
use wardwatch_schema::config::Config;
use wardwatch_schema::database;

mod by;
mod decide;
mod doctor;
mod map;
mod map_print;
mod print;
mod progress;

use by::By;
use progress::Progress;
pub(crate) use progress::beside;

/// Something stands open in the warehouse: quarantined, held, waiting or in conflict.
const OPEN: u8 = 3;

/// Reads the files that PMS and LIS drop into a bucket, and keeps the warehouse.
#[derive(Debug, Parser)]
#[command(name = "wardwatch-ingest", version, about)]
pub(crate) struct Cli {
    /// Configuration file (TOML); every key can also be given as WARDWATCH_<KEY> in the environment.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The warehouse, as postgres://user:password@host:port/database [env: WARDWATCH_DATABASE_URL]
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
    /// The bucket: s3://name/prefix, file:///directory, or its https:// address [env: WARDWATCH_BUCKET]
    #[arg(long, global = true, value_name = "ADDRESS")]
    bucket: Option<String>,
    /// Read a public bucket without credentials [env: WARDWATCH_ANONYMOUS]
    #[arg(long, global = true)]
    anonymous: bool,
    /// Address of an S3 server other than Amazon's [env: WARDWATCH_ENDPOINT]
    #[arg(long, global = true, value_name = "URL")]
    endpoint: Option<String>,
    /// IANA zone of the hospital's wall clock, such as Europe/Berlin [env: WARDWATCH_TIMEZONE]
    #[arg(long, global = true, value_name = "ZONE")]
    timezone: Option<chrono_tz::Tz>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Create or upgrade the warehouse; changes nothing where it is up to date
    Migrate,
    /// Take all that the bucket holds now and print the books.
    ///
    /// Exit status: 0 all taken; 3 all taken, but the warehouse holds something open (quarantined, held, waiting,
    /// conflict); 1 failed.
    Once {
        /// Print one JSON object on one line
        #[arg(long)]
        json: bool,
    },
    /// Load what comes, until SIGTERM or Ctrl-C; then finish the batch in hand
    Run,
    /// Look at everything that loading needs: can it reach, list, read and write; do the clocks agree; what is missing
    /// and what to do. Changes nothing.
    ///
    /// Exit status: 0 all is well, or there are warnings only; 1 something failed.
    Doctor {
        /// Print one JSON object on one line
        #[arg(long)]
        json: bool,
    },
    /// Show feeds: freshness, rate, backlog, books in all and today, drift, the last error; and what stands open
    Status {
        /// Print one JSON object on one line
        #[arg(long)]
        json: bool,
    },
    /// Give held and failed objects back to be loaded, once the cause is gone
    #[command(group = clap::ArgGroup::new("which").required(true).multiple(true))]
    Retry {
        /// The object of this key
        #[arg(long, group = "which")]
        key: Option<String>,
        /// The objects of this feed, such as lis.lab_results
        #[arg(long, group = "which")]
        feed: Option<String>,
        /// The objects whose reason contains this text
        #[arg(long, group = "which")]
        reason: Option<String>,
        #[command(flatten)]
        by: By,
    },
    /// Look at column maps, try them on a file, propose the next version, approve it
    #[command(subcommand)]
    Map(map::MapCommand),
    /// Bring back what a map could not read, after a map changed: held and failed objects, and quarantined records.
    ///
    /// Records that were taken stay as they were taken. Waits for what of it a daemon loads meanwhile. Exit status: 0 all
    /// came back; 3 something stays open; 1 failed.
    #[command(group = clap::ArgGroup::new("what").required(true).multiple(true))]
    Reprocess {
        /// The object of this key
        #[arg(long, group = "what")]
        key: Option<String>,
        /// The objects of this feed, such as lis.lab_results
        #[arg(long, group = "what")]
        feed: Option<String>,
        /// The objects whose reason, or that of one of whose quarantined records, contains this text
        #[arg(long, group = "what")]
        reason: Option<String>,
        #[command(flatten)]
        by: By,
        /// Print one JSON object on one line
        #[arg(long)]
        json: bool,
    },
    /// Rebuild the warehouse from the bucket and the decisions, to the same digest.
    ///
    /// The board shows nothing meanwhile. Refuses, and lists them, where loaded objects are not in the bucket any more.
    /// Exit status: 0 rebuilt; 1 refused or failed.
    Replay {
        /// Rebuild without the objects that left the bucket: what only they said is lost
        #[arg(long)]
        accept_missing: bool,
        /// Print one JSON object on one line
        #[arg(long)]
        json: bool,
    },
    /// Decide where the sources contradict themselves; kept with who and why, and applied again at a replay.
    ///
    /// Exit status: 0 decided; 1 refused or failed.
    #[command(subcommand)]
    Decide(decide::Decide),
    /// Prove that the bucket is within the ledger and that the books balance, and print the digest.
    ///
    /// Exit status: 0 all of it holds; 1 something does not.
    Verify {
        /// Print one JSON object on one line
        #[arg(long)]
        json: bool,
    },
}

impl Cli {
    pub(crate) async fn execute(self) -> anyhow::Result<ExitCode> {
        let config = match (self.config(), &self.command) {
            (Ok(config), _) => config,
            (Err(error), Command::Doctor { json }) => return doctor::without_configuration(&error, *json),
            (Err(error), _) => return Err(error),
        };
        match self.command {
            Command::Doctor { json } => doctor::doctor(&config, json).await,
            Command::Migrate => migrate(&config).await,
            Command::Once { json } => once(&config, json).await,
            Command::Run => run(&config).await,
            Command::Status { json } => status(&config, json).await,
            Command::Retry { key, feed, reason, by } => retry(&config, [key, feed, reason], &by.anybody()).await,
            Command::Map(command) => command.execute(&config).await,
            Command::Reprocess { key, feed, reason, by, json } => {
                reprocess(&config, [key, feed, reason], &by.anybody(), json).await
            }
            Command::Replay { accept_missing, json } => replay(&config, accept_missing, json).await,
            Command::Decide(what) => decide(&config, what).await,
            Command::Verify { json } => verify(&config, json).await,
        }
    }

    fn config(&self) -> anyhow::Result<Config> {
        let mut config = Config::load(self.config.as_deref())?;
        config.anonymous |= self.anonymous;
        config.timezone = self.timezone.or(config.timezone);
        config.endpoint = self.endpoint.clone().or(config.endpoint);
        if let Some(url) = &self.database_url {
            config.database_url.clone_from(url);
        }
        if let Some(bucket) = &self.bucket {
            config.bucket.clone_from(bucket);
        }
        Ok(config)
    }
}

async fn migrate(config: &Config) -> anyhow::Result<ExitCode> {
    let pool = database::connect(config.require_database_url()?).await?;
    database::migrate(&pool).await?;
    say("the warehouse is up to date")?;
    Ok(ExitCode::SUCCESS)
}

async fn once(config: &Config, json: bool) -> anyhow::Result<ExitCode> {
    let pipeline = Pipeline::open(config).await?;
    let progress = Progress::start(pipeline.pool.clone());
    let objects = daemon::once(&pipeline, config.workers).await;
    progress.stop().await;
    let taken = report::taken(&pipeline.pool, &objects?).await?;
    let open = report::open(&pipeline.pool).await?;
    say(&if json { serde_json::to_string(&taken)? } else { print::taken(&taken, &open) })?;
    Ok(match (taken.all.failed > 0, open.is_anything()) {
        (true, _) => ExitCode::FAILURE,
        (false, true) => ExitCode::from(OPEN),
        (false, false) => ExitCode::SUCCESS,
    })
}

async fn run(config: &Config) -> anyhow::Result<ExitCode> {
    let mut asked_to_end = std::pin::pin!(asked_to_end().context("cannot listen for the signals to end")?);
    let pipeline = tokio::select! {
        opened = Pipeline::open(config) => opened?,
        () = &mut asked_to_end => return Ok(ExitCode::SUCCESS),
    };
    tracing::info!(bucket = %pipeline.bucket.name, feeds = pipeline.feeds.len(), "ingest.run: started");
    daemon::run(pipeline, config.workers, config.poll_interval(), asked_to_end).await?;
    Ok(ExitCode::SUCCESS)
}

async fn status(config: &Config, json: bool) -> anyhow::Result<ExitCode> {
    let pool = warehouse(config).await?;
    let status = report::status(&pool, config.timezone.unwrap_or(chrono_tz::Tz::UTC)).await?;
    say(&if json { serde_json::to_string(&status)? } else { print::status(&status) })?;
    Ok(ExitCode::SUCCESS)
}

async fn retry(config: &Config, which: [Option<String>; 3], by: &str) -> anyhow::Result<ExitCode> {
    let pool = warehouse(config).await?;
    let given_back = retry::retry(&pool, meant(&which), by).await?;
    say(&format!("{given_back} objects will be tried again by `run`, or by the next `once`"))?;
    Ok(if given_back > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn reprocess(config: &Config, which: [Option<String>; 3], by: &str, json: bool) -> anyhow::Result<ExitCode> {
    let pipeline = Pipeline::open(config).await?;
    let done = reprocess::reprocess(&pipeline, meant(&which), by).await?;
    let open = report::open(&pipeline.pool).await?;
    say(&if json { serde_json::to_string(&done)? } else { print::reprocessed(&done, &open) })?;
    let stays_open = done.quarantined + done.pending > 0 || !done.refused.is_empty() || open.held + open.failed > 0;
    Ok(if stays_open { ExitCode::from(OPEN) } else { ExitCode::SUCCESS })
}

fn meant([key, feed, reason]: &[Option<String>; 3]) -> Which<'_> {
    Which { key: key.as_deref(), feed: feed.as_deref(), reason: reason.as_deref() }
}

async fn replay(config: &Config, accept_missing: bool, json: bool) -> anyhow::Result<ExitCode> {
    let pipeline = Pipeline::open(config).await?;
    let progress = Progress::start(pipeline.pool.clone());
    let replayed = replay::replay(&pipeline, config.workers, accept_missing).await;
    progress.stop().await;
    let replayed = replayed?;
    say(&if json { serde_json::to_string(&replayed)? } else { print::replayed(&replayed) })?;
    Ok(if replayed.ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn decide(config: &Config, what: decide::Decide) -> anyhow::Result<ExitCode> {
    let pool = warehouse(config).await?;
    let request = what.request(&pool).await?;
    match requests::ask(&pool, &request).await? {
        Answer::Done(text) => say(&text)?,
        Answer::Refused(why) => anyhow::bail!("refused: {why}"),
    }
    Ok(ExitCode::SUCCESS)
}

async fn verify(config: &Config, json: bool) -> anyhow::Result<ExitCode> {
    let pool = warehouse(config).await?;
    let bucket = Bucket::open(config, config.require_bucket()?).await?;
    let verdict = verify::verify(&pool, &bucket).await?;
    say(&if json { serde_json::to_string(&verdict)? } else { print::verdict(&verdict) })?;
    Ok(if verdict.ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn warehouse(config: &Config) -> anyhow::Result<PgPool> {
    let pool = database::connect(config.require_database_url()?).await?;
    database::expect_migrated(&pool).await?;
    Ok(pool)
}

/// Completes when the process is asked to end. It listens from the call on, not from the first poll on.
#[cfg(unix)]
fn asked_to_end() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminated = signal(SignalKind::terminate())?;
    let mut interrupted = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminated.recv() => {}
            _ = interrupted.recv() => {}
        }
    })
}

/// Completes when the process is asked to end.
#[cfg(not(unix))]
fn asked_to_end() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async { drop(tokio::signal::ctrl_c().await) })
}

/// A reader that has heard enough, such as `head`, is no failure.
fn say(text: &str) -> std::io::Result<()> {
    match writeln!(std::io::stdout(), "{}", text.trim_end()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}
