//! Column maps as ops live with them: a second hospital connected by maps alone, versions side by side, a held feed that
//! is released by approving a map, and a wrong map that never comes in force.

#[path = "maps/abroad.rs"]
mod abroad;
#[path = "maps/check.rs"]
mod check;
#[path = "maps/in_force.rs"]
mod in_force;
#[path = "maps/suggest.rs"]
mod suggest;

use std::path::Path;

use serde_json::json;
use wardwatch_tests::sample::{RENAMED, bytes, directory};
use wardwatch_tests::{Daemon, Dashboard, Folder, Ingest, Tested, Warehouse};

/// A directory of maps: one file a text.
fn maps(texts: &[(&str, &str)]) -> Tested<tempfile::TempDir> {
    let directory = tempfile::tempdir()?;
    for (name, text) in texts {
        std::fs::write(directory.path().join(name), text)?;
    }
    Ok(directory)
}

fn running(folder: &Folder, warehouse: &Warehouse, maps: &Path) -> Tested<Daemon> {
    let ingest = Ingest::from_folder(folder, warehouse)?.with("WARDWATCH_POLL_INTERVAL", "100ms");
    ingest.with("WARDWATCH_MAPS", maps).start()
}

#[tokio::test]
async fn versions_are_read_side_by_side_and_every_object_keeps_its_own() -> Tested {
    let (folder, warehouse) = (Folder::new()?, Warehouse::start().await?);
    folder.put_all(&directory("files"))?;
    let drifted = [
        "admissions_release_2_20261121T115805Z.csv",
        "lab_tests_release_2_before_20260630T235959Z.csv",
        "lab_tests_release_2_after_20260701T000001Z.csv",
        "patient_information_release_2_20261121T115806Z.csv",
    ];
    for name in drifted {
        folder.put(name, &bytes("drift", name)?)?;
    }
    let ingest = Ingest::from_folder(&folder, &warehouse)?;
    let taken = ingest.once().await?.json_of(3)?;
    assert_eq!((&taken["held"], &taken["books"]["quarantined"]), (&json!(0), &json!(0)));
    let versions = "SELECT key, map_version FROM ingest.object ORDER BY key";
    let row = |key: &str, version: i32| json!({ "key": key, "map_version": version });
    let expected = json!([
        row("admissions.csv", 1),
        row(drifted[0], 2),
        row("lab_results.csv", 1),
        row("lab_tests.csv", 1),
        row(drifted[2], 2),
        row(drifted[1], 1),
        row("patient_information.csv", 1),
        row(drifted[3], 2),
    ]);
    assert_eq!(warehouse.rows(versions).await?, expected);
    let room = "SELECT room FROM warehouse.admission WHERE case_number = '88040402'";
    assert_eq!(warehouse.one(room).await?, "611-A", "room and bed");
    let ordered = "SELECT ordered_at FROM warehouse.lab_test WHERE test_id = '288347210'";
    assert_eq!(warehouse.one(ordered).await?, "2023-08-20T06:05:27+00:00", "ISO notation");
    let lineage = "SELECT count(*) FROM warehouse.lab_test t JOIN ingest.object o ON o.object_id = t.first_object
        WHERE o.map_version <> t.map_version";
    assert_eq!(warehouse.one(lineage).await?, 0);
    let listed = ingest.run(&["map", "list", "--json"]).await?.json_of(0)?;
    let read: Vec<_> =
        listed["maps"].as_array().into_iter().flatten().map(|map| (&map["feed"], &map["objects"])).collect();
    let counts: Vec<i64> = read.iter().filter_map(|(_, objects)| objects.as_i64()).collect();
    assert_eq!(counts, [1, 2, 1, 1, 1, 1, 1], "{read:?}");
    Ok(())
}

/// Drift is in `status`, `/ops` and `/metrics` as soon as the object is judged.
#[tokio::test]
async fn drift_is_seen_at_once() -> Tested {
    let (folder, warehouse) = (Folder::new()?, Warehouse::start().await?);
    for name in [RENAMED, "patient_information_extra_column_20261121T115801Z.csv"] {
        folder.put(name, &bytes("drift", name)?)?;
    }
    Ingest::from_folder(&folder, &warehouse)?.once().await?.json_of(3)?;
    let status = Ingest::on(&warehouse)?.run(&["status", "--json"]).await?.json_of(0)?;
    assert_eq!((&status["held"][0]["feed"], &status["held"][0]["objects"]), (&json!("pms.admissions"), &json!(1)));
    assert_eq!(status["drift"][0]["header"], "preferred_language");
    let dashboard = Dashboard::start(&warehouse.url()).await?;
    let page = async |path: &str| -> Tested<String> { Ok(dashboard.get(path).await?.text().await?) };
    let metrics = page("/metrics").await?;
    for line in [
        "wardwatch_ingest_drift_objects{feed=\"pms.admissions\",kind=\"held\"} 1",
        "wardwatch_ingest_drift_objects{feed=\"pms.patient_information\",kind=\"unmapped_column\"} 1",
        "wardwatch_ingest_maps_refused 0",
    ] {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }
    warehouse.tell("INSERT INTO ingest.map_trouble VALUES ('/maps', 'line 7: wrong', now())").await?;
    let ops = page("/ops").await?;
    assert!(ops.contains("preferred_language") && ops.contains("case_no") && ops.contains("line 7: wrong"));
    Ok(())
}
