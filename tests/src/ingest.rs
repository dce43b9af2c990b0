//! The real `wardwatch-ingest`, run as a process of its own in an environment that holds nothing but what is given.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::time::timeout;
use wardwatch_ingest::pipeline::Pipeline;
use wardwatch_schema::config::Config;

use crate::bucket::{ACCESS_KEY, SECRET_KEY};
use crate::wait::DEADLINE;
use crate::{Folder, S3, Tested, Warehouse, until};

/// How `wardwatch-ingest` is called.
#[derive(Debug, Clone)]
pub struct Ingest {
    program: PathBuf,
    variables: BTreeMap<String, OsString>,
    flags: Vec<String>,
}

/// How a call ended.
#[derive(Debug)]
pub struct Ended {
    /// Its exit status; `None` where a signal ended it.
    pub code: Option<i32>,
    /// What it printed.
    pub stdout: String,
    /// What it logged and complained of.
    pub stderr: String,
}

impl Ingest {
    /// A call that names no database and no bucket. The hospital's clock is UTC, and no feed is ever stale.
    pub fn bare() -> Tested<Self> {
        let variables = [
            ("PATH", std::env::var("PATH").unwrap_or_default()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
            ("WARDWATCH_TIMEZONE", "UTC".to_owned()),
            ("WARDWATCH_FRESHNESS_LIMIT", "static".to_owned()),
        ];
        let variables = variables.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
        Ok(Self { program: program("wardwatch-ingest")?, variables, flags: Vec::new() })
    }

    /// A call on a warehouse.
    pub fn on(warehouse: &Warehouse) -> Tested<Self> {
        Ok(Self::bare()?.with("WARDWATCH_DATABASE_URL", warehouse.url()))
    }

    /// From a directory to a warehouse.
    pub fn from_folder(folder: &Folder, warehouse: &Warehouse) -> Tested<Self> {
        Ok(Self::on(warehouse)?.with("WARDWATCH_BUCKET", folder.address()))
    }

    /// From the S3 server to a warehouse, with the key.
    pub fn from_s3(s3: &S3, warehouse: &Warehouse) -> Tested<Self> {
        let bucket = Self::on(warehouse)?.with("WARDWATCH_BUCKET", S3::address());
        let server = bucket.with("WARDWATCH_ENDPOINT", s3.server.endpoint()).with("AWS_REGION", "us-east-1");
        Ok(server.with("AWS_ACCESS_KEY_ID", ACCESS_KEY).with("AWS_SECRET_ACCESS_KEY", SECRET_KEY))
    }

    /// A pipeline in this process that reads a public bucket of the S3 server, with further lines of configuration.
    pub async fn in_process(s3: &S3, warehouse: &Warehouse, settings: &str) -> Tested<Pipeline> {
        let place = tempfile::tempdir()?;
        let file = place.path().join("wardwatch.toml");
        let (bucket, server, database) = (S3::address(), s3.server.endpoint(), warehouse.url());
        let text = format!(
            "timezone = 'UTC'\nfreshness_limit = 'static'\nanonymous = true\nbucket = '{bucket}'\nendpoint = '{server}'
             database_url = '{database}'\n{settings}"
        );
        std::fs::write(&file, text)?;
        Ok(Pipeline::open(&Config::load(Some(&file))?).await?)
    }

    /// With a variable of the environment.
    #[must_use]
    pub fn with(mut self, variable: &str, value: impl AsRef<OsStr>) -> Self {
        self.variables.insert(variable.to_owned(), value.as_ref().to_owned());
        self
    }

    /// Without a variable of the environment.
    #[must_use]
    pub fn without(mut self, variable: &str) -> Self {
        self.variables.remove(variable);
        self
    }

    /// With flags after the command.
    #[must_use]
    pub fn flags(mut self, flags: &[&str]) -> Self {
        self.flags.extend(flags.iter().map(|flag| (*flag).to_owned()));
        self
    }

    /// A call that is not begun yet, for whoever looks at it in another way than the following.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments).args(&self.flags).env_clear().envs(&self.variables);
        command.stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    /// Runs a command to its end.
    pub async fn run(&self, arguments: &[&str]) -> Tested<Ended> {
        let output = timeout(DEADLINE, self.command(arguments).output()).await;
        let output = output.with_context(|| format!("{arguments:?} did not end within {DEADLINE:?}"))??;
        Ok(Ended {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout)?,
            stderr: String::from_utf8(output.stderr)?,
        })
    }

