//! `wardwatch-ingest doctor`: says what is missing and what to do, goes on behind what fails, and changes nothing.

use std::collections::BTreeMap;

use serde_json::Value;
use wardwatch_demo::{Fault, Operation};
use wardwatch_tests::bucket::SECRET_KEY;
use wardwatch_tests::sample::directory;
use wardwatch_tests::{Folder, Ingest, S3, Tested, Warehouse};

const PASSWORD: &str = "hunter2-of-the-ward";

const ROOM: &str = "temporary files";

/// What was found, by check.
struct Found {
    by_name: BTreeMap<String, (String, String)>,
    all: String,
}

impl Found {
    /// The check ended so, and says each of these words.
    fn says(&self, check: &str, state: &str, words: &[&str]) {
        let (ended, found) = &self.by_name[check];
        assert_eq!(ended, state, "{check}: {found}");
        for word in words {
            assert!(found.contains(word), "{check}: {word:?} is missing in: {found}");
        }
    }

    /// Every check found it well, but for the room on the disk: that is this machine's, and nothing that a test sets up.
    fn is_all_well(&self) -> bool {
        self.by_name.iter().all(|(name, (state, _))| state == "ok" || name == ROOM && state == "warning")
    }

    fn in_state(&self, state: &str) -> Vec<&str> {
        self.by_name.iter().filter(|(_, (ended, _))| ended == state).map(|(name, _)| name.as_str()).collect()
    }
}

/// Runs it. Its exit status agrees with what it says, each finding is one line, and no secret is told.
async fn doctor(ingest: &Ingest) -> Tested<Found> {
    let ended = ingest.run(&["doctor", "--json"]).await?;
    let all = format!("{}{}", ended.stdout, ended.stderr);
    for never in ["panicked", PASSWORD, SECRET_KEY] {
        assert!(!all.contains(never), "{never:?} is told: {all}");
    }
    let told: Value = serde_json::from_str(ended.stdout.trim_end())?;
    let text = |check: &Value, part: &str| check[part].as_str().unwrap_or_default().to_owned();
    let checks = told["checks"].as_array().map(Vec::as_slice).unwrap_or_default();
    let by_name: BTreeMap<String, (String, String)> =
        checks.iter().map(|check| (text(check, "name"), (text(check, "state"), text(check, "found")))).collect();
    let found = Found { by_name, all };
    let is_well = found.in_state("failed").is_empty();
    assert_eq!((ended.code, &told["ok"]), (Some(i32::from(!is_well)), &Value::Bool(is_well)), "{}", found.all);
    assert_eq!(found.by_name.len(), 15, "every check is told, once: {}", found.all);
    assert!(found.by_name.values().all(|(_, found)| !found.is_empty() && !found.contains('\n')), "{}", found.all);
    Ok(found)
}

async fn sound() -> Tested<(S3, Warehouse, Ingest)> {
    let (s3, warehouse) = (S3::start().await?, Warehouse::start().await?);
    s3.put_all(&directory("files")).await?;
    s3.server.set_time(None);
    let ingest = Ingest::from_s3(&s3, &warehouse)?;
    Ok((s3, warehouse, ingest))
}

/// How often the bucket was asked for anything but reading.
fn writes(s3: &S3) -> u64 {
    let reads = ["Get", "Head", "List"];
    let requests = s3.server.requests();
    requests.iter().filter(|(name, _)| !reads.iter().any(|read| name.starts_with(read))).map(|(_, asked)| asked).sum()
}

const OF_DATABASE: [&str; 5] = ["database version", "database clock", "migrations", "rights", "open problems"];
const OF_BUCKET: [&str; 4] = ["reading", "bucket clock", "versions", "events"];

