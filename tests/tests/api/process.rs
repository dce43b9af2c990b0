//! The real `wardwatch-dashboard` where it cannot serve: what it says, and that it does not go on.

use std::net::TcpListener;

use wardwatch_tests::dashboard::serve;
use wardwatch_tests::{Ended, Tested, Warehouse};

fn refused(ended: &Ended, words: &[&str]) {
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    for word in words {
        assert!(ended.stderr.contains(word), "{word} is not in {}", ended.stderr);
    }
    assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
}

/// With a free port, and the rest of the environment as given.
async fn serve_with(variables: &[(&str, &str)]) -> Tested<Ended> {
    serve(variables, &["--listen", "127.0.0.1:0"]).await
}

const UTC: (&str, &str) = ("WARDWATCH_TIMEZONE", "UTC");

#[tokio::test]
async fn a_port_in_use_is_named() -> Tested {
    let warehouse = Warehouse::start().await?;
    let taken = TcpListener::bind("127.0.0.1:0")?;
    let address = taken.local_addr()?.to_string();
    let ended = serve(&[UTC, ("WARDWATCH_DATABASE_URL", &warehouse.url())], &["--listen", &address]).await?;
    refused(&ended, &[&address, "in use", "--listen"]);
    Ok(())
}

#[tokio::test]
async fn a_database_that_cannot_be_reached_says_what_to_check() -> Tested {
    // Nobody listens on a port that was just given back.
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let url = format!("postgres://ward:hunter2-secret@127.0.0.1:{port}/wardwatch");
    let ended = serve_with(&[UTC, ("WARDWATCH_DATABASE_URL", &url)]).await?;
    refused(&ended, &["cannot be reached", "WARDWATCH_DATABASE_URL"]);
    assert!(!ended.stderr.contains("hunter2"), "a password is told: {}", ended.stderr);
    Ok(())
}

#[tokio::test]
async fn a_database_that_is_absent_or_not_migrated_says_how_to_make_it() -> Tested {
    let warehouse = Warehouse::empty().await?;
    let ended = serve_with(&[UTC, ("WARDWATCH_DATABASE_URL", &warehouse.url())]).await?;
    refused(&ended, &["wardwatch-ingest migrate"]);
    let ended = serve_with(&[UTC, ("WARDWATCH_DATABASE_URL", &warehouse.url_of_database("nowhere"))]).await?;
    refused(&ended, &["does not exist", "createdb"]);
    Ok(())
}

#[tokio::test]
async fn what_is_not_set_or_unknown_is_named() -> Tested {
    refused(&serve_with(&[]).await?, &["WARDWATCH_TIMEZONE", "Europe/Berlin"]);
    refused(&serve_with(&[UTC]).await?, &["WARDWATCH_DATABASE_URL", "postgres://"]);
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("wardwatch.toml");
    std::fs::write(&path, "time_zone = \"UTC\"\n")?;
    let path = path.display().to_string();
    let ended = serve(&[], &["--config", &path]).await?;
    refused(&ended, &["time_zone", "wardwatch.toml"]);
    Ok(())
}