    /// `once --json`.
    pub async fn once(&self) -> Tested<Ended> {
        self.run(&["once", "--json"]).await
    }

    /// `verify --json`, and what it says where all holds.
    pub async fn verify(&self) -> Tested<Value> {
        self.run(&["verify", "--json"]).await?.json_of(0)
    }

    /// `run`, until it is stopped or dropped.
    pub fn start(&self) -> Tested<Daemon> {
        self.spawn(&["run"])
    }

    /// A command that goes on beside the scenario.
    pub fn spawn(&self, arguments: &[&str]) -> Tested<Daemon> {
        let log = tempfile::tempdir()?;
        let path = log.path().join("log");
        let mut command = self.command(arguments);
        let child = command.stdout(Stdio::null()).stderr(File::create(&path)?).spawn()?;
        Ok(Daemon { child, path, _log: log })
    }
}

impl Ended {
    /// The one JSON object on the last line, after an exit with this status.
    pub fn json_of(&self, code: i32) -> Tested<Value> {
        ensure!(
            self.code == Some(code),
            "exit status {:?} instead of {code}: {}{}",
            self.code,
            self.stdout,
            self.stderr
        );
        let last = self.stdout.lines().last().with_context(|| format!("nothing was printed: {}", self.stderr))?;
        Ok(serde_json::from_str(last)?)
    }
}

/// A `wardwatch-ingest` that goes on beside the scenario. Dropped, it is killed; prefer [`Daemon::stop`].
#[derive(Debug)]
pub struct Daemon {
    child: Child,
    path: PathBuf,
    _log: TempDir,
}

impl Daemon {
    /// Asks it to stop, as a service manager does that has seen it start, and waits.
    pub async fn stop(mut self) -> Tested<Ended> {
        self.until_logged("ingest.run: started").await?;
        self.signal(Signal::SIGTERM)?;
        self.end().await
    }

    /// Waits until it ends by itself.
    pub async fn end(mut self) -> Tested<Ended> {
        let status = timeout(DEADLINE, self.child.wait()).await.context("the daemon did not stop")??;
        Ok(Ended { code: status.code(), stdout: String::new(), stderr: self.log()? })
    }

    /// Takes all processor time from it, as a host does that suspends its machine.
    pub fn suspend(&self) -> Tested {
        self.signal(Signal::SIGSTOP)
    }

    /// Gives the processor back.
    pub fn resume(&self) -> Tested {
        self.signal(Signal::SIGCONT)
    }

    /// Waits until it has logged a text. It must not end before.
    pub async fn until_logged(&mut self, text: &str) -> Tested {
        until(&format!("{text:?} is logged"), async || {
            let ended = self.child.try_wait()?;
            let log = self.log()?;
            ensure!(ended.is_none() || log.contains(text), "it ended without {text:?}: {log}");
            Ok(log.contains(text))
        })
        .await
    }

    /// Ends it as a power cut would.
    pub async fn kill(mut self) -> Tested {
        self.signal(Signal::SIGKILL)?;
        self.child.wait().await?;
        Ok(())
    }

    /// What it has logged so far.
    pub fn log(&self) -> Tested<String> {
        Ok(std::fs::read_to_string(&self.path)?)
    }

    fn signal(&self, signal: Signal) -> Tested {
        let pid = self.child.id().context("the daemon has ended")?;
        Ok(kill(Pid::from_raw(pid.try_into()?), signal)?)
    }
}

/// A program of the workspace, as the same build has left it: beside the directory of this test.
pub fn program(name: &str) -> Tested<PathBuf> {
    let test = std::env::current_exe()?;
    let profile = test.ancestors().nth(2).unwrap_or(Path::new("/"));
    let program = profile.join(name);
    ensure!(program.is_file(), "{} is absent: run cargo build --workspace first", program.display());
    Ok(program)
}
