//! AWS's own clients, for what is written by request: a file too large for memory, and the other server.

use std::path::Path;

use anyhow::Context as _;
use aws_credential_types::Credentials;
use aws_sdk_s3::primitives::ByteStream;

use crate::store::{ACCESS_KEY, BUCKET, SECRET_KEY};

fn credentials() -> Credentials {
    Credentials::new(ACCESS_KEY, SECRET_KEY, None, None, "bench")
}

/// A client of an S3 server on this machine.
pub(crate) fn s3(endpoint: &str) -> aws_sdk_s3::Client {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version_latest()
        .endpoint_url(endpoint)
        .force_path_style(true)
        .region(aws_sdk_s3::config::Region::new("us-east-1"))
        .credentials_provider(credentials());
    aws_sdk_s3::Client::from_conf(config.build())
}

/// A client of an SQS server on this machine.
pub(crate) fn sqs(endpoint: &str) -> aws_sdk_sqs::Client {
    let config = aws_sdk_sqs::Config::builder()
        .behavior_version_latest()
        .endpoint_url(endpoint)
        .region(aws_sdk_sqs::config::Region::new("us-east-1"))
        .credentials_provider(credentials());
    aws_sdk_sqs::Client::from_conf(config.build())
}

/// Writes a file to the bucket as a stream.
pub(crate) async fn put_file(client: &aws_sdk_s3::Client, key: &str, file: &Path) -> anyhow::Result<()> {
    let body = ByteStream::from_path(file).await.with_context(|| format!("{} cannot be read", file.display()))?;
    client.put_object().bucket(BUCKET).key(key).body(body).send().await?;
    Ok(())
}
