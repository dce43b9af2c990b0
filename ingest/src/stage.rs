//! Brings rows into the staging table of the connection, by binary `COPY`.
//!
//! Invariant: a staged row is one version (key and content) with its first and last record in one object. Rows of a key
//! that the batch may say in several rows are marked: `is_sole` is true only where no other staged row has the key, or where
//! the first of them was staged before the second came (`merge` marks that one too). Rows of a large batch that are certain
//! pass by the stage: into an empty table (`fill`), or as mere repeats (`repeat`).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use fastbloom::BloomFilter;
use hashbrown::HashMap;
use sqlx::postgres::PgConnection;

use crate::copy;
use crate::failpoint::{self, Point};
use crate::fill::Fill;
use crate::parse::{Chunk, Row};
use crate::repeat::Repeat;
use crate::table::Table;

/// Bytes that are sent in one `COPY`.
const COPY_BYTES: usize = 8 << 20;
/// Rows of a chunk that are not worth a thread.
const FEW_ROWS: usize = 1_000;
/// Bits of the filter that remembers keys, for each byte of the batch: a record is rarely shorter than 40 bytes.
const FILTER_BITS_PER_BYTE: u64 = 1;
/// Bytes of a gzip file come from many more.
const FILTER_BITS: std::ops::RangeInclusive<u64> = (1 << 20)..=(1 << 28);

/// The object that a row was read from, as far as sightings need it.
#[derive(Debug, Clone)]
pub struct Sighted {
    /// Number in the ledger.
    pub object_id: i64,
    /// First part of the object's order.
    pub order_time: DateTime<Utc>,
    /// Map that read it.
    pub map_version: i32,
}

/// What was staged of a batch.
#[derive(Debug)]
pub struct Stage {
    table: &'static Table,
    /// Rows in the staging table.
    pub rows: i64,
    /// Whether a key may stand in several rows.
    pub has_doubled: bool,
    /// Whether a row of a result names its patient itself.
    pub has_stated: bool,
    /// Records by object that repeat a row of their chunk.
    pub repeats: BTreeMap<i64, i64>,
    /// What goes straight into the table.
    pub(crate) fill: Option<Fill>,
    /// What is known already.
    pub(crate) repeat: Option<Repeat>,
    seen: BloomFilter,
    /// Rows that are not copied yet.
    bytes: Vec<u8>,
}

impl Stage {
    /// For a batch of this many bytes.
    pub fn new(table: &'static Table, bytes: u64) -> Self {
        let bits = (bytes * FILTER_BITS_PER_BYTE).clamp(*FILTER_BITS.start(), *FILTER_BITS.end());
        let seen = BloomFilter::with_num_bits(bits as usize).seed(&0).hashes(4);
        Self {
            table,
            rows: 0,
            has_doubled: false,
            has_stated: false,
            repeats: BTreeMap::new(),
            fill: None,
            repeat: None,
            seen,
            bytes: Vec::new(),
        }
    }

    /// Stages the rows of a chunk, those that say the same as one. While a large chunk is encoded, Postgres takes what the
    /// chunks before it left.
    pub async fn add(
        mut self,
        connection: &mut PgConnection,
        sighted: &Sighted,
        chunk: Chunk,
    ) -> Result<Self, sqlx::Error> {
        if chunk.rows.len() <= FEW_ROWS {
            self.encode(sighted, &chunk);
            send_all(connection, self.drain(COPY_BYTES)).await?;
            return Ok(self);
        }
        let (full, sighted) = (self.drain(COPY_BYTES), sighted.clone());
        let encoded = tokio::task::spawn_blocking(move || {
            self.encode(&sighted, &chunk);
            self
        });
        send_all(connection, full).await?;
        encoded.await.map_err(|_| sqlx::Error::WorkerCrashed)
    }

    /// Copies what was taken and not copied yet.
    pub async fn finish(&mut self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        send_all(connection, self.drain(0)).await
    }

    /// The rows that are not copied yet, where they are more than so many bytes, and the statements that take them.
    fn drain(&mut self, bytes: usize) -> Vec<(String, Vec<u8>)> {
        let mut drained = Vec::new();
        if self.bytes.len() > bytes {
            let place = ["place", "object_id", "first_record", "last_record", "is_sole", "content_hash"];
            let columns = [place.as_slice(), &self.columns()].concat().join(", ");
            let statement = format!("COPY stage_{} ({columns}) FROM STDIN (FORMAT binary)", self.table.name);
            drained.push((statement, std::mem::take(&mut self.bytes)));
        }
        drained.extend(self.fill.as_mut().filter(|fill| fill.pending() > bytes).map(Fill::drain));
        drained
    }

