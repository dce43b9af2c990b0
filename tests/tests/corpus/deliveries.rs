//! Files that come more than once: uploaded twice, and replaced in place. Each object has books of its own.

use serde_json::{Value, json};
use wardwatch_tests::{Folder, Ingest, S3, Tested, Warehouse};

use crate::file::{PATIENTS, lines};

const CURRENT: &str = "SELECT last_name FROM warehouse.patient ORDER BY patient_id";
const BOOKS: &str =
    "SELECT state, records, inserted, updated, unchanged, superseded FROM ingest.object ORDER BY last_modified";

fn named(last_name: &str) -> Vec<u8> {
    lines(PATIENTS, &[&format!("de01,Ada,{last_name},,,,,"), "de02,Bo,Same,,,,,"]).into_bytes()
}

fn books(state: &str, [inserted, updated, unchanged, superseded]: [i64; 4]) -> Value {
    json!({ "state": state, "records": 2, "inserted": inserted, "updated": updated, "unchanged": unchanged, "superseded": superseded })
}

/// Puts one key again and again, a second after the other, and loads each time.
async fn loaded_in_turn(last_names: &[&str]) -> Tested<(S3, Warehouse, Ingest)> {
    let (s3, warehouse) = (S3::start().await?, Warehouse::start().await?);
    let ingest = Ingest::from_s3(&s3, &warehouse)?;
    for (second, last_name) in last_names.iter().enumerate() {
        let at = format!("2026-11-21T11:00:0{second}Z").parse()?;
        s3.put_at("patient_information.csv", &named(last_name), at).await?;
        assert_eq!(ingest.once().await?.json_of(0)?["objects"], 1);
        assert_eq!(warehouse.rows(CURRENT).await?, json!([{ "last_name": last_name }, { "last_name": "Same" }]));
    }
    Ok((s3, warehouse, ingest))
}

#[tokio::test]
async fn a_file_uploaded_twice_changes_nothing_and_is_accounted_for() -> Tested {
    let (_s3, warehouse, ingest) = loaded_in_turn(&["Alpha", "Alpha"]).await?;
    let expected = json!([books("gone", [2, 0, 0, 0]), books("done", [0, 0, 2, 0])]);
    assert_eq!(warehouse.rows(BOOKS).await?, expected);
    assert_eq!(warehouse.one("SELECT count(*) FROM warehouse.patient_history").await?, 2);
    assert_eq!(ingest.verify().await?["ok"], true);
    Ok(())
}

#[tokio::test]
async fn a_file_uploaded_under_two_keys_is_accounted_for_twice() -> Tested {
    let (folder, warehouse) = (Folder::new()?, Warehouse::start().await?);
    folder.put("patient_information_20261121T110000Z.csv", &named("Alpha"))?;
    folder.put("patient_information_20261121T110001Z.csv", &named("Alpha"))?;
    let ingest = Ingest::from_folder(&folder, &warehouse)?;
    let taken = ingest.once().await?.json_of(0)?;
    assert_eq!((&taken["books"]["inserted"], &taken["books"]["unchanged"]), (&json!(2), &json!(2)));
    assert_eq!(warehouse.one("SELECT count(*) FROM warehouse.patient_history").await?, 2);
    assert_eq!(ingest.verify().await?["ok"], true);
    Ok(())
}

#[tokio::test]
async fn a_file_replaced_by_another_and_by_itself_again_is_accounted_for_each_time() -> Tested {
    let (_s3, warehouse, ingest) = loaded_in_turn(&["Alpha", "Beta", "Alpha"]).await?;
    let ledger = warehouse.rows("SELECT state, records, inserted + updated + unchanged + superseded AS taken FROM ingest.object ORDER BY last_modified").await?;
    let row = |state: &str| json!({ "state": state, "records": 2, "taken": 2 });
    assert_eq!(ledger, json!([row("gone"), row("gone"), row("done")]));
    let versions = "SELECT last_name, is_current FROM warehouse.patient_history WHERE patient_id = 'de01' ORDER BY 1";
    let history = json!([{ "last_name": "Alpha", "is_current": true }, { "last_name": "Beta", "is_current": false }]);
    assert_eq!(warehouse.rows(versions).await?, history);
    assert_eq!(ingest.verify().await?["ok"], true);
    Ok(())
}
