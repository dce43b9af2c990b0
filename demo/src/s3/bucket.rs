//! One bucket: its index in memory, its journal and its files on disk.
//!
//! Invariant: a change is judged, journalled and applied under one lock; a file is named by the journal before
//! anybody can ask for it, and deleted only after the journal has forgotten it. Files are named by number, so that
//! no key, however odd, ever becomes a path.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use md5::{Digest as _, Md5};
use s3s::{S3Result, s3_error};
use sha2::{Digest as _, Sha256};
use tempfile::TempPath;
use tokio::fs::File;

use super::conditions::WriteConditions;
use super::index::{Content, Entry, Headers, Index, NULL_VERSION, Version, Versioning};
use super::journal::Journal;
use super::{S3Error, locked};

const JOURNAL: &str = "journal.jsonl";
const FILES: &str = "objects";

#[derive(Debug)]
pub(super) struct Bucket {
    name: String,
    directory: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    index: Index,
    journal: Journal,
    next_file: u64,
}

/// Bytes that are to become an object.
#[derive(Debug)]
pub(super) struct Incoming {
    pub(super) file: TempPath,
    pub(super) size: u64,
    pub(super) etag: String,
    pub(super) headers: Headers,
}

/// A version as an answer tells it.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) version: Version,
    pub(super) content: Content,
    /// Told only where the bucket keeps versions, or did.
    pub(super) told_id: Option<String>,
}

/// What a delete did: the version that went or the marker that came.
#[derive(Debug, Default)]
pub(super) struct Deleted {
    pub(super) told_id: Option<String>,
    pub(super) marker: bool,
}

impl Bucket {
    pub(super) fn create(directory: PathBuf, name: &str, created: i64) -> io::Result<Self> {
        fs::create_dir_all(directory.join(FILES))?;
        let (journal, index) = Journal::create(&directory.join(JOURNAL), created)?;
        Ok(Self { name: name.to_owned(), directory, state: Mutex::new(State { index, journal, next_file: 0 }) })
    }

