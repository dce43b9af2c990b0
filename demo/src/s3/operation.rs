//! Which of S3's operations a request is, as its method, path and query say (path-style addresses only).
//!
//! For counting and for faults; what is answered is decided behind.

use hyper::{HeaderMap, Method, Uri};
use percent_encoding::percent_decode_str;

/// An operation of S3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are S3's own")]
pub enum Operation {
    AbortMultipartUpload,
    CompleteMultipartUpload,
    CopyObject,
    CreateBucket,
    CreateMultipartUpload,
    DeleteBucket,
    DeleteObject,
    DeleteObjects,
    GetBucketLocation,
    GetBucketVersioning,
    GetObject,
    HeadBucket,
    HeadObject,
    ListBuckets,
    ListObjects,
    ListObjectsV2,
    ListObjectVersions,
    PutBucketVersioning,
    PutObject,
    UploadPart,
    /// Whatever else is asked.
    Other,
}

impl Operation {
    /// The name that S3's documentation uses.
    pub fn name(self) -> &'static str {
        match self {
            Self::AbortMultipartUpload => "AbortMultipartUpload",
            Self::CompleteMultipartUpload => "CompleteMultipartUpload",
            Self::CopyObject => "CopyObject",
            Self::CreateBucket => "CreateBucket",
            Self::CreateMultipartUpload => "CreateMultipartUpload",
            Self::DeleteBucket => "DeleteBucket",
            Self::DeleteObject => "DeleteObject",
            Self::DeleteObjects => "DeleteObjects",
            Self::GetBucketLocation => "GetBucketLocation",
            Self::GetBucketVersioning => "GetBucketVersioning",
            Self::GetObject => "GetObject",
            Self::HeadBucket => "HeadBucket",
            Self::HeadObject => "HeadObject",
            Self::ListBuckets => "ListBuckets",
            Self::ListObjects => "ListObjects",
            Self::ListObjectsV2 => "ListObjectsV2",
            Self::ListObjectVersions => "ListObjectVersions",
            Self::PutBucketVersioning => "PutBucketVersioning",
            Self::PutObject => "PutObject",
            Self::UploadPart => "UploadPart",
            Self::Other => "Other",
        }
    }

    pub(super) fn of(method: &Method, uri: &Uri, headers: &HeaderMap) -> Self {
        let query = Query(uri.query().unwrap_or_default());
        match uri.path().trim_start_matches('/').split_once('/') {
            None if uri.path() == "/" => Self::ListBuckets,
            None | Some((_, "")) => Self::on_bucket(method, &query),
            Some(_) => Self::on_object(method, &query, headers),
        }
    }

    fn on_bucket(method: &Method, query: &Query<'_>) -> Self {
        match method.as_str() {
            "GET" if query.names("location") => Self::GetBucketLocation,
            "GET" if query.names("versioning") => Self::GetBucketVersioning,
            "GET" if query.names("versions") => Self::ListObjectVersions,
            "GET" if query.names("list-type") => Self::ListObjectsV2,
            "GET" => Self::ListObjects,
            "HEAD" => Self::HeadBucket,
            "PUT" if query.names("versioning") => Self::PutBucketVersioning,
            "PUT" => Self::CreateBucket,
            "DELETE" => Self::DeleteBucket,
            "POST" if query.names("delete") => Self::DeleteObjects,
            _ => Self::Other,
        }
    }

    fn on_object(method: &Method, query: &Query<'_>, headers: &HeaderMap) -> Self {
        match method.as_str() {
            "GET" => Self::GetObject,
            "HEAD" => Self::HeadObject,
            "PUT" if query.names("partNumber") => Self::UploadPart,
            "PUT" if headers.contains_key("x-amz-copy-source") => Self::CopyObject,
            "PUT" => Self::PutObject,
            "DELETE" if query.names("uploadId") => Self::AbortMultipartUpload,
            "DELETE" => Self::DeleteObject,
            "POST" if query.names("uploads") => Self::CreateMultipartUpload,
            "POST" if query.names("uploadId") => Self::CompleteMultipartUpload,
            _ => Self::Other,
        }
    }
}

/// The key that a request is about; empty where it is about none.
pub(super) fn key(uri: &Uri) -> String {
    let key = uri.path().trim_start_matches('/').split_once('/').map_or("", |(_, key)| key);
    percent_decode_str(key).decode_utf8_lossy().into_owned()
}

struct Query<'a>(&'a str);

impl Query<'_> {
    fn names(&self, name: &str) -> bool {
        url::form_urlencoded::parse(self.0.as_bytes()).any(|(key, _)| key == name)
    }
}
