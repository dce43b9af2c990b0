//! Reads an object again by the maps now in force, and makes sure that they read alike what was taken from it.
//!
//! Invariant: of a large object only the records in quarantine are kept; the others are compared by one running hash.

use std::sync::Arc;

use sha2::{Digest, Sha256};
use wardwatch_schema::map::{Held, MapSet};

use super::{Object, ReprocessError, fingerprint};
use crate::fetch::{self, FetchError};
use crate::parse::{self, Chunk, Opened, ParseError};
use crate::pipeline::Pipeline;

/// What the maps make of an object.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// The map that reads it, and how the header differs from that map's.
    pub(super) opened: Opened,
    /// What becomes of the records that stand in quarantine: rows, and records that cannot be taken now either.
    pub(super) chunks: Vec<Chunk>,
    /// Hash over what becomes of every other record.
    others: Sha256,
}

/// Reads the object by the maps now in force. Refuses where they read a record otherwise that was taken.
pub(super) async fn read(pipeline: &Pipeline, object: &Object<'_>) -> Result<Reading, ReprocessError> {
    let in_force = pipeline.maps.current();
    let now = read_by(pipeline, object, Arc::clone(&in_force)).await?;
    let version = now.opened.map_version;
    if version != object.map_version {
        let maps = in_force.only(&object.feed.name, object.map_version);
        let then = match read_by(pipeline, object, Arc::new(maps)).await {
            Err(ReprocessError::Parse(ParseError::Held(Held::NoMap(_)))) => {
                return Err(ReprocessError::NoMap(object.map_version));
            }
            read => read?,
        };
        if then.others.finalize() != now.others.clone().finalize() {
            return Err(ReprocessError::ReadOtherwise { then: object.map_version, now: version });
        }
    }
    Ok(now)
}

async fn read_by(pipeline: &Pipeline, object: &Object<'_>, maps: Arc<MapSet>) -> Result<Reading, ReprocessError> {
    let fetched = fetch::fetch(&pipeline.bucket, object.leased.clone()).await.map_err(|error| match error {
        FetchError::Gone => ReprocessError::Gone,
        other => ReprocessError::Fetch(other),
    })?;
    if fetched.sha256[..] != object.sha256[..] {
        return Err(ReprocessError::OtherBytes);
    }
    let origin = pipeline.origin(object.feed, &object.leased);
    let open = object.open.clone();
    let bytes = fetched.reader().map_err(|error| ReprocessError::Fetch(FetchError::Spool(error)))?;
    let reading = tokio::task::spawn_blocking(move || {
        let mut reading = Reading::default();
        reading.opened = parse::read(&origin, &maps, bytes, |chunk| {
            reading.add(chunk, |record| open.contains(&record));
            true
        })?;
        Ok(reading)
    });
    reading.await.unwrap_or(Err(ReprocessError::Parse(ParseError::Stopped)))
}

impl Reading {
    fn add(&mut self, mut chunk: Chunk, is_open: impl Fn(i32) -> bool) {
        let others = &mut self.others;
        chunk.retain(|row| {
            let is_kept = is_open(row.record);
            if !is_kept {
                others.update(fingerprint(row));
            }
            is_kept
        });
        chunk.rejects.retain(|reject| {
            let is_kept = is_open(reject.record);
            if !is_kept {
                others.update(format!("reject {}\n", reject.record));
            }
            is_kept
        });
        if !chunk.rows.is_empty() || !chunk.rejects.is_empty() {
            self.chunks.push(chunk);
        }
    }
}
