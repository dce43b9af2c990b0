//! Objects whose records are being read, on a thread of their own, at most one chunk ahead of what is loaded.
//!
//! Small objects are read to their end before anything of them is loaded; large ones stream.

use std::io;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::fetch::Fetched;
use crate::ledger::Leased;
use crate::parse::{Chunk, Opened, ParseError};

/// An object whose records are being read.
#[derive(Debug)]
pub struct Parsing {
    /// The object.
    pub object: Leased,
    /// SHA-256 of its bytes.
    pub sha256: [u8; 32],
    chunks: mpsc::Receiver<Chunk>,
    reader: JoinHandle<Result<Opened, ParseError>>,
}

impl Parsing {
    /// Starts to read a fetched object on a thread of its own, at most one chunk ahead.
    pub fn start(
        fetched: Fetched,
        read: impl FnOnce(Box<dyn io::Read + Send>, &mut dyn FnMut(Chunk) -> bool) -> Result<Opened, ParseError>
        + Send
        + 'static,
    ) -> io::Result<Self> {
        let (object, sha256) = (fetched.object.clone(), fetched.sha256);
        let bytes = fetched.reader()?;
        let (sender, chunks) = mpsc::channel(1);
        let reader = tokio::task::spawn_blocking(move || read(bytes, &mut |chunk| sender.blocking_send(chunk).is_ok()));
        Ok(Self { object, sha256, chunks, reader })
    }

    /// Reads to the end, before anything of it is loaded.
    pub async fn whole(mut self) -> Result<Parsed, (Leased, ParseError)> {
        let mut chunks = Vec::new();
        while let Some(chunk) = self.chunks.recv().await {
            chunks.push(chunk);
        }
        match joined(self.reader).await {
            Ok(opened) => {
                Ok(Parsed { object: self.object, sha256: self.sha256, chunks: Chunks::Whole(chunks, opened) })
            }
            Err(error) => Err((self.object, error)),
        }
    }

    /// Goes on reading while the first chunks are loaded.
    pub fn streaming(self) -> Parsed {
        Parsed { object: self.object, sha256: self.sha256, chunks: Chunks::Streaming(self.chunks, self.reader) }
    }
}

async fn joined(reader: JoinHandle<Result<Opened, ParseError>>) -> Result<Opened, ParseError> {
    reader.await.unwrap_or(Err(ParseError::Stopped))
}

/// An object to load.
#[derive(Debug)]
pub struct Parsed {
    /// The object.
    pub object: Leased,
    /// SHA-256 of its bytes.
    pub sha256: [u8; 32],
    /// Its records.
    pub chunks: Chunks,
}

/// The records of an object.
#[derive(Debug)]
pub enum Chunks {
    /// Read to their end.
    Whole(Vec<Chunk>, Opened),
    /// Still being read.
    Streaming(mpsc::Receiver<Chunk>, JoinHandle<Result<Opened, ParseError>>),
}

impl Chunks {
    /// The next records; `None` at the end.
    pub async fn next(&mut self) -> Option<Chunk> {
        match self {
            Self::Whole(chunks, _) => (!chunks.is_empty()).then(|| chunks.remove(0)),
            Self::Streaming(chunks, _) => chunks.recv().await,
        }
    }

    /// What the header told, once all records were taken.
    pub async fn opened(self) -> Result<Opened, ParseError> {
        match self {
            Self::Whole(_, opened) => Ok(opened),
            Self::Streaming(_, reader) => joined(reader).await,
        }
    }
}
