//! The memory of `wardwatch-ingest`: a file far larger than what it may take, and a backlog of small ones. Beside the
//! large file small ones of the other feeds arrive every second, and how long they wait is told.
//!
//! Of ten tests that the large file's results name, the warehouse has nine; the results of the tenth wait. It also holds
//! some results beforehand, as it does on every day but the first.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use sqlx::PgPool;
use wardwatch_demo::{Postgres, S3Server};
use wardwatch_schema::database;

use crate::delays::Delays;
use crate::ours::Ours;
use crate::process::{self, Daemon};
use crate::rows::{self, EACH, Kind};
use crate::store::{self, BUCKET};
use crate::{client, discovery, say};

const LARGE: &str = "lab_results_20261121T000000Z.csv";
const BESIDE: [Kind; 3] = [Kind::Patient, Kind::Admission, Kind::Test];
const WORKERS: &str = "3";
/// Results that are there beforehand.
const SOME: u64 = 10_000;
/// Records of a small file.
const ROWS: u64 = 10;
/// Different contents in the backlog, a multiple of the four feeds.
const CONTENTS: usize = 1_000;
/// Small files say nothing of what the large one says.
const ELSEWHERE: u64 = 500_000_000;
const LOOKS: Duration = Duration::from_millis(20);

/// How much is measured.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Size of the large file. The database needs about fifteen times as much on the disk while it loads it.
    #[arg(long, default_value_t = 2.0)]
    gib: f64,
    /// Objects of the backlog.
    #[arg(long, default_value_t = 100_000)]
    objects: usize,
    /// Memory that wardwatch-ingest may take.
    #[arg(long, default_value_t = 512)]
    limit_mib: u64,
}

pub(crate) async fn run(options: &Options) -> anyhow::Result<()> {
    let postgres = Postgres::start_temporary(Vec::new()).await?;
    let large = large_file(&postgres, options.gib).await?;
    let backlog = backlog(&postgres, options.objects).await?;
    postgres.stop().await?;
    anyhow::ensure!(large.min(backlog) > 0, "this system does not tell the memory of a process: /proc is needed");
    let limit = options.limit_mib;
    anyhow::ensure!(large.max(backlog) <= limit, "wardwatch-ingest took more than {limit} MiB");
    say(&format!("both within {limit} MiB"))
}

/// Returns the greatest memory, in MiB.
async fn large_file(postgres: &Postgres, gib: f64) -> anyhow::Result<u64> {
    let place = tempfile::tempdir()?;
    let s3 = store::server(place.path()).await?;
    let ours = Ours::empty(postgres, "large", &s3).await?;
    let results = prepare(&ours, place.path(), gib).await?;
    let pool = database::connect(&ours.url).await?;
    let mut command = store::ingest("run", &ours.url, &s3)?;
    command.env("WARDWATCH_WORKERS", WORKERS);
    let (mut daemon, start) = (Daemon::start(command)?, Instant::now());
    let (peak, delays) = beside_the_large(&s3, &pool, &mut daemon).await?;
    let seconds = start.elapsed().as_secs_f64();
    drop(daemon);
    pool.close().await;
    say(&format!("a file of {gib} GiB, {results} results: {seconds:.0} s, peak {peak} MiB, {WORKERS} workers"))?;
    for (kind, delays) in delays {
        say(&format!("  beside it {:<20} {delays}", kind.name()))?;
    }
    s3.stop().await;
    postgres.drop_database("large").await?;
    Ok(peak)
}

