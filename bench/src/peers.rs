//! The same lab results by other loaders: ours, psql, pgloader and dlt, each into a database of its own with an upsert by
//! key. First all of them as new, then again in the opposite order.
//!
//! Ours reads from S3 and keeps books, lineage and attribution; psql loads clean rows; pgloader and dlt read the CSV file,
//! and dlt leaves every column as text. The tests are loaded beforehand, untimed.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::Context as _;
use sqlx::postgres::PgConnectOptions;
use wardwatch_demo::Postgres;
use wardwatch_schema::database;

use crate::floor::Floor;
use crate::ours::Ours;
use crate::rows::{self, EACH, Kind};
use crate::{client, say, store};

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/peers");
const PYTHON: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../.venv/bin/python");

/// How much is measured.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Results.
    #[arg(long, default_value_t = 2_000_000)]
    rows: u64,
}

pub(crate) async fn run(options: &Options) -> anyhow::Result<()> {
    let (place, postgres) = (tempfile::tempdir()?, Postgres::start_temporary(Vec::new()).await?);
    let rows = options.rows;
    let files = [write(place.path(), Kind::Result, 0..rows)?, place.path().join("again")];
    let mut again = BufWriter::new(File::create(&files[1])?);
    rows::write(Kind::Result, (0..rows).rev(), &mut again)?;
    again.flush()?;
    say(&format!("{rows} results; seconds, and how many times those of psql"))?;
    say("            first load        re-delivery")?;
    let (ours, floor) = ours_and_psql(&postgres, place.path(), &files, rows).await?;
    tell("psql", floor, floor)?;
    tell("ours", ours, floor)?;
    tell("pgloader", peer(&postgres, "pgloader", &files, rows, pgloader).await?, floor)?;
    tell("dlt", peer(&postgres, "dlt", &files, rows, dlt).await?, floor)?;
    Ok(postgres.stop().await?)
}

fn tell(name: &str, seconds: [f64; 2], floor: [f64; 2]) -> anyhow::Result<()> {
    let times = [seconds[0] / floor[0], seconds[1] / floor[1]];
    say(&format!("{name:<10} {:6.1} ({:4.1})      {:6.1} ({:4.1})", seconds[0], times[0], seconds[1], times[1]))
}

async fn ours_and_psql(
    postgres: &Postgres,
    place: &Path,
    files: &[PathBuf; 2],
    rows: u64,
) -> anyhow::Result<([f64; 2], [f64; 2])> {
    let s3 = store::server(place).await?;
    let (ours, client) = (Ours::empty(postgres, "ours", &s3).await?, client::s3(&s3.endpoint()));
    let tests = write(place, Kind::Test, 0..rows.div_ceil(EACH))?;
    client::put_file(&client, "lab_tests.csv", &tests).await?;
    ours.once()?;
    client::put_file(&client, &Kind::Result.key(0), &files[0]).await?;
    let first = ours.once()?;
    let floor = Floor::prepare(postgres, &ours.url, place).await?;
    let floor_first = floor.load()?;
    client::put_file(&client, &Kind::Result.key(1), &files[1]).await?;
    let both = ([first, ours.once()?], [floor_first, floor.load()?]);
    expect_rows(&ours.url, rows).await?;
    s3.stop().await;
    Ok(both)
}

/// Seconds of a program that is given the server's socket, a file, and a directory where it may leave something; it
/// loads into the database of its own name.
async fn peer(
    postgres: &Postgres,
    name: &str,
    files: &[PathBuf; 2],
    rows: u64,
    load: impl Fn(&Path, &Path, &Path) -> Command,
) -> anyhow::Result<[f64; 2]> {
    postgres.create_database(name, None).await?;
    let (url, directory) = (postgres.url(name), tempfile::tempdir()?);
    let server: PgConnectOptions = url.parse()?;
    let socket = server.get_socket().context("the server listens at a socket")?;
    let mut seconds = [0.0; 2];
    for (file, seconds) in files.iter().zip(&mut seconds) {
        let start = Instant::now();
        let mut command = load(socket, file, directory.path());
        let output =
            command.stdin(Stdio::null()).output().with_context(|| format!("{name}: run scripts/setup peers"))?;
        *seconds = start.elapsed().as_secs_f64();
        let complaint = String::from_utf8_lossy(&output.stderr);
        anyhow::ensure!(output.status.success(), "{name} failed: {complaint}");
        expect_rows(&url, rows).await?;
    }
    postgres.drop_database(name).await?;
    Ok(seconds)
}

fn pgloader(socket: &Path, file: &Path, directory: &Path) -> Command {
    let mut command = Command::new("pgloader");
    command.arg("--root-dir").arg(directory).arg("--on-error-stop").arg(format!("{SCRIPTS}/pgloader.load"));
    command
        .env("RESULTS_FILE", file)
        .env("RESULTS_URL", format!("postgresql://postgres@unix:{}:5432/pgloader", socket.display()));
    command
}

fn dlt(socket: &Path, file: &Path, directory: &Path) -> Command {
    // It asks for a password; the server does not.
    let url = format!("postgresql://postgres:none@localhost:5432/dlt?host={}", socket.display());
    let mut command = Command::new(PYTHON);
    command.arg(format!("{SCRIPTS}/dlt_load.py")).arg(url).arg(file).arg(directory);
    command.env("RUNTIME__DLTHUB_TELEMETRY", "false");
    command
}

async fn expect_rows(url: &str, rows: u64) -> anyhow::Result<()> {
    let pool = database::connect(url).await?;
    let held: i64 = sqlx::query_scalar("SELECT count(*) FROM warehouse.lab_result").fetch_one(&pool).await?;
    pool.close().await;
    anyhow::ensure!(held == rows as i64, "the table holds {held} rows and not {rows}");
    Ok(())
}

fn write(place: &Path, kind: Kind, numbers: impl IntoIterator<Item = u64>) -> anyhow::Result<PathBuf> {
    let path = place.join(kind.name());
    let mut out = BufWriter::new(File::create(&path)?);
    rows::write(kind, numbers, &mut out)?;
    out.flush()?;
    Ok(path)
}
