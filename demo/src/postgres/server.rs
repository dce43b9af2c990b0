//! One server process, tied to us by a pipe.
//!
//! Invariant: when our end of the pipe closes (stop, drop, or the death of this process by any signal), the shell
//! that watches it asks the server to shut down. The server stands in a process group of its own, so that a Ctrl-C
//! meant for us does not take the database away from under those who still finish their work.

use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ExitStatus, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use sqlx::{Connection as _, PgConnection};
use tokio::time::{Instant, sleep};

use super::account::{Account, run_as};
use super::error::PostgresError;
use super::home::postmaster;

/// Recovery after a crash takes its time; a start without takes a tenth of a second.
const READY_WITHIN: Duration = Duration::from_mins(1);
const STOPS_WITHIN: Duration = Duration::from_mins(1);
/// How much of the log an error carries.
const TAIL_LINES: usize = 20;

/// Ends with the server, and ends the server when standard input does; then nobody else may be left to tidy up.
const LIFELINE: &str = r#"exec 3<&0
"$0" "$@" </dev/null 3<&- & server=$!
{ cat <&3 >/dev/null; kill -INT $server; } & watcher=$!
wait $server; status=$?
kill $watcher 2>/dev/null || { rm -rf -- "${WARDWATCH_DISPOSABLE:-/nonexistent}"; rmdir -- "$WARDWATCH_SOCKET" 2>/dev/null; }
exit $status"#;

const DEFAULTS: [(&str, &str); 7] = [
    ("listen_addresses", ""),
    ("unix_socket_permissions", "0700"),
    ("port", "5432"),
    ("shared_buffers", "128MB"),
    ("max_connections", "100"),
    ("timezone", "UTC"),
    ("log_timezone", "UTC"),
];

/// How a server is started, and started again.
#[derive(Debug)]
pub(super) struct Command {
    pub(super) program: PathBuf,
    pub(super) account: Option<Account>,
    pub(super) data: PathBuf,
    pub(super) log: PathBuf,
    pub(super) socket: PathBuf,
    pub(super) settings: Vec<(String, String)>,
    /// Nobody will read the data again: a drop need not flush them.
    pub(super) disposable: bool,
}

/// A server that runs, or did.
#[derive(Debug)]
pub(super) struct Server {
    shell: Child,
    lifeline: Option<ChildStdin>,
    pid: i32,
    ended: bool,
    disposable: bool,
}

impl Server {
    /// Returns when the server takes connections.
    pub(super) async fn start(command: &Command, url: &str) -> Result<Self, PostgresError> {
        let mut shell = spawn(command)?;
        let lifeline = shell.stdin.take();
        let mut server = Self { shell, lifeline, pid: 0, ended: false, disposable: command.disposable };
        server.wait_until_ready(command, url).await?;
        server.pid = postmaster(&command.data).unwrap_or_default();
        tracing::debug!(postgres.pid = server.pid, "postgres takes connections");
        Ok(server)
    }

    pub(super) fn pid(&self) -> i32 {
        self.pid
    }

    async fn wait_until_ready(&mut self, command: &Command, url: &str) -> Result<(), PostgresError> {
        let deadline = Instant::now() + READY_WITHIN;
        loop {
            if let Some(status) = self.status()? {
                return Err(PostgresError::Ended { status, log: command.log.clone(), tail: tail(&command.log) });
            }
            match PgConnection::connect(url).await {
                Ok(connection) => return connection.close().await.or(Ok(())),
                Err(source) if Instant::now() > deadline => return Err(not_ready(command, source)),
                Err(_) => sleep(Duration::from_millis(20)).await,
            }
        }
    }

    /// How the server ended; `None` while it runs.
    fn status(&mut self) -> Result<Option<ExitStatus>, PostgresError> {
        let status = self.shell.try_wait().map_err(PostgresError::io("wait for", "the postgres shell"))?;
        self.ended |= status.is_some();
        Ok(status)
    }

    /// An orderly shutdown: closing the pipe asks for it.
    pub(super) async fn stop(&mut self) -> Result<(), PostgresError> {
        self.lifeline.take();
        self.wait_until_ended().await
    }

    /// A shutdown as by a power cut: nothing is flushed, the next start recovers.
    pub(super) async fn crash(&mut self) -> Result<(), PostgresError> {
        self.abandon();
        self.wait_until_ended().await
    }

    async fn wait_until_ended(&mut self) -> Result<(), PostgresError> {
        let deadline = Instant::now() + STOPS_WITHIN;
        while self.status()?.is_none() {
            if Instant::now() > deadline {
                return Err(PostgresError::NotStopped { pid: self.pid, waited: STOPS_WITHIN });
            }
            sleep(Duration::from_millis(10)).await;
        }
        self.lifeline.take();
        Ok(())
    }

    fn abandon(&self) {
        if !self.ended && self.pid > 0 {
            // It may have ended by itself a moment ago, which is as well.
            let _ = kill(Pid::from_raw(self.pid), Signal::SIGQUIT);
        }
    }
}

impl Drop for Server {
    /// Waits, so that the directory can be removed or served again at once.
    fn drop(&mut self) {
        if self.disposable {
            self.abandon();
        }
        self.lifeline.take();
        if let Err(error) = self.shell.wait() {
            tracing::warn!(%error, postgres.pid = self.pid, "could not wait for postgres to stop");
        }
    }
}

fn spawn(command: &Command) -> Result<Child, PostgresError> {
    let log = File::create(&command.log).map_err(PostgresError::io("create", &command.log))?;
    let also = log.try_clone().map_err(PostgresError::io("open", &command.log))?;
    let mut shell = std::process::Command::new("sh");
    shell.arg("-c").arg(LIFELINE).arg(&command.program).arg("-D").arg(&command.data);
    shell.arg("-k").arg(&command.socket);
    for (name, value) in DEFAULTS {
        shell.arg("-c").arg(format!("{name}={value}"));
    }
    for (name, value) in &command.settings {
        shell.arg("-c").arg(format!("{name}={value}"));
    }
    shell.env("WARDWATCH_SOCKET", &command.socket).env_remove("WARDWATCH_DISPOSABLE");
    if command.disposable {
        shell.env("WARDWATCH_DISPOSABLE", &command.data);
    }
    shell.stdin(Stdio::piped()).stdout(log).stderr(also).process_group(0);
    shell.current_dir(&command.data).env("LC_ALL", "C.UTF-8").env_remove("PGDATA").env_remove("PGOPTIONS");
    run_as(&mut shell, command.account.as_ref());
    shell.spawn().map_err(PostgresError::io("run", &command.program))
}

fn not_ready(command: &Command, source: sqlx::Error) -> PostgresError {
    PostgresError::NotReady { waited: READY_WITHIN, log: command.log.clone(), tail: tail(&command.log), source }
}

fn tail(log: &Path) -> String {
    let text = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")
}