#[tokio::test]
async fn where_everything_is_well_it_says_so_and_changes_nothing() -> Tested {
    let (s3, warehouse, ingest) = sound().await?;
    let put = writes(&s3);
    let found = doctor(&ingest).await?;
    assert!(found.is_all_well(), "{}", found.all);
    found.says("configuration", "ok", &["UTC"]);
    found.says("bucket", "ok", &["s3://hospital can be listed"]);
    found.says("reading", "ok", &[".csv can be read"]);
    found.says("feeds", "ok", &["lis.lab_results (static)", "pms.admissions"]);
    let written = "SELECT (SELECT count(*) FROM ingest.feed) + (SELECT count(*) FROM ingest.object)";
    assert_eq!(warehouse.one(written).await?, 0);
    assert_eq!(writes(&s3), put);
    // What loading left open is a warning, not a failure.
    ingest.once().await?.json_of(3)?;
    let found = doctor(&ingest).await?;
    found.says("open problems", "warning", &["6 results waiting", "wardwatch-ingest status"]);
    let plain = ingest.run(&["doctor"]).await?;
    assert_eq!(plain.code, Some(0));
    assert!(plain.stdout.lines().any(|line| line.starts_with("warning     open problems")), "{}", plain.stdout);
    assert_eq!(plain.stdout.lines().count(), 15);
    Ok(())
}

#[tokio::test]
async fn a_directory_is_looked_at_like_a_bucket() -> Tested {
    let (folder, warehouse) = (Folder::new()?, Warehouse::start().await?);
    let ingest = Ingest::from_folder(&folder, &warehouse)?;
    let found = doctor(&ingest).await?;
    found.says("bucket", "warning", &["holds nothing"]);
    found.says("reading", "not_checked", &["needs an object"]);
    found.says("feeds", "warning", &["pms.admissions", "do the sources write there"]);
    folder.put_all(&directory("files"))?;
    let found = doctor(&ingest).await?;
    assert!(found.is_all_well(), "{}", found.all);
    Ok(())
}

#[tokio::test]
async fn a_database_that_is_down_stops_only_what_needs_it() -> Tested {
    let (_s3, warehouse, ingest) = sound().await?;
    let nowhere = format!("postgres://ward:{PASSWORD}@127.0.0.1:1/wardwatch");
    let found = doctor(&ingest.clone().with("WARDWATCH_DATABASE_URL", nowhere)).await?;
    found.says("database", "failed", &["cannot be reached", "is Postgres running"]);
    for check in OF_DATABASE {
        found.says(check, "not_checked", &["needs"]);
    }
    found.says("column maps", "ok", &["without the approved ones"]);
    for check in ["configuration", "bucket", "reading", "feeds"] {
        found.says(check, "ok", &[]);
    }
    let absent = doctor(&ingest.with("WARDWATCH_DATABASE_URL", warehouse.url_of_database("absent"))).await?;
    absent.says("database", "failed", &["does not exist", "createdb"]);
    Ok(())
}

#[tokio::test]
async fn a_warehouse_that_was_not_migrated_is_told_and_left_alone() -> Tested {
    let (_s3, _warehouse, ingest) = sound().await?;
    let empty = Warehouse::empty().await?;
    let found = doctor(&ingest.with("WARDWATCH_DATABASE_URL", empty.url())).await?;
    assert_eq!(found.in_state("failed"), ["migrations"], "{}", found.all);
    found.says("migrations", "failed", &["wardwatch-ingest migrate"]);
    assert_eq!(found.in_state("not_checked"), ["open problems", "rights"]);
    assert_eq!(empty.one("SELECT to_regclass('_sqlx_migrations') IS NULL").await?, true);
    Ok(())
}

#[tokio::test]
async fn a_role_that_may_not_write_is_told_which_one_it_needs() -> Tested {
    let (_s3, warehouse, ingest) = sound().await?;
    warehouse.create_login("doctor_reads", "wardwatch_dashboard").await?;
    let found = doctor(&ingest.clone().with("WARDWATCH_DATABASE_URL", warehouse.url_as("doctor_reads", None)?)).await?;
    assert_eq!(found.in_state("failed"), ["rights"], "{}", found.all);
    found.says("rights", "failed", &["GRANT wardwatch_ingest"]);
    warehouse.create_login("doctor_writes", "wardwatch_ingest").await?;
    let found = doctor(&ingest.with("WARDWATCH_DATABASE_URL", warehouse.url_as("doctor_writes", None)?)).await?;
    found.says("rights", "ok", &[]);
    Ok(())
}

