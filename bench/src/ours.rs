//! `wardwatch-ingest once`, the real program, from files to settled books.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};
use wardwatch_demo::Postgres;
use wardwatch_schema::database;

use crate::{Measured, say, sibling};

pub(crate) const DATABASE: &str = "ours";

pub(crate) async fn measure(postgres: &Postgres, bucket: &Path) -> anyhow::Result<Measured> {
    postgres.create_database(DATABASE, None).await?;
    let url = postgres.url(DATABASE);
    let pool = database::connect(&url).await?;
    database::migrate(&pool).await?;
    say("loading with wardwatch-ingest once ...")?;
    let start = Instant::now();
    let status = Command::new(sibling("wardwatch-ingest")?)
        .arg("once")
        .env("WARDWATCH_DATABASE_URL", &url)
        .env("WARDWATCH_BUCKET", format!("file://{}", bucket.display()))
        .env("WARDWATCH_TIMEZONE", "UTC")
        .stdout(Stdio::null())
        .status()?;
    let seconds = start.elapsed().as_secs_f64();
    // 3: taken, with results that wait because their test id is shared.
    anyhow::ensure!(matches!(status.code(), Some(0 | 3)), "wardwatch-ingest once failed: {status}");
    let rows = sqlx::query_scalar("SELECT sum(records)::bigint FROM ingest.object").fetch_one(&pool).await?;
    pool.close().await;
    let peak_mib = getrusage(UsageWho::RUSAGE_CHILDREN)?.max_rss() / 1024;
    Ok(Measured { rows, seconds, peak_mib })
}
