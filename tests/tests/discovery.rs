//! `run` over a local directory: files are taken whole, whatever way they come, and what leaves the directory stays in
//! the warehouse. Everything is waited for in the ledger.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use wardwatch_schema::database;
use wardwatch_tests::sample::{named_patients, patients, tests};
use wardwatch_tests::{Daemon, Ended, Folder, Ingest, Tested, Warehouse};

async fn running() -> Tested<(Folder, Warehouse, Daemon)> {
    let (folder, warehouse) = (Folder::new()?, Warehouse::start().await?);
    let daemon = Ingest::from_folder(&folder, &warehouse)?.with("WARDWATCH_POLL_INTERVAL", "100ms").start()?;
    Ok((folder, warehouse, daemon))
}

/// Writes a file that is loaded only by a listing or an event that comes after this call.
async fn marker(folder: &Folder, warehouse: &Warehouse, id: &str) -> Tested {
    let key = format!("marker/{id}/patient_information.csv");
    folder.put(&key, &patients(&[id]))?;
    warehouse.until_state(&key, "done").await
}

fn ended_well(ended: &Ended) {
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
}

fn ledger_of(key: &str) -> String {
    format!("SELECT state, records, size_bytes, encode(sha256, 'hex') AS sha256 FROM ingest.object WHERE key = '{key}'")
}

/// The one ledger row of a file that was taken whole.
fn whole(bytes: &[u8], records: i64) -> Value {
    let digest = hex::encode(Sha256::digest(bytes));
    json!([{ "state": "done", "records": records, "size_bytes": bytes.len(), "sha256": digest }])
}

#[tokio::test]
async fn a_file_that_is_still_written_is_taken_when_it_is_closed() -> Tested {
    let (folder, warehouse, daemon) = running().await?;
    marker(&folder, &warehouse, "first").await?;
    let bytes = patients(&["001", "002", "003", "004"]);
    let (half, rest) = bytes.split_at(bytes.len() / 2);
    let mut file = std::fs::File::create(folder.path("patient_information.csv")?)?;
    file.write_all(half)?;
    file.flush()?;
    marker(&folder, &warehouse, "between").await?;
    assert_eq!(warehouse.rows(&ledger_of("patient_information.csv")).await?, json!([]));
    file.write_all(rest)?;
    drop(file);
    warehouse.until_state("patient_information.csv", "done").await?;
    marker(&folder, &warehouse, "after").await?;
    assert_eq!(warehouse.rows(&ledger_of("patient_information.csv")).await?, whole(&bytes, 4));
    ended_well(&daemon.stop().await?);
    Ok(())
}

/// The writer stalls: its last write looks long ago, and only the missing close tells that more is to come.
#[tokio::test]
async fn a_writer_that_pauses_does_not_get_half_a_file_taken() -> Tested {
    let (folder, warehouse, daemon) = running().await?;
    marker(&folder, &warehouse, "first").await?;
    let bytes = patients(&["001", "002", "003", "004"]);
    let (half, rest) = bytes.split_at(bytes.len() / 2);
    let mut file = std::fs::File::create(folder.path("patient_information.csv")?)?;
    file.write_all(half)?;
    file.set_modified("2026-11-21T11:00:00Z".parse::<chrono::DateTime<chrono::Utc>>()?.into())?;
    for id in ["one", "two", "three"] {
        marker(&folder, &warehouse, id).await?;
    }
    assert_eq!(warehouse.rows(&ledger_of("patient_information.csv")).await?, json!([]));
    file.write_all(rest)?;
    drop(file);
    warehouse.until_state("patient_information.csv", "done").await?;
    assert_eq!(warehouse.rows(&ledger_of("patient_information.csv")).await?, whole(&bytes, 4));
    ended_well(&daemon.stop().await?);
    Ok(())
}

#[tokio::test]
async fn renamed_zipped_nested_and_foreign_files_find_their_place() -> Tested {
    let (folder, warehouse, daemon) = running().await?;
    marker(&folder, &warehouse, "first").await?;
    let uploaded = folder.path("upload.part")?;
    std::fs::write(&uploaded, patients(&["001"]))?;
    std::fs::rename(uploaded, folder.path("patient_information_20261121T101500Z.csv")?)?;
    let mut zipped = GzEncoder::new(Vec::new(), Compression::fast());
    zipped.write_all(&tests(&[("10", "001"), ("11", "001")]))?;
    folder.put("lab_tests.csv.gz", &zipped.finish()?)?;
    folder.put("pms/patient_information/2026/11/21/101501.csv", &patients(&["002"]))?;
    folder.put("notes/readme.txt", b"no feed takes this")?;
    for key in [
        "patient_information_20261121T101500Z.csv",
        "lab_tests.csv.gz",
        "pms/patient_information/2026/11/21/101501.csv",
    ] {
        warehouse.until_state(key, "done").await?;
    }
    warehouse.until_state("notes/readme.txt", "foreign").await?;
    ended_well(&daemon.stop().await?);
    let order = "SELECT order_time FROM ingest.object WHERE key LIKE 'pms/%'";
    assert_eq!(warehouse.one(order).await?, "2026-11-21T10:15:01+00:00");
    assert_eq!(warehouse.one("SELECT count(*) FROM warehouse.lab_test").await?, 2);
    let status = Ingest::on(&warehouse)?.run(&["status", "--json"]).await?.json_of(0)?;
    assert_eq!(status["foreign"], 1, "{status}");
    Ok(())
}

