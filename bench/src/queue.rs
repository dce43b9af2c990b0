//! moto's S3 and SQS, which tell of objects by events as Amazon's do; `scripts/setup bench` installs it.
//!
//! Invariant: the server ends with the value.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Context as _;
use aws_sdk_s3::types::{Event, NotificationConfiguration, QueueConfiguration};
use aws_sdk_sqs::types::QueueAttributeName;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Child;

use crate::client;
use crate::store::{self, ACCESS_KEY, BUCKET, SECRET_KEY};

const SERVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../.venv/bin/moto_server");

/// A running moto with an empty bucket that tells a queue of its objects.
pub(crate) struct Queue {
    s3: aws_sdk_s3::Client,
    endpoint: String,
    /// Address of the queue.
    pub(crate) address: String,
    _server: Child,
}

impl Queue {
    /// Whether moto is there.
    pub(crate) fn is_installed() -> bool {
        Path::new(SERVER).is_file()
    }

    pub(crate) async fn start() -> anyhow::Result<Self> {
        let mut server = tokio::process::Command::new(SERVER);
        server.args(["-H", "127.0.0.1", "-p", "0"]).env("PYTHONUNBUFFERED", "1").stdin(Stdio::null());
        server.stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut server = server.spawn().context("moto cannot be started")?;
        let endpoint = announced(&mut server).await?;
        let (s3, sqs) = (client::s3(&endpoint), client::sqs(&endpoint));
        s3.create_bucket().bucket(BUCKET).send().await?;
        let queue = sqs.create_queue().queue_name("objects").send().await?;
        let address = queue.queue_url().context("a queue has an address")?.to_owned();
        let name = QueueAttributeName::QueueArn;
        let known = sqs.get_queue_attributes().queue_url(&address).attribute_names(name.clone()).send().await?;
        let arn = known.attributes().and_then(|all| all.get(&name)).context("a queue has a name")?;
        let told = QueueConfiguration::builder().queue_arn(arn).events(Event::S3ObjectCreated).build()?;
        let told = NotificationConfiguration::builder().queue_configurations(told).build();
        s3.put_bucket_notification_configuration().bucket(BUCKET).notification_configuration(told).send().await?;
        Ok(Self { s3, endpoint, address, _server: server })
    }

    /// A command of `wardwatch-ingest` over its bucket, which listens to its queue.
    pub(crate) fn ingest(&self, command: &str, database: &str) -> anyhow::Result<Command> {
        let mut ingest = store::ingest_from(&format!("s3://{BUCKET}"), command, database)?;
        ingest.args(["--endpoint", &self.endpoint]).env("WARDWATCH_EVENTS", &self.address);
        ingest.env("AWS_ACCESS_KEY_ID", ACCESS_KEY).env("AWS_SECRET_ACCESS_KEY", SECRET_KEY);
        ingest.env("AWS_REGION", "us-east-1");
        Ok(ingest)
    }

    /// Writes an object.
    pub(crate) async fn put(&self, key: &str, bytes: Vec<u8>) -> anyhow::Result<()> {
        self.s3.put_object().bucket(BUCKET).key(key).body(bytes.into()).send().await?;
        Ok(())
    }
}

/// The address that the server says it listens at; what it says later is read and dropped.
async fn announced(server: &mut Child) -> anyhow::Result<String> {
    let mut lines = BufReader::new(server.stderr.take().context("moto says where it listens")?).lines();
    while let Some(line) = lines.next_line().await? {
        if let Some((_, address)) = line.split_once("Running on ") {
            let address = address.trim().to_owned();
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Ok(address);
        }
    }
    anyhow::bail!("moto ended without listening")
}
