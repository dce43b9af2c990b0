//! Bytes on their way to disk and back.
//!
//! Invariant: a body that does not arrive whole leaves nothing behind (its temporary file goes with the request).

use std::io::{self, SeekFrom};
use std::ops::Range;
use std::path::Path;

use futures::TryStreamExt as _;
use md5::{Digest as _, Md5};
use s3s::dto::StreamingBlob;
use tempfile::TempPath;
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _, BufWriter};
use tokio_util::io::ReaderStream;

/// Read from disk and sent at once.
const CHUNK: usize = 64 * 1024;

/// A body that has arrived.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) file: TempPath,
    pub(super) size: u64,
    pub(super) md5: [u8; 16],
}

/// Writes a body into a temporary file of the directory.
pub(super) async fn receive(body: Option<StreamingBlob>, directory: &Path) -> s3s::S3Result<Received> {
    let (mut file, path) = temporary(directory)?;
    let mut hash = Md5::new();
    let mut size = 0;
    if let Some(mut body) = body {
        while let Some(chunk) = body.try_next().await.map_err(incomplete)? {
            hash.update(&chunk);
            size += chunk.len() as u64;
            file.write_all(&chunk).await.map_err(s3s::S3Error::internal_error)?;
        }
    }
    file.flush().await.map_err(s3s::S3Error::internal_error)?;
    Ok(Received { file: path, size, md5: hash.finalize().into() })
}

/// Writes files one after another into a temporary file of the directory.
pub(super) async fn concatenate(files: &[&Path], directory: &Path) -> s3s::S3Result<TempPath> {
    let (mut whole, path) = temporary(directory)?;
    for file in files {
        let mut part = File::open(file).await.map_err(s3s::S3Error::internal_error)?;
        tokio::io::copy(&mut part, &mut whole).await.map_err(s3s::S3Error::internal_error)?;
    }
    whole.flush().await.map_err(s3s::S3Error::internal_error)?;
    Ok(path)
}

fn temporary(directory: &Path) -> s3s::S3Result<(BufWriter<File>, TempPath)> {
    let (file, path) = tempfile::NamedTempFile::new_in(directory).map_err(s3s::S3Error::internal_error)?.into_parts();
    Ok((BufWriter::with_capacity(CHUNK, File::from_std(file)), path))
}

fn incomplete(source: s3s::StdError) -> s3s::S3Error {
    // A chunk whose own signature is wrong arrives as an error with a code, which says more than we could.
    match source.downcast::<s3s::S3Error>() {
        Ok(error) => *error,
        Err(source) => s3s::S3Error::with_source(s3s::S3ErrorCode::IncompleteBody, source),
    }
}

/// Sends a range of a file that is open already, so that it may be deleted meanwhile.
pub(super) async fn send(mut file: File, range: &Range<u64>) -> io::Result<StreamingBlob> {
    file.seek(SeekFrom::Start(range.start)).await?;
    let reader = file.take(range.end - range.start);
    Ok(StreamingBlob::wrap(ReaderStream::with_capacity(reader, CHUNK)))
}
