//! Failures of S3 sorted by their cause, never by their text.

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};

use super::super::{BucketError, Cause, in_full};

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

/// Sorts an error by its code, and by the status of an answer without a body. Of the answer itself nothing is kept.
pub(super) fn sorted<E>(name: String, error: &SdkError<E, HttpResponse>) -> BucketError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    of_code(error.code(), status(error), name, in_full(error).into())
}

fn of_code(code: Option<&str>, status: Option<u16>, name: String, cause: Cause) -> BucketError {
    match (code, status) {
        (Some("NoSuchBucket"), _) | (None, Some(404)) => BucketError::NotFound(name, cause),
        (Some("RequestTimeTooSkewed"), _) => BucketError::Skewed(name, cause),
        (Some("InvalidObjectState"), _) => BucketError::Archived(name, cause),
        (Some(code), _) if REFUSALS.contains(&code) => BucketError::Refused(name, cause),
        (None, Some(403)) => BucketError::Refused(name, cause),
        _ => BucketError::Unreachable(name, cause),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_to_do_about_its_cause() {
        for (code, status, words) in [
            (Some("AccessDenied"), Some(403), "refuses access"),
            (None, Some(403), "refuses access"),
            (Some("RequestTimeTooSkewed"), Some(403), "set the clock of this machine"),
            (Some("InvalidObjectState"), Some(403), "restore it"),
            (Some("NoSuchBucket"), Some(404), "does not exist"),
            (Some("InternalError"), Some(500), "cannot be reached"),
            (None, None, "cannot be reached"),
        ] {
            let told = of_code(code, status, "s3://hospital".to_owned(), "why".into()).to_string();
            assert!(told.contains(words), "{code:?} {status:?}: {told}");
        }
    }
}
