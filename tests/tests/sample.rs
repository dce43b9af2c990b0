//! The committed sample files, taken whole: the books, the facts that must survive, the board, and the digest, which is
//! the same from a directory and from S3, at the second call, and in whatever order the objects came.

use serde_json::{Value, json};
use wardwatch_tests::sample::{bytes, directory};
use wardwatch_tests::ward::{file, result};
use wardwatch_tests::{Folder, Ingest, S3, Tested, Warehouse};

/// Sample files, of which some results wait: exit status 3.
const OPEN: i32 = 3;

async fn loaded() -> Tested<(Folder, Warehouse, Value)> {
    let (folder, warehouse) = (Folder::new()?, Warehouse::start().await?);
    folder.put_all(&directory("files"))?;
    let taken = Ingest::from_folder(&folder, &warehouse)?.once().await?.json_of(OPEN)?;
    Ok((folder, warehouse, taken))
}

fn books(records: i64, inserted: i64, waiting: i64) -> Value {
    json!({ "records": records, "inserted": inserted, "updated": 0, "unchanged": 0, "superseded": 0, "skipped": 0,
        "quarantined": 0, "waiting": waiting })
}

fn tally(objects: i64, books: &Value) -> Value {
    json!({ "objects": objects, "held": 0, "failed": 0, "books": books })
}

#[tokio::test]
async fn every_record_is_in_the_books_and_six_results_wait() -> Tested {
    let (_folder, warehouse, taken) = loaded().await?;
    let mut expected = tally(4, &books(2234, 2228, 6));
    expected["feeds"] = json!({
        "pms.patient_information": tally(1, &books(100, 100, 0)),
        "pms.admissions": tally(1, &books(110, 110, 0)),
        "lis.lab_tests": tally(1, &books(1016, 1016, 0)),
        "lis.lab_results": tally(1, &books(1008, 1002, 6)),
    });
    assert_eq!(taken, expected);
    let rows = "SELECT (SELECT count(*) FROM warehouse.patient) AS patients,
        (SELECT count(*) FROM warehouse.admission) AS admissions, (SELECT count(*) FROM warehouse.lab_test) AS tests,
        (SELECT count(*) FROM warehouse.lab_result) AS results, (SELECT count(*) FROM ingest.quarantine) AS quarantined";
    let counted = json!([{ "patients": 100, "admissions": 110, "tests": 1016, "results": 1002, "quarantined": 0 }]);
    assert_eq!(warehouse.rows(rows).await?, counted);
    let waiting = "SELECT test_id, count(*), min(reason) AS reason FROM ingest.waiting_result GROUP BY 1 ORDER BY 1";
    let shared = ["100262", "101510", "102111"];
    assert_eq!(
        warehouse.rows(waiting).await?,
        json!(shared.map(|id| json!({ "test_id": id, "count": 2, "reason": "ambiguous" })))
    );
    Ok(())
}

#[tokio::test]
async fn the_second_call_finds_nothing_to_do() -> Tested {
    let (folder, warehouse, _) = loaded().await?;
    let ingest = Ingest::from_folder(&folder, &warehouse)?;
    let first = ingest.verify().await?;
    assert_eq!(first["ok"], true);
    assert_eq!((&first["bucket_in_ledger"], &first["books_balance"]), (&json!(true), &json!(true)));
    let mut nothing = tally(0, &books(0, 0, 0));
    nothing["feeds"] = json!({});
    assert_eq!(ingest.once().await?.json_of(OPEN)?, nothing);
    assert_eq!(ingest.verify().await?, first);
    assert_eq!(warehouse.one("SELECT count(*) FROM ingest.object").await?, 4);
    Ok(())
}

#[tokio::test]
async fn a_directory_and_an_s3_bucket_give_one_digest() -> Tested {
    let (folder, of_folder, taken) = loaded().await?;
    let (s3, of_s3) = (S3::start().await?, Warehouse::start().await?);
    s3.put_all(&directory("files")).await?;
    let from_s3 = Ingest::from_s3(&s3, &of_s3)?;
    assert_eq!(from_s3.once().await?.json_of(OPEN)?, taken);
    let from_folder = Ingest::from_folder(&folder, &of_folder)?.verify().await?;
    let verdict = from_s3.verify().await?;
    assert_eq!(verdict, from_folder);
    assert_eq!(from_s3.once().await?.json_of(OPEN)?["objects"], 0);
    assert_eq!(from_s3.verify().await?, verdict);
    Ok(())
}

#[tokio::test]
async fn results_before_tests_before_stays_before_patients_give_the_same_digest() -> Tested {
    let (_folder, in_order, _) = loaded().await?;
    let (reversed, folder) = (Warehouse::start().await?, Folder::new()?);
    let ingest = Ingest::from_folder(&folder, &reversed)?;
    for feed in ["lab_results", "lab_tests", "admissions", "patient_information"] {
        let file = format!("{feed}.csv");
        folder.put(&file, &bytes("files", &file)?)?;
        let taken = ingest.once().await?.json_of(OPEN)?;
        assert_eq!(taken["objects"], 1, "{feed}");
    }
    assert_eq!(reversed.digest().await?, in_order.digest().await?);
    let waiting = "SELECT waiting FROM ingest.object WHERE feed = 'lis.lab_results'";
    assert_eq!(reversed.one(waiting).await?, 6, "the tests that came later took the other results along");
    assert_eq!(ingest.verify().await?["books_balance"], true);
    Ok(())
}

