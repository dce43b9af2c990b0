//! Who runs the server: we ourselves, or, where we are root, an account that may not do much.
//!
//! Postgres refuses to run as root, and initdb wants an account that has a name.

use std::path::{Path, PathBuf};

use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use nix::unistd::{Uid, User};

use super::error::PostgresError;

/// The account that a root process drops to.
#[derive(Debug, Clone)]
pub(super) struct Account {
    name: String,
    uid: u32,
    gid: u32,
}

impl Account {
    /// `None` where the server runs as ourselves.
    pub(super) fn choose() -> Result<Option<Self>, PostgresError> {
        if !Uid::effective().is_root() {
            return Ok(None);
        }
        let known = ["postgres", "nobody"].into_iter().find_map(|name| User::from_name(name).ok().flatten());
        let user = known.ok_or(PostgresError::NoAccount)?;
        Ok(Some(Self { name: user.name, uid: user.uid.as_raw(), gid: user.gid.as_raw() }))
    }

    /// Gives a file or directory to the account.
    pub(super) fn own(&self, path: &Path) -> Result<(), PostgresError> {
        chown(path, Some(self.uid), Some(self.gid)).map_err(PostgresError::io("give away", path))
    }

    /// Refuses a home that the account cannot get to, which Postgres would report as a missing directory.
    pub(super) fn must_reach(&self, home: &Path) -> Result<(), PostgresError> {
        let shut = home.ancestors().skip(1).find(|directory| !self.may_enter(directory));
        match shut {
            None => Ok(()),
            Some(directory) => Err(self.out_of_reach(home, directory.to_path_buf())),
        }
    }

    fn out_of_reach(&self, home: &Path, directory: PathBuf) -> PostgresError {
        PostgresError::OutOfReach { home: home.to_path_buf(), directory, account: self.name.clone() }
    }

    fn may_enter(&self, directory: &Path) -> bool {
        directory.metadata().is_ok_and(|found| {
            let search = match (found.uid() == self.uid, found.gid() == self.gid) {
                (true, _) => 0o100,
                (false, true) => 0o010,
                (false, false) => 0o001,
            };
            found.mode() & search != 0
        })
    }
}

/// Lets a command run as the account; its groups are dropped with the user.
pub(super) fn run_as(command: &mut Command, account: Option<&Account>) {
    if let Some(account) = account {
        command.uid(account.uid).gid(account.gid);
    }
}
