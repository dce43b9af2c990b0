//! The pool of connections and the migrator. Both daemons come in through here.

use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, PgConnection, PgPool, Postgres, Transaction};

/// The channel on which every commit that changes the warehouse is announced. The payload names the feeds, by commas.
pub const COMMIT_CHANNEL: &str = "wardwatch_commit";

/// The channel on which the dashboard says that it has written a request. The payload is empty.
pub const REQUEST_CHANNEL: &str = "wardwatch_request";

/// The channel on which the database tells of accounts that are no longer what they were, or of which a session has ended. The
/// payload is the number of the account; an empty one shows that the channel is heard.
pub const ACCOUNT_CHANNEL: &str = "wardwatch_account";

/// Connections of a pool, where nothing asks for more.
const CONNECTIONS: u32 = 16;

/// For so long after its last use a connection is not asked whether it still answers.
const BELIEVED: Duration = Duration::from_secs(1);

/// Whoever does not say within so long that they still answer is taken for silent: another connection costs less.
const ANSWERS: Duration = Duration::from_secs(3);

/// How long the answer to a short statement is awaited at most, locks and a busy server included.
const PATIENCE: Duration = Duration::from_mins(1);

static MIGRATIONS: Migrator = sqlx::migrate!("../migrations");

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The URL is none that Postgres takes. The URL itself may hold a password and is not shown.
    #[error(
        "the database URL cannot be read: give postgres://user:password@host:port/database in WARDWATCH_DATABASE_URL"
    )]
    Url(#[source] sqlx::Error),
    /// The server refused the user or the password.
    #[error("the database refuses the credentials: check user and password in WARDWATCH_DATABASE_URL")]
    Credentials(#[source] sqlx::Error),
    /// The server answers, but the database does not exist.
    #[error(
        "the database of WARDWATCH_DATABASE_URL does not exist: create it with createdb, then run wardwatch-ingest migrate"
    )]
    NoSuchDatabase(#[source] sqlx::Error),
    /// No server answered.
    #[error(
        "the database cannot be reached: is Postgres running, and does WARDWATCH_DATABASE_URL name its host and port"
    )]
    Unreachable(#[source] sqlx::Error),
    /// The warehouse is missing or older than this program.
    #[error("the warehouse is not up to date: run wardwatch-ingest migrate")]
    NotMigrated,
    /// The warehouse was made by a newer program.
    #[error("the warehouse is newer than this program: install the version that migrated it")]
    Newer,
    /// A migration failed.
    #[error("the warehouse could not be migrated: {0}")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    /// The database failed while it was being looked at.
    #[error("the database failed: {0}")]
    Query(#[from] sqlx::Error),
}

/// Opens a pool and proves that it connects.
pub async fn connect(url: &str) -> Result<PgPool, DatabaseError> {
    open(url, CONNECTIONS).await
}

/// Opens a pool for so many workers. Each may wait for a lock with a connection in its hand; whoever renews their leases must
/// not wait behind them.
pub async fn connect_for(url: &str, workers: usize) -> Result<PgPool, DatabaseError> {
    let each_two = u32::try_from(workers).unwrap_or(u32::MAX).saturating_mul(2);
    open(url, each_two.saturating_add(CONNECTIONS / 2).max(CONNECTIONS)).await
}

async fn open(url: &str, connections: u32) -> Result<PgPool, DatabaseError> {
    if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        return Err(DatabaseError::Url(sqlx::Error::Configuration("another scheme".into())));
    }
    let options: PgConnectOptions = url.parse().map_err(DatabaseError::Url)?;
    PgConnection::connect_with(&options).await.map_err(sort_by_cause)?.close().await?;
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(10))
        .test_before_acquire(false)
        .before_acquire(|connection, known| Box::pin(answers(connection, known.idle_for)))
        .after_connect(|connection, _| Box::pin(set_up(connection)))
        .after_release(|connection, _| Box::pin(answers_in_time(connection)))
        .connect_with(options)
        .await
        .map_err(sort_by_cause)
}

/// A connection that was used just now is believed: to ask it first would cost a busy page three questions of fifteen. A server
/// that restarts takes longer than that.
async fn answers(connection: &mut PgConnection, idle_for: Duration) -> sqlx::Result<bool> {
    if idle_for >= BELIEVED { answers_in_time(connection).await } else { Ok(true) }
}

