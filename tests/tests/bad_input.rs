//! `wardwatch-ingest` called wrongly on purpose: it ends with an exit status that is not zero and one message that says
//! what to do; it never panics and never tells a password.

use std::os::unix::ffi::OsStringExt as _;

use serde_json::json;
use wardwatch_demo::{Fault, Operation};
use wardwatch_tests::sample::patients;
use wardwatch_tests::{Folder, Ingest, S3, Tested, Warehouse};

const PASSWORD: &str = "hunter2-of-the-ward";

/// The call is refused with one message that holds all of these words and no secret.
async fn refused(ingest: &Ingest, arguments: &[&str], words: &[&str]) -> Tested {
    let ended = ingest.run(arguments).await?;
    let said = &ended.stderr;
    assert!(matches!(ended.code, Some(1 | 2)), "exit status {:?} for {words:?}: {said}", ended.code);
    let messages = said.lines().filter(|line| line.starts_with("error: ")).count();
    assert_eq!(messages, 1, "one message is wanted: {said}");
    for word in words {
        assert!(said.contains(word), "{word:?} is missing in: {said}");
    }
    let told = format!("{}{said}", ended.stdout);
    for never in ["panicked", PASSWORD, wardwatch_tests::bucket::SECRET_KEY, "RUST_BACKTRACE"] {
        assert!(!told.contains(never), "{never:?} is told: {told}");
    }
    Ok(())
}

/// A call that lacks nothing.
async fn sound() -> Tested<(Folder, Warehouse, Ingest)> {
    let (folder, warehouse) = (Folder::new()?, Warehouse::start().await?);
    folder.put("patient_information.csv", &patients(&["001"]))?;
    let ingest = Ingest::from_folder(&folder, &warehouse)?;
    Ok((folder, warehouse, ingest))
}

#[tokio::test]
async fn a_wrong_configuration_is_told_by_its_key() -> Tested {
    let (_folder, _warehouse, ingest) = sound().await?;
    let place = tempfile::tempdir()?;
    let file = |name: &str, text: &str| -> Tested<String> {
        let path = place.path().join(name);
        std::fs::write(&path, text)?;
        Ok(path.display().to_string())
    };
    let unknown = file("unknown.toml", "time_zone = \"UTC\"\n")?;
    refused(&ingest, &["once", "--config", &unknown], &["unknown.toml", "unknown field `time_zone`", "`timezone`"])
        .await?;
    let deep = file("deep.toml", "[feeds.lis.lab_tests]\nlimit = \"15m\"\n")?;
    refused(&ingest, &["once", "--config", &deep], &["deep.toml", "unknown field `limit`"]).await?;
    let garbage = file("garbage.toml", "timezone = \n")?;
    refused(&ingest, &["once", "--config", &garbage], &["garbage.toml", "line 1"]).await?;
    refused(&ingest, &["once", "--config", "/no/such.toml"], &["/no/such.toml", "cannot be read"]).await?;
    let limit = ingest.clone().with("WARDWATCH_FRESHNESS_LIMIT", "soon");
    refused(&limit, &["once"], &["\"soon\"", "\"15m\"", "static"]).await?;
    let workers = ingest.clone().with("WARDWATCH_WORKERS", "many");
    refused(&workers, &["once"], &["environment", "workers"]).await
}

