//! Fetches the bytes of a leased object: one conditional GET, hashed on the way.
//!
//! Small objects stay in memory, large ones are spooled to a temporary file: memory does not grow with the object.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, Write};

use bytes::{Bytes, BytesMut};
use futures::TryStreamExt;
use sha2::{Digest, Sha256};

use crate::bucket::{Answer, Bucket, BucketError};
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
    let answer = bucket.get(&object.key, object.version_id.as_deref(), object.etag.as_deref()).await?;
    let Some(answer) = answer else { return Err(FetchError::Gone) };
    let said = answer.size;
    let (body, sha256, got) = if said <= IN_MEMORY { keep(answer).await? } else { spool(answer).await? };
    if got != said {
        return Err(FetchError::Length { got, said });
    }
    Ok(Fetched { object, sha256, body })
}

async fn keep(mut answer: Answer) -> Result<(Body, [u8; 32], u64), FetchError> {
    let mut bytes = BytesMut::with_capacity(answer.size as usize);
    while let Some(part) = answer.bytes.try_next().await? {
        bytes.extend_from_slice(&part);
    }
    let (sha256, length) = (Sha256::digest(&bytes).into(), bytes.len() as u64);
    Ok((Body::Memory(bytes.freeze()), sha256, length))
}

async fn spool(mut answer: Answer) -> Result<(Body, [u8; 32], u64), FetchError> {
    let mut file = tempfile::tempfile()?;
    let mut hasher = Sha256::new();
    let mut length = 0;
    while let Some(part) = answer.bytes.try_next().await? {
        hasher.update(&part);
        file.write_all(&part)?;
        length += part.len() as u64;
    }
    Ok((Body::Spooled(file), hasher.finalize().into(), length))
}
