//! Discovery by watching a local directory: a file is recorded the moment its writer closes or renames it.
//!
//! Watchers drop events under load, and some systems tell of no closing: the listing stays the sweep behind this.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use notify::event::{AccessKind, AccessMode, ModifyKind, RenameMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use sqlx::PgPool;
use tokio::sync::mpsc;
use wardwatch_schema::database::answered;
use wardwatch_schema::feed::Feed;

use super::DiscoverError;
use crate::bucket::Bucket;
use crate::ledger;

/// Events that wait to be looked at; more are left to the sweep.
const WAITING_EVENTS: usize = 10_000;

/// A watched directory.
#[derive(Debug)]
pub struct Watch {
    _watcher: RecommendedWatcher,
    written: mpsc::Receiver<PathBuf>,
    being_written: Arc<Mutex<HashSet<PathBuf>>>,
    directory: PathBuf,
}

impl Watch {
    /// Watches the directory of the bucket; `None` where the bucket is none.
    pub fn start(bucket: &Bucket) -> Result<Option<Self>, notify::Error> {
        let Some(directory) = bucket.directory.clone() else { return Ok(None) };
        let (sender, written) = mpsc::channel(WAITING_EVENTS);
        let being_written = Arc::<Mutex<HashSet<PathBuf>>>::default();
        let noted = Arc::clone(&being_written);
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            let Ok(event) = event else { return };
            note_writers(&mut lock(&noted), &event);
            if is_written(event.kind) {
                for path in event.paths {
                    if sender.try_send(path).is_err() {
                        tracing::debug!("ingest.watch: an event was left to the next listing");
                    }
                }
            }
        })?;
        watcher.watch(&directory, RecursiveMode::Recursive)?;
        Ok(Some(Self { _watcher: watcher, written, being_written, directory }))
    }

    /// Whether a writer has changed the file of this key and not closed it yet, as far as the watcher was told.
    pub fn is_being_written(&self, key: &str) -> bool {
        lock(&self.being_written).contains(&self.directory.join(key))
    }

    /// Waits for written files and records them. Returns how many are new in the ledger.
    pub async fn next(&mut self, pool: &PgPool, bucket: &Bucket, feeds: &[Feed]) -> Result<u64, DiscoverError> {
        let mut paths = Vec::new();
        if self.written.recv_many(&mut paths, 1_000).await == 0 {
            return std::future::pending().await;
        }
        paths.sort();
        paths.dedup();
        let mut objects = Vec::new();
        for path in paths {
            let Some(key) = bucket.key_of(&path) else { continue };
            if feeds.iter().any(|feed| feed.takes(&key)) {
                objects.extend(bucket.head(&key).await?);
            }
        }
        Ok(answered(ledger::record(pool, &bucket.name, feeds, &objects)).await?)
    }
}

fn lock(paths: &Mutex<HashSet<PathBuf>>) -> MutexGuard<'_, HashSet<PathBuf>> {
    paths.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps the files that were changed and not closed since. Only where the system tells of closing: elsewhere a file would
/// stay in the set for good.
fn note_writers(being_written: &mut HashSet<PathBuf>, event: &Event) {
    if !cfg!(target_os = "linux") || event.need_rescan() {
        return being_written.clear();
    }
    match event.kind {
        EventKind::Modify(ModifyKind::Data(_)) => {
            being_written.extend(event.paths.iter().cloned());
        }
        EventKind::Access(AccessKind::Close(AccessMode::Write))
        | EventKind::Modify(ModifyKind::Name(_))
        | EventKind::Remove(_) => {
            for path in &event.paths {
                being_written.remove(path);
            }
        }
        _ => {}
    }
}

fn is_written(kind: EventKind) -> bool {
    matches!(
        kind,
        EventKind::Access(AccessKind::Close(AccessMode::Write))
            | EventKind::Modify(ModifyKind::Name(RenameMode::To | RenameMode::Both | RenameMode::Any))
    )
}
