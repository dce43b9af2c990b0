//! Discovery by S3's event notifications, from an SQS queue.
//!
//! Invariant: a message is deleted from the queue only when all that it tells of stands in the ledger, committed. From then
//! on the ledger proves it, and a crash loses nothing. Events come at least once, in any order, late or never: what one
//! tells is only a reason to look at the key, and the sweep stands behind them.
//!
//! A message that cannot be read is left in the queue: after some deliveries the queue's own redrive policy puts it where
//! somebody can see it, which a deletion would prevent. Its objects are found by the sweep.

mod message;

use std::time::Duration;

use aws_config::Region;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::Builder;
use aws_sdk_sqs::error::DisplayErrorContext;
use aws_sdk_sqs::types::{DeleteMessageBatchRequestEntry, Message};
use futures::stream::{self, StreamExt, TryStreamExt};
use url::Url;

use super::look::look;
use super::{DiscoverError, Found};
use crate::bucket::{Bucket, Cause};
use crate::pipeline::Pipeline;
use message::Keys;

/// Messages that SQS gives at once, at most.
const MESSAGES: i32 = 10;
/// How long an empty queue is waited at, in seconds: the most that SQS allows.
const WAIT: i32 = 20;
/// Keys that are looked at at once.
const AT_ONCE: usize = 16;
/// How long the first byte of an answer may take: longer than the wait.
const ANSWERS_WITHIN: Duration = Duration::from_secs(40);

/// Why events cannot be taken. Polls and sweeps go on.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// The address is not that of a queue.
    #[error("events {0:?} is not the address of a queue: give https://sqs.region.amazonaws.com/account/name")]
    Address(String),
    /// Only S3 buckets that are read with credentials have events.
    #[error("events need an s3:// bucket that is read with credentials: remove `events`, or `anonymous`")]
    NoBucket,
    /// The queue refuses or does not answer.
    #[error(
        "the queue {0} cannot be used: check its address, its region and the permissions sqs:ReceiveMessage and sqs:DeleteMessage"
    )]
    Queue(String, #[source] Cause),
    /// What an event tells of could not be looked at or recorded.
    #[error(transparent)]
    Discover(#[from] DiscoverError),
}

/// The queue of a bucket's events.
#[derive(Debug)]
pub struct Events {
    client: Client,
    queue: String,
    bucket: String,
    key_start: String,
    unreadable: u64,
}

impl Events {
    /// Opens the queue. Nothing is asked of it yet.
    pub fn open(bucket: &Bucket, address: &str) -> Result<Self, EventError> {
        let url = Url::parse(address).map_err(|_| EventError::Address(address.to_owned()))?;
        let host = url.host_str().ok_or_else(|| EventError::Address(address.to_owned()))?;
        let s3 = bucket.s3().filter(|s3| !s3.is_anonymous()).ok_or(EventError::NoBucket)?;
        let timeouts = aws_config::timeout::TimeoutConfig::builder().read_timeout(ANSWERS_WITHIN).build();
        let mut builder = Builder::from(s3.shared()).timeout_config(timeouts);
        builder = match region_of(host) {
            Some(region) => builder.region(Region::new(region.to_owned())),
            None => builder.endpoint_url(url.origin().ascii_serialization()),
        };
        Ok(Self {
            client: Client::from_conf(builder.build()),
            queue: address.to_owned(),
            bucket: s3.bucket().to_owned(),
            key_start: bucket.key_start(),
            unreadable: 0,
        })
    }

    /// Waits for messages, records what they tell of, and deletes them. Returns what was found.
    pub async fn take(&mut self, pipeline: &Pipeline) -> Result<Found, EventError> {
        let request = self.client.receive_message().queue_url(&self.queue);
        let answer = request.max_number_of_messages(MESSAGES).wait_time_seconds(WAIT).send().await;
        let answer = answer.map_err(|error| self.error(DisplayErrorContext(error).to_string()))?;
        let (keys, read) = self.read(answer.messages.unwrap_or_default());
        let found = record(pipeline, keys).await?;
        self.acknowledge(read).await?;
        Ok(found)
    }

    /// The keys that messages tell of, and the messages that could be read.
    fn read(&mut self, messages: Vec<Message>) -> (Vec<String>, Vec<Message>) {
        let (mut keys, mut read) = (Vec::new(), Vec::new());
        for message in messages {
            match message::keys(message.body().unwrap_or_default(), &self.bucket) {
                Ok(Keys(of_message)) => {
                    keys.extend(of_message.into_iter().filter(|key| key.starts_with(&self.key_start)));
                    read.push(message);
                }
                Err(unreadable) => {
                    self.unreadable += 1;
                    let (id, so_far) = (message.message_id().unwrap_or_default(), self.unreadable);
                    tracing::warn!(
                        message_id = id,
                        so_far,
                        "ingest.event: {unreadable}; left to the queue's redrive policy"
                    );
                }
            }
        }
        keys.sort();
        keys.dedup();
        (keys, read)
    }

    async fn acknowledge(&self, messages: Vec<Message>) -> Result<(), EventError> {
        let entry = |(at, message): (usize, Message)| {
            DeleteMessageBatchRequestEntry::builder()
                .id(at.to_string())
                .set_receipt_handle(message.receipt_handle)
                .build()
                .map_err(|error| self.error(error.to_string()))
        };
        let entries = messages.into_iter().enumerate().map(entry).collect::<Result<Vec<_>, _>>()?;
        if entries.is_empty() {
            return Ok(());
        }
        let answer = self.client.delete_message_batch().queue_url(&self.queue).set_entries(Some(entries)).send().await;
        let answer = answer.map_err(|error| self.error(DisplayErrorContext(error).to_string()))?;
        if !answer.failed.is_empty() {
            // They come again, and find the ledger as they left it.
            tracing::warn!(messages = answer.failed.len(), "ingest.event: not deleted from the queue; they come again");
        }
        Ok(())
    }

    fn error(&self, cause: String) -> EventError {
        EventError::Queue(self.queue.clone(), cause.into())
    }
}

async fn record(pipeline: &Pipeline, keys: Vec<String>) -> Result<Found, DiscoverError> {
    let looks = keys.iter().map(|key| look(pipeline, key, true)).collect::<Vec<_>>();
    let found: Vec<Found> = stream::iter(looks).buffer_unordered(AT_ONCE).try_collect().await?;
    Ok(found.into_iter().sum())
}

/// The region in the host of one of Amazon's queues.
fn region_of(host: &str) -> Option<&str> {
    host.strip_prefix("sqs.")?.split_once(".amazonaws.com").map(|(region, _)| region)
}
