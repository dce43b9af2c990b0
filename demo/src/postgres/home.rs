//! The directory of a cluster: `data/`, `server.log`, and the lock that keeps a second start away.
//!
//! Invariant: `data/` is complete or absent (initdb writes `data.new/`, which is renamed at the end), and whoever
//! holds a [`Home`] is the only one.

use std::fs::{self, File, Permissions, TryLockError};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use nix::sys::signal::kill;
use nix::unistd::Pid;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use super::account::{Account, run_as};
use super::binaries::{Binaries, MadeBy};
use super::error::PostgresError;

/// How long a server whose owner was killed may take to notice.
const LEAVES_WITHIN: Duration = Duration::from_secs(15);

/// A cluster's directory, held against others.
#[derive(Debug)]
pub(super) struct Home {
    path: PathBuf,
    _lock: File,
}

impl Home {
    /// Makes the directory where it is absent, and takes it.
    pub(super) fn claim(path: &Path, account: Option<&Account>) -> Result<Self, PostgresError> {
        fs::create_dir_all(path).map_err(PostgresError::io("create", path))?;
        let path = path.canonicalize().map_err(PostgresError::io("resolve", path))?;
        must_be_ours(&path)?;
        let lock = lock(&path)?;
        if let Some(account) = account {
            account.must_reach(&path)?;
            account.own(&path)?;
        }
        fs::set_permissions(&path, Permissions::from_mode(0o700)).map_err(PostgresError::io("close", &path))?;
        Ok(Self { path, _lock: lock })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn data(&self) -> PathBuf {
        self.path.join("data")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.path.join("server.log")
    }

    /// What made the cluster; `None` where there is none yet.
    pub(super) fn version(&self) -> Result<Option<MadeBy>, PostgresError> {
        let path = self.data().join("PG_VERSION");
        if !path.exists() {
            return Ok(None);
        }
        let text = fs::read_to_string(&path).map_err(PostgresError::io("read", &path))?;
        let major = text.trim().parse().map_err(|_| PostgresError::UnreadableVersion { path })?;
        Ok(Some(MadeBy { home: self.path.clone(), major }))
    }

    /// Makes the cluster where it is absent; where it is there, waits until nobody serves it any more.
    pub(super) async fn initialise(
        &self,
        binaries: &Binaries,
        account: Option<&Account>,
        durable: bool,
    ) -> Result<(), PostgresError> {
        if self.data().join("PG_VERSION").exists() {
            return self.wait_until_left().await;
        }
        let fresh = self.path.join("data.new");
        if fresh.exists() {
            fs::remove_dir_all(&fresh).map_err(PostgresError::io("remove", &fresh))?;
        }
        let mut command = initdb(binaries, account, &fresh, durable);
        command.current_dir(&self.path);
        run(command, &fresh).await?;
        fs::rename(&fresh, self.data()).map_err(PostgresError::io("rename", fresh))
    }

    async fn wait_until_left(&self) -> Result<(), PostgresError> {
        let deadline = Instant::now() + LEAVES_WITHIN;
        while let Some(pid) = postmaster(&self.data()).filter(|pid| runs(*pid)) {
            if Instant::now() > deadline {
                return Err(PostgresError::StillRunning { home: self.path.clone(), pid });
            }
            sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }
}

/// A home is given to the server's account and shut to others, which must not befall a directory of something else.
fn must_be_ours(home: &Path) -> Result<(), PostgresError> {
    let entries = fs::read_dir(home).map_err(PostgresError::io("read", home))?;
    let names: Vec<_> = entries.flatten().map(|entry| entry.file_name()).collect();
    let ours = names.is_empty() || names.iter().any(|name| name == "lock" || name == "data");
    if ours { Ok(()) } else { Err(PostgresError::NotOurs { home: home.to_path_buf() }) }
}

fn lock(home: &Path) -> Result<File, PostgresError> {
    let path = home.join("lock");
    let file = File::create(&path).map_err(PostgresError::io("create", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(PostgresError::InUse { home: home.to_path_buf() }),
        Err(TryLockError::Error(source)) => Err(PostgresError::Io { action: "lock", path, source }),
    }
}

/// `C.UTF-8` and not `C`, under which pg_trgm takes letters such as `Ü` for punctuation.
fn initdb(binaries: &Binaries, account: Option<&Account>, data: &Path, durable: bool) -> Command {
    let mut command = Command::new(binaries.program("initdb"));
    command.args(["--username=postgres", "--locale=C.UTF-8", "--encoding=UTF8", "--auth=trust", "--pgdata"]).arg(data);
    if !durable {
        command.arg("--no-sync");
    }
    run_as(&mut command, account);
    command
}

async fn run(mut command: Command, data: &Path) -> Result<(), PostgresError> {
    let output = tokio::task::spawn_blocking(move || command.output()).await;
    let output = output.map_err(std::io::Error::other).flatten().map_err(PostgresError::io("run initdb for", data))?;
    if output.status.success() {
        return Ok(());
    }
    let output = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).trim().to_owned();
    Err(PostgresError::Initdb { data: data.to_path_buf(), output })
}

/// The process that serves a cluster, by its own word.
pub(super) fn postmaster(data: &Path) -> Option<i32> {
    let text = fs::read_to_string(data.join("postmaster.pid")).ok()?;
    text.lines().next()?.trim().parse().ok()
}

fn runs(pid: i32) -> bool {
    kill(Pid::from_raw(pid), None) != Err(nix::errno::Errno::ESRCH)
}

/// A directory that any account may pass through, for a cluster that goes with us.
pub(super) fn temporary_directory() -> Result<TempDir, PostgresError> {
    short_temporary(0o755)
}

/// A directory for the socket: short (a socket's path may have 107 bytes at most) and for the server's account only.
pub(super) fn socket_directory(account: Option<&Account>) -> Result<TempDir, PostgresError> {
    let directory = short_temporary(0o700)?;
    if let Some(account) = account {
        account.own(directory.path())?;
    }
    Ok(directory)
}

fn short_temporary(mode: u32) -> Result<TempDir, PostgresError> {
    let short = PathBuf::from("/tmp");
    let parent = if short.is_dir() { short } else { std::env::temp_dir() };
    let mut builder = tempfile::Builder::new();
    builder.prefix("wardwatch-").permissions(Permissions::from_mode(mode));
    builder.tempdir_in(&parent).map_err(PostgresError::io("make a directory in", parent))
}

/// Removes a directory off the async threads.
pub(super) async fn remove(directory: TempDir) -> Result<(), PostgresError> {
    let path = directory.path().to_path_buf();
    let removed = tokio::task::spawn_blocking(move || directory.close()).await;
    removed.map_err(std::io::Error::other).flatten().map_err(PostgresError::io("remove", path))
}