#[tokio::test]
async fn a_file_that_is_deleted_is_gone_and_its_books_remain() -> Tested {
    let (folder, warehouse, daemon) = running().await?;
    folder.put("patient_information.csv", &patients(&["001", "002"]))?;
    warehouse.until_state("patient_information.csv", "done").await?;
    let digest = warehouse.digest().await?;
    folder.delete("patient_information.csv")?;
    warehouse.until_state("patient_information.csv", "gone").await?;
    ended_well(&daemon.stop().await?);
    let books = "SELECT records, inserted, reason, sha256 IS NOT NULL AS proven FROM ingest.object";
    let kept = json!([{ "records": 2, "inserted": 2, "reason": null, "proven": true }]);
    assert_eq!(warehouse.rows(books).await?, kept);
    assert_eq!(warehouse.digest().await?, digest);
    assert_eq!(Ingest::from_folder(&folder, &warehouse)?.verify().await?["digest"], digest);
    Ok(())
}

#[tokio::test]
async fn a_file_that_is_overwritten_is_a_new_version() -> Tested {
    let (folder, warehouse, daemon) = running().await?;
    let at = |second: u32| format!("2026-11-21T11:00:{second:02}Z").parse();
    folder.put_at("patient_information.csv", &named_patients(&["001"], "Before"), at(1)?)?;
    warehouse.until_state("patient_information.csv", "done").await?;
    folder.put_at("patient_information.csv", &named_patients(&["001"], "Afterwards"), at(2)?)?;
    warehouse.until("EXISTS (SELECT FROM warehouse.patient WHERE last_name = 'Afterwards')").await?;
    warehouse.until_state("patient_information.csv", "gone").await?;
    ended_well(&daemon.stop().await?);
    let history = "SELECT last_name, is_current FROM warehouse.patient_history ORDER BY valid_from";
    let both =
        json!([{ "last_name": "Before", "is_current": false }, { "last_name": "Afterwards", "is_current": true }]);
    assert_eq!(warehouse.rows(history).await?, both);
    Ok(())
}

#[tokio::test]
async fn what_was_there_before_the_start_is_taken_too() -> Tested {
    let (folder, warehouse) = (Folder::new()?, Warehouse::start().await?);
    folder.put("deep/er/patient_information.csv", &patients(&["001"]))?;
    let daemon = Ingest::from_folder(&folder, &warehouse)?.start()?;
    warehouse.until_state("deep/er/patient_information.csv", "done").await?;
    ended_well(&daemon.stop().await?);
    Ok(())
}

#[tokio::test]
async fn the_batch_in_hand_is_finished_before_the_end() -> Tested {
    let (folder, warehouse, daemon) = running().await?;
    marker(&folder, &warehouse, "first").await?;
    let mut blocker = database::begin(&warehouse.pool).await?;
    sqlx::query("LOCK TABLE warehouse.patient IN EXCLUSIVE MODE").execute(&mut *blocker).await?;
    folder.put("patient_information.csv", &patients(&["001"]))?;
    warehouse.until_locked_out("warehouse.patient").await?;
    folder.put("late/patient_information.csv", &patients(&["002"]))?;
    let (stopped, released) = tokio::join!(daemon.stop(), blocker.rollback());
    released?;
    ended_well(&stopped?);
    let ledger = "SELECT state, inserted FROM ingest.object WHERE key = 'patient_information.csv'";
    assert_eq!(warehouse.rows(ledger).await?, json!([{ "state": "done", "inserted": 1 }]));
    assert_eq!(warehouse.one("SELECT count(*) FROM ingest.object WHERE state = 'leased'").await?, 0);
    Ok(())
}

#[tokio::test]
async fn what_a_killed_daemon_had_in_hand_is_taken_by_the_next() -> Tested {
    let (folder, warehouse, daemon) = running().await?;
    marker(&folder, &warehouse, "first").await?;
    let mut blocker = database::begin(&warehouse.pool).await?;
    sqlx::query("LOCK TABLE warehouse.patient IN EXCLUSIVE MODE").execute(&mut *blocker).await?;
    folder.put("patient_information.csv", &patients(&["001"]))?;
    warehouse.until_locked_out("warehouse.patient").await?;
    daemon.kill().await?;
    warehouse.cut_off_who_waits().await?;
    blocker.rollback().await?;
    warehouse.tell("UPDATE ingest.object SET leased_until = now() WHERE state = 'leased'").await?;
    let taken = Ingest::from_folder(&folder, &warehouse)?.once().await?.json_of(0)?;
    assert_eq!((&taken["objects"], &taken["books"]["inserted"]), (&json!(1), &json!(1)));
    assert_eq!(warehouse.one("SELECT count(*) FROM warehouse.patient").await?, 2);
    Ok(())
}