    /// The columns of [`Chunk::fields`].
    fn columns(&self) -> Vec<&'static str> {
        let table = self.table;
        let content: Vec<_> = table.staged().collect();
        [table.source_key, &content, &["flags", "extra"], table.judged].concat()
    }

    /// Takes a row of a key that was not said before past the stage, if it can be.
    fn passes_by(&mut self, sighted: &Sighted, chunk: &Chunk, row: &Row, last_record: i32) -> bool {
        self.fill.as_mut().is_some_and(|fill| fill.take(sighted, chunk, row, last_record))
            || self.repeat.as_mut().is_some_and(|repeat| repeat.take(sighted, row, last_record))
    }

    fn encode(&mut self, sighted: &Sighted, chunk: &Chunk) {
        let object_id = sighted.object_id;
        let fields = 6 + self.columns().len() as u16;
        self.bytes.reserve(chunk.bytes.len() + chunk.rows.len() * 64);
        for version in versions(chunk) {
            let (first, last) = (&chunk.rows[version.first], &chunk.rows[version.last]);
            let seen_before = self.seen.insert(&first.key.map(|span| chunk.text(span)));
            let is_sole = version.is_sole && !seen_before;
            if version.repeats > 0 {
                *self.repeats.entry(object_id).or_default() += version.repeats;
            }
            if is_sole && self.passes_by(sighted, chunk, first, last.record) {
                continue;
            }
            let bytes = &mut self.bytes;
            self.has_doubled |= !is_sole;
            self.has_stated |= self.table.is_attributed() && first.patient_id.is_some();
            copy::row(bytes, fields);
            copy::integer(bytes, self.rows as i32);
            copy::bigint(bytes, object_id);
            copy::integer(bytes, first.record);
            copy::integer(bytes, last.record);
            copy::boolean(bytes, is_sole);
            copy::uuid(bytes, &first.hash);
            bytes.extend_from_slice(chunk.fields(first));
            self.rows += 1;
        }
    }
}

async fn send_all(connection: &mut PgConnection, drained: Vec<(String, Vec<u8>)>) -> Result<(), sqlx::Error> {
    for (statement, rows) in drained {
        send(connection, &statement, rows).await?;
    }
    Ok(())
}

/// Sends rows that have neither the beginning nor the end of a binary copy yet.
async fn send(connection: &mut PgConnection, statement: &str, rows: Vec<u8>) -> Result<(), sqlx::Error> {
    let mut copy = connection.copy_in_raw(statement).await?;
    for bytes in [copy::HEADER, &rows, copy::TRAILER] {
        if let Err(error) = copy.send(bytes).await {
            copy.abort("the rows could not be sent").await?;
            return Err(error);
        }
    }
    failpoint::reached(Point::MidCopy).await;
    copy.finish().await?;
    failpoint::reached(Point::AfterCopy).await;
    Ok(())
}

/// One version in one chunk.
struct Version {
    first: usize,
    last: usize,
    repeats: i64,
    /// No other version in the chunk has its key.
    is_sole: bool,
    /// The version of the same key before it.
    before: Option<usize>,
}

/// The versions of a chunk, in the order in which they are first said.
fn versions(chunk: &Chunk) -> Vec<Version> {
    let mut versions: Vec<Version> = Vec::with_capacity(chunk.rows.len());
    let mut latest: HashMap<[&str; 2], usize> = HashMap::with_capacity(chunk.rows.len());
    for (place, row) in chunk.rows.iter().enumerate() {
        let key = row.key.map(|span| chunk.text(span));
        let before = latest.get(&key).copied();
        let same = of_key(&versions, before).find(|at| chunk.rows[versions[*at].first].hash == row.hash);
        if let Some(same) = same {
            versions[same].last = place;
            versions[same].repeats += 1;
            continue;
        }
        let others: Vec<usize> = of_key(&versions, before).collect();
        for other in others {
            versions[other].is_sole = false;
        }
        latest.insert(key, versions.len());
        versions.push(Version { first: place, last: place, repeats: 0, is_sole: before.is_none(), before });
    }
    versions
}

/// The places of the versions of one key, from its latest one back.
fn of_key(versions: &[Version], latest: Option<usize>) -> impl Iterator<Item = usize> {
    std::iter::successors(latest, |at| versions[*at].before)
}
