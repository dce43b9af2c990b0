//! Discovery by S3's event notifications, from an SQS queue.
//!
//! Invariant: a message is deleted from the queue only when all that it tells of stands in the ledger, committed, and then
//! whatever became of the messages that came with it. From then on the ledger proves it, and a crash loses nothing. Events
//! come at least once, in any order, late or never: what one tells is only a reason to look at the key, and the sweep stands
//! behind them.
//!
//! A message that cannot be read is left in the queue: after some deliveries the queue's own redrive policy puts it where
//! somebody can see it, which a deletion would prevent. Its objects are found by the sweep.

mod message;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aws_config::Region;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::Builder;
use aws_sdk_sqs::types::{DeleteMessageBatchRequestEntry, Message};
use futures::stream::{self, StreamExt};
use url::Url;

use super::look::look;
use super::{DiscoverError, Found};
use crate::bucket::{Bucket, Cause, can_be_kept, in_full};
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

impl EventError {
    /// What ops are told.
    pub(crate) fn reason(&self) -> Option<String> {
        match self {
            Self::Discover(error) => error.reason(),
            queue => Some(queue.to_string()),
        }
    }
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

    /// Waits for messages, records what they tell of, and deletes those of which all is recorded; the others come again. Returns
    /// what was found, or why nothing could be recorded at all.
    pub async fn take(&mut self, pipeline: &Pipeline) -> Result<Found, EventError> {
        let request = self.client.receive_message().queue_url(&self.queue);
        let answer = request.max_number_of_messages(MESSAGES).wait_time_seconds(WAIT).send().await;
        let answer = answer.map_err(|error| self.error(in_full(&error)))?;
        let read = self.read(answer.messages.unwrap_or_default());
        let keys = read.iter().flat_map(|(_, keys)| keys.iter().cloned()).collect();
        let (found, mut failed) = record(pipeline, keys).await;
        let is_recorded = |keys: &[String]| !keys.iter().any(|key| failed.contains_key(key));
        let recorded: Vec<Message> =
            read.into_iter().filter(|(_, keys)| is_recorded(keys)).map(|(message, _)| message).collect();
        let is_nothing_recorded = recorded.is_empty();
        self.acknowledge(recorded).await?;
        match failed.pop_first() {
            Some((_, error)) if is_nothing_recorded => Err(error.into()),
            Some((key, error)) => {
                let others = failed.len();
                tracing::warn!(key, others, "ingest.event: {}; its message comes again", in_full(&error));
                Ok(found)
            }
            None => Ok(found),
        }
    }

    /// The messages that can be read, and the keys that each tells of. That some cannot is told seldomer each time.
    fn read(&mut self, messages: Vec<Message>) -> Vec<(Message, Vec<String>)> {
        let mut read = Vec::new();
        for message in messages {
            match message::keys(message.body().unwrap_or_default(), &self.bucket) {
                Ok(Keys(mut keys)) => {
                    keys.retain(|key| key.starts_with(&self.key_start) && can_be_kept(key));
                    read.push((message, keys));
                }
                Err(unreadable) => {
                    self.unreadable += 1;
                    let (id, so_far) = (message.message_id().unwrap_or_default(), self.unreadable);
                    if so_far.is_power_of_two() {
                        tracing::warn!(
                            message_id = id,
                            so_far,
                            "ingest.event: {unreadable}; left to the queue's redrive policy"
                        );
                    }
                }
            }
        }
        read
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
        let answer = answer.map_err(|error| self.error(in_full(&error)))?;
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

/// Looks at each key once. Returns what was found, and the keys that could not be recorded.
async fn record(pipeline: &Pipeline, keys: BTreeSet<String>) -> (Found, BTreeMap<String, DiscoverError>) {
    let looks: Vec<_> = keys.into_iter().map(|key| look_at(pipeline, key)).collect();
    let mut looked = stream::iter(looks).buffer_unordered(AT_ONCE);
    let (mut found, mut failed) = (Found::default(), BTreeMap::new());
    while let Some((key, of_key)) = looked.next().await {
        match of_key {
            Ok(of_key) => found += of_key,
            Err(error) => {
                failed.insert(key, error);
            }
        }
    }
    (found, failed)
}

async fn look_at(pipeline: &Pipeline, key: String) -> (String, Result<Found, DiscoverError>) {
    let found = look(pipeline, &key, true).await;
    (key, found)
}

/// The region in the host of one of Amazon's queues.
fn region_of(host: &str) -> Option<&str> {
    host.strip_prefix("sqs.")?.split_once(".amazonaws.com").map(|(region, _)| region)
}
