//! S3 over HTTP in this process: what an ingester and its tests ask of the real one, kept in a directory.
//!
//! Invariant: an answer that tells of success tells of what the journal holds, and the objects of a directory are
//! the same after a restart. Signatures are checked, `LastModified` has whole seconds, keys come in the order of
//! their bytes, and conditions and versions are S3's own.
//!
//! Not for keeping data that matter: one copy, no wait for the disk, no policies, one pair of keys. Of an object's
//! headers it keeps the content type, the content encoding and the `x-amz-meta-` ones.

mod access;
mod answers;
mod backend;
mod bucket;
mod clock;
mod conditions;
mod faults;
mod front;
mod index;
mod journal;
mod listing;
mod object;
mod operation;
mod pages;
mod server;
mod store;
mod uploads;

use std::net::SocketAddr;
use std::path::PathBuf;

pub use faults::{Fault, Faults};
pub use operation::Operation;
pub use server::S3Server;

/// Where the server keeps its objects, where it listens, and whom it lets in.
#[derive(Debug, Clone)]
pub struct S3Options {
    /// The directory of the objects; created when absent.
    pub directory: PathBuf,
    /// The address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The one access key that is known.
    pub access_key: String,
    /// Its secret.
    pub secret_key: String,
    /// Whether reading needs no signature, as in a public bucket. Writing always needs one.
    pub anonymous: bool,
}

/// Why the server could not be started or stopped.
#[derive(Debug, thiserror::Error)]
pub enum S3Error {
    /// Something else listens there.
    #[error("{address} is in use: stop what listens there, or choose another port (0 takes a free one)")]
    AddressInUse {
        /// The address.
        address: SocketAddr,
    },
    /// The address cannot be listened on.
    #[error("could not listen on {address}: choose an address of this machine, and a port from 1024 on")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// Another server keeps its objects there.
    #[error("{directory} is in use by another wardwatch: stop that one first, or choose another directory")]
    DirectoryInUse {
        /// The directory.
        directory: PathBuf,
    },
    /// A line of a journal says nothing, and it is not the last one, which a crash may cut.
    #[error("line {line} of {path} cannot be read: restore the file, or move its bucket's directory away")]
    Journal {
        /// The journal.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// Why not.
        #[source]
        source: serde_json::Error,
    },
    /// The machine refused.
    #[error("could not {action} {path}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
}

impl S3Error {
    fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }
}

/// Locks what no holder leaves half changed: a panic elsewhere is no reason to stop here.
fn locked<T>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
