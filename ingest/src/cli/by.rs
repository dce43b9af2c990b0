//! `--by`: in whose name a command is given. It is what somebody typed, and proven by nothing.

use anyhow::Context as _;
use clap::Args;

/// Who asks where neither `--by` nor the environment says it.
const NOBODY: &str = "somebody who gave no name";

/// In whose name.
#[derive(Debug, Args)]
pub(super) struct By {
    /// Who asks for it, decides it or approves it; kept with it and in the audit
    #[arg(long = "by", value_name = "NAME", env = "USER")]
    name: Option<String>,
}

impl By {
    /// For what is somebody's: an error where no name is said.
    pub(super) fn somebody(self) -> anyhow::Result<String> {
        self.said().context("who decides it? say --by NAME")
    }

    /// For what may be anybody's.
    pub(super) fn anybody(self) -> String {
        self.said().unwrap_or_else(|| NOBODY.to_owned())
    }

    fn said(self) -> Option<String> {
        self.name.filter(|name| !name.trim().is_empty())
    }
}
