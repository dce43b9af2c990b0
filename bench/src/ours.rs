//! `wardwatch-ingest once`, the real program, from the bytes in S3 to settled books.

use std::process::Stdio;
use std::time::Instant;

use wardwatch_demo::{Postgres, S3Server};
use wardwatch_schema::database;

use crate::store;

/// A warehouse, and the bucket that it is loaded from.
pub(crate) struct Ours<'a> {
    pub(crate) s3: &'a S3Server,
    pub(crate) url: String,
}

impl<'a> Ours<'a> {
    /// An empty warehouse.
    pub(crate) async fn empty(postgres: &Postgres, database: &str, s3: &'a S3Server) -> anyhow::Result<Self> {
        postgres.create_database(database, None).await?;
        let url = postgres.url(database);
        let pool = database::connect(&url).await?;
        database::migrate(&pool).await?;
        pool.close().await;
        Ok(Self { s3, url })
    }

    /// Takes all that is in the bucket. Returns the seconds.
    pub(crate) fn once(&self) -> anyhow::Result<f64> {
        let start = Instant::now();
        let status = store::ingest("once", &self.url, self.s3)?.stdout(Stdio::null()).status()?;
        let seconds = start.elapsed().as_secs_f64();
        // 3: taken, with results that wait because their test id is shared.
        anyhow::ensure!(matches!(status.code(), Some(0 | 3)), "wardwatch-ingest once failed: {status}");
        Ok(seconds)
    }
}
