//! Conditional requests, judged as RFC 9110 and S3 do.

use s3s::dto::{ETagCondition, GetObjectInput, HeadObjectInput, Timestamp};
use s3s::{S3Result, s3_error};

use super::answers;
use super::index::Content;

/// What a reader wants to be true.
#[derive(Debug, Default)]
pub(super) struct ReadConditions {
    matches: Option<ETagCondition>,
    none_matches: Option<ETagCondition>,
    modified_since: Option<Timestamp>,
    unmodified_since: Option<Timestamp>,
}

impl ReadConditions {
    pub(super) fn of_get(input: &GetObjectInput) -> Self {
        Self {
            matches: input.if_match.clone(),
            none_matches: input.if_none_match.clone(),
            modified_since: input.if_modified_since.clone(),
            unmodified_since: input.if_unmodified_since.clone(),
        }
    }

    pub(super) fn of_head(input: &HeadObjectInput) -> Self {
        Self {
            matches: input.if_match.clone(),
            none_matches: input.if_none_match.clone(),
            modified_since: input.if_modified_since.clone(),
            unmodified_since: input.if_unmodified_since.clone(),
        }
    }

    /// An ETag condition, where there is one, makes the time condition of its kind moot.
    pub(super) fn judge(&self, etag: &str, modified: i64) -> S3Result<()> {
        let time = answers::timestamp(modified);
        let holds = match (&self.matches, &self.unmodified_since) {
            (Some(wanted), _) => matches(wanted, etag),
            (None, Some(limit)) => time <= *limit,
            (None, None) => true,
        };
        if !holds {
            return Err(precondition_failed());
        }
        let known = match (&self.none_matches, &self.modified_since) {
            (Some(unwanted), _) => matches(unwanted, etag),
            (None, Some(limit)) => time <= *limit,
            (None, None) => false,
        };
        if known { Err(answers::not_modified(etag, modified)) } else { Ok(()) }
    }
}

/// What a writer wants to be true.
#[derive(Debug, Default)]
pub(super) struct WriteConditions {
    pub(super) if_match: Option<ETagCondition>,
    pub(super) if_none_match: Option<ETagCondition>,
}

impl WriteConditions {
    /// `current` is what a plain get of the key would find.
    pub(super) fn judge(&self, current: Option<&Content>) -> S3Result<()> {
        match (&self.if_match, current) {
            (Some(_), None) => return Err(s3_error!(NoSuchKey, "The specified key does not exist.")),
            (Some(wanted), Some(content)) if !matches(wanted, &content.etag) => return Err(precondition_failed()),
            _ => {}
        }
        match (&self.if_none_match, current) {
            (Some(unwanted), Some(content)) if matches(unwanted, &content.etag) => Err(precondition_failed()),
            _ => Ok(()),
        }
    }
}

fn matches(condition: &ETagCondition, etag: &str) -> bool {
    match condition {
        ETagCondition::Any => true,
        ETagCondition::ETag(wanted) => wanted.value() == etag,
    }
}

fn precondition_failed() -> s3s::S3Error {
    s3_error!(PreconditionFailed, "At least one of the pre-conditions you specified did not hold")
}
