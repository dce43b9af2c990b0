//! What discovery asks of the bucket, counted at the server, at three sizes: an ordinary look at a bucket of which all is
//! loaded, and a listing of the whole.

use std::process::Command;
use std::time::Instant;

use wardwatch_demo::{Operation, Postgres, S3Server};
use wardwatch_ingest::discover::poll::Poll;
use wardwatch_ingest::pipeline::Pipeline;
use wardwatch_schema::config::Config;
use wardwatch_schema::database;

use crate::store::{self, BUCKET};
use crate::{process, say, sibling};

const SIZES: [usize; 3] = [1_000, 100_000, 1_000_000];
const FEEDS: [&str; 4] = ["lis/lab_results", "lis/lab_tests", "pms/admissions", "pms/patient_information"];
/// Looks of which the mean is told.
const LOOKS: u32 = 10;

pub(crate) async fn measure() -> anyhow::Result<()> {
    let postgres = Postgres::start_temporary(Vec::new()).await?;
    say("     keys  a look: LIST  HEAD      ms  the whole: LIST  seconds  peak MiB")?;
    for size in SIZES {
        let url = database_for(&postgres, size).await?;
        at(size, &url).await?;
    }
    postgres.stop().await?;
    Ok(())
}

async fn database_for(postgres: &Postgres, size: usize) -> anyhow::Result<String> {
    let name = format!("discovery_{size}");
    postgres.create_database(&name, None).await?;
    let pool = database::connect(&postgres.url(&name)).await?;
    database::migrate(&pool).await?;
    pool.close().await;
    Ok(postgres.url(&name))
}

async fn at(size: usize, database: &str) -> anyhow::Result<()> {
    let place = tempfile::tempdir()?;
    let s3 = store::server(place.path()).await?;
    s3.plant(BUCKET, (0..size).map(key), b"planted")?;
    let file = place.path().join("wardwatch.toml");
    let text = format!(
        "timezone = 'UTC'\nanonymous = true\nbucket = 's3://{BUCKET}'\nendpoint = '{}'\ndatabase_url = '{database}'",
        s3.endpoint()
    );
    std::fs::write(&file, text)?;
    let pipeline = Pipeline::open(&Config::load(Some(&file))?).await?;
    let mut poll = Poll::new(pipeline.clone());
    poll.look(|_| false, || {}).await?;
    let loaded = "UPDATE ingest.object SET state = 'done', sha256 = sha256(key::bytea), loaded_at = now()";
    sqlx::query(loaded).execute(&pipeline.pool).await?;
    sqlx::query("VACUUM ANALYZE ingest.object").execute(&pipeline.pool).await?;

    let (before, start) = (asked(&s3), Instant::now());
    for _ in 0..LOOKS {
        poll.look(|_| false, || {}).await?;
    }
    let milliseconds = start.elapsed().as_secs_f64() * 1_000.0 / f64::from(LOOKS);
    let looked = asked(&s3);
    let mut whole = Command::new(sibling("wardwatch-ingest")?);
    whole.args(["once", "--config"]).arg(&file).env("WARDWATCH_LOG", "warn");
    let (peak_mib, seconds) = process::measured(whole).await?;
    let listed = asked(&s3);
    say(&format!(
        "{size:>9} {:>13.1} {:>5.1} {milliseconds:>7.1} {:>16} {seconds:>8.1} {peak_mib:>9}",
        (looked.0 - before.0) as f64 / f64::from(LOOKS),
        (looked.1 - before.1) as f64 / f64::from(LOOKS),
        listed.0 - looked.0,
    ))?;
    s3.stop().await;
    Ok(())
}

/// Listings and heads so far.
fn asked(s3: &S3Server) -> (u64, u64) {
    let requests = s3.requests();
    let of = |operation: Operation| requests.get(operation.name()).copied().unwrap_or_default();
    (of(Operation::ListObjectsV2), of(Operation::HeadObject))
}

/// Four feeds in dated folders, a file of each every second.
pub(crate) fn key(number: usize) -> String {
    let (feed, second) = (FEEDS[number % 4], number / 4);
    let (day, second) = (second / 86_400 + 1, second % 86_400);
    format!("{feed}/2026/11/{day:02}/{:02}{:02}{:02}.csv", second / 3_600, second / 60 % 60, second % 60)
}
