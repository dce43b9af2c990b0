//! Where the demo keeps its data between two starts.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The home directory of the demo.
#[derive(Debug)]
pub(crate) struct Home(PathBuf);

/// The hospital that was generated at the first start; later starts go on with it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Generated {
    /// Number of patients.
    pub(crate) patients: u64,
    /// Seed of the generator.
    pub(crate) seed: u64,
    /// The moment around which the first files were written.
    pub(crate) now: DateTime<Utc>,
    /// Key of the bucket's owner.
    pub(crate) access_key: String,
    /// Secret of the bucket's owner.
    pub(crate) secret_key: String,
}

impl Home {
    /// Makes the directory where it is missing.
    pub(crate) fn at(path: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(path).with_context(|| format!("the demo's home {} cannot be made", path.display()))?;
        Ok(Self(path.canonicalize()?))
    }

    pub(crate) fn postgres(&self) -> PathBuf {
        self.0.join("postgres")
    }

    pub(crate) fn s3(&self) -> PathBuf {
        self.0.join("s3")
    }

    /// What the first start generated; `None` before it has ended.
    pub(crate) fn generated(&self) -> anyhow::Result<Option<Generated>> {
        match fs::read(self.hospital()) {
            Ok(text) => Ok(Some(serde_json::from_slice(&text).context("the demo's home is damaged: make demo-reset")?)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) fn keep(&self, generated: &Generated) -> anyhow::Result<()> {
        Ok(fs::write(self.hospital(), serde_json::to_vec_pretty(generated)?)?)
    }

    /// Removes everything that the demo wrote.
    pub(crate) fn wipe(&self) -> anyhow::Result<()> {
        fs::remove_dir_all(&self.0)
            .with_context(|| format!("{} cannot be removed: is the demo still running", self.0.display()))
    }

    fn hospital(&self) -> PathBuf {
        self.0.join("hospital.json")
    }
}
