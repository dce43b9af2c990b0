//! Fetches the bytes of a leased object: one conditional GET, hashed on the way.
//!
//! Small objects stay in memory, large ones are spooled to a temporary file: memory does not grow with the object.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, Write};

use bytes::Bytes;
use futures::TryStreamExt;
use object_store::GetResult;
use sha2::{Digest, Sha256};

use crate::bucket::{Bucket, BucketError};
use crate::ledger::Leased;

/// Largest object that is kept in memory.
const IN_MEMORY: u64 = 16 << 20;

/// A fetched object.
#[derive(Debug)]
pub struct Fetched {
    /// The object.
    pub object: Leased,
    /// SHA-256 of its bytes.
    pub sha256: [u8; 32],
    body: Body,
}

#[derive(Debug)]
enum Body {
    Memory(Bytes),
    Spooled(File),
}

/// Why an object could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The object left the bucket, or another took its place.
    #[error("the object was deleted or replaced before it was read")]
    Gone,
    /// The bucket does not answer as it should; it may do so later.
    #[error(transparent)]
    Bucket(#[from] BucketError),
    /// The key cannot be asked for.
    #[error("the key has an empty, `.` or `..` segment and cannot be read: upload the object under another key")]
    Key,
    /// Fewer or more bytes came than the bucket said.
    #[error("{got} bytes came where the bucket said {said}")]
    Length {
        /// Bytes that came.
        got: u64,
        /// Bytes that were announced.
        said: u64,
    },
    /// The temporary file failed.
    #[error("a temporary file cannot be written: {0}; is the disk of TMPDIR full")]
    Spool(#[from] io::Error),
}

impl Fetched {
    /// A reader over the bytes, from the start.
    pub fn reader(self) -> io::Result<Box<dyn Read + Send>> {
        match self.body {
            Body::Memory(bytes) => Ok(Box::new(Cursor::new(bytes))),
            Body::Spooled(mut file) => {
                file.rewind()?;
                Ok(Box::new(io::BufReader::with_capacity(1 << 20, file)))
            }
        }
    }
}

/// Fetches one object.
pub async fn fetch(bucket: &Bucket, object: Leased) -> Result<Fetched, FetchError> {
    let answer = match bucket.get(&object.key, object.etag.as_deref()).await {
        Ok(answer) => answer,
        Err(object_store::Error::NotFound { .. } | object_store::Error::Precondition { .. }) => {
            return Err(FetchError::Gone);
        }
        Err(object_store::Error::InvalidPath { .. }) => return Err(FetchError::Key),
        Err(error) => return Err(bucket.error(error).into()),
    };
    let said = answer.meta.size;
    let (body, sha256, got) =
        if said <= IN_MEMORY { keep(bucket, answer).await? } else { spool(bucket, answer).await? };
    if got != said {
        return Err(FetchError::Length { got, said });
    }
    Ok(Fetched { object, sha256, body })
}

async fn keep(bucket: &Bucket, answer: GetResult) -> Result<(Body, [u8; 32], u64), FetchError> {
    let bytes = answer.bytes().await.map_err(|error| bucket.error(error))?;
    let sha256 = Sha256::digest(&bytes).into();
    let length = bytes.len() as u64;
    Ok((Body::Memory(bytes), sha256, length))
}

async fn spool(bucket: &Bucket, answer: GetResult) -> Result<(Body, [u8; 32], u64), FetchError> {
    let mut file = tempfile::tempfile()?;
    let mut hasher = Sha256::new();
    let mut length = 0;
    let mut stream = answer.into_stream();
    while let Some(part) = stream.try_next().await.map_err(|error| bucket.error(error))? {
        hasher.update(&part);
        file.write_all(&part)?;
        length += part.len() as u64;
    }
    Ok((Body::Spooled(file), hasher.finalize().into(), length))
}
