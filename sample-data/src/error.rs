//! What can go wrong while generating, in words that say what to do next.

/// An error of the generator or of a sink.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The number of patients is outside what the ids have room for.
    #[error("cannot generate {given} patients: give --patients a number from 1 to {most}")]
    Patients {
        /// What was asked for.
        given: u64,
        /// The largest number that is taken.
        most: u64,
    },
    /// The number of tests per patient is outside what the ids have room for.
    #[error("cannot generate {given} tests per patient: give --tests-per-patient a number from 1 to {most}")]
    TestsPerPatient {
        /// What was asked for.
        given: u32,
        /// The largest number that is taken.
        most: u32,
    },
    /// The base moment is outside the years that the files can write.
    #[error("cannot generate around {given}: give --now a moment between the years 1970 and 2200")]
    Now {
        /// What was asked for.
        given: String,
    },
    /// The trickle would write two rounds in one second, whose names would be the same.
    #[error(
        "cannot trickle every {given:?}: give --trickle one second or longer, since file names carry whole seconds"
    )]
    Interval {
        /// What was asked for.
        given: std::time::Duration,
    },
    /// The destination is neither a directory nor an S3 address.
    #[error("cannot write to {given:?}: {reason}; give --out a directory, or s3://bucket/prefix")]
    Destination {
        /// What was asked for.
        given: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The S3 client cannot be set up.
    #[error("cannot reach bucket {bucket}: check AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and --endpoint")]
    Bucket {
        /// The bucket of the address.
        bucket: String,
        /// What the client said.
        #[source]
        source: object_store::Error,
    },
    /// A row cannot be written as CSV or compressed.
    #[error("cannot encode rows of {feed}")]
    Encode {
        /// The feed whose file was being written.
        feed: &'static str,
        /// What the encoder said.
        #[source]
        source: std::io::Error,
    },
    /// A local file cannot be written.
    #[error("cannot write {key}: check that the directory exists, may be written and has room")]
    File {
        /// The key that was being written.
        key: String,
        /// What the file system said.
        #[source]
        source: std::io::Error,
    },
    /// An object cannot be written.
    #[error(
        "cannot write object {key}: check that the bucket exists, that --endpoint is right and that the credentials may write"
    )]
    Object {
        /// The key that was being written.
        key: String,
        /// What the store said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}
