//! How long a file waits until a reader sees it: from the start of its PUT to the announcement of the commit, and to the
//! end of a query, on a connection that has nothing to do with ingest, that finds its first record.
//!
//! A file of each feed arrives every second, and `wardwatch-ingest run` has its default settings.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;
use wardwatch_demo::Postgres;
use wardwatch_schema::config::Config;
use wardwatch_schema::database;

use crate::arrival::Arrival;
use crate::delays::Delays;
use crate::process::Daemon;
use crate::queue::Queue;
use crate::rows::{self, EACH, Kind};
use crate::say;

/// Records of a file.
const ROWS: u64 = 10;
/// Tests that arrive are not those of the results: these are there beforehand.
const ELSEWHERE: u64 = 100_000_000;
/// How long the last files may take.
const PATIENCE: Duration = Duration::from_mins(1);
const VISIBLE: &str = "
    SELECT patient_id FROM warehouse.patient WHERE patient_id = ANY($1)
    UNION ALL SELECT case_number FROM warehouse.admission WHERE case_number = ANY($1)
    UNION ALL SELECT test_id FROM warehouse.lab_test WHERE test_id = ANY($1)
    UNION ALL SELECT result_id FROM warehouse.lab_result WHERE result_id = ANY($1)";

/// How much is measured.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// How long files arrive, each way.
    #[arg(long, default_value_t = 300)]
    seconds: u64,
}

pub(crate) async fn run(options: &Options) -> anyhow::Result<()> {
    let postgres = Postgres::start_temporary(Vec::new()).await?;
    say(&format!("four feeds, a file of {ROWS} records a second each, for {} s", options.seconds))?;
    measure(&postgres, &Arrival::polled().await?, options.seconds).await?;
    measure(&postgres, &Arrival::watched()?, options.seconds).await?;
    if Queue::is_installed() {
        measure(&postgres, &Arrival::told().await?, options.seconds).await?;
    } else {
        say("events: not measured, moto is absent; scripts/setup bench installs it")?;
    }
    Ok(postgres.stop().await?)
}

async fn measure(postgres: &Postgres, arrival: &Arrival, seconds: u64) -> anyhow::Result<()> {
    say(&format!("{}: {}", arrival.name(), settings(arrival)?))?;
    postgres.create_database(arrival.name(), None).await?;
    let url = postgres.url(arrival.name());
    let pool = database::connect(&url).await?;
    database::migrate(&pool).await?;
    let mut commits = commits(&url).await?;
    let (_daemon, unseen) = (Daemon::start(arrival.ingest("run", &url)?)?, Unseen::default());
    unseen.expect(Kind::Test.id(0));
    arrival.put("lab_tests.csv".to_owned(), rows::file(Kind::Test, 0..(seconds + 1) * ROWS / EACH)?).await?;
    unseen.watch(&pool, &mut commits, 1).await?;

    let files = seconds * Kind::ALL.len() as u64;
    let watching = unseen.watch(&pool, &mut commits, files);
    let (seen, ()) = tokio::try_join!(watching, put_all(arrival, files, &unseen))?;
    say(&format!("  committed {}", seen.committed))?;
    say(&format!("  visible   {}", seen.visible))?;
    pool.close().await;
    Ok(())
}

/// What the daemon goes by, as it reads it from the environment.
fn settings(arrival: &Arrival) -> anyhow::Result<String> {
    let mut config = Config::load(None)?;
    config.events = arrival.events();
    Ok(format!(
        "a look every {:?}, a sweep every {:?}, {} workers, batches of {} objects or {} MiB",
        config.poll_interval(),
        config.sweep_interval,
        config.workers,
        config.batch_objects,
        config.batch_bytes >> 20
    ))
}

/// The times at which commits were announced.
async fn commits(url: &str) -> anyhow::Result<UnboundedReceiver<Instant>> {
    let mut listener = PgListener::connect(url).await?;
    listener.listen(database::COMMIT_CHANNEL).await?;
    let (told, commits) = unbounded_channel();
    tokio::spawn(async move { while listener.recv().await.is_ok() && told.send(Instant::now()).is_ok() {} });
    Ok(commits)
}

/// Puts a file of each feed every second, one after the other.
async fn put_all(arrival: &Arrival, files: u64, unseen: &Unseen) -> anyhow::Result<()> {
    let feeds = Kind::ALL.len() as u64;
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / feeds as u32);
    for file in 0..files {
        let (kind, second) = (Kind::ALL[(file % feeds) as usize], file / feeds);
        let from = second * ROWS + if kind == Kind::Test { ELSEWHERE } else { 0 };
        let bytes = rows::file(kind, from..from + ROWS)?;
        ticks.tick().await;
        unseen.expect(kind.id(from));
        arrival.put(kind.key(second), bytes).await?;
    }
    Ok(())
}

/// The first ids of files that no query has found, and when each was put.
#[derive(Default)]
struct Unseen(Mutex<BTreeMap<String, Instant>>);

#[derive(Default)]
struct Seen {
    committed: Delays,
    visible: Delays,
}

impl Unseen {
    fn put(&self) -> MutexGuard<'_, BTreeMap<String, Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn expect(&self, id: u64) {
        self.put().insert(id.to_string(), Instant::now());
    }

    /// Looks after each commit what can be seen, until it is this many files.
    async fn watch(&self, pool: &PgPool, commits: &mut UnboundedReceiver<Instant>, files: u64) -> anyhow::Result<Seen> {
        let (mut seen, mut left) = (Seen::default(), files);
        while left > 0 {
            let commit =
                timeout(PATIENCE, commits.recv()).await.with_context(|| format!("{left} files were not seen"))?;
            let committed = commit.context("the database no longer tells of commits")?;
            let ids: Vec<String> = self.put().keys().cloned().collect();
            let found: Vec<String> = sqlx::query_scalar(VISIBLE).bind(ids).fetch_all(pool).await?;
            let visible = Instant::now();
            for put in found.iter().filter_map(|id| self.put().remove(id)) {
                seen.committed.add(committed.saturating_duration_since(put));
                seen.visible.add(visible.duration_since(put));
                left -= 1;
            }
        }
        Ok(seen)
    }
}
