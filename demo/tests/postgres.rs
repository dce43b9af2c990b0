//! The Postgres launcher against the Postgres of this machine.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use tempfile::TempDir;
use wardwatch_demo::{Postgres, PostgresError, PostgresOptions};

type Tested = Result<(), Box<dyn std::error::Error>>;

fn fast() -> Vec<(String, String)> {
    vec![("fsync".to_owned(), "off".to_owned())]
}

/// A directory that the server's account may pass through, as temporary ones are not.
fn place() -> std::io::Result<TempDir> {
    use std::os::unix::fs::PermissionsExt as _;
    tempfile::Builder::new().permissions(std::fs::Permissions::from_mode(0o755)).tempdir_in("/tmp")
}

fn options(home: &Path) -> PostgresOptions {
    PostgresOptions { home: home.to_path_buf(), settings: fast() }
}

async fn ask(url: &str, question: &str) -> Result<String, sqlx::Error> {
    let mut connection = PgConnection::connect(url).await?;
    let answer = sqlx::query_scalar(AssertSqlSafe(question)).fetch_one(&mut connection).await?;
    connection.close().await?;
    Ok(answer)
}

async fn tell(url: &str, statement: &str) -> Result<(), sqlx::Error> {
    let mut connection = PgConnection::connect(url).await?;
    connection.execute(sqlx::raw_sql(AssertSqlSafe(statement))).await?;
    connection.close().await
}

fn runs(pid: i32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

#[tokio::test]
async fn a_query_is_answered_in_unicode_and_utc() -> Tested {
    let postgres = Postgres::start_temporary(fast()).await?;
    let url = postgres.url("postgres");
    assert_eq!(ask(&url, "SHOW timezone").await?, "UTC");
    assert_eq!(ask(&url, "SHOW server_encoding").await?, "UTF8");
    assert_eq!(ask(&url, "SELECT lower('ÜBUNG')").await?, "übung");
    assert_eq!(ask(&url, "SHOW fsync").await?, "off");
    assert_eq!(ask(&url, "SHOW listen_addresses").await?, "");
    postgres.stop().await?;
    Ok(())
}

#[tokio::test]
async fn a_database_is_made_from_a_template_and_dropped_with_its_connections() -> Tested {
    let postgres = Postgres::start_temporary(fast()).await?;
    postgres.create_database("tem \"plate\"", None).await?;
    tell(&postgres.url("tem \"plate\""), "CREATE TABLE kept AS SELECT 'here' AS word").await?;
    postgres.create_database("copy", Some("tem \"plate\"")).await?;
    let held = PgConnection::connect(&postgres.url("copy")).await?;
    assert_eq!(ask(&postgres.url("copy"), "SELECT word FROM kept").await?, "here");
    postgres.drop_database("copy").await?;
    postgres.drop_database("copy").await?;
    assert!(PgConnection::connect(&postgres.url("copy")).await.is_err());
    drop(held);
    Ok(())
}

#[tokio::test]
async fn a_home_keeps_its_data_over_stops_and_crashes() -> Tested {
    let place = place()?;
    let mut postgres = Postgres::start(options(&place.path().join("home"))).await?;
    let url = postgres.url("postgres");
    tell(&url, "CREATE TABLE kept AS SELECT 'here' AS word").await?;
    postgres.restart().await?;
    assert_eq!(postgres.url("postgres"), url, "the address outlives a crash");
    assert_eq!(ask(&url, "SELECT word FROM kept").await?, "here");
    postgres.crash().await?;
    assert!(PgConnection::connect(&url).await.is_err());
    postgres.restart().await?;
    postgres.stop().await?;

    let postgres = Postgres::start(options(&place.path().join("home"))).await?;
    assert_eq!(ask(&postgres.url("postgres"), "SELECT word FROM kept").await?, "here");
    Ok(())
}

#[tokio::test]
async fn a_second_start_on_one_home_is_refused() -> Tested {
    let place = place()?;
    let first = Postgres::start(options(place.path())).await?;
    let second = Postgres::start(options(place.path())).await;
    assert!(matches!(second, Err(PostgresError::InUse { .. })), "{second:?}");
    drop(first);
    Postgres::start(options(place.path())).await?;
    Ok(())
}

#[tokio::test]
async fn a_home_of_another_version_is_refused() -> Tested {
    let place = place()?;
    std::fs::create_dir(place.path().join("data"))?;
    std::fs::write(place.path().join("data/PG_VERSION"), "9\n")?;
    let refused = Postgres::start(options(place.path())).await;
    assert!(matches!(refused, Err(PostgresError::OtherVersion { found: 9, .. })), "{refused:?}");
    Ok(())
}

#[tokio::test]
async fn a_directory_of_something_else_is_left_alone() -> Tested {
    let place = place()?;
    std::fs::write(place.path().join("letter.txt"), "dear all")?;
    let refused = Postgres::start(options(place.path())).await;
    assert!(matches!(refused, Err(PostgresError::NotOurs { .. })), "{refused:?}");
    assert_eq!(std::fs::read_dir(place.path())?.count(), 1);
    Ok(())
}

#[tokio::test]
async fn a_start_that_fails_tells_what_the_server_said() -> Tested {
    let settings = vec![("max_connections".to_owned(), "many".to_owned())];
    let error = Postgres::start_temporary(settings).await.err().map(|error| error.to_string()).unwrap_or_default();
    assert!(error.contains("invalid value for parameter \"max_connections\""), "{error}");
    Ok(())
}

#[tokio::test]
async fn nothing_is_left_of_a_dropped_server() -> Tested {
    let postgres = Postgres::start_temporary(fast()).await?;
    let (pid, home) = (postgres.pid(), postgres.home().to_path_buf());
    assert!(runs(pid) && home.exists());
    drop(postgres);
    assert!(!runs(pid) && !home.exists());
    Ok(())
}

/// The holder is this very test, run again in a process of its own and killed there.
#[tokio::test]
async fn the_server_goes_when_its_holder_is_killed() -> Tested {
    const HOME: &str = "WARDWATCH_TEST_HOLDER_HOME";
    if let Some(home) = std::env::var_os(HOME) {
        let postgres = Postgres::start(options(Path::new(&home))).await?;
        let url = url::Url::parse(&postgres.url("postgres"))?;
        let socket = url.query_pairs().find(|(name, _)| name == "host").map(|(_, socket)| socket.into_owned());
        std::fs::write(Path::new(&home).join("held.socket"), socket.unwrap_or_default())?;
        std::fs::write(Path::new(&home).join("held"), postgres.pid().to_string())?;
        return std::future::pending().await;
    }
    let place = place()?;
    let mut holder = Command::new(std::env::current_exe()?)
        .args(["--exact", "the_server_goes_when_its_holder_is_killed"])
        .env(HOME, place.path())
        .stdout(Stdio::null())
        .spawn()?;
    let pid = held(&place.path().join("held")).await?;
    assert!(runs(pid));
    holder.kill()?;
    holder.wait()?;
    let socket = std::fs::read_to_string(place.path().join("held.socket"))?;
    // The next start waits for the last server to leave, and then has the home to itself.
    let postgres = Postgres::start(options(place.path())).await?;
    assert!(!runs(pid));
    assert!(postgres.home().join("data").exists());
    while Path::new(&socket).exists() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    postgres.stop().await?;
    Ok(())
}

async fn held(path: &Path) -> Result<i32, Box<dyn std::error::Error>> {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        match text.parse() {
            Ok(pid) => return Ok(pid),
            Err(error) if Instant::now() > deadline => return Err(Box::new(error)),
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}
