//! The embedded parts, each of which the configuration can replace.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use object_store::aws::AmazonS3Builder;
use wardwatch_demo::{Postgres, PostgresOptions, S3Options, S3Server};
use wardwatch_sample_data::{BucketSink, GenerateOptions, TrickleOptions};
use wardwatch_schema::clock::{Clock, SystemClock};
use wardwatch_schema::config::Config;
use wardwatch_schema::database;

use super::home::{Generated, Home};
use super::say;

const BUCKET: &str = "hospital";
const EVERY: Duration = Duration::from_secs(5);
const SEED: u64 = 48;

/// Starts the private Postgres, unless the configuration names a database, and migrates.
pub(super) async fn database(home: &Home, config: &mut Config) -> anyhow::Result<Option<Postgres>> {
    let mut embedded = None;
    if config.database_url.is_empty() {
        say("starting a private Postgres ...")?;
        let postgres = Postgres::start(PostgresOptions { home: home.postgres(), settings: Vec::new() }).await?;
        if let Err(database::DatabaseError::NoSuchDatabase(_)) = database::connect(&postgres.url("wardwatch")).await {
            postgres.create_database("wardwatch", None).await?;
        }
        config.database_url = postgres.url("wardwatch");
        embedded = Some(postgres);
    }
    let pool = database::connect(&config.database_url).await?;
    database::migrate(&pool).await?;
    pool.close().await;
    Ok(embedded)
}

/// Starts the S3 server and the hospital that writes to it, unless the configuration names a bucket.
pub(super) async fn bucket(home: &Home, config: &mut Config, patients: u64) -> anyhow::Result<Option<Hospital>> {
    if !config.bucket.is_empty() {
        return Ok(None);
    }
    say("starting an S3 server ...")?;
    let kept = home.generated()?;
    let is_first = kept.is_none();
    let generated = kept.unwrap_or_else(|| Generated {
        patients,
        seed: SEED,
        now: SystemClock.now(),
        access_key: "wardwatch".to_owned(),
        secret_key: uuid::Uuid::new_v4().simple().to_string(),
    });
    let hospital = Hospital::open(home, generated).await?;
    if is_first {
        say(&format!("generating a hospital of {patients} patients ..."))?;
        wardwatch_sample_data::generate(hospital.sink()?.as_ref(), &hospital.options()).await?;
        home.keep(&hospital.generated)?;
    }
    config.bucket = format!("s3://{BUCKET}");
    config.endpoint = Some(hospital.server.endpoint());
    config.anonymous = true;
    Ok(Some(hospital))
}

/// The S3 server, and the hospital that drops files into it.
pub(crate) struct Hospital {
    server: S3Server,
    generated: Generated,
}

impl Hospital {
    async fn open(home: &Home, generated: Generated) -> anyhow::Result<Self> {
        let options = S3Options {
            directory: home.s3(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            access_key: generated.access_key.clone(),
            secret_key: generated.secret_key.clone(),
            anonymous: true,
        };
        let server = S3Server::start(options).await?;
        server.ensure_bucket(BUCKET)?;
        Ok(Self { server, generated })
    }

    fn options(&self) -> GenerateOptions {
        let Generated { patients, seed, now, .. } = self.generated;
        GenerateOptions { contacts: true, ..GenerateOptions::new(patients, seed, now) }
    }

    fn sink(&self) -> anyhow::Result<Box<BucketSink>> {
        let store = AmazonS3Builder::new()
            .with_endpoint(self.server.endpoint())
            .with_allow_http(true)
            .with_bucket_name(BUCKET)
            .with_region("us-east-1")
            .with_access_key_id(&self.generated.access_key)
            .with_secret_access_key(&self.generated.secret_key)
            .build()
            .context("the demo's bucket cannot be opened")?;
        Ok(Box::new(BucketSink::new(Arc::new(store), "")))
    }

    /// Whoever drops the new files.
    pub(super) fn writer(&self) -> anyhow::Result<Writer> {
        Ok(Writer { sink: self.sink()?, options: TrickleOptions::new(self.options(), EVERY) })
    }

    /// What a visitor types to put a file of their own beside the generated ones.
    pub(super) fn how_to_drop_a_file(&self) -> String {
        format!(
            "New files come every {EVERY:?}. To drop one yourself:\n  \
             AWS_ACCESS_KEY_ID={} AWS_SECRET_ACCESS_KEY={} \\\n  \
             aws --endpoint-url {} s3 cp FILE.csv s3://{BUCKET}/\n",
            self.generated.access_key,
            self.generated.secret_key,
            self.server.endpoint()
        )
    }

    /// Stops the server after the requests in hand.
    pub(super) async fn stop(self) {
        self.server.stop().await;
    }
}

/// Drops new files into the bucket every few seconds.
pub(crate) struct Writer {
    sink: Box<BucketSink>,
    options: TrickleOptions,
}

impl Writer {
    pub(super) async fn write_until(self, stop: impl Future<Output = ()> + Send) -> anyhow::Result<()> {
        wardwatch_sample_data::trickle(self.sink.as_ref(), &self.options, || SystemClock.now(), stop).await?;
        Ok(())
    }
}
