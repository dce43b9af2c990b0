//! The column maps in force: the shipped ones, those of the maps directory over them, and over both those that a person
//! approved, which the warehouse keeps.
//!
//! Invariant: a batch is read with one set throughout. A set that is wrong is refused as a whole, and the last good one
//! stays in force. When the maps of a feed change, its held objects are tried again.

pub mod approve;
pub mod check;
pub mod list;
mod reload;
pub mod subject;
pub mod suggest;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};
use sqlx::{PgExecutor, PgPool};
use tokio::sync::watch;
use wardwatch_schema::database;
use wardwatch_schema::feed::Feed;
use wardwatch_schema::map::{self, MapError, MapOrigin, MapSet};

pub use reload::keep_current;

/// The set in force. Clones share it.
#[derive(Debug, Clone)]
pub struct Maps {
    in_force: watch::Sender<Arc<MapSet>>,
    directory: Option<Arc<Path>>,
}

impl Maps {
    /// A set, and the directory from which it is renewed.
    pub fn new(set: MapSet, directory: Option<PathBuf>) -> Self {
        Self { in_force: watch::Sender::new(Arc::new(set)), directory: directory.map(Into::into) }
    }

    /// The set in force now.
    pub fn current(&self) -> Arc<MapSet> {
        self.in_force.borrow().clone()
    }

    /// Whether this is still the set in force.
    pub fn is_current(&self, set: &Arc<MapSet>) -> bool {
        Arc::ptr_eq(set, &self.in_force.borrow())
    }
}

/// Why the maps cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum MapsError {
    /// A map is wrong.
    #[error(transparent)]
    Map(#[from] MapError),
    /// The approved maps cannot be read.
    #[error("the approved column maps cannot be read from the warehouse: {0}")]
    Database(#[from] sqlx::Error),
}

/// The maps that are not shipped, as they are written.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Texts {
    /// Path and text.
    files: Vec<(String, String)>,
    approved: Vec<String>,
}

impl Texts {
    async fn read(pool: &PgPool, directory: Option<&Path>) -> Result<Self, MapsError> {
        let files = directory.map(map::read_files).transpose()?.unwrap_or_default();
        let approved = sqlx::query_scalar!("SELECT toml FROM ingest.column_map ORDER BY feed, version");
        Ok(Self { files, approved: approved.fetch_all(pool).await? })
    }

    fn set(&self, feeds: &[Feed]) -> Result<MapSet, MapError> {
        let mut set = MapSet::of(&self.files)?;
        for text in &self.approved {
            set.add(map::parse(MapOrigin::Approved, text)?);
        }
        set.check(feeds)?;
        Ok(set)
    }
}

/// All maps: shipped, of the directory, approved.
pub async fn load(pool: &PgPool, directory: Option<&Path>, feeds: &[Feed]) -> Result<MapSet, MapsError> {
    Ok(Texts::read(pool, directory).await?.set(feeds)?)
}

/// Notes which maps are in force. The held objects of each feed whose maps changed are tried again; says how many.
pub async fn note_in_force(pool: &PgPool, set: &MapSet, feeds: &[Feed]) -> Result<u64, sqlx::Error> {
    let names: Vec<String> = feeds.iter().map(|feed| feed.name.clone()).collect();
    let fingerprints: Vec<String> = names.iter().map(|feed| fingerprint(set, feed)).collect();
    let mut transaction = database::begin(pool).await?;
    let changed = sqlx::query_scalar!(
        "INSERT INTO ingest.maps_in_force AS known (feed, fingerprint, since)
         SELECT feed, fingerprint, now() FROM unnest($1::text[], $2::text[]) AS now_in_force (feed, fingerprint)
         ORDER BY feed
         ON CONFLICT (feed) DO UPDATE SET fingerprint = excluded.fingerprint, since = excluded.since
             WHERE known.fingerprint <> excluded.fingerprint
         RETURNING feed",
        &names,
        &fingerprints
    )
    .fetch_all(&mut *transaction)
    .await?;
    let released = release(&mut *transaction, &changed).await?;
    transaction.commit().await?;
    if released > 0 {
        tracing::info!(feeds = ?changed, objects = released, "ingest.maps: changed; held objects are tried again");
    }
    Ok(released)
}

/// Gives the held objects of these feeds back to be loaded.
pub async fn release(executor: impl PgExecutor<'_>, feeds: &[String]) -> Result<u64, sqlx::Error> {
    let released = sqlx::query!(
        "UPDATE ingest.object SET state = 'pending', reason = NULL, attempts = 0, not_before = NULL
         WHERE state = 'held' AND feed = ANY ($1)",
        feeds
    )
    .execute(executor)
    .await?;
    Ok(released.rows_affected())
}

fn fingerprint(set: &MapSet, feed: &str) -> String {
    let mut hasher = Sha256::new();
    for map in set.iter().filter(|map| map.feed == feed) {
        hasher.update(map.version.to_be_bytes());
        hasher.update(Sha256::digest(&map.text));
    }
    hex::encode(hasher.finalize())
}
