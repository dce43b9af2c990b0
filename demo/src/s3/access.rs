//! Who may do what: the one known key may do everything, and in a public bucket anybody may read.

use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::{S3Auth, SecretKey};
use s3s::{S3Result, s3_error};

/// What an anonymous reader of a public bucket may ask.
const READING: [&str; 7] = [
    "GetBucketLocation",
    "GetObject",
    "HeadBucket",
    "HeadObject",
    "ListObjectVersions",
    "ListObjects",
    "ListObjectsV2",
];

pub(super) struct Keys {
    pub(super) access_key: String,
    pub(super) secret_key: SecretKey,
}

#[async_trait::async_trait]
impl S3Auth for Keys {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        if access_key == self.access_key {
            return Ok(self.secret_key.clone());
        }
        Err(s3_error!(InvalidAccessKeyId, "The AWS Access Key Id you provided does not exist in our records."))
    }
}

pub(super) struct Access {
    pub(super) anonymous: bool,
}

#[async_trait::async_trait]
impl S3Access for Access {
    async fn check(&self, request: &mut S3AccessContext<'_>) -> S3Result<()> {
        let signed = request.credentials().is_some();
        if signed || (self.anonymous && READING.contains(&request.s3_op().name())) {
            return Ok(());
        }
        Err(s3_error!(AccessDenied, "Access Denied"))
    }
}
