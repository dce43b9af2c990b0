//! The bucket that is measured from: the S3 server of the demo, in this process.

use std::path::Path;
use std::process::Command;

use wardwatch_demo::{S3Options, S3Server};

use crate::sibling;

/// The bucket.
pub(crate) const BUCKET: &str = "hospital";

/// A server with an empty public bucket, which it keeps in a directory.
pub(crate) async fn server(directory: &Path) -> anyhow::Result<S3Server> {
    let options = S3Options {
        directory: directory.join("s3"),
        listen: ([127, 0, 0, 1], 0).into(),
        access_key: "bench".to_owned(),
        secret_key: "bench-secret".to_owned(),
        anonymous: true,
    };
    let s3 = S3Server::start(options).await?;
    s3.ensure_bucket(BUCKET)?;
    Ok(s3)
}

/// A command of `wardwatch-ingest` over the bucket and a warehouse.
pub(crate) fn ingest(command: &str, database: &str, s3: &S3Server) -> anyhow::Result<Command> {
    let mut ingest = Command::new(sibling("wardwatch-ingest")?);
    let (bucket, endpoint) = (format!("s3://{BUCKET}"), s3.endpoint());
    ingest.args([command, "--anonymous", "--bucket", &bucket, "--timezone", "UTC", "--endpoint", &endpoint]);
    ingest.env("WARDWATCH_DATABASE_URL", database).env("AWS_REGION", "us-east-1");
    Ok(ingest)
}