    /// Reads the bucket back, and drops the files that no journal line came to name.
    pub(super) fn open(directory: PathBuf, name: &str) -> Result<Self, S3Error> {
        let (journal, index) = Journal::open(&directory.join(JOURNAL))?;
        let files = index.files();
        let next_file = files.iter().max().map_or(0, |last| last + 1);
        let folder = directory.join(FILES);
        for entry in fs::read_dir(&folder).map_err(S3Error::io("read", &folder))?.flatten() {
            let named = entry.file_name().to_str().and_then(|it| it.parse().ok());
            if !named.is_some_and(|number| files.contains(&number)) {
                fs::remove_file(entry.path()).map_err(S3Error::io("remove", entry.path()))?;
            }
        }
        Ok(Self { name: name.to_owned(), directory, state: Mutex::new(State { index, journal, next_file }) })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Looks at the index, which stands still meanwhile.
    pub(super) fn read<T>(&self, look: impl FnOnce(&Index) -> T) -> T {
        look(&locked(&self.state).index)
    }

    pub(super) fn keep_versions(&self, kept: Versioning) -> S3Result<()> {
        self.change(&mut locked(&self.state), Entry::Versioning { kept })
    }

    /// Makes the bytes the newest version of the key.
    pub(super) fn put(
        &self,
        key: String,
        incoming: Incoming,
        conditions: &WriteConditions,
        now: i64,
    ) -> S3Result<Found> {
        let mut state = locked(&self.state);
        conditions.judge(state.index.current(&key))?;
        let number = state.next_file;
        state.next_file += 1;
        incoming.file.persist(self.file(number)).map_err(|it| s3s::S3Error::internal_error(it.error))?;
        let Incoming { size, etag, headers, .. } = incoming;
        let content = Content { file: number, size, etag, headers };
        let id = self.new_id(state.index.versioning, &key, number);
        let version = Version { id, modified: now, content: Some(content.clone()) };
        self.change(&mut state, Entry::Put { key, version: version.clone() })?;
        Ok(Found { told_id: told_id(&state.index, &version), version, content })
    }

    /// Makes the same bytes the newest version of many keys, in one file.
    pub(super) fn plant(&self, keys: impl Iterator<Item = String>, bytes: &[u8], now: i64) -> S3Result<()> {
        let mut state = locked(&self.state);
        let file = state.next_file;
        fs::write(self.file(file), bytes).map_err(s3s::S3Error::internal_error)?;
        let etag = hex::encode(Md5::digest(bytes));
        for key in keys {
            state.next_file += 1;
            let content = Content { file, size: bytes.len() as u64, etag: etag.clone(), headers: Headers::default() };
            let id = self.new_id(state.index.versioning, &key, state.next_file);
            let version = Version { id, modified: now, content: Some(content) };
            self.change(&mut state, Entry::Put { key, version })?;
        }
        state.next_file += 1;
        Ok(())
    }

    /// Deletes a version for good, or the key: for good, or by a marker where versions are kept.
    pub(super) fn delete(&self, key: &str, id: Option<&str>, now: i64) -> S3Result<Deleted> {
        let mut state = locked(&self.state);
        if let Some(id) = id {
            return self.delete_version(&mut state, key, id);
        }
        if state.index.versioning != Versioning::Never {
            return self.mark_deleted(&mut state, key, now);
        }
        if state.index.newest(key).is_some() {
            self.change(&mut state, Entry::Remove { key: key.to_owned(), id: NULL_VERSION.to_owned() })?;
        }
        Ok(Deleted::default())
    }

    fn delete_version(&self, state: &mut State, key: &str, id: &str) -> S3Result<Deleted> {
        let Some(version) = state.index.version(key, id) else {
            return Ok(Deleted { told_id: Some(id.to_owned()), marker: false });
        };
        let deleted = Deleted { told_id: told_id(&state.index, version), marker: version.content.is_none() };
        self.change(state, Entry::Remove { key: key.to_owned(), id: id.to_owned() })?;
        Ok(deleted)
    }

    fn mark_deleted(&self, state: &mut State, key: &str, now: i64) -> S3Result<Deleted> {
        let number = state.next_file;
        state.next_file += 1;
        let id = self.new_id(state.index.versioning, key, number);
        let version = Version { id: id.clone(), modified: now, content: None };
        self.change(state, Entry::Put { key: key.to_owned(), version })?;
        Ok(Deleted { told_id: Some(id), marker: true })
    }

    fn change(&self, state: &mut State, entry: Entry) -> S3Result<()> {
        state.journal.append(&entry).map_err(s3s::S3Error::internal_error)?;
        if let Some(file) = state.index.apply(entry) {
            // Left behind, it goes at the next start.
            let _ = fs::remove_file(self.file(file));
        }
        Ok(())
    }

    /// The version that a get or a head asks for.
    pub(super) fn find(&self, key: &str, id: Option<&str>) -> S3Result<Found> {
        self.read(|index| found(index, key, id))
    }

    /// The version with its file, opened before a writer can delete it.
    pub(super) fn open_file(&self, key: &str, id: Option<&str>) -> S3Result<(Found, File)> {
        self.read(|index| {
            let found = found(index, key, id)?;
            let file = fs::File::open(self.file(found.content.file)).map_err(s3s::S3Error::internal_error)?;
            Ok((found, File::from_std(file)))
        })
    }

    fn file(&self, number: u64) -> PathBuf {
        self.directory.join(FILES).join(number.to_string())
    }

    /// Opaque, as S3's are: nobody shall learn an order from it.
    fn new_id(&self, versioning: Versioning, key: &str, number: u64) -> String {
        match versioning {
            Versioning::Enabled => hex::encode(&Sha256::digest(format!("{}/{number}/{key}", self.name))[..16]),
            Versioning::Never | Versioning::Suspended => NULL_VERSION.to_owned(),
        }
    }
}

fn found(index: &Index, key: &str, id: Option<&str>) -> S3Result<Found> {
    let version = match id {
        None => index.newest(key).ok_or_else(|| s3_error!(NoSuchKey, "The specified key does not exist."))?,
        Some(id) => {
            index.version(key, id).ok_or_else(|| s3_error!(NoSuchVersion, "The specified version does not exist."))?
        }
    };
    let Some(content) = version.content.clone() else {
        return Err(super::answers::deleted(version, id.is_some()));
    };
    Ok(Found { version: version.clone(), content, told_id: told_id(index, version) })
}

fn told_id(index: &Index, version: &Version) -> Option<String> {
    (index.versioning != Versioning::Never).then(|| version.id.clone())
}
