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
use wardwatch_schema::map::{self, ColumnMap, Header, Held, MapOrigin, MapSet};

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
    /// The first line holds no column of the map. It may be a record, and a proposal would quote it.
    #[error(
        "no column of the map (v{0}) stands in the first line, which may be a record: upload the file with its header; if all columns were renamed, write the map by hand (docs/operations.md, Column maps)"
    )]
    NoHeader(i32),
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
    let mut sample = parse::sample(origin, maps, subject.bytes()?, RECORDS)?;
    let known_delimiter = sample.delimiter;
    if let Some(other) = sample.other_delimiter() {
        sample = parse::sample_split_by(origin, other, subject.bytes()?, RECORDS)?;
    }
    let header = Header { names: &sample.header, delimiter: known_delimiter };
    let chosen = maps.choose(&origin.feed, header, &origin.key, origin.order_time);
    if let Err(Held::NoHeader { version }) = chosen {
        return Err(SuggestError::NoHeader(version));
    }
    let base = maps
        .closest(&origin.feed, header, &origin.key, origin.order_time)
        .ok_or_else(|| SuggestError::NoMap(origin.feed.clone()))?;
    let decisions = decide::decide(evidence::gather(origin, base, &sample, pool).await?);
    let is_split_alike = sample.delimiter == known_delimiter;
    let is_needless = decisions.nothing_changes() && is_split_alike && chosen.is_ok();
    let version =
        maps.iter().filter(|map| map.feed == origin.feed).map(|map| map.version).max().unwrap_or_default() + 1;
    let proposed = Proposed { origin, base, version, sample: &sample, is_split_alike, decisions: &decisions };
    let refusal = proposed.refusal();
    Ok(Proposal { text: render::render(&proposed, refusal.as_deref()), is_needless, reads_file: refusal.is_none() })
}

/// What is written into a proposal.
struct Proposed<'a> {
    origin: &'a Origin,
    base: &'a ColumnMap,
    version: i32,
    sample: &'a Sample,
    is_split_alike: bool,
    decisions: &'a Decisions,
}

impl Proposed<'_> {
    /// From when the map applies: where the header stays what it was, from this object on.
    fn applies_from(&self) -> Option<DateTime<Utc>> {
        let is_told_by_header = self.decisions.is_header_other() || !self.is_split_alike;
        (!is_told_by_header).then_some(self.origin.order_time)
    }

    /// Why the proposal does not read the file.
    fn refusal(&self) -> Option<String> {
        if !self.decisions.is_whole() {
            return Some("decide what is marked UNDECIDED".to_owned());
        }
        let map = match map::parse(MapOrigin::Approved, &render::render(self, None)) {
            Ok(map) => map,
            Err(error) => return Some(error.to_string()),
        };
        let mut alone = MapSet::default();
        alone.add(map);
        let header = Header { names: &self.sample.header, delimiter: self.sample.delimiter };
        let chosen = alone.choose(&self.origin.feed, header, &self.origin.key, self.origin.order_time);
        chosen.err().map(|held| held.to_string())
    }
}
