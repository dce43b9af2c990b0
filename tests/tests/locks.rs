//! A small batch judges anew those only whom it has locked: whatever it did beside another one would be lost with the other's commit.

use chrono::TimeDelta;
use serde_json::json;
use wardwatch_schema::database;
use wardwatch_tests::sample::{results, tests};
use wardwatch_tests::ward::{admission_to, file, now};
use wardwatch_tests::{Folder, Ingest, Tested, Warehouse};

/// The class of the locks of patients, of which there are so many.
const ALL_PATIENTS: &str = "SELECT count(pg_advisory_xact_lock(3, slot)) FROM generate_series(0, 511) AS slot";

fn admissions(rows: &[(&str, &str, &str)]) -> Vec<u8> {
    let admitted_at = now() - TimeDelta::hours(100);
    let row = |(patient, case, department): &(&str, &str, &str)| admission_to(department, patient, case, admitted_at);
    file("admissions", &rows.iter().map(row).collect::<Vec<_>>())
}

#[tokio::test]
async fn a_batch_of_admissions_leaves_those_alone_with_whom_it_shares_no_case() -> Tested {
    let (folder, warehouse) = (Folder::new()?, Warehouse::start().await?);
    let ingest = Ingest::from_folder(&folder, &warehouse)?;
    let all = [("P", "C1", "ICU"), ("P", "C2", "ICU"), ("Q", "C2", "ICU"), ("Q", "C3", "ICU")];
    folder.put("admissions_20261121T100000Z.csv", &admissions(&all))?;
    ingest.once().await?.json_of(3)?;
    // What another batch has written and not committed yet stands for this.
    warehouse.tell("UPDATE monitor.stay SET last_ordered_at = '2026-11-02Z' WHERE patient_id = 'Q'").await?;
    let marked = "SELECT count(*) FROM monitor.stay WHERE patient_id = 'Q' AND last_ordered_at IS NOT NULL";
    folder.put("admissions_20261121T110000Z.csv", &admissions(&[("P", "C1", "Surgery")]))?;
    ingest.once().await?.json_of(3)?;
    assert_eq!(warehouse.one(marked).await?, json!(2), "Q has nothing of the case that was said");
    folder.put("admissions_20261121T120000Z.csv", &admissions(&[("P", "C2", "Surgery")]))?;
    ingest.once().await?.json_of(3)?;
    assert_eq!(warehouse.one(marked).await?, json!(0), "this case is Q's, too");
    Ok(())
}

#[tokio::test]
async fn the_patient_to_whom_a_result_was_given_is_locked_before_it_arrives() -> Tested {
    let (folder, warehouse) = (Folder::new()?, Warehouse::start().await?);
    let ingest = Ingest::from_folder(&folder, &warehouse)?;
    folder.put("admissions.csv", &admissions(&[("D", "C1", "ICU")]))?;
    folder.put("lab_tests.csv", &tests(&[("70", "D"), ("70", "E")]))?;
    folder.put("lab_results_20261121T100000Z.csv", &results(&[("7", "70")]))?;
    ingest.once().await?.json_of(3)?;
    let decide = ["decide", "result", "7", "--patient", "D", "--by", "Ada", "--reason", "the ward was asked"];
    assert_eq!(ingest.run(&decide).await?.code, Some(0));
    // As at a replay: the decision stands, and all else is still to come.
    for table in ["lab_result", "lab_test", "test_owner"] {
        warehouse.tell(&format!("DELETE FROM warehouse.{table}")).await?;
    }
    folder.put("lab_results_20261121T110000Z.csv", &results(&[("7", "70")]))?;
    let mut others = database::begin(&warehouse.pool).await?;
    sqlx::query(ALL_PATIENTS).execute(&mut *others).await?;
    let loading = tokio::spawn(async move { ingest.once().await });
    warehouse
        .until(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = 3 AND NOT granted
                 AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))",
        )
        .await?;
    others.rollback().await?;
    loading.await??.json_of(0)?;
    assert_eq!(warehouse.one("SELECT patient_id FROM warehouse.lab_result").await?, json!("D"));
    Ok(())
}
