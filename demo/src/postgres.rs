//! A Postgres server of our own: found on the machine, started in a directory, gone with us.
//!
//! Invariant: the server outlives neither the [`Postgres`] value nor the process that holds it (a shell between us
//! and the server holds the other end of a pipe, and stops the server when the pipe closes), and one home never
//! serves two servers. It listens on a Unix socket in a private directory and on nothing else.
//!
//! Not for downloading or installing Postgres, and not for a warehouse that must survive the loss of a disk.

mod account;
mod binaries;
mod error;
mod home;
mod server;

use std::path::PathBuf;

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use tempfile::TempDir;
use url::Url;

use account::Account;
use binaries::Binaries;
use home::Home;
use server::{Command, Server};

pub use error::PostgresError;

/// Where the server keeps its data, and how it is set.
#[derive(Debug, Clone, Default)]
pub struct PostgresOptions {
    /// The directory of the cluster, the lock and the server's log; created when absent. The data survive in it.
    pub home: PathBuf,
    /// Settings as of `postgres -c name=value`; they win over the launcher's own.
    pub settings: Vec<(String, String)>,
}

/// A running Postgres server. Stops when dropped, and waits for it; prefer [`Postgres::stop`], which does not block.
#[derive(Debug)]
pub struct Postgres {
    // Dropped in this order: the server stops before its socket, its lock and its directory go.
    server: Server,
    command: Command,
    socket: TempDir,
    home: Home,
    temporary: Option<TempDir>,
}

impl Postgres {
    /// Starts a server on a home, which is made first where it is absent. Returns when it takes connections.
    ///
    /// # Errors
    /// When no Postgres 15 or later is found, the home is in use, of another version or out of reach, or the server
    /// does not come up; the message says what to do and carries the end of the server's log.
    pub async fn start(options: PostgresOptions) -> Result<Self, PostgresError> {
        Self::launch(options, None).await
    }

    /// Starts a server in a directory of its own, which goes with it.
    ///
    /// # Errors
    /// As [`Postgres::start`].
    pub async fn start_temporary(settings: Vec<(String, String)>) -> Result<Self, PostgresError> {
        let directory = home::temporary_directory()?;
        let home = directory.path().join("postgres");
        Self::launch(PostgresOptions { home, settings }, Some(directory)).await
    }

    async fn launch(options: PostgresOptions, temporary: Option<TempDir>) -> Result<Self, PostgresError> {
        let account = Account::choose()?;
        let home = Home::claim(&options.home, account.as_ref())?;
        let binaries = Binaries::find(home.version()?)?;
        home.initialise(&binaries, account.as_ref(), temporary.is_none()).await?;
        let socket = home::socket_directory(account.as_ref())?;
        let command = Command {
            program: binaries.program("postgres"),
            account,
            data: home.data(),
            log: home.log(),
            socket: socket.path().to_path_buf(),
            settings: options.settings,
            disposable: temporary.is_some(),
        };
        let server = Server::start(&command, &url(&socket, "postgres")?).await?;
        Ok(Self { server, command, socket, home, temporary })
    }

    /// The address of a database, for sqlx, libpq and whoever reads such URLs; the user is the superuser `postgres`.
    pub fn url(&self, database: &str) -> String {
        // The socket's path was turned into a URL once already, at the start.
        url(&self.socket, database).unwrap_or_default()
    }

    /// The process id of the server itself.
    pub fn pid(&self) -> i32 {
        self.server.pid()
    }

    /// Where the cluster lies.
    pub fn home(&self) -> &std::path::Path {
        self.home.path()
    }

    /// Creates a database, empty or as a copy of another one that nobody is connected to.
    ///
    /// # Errors
    /// When the server refuses: the name is taken, the template is absent or in use.
    pub async fn create_database(&self, name: &str, template: Option<&str>) -> Result<(), PostgresError> {
        let template = template.map(|it| format!(" TEMPLATE {}", quoted(it))).unwrap_or_default();
        self.execute(format!("CREATE DATABASE {}{template}", quoted(name))).await
    }

    /// Drops a database, with the connections to it. An absent one is no error.
    ///
    /// # Errors
    /// When the server refuses or cannot be reached.
    pub async fn drop_database(&self, name: &str) -> Result<(), PostgresError> {
        self.execute(format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quoted(name))).await
    }

    async fn execute(&self, statement: String) -> Result<(), PostgresError> {
        let refused = |source| PostgresError::Refused { statement: statement.clone(), source };
        let mut connection = PgConnection::connect(&self.url("postgres")).await.map_err(refused)?;
        connection.execute(sqlx::raw_sql(AssertSqlSafe(statement.clone()))).await.map_err(refused)?;
        connection.close().await.map_err(refused)
    }

    /// Stops the server as an orderly shutdown does (connections are ended, what was committed is flushed) and waits.
    ///
    /// # Errors
    /// When it has not stopped in time.
    pub async fn stop(mut self) -> Result<(), PostgresError> {
        self.server.stop().await?;
        match self.temporary.take() {
            Some(directory) => home::remove(directory).await,
            None => Ok(()),
        }
    }

    /// Stops the server as a power cut would, and leaves it down until [`Postgres::restart`]. For tests of outages.
    ///
    /// # Errors
    /// When it has not stopped in time.
    pub async fn crash(&mut self) -> Result<(), PostgresError> {
        self.server.crash().await
    }

    /// Crashes the server if it runs, and starts it again on the same home and the same address.
    ///
    /// # Errors
    /// As [`Postgres::start`].
    pub async fn restart(&mut self) -> Result<(), PostgresError> {
        self.server.crash().await?;
        self.server = Server::start(&self.command, &self.url("postgres")).await?;
        Ok(())
    }
}

/// The port is part of the socket's name, and is spelt out so that a `PGPORT` of the caller changes nothing.
fn url(socket: &TempDir, database: &str) -> Result<String, PostgresError> {
    let unusable = || PostgresError::SocketPath { path: socket.path().to_path_buf() };
    let mut url = Url::parse("postgres://postgres@localhost:5432").map_err(|_| unusable())?;
    url.path_segments_mut().map_err(|()| unusable())?.push(database);
    url.query_pairs_mut().append_pair("host", socket.path().to_str().ok_or_else(unusable)?);
    Ok(url.into())
}

fn quoted(identifier: &str) -> String {
    format!("\"{}\"", identifier.replace('"', "\"\""))
}
