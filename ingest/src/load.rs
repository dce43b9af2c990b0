//! Loads parsed objects of one feed in one transaction: stage, merge, stays, settle, announce.
//!
//! Invariant: rows, rejects, versions, stays and ledger rows of the batch commit together or not at all.

use std::collections::BTreeMap;
use std::io;

use sqlx::{PgConnection, PgPool, Postgres, Transaction};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use uuid::Uuid;
use wardwatch_schema::feed::Target;

use crate::books::Books;
use crate::fetch::Fetched;
use crate::ledger::Leased;
use crate::locks::{self, Extent};
use crate::merge::{self, WaitingMove};
use crate::parse::{Chunk, Opened, ParseError};
use crate::settle::{self, LeaseLost};
use crate::stage::{Sighted, SightedRow};

/// Rows that are merged at once.
const ROWS_AT_ONCE: usize = 50_000;
/// A batch below this size locks only what it touches.
const SMALL_BATCH: u64 = 256 << 10;

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
    sha256: [u8; 32],
    chunks: Chunks,
}

#[derive(Debug)]
enum Chunks {
    Whole(Vec<Chunk>, Opened),
    Streaming(mpsc::Receiver<Chunk>, JoinHandle<Result<Opened, ParseError>>),
}

impl Chunks {
    async fn next(&mut self) -> Option<Chunk> {
        match self {
            Self::Whole(chunks, _) => (!chunks.is_empty()).then(|| chunks.remove(0)),
            Self::Streaming(chunks, _) => chunks.recv().await,
        }
    }

    async fn opened(self) -> Result<Opened, ParseError> {
        match self {
            Self::Whole(_, opened) => Ok(opened),
            Self::Streaming(_, reader) => joined(reader).await,
        }
    }
}

/// Why a batch was not loaded. Nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The database failed or refused.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    /// The object cannot be read to its end.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// Another worker has the object now.
    #[error(transparent)]
    LeaseLost(#[from] LeaseLost),
}

/// Loads the objects of one feed.
pub async fn load(
    pool: &PgPool,
    feed: &str,
    target: Target,
    token: Uuid,
    objects: Vec<Parsed>,
) -> Result<Books, LoadError> {
    let mut transaction = pool.begin().await?;
    merge::prepare(&mut transaction, target).await?;
    let size: u64 = objects.iter().map(|parsed| parsed.object.size).sum();
    let extent = if size < SMALL_BATCH { Extent::Touched } else { Extent::Everything };
    locks::lock_warehouse(&mut transaction, extent).await?;
    let mut batch = Batch::new(feed, target, extent, &objects);
    for (place, parsed) in objects.into_iter().enumerate() {
        batch.take(&mut transaction, place, parsed).await?;
    }
    batch.flush(&mut transaction).await?;
    sqlx::query(include_str!("sql/refresh_stays.sql")).execute(&mut *transaction).await?;
    let total = batch.settle(&mut transaction, token).await?;
    settle::announce(&mut transaction, feed).await?;
    commit(transaction).await?;
    Ok(total)
}

async fn commit(transaction: Transaction<'_, Postgres>) -> Result<(), LoadError> {
    Ok(transaction.commit().await?)
}

/// A batch on its way through the transaction.
struct Batch<'a> {
    feed: &'a str,
    target: Target,
    extent: Extent,
    objects: Vec<Sighted>,
    rows: Vec<SightedRow>,
    books: BTreeMap<i64, Books>,
    moved: BTreeMap<i64, WaitingMove>,
}

impl<'a> Batch<'a> {
    fn new(feed: &'a str, target: Target, extent: Extent, objects: &[Parsed]) -> Self {
        let order = |place: usize| {
            let (object, sha256) = (&objects[place].object, &objects[place].sha256);
            (object.order_time, object.key.as_bytes(), object.last_modified, sha256)
        };
        let mut in_order: Vec<usize> = (0..objects.len()).collect();
        in_order.sort_by(|a, b| order(*a).cmp(&order(*b)));
        let rank = |place: usize| in_order.iter().position(|at| *at == place).unwrap_or_default();
        let sighted = |(place, parsed): (usize, &Parsed)| Sighted {
            object_id: parsed.object.object_id,
            order_time: parsed.object.order_time,
            rank: rank(place),
            map_version: 0,
        };
        let objects: Vec<Sighted> = objects.iter().enumerate().map(sighted).collect();
        let books = objects.iter().map(|object| (object.object_id, Books::default())).collect();
        Self { feed, target, extent, objects, rows: Vec::new(), books, moved: BTreeMap::new() }
    }

    async fn take(&mut self, connection: &mut PgConnection, place: usize, parsed: Parsed) -> Result<(), LoadError> {
        let Parsed { object, sha256, mut chunks } = parsed;
        sqlx::query!("UPDATE ingest.object SET sha256 = $2 WHERE object_id = $1", object.object_id, &sha256[..])
            .execute(&mut *connection)
            .await?;
        while let Some(chunk) = chunks.next().await {
            self.objects[place].map_version = chunk.map_version;
            let books = self.books.entry(object.object_id).or_default();
            books.records += (chunk.rows.len() + chunk.rejects.len()) as i64 + chunk.skipped;
            books.skipped += chunk.skipped;
            books.quarantined += chunk.rejects.len() as i64;
            if !chunk.rejects.is_empty() {
                settle::quarantine(connection, (self.feed, self.target), &self.objects[place], &chunk.rejects).await?;
            }
            warn_of_wrong_zone(self.feed, object.object_id, &chunk);
            self.rows.extend(chunk.rows.into_iter().map(|row| SightedRow { row, object: place }));
            if self.rows.len() >= ROWS_AT_ONCE {
                self.flush(connection).await?;
            }
        }
        let opened = chunks.opened().await?;
        self.objects[place].map_version = opened.map_version;
        settle::note_drift(connection, self.feed, &self.objects[place], &opened.drift).await?;
        Ok(())
    }

    async fn flush(&mut self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        let rows = std::mem::take(&mut self.rows);
        if rows.is_empty() {
            return Ok(());
        }
        if self.extent == Extent::Touched {
            locks::lock_touched(connection, self.target, &rows).await?;
        }
        let entries = merge::merge(connection, self.target, &self.objects, rows).await?;
        for (object, taken) in entries.taken {
            self.books.entry(object).or_default().add(&taken);
        }
        for (object, moved) in entries.moved {
            match self.books.get_mut(&object) {
                Some(books) => moved.apply(books),
                None => self.moved.entry(object).or_default().add(moved),
            }
        }
        Ok(())
    }

    async fn settle(self, connection: &mut PgConnection, token: Uuid) -> Result<Books, LoadError> {
        settle::correct_earlier(connection, &self.moved).await?;
        let mut total = Books::default();
        for object in &self.objects {
            let books = self.books.get(&object.object_id).copied().unwrap_or_default();
            settle::settle(connection, token, object, &books).await??;
            total.add(&books);
        }
        Ok(total)
    }
}

/// Many tests of the future in one object: the clock of the hospital is probably read in the wrong zone.
fn warn_of_wrong_zone(feed: &str, object_id: i64, chunk: &Chunk) {
    let future = chunk.rows.iter().filter(|row| row.future_dated).count();
    if future > 1 && future * 10 > chunk.rows.len() {
        tracing::warn!(
            feed,
            object_id,
            future,
            rows = chunk.rows.len(),
            "ingest.parse: many tests lie in the future: wrong time zone?"
        );
    }
}
