//! What can go wrong with the server, in words for the person who must put it right.

use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

/// Why Postgres could not be started, used or stopped.
#[derive(Debug, thiserror::Error)]
pub enum PostgresError {
    /// Neither the variable nor the usual places hold a Postgres that serves.
    #[error(
        "no postgres {minimum} or later found in {places}: install it (debian: apt install postgresql; macos: brew \
         install postgresql@17), or set WARDWATCH_POSTGRES_BIN to the directory that holds postgres and initdb"
    )]
    NoBinaries {
        /// The oldest major version that serves.
        minimum: u32,
        /// Where was looked.
        places: String,
    },
    /// The home was made by another major version than those installed.
    #[error(
        "{home} was made by postgres {found}, and only {installed} is installed: install postgres {found}, or move \
         the directory away to start afresh"
    )]
    OtherVersion {
        /// The home.
        home: PathBuf,
        /// The major version that made it.
        found: u32,
        /// The versions at hand.
        installed: String,
    },
    /// The cluster does not say which version made it.
    #[error("{path} does not hold a postgres version: move the directory away to start afresh")]
    UnreadableVersion {
        /// The file.
        path: PathBuf,
    },
    /// Postgres refuses to run as root, and there is no one to run it as.
    #[error("postgres does not run as root, and there is no account postgres or nobody: create one, or run as a user")]
    NoAccount,
    /// The account that runs the server cannot reach the home.
    #[error(
        "account {account} runs postgres and cannot enter {directory} on the way to {home}: choose a home elsewhere \
         (not below /root), or open that directory with chmod o+x"
    )]
    OutOfReach {
        /// The home.
        home: PathBuf,
        /// The directory that is shut.
        directory: PathBuf,
        /// Who runs the server.
        account: String,
    },
    /// The home holds something, and no cluster.
    #[error("{home} holds other files: choose a new or an empty directory for postgres")]
    NotOurs {
        /// The home.
        home: PathBuf,
    },
    /// Another process holds the home.
    #[error("{home} is in use by another wardwatch: stop that one first, or choose another home")]
    InUse {
        /// The home.
        home: PathBuf,
    },
    /// A server that nobody holds any more still runs on the home.
    #[error("a postgres server (process {pid}) still runs on {home}: stop it with kill -INT {pid} and start again")]
    StillRunning {
        /// The home.
        home: PathBuf,
        /// The server's process.
        pid: i32,
    },
    /// `initdb` failed.
    #[error("initdb could not make a cluster in {data}; it said:\n{output}")]
    Initdb {
        /// The cluster that was to be.
        data: PathBuf,
        /// What it printed.
        output: String,
    },
    /// The server ended before it took a connection.
    #[error("postgres ended at its start ({status}); the end of {log}:\n{tail}")]
    Ended {
        /// How it ended.
        status: ExitStatus,
        /// Its log.
        log: PathBuf,
        /// The end of the log.
        tail: String,
    },
    /// The server runs but does not take connections.
    #[error(
        "postgres took no connection within {waited:?}: see whether the machine is overloaded; the end of {log}:\n{tail}"
    )]
    NotReady {
        /// How long was waited.
        waited: Duration,
        /// Its log.
        log: PathBuf,
        /// The end of the log.
        tail: String,
        /// The last refusal.
        #[source]
        source: sqlx::Error,
    },
    /// The server did not stop.
    #[error("postgres (process {pid}) did not stop within {waited:?}: see its log, or end it with kill -QUIT {pid}")]
    NotStopped {
        /// The server's process.
        pid: i32,
        /// How long was waited.
        waited: Duration,
    },
    /// The socket's path cannot stand in a URL.
    #[error("the socket directory {path} is not unicode: set TMPDIR to a plain path")]
    SocketPath {
        /// The directory.
        path: PathBuf,
    },
    /// A statement failed.
    #[error("postgres refused: {statement}")]
    Refused {
        /// The statement.
        statement: String,
        /// Why.
        #[source]
        source: sqlx::Error,
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

impl PostgresError {
    pub(super) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }
}
