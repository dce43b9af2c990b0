//! The way of the data: discover, claim, fetch, parse, stage, merge, settle, announce.
//!
//! `take_all` is one worker until nothing is left; the daemon runs several of them after every discovery.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono_tz::Tz;
use futures::StreamExt;
use futures::stream;
use rand::Rng;
use sqlx::PgPool;
use uuid::Uuid;
use wardwatch_schema::config::{Config, ConfigError};
use wardwatch_schema::database::{self, DatabaseError, answered};
use wardwatch_schema::feed::Feed;
use wardwatch_schema::map::MapSet;

use crate::bucket::{self, Bucket, BucketError};
use crate::claim::{self, BUSY, Claim, Limits, Renewal, Turns};
use crate::discover::Looking;
use crate::durations::{Durations, Step, Stopwatch};
use crate::failpoint::{self, Point};
use crate::fetch::{self, FetchError, Fetched};
use crate::ledger::{self, Leased};
use crate::load::{self, LoadError};
use crate::maps::{self, Maps, MapsError};
use crate::parse::{self, Origin, ParseError};
use crate::reading::{Parsed, Parsing};

/// Fetches that are under way at once.
const FETCHES: usize = 16;
/// An object that failed this often for passing reasons, or whose loader ended this often, is failed for good.
const ATTEMPTS: i32 = 6;
/// So much of an object, and of the objects of a claim, is held in memory before anything of it is loaded. A record takes some
/// times as much as its text.
const MOST_HELD: u64 = 48 << 20;
/// Why an object is gone that was not there, or was another one, when it was to be read.
const LEFT: &str = "the object left the bucket before it was read: ask the source for it again";
/// Why an object is failed of which that was said each time.
const NEVER_THERE: &str = "the bucket lists the object, and says that it is not there, or another one, when it is read: look it up with the bucket's own tools, and upload it again under another name";

/// An object with its bytes, or why it has none.
type Answer = Result<Fetched, (Leased, FetchError)>;

/// What every step of the pipeline needs.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// The warehouse.
    pub pool: PgPool,
    /// The bucket.
    pub bucket: Bucket,
    /// The configured feeds.
    pub feeds: Arc<[Feed]>,
    /// The column maps in force.
    pub maps: Maps,
    /// Zone of the hospital's wall clock.
    pub zone: Tz,
    /// How much one transaction takes, and in which way.
    pub limits: Limits,
    /// How the bucket is looked through.
    pub looking: Looking,
    /// How long the steps took.
    pub durations: Durations,
    /// Whether a bucket that does not answer is waited for, for as long as that takes. Who takes what is there and ends
    /// counts attempts instead.
    pub waits_for_bucket: bool,
}

/// Why a worker cannot go on taking for now.
#[derive(Debug, thiserror::Error)]
pub enum TakeError {
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// Nothing that was claimed of any feed could be fetched: it is the bucket, and not an object.
    #[error(transparent)]
    Bucket(BucketError),
}

