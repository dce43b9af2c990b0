//! Objects whose records are being read, on a thread of their own, at most one chunk ahead of what is loaded.
//!
//! Small objects are read to their end before anything of them is loaded; large ones stream, and so does the rest of one that turns
//! out to be large: a packed object may unfold to a thousand times its size.

use std::collections::VecDeque;
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

    /// Reads to the end, before anything of it is loaded; or until so many bytes of it are held.
    pub async fn whole(mut self, most: u64) -> Result<Parsed, (Leased, ParseError)> {
        let (mut chunks, mut held) = (VecDeque::new(), 0);
        while let Some(chunk) = self.chunks.recv().await {
            held += chunk.held_bytes();
            chunks.push_back(chunk);
            if held > most {
                return Ok(self.streaming_after(chunks, held));
            }
        }
        let Self { object, sha256, reader, .. } = self;
        match joined(reader).await {
            Ok(opened) => Ok(Parsed { bytes: object.size, object, sha256, chunks: Chunks::Whole(chunks, opened) }),
            Err(error) => Err((object, error)),
        }
    }

    /// Goes on reading while the first chunks are loaded.
    pub fn streaming(self) -> Parsed {
        self.streaming_after(VecDeque::new(), 0)
    }

    fn streaming_after(self, first: VecDeque<Chunk>, held: u64) -> Parsed {
        let Self { object, sha256, chunks, reader } = self;
        Parsed { bytes: object.size.max(held), object, sha256, chunks: Chunks::Streaming(first, chunks, reader) }
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
    /// Its size, or how much of it is held already, where that is more.
    pub bytes: u64,
    /// Its records.
    pub chunks: Chunks,
}

/// The records of an object.
#[derive(Debug)]
pub enum Chunks {
    /// Read to their end.
    Whole(VecDeque<Chunk>, Opened),
    /// Still being read, after the first ones.
    Streaming(VecDeque<Chunk>, mpsc::Receiver<Chunk>, JoinHandle<Result<Opened, ParseError>>),
}

impl Chunks {
    /// How much memory those take that were read already, nearly.
    pub(crate) fn held_bytes(&self) -> u64 {
        let (Self::Whole(read, _) | Self::Streaming(read, ..)) = self;
        read.iter().map(Chunk::held_bytes).sum()
    }

    /// The next records; `None` at the end.
    pub async fn next(&mut self) -> Option<Chunk> {
        match self {
            Self::Whole(chunks, _) => chunks.pop_front(),
            Self::Streaming(first, chunks, _) => match first.pop_front() {
                Some(chunk) => Some(chunk),
                None => chunks.recv().await,
            },
        }
    }

    /// What the header told, once all records were taken.
    pub async fn opened(self) -> Result<Opened, ParseError> {
        match self {
            Self::Whole(_, opened) => Ok(opened),
            Self::Streaming(.., reader) => joined(reader).await,
        }
    }
}
