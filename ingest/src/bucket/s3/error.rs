//! Failures of S3 sorted by their cause, never by their text.

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};

use super::super::BucketError;

const REFUSALS: [&str; 6] = [
    "AccessDenied",
    "AllAccessDisabled",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "ExpiredToken",
    "InvalidToken",
];

/// The object, or this version of it, is there no more: absent, another one, or deleted by a marker.
pub(super) fn is_absence<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> bool {
    error.code() != Some("NoSuchBucket") && matches!(status(error), Some(404 | 405 | 412))
}

/// The bucket does not let these credentials ask, cannot answer at all, or in words that are not S3's.
pub(super) fn is_no_answer<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> bool {
    error.code() == Some("AccessDenied") || matches!(status(error), Some(200 | 405 | 501))
}

fn status<E>(error: &SdkError<E, HttpResponse>) -> Option<u16> {
    error.raw_response().map(|response| response.status().as_u16())
}

/// Sorts an error by its code, and by the status of an answer without a body.
pub(super) fn sorted<E>(name: String, error: SdkError<E, HttpResponse>) -> BucketError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let (code, status) = (error.code().map(str::to_owned), status(&error));
    let cause = DisplayErrorContext(error).to_string().into();
    match (code.as_deref(), status) {
        (Some("NoSuchBucket"), _) | (None, Some(404)) => BucketError::NotFound(name, cause),
        (Some(code), _) if REFUSALS.contains(&code) => BucketError::Refused(name, cause),
        (None, Some(403)) => BucketError::Refused(name, cause),
        _ => BucketError::Unreachable(name, cause),
    }
}
