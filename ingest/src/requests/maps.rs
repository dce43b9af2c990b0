//! Column maps that are asked for on a page: proposed from an object, tried on it, approved.
//!
//! The dashboard reads no file and judges no map: what it shows is computed here and written beside the request.
//!
//! Invariant: that holds headers, formats, counts and numbers of records, never a value of the file. A map is approved here
//! only where it reads the object that it was made for.

use std::io;
use std::sync::Arc;

use sqlx::Acquire;
use sqlx::postgres::PgConnection;
use wardwatch_schema::map::{self, ColumnMap, MapError, MapOrigin};

use super::perform::{NO_REASON, TOO_LITTLE, reason};
use super::{Answer, Request};
use crate::fetch::FetchError;
use crate::ledger;
use crate::maps::approve::{self, ApproveError, Approved};
use crate::maps::check::{self, CheckError, Preview};
use crate::maps::subject::Subject;
use crate::maps::suggest::{self, Proposal, SuggestError};
use crate::pipeline::Pipeline;

/// What a map is called in a refusal.
const NAME: &str = "that was given";

/// Why nothing is proposed, tried or approved.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    #[error("use wardwatch-ingest map")]
    NoPipeline,
    #[error("{TOO_LITTLE}")]
    TooLittle,
    #[error("{NO_REASON}")]
    NoReason,
    #[error("no feed that is configured takes an object of this number from this bucket")]
    NoObject,
    #[error("its bytes left the bucket: ask about a newer object of the feed, or use wardwatch-ingest map")]
    Gone,
    #[error(transparent)]
    Fetch(FetchError),
    #[error("the object cannot be read: {0}")]
    Read(#[from] io::Error),
    #[error(transparent)]
    Suggest(SuggestError),
    #[error(transparent)]
    Map(#[from] MapError),
    #[error("this is a map of feed {0}, and the object is of feed {1}")]
    OtherFeed(String, String),
    #[error("with this map the object would be held: {0}")]
    NotRead(#[from] CheckError),
    #[error("v{0} reads this object, not this map: see applies_from, keys and version")]
    OtherVersion(i32),
    #[error("this map would quarantine all {0} records of the object: see the reasons by trying it")]
    TakesNone(i64),
    #[error(transparent)]
    Approve(ApproveError),
    #[error("reading was stopped: ask again")]
    Stopped,
}

impl From<FetchError> for Refusal {
    fn from(error: FetchError) -> Self {
        if matches!(error, FetchError::Gone) { Self::Gone } else { Self::Fetch(error) }
    }
}

impl From<SuggestError> for Refusal {
    fn from(error: SuggestError) -> Self {
        match error {
            SuggestError::Database(error) => Self::Database(error),
            other => Self::Suggest(other),
        }
    }
}

impl From<ApproveError> for Refusal {
    fn from(error: ApproveError) -> Self {
        match error {
            ApproveError::Database(error) => Self::Database(error),
            other => Self::Approve(other),
        }
    }
}

/// Carries out what is asked for of a map.
pub(super) async fn carry_out(
    pipeline: Option<&Pipeline>,
    connection: &mut PgConnection,
    request_id: i64,
    object_id: i64,
    request: &Request,
) -> Result<Answer, sqlx::Error> {
    let answered = async {
        let pipeline = pipeline.ok_or(Refusal::NoPipeline)?;
        let subject = fetch(pipeline, connection, object_id).await?;
        match request.kind.as_str() {
            "propose_map" => propose(pipeline, connection, request_id, subject).await,
            "check_map" => check(pipeline, connection, (request_id, request), subject).await,
            _ => approve(pipeline, connection, (request_id, request), subject).await,
        }
    };
    match answered.await {
        Ok(done) => Ok(Answer::Done(done)),
        Err(Refusal::Database(error)) => Err(error),
        Err(refusal) => Ok(Answer::refused(refusal.to_string())),
    }
}

/// The object on this machine. A large one takes its time; the transaction holds nothing meanwhile but the request.
async fn fetch(pipeline: &Pipeline, connection: &mut PgConnection, object_id: i64) -> Result<Arc<Subject>, Refusal> {
    sqlx::query("SET LOCAL idle_in_transaction_session_timeout = '10min'").execute(&mut *connection).await?;
    let placed = ledger::one(connection, object_id).await?;
    let placed = placed.filter(|placed| placed.bucket == pipeline.bucket.name).ok_or(Refusal::NoObject)?;
    let feed = pipeline.feeds.iter().find(|feed| feed.name == placed.feed).ok_or(Refusal::NoObject)?;
    let origin = pipeline.origin(feed, &placed.object);
    Ok(Arc::new(Subject::of_object(&pipeline.bucket, origin, placed.object).await?))
}

async fn propose(
    pipeline: &Pipeline,
    connection: &mut PgConnection,
    request_id: i64,
    subject: Arc<Subject>,
) -> Result<String, Refusal> {
    let maps = pipeline.maps.current();
    let proposal = suggest::suggest(&subject, &maps, Some(&pipeline.pool)).await?;
    let preview = match map::parse(MapOrigin::Approved, &proposal.text) {
        Ok(map) if proposal.reads_file => preview(pipeline, subject, map).await.ok(),
        _ => None,
    };
    write(connection, request_id, Some(&proposal.text), preview.as_ref()).await?;
    Ok(told_of(&proposal))
}

fn told_of(proposal: &Proposal) -> String {
    let told = match (proposal.is_needless, proposal.reads_file) {
        (true, _) => "the maps in force read this object as it is; another version is needed only to read it otherwise",
        (_, true) => "a map is proposed that reads the object: read every line, then approve it",
        (_, false) => {
            "a map is proposed that does not read the object yet: decide what is marked UNDECIDED, then try it"
        }
    };
    told.to_owned()
}

async fn check(
    pipeline: &Pipeline,
    connection: &mut PgConnection,
    (request_id, request): (i64, &Request),
    subject: Arc<Subject>,
) -> Result<String, Refusal> {
    let (text, map) = given(pipeline, request, &subject)?;
    let version = map.version;
    let preview = preview(pipeline, subject, map).await?;
    // Whatever an approval would refuse, a trial refuses.
    let mut trial = connection.begin().await?;
    approve_within(pipeline, &mut trial, text, (&request.asked_by, None)).await?;
    trial.rollback().await?;
    write(connection, request_id, None, Some(&preview)).await?;
    Ok(format!(
        "v{version} takes {} of {} records, skips {} and quarantines {}; nothing was changed",
        preview.taken, preview.records, preview.skipped, preview.rejected
    ))
}

async fn approve(
    pipeline: &Pipeline,
    connection: &mut PgConnection,
    (request_id, request): (i64, &Request),
    subject: Arc<Subject>,
) -> Result<String, Refusal> {
    let reason = reason(request).ok_or(Refusal::NoReason)?;
    let (text, map) = given(pipeline, request, &subject)?;
    let preview = preview(pipeline, subject, map).await?;
    if preview.taken == 0 && preview.rejected > 0 {
        return Err(Refusal::TakesNone(preview.rejected));
    }
    let approved = approve_within(pipeline, connection, text, (request.asked_by.trim(), Some(reason))).await?;
    write(connection, request_id, None, Some(&preview)).await?;
    let others = match approved.read_by_others {
        0 => String::new(),
        count => format!("; {count} objects to which it applies were read by other versions and stay as they are"),
    };
    let (version, feed, released) = (approved.version, approved.feed, approved.released);
    Ok(format!(
        "v{version} of the map of {feed} is in force within a second, and held objects of the feed are tried again: {released}{others}"
    ))
}

async fn approve_within(
    pipeline: &Pipeline,
    connection: &mut PgConnection,
    text: &str,
    by: (&str, Option<&str>),
) -> Result<Approved, Refusal> {
    let maps = pipeline.maps.current();
    Ok(approve::approve_within(connection, &pipeline.feeds, &maps, (NAME, text), by).await?)
}

/// The map of the request, where it is one of the object's feed.
fn given<'r>(pipeline: &Pipeline, request: &'r Request, subject: &Subject) -> Result<(&'r str, ColumnMap), Refusal> {
    let text = request.map.as_deref().ok_or(Refusal::TooLittle)?;
    let map = map::parse(MapOrigin::File(NAME.to_owned()), text)?;
    map.check(&pipeline.feeds)?;
    let feed = &subject.origin.feed;
    if map.feed == *feed { Ok((text, map)) } else { Err(Refusal::OtherFeed(map.feed, feed.clone())) }
}

/// What would become of the object if the map were in force beside the others.
async fn preview(pipeline: &Pipeline, subject: Arc<Subject>, map: ColumnMap) -> Result<Preview, Refusal> {
    let version = map.version;
    let mut maps = pipeline.maps.current().as_ref().clone();
    maps.add(map);
    let read = tokio::task::spawn_blocking(move || check::check(&subject, &maps, 0));
    let preview = read.await.map_err(|_| Refusal::Stopped)??;
    if preview.map_version == version {
        Ok(preview.without_patients())
    } else {
        Err(Refusal::OtherVersion(preview.map_version))
    }
}

/// Writes beside the request what was computed.
async fn write(
    connection: &mut PgConnection,
    request_id: i64,
    map: Option<&str>,
    preview: Option<&Preview>,
) -> Result<(), sqlx::Error> {
    let preview = preview.map(serde_json::to_value).transpose().map_err(|error| sqlx::Error::Encode(error.into()))?;
    sqlx::query!(
        "UPDATE app.request SET map = coalesce($2, map), preview = $3 WHERE request_id = $1",
        request_id,
        map,
        preview
    )
    .execute(connection)
    .await?;
    Ok(())
}
