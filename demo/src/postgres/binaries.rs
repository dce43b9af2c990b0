//! Which Postgres of the machine is used: the newest that serves, or the one that made the home.
//!
//! Only directories that hold both `postgres` and `initdb` count, and the program itself is asked for its version.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::error::PostgresError;

/// The oldest major version that the warehouse is tested with.
const MINIMUM: u32 = 15;
/// Says where the programs are; nothing else is looked at then.
const VARIABLE: &str = "WARDWATCH_POSTGRES_BIN";

/// A directory of programs of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Binaries {
    directory: PathBuf,
    major: u32,
}

/// What made a cluster.
#[derive(Debug, Clone)]
pub(super) struct MadeBy {
    pub(super) home: PathBuf,
    pub(super) major: u32,
}

impl Binaries {
    /// The programs for a cluster that exists, or for a new one.
    pub(super) fn find(made_by: Option<MadeBy>) -> Result<Self, PostgresError> {
        let places = places(env::var_os(VARIABLE), env::var_os("PATH").as_deref());
        Self::choose(&places, made_by)
    }

    fn choose(places: &[PathBuf], made_by: Option<MadeBy>) -> Result<Self, PostgresError> {
        let mut found: Vec<Self> = places.iter().filter_map(|place| Self::at(place)).collect();
        found.retain(|it| it.major >= MINIMUM);
        let newest = found.iter().max_by_key(|it| it.major).ok_or_else(|| none_in(places))?;
        match made_by {
            None => Ok(newest.clone()),
            Some(made_by) => {
                found.iter().find(|it| it.major == made_by.major).cloned().ok_or_else(|| other_version(made_by, &found))
            }
        }
    }

    fn at(directory: &Path) -> Option<Self> {
        if !directory.join("initdb").is_file() {
            return None;
        }
        let output = Command::new(directory.join("postgres")).arg("--version").output().ok()?;
        let major = major(&String::from_utf8_lossy(&output.stdout))?;
        Some(Self { directory: directory.to_path_buf(), major })
    }

    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }
}

/// `postgres (PostgreSQL) 15.18 (Debian 15.18-0)` is 15; so is `16beta1` 16.
fn major(version: &str) -> Option<u32> {
    let number = version.split(')').nth(1)?.trim_start();
    let end = number.find(|it: char| !it.is_ascii_digit()).unwrap_or(number.len());
    number[..end].parse().ok()
}

fn places(named: Option<OsString>, path: Option<&OsStr>) -> Vec<PathBuf> {
    if let Some(named) = named {
        return vec![named.into()];
    }
    let mut places = below("/usr/lib/postgresql", "", "bin");
    places.extend(below("/opt/homebrew/opt", "postgresql@", "bin"));
    places.extend(below("/usr/local/opt", "postgresql@", "bin"));
    places.extend(below("/Applications/Postgres.app/Contents/Versions", "", "bin"));
    places.extend(path.iter().flat_map(env::split_paths));
    places
}

/// `parent/prefix*/child` of the directories that exist.
fn below(parent: &str, prefix: &str, child: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(parent).into_iter().flatten().flatten();
    let named = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix));
    named.map(|entry| entry.path().join(child)).collect()
}

fn none_in(places: &[PathBuf]) -> PostgresError {
    let places = places.iter().map(|it| it.display().to_string()).collect::<Vec<_>>().join(", ");
    PostgresError::NoBinaries { minimum: MINIMUM, places }
}

fn other_version(made_by: MadeBy, found: &[Binaries]) -> PostgresError {
    let installed = found.iter().map(|it| it.major.to_string()).collect::<Vec<_>>().join(", ");
    PostgresError::OtherVersion { home: made_by.home, found: made_by.major, installed }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_read_from_what_the_program_prints() {
        assert_eq!(major("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(major("postgres (PostgreSQL) 18beta1\n"), Some(18));
        assert_eq!(major("something else"), None);
    }

    #[test]
    fn the_variable_wins_and_a_wrong_one_is_named_with_the_remedy() {
        let places = places(Some("/nowhere/bin".into()), Some("/usr/bin".as_ref()));
        let message = Binaries::choose(&places, None).unwrap_err().to_string();
        assert!(message.contains("/nowhere/bin"), "{message}");
        assert!(message.contains("WARDWATCH_POSTGRES_BIN"), "{message}");
    }

    #[test]
    fn a_cluster_of_a_version_that_is_not_installed_is_refused() {
        let places = places(None, env::var_os("PATH").as_deref());
        let made_by = MadeBy { home: "/some/home".into(), major: 9 };
        let message = Binaries::choose(&places, Some(made_by)).unwrap_err().to_string();
        assert!(message.contains("/some/home was made by postgres 9"), "{message}");
    }
}