/// Whoever leaves an answer unread gives a connection back that may never answer again; sqlx would wait for it for ever.
async fn answers_in_time(connection: &mut PgConnection) -> sqlx::Result<bool> {
    tokio::time::timeout(ANSWERS, connection.ping()).await.map_err(|_| sqlx::Error::PoolTimedOut)??;
    Ok(true)
}

/// A machine that is suspended amid a transaction would keep its locks for ever; the server ends it after a minute. One that is
/// gone, amid a `COPY` too, is given up after two, and not after the two hours that systems wait by themselves; on a Unix
/// socket, which knows at once, these limits mean nothing. Compiling a statement to machine code (`jit`) takes longer than
/// running any of ours.
const SETTINGS: &str = "
    SET idle_in_transaction_session_timeout = '60s';
    SET tcp_keepalives_idle = 60;
    SET tcp_keepalives_interval = 10;
    SET tcp_keepalives_count = 6;
    SET tcp_user_timeout = '120s';
    SET jit = off";

async fn set_up(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(SETTINGS).execute(connection).await?;
    Ok(())
}

/// Waits for the answer to a short statement, but not for ever: a way to the server that has gone silent ends no connection on
/// this side, for sqlx asks for no keepalive (0.9.0).
///
/// # Errors
/// As what is awaited; [`sqlx::Error::Io`] where nothing came in a minute.
pub async fn answered<T, E: From<sqlx::Error>>(asked: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    let silence = || E::from(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into()));
    tokio::time::timeout(PATIENCE, asked).await.unwrap_or_else(|_| Err(silence()))
}

/// Begins a transaction.
///
/// This, and not sqlx's own `begin`: where that is dropped before the server has answered it, as when a reader leaves the page,
/// its connection goes back to the pool amid a transaction. Whoever takes it next reads what was true then, and loses
/// what they write (sqlx 0.9.0, <https://github.com/launchbadge/sqlx/issues/4385>). Here it goes on without its caller,
/// and ends with a rollback.
///
/// # Errors
/// As sqlx's own.
pub async fn begin(pool: &PgPool) -> sqlx::Result<Transaction<'static, Postgres>> {
    begin_with(pool, "BEGIN").await
}

/// Begins a transaction that only reads, and sees one moment of the warehouse throughout.
///
/// # Errors
/// As sqlx's own.
pub async fn begin_snapshot(pool: &PgPool) -> sqlx::Result<Transaction<'static, Postgres>> {
    begin_with(pool, "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY").await
}

#[expect(clippy::disallowed_methods, reason = "here it cannot be dropped")]
async fn begin_with(pool: &PgPool, statement: &'static str) -> sqlx::Result<Transaction<'static, Postgres>> {
    let pool = pool.clone();
    tokio::spawn(async move { pool.begin_with(statement).await }).await.unwrap_or(Err(sqlx::Error::WorkerCrashed))
}

fn sort_by_cause(error: sqlx::Error) -> DatabaseError {
    let code = error.as_database_error().and_then(|e| e.code().map(std::borrow::Cow::into_owned));
    match code.as_deref() {
        Some("28P01" | "28000") => DatabaseError::Credentials(error),
        Some("3D000") => DatabaseError::NoSuchDatabase(error),
        _ => DatabaseError::Unreachable(error),
    }
}

/// Creates or upgrades the warehouse; does nothing where it is up to date.
pub async fn migrate(pool: &PgPool) -> Result<(), DatabaseError> {
    MIGRATIONS.run(pool).await.map_err(DatabaseError::Migrate)
}

/// Says whether the warehouse is exactly the one that this program knows.
///
/// # Errors
/// [`DatabaseError::NotMigrated`] or [`DatabaseError::Newer`] where it is not.
pub async fn expect_migrated(pool: &PgPool) -> Result<(), DatabaseError> {
    let applied = match sqlx::query_scalar("SELECT version FROM _sqlx_migrations WHERE success").fetch_all(pool).await {
        Ok(versions) => versions,
        Err(sqlx::Error::Database(e)) if e.code().as_deref() == Some("42P01") => Vec::<i64>::new(),
        Err(error) => return Err(error.into()),
    };
    let known: Vec<i64> = MIGRATIONS.iter().map(|migration| migration.version).collect();
    if known.iter().any(|version| !applied.contains(version)) {
        return Err(DatabaseError::NotMigrated);
    }
    if applied.iter().any(|version| !known.contains(version)) {
        return Err(DatabaseError::Newer);
    }
    Ok(())
}