/// Loads nine of ten tests and some results, and puts the large file. Returns how many results it has.
async fn prepare(ours: &Ours<'_>, place: &Path, gib: f64) -> anyhow::Result<u64> {
    say(&format!("generating {gib} GiB of results ..."))?;
    let (client, file) = (client::s3(&ours.s3.endpoint()), place.join("generated"));
    let mut out = BufWriter::new(File::create(&file)?);
    let results = rows::results_of_size((gib * f64::from(1 << 30)) as u64, &mut out)?;
    out.flush()?;
    let tests = place.join("tests");
    let mut out = BufWriter::new(File::create(&tests)?);
    rows::write(Kind::Test, (0..results / EACH).filter(|test| test % 10 != 9), &mut out)?;
    out.flush()?;
    client::put_file(&client, "lab_tests.csv", &tests).await?;
    ours.s3.plant(BUCKET, ["lab_results.csv".to_owned()], &rows::file(Kind::Result, 0..SOME)?)?;
    ours.once()?;
    client::put_file(&client, LARGE, &file).await?;
    std::fs::remove_file(&file)?;
    Ok(results)
}

/// Puts small files every second until the large one is loaded. Returns the greatest memory, and their delays.
async fn beside_the_large(
    s3: &S3Server,
    pool: &PgPool,
    daemon: &mut Daemon,
) -> anyhow::Result<(u64, BTreeMap<Kind, Delays>)> {
    let start = Instant::now();
    let mut delays = BTreeMap::<Kind, Delays>::new();
    let mut waiting = BTreeMap::from([(LARGE.to_owned(), (Kind::Result, start))]);
    let (mut second, mut peak) = (0, 0);
    while !waiting.is_empty() {
        if waiting.contains_key(LARGE) && start.elapsed().as_secs() >= second {
            second += 1;
            for kind in BESIDE {
                let (key, from) = (kind.key(second), ELSEWHERE + second * ROWS);
                s3.plant(BUCKET, [key.clone()], &rows::file(kind, from..from + ROWS)?)?;
                waiting.insert(key, (kind, Instant::now()));
            }
        }
        peak = peak.max(daemon.peak_mib()?);
        for key in loaded(pool, waiting.keys().cloned().collect()).await? {
            if let Some((kind, put)) = waiting.remove(&key)
                && key != LARGE
            {
                delays.entry(kind).or_default().add(put.elapsed());
            }
        }
        tokio::time::sleep(LOOKS).await;
    }
    Ok((peak, delays))
}

/// Those of the keys that are loaded.
async fn loaded(pool: &PgPool, keys: Vec<String>) -> anyhow::Result<Vec<String>> {
    let ended = "SELECT key, state FROM ingest.object WHERE key = ANY($1) AND state NOT IN ('pending', 'leased')";
    let ended: Vec<(String, String)> = sqlx::query_as(ended).bind(keys).fetch_all(pool).await?;
    let other = ended.iter().find(|(_, state)| state != "done");
    anyhow::ensure!(other.is_none(), "an object was not loaded: {other:?}");
    Ok(ended.into_iter().map(|(key, _)| key).collect())
}

/// Returns the greatest memory, in MiB.
async fn backlog(postgres: &Postgres, objects: usize) -> anyhow::Result<u64> {
    let place = tempfile::tempdir()?;
    let s3 = store::server(place.path()).await?;
    for content in 0..CONTENTS.min(objects) {
        let keys = (content..objects).step_by(CONTENTS).map(discovery::key);
        s3.plant(BUCKET, keys, &small(content)?)?;
    }
    let ours = Ours::empty(postgres, "backlog", &s3).await?;
    let (peak, seconds) = process::measured(store::ingest("once", &ours.url, &s3)?).await?;
    let pool = database::connect(&ours.url).await?;
    let done: i64 =
        sqlx::query_scalar("SELECT count(*) FROM ingest.object WHERE state = 'done'").fetch_one(&pool).await?;
    pool.close().await;
    anyhow::ensure!(done == objects as i64, "{done} of {objects} objects were loaded");
    say(&format!("a backlog of {objects} objects of {ROWS} records: {seconds:.0} s, peak {peak} MiB"))?;
    s3.stop().await;
    Ok(peak)
}

/// A content for the feed of the key of that number.
fn small(content: usize) -> std::io::Result<Vec<u8>> {
    let kind = [Kind::Result, Kind::Test, Kind::Admission, Kind::Patient][content % 4];
    let from = (content / 4) as u64 * ROWS;
    rows::file(kind, from..from + ROWS)
}