/// Why the pipeline cannot start.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The configuration lacks something or is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A column map is wrong.
    #[error(transparent)]
    Map(#[from] MapsError),
    /// The warehouse cannot be used.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The bucket cannot be used.
    #[error(transparent)]
    Bucket(#[from] BucketError),
    /// The feeds cannot be written to the warehouse.
    #[error("the feeds cannot be written to the warehouse: {0}; may the database user write the schema ingest")]
    Feeds(#[source] sqlx::Error),
}

impl Pipeline {
    /// Opens warehouse and bucket as the configuration says, and tells the warehouse of the feeds.
    pub async fn open(config: &Config) -> Result<Self, OpenError> {
        let (zone, address) = (config.require_timezone()?, config.require_bucket()?);
        let feeds = config.feeds()?;
        let pool = database::connect_for(config.require_database_url()?, config.workers).await?;
        database::expect_migrated(&pool).await?;
        let bucket = Bucket::open(config, address).await?;
        ledger::announce_feeds(&pool, &bucket.name, &feeds).await.map_err(OpenError::Feeds)?;
        let maps = maps::load(&pool, config.maps.as_deref(), &feeds).await?;
        maps::note_in_force(&pool, &maps, &feeds).await.map_err(OpenError::Feeds)?;
        let maps = Maps::new(maps, config.maps.clone());
        let limits = Limits { objects: config.batch_objects, bytes: config.batch_bytes, ..Limits::default() };
        let looking = Looking::of(config);
        let (durations, waits_for_bucket) = (Durations::default(), false);
        Ok(Self { pool, bucket, feeds: feeds.into(), maps, zone, limits, looking, durations, waits_for_bucket })
    }

    /// Takes claim after claim until nothing can be claimed; stops between two claims when asked to.
    ///
    /// Returns the objects that were claimed.
    pub async fn take_all(&self, stopping: impl Fn() -> bool) -> Result<Vec<i64>, TakeError> {
        self.take_turns(&mut Turns::of(self.feeds.iter()), stopping).await
    }

    /// The same for a worker that comes again, and remembers which feeds it leaves alone for now. A feed of which nothing can be
    /// fetched keeps none of the others waiting.
    pub(crate) async fn take_turns(
        &self,
        turns: &mut Turns<'_>,
        stopping: impl Fn() -> bool,
    ) -> Result<Vec<i64>, TakeError> {
        let (mut taken, mut is_out, mut last_cause) = (Vec::new(), true, None);
        while !stopping() {
            let claimed = answered(claim::claim(&self.pool, &self.bucket, turns, self.limits)).await?;
            let Some(claim) = claimed else { break };
            failpoint::reached(Point::AfterClaim).await;
            taken.extend(claim.objects.iter().map(|object| object.object_id));
            let (maps, feed) = (self.maps.current(), claim.feed.clone());
            match self.take(&maps, claim).await {
                Ok(()) => {
                    turns.note_success(&feed);
                    is_out = false;
                }
                Err(TakeError::Bucket(cause)) => {
                    turns.note_failure(&feed, Instant::now());
                    last_cause = Some(cause);
                }
                Err(error) => return Err(error),
            }
            if !self.maps.is_current(&maps) {
                // What the old maps could not read may have been held after the new ones had released the feed.
                answered(maps::release(&self.pool, &[feed])).await?;
            }
            self.durations.write_now_and_then(&self.pool).await;
        }
        self.durations.write(&self.pool).await;
        match last_cause {
            Some(cause) if is_out => Err(TakeError::Bucket(cause)),
            _ => Ok(taken),
        }
    }

    /// Names of the feeds, in the order in which they are claimed.
    pub fn feed_names(&self) -> Vec<String> {
        self.feeds.iter().map(|feed| feed.name.clone()).collect()
    }

    /// Takes one claim to its end: every object of it is done, in a state that says why not, or given back.
    async fn take(&self, maps: &Arc<MapSet>, claim: Claim) -> Result<(), TakeError> {
        let _renewal = Renewal::start(self.pool.clone(), claim.token);
        let Some(feed) = self.feeds.iter().find(|feed| feed.name == claim.feed) else { return Ok(()) };
        // Its loaders ended before they could say why; such an object is claimed alone.
        if let Some(object) = claim.objects.iter().find(|object| object.attempts >= ATTEMPTS) {
            return Ok(self.refuse(claim.token, object, "failed", &loaders_ended()).await?);
        }
        let mut watch = Stopwatch::start();
        let readable = self.fetch_and_parse(feed, maps, &claim).await?;
        watch.ends(Step::Read);
        if readable.is_empty() {
            return Ok(());
        }
        failpoint::reached(Point::AfterParse).await;
        let objects: Vec<Leased> = readable.iter().map(|parsed| parsed.object.clone()).collect();
        let target = (feed.name.as_str(), feed.target);
        match load::load(&self.pool, target, claim.token, self.limits, readable, &mut watch).await {
            Ok(books) => {
                self.durations.add(&feed.name, watch);
                failpoint::reached(Point::AfterCommit).await;
                tracing::info!(feed = %feed, objects = objects.len(), records = books.records, quarantined = books.quarantined, waiting = books.waiting, "ingest.settle: loaded");
                Ok(())
            }
            Err(LoadError::FeedBusy) => Ok(self.put_off_all(claim.token, &objects).await?),
            Err(error) if objects.len() > 1 && !is_passing(&error) => self.take_one_by_one(maps, &claim, objects).await,
            Err(error) => Ok(self.refuse_all(claim.token, &objects, &error).await?),
        }
    }

    /// A failing batch is split until the culprit stands alone.
    async fn take_one_by_one(&self, maps: &Arc<MapSet>, claim: &Claim, objects: Vec<Leased>) -> Result<(), TakeError> {
        for object in objects {
            let alone = Claim { feed: claim.feed.clone(), token: claim.token, objects: vec![object] };
            Box::pin(self.take(maps, alone)).await?;
        }
        Ok(())
    }

    async fn fetch_and_parse(&self, feed: &Feed, maps: &Arc<MapSet>, claim: &Claim) -> Result<Vec<Parsed>, TakeError> {
        let requests: Vec<_> = claim.objects.iter().map(|leased| self.fetch(leased.clone())).collect();
        let answers: Vec<_> = stream::iter(requests).buffered(FETCHES).collect().await;
        tell_once(feed, &answers);
        let answers = if self.waits_for_bucket { self.unless_out(claim, answers).await? } else { answers };
        failpoint::reached(Point::AfterFetch).await;
        let (mut readable, mut held) = (Vec::new(), 0);
        for answer in answers {
            match answer {
                // Several packed objects may unfold to more than one batch should hold.
                Ok(fetched) if held > MOST_HELD => self.put_off_all(claim.token, &[fetched.object]).await?,
                Ok(fetched) => {
                    let parsed = self.parse(feed, maps, claim.token, fetched).await?;
                    held += parsed.as_ref().map_or(0, |parsed| parsed.chunks.held_bytes());
                    readable.extend(parsed);
                }
                Err((object, error)) => self.refuse_fetch(claim.token, &object, &error).await?,
            }
        }
        Ok(readable)
    }

    /// Nothing of a claim could be fetched: the bucket is out, if more than one object says so, or if it does not list either.
    /// All are put off, and none is worse for it; but where there are several, one of them is tried for itself, so that two
    /// objects that nobody may read come to their end.
    async fn unless_out(&self, claim: &Claim, answers: Vec<Answer>) -> Result<Vec<Answer>, TakeError> {
        let is_of_bucket = |answer: &Answer| match answer {
            Err((_, FetchError::Bucket(cause))) => !matches!(cause, BucketError::Archived(..)),
            _ => false,
        };
        if !answers.iter().all(is_of_bucket) || answers.len() == 1 && self.bucket.answers().await {
            return Ok(answers);
        }
        let is_many = answers.len() > 1;
        let mut failed: Vec<(Leased, FetchError)> = answers.into_iter().filter_map(Result::err).collect();
        let (object, error) = failed.swap_remove(rand::rng().random_range(0..failed.len()));
        let others: Vec<Leased> = failed.into_iter().map(|(object, _)| object).collect();
        self.put_off_all(claim.token, &others).await?;
        if is_many {
            self.refuse_fetch(claim.token, &object, &error).await?;
        } else {
            self.put_off_all(claim.token, std::slice::from_ref(&object)).await?;
        }
        match error {
            FetchError::Bucket(cause) => Err(TakeError::Bucket(cause)),
            _ => Ok(Vec::new()),
        }
    }

    async fn fetch(&self, object: Leased) -> Answer {
        let for_error = object.clone();
        fetch::fetch(&self.bucket, object).await.map_err(|error| (for_error, error))
    }

    /// Small objects are read to their end, so that one that cannot be read spoils no batch; large ones stream.
    async fn parse(
        &self,
        feed: &Feed,
        maps: &Arc<MapSet>,
        token: Uuid,
        fetched: Fetched,
    ) -> Result<Option<Parsed>, sqlx::Error> {
        let object = fetched.object.clone();
        let origin = self.origin(feed, &object);
        let maps = Arc::clone(maps);
        let started = Parsing::start(fetched, move |bytes, take| parse::read(&origin, &maps, bytes, take));
        let parsing = match started {
            Ok(parsing) => parsing,
            Err(error) => {
                self.refuse_fetch(token, &object, &FetchError::Spool(error)).await?;
                return Ok(None);
            }
        };
        if object.size > self.limits.bytes {
            return Ok(Some(parsing.streaming()));
        }
        match parsing.whole(MOST_HELD.max(self.limits.bytes)).await {
            Ok(whole) => Ok(Some(whole)),
            Err((object, error)) => {
                self.refuse_all(token, &[object], &LoadError::Parse(error)).await?;
                Ok(None)
            }
        }
    }

    pub(crate) fn origin(&self, feed: &Feed, object: &Leased) -> Origin {
        Origin {
            feed: feed.name.clone(),
            target: feed.target,
            key: object.key.clone(),
            order_time: object.order_time,
            last_modified: object.last_modified,
            zone: self.zone,
        }
    }

    async fn refuse_fetch(&self, token: Uuid, object: &Leased, error: &FetchError) -> Result<(), sqlx::Error> {
        match error {
            FetchError::Gone => self.let_go(token, object).await,
            passing => self.try_later(token, object, &passing.to_string()).await,
        }
    }

    /// It is gone, unless the bucket goes on telling of it; then it is read again after a while, and not for ever.
    async fn let_go(&self, token: Uuid, object: &Leased) -> Result<(), sqlx::Error> {
        if object.attempts + 1 >= ATTEMPTS {
            return self.refuse(token, object, "failed", &given_up(NEVER_THERE)).await;
        }
        let delay = backoff(object.attempts);
        tracing::warn!(object_id = object.object_id, key = %object.key, state = "gone", "ingest.settle: {LEFT}");
        failpoint::reached(Point::BeforeRefusal).await;
        answered(ledger::give_back(&self.pool, object.object_id, token, ("gone", delay.as_secs_f64()), LEFT)).await
    }

    /// Gives objects back that need what a large batch has; that is no fault of theirs.
    async fn put_off_all(&self, token: Uuid, objects: &[Leased]) -> Result<(), sqlx::Error> {
        let objects: Vec<i64> = objects.iter().map(|object| object.object_id).collect();
        answered(ledger::put_off(&self.pool, &objects, token, BUSY.as_secs_f64())).await
    }

    async fn refuse_all(&self, token: Uuid, objects: &[Leased], error: &LoadError) -> Result<(), sqlx::Error> {
        if let LoadError::Database(cause) = error
            && is_passing(error)
        {
            tracing::warn!(objects = objects.len(), "ingest.load: {}; trying again", failure(cause));
        }
        for object in objects {
            match error {
                LoadError::Parse(ParseError::Held(_) | ParseError::Empty) => {
                    self.refuse(token, object, "held", &error.to_string()).await?;
                }
                LoadError::Parse(ParseError::Bytes(_) | ParseError::Cast(_)) => {
                    self.refuse(token, object, "failed", &error.to_string()).await?;
                }
                LoadError::Database(cause) if !is_passing(error) => {
                    self.refuse(token, object, "failed", &refusal(cause)).await?;
                }
                LoadError::Database(cause) => self.try_later(token, object, &failure(cause)).await?,
                LoadError::Parse(ParseError::Stopped) => self.try_later(token, object, "reading was stopped").await?,
                LoadError::FeedBusy | LoadError::ResultsBusy => {
                    self.put_off_all(token, std::slice::from_ref(object)).await?;
                }
                LoadError::LeaseLost(_) => tracing::warn!(object_id = object.object_id, "ingest.settle: {error}"),
            }
        }
        Ok(())
    }

    async fn refuse(&self, token: Uuid, object: &Leased, state: &str, reason: &str) -> Result<(), sqlx::Error> {
        tracing::warn!(object_id = object.object_id, key = %object.key, state, "ingest.settle: {reason}");
        failpoint::reached(Point::BeforeRefusal).await;
        answered(ledger::refuse(&self.pool, object.object_id, token, state, reason)).await?;
        Ok(())
    }

    async fn try_later(&self, token: Uuid, object: &Leased, reason: &str) -> Result<(), sqlx::Error> {
        if object.attempts + 1 >= ATTEMPTS {
            return self.refuse(token, object, "failed", &given_up(reason)).await;
        }
        let delay = backoff(object.attempts);
        tracing::debug!(object_id = object.object_id, key = %object.key, delay = ?delay, "ingest.settle: {reason}; trying again");
        failpoint::reached(Point::BeforeRefusal).await;
        answered(ledger::give_back(&self.pool, object.object_id, token, ("pending", delay.as_secs_f64()), reason)).await
    }
}

/// Why an object is failed that was tried often enough.
fn given_up(reason: &str) -> String {
    format!(
        "{reason}; given up after {ATTEMPTS} attempts: once the cause is gone, run wardwatch-ingest retry --reason 'given up'"
    )
}

/// Why an object is failed that no loader survived.
fn loaders_ended() -> String {
    format!(
        "its loader ended {ATTEMPTS} times before it had settled the object (killed, or out of memory?): \
         once the cause is gone, run wardwatch-ingest retry --reason 'its loader ended'"
    )
}

/// Doubles from half a second, with jitter of a half.
fn backoff(attempts: i32) -> Duration {
    let doubled = 0.5 * f64::from(1 << attempts.clamp(0, 6));
    Duration::from_secs_f64(doubled * rand::rng().random_range(0.5..1.5))
}

/// Whether the same load may succeed later: lost connections, a transaction that was idle for too long because this machine
/// slept, deadlocks, a server that stops, a full disk.
fn is_passing(error: &LoadError) -> bool {
    matches!(error, LoadError::Database(cause) if is_passing_cause(cause))
}

/// As above, of what the database said.
pub(crate) fn is_passing_cause(cause: &sqlx::Error) -> bool {
    match cause.as_database_error().and_then(sqlx::error::DatabaseError::code) {
        Some(code) => ["08", "25P03", "40", "53", "55", "57", "58"].iter().any(|class| code.starts_with(class)),
        None => !matches!(cause, sqlx::Error::ColumnDecode { .. } | sqlx::Error::Encode(_) | sqlx::Error::Decode(_)),
    }
}

/// One line for all objects of a claim that cannot be fetched for one reason: an outage must not flood the log.
fn tell_once(feed: &Feed, answers: &[Answer]) {
    let mut reasons: BTreeMap<String, (usize, &FetchError)> = BTreeMap::new();
    for (_, error) in answers.iter().filter_map(|answer| answer.as_ref().err()) {
        reasons.entry(error.to_string()).or_insert((0, error)).0 += 1;
    }
    for (objects, error) in reasons.into_values() {
        tracing::warn!(feed = %feed, objects, "ingest.fetch: {}", bucket::in_full(error));
    }
}

/// What failed in the database, for a reason in the ledger.
fn failure(error: &sqlx::Error) -> String {
    let code = code(error);
    let meaning = match code.trim_start_matches("SQLSTATE ") {
        "53100" => ", its disk is full",
        "53200" => ", it is out of memory",
        "57014" => ", a statement ran into its time limit",
        "57P01" | "57P02" | "57P03" => ", it was stopped",
        "40001" | "40P01" => ", another transaction was in the way",
        _ => "",
    };
    format!("the database failed ({code}{meaning})")
}

/// Why an object is failed whose rows the database refuses: what stands in their way, by its name and never by a value.
fn refusal(error: &sqlx::Error) -> String {
    let of_database = error.as_database_error();
    let named = [
        ("table", of_database.and_then(sqlx::error::DatabaseError::table)),
        ("constraint", of_database.and_then(sqlx::error::DatabaseError::constraint)),
    ];
    let named = named.iter().filter_map(|(what, name)| Some(format!(", {what} {}", (*name)?)));
    format!(
        "the database refused the rows ({}{}): correct the map, or have the source correct the file, then run wardwatch-ingest retry --reason 'refused the rows'",
        code(error),
        named.collect::<String>()
    )
}

/// A code says what happened without quoting a row.
pub(crate) fn code(error: &sqlx::Error) -> String {
    if let Some(code) = error.as_database_error().and_then(sqlx::error::DatabaseError::code) {
        return format!("SQLSTATE {code}");
    }
    let what = match error {
        sqlx::Error::Protocol(_) => "an answer that is none of Postgres's",
        sqlx::Error::WorkerCrashed => "a task of this program ended amid it",
        sqlx::Error::RowNotFound => "a row is missing",
        sqlx::Error::Encode(_) | sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } => "a value of another type",
        _ => "no connection",
    };
    what.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_waits_twice_as_long_after_each_attempt_and_never_for_ever() {
        for (attempts, seconds) in [(0, 0.5), (1, 1.0), (2, 2.0), (5, 16.0), (6, 32.0), (1_000, 32.0), (-1, 0.5)] {
            for _ in 0..100 {
                let waited = backoff(attempts).as_secs_f64() / seconds;
                assert!((0.499..1.501).contains(&waited), "{attempts} attempts: {waited} of {seconds} s");
            }
        }
    }

    #[test]
    fn objects_that_failed_together_do_not_come_back_together() {
        let waits: Vec<Duration> = (0..100).map(|_| backoff(3)).collect();
        assert!(waits.iter().any(|wait| *wait != waits[0]));
    }

    #[test]
    fn what_the_database_did_is_named_rightly() {
        for (error, name) in [
            (sqlx::Error::PoolTimedOut, "no connection"),
            (sqlx::Error::Protocol("Jane Doe".to_owned()), "an answer that is none of Postgres's"),
            (sqlx::Error::WorkerCrashed, "a task of this program ended amid it"),
            (sqlx::Error::Decode("Jane Doe".into()), "a value of another type"),
        ] {
            assert_eq!(code(&error), name);
            assert_eq!(failure(&error), format!("the database failed ({name})"));
        }
    }
}
