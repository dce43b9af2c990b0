//! The bucket that is measured from: the S3 server of the demo, in this process.

use std::path::Path;
use std::process::Command;

use wardwatch_demo::{S3Options, S3Server};

use crate::sibling;

/// The bucket.
pub(crate) const BUCKET: &str = "hospital";
/// The key that may write.
pub(crate) const ACCESS_KEY: &str = "bench";
/// Its secret.
pub(crate) const SECRET_KEY: &str = "bench-secret";

/// A server with an empty public bucket, which it keeps in a directory.
pub(crate) async fn server(directory: &Path) -> anyhow::Result<S3Server> {
    let options = S3Options {
        directory: directory.join("s3"),
        listen: ([127, 0, 0, 1], 0).into(),
        access_key: ACCESS_KEY.to_owned(),
        secret_key: SECRET_KEY.to_owned(),
        anonymous: true,
    };
    let s3 = S3Server::start(options).await?;
    s3.ensure_bucket(BUCKET)?;
    Ok(s3)
}

/// A command of `wardwatch-ingest` over the bucket and a warehouse.
pub(crate) fn ingest(command: &str, database: &str, s3: &S3Server) -> anyhow::Result<Command> {
    let mut ingest = ingest_from(&format!("s3://{BUCKET}"), command, database)?;
    ingest.args(["--anonymous", "--endpoint", &s3.endpoint()]).env("AWS_REGION", "us-east-1");
    Ok(ingest)
}

/// The same over any bucket.
pub(crate) fn ingest_from(bucket: &str, command: &str, database: &str) -> anyhow::Result<Command> {
    let mut ingest = Command::new(sibling("wardwatch-ingest")?);
    ingest.args([command, "--bucket", bucket, "--timezone", "UTC"]).env("WARDWATCH_DATABASE_URL", database);
    // Long statements are what is measured, and no reason to warn.
    ingest.env("WARDWATCH_LOG", "warn,sqlx=error");
    Ok(ingest)
}

/// The address of a directory as a bucket.
pub(crate) fn directory(path: &Path) -> String {
    format!("file://{}", path.display())
}
