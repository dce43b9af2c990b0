//! `map list|check|suggest|approve`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;
use sqlx::PgPool;
use wardwatch_ingest::maps::subject::Subject;
use wardwatch_ingest::maps::{self, approve, check, list, suggest};
use wardwatch_schema::config::Config;
use wardwatch_schema::map::MapSet;

use super::by::By;
use super::map_print::{self, Refused};
use super::{OPEN, say, warehouse};

#[derive(Debug, Subcommand)]
pub(crate) enum MapCommand {
    /// Show feeds, versions, from when they apply, where they come from, and how many objects each has read
    List {
        /// Print one JSON object on one line
        #[arg(long)]
        json: bool,
    },
    /// Show what would become of a file, and write nothing.
    ///
    /// Exit status: 0 all records would be taken; 3 some would be quarantined; 1 the file would be held or failed.
    Check {
        #[command(flatten)]
        file: FileArguments,
        /// Show so many records before and after: patients' data
        #[arg(long, value_name = "N", default_value_t = 3)]
        sample: usize,
        /// Show the raw text of records that would be quarantined, too: patients' data
        #[arg(long)]
        show_raw: bool,
        /// Print one JSON object on one line; without patients' data unless --show-raw is given
        #[arg(long)]
        json: bool,
    },
    /// Propose the next version for a file that is held or read in part, as TOML with its evidence.
    ///
    /// The proposal goes to standard output. Exit status: 0 it reads the file, or none is needed; 3 something in it is
    /// undecided; 1 failed.
    Suggest {
        #[command(flatten)]
        file: FileArguments,
    },
    /// Put a map in force and release the held objects of its feed. An approved version can never be changed
    Approve {
        /// The map
        #[arg(value_name = "FILE.toml")]
        file: PathBuf,
        #[command(flatten)]
        by: By,
        /// Why; kept with the map
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
        /// Print one JSON object on one line
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct FileArguments {
    /// A file on this machine, or the key of an object in the bucket
    #[arg(value_name = "FILE|KEY")]
    name: String,
    /// The feed, where the name does not tell it
    #[arg(long)]
    feed: Option<String>,
    /// The directory of column maps, in place of the configured one
    #[arg(long, value_name = "DIR")]
    maps: Option<PathBuf>,
}

impl MapCommand {
    pub(crate) async fn execute(self, config: &Config) -> anyhow::Result<ExitCode> {
        match self {
            Self::List { json } => list(config, json).await,
            Self::Check { file, sample, show_raw, json } => check(config, &file, (sample, show_raw, json)).await,
            Self::Suggest { file } => suggest(config, &file).await,
            Self::Approve { file, by, reason, json } => approve(config, &file, (by, reason), json).await,
        }
    }
}

async fn list(config: &Config, json: bool) -> anyhow::Result<ExitCode> {
    let pool = warehouse(config).await?;
    let set = maps::load(&pool, config.maps.as_deref(), &config.feeds()?).await?;
    let maps = list::list(&pool, &set).await?;
    say(&if json { serde_json::json!({ "maps": maps }).to_string() } else { map_print::list(&maps) })?;
    Ok(ExitCode::SUCCESS)
}

async fn check(
    config: &Config,
    file: &FileArguments,
    (sample, show_raw, json): (usize, bool, bool),
) -> anyhow::Result<ExitCode> {
    let (_, set) = file.maps(config).await?;
    let subject = file.open(config).await?;
    let preview = match check::check(&subject, &set, sample) {
        Ok(preview) => preview,
        Err(error) => {
            let refused = || serde_json::to_string(&Refused::of(&subject, &error));
            say(&if json { refused()? } else { map_print::refused(&subject, &error) })?;
            return Ok(ExitCode::FAILURE);
        }
    };
    let preview = match (json, show_raw) {
        (_, true) => preview,
        (true, false) => preview.without_patients(),
        (false, false) => preview.without_raw(),
    };
    say(&if json { serde_json::to_string(&preview)? } else { map_print::preview(&preview, config.timezone) })?;
    Ok(if preview.rejected > 0 { ExitCode::from(OPEN) } else { ExitCode::SUCCESS })
}

async fn suggest(config: &Config, file: &FileArguments) -> anyhow::Result<ExitCode> {
    let (pool, set) = file.maps(config).await?;
    let subject = file.open(config).await?;
    let proposal = suggest::suggest(&subject, &set, pool.as_ref()).await?;
    if proposal.is_needless {
        say(&format!("# The maps in force read {} as it is: nothing to propose.", subject.origin.key))?;
        return Ok(ExitCode::SUCCESS);
    }
    say(&proposal.text)?;
    Ok(if proposal.reads_file { ExitCode::SUCCESS } else { ExitCode::from(OPEN) })
}

async fn approve(
    config: &Config,
    file: &std::path::Path,
    (by, reason): (By, Option<String>),
    json: bool,
) -> anyhow::Result<ExitCode> {
    let path = file.display().to_string();
    let text = std::fs::read_to_string(file).with_context(|| format!("{path} cannot be read"))?;
    let pool = warehouse(config).await?;
    let feeds = config.feeds()?;
    let set = maps::load(&pool, config.maps.as_deref(), &feeds).await?;
    let by = by.somebody()?;
    let approved = approve::approve(&pool, &feeds, &set, (&path, &text), (&by, reason.as_deref())).await?;
    say(&if json { serde_json::to_string(&approved)? } else { map_print::approved(&approved) })?;
    Ok(ExitCode::SUCCESS)
}

impl FileArguments {
    async fn open(&self, config: &Config) -> anyhow::Result<Subject> {
        Ok(Subject::open(config, &self.name, self.feed.as_deref()).await?)
    }

    /// The maps in force and, where a warehouse is configured, its pool. Without one, no approved map is known.
    async fn maps(&self, config: &Config) -> anyhow::Result<(Option<PgPool>, MapSet)> {
        let directory = self.maps.as_deref().or(config.maps.as_deref());
        let feeds = config.feeds()?;
        if config.database_url.is_empty() {
            let set = MapSet::load(directory)?;
            set.check(&feeds)?;
            return Ok((None, set));
        }
        let pool = warehouse(config).await?;
        let set = maps::load(&pool, directory, &feeds).await?;
        Ok((Some(pool), set))
    }
}
