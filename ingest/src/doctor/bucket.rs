//! The bucket: reachable, listable, readable; versions and events as configured; by the same clock.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use futures::TryStreamExt as _;
use wardwatch_schema::clock::{Clock as _, SystemClock};
use wardwatch_schema::config::{Config, Versions};
use wardwatch_schema::feed::Feed;

use super::{Check, clock};
use crate::bucket::{Bucket, BucketError, Listed};
use crate::discover::event::Events;

const BUCKET: &str = "bucket";
const READABLE: &str = "reading";
const CLOCK: &str = "bucket clock";
const VERSIONS: &str = "versions";
const EVENTS: &str = "events";

/// The checks that need the configuration.
pub(super) const NAMES: [&str; 5] = [BUCKET, READABLE, CLOCK, VERSIONS, EVENTS];

/// Keys that are listed to find some of each feed.
const KEYS: usize = 10_000;

/// What the first keys of the bucket tell.
#[derive(Debug, Default)]
pub(super) struct Keys {
    /// Whether it could be listed.
    pub(super) is_known: bool,
    /// How many were looked at.
    pub(super) count: usize,
    /// Feeds that take any of them.
    pub(super) feeds: BTreeSet<String>,
    readable: Option<Listed>,
}

/// Looks at the bucket.
pub(super) async fn examine(config: &Config, feeds: &[Feed]) -> (Vec<Check>, Keys) {
    let Ok(address) = config.require_bucket() else {
        return (NAMES.map(|name| Check::needs(name, "bucket to be set")).to_vec(), Keys::default());
    };
    let (bucket, keys) = match open(config, address, feeds).await {
        Ok(opened) => opened,
        Err(error) => {
            let mut checks = vec![Check::failed(BUCKET, error)];
            checks.extend(NAMES[1..].iter().map(|name| Check::needs(name, "the bucket")));
            return (checks, Keys::default());
        }
    };
    let checks = vec![
        listed(&bucket, &keys),
        readable(&bucket, keys.readable.as_ref()).await,
        time(&bucket).await,
        versions(&bucket, config.versions).await,
        events(&bucket, config),
    ];
    (checks, keys)
}

async fn open(config: &Config, address: &str, feeds: &[Feed]) -> Result<(Bucket, Keys), BucketError> {
    let bucket = Bucket::open(config, address).await?;
    let keys = list(&bucket, feeds).await?;
    Ok((bucket, keys))
}

async fn list(bucket: &Bucket, feeds: &[Feed]) -> Result<Keys, BucketError> {
    let start = bucket.key_start();
    let mut pages = bucket.pages(&start, None);
    let mut keys = Keys { is_known: true, ..Keys::default() };
    while keys.count < KEYS && keys.feeds.len() < feeds.len() {
        let Some(page) = pages.try_next().await? else { break };
        keys.count += page.objects.len();
        for object in page.objects {
            let Some(feed) = feeds.iter().find(|feed| feed.takes(&object.key)) else { continue };
            keys.feeds.insert(feed.name.clone());
            keys.readable.get_or_insert(object);
        }
    }
    Ok(keys)
}

fn listed(bucket: &Bucket, keys: &Keys) -> Check {
    let name = &bucket.name;
    if keys.count == 0 {
        let prefix = &bucket.prefix;
        let below = if prefix.is_empty() { String::new() } else { format!(" below {prefix}/") };
        return Check::warning(BUCKET, format!("{name} can be listed and holds nothing{below}: is it the right one"));
    }
    Check::ok(BUCKET, format!("{name} can be listed"))
}

async fn readable(bucket: &Bucket, object: Option<&Listed>) -> Check {
    let Some(object) = object else { return Check::needs(READABLE, "an object that a feed takes") };
    let read = async {
        let found = bucket.get(&object.key, object.version_id.as_deref(), object.etag.as_deref()).await?;
        let Some(mut answer) = found else { return Ok(None) };
        answer.bytes.try_next().await.map(Some)
    };
    match read.await {
        Ok(Some(_)) => Check::ok(READABLE, format!("{} can be read", object.key)),
        Ok(None) => Check::warning(READABLE, format!("{} left the bucket meanwhile: try again", object.key)),
        Err(error) => Check::failed(READABLE, error),
    }
}

async fn time(bucket: &Bucket) -> Check {
    let Some(s3) = bucket.s3() else { return Check::ok(CLOCK, "that of the directory is this machine's") };
    let asked = SystemClock.now();
    match s3.time(&bucket.key_start()).await {
        Ok(Some(said)) => clock::compare(CLOCK, (asked, SystemClock.now()), said, TimeDelta::seconds(1)),
        Ok(None) => Check::needs(CLOCK, "a server that tells its time"),
        Err(error) => Check::failed(CLOCK, error),
    }
}

async fn versions(bucket: &Bucket, wanted: Versions) -> Check {
    if bucket.directory.is_some() {
        return Check::ok(VERSIONS, "a directory keeps none");
    }
    match (bucket.has_versions().await, wanted) {
        (Ok(true), _) => Check::ok(VERSIONS, "every version is read"),
        (Ok(false), Versions::Auto) => Check::ok(
            VERSIONS,
            "the bucket keeps none, or does not tell: what is overwritten between two looks is not read",
        ),
        (Ok(false), _) => Check::ok(VERSIONS, "only the newest is read, as configured"),
        (Err(error), _) => Check::failed(VERSIONS, error),
    }
}

/// A queue is not asked: whoever receives a message keeps it from the daemon.
fn events(bucket: &Bucket, config: &Config) -> Check {
    let Some(address) = config.events.as_deref().filter(|address| !address.is_empty()) else {
        let pause = config.poll_interval().as_secs_f64();
        return Check::ok(EVENTS, format!("none configured: the bucket is looked at every {pause} s"));
    };
    match Events::open(bucket, address) {
        Ok(_) => Check::ok(EVENTS, "the address is that of a queue; it was not asked, for that would take messages"),
        Err(error) => Check::failed(EVENTS, error),
    }
}
