//! What the store holds, said in S3's words.

use std::time::{Duration, UNIX_EPOCH};

use hyper::StatusCode;
use hyper::header::{CONTENT_RANGE, ETAG, HeaderMap, HeaderName, HeaderValue, LAST_MODIFIED};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use s3s::dto::{
    CommonPrefix, DeleteMarkerEntry, ETag, EncodingType, Object, ObjectStorageClass, ObjectVersion,
    ObjectVersionStorageClass, Timestamp, TimestampFormat,
};
use s3s::{S3ErrorCode, S3Response, s3_error};

use super::index::{Content, Version};

/// Left as they are when a listing is asked to encode its keys.
const PLAIN: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'/').remove(b'*');

pub(super) fn timestamp(seconds: i64) -> Timestamp {
    Timestamp::from(UNIX_EPOCH + Duration::from_secs(u64::try_from(seconds).unwrap_or_default()))
}

pub(super) fn etag(content: &Content) -> ETag {
    ETag::Strong(content.etag.clone())
}

/// An answer about a part of the bytes, where it is about a part.
pub(super) fn partial<T>(output: T, content_range: Option<&str>) -> S3Response<T> {
    let mut response = S3Response::new(output);
    if let Some(range) = content_range {
        response.status = Some(StatusCode::PARTIAL_CONTENT);
        insert(&mut response.headers, CONTENT_RANGE, range.to_owned());
    }
    response
}

/// `304`, with what lets the asker know that it has the right one.
pub(super) fn not_modified(etag: &str, modified: i64) -> s3s::S3Error {
    let mut headers = HeaderMap::new();
    insert(&mut headers, ETAG, format!("\"{etag}\""));
    let mut date = Vec::new();
    if timestamp(modified).format(TimestampFormat::HttpDate, &mut date).is_ok() {
        insert(&mut headers, LAST_MODIFIED, String::from_utf8_lossy(&date).into_owned());
    }
    let mut error = s3s::S3Error::new(S3ErrorCode::NotModified);
    error.set_headers(headers);
    error
}

/// A delete marker in answer to a get: absent when the key was asked for, not to be had when the marker was.
pub(super) fn deleted(marker: &Version, asked_for: bool) -> s3s::S3Error {
    let mut error = if asked_for {
        s3_error!(MethodNotAllowed, "The specified version is a delete marker")
    } else {
        s3_error!(NoSuchKey, "The specified key does not exist.")
    };
    let mut headers = HeaderMap::new();
    insert(&mut headers, HeaderName::from_static("x-amz-delete-marker"), "true".to_owned());
    insert(&mut headers, HeaderName::from_static("x-amz-version-id"), marker.id.clone());
    insert(&mut headers, hyper::header::CONTENT_TYPE, "application/xml".to_owned());
    error.set_headers(headers);
    error
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: String) {
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.insert(name, value);
    }
}

/// How a listing writes keys and prefixes.
#[derive(Debug, Clone, Default)]
pub(super) struct Spelling(Option<EncodingType>);

impl Spelling {
    pub(super) fn new(encoding: Option<EncodingType>) -> Self {
        Self(encoding)
    }

    /// To be told in the answer, so that the asker decodes.
    pub(super) fn told(&self) -> Option<EncodingType> {
        self.0.clone()
    }

    /// As a form would: a space is a plus.
    pub(super) fn of(&self, text: &str) -> String {
        match self.0 {
            None => text.to_owned(),
            Some(_) => utf8_percent_encode(text, PLAIN).to_string().replace("%20", "+"),
        }
    }

    pub(super) fn object(&self, key: &str, modified: i64, content: &Content) -> Object {
        Object {
            key: Some(self.of(key)),
            e_tag: Some(etag(content)),
            size: Some(content.size as i64),
            last_modified: Some(timestamp(modified)),
            storage_class: Some(ObjectStorageClass::from_static(ObjectStorageClass::STANDARD)),
            ..Object::default()
        }
    }

    pub(super) fn version(&self, key: &str, version: &Version, content: &Content, latest: bool) -> ObjectVersion {
        ObjectVersion {
            key: Some(self.of(key)),
            version_id: Some(version.id.clone()),
            is_latest: Some(latest),
            e_tag: Some(etag(content)),
            size: Some(content.size as i64),
            last_modified: Some(timestamp(version.modified)),
            storage_class: Some(ObjectVersionStorageClass::from_static(ObjectVersionStorageClass::STANDARD)),
            ..ObjectVersion::default()
        }
    }

    pub(super) fn marker(&self, key: &str, version: &Version, latest: bool) -> DeleteMarkerEntry {
        DeleteMarkerEntry {
            key: Some(self.of(key)),
            version_id: Some(version.id.clone()),
            is_latest: Some(latest),
            last_modified: Some(timestamp(version.modified)),
            ..DeleteMarkerEntry::default()
        }
    }

    pub(super) fn prefixes(&self, prefixes: &[String]) -> Option<Vec<CommonPrefix>> {
        let said = prefixes.iter().map(|prefix| CommonPrefix { prefix: Some(self.of(prefix)) }).collect();
        (!prefixes.is_empty()).then_some(said)
    }
}