#[tokio::test]
async fn a_bucket_that_is_missing_stops_only_what_needs_it() -> Tested {
    let (_s3, _warehouse, ingest) = sound().await?;
    let found = doctor(&ingest.with("WARDWATCH_BUCKET", "s3://absent")).await?;
    found.says("bucket", "failed", &["s3://absent does not exist", "--endpoint"]);
    for check in OF_BUCKET {
        found.says(check, "not_checked", &["needs the bucket"]);
    }
    assert_eq!(found.in_state("failed"), ["bucket"], "{}", found.all);
    found.says("rights", "ok", &[]);
    Ok(())
}

#[tokio::test]
async fn a_wrong_secret_and_a_bucket_that_may_not_be_read_are_told() -> Tested {
    let (s3, _warehouse, ingest) = sound().await?;
    let wrong = doctor(&ingest.clone().with("AWS_SECRET_ACCESS_KEY", PASSWORD)).await?;
    wrong.says("bucket", "failed", &["s3://hospital refuses access", "check the credentials"]);
    s3.server.faults().fail_next(Operation::GetObject, Fault::AccessDenied, 100);
    let unreadable = doctor(&ingest).await?;
    assert_eq!(unreadable.in_state("failed"), ["reading"], "{}", unreadable.all);
    unreadable.says("reading", "failed", &["s3:GetObject"]);
    Ok(())
}

#[tokio::test]
async fn what_the_configuration_lacks_is_named_all_at_once() -> Tested {
    let (_s3, _warehouse, ingest) = sound().await?;
    let no_zone = doctor(&ingest.clone().without("WARDWATCH_TIMEZONE")).await?;
    assert_eq!(no_zone.in_state("failed"), ["configuration"], "{}", no_zone.all);
    no_zone.says("configuration", "failed", &["timezone is not set", "Europe/Berlin"]);
    let nothing = doctor(&Ingest::bare()?.without("WARDWATCH_TIMEZONE")).await?;
    assert_eq!(nothing.in_state("failed"), ["configuration"], "{}", nothing.all);
    nothing.says("configuration", "failed", &["WARDWATCH_TIMEZONE", "WARDWATCH_BUCKET", "WARDWATCH_DATABASE_URL"]);
    let unreadable = doctor(&ingest.with("WARDWATCH_WORKERS", "many")).await?;
    unreadable.says("configuration", "failed", &["environment", "workers"]);
    assert_eq!(unreadable.in_state("not_checked").len(), 13, "{}", unreadable.all);
    Ok(())
}

#[tokio::test]
async fn a_wrong_map_and_a_queue_that_is_none_are_told() -> Tested {
    let (_s3, _warehouse, ingest) = sound().await?;
    let maps = tempfile::tempdir()?;
    std::fs::write(maps.path().join("wrong.toml"), "feed = 'lis.lab_tests'\nversion = 'two'\n")?;
    let wrong = ingest.with("WARDWATCH_MAPS", maps.path()).with("WARDWATCH_EVENTS", "no queue");
    let found = doctor(&wrong).await?;
    found.says("column maps", "failed", &["wrong.toml", "correct it"]);
    found.says("events", "failed", &["is not the address of a queue"]);
    assert_eq!(found.in_state("failed"), ["column maps", "events"]);
    Ok(())
}

#[tokio::test]
async fn without_a_terminal_nothing_is_drawn() -> Tested {
    let (_s3, _warehouse, ingest) = sound().await?;
    let ended = ingest.once().await?;
    assert_eq!(ended.stdout.lines().count(), 1, "{}", ended.stdout);
    for command in [&["replay", "--json"][..], &["once"]] {
        let ended = ingest.run(command).await?;
        let told = format!("{}{}", ended.stdout, ended.stderr);
        assert!(told.chars().all(|it| it == '\n' || !it.is_control()), "{told:?}");
    }
    let told = format!("{}{}", ended.stdout, ended.stderr);
    assert!(told.chars().all(|it| it == '\n' || !it.is_control()), "{told:?}");
    Ok(())
}