#[tokio::test]
async fn what_is_missing_is_named_with_an_example() -> Tested {
    let (_folder, _warehouse, ingest) = sound().await?;
    for (variable, example) in [
        ("WARDWATCH_TIMEZONE", "Europe/Berlin"),
        ("WARDWATCH_BUCKET", "s3://name/prefix"),
        ("WARDWATCH_DATABASE_URL", "postgres://user:password@localhost/wardwatch"),
    ] {
        refused(&ingest.clone().without(variable), &["once"], &["is not set", variable, example]).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_zone_that_does_not_exist_is_refused() -> Tested {
    let (_folder, _warehouse, ingest) = sound().await?;
    let wrong = ingest.clone().with("WARDWATCH_TIMEZONE", "Mars/Olympus");
    refused(&wrong, &["once"], &["timezone", "Mars/Olympus"]).await?;
    refused(&ingest, &["once", "--timezone", "Mars/Olympus"], &["--timezone", "Mars/Olympus"]).await
}

/// The environment of a machine holds what it holds; it is not ours to choke on.
#[tokio::test]
async fn a_variable_that_is_no_text_does_no_harm() -> Tested {
    let (_folder, _warehouse, ingest) = sound().await?;
    let odd = std::ffi::OsString::from_vec(vec![b'a', 0xff]);
    let ended = ingest.with("OF_ANOTHER_PROGRAM", odd).once().await?;
    assert_eq!(ended.json_of(0)?["books"]["inserted"], 1);
    Ok(())
}

#[tokio::test]
async fn a_command_that_does_not_exist_is_refused() -> Tested {
    refused(&Ingest::bare()?, &["twice"], &["twice", "Usage"]).await?;
    refused(&Ingest::bare()?, &["once", "--dry"], &["--dry", "Usage"]).await
}

#[tokio::test]
async fn a_database_that_cannot_be_used_is_told_by_its_cause() -> Tested {
    let (_folder, warehouse, ingest) = sound().await?;
    let on = |url: &str| ingest.clone().with("WARDWATCH_DATABASE_URL", url);
    let nowhere = format!("postgres://ward:{PASSWORD}@127.0.0.1:1/wardwatch");
    refused(&on(&nowhere), &["once"], &["cannot be reached", "is Postgres running"]).await?;
    refused(&on(&nowhere), &["migrate"], &["cannot be reached"]).await?;
    refused(&on(&warehouse.url_of_database("absent")), &["once"], &["does not exist", "createdb", "migrate"]).await?;
    refused(&on(&warehouse.url_as("nobody_at_all", None)?), &["once"], &["check user and password"]).await
}

#[tokio::test]
async fn a_wrong_password_is_refused_and_never_told() -> Tested {
    let (_folder, warehouse, ingest) = sound().await?;
    warehouse.create_login_with_password("asked_for_password", "the right one").await?;
    let wrong = ingest.with("WARDWATCH_DATABASE_URL", warehouse.url_as("asked_for_password", Some(PASSWORD))?);
    for command in ["migrate", "once", "status", "verify"] {
        refused(&wrong, &[command], &["refuses the credentials", "check user and password"]).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_warehouse_that_was_not_migrated_is_left_alone() -> Tested {
    let (_folder, _migrated, ingest) = sound().await?;
    let empty = Warehouse::empty().await?;
    let ingest = ingest.with("WARDWATCH_DATABASE_URL", empty.url());
    for command in ["once", "run", "status", "verify"] {
        refused(&ingest, &[command], &["not up to date", "wardwatch-ingest migrate"]).await?;
    }
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')";
    assert_eq!(empty.one(tables).await?, 0);
    Ok(())
}

#[tokio::test]
async fn a_warehouse_of_a_newer_program_is_left_alone() -> Tested {
    let (_folder, warehouse, ingest) = sound().await?;
    warehouse.tell("INSERT INTO _sqlx_migrations SELECT 99990001, 'newer', now(), true, '\\x00', 1").await?;
    refused(&ingest, &["once"], &["newer than this program", "install"]).await
}

#[tokio::test]
async fn a_bucket_address_that_is_none_is_refused() -> Tested {
    let (folder, _warehouse, ingest) = sound().await?;
    for address in ["ward", "ftp://ward/7", "file://elsewhere/ward", "s3://", "https://s3.eu-west-1.amazonaws.com/"] {
        let ingest = ingest.clone().with("WARDWATCH_BUCKET", address).flags(&["--anonymous"]);
        refused(&ingest, &["once"], &[address, "s3://name/prefix, file:///directory or https://"]).await?;
    }
    let absent = format!("{}/absent", folder.address());
    for command in ["once", "run", "verify"] {
        let ingest = ingest.clone().with("WARDWATCH_BUCKET", &absent);
        refused(&ingest, &[command], &["/absent does not exist", "WARDWATCH_BUCKET"]).await?;
    }
    Ok(())
}

#[tokio::test]
async fn an_s3_bucket_that_does_not_exist_is_told() -> Tested {
    let (s3, warehouse) = (S3::start().await?, Warehouse::start().await?);
    let absent = Ingest::from_s3(&s3, &warehouse)?.with("WARDWATCH_BUCKET", "s3://absent");
    refused(&absent, &["once"], &["s3://absent does not exist", "--endpoint"]).await
}

#[tokio::test]
async fn credentials_that_the_bucket_refuses_are_told() -> Tested {
    let (s3, warehouse) = (S3::start().await?, Warehouse::start().await?);
    let ingest = Ingest::from_s3(&s3, &warehouse)?;
    let wrong_secret = ingest.clone().with("AWS_SECRET_ACCESS_KEY", PASSWORD);
    refused(&wrong_secret, &["once"], &["s3://hospital refuses access", "check the credentials"]).await?;
    let unknown_key = ingest.clone().with("AWS_ACCESS_KEY_ID", "nobody");
    refused(&unknown_key, &["verify"], &["s3://hospital refuses access", "check the credentials"]).await?;
    let strangers = ingest.clone().flags(&["--anonymous"]);
    refused(&strangers, &["once"], &["s3://hospital refuses access"]).await?;
    let keyless = ingest.without("AWS_ACCESS_KEY_ID").without("AWS_SECRET_ACCESS_KEY");
    refused(&keyless, &["once"], &["no AWS credentials were found", "--anonymous"]).await
}

#[tokio::test]
async fn an_s3_server_that_does_not_answer_is_told() -> Tested {
    let (s3, warehouse) = (S3::start().await?, Warehouse::start().await?);
    let ingest = Ingest::from_s3(&s3, &warehouse)?.with("WARDWATCH_ENDPOINT", "http://127.0.0.1:1");
    refused(&ingest, &["once"], &["s3://hospital cannot be reached", "--endpoint"]).await
}

#[tokio::test]
async fn an_object_that_may_not_be_read_is_failed_with_its_reason() -> Tested {
    let (s3, warehouse) = (S3::start().await?, Warehouse::start().await?);
    s3.put("patient_information_20261121T110000Z.csv", &patients(&["001"])).await?;
    s3.server.faults().fail_next(Operation::GetObject, Fault::AccessDenied, 100);
    let ingest = Ingest::from_s3(&s3, &warehouse)?;
    let taken = ingest.once().await?.json_of(1)?;
    assert_eq!((&taken["objects"], &taken["failed"]), (&json!(1), &json!(1)));
    let reason = warehouse.one("SELECT reason FROM ingest.object WHERE state = 'failed'").await?;
    let reason = reason.as_str().unwrap_or_default();
    assert!(reason.contains("s3:GetObject") && reason.contains("given up after"), "{reason}");
    s3.server.faults().clear();
    assert_eq!(ingest.once().await?.json_of(3)?["objects"], 0, "a failed object stands open until someone retries it");
    assert_eq!(warehouse.one("SELECT count(*) FROM warehouse.patient").await?, 0);
    Ok(())
}