#[tokio::test]
async fn the_board_lists_who_was_idle_for_more_than_48_hours() -> Tested {
    let (_folder, warehouse, _) = loaded().await?;
    let board = "monitor.board('2026-11-21T12:00:00Z', false, NULL)";
    let states = format!(
        "SELECT state, count(*), count(*) FILTER (WHERE long_open) AS long_open FROM {board} GROUP BY 1 ORDER BY 1"
    );
    let counted = warehouse.rows(&states).await?;
    let count = |state: usize| (counted[state]["state"].as_str(), counted[state]["count"].as_i64());
    assert_eq!(
        (count(0), count(1), count(2)),
        ((Some("chase"), Some(8)), (Some("overdue"), Some(26)), (Some("unknown"), Some(2)))
    );
    let long_open = format!("SELECT count(*) FROM {board} WHERE long_open");
    assert_eq!(warehouse.one(&long_open).await?, 10);
    let idle_enough = format!(
        "SELECT bool_and('2026-11-21T12:00:00Z' - idle_since > interval '48 hours') FROM {board} WHERE conflict IS NULL"
    );
    assert_eq!(warehouse.one(&idle_enough).await?, true);
    let why = format!("SELECT DISTINCT reasons FROM {board} WHERE state = 'unknown'");
    assert_eq!(warehouse.rows(&why).await?, json!([{ "reasons": ["waiting_result"] }]));
    Ok(())
}

#[tokio::test]
async fn what_the_source_says_is_kept_as_it_says_it() -> Tested {
    let (_folder, warehouse, _) = loaded().await?;
    let patients = "SELECT count(*) FILTER (WHERE allergies = 'None') AS none_known,
        count(*) FILTER (WHERE allergies IS NULL) AS not_recorded,
        count(*) FILTER (WHERE primary_physician IS NULL) AS without_physician FROM warehouse.patient";
    let kept = json!([{ "none_known": 45, "not_recorded": 19, "without_physician": 4 }]);
    assert_eq!(warehouse.rows(patients).await?, kept);
    let performed_first =
        "SELECT count(*) FROM warehouse.lab_result r JOIN warehouse.lab_test t USING (patient_id, test_id)
        WHERE r.performed_at < t.ordered_at";
    assert_eq!(warehouse.one(performed_first).await?, 558);
    let result =
        "SELECT result_value, result_value_text, result_unit, reference_range, reviewing_physician, performed_at
        FROM warehouse.lab_result WHERE result_id = '500038'";
    let expected = json!([{ "result_value": 3.152_418_876_5, "result_value_text": "3.1524188765",
        "result_unit": "K/uL, M/uL, g/dL, %, K/uL", "reference_range": null, "reviewing_physician": null,
        "performed_at": "2026-11-11T11:17:53+00:00" }]);
    assert_eq!(warehouse.rows(result).await?, expected);
    let stays = "SELECT count(*) FILTER (WHERE released_at IS NULL OR released_at > '2026-11-21T12:00:00Z') AS open,
        count(DISTINCT department) AS departments FROM warehouse.admission";
    assert_eq!(warehouse.rows(stays).await?, json!([{ "open": 62, "departments": 22 }]));
    Ok(())
}

#[tokio::test]
async fn a_zone_too_far_to_the_west_is_warned_of() -> Tested {
    let (folder, warehouse) = (Folder::new()?, Warehouse::start().await?);
    let now = wardwatch_tests::ward::now();
    let results: Vec<String> = (0..20).map(|number| result(&format!("R{number}"), "T1", now)).collect();
    folder.put_at("lab_results.csv", &file("lab_results", &results), now)?;
    let ingest = Ingest::from_folder(&folder, &warehouse)?;
    let said = ingest.clone().with("WARDWATCH_TIMEZONE", "America/Los_Angeles").once().await?;
    assert!(said.stderr.contains("wrong time zone?"), "{}", said.stderr);
    let other = Warehouse::start().await?;
    let said = Ingest::from_folder(&folder, &other)?.once().await?;
    assert!(!said.stderr.contains("wrong time zone?"), "{}", said.stderr);
    Ok(())
}

#[tokio::test]
async fn the_hospitals_clock_is_read_in_its_own_zone() -> Tested {
    let (folder, warehouse) = (Folder::new()?, Warehouse::start().await?);
    folder.put("lab_tests.csv", &bytes("files", "lab_tests.csv")?)?;
    let ingest = Ingest::from_folder(&folder, &warehouse)?.with("WARDWATCH_TIMEZONE", "America/New_York");
    ingest.once().await?.json_of(0)?;
    let ordered = "SELECT ordered_at FROM warehouse.lab_test WHERE patient_id = '10007' AND test_id = '100016'";
    // 9/29/2025 9:38:31 PM, four hours behind UTC.
    assert_eq!(warehouse.one(ordered).await?, "2025-09-30T01:38:31+00:00");
    Ok(())
}
