//! moto, an emulator of S3 and SQS by other hands: an independent reading of what Amazon's services do.
//!
//! Invariant: a server of its own for each scenario, which ends with it.

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, ensure};
use aws_credential_types::Credentials;
use aws_sdk_s3::types::{Event, NotificationConfiguration, QueueConfiguration};
use aws_sdk_sqs::types::QueueAttributeName;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::bucket::{ACCESS_KEY, BUCKET, SECRET_KEY, aws_client};
use crate::wait::DEADLINE;
use crate::{Ingest, S3, Tested, Warehouse};

/// Where scripts/setup puts it.
const SERVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../.venv/bin/moto_server");

/// A running moto with one empty bucket.
#[derive(Debug)]
pub struct Moto {
    /// Its S3.
    pub s3: aws_sdk_s3::Client,
    /// Its SQS.
    pub sqs: aws_sdk_sqs::Client,
    endpoint: String,
    _server: Child,
}

impl Moto {
    /// Starts it on a free port.
    pub async fn start() -> Tested<Self> {
        ensure!(Path::new(SERVER).is_file(), "{SERVER} is absent: run scripts/setup test");
        let mut command = Command::new(SERVER);
        command.args(["-H", "127.0.0.1", "-p", "0"]).env("PYTHONUNBUFFERED", "1");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut server = command.spawn()?;
        let endpoint = timeout(DEADLINE, announced(&mut server)).await.context("moto did not start")??;
        let (s3, sqs) = (aws_client(&endpoint), sqs_client(&endpoint));
        s3.create_bucket().bucket(BUCKET).send().await?;
        Ok(Self { s3, sqs, endpoint, _server: server })
    }

    /// `wardwatch-ingest` from its bucket to a warehouse.
    pub fn ingest(&self, warehouse: &Warehouse) -> Tested<Ingest> {
        let bucket = Ingest::on(warehouse)?.with("WARDWATCH_BUCKET", S3::address());
        let server = bucket.with("WARDWATCH_ENDPOINT", &self.endpoint).with("AWS_REGION", "us-east-1");
        Ok(server.with("AWS_ACCESS_KEY_ID", ACCESS_KEY).with("AWS_SECRET_ACCESS_KEY", SECRET_KEY))
    }

    /// Writes an object.
    pub async fn put(&self, key: &str, bytes: &[u8]) -> Tested {
        self.s3.put_object().bucket(BUCKET).key(key).body(bytes.to_vec().into()).send().await?;
        Ok(())
    }

    /// Makes a queue, whose messages show themselves again after this many seconds.
    pub async fn queue(&self, name: &str, hidden_for: u32) -> Tested<String> {
        let queue = self.sqs.create_queue().queue_name(name);
        let queue = queue.attributes(QueueAttributeName::VisibilityTimeout, hidden_for.to_string()).send().await?;
        Ok(queue.queue_url().context("a queue has an address")?.to_owned())
    }

    /// Has the bucket tell a queue of whatever is written or removed.
    pub async fn notify(&self, queue: &str) -> Tested {
        let arn = self.attribute(queue, QueueAttributeName::QueueArn).await?;
        let told =
            QueueConfiguration::builder().queue_arn(arn).events(Event::S3ObjectCreated).events(Event::S3ObjectRemoved);
        let told = NotificationConfiguration::builder().queue_configurations(told.build()?).build();
        self.s3.put_bucket_notification_configuration().bucket(BUCKET).notification_configuration(told).send().await?;
        Ok(())
    }

    /// An attribute of a queue.
    pub async fn attribute(&self, queue: &str, name: QueueAttributeName) -> Tested<String> {
        let answer = self.sqs.get_queue_attributes().queue_url(queue).attribute_names(name.clone()).send().await?;
        let attributes = answer.attributes.unwrap_or_default();
        Ok(attributes.get(&name).with_context(|| format!("a queue has {name}"))?.clone())
    }

    /// How many messages a queue holds, those in somebody's hands included.
    pub async fn messages(&self, queue: &str) -> Tested<u32> {
        let waiting = self.attribute(queue, QueueAttributeName::ApproximateNumberOfMessages).await?;
        let taken = self.attribute(queue, QueueAttributeName::ApproximateNumberOfMessagesNotVisible).await?;
        Ok(waiting.parse::<u32>()? + taken.parse::<u32>()?)
    }

    /// Puts a message into a queue.
    pub async fn send(&self, queue: &str, body: &str) -> Tested {
        self.sqs.send_message().queue_url(queue).message_body(body).send().await?;
        Ok(())
    }
}

/// The address that the server says it listens at; what it says later is read and dropped.
async fn announced(server: &mut Child) -> Tested<String> {
    let said = server.stderr.take().context("moto says where it listens")?;
    let mut lines = BufReader::new(said).lines();
    while let Some(line) = lines.next_line().await? {
        if let Some((_, address)) = line.split_once("Running on ") {
            let address = address.trim().to_owned();
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Ok(address);
        }
    }
    anyhow::bail!("moto ended without listening")
}

fn sqs_client(endpoint: &str) -> aws_sdk_sqs::Client {
    let config = aws_sdk_sqs::Config::builder()
        .behavior_version_latest()
        .endpoint_url(endpoint)
        .region(aws_sdk_sqs::config::Region::new("us-east-1"))
        .credentials_provider(Credentials::new(ACCESS_KEY, SECRET_KEY, None, None, "test"));
    aws_sdk_sqs::Client::from_conf(config.build())
}
