//! What a small file costs while the warehouse grows.
//!
//! The warehouse grows by the real program, file by file, so that its rows, their order on disk and their lineage are
//! what they are in use; after each growth the tables are vacuumed and analyzed, and what is dirty is written. The small files are taken in this process: one look
//! at the bucket and one transaction, without the start of a program.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, UNIX_EPOCH};

use anyhow::Context as _;
use tempfile::TempDir;
use wardwatch_demo::Postgres;
use wardwatch_ingest::discover::poll::Poll;
use wardwatch_ingest::pipeline::Pipeline;
use wardwatch_schema::config::Config;
use wardwatch_schema::database;

use crate::delays::Delays;
use crate::rows::{self, EACH, Kind};
use crate::{process, say, store};

/// New results of a small file, and as many repeats.
const NEW: u64 = 50;
/// How far one repeat lies from the next: a prime, so that they come from the whole of the table.
const STRIDE: u64 = 7_919_777;
/// When the files say that they were written: 2026-11-21T00:00:00Z, after all that they tell of.
const WRITTEN: Duration = Duration::from_hours(24 * 20_778);
const TIDY: [&str; 2] = [
    "VACUUM (ANALYZE) warehouse.patient, warehouse.admission, warehouse.lab_result, warehouse.lab_test, warehouse.test_owner,
         monitor.stay, ingest.object, ingest.last_sighting",
    "CHECKPOINT",
];

/// How much is measured.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Sizes of the warehouse, in millions of results.
    #[arg(long, value_delimiter = ',', default_value = "1,5,10,20")]
    millions: Vec<f64>,
    /// Small files at each size, of which the median is told.
    #[arg(long, default_value_t = 20)]
    files: u64,
}

/// What a server has that holds so much: with the default, what grows is the share of the pages that must be read again.
const BUFFERS: &str = "4GB";
/// A small file that takes so many times as long as at first has grown with the warehouse.
const MOST_GROWTH: f64 = 2.0;

pub(crate) async fn run(options: &Options) -> anyhow::Result<()> {
    let postgres = Postgres::start_temporary(vec![("shared_buffers".to_owned(), BUFFERS.to_owned())]).await?;
    let mut hospital = Hospital::new(&postgres).await?;
    say(&format!("files of {NEW} new results and {NEW} repeats; medians of {}", options.files))?;
    say("millions  a file, ms  ratio to the first")?;
    let (mut first, mut greatest) = (None, 0.0_f64);
    for millions in &options.millions {
        hospital.grow((millions * 1_000_000.0) as u64, options.files * NEW).await?;
        let median = hospital.small_files(options.files).await?.as_secs_f64() * 1_000.0;
        let ratio = median / *first.get_or_insert(median);
        say(&format!("{millions:>8} {median:>11.1} {ratio:>19.2}"))?;
        greatest = ratio.max(greatest);
    }
    hospital.pipeline.pool.close().await;
    postgres.stop().await?;
    anyhow::ensure!(greatest < MOST_GROWTH, "a small file takes {greatest:.2} times as long as at first");
    Ok(())
}

/// A directory as the bucket, and its warehouse.
struct Hospital {
    bucket: TempDir,
    unfinished: TempDir,
    url: String,
    pipeline: Pipeline,
    poll: Poll,
    files: u64,
    results: u64,
    tests: u64,
    patients: u64,
}

impl Hospital {
    async fn new(postgres: &Postgres) -> anyhow::Result<Self> {
        let (bucket, unfinished) = (tempfile::tempdir()?, tempfile::tempdir()?);
        postgres.create_database("growth", None).await?;
        let url = postgres.url("growth");
        let warehouse = database::connect(&url).await?;
        database::migrate(&warehouse).await?;
        warehouse.close().await;
        let settings = unfinished.path().join("wardwatch.toml");
        let address = store::directory(bucket.path());
        let text = format!("timezone = 'UTC'\nbucket = '{address}'\ndatabase_url = '{url}'");
        std::fs::write(&settings, text)?;
        let pipeline = Pipeline::open(&Config::load(Some(&settings))?).await?;
        let poll = Poll::new(pipeline.clone());
        Ok(Self { bucket, unfinished, url, pipeline, poll, files: 0, results: 0, tests: 0, patients: 0 })
    }

    /// Grows to this many results, and has the tests of the next ones, and their patients, who are all in hospital.
    async fn grow(&mut self, results: u64, next: u64) -> anyhow::Result<()> {
        anyhow::ensure!(results > self.results, "the sizes have to grow, by more than the small files add");
        let tests = (results + next).div_ceil(EACH);
        let patients = tests.div_ceil(EACH);
        let written = [
            self.put(Kind::Patient, self.patients..patients)?,
            self.put(Kind::Admission, self.patients..patients)?,
            self.put(Kind::Test, self.tests..tests)?,
            self.put(Kind::Result, self.results..results)?,
        ];
        let once = store::ingest_from(&store::directory(self.bucket.path()), "once", &self.url)?;
        process::measured(once).await?;
        (self.patients, self.tests, self.results) = (patients, tests, results);
        let held: i64 =
            sqlx::query_scalar("SELECT count(*) FROM warehouse.lab_result").fetch_one(&self.pipeline.pool).await?;
        anyhow::ensure!(held == results as i64, "the warehouse holds {held} results and not {results}");
        for statement in TIDY {
            sqlx::query(statement).execute(&self.pipeline.pool).await?;
        }
        // They need the room on the disk; what they said stays.
        Ok(written.iter().try_for_each(std::fs::remove_file)?)
    }

    /// The median of so many small files.
    async fn small_files(&mut self, files: u64) -> anyhow::Result<Duration> {
        let mut times = Delays::default();
        for file in 0..files {
            let known = self.results;
            let repeats = (file * NEW..(file + 1) * NEW).map(|number| number * STRIDE % known);
            let path = self.put(Kind::Result, (known..known + NEW).chain(repeats))?;
            let start = Instant::now();
            self.poll.look(|_| false, || {}).await?;
            self.pipeline.take_all(|| false).await?;
            times.add(start.elapsed());
            self.expect_books(&path).await?;
            self.results += NEW;
        }
        times.quantile(0.5).context("no small file was asked for")
    }

    async fn expect_books(&self, path: &Path) -> anyhow::Result<()> {
        let books = "SELECT inserted, unchanged FROM ingest.object WHERE key = $1 AND state = 'done'";
        let key = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let (new, repeats): (i64, i64) = sqlx::query_as(books)
            .bind(key)
            .fetch_optional(&self.pipeline.pool)
            .await?
            .context("a file was not loaded")?;
        let expected = NEW as i64;
        anyhow::ensure!((new, repeats) == (expected, expected), "a file had {new} new results and {repeats} repeats");
        Ok(())
    }

    /// Writes a file that is whole before it has its name. Returns where it lies.
    fn put(&mut self, kind: Kind, numbers: impl IntoIterator<Item = u64>) -> anyhow::Result<PathBuf> {
        let unfinished = self.unfinished.path().join("file");
        let mut out = BufWriter::new(File::create(&unfinished)?);
        rows::write(kind, numbers, &mut out)?;
        out.flush()?;
        // A file that was written just now would be left for the next look.
        out.get_ref().set_modified(UNIX_EPOCH + WRITTEN)?;
        self.files += 1;
        let path = self.bucket.path().join(kind.key(self.files));
        std::fs::rename(unfinished, &path)?;
        Ok(path)
    }
}
