//! Proposes the next map of a feed from a file that no map reads, or reads only in part: renamed columns and changed
//! formats, each with its evidence. What is not evident is left undecided, and said so; nothing is guessed silently.
//!
//! The proposal is a text for a person. It holds no value of the file: only names, formats and counts.

mod comment;
mod decide;
mod evidence;
mod names;
mod render;
mod shape;

use std::io;

use chrono::{DateTime, Utc};
use sqlx::PgPool;
use wardwatch_schema::map::{self, ColumnMap, Header, MapOrigin, MapSet};

use super::subject::Subject;
use crate::parse::{self, Origin, ParseError, Sample};
use decide::Decisions;

/// Records that are looked at.
const RECORDS: usize = 5_000;

/// Why nothing can be proposed.
#[derive(Debug, thiserror::Error)]
pub enum SuggestError {
    /// The file cannot be read.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// The bytes cannot be read.
    #[error("the file cannot be read: {0}")]
    Read(#[from] io::Error),
    /// There is no map to begin with.
    #[error(
        "feed {0} has no column map yet that applies to this key: write version 1 by hand; docs/operations.md shows how"
    )]
    NoMap(String),
    /// The warehouse failed.
    #[error("the warehouse failed: {0}")]
    Database(#[from] sqlx::Error),
}

/// A proposal.
#[derive(Debug)]
pub struct Proposal {
    /// The map, with the evidence as comments.
    pub text: String,
    /// Whether the file is read without it as well as with it.
    pub is_needless: bool,
    /// Whether it reads the file: nothing is undecided.
    pub reads_file: bool,
}

/// Looks at a file and proposes. `pool` is asked which ids are known already, where there is one.
pub async fn suggest(subject: &Subject, maps: &MapSet, pool: Option<&PgPool>) -> Result<Proposal, SuggestError> {
    let origin = &subject.origin;
    let sample = parse::sample(origin, maps, subject.bytes()?, RECORDS)?;
    let header = Header { names: &sample.header, delimiter: sample.delimiter };
    let base = maps
        .closest(&origin.feed, header, &origin.key, origin.order_time)
        .ok_or_else(|| SuggestError::NoMap(origin.feed.clone()))?;
    let candidates = evidence::gather(origin, base, &sample, pool).await?;
    let decisions = decide::decide(candidates);
    let is_needless =
        decisions.nothing_changes() && maps.choose(&origin.feed, header, &origin.key, origin.order_time).is_ok();
    let version =
        maps.iter().filter(|map| map.feed == origin.feed).map(|map| map.version).max().unwrap_or_default() + 1;
    let proposed = Proposed { origin, base, version, sample: &sample, decisions: &decisions };
    let reads_file = decisions.is_whole() && proposed.reads_header();
    Ok(Proposal { text: render::render(&proposed, reads_file), is_needless, reads_file })
}

/// What is written into a proposal.
struct Proposed<'a> {
    origin: &'a Origin,
    base: &'a ColumnMap,
    version: i32,
    sample: &'a Sample,
    decisions: &'a Decisions,
}

impl Proposed<'_> {
    /// From when the map applies: where the header stays what it was, from this object on.
    fn applies_from(&self) -> Option<DateTime<Utc>> {
        (!self.decisions.is_header_other()).then_some(self.origin.order_time)
    }

    fn reads_header(&self) -> bool {
        let Ok(map) = map::parse(MapOrigin::Approved, &render::render(self, true)) else { return false };
        let mut alone = MapSet::default();
        alone.add(map);
        let header = Header { names: &self.sample.header, delimiter: self.sample.delimiter };
        alone.choose(&self.origin.feed, header, &self.origin.key, self.origin.order_time).is_ok()
    }
}
