//! What flawed files do to the board and to quarantine: nothing of them is lost, and nothing of them clears a patient.
//! In which state each kind of file ends, and with which books, is told by `corpus.rs`.

use serde_json::json;
use wardwatch_tests::sample::{bytes, directory, names};
use wardwatch_tests::{Folder, Ingest, Tested, Warehouse};

/// A warehouse that took the files whose names contain one of these parts; all of them where none is named.
async fn loaded(parts: &[&str], code: i32) -> Tested<(Folder, Warehouse)> {
    let (folder, warehouse) = (Folder::new()?, Warehouse::start().await?);
    for set in ["broken", "drift"] {
        for name in names(set)? {
            if parts.is_empty() || parts.iter().any(|part| name.contains(part)) {
                folder.put(&name, &bytes(set, &name)?)?;
            }
        }
    }
    Ingest::from_folder(&folder, &warehouse)?.once().await?.json_of(code)?;
    Ok((folder, warehouse))
}

#[tokio::test]
async fn quarantine_keeps_number_column_reason_raw_text_and_identifiers() -> Tested {
    let (_folder, warehouse) = loaded(&["ragged_rows", "nul_bytes", "unclosed_quote", "no_date"], 3).await?;
    let quarantine = "SELECT feed, record, column_name, reason, raw, patient_id, test_id, map_version
        FROM ingest.quarantine ORDER BY patient_id";
    let patients = "pms.patient_information";
    let row =
        |(feed, record): (&str, i64), column: Option<&str>, reason: &str, raw: &str, ids: (&str, Option<&str>)| {
            json!({ "feed": feed, "record": record, "column_name": column, "reason": reason, "raw": raw,
            "patient_id": ids.0, "test_id": ids.1, "map_version": 1 })
        };
    let expected = json!([
        row(
            (patients, 2),
            None,
            "has 7 fields where the header has 8",
            "84013514,Leila,Cohen,12/20/1980,Dr. Michael Brown,UnitedHealthcare,O-",
            ("84013514", None)
        ),
        row(
            (patients, 3),
            None,
            "has 9 fields where the header has 8",
            "84013521,Esther,Rodríguez,8/8/2019,Dr. Tomás Herrera,Self-pay,AB-,None,left over",
            ("84013521", None)
        ),
        row(
            (patients, 2),
            None,
            "contains a NUL byte",
            "84014214,María,O'Bri\u{2400}en\u{2400},9/10/1977,Dr. Anders Holm,Medicaid,O-,Aspirin",
            ("84014214", None)
        ),
        row(
            (patients, 4),
            None,
            "a quote is not closed",
            "84014928,Elena,Singh,3/3/1950,Dr. Elizabeth O'Neill,Humana,B+,\"Penicillin, Latex",
            ("84014928", None)
        ),
        row(
            ("lis.lab_tests", 2),
            Some("ordered_at"),
            "is not a date in a format of the map, between 1850 and 2200",
            "288133623,84019807,Lactate,13/45/2026,2:48:24 AM,Dr. Tomás Herrera",
            ("84019807", Some("288133623"))
        ),
    ]);
    assert_eq!(warehouse.rows(quarantine).await?, expected);
    let taken = "SELECT count(*) FROM warehouse.lab_test WHERE test_id = '288133623'";
    assert_eq!(warehouse.one(taken).await?, 0);
    Ok(())
}

#[tokio::test]
async fn conflicting_stays_are_listed_unknown_and_name_each_other() -> Tested {
    let (_folder, warehouse) = loaded(&["shared_case", "released_early"], 3).await?;
    let board = "SELECT patient_id, case_number, state, reasons, conflict_with
        FROM monitor.board('2026-11-21T12:00:00Z', false, NULL) WHERE conflict IS NOT NULL ORDER BY patient_id";
    let row = |patient: &str, case: &str, why: &str, with: &[&str]| json!({ "patient_id": patient, "case_number": case, "state": "unknown", "reasons": [why], "conflict_with": with });
    let expected = json!([
        row("84020507", "88006002", "shared_case_number", &["84020514"]),
        row("84020514", "88006002", "shared_case_number", &["84020507"]),
        row("84021207", "88006402", "release_not_after_admission", &[]),
    ]);
    assert_eq!(warehouse.rows(board).await?, expected);
    Ok(())
}

#[tokio::test]
async fn a_test_of_the_future_never_resets_the_clock() -> Tested {
    let (_folder, warehouse) = loaded(&["future_dated", "bom_crlf", "utf_16"], 0).await?;
    let flagged = "SELECT count(*) FILTER (WHERE future_dated), count(*) AS of FROM warehouse.lab_result";
    assert_eq!(warehouse.rows(flagged).await?, json!([{ "count": 8, "of": 8 }]));
    for as_of in ["2026-11-24T12:00:00Z", "2070-01-01T00:00:00Z"] {
        let board = format!(
            "SELECT patient_id, last_performed_at, idle_since = admitted_at AS since_admission
             FROM monitor.board('{as_of}', false, NULL) ORDER BY patient_id"
        );
        let row = |id: &str| json!({ "patient_id": id, "last_performed_at": null, "since_admission": true });
        assert_eq!(warehouse.rows(&board).await?, json!([row("84010014"), row("84010028")]), "{as_of}");
    }
    Ok(())
}

#[tokio::test]
async fn a_lab_file_that_cannot_be_read_makes_every_listed_stay_unknown() -> Tested {
    let (folder, warehouse) = (Folder::new()?, Warehouse::start().await?);
    folder.put_all(&directory("files"))?;
    let truncated = "lab_results_truncated_20261121T115908Z.csv.gz";
    folder.put(truncated, &bytes("broken", truncated)?)?;
    Ingest::from_folder(&folder, &warehouse)?.once().await?.json_of(1)?;
    let doubted =
        "SELECT count(*) FILTER (WHERE 'lis_held' = ANY (reasons)) AS doubted, count(*) AS listed, min(state) AS state
        FROM monitor.board('2026-11-21T12:00:00Z', false, NULL)";
    assert_eq!(warehouse.rows(doubted).await?, json!([{ "doubted": 36, "listed": 36, "state": "unknown" }]));
    Ok(())
}

#[tokio::test]
async fn an_admission_that_cannot_be_read_is_listed_with_what_could_be() -> Tested {
    let (folder, warehouse) = (Folder::new()?, Warehouse::start().await?);
    let header = "patient_id,hospitalization_case_number,admission_date,admission_time,release_date,release_time,department,room_number";
    let lines = [
        "0077,C1,13/45/2026,8:00:00 AM,,,ENT,1",
        ",C2,11/1/2026,8:00:00 AM,,,ENT,2",
        "0079,C3,11/1/2026,8:00:00 AM,,,ENT,3",
    ];
    folder.put("admissions.csv", format!("{header}\n{}\n", lines.join("\n")).as_bytes())?;
    Ingest::from_folder(&folder, &warehouse)?.once().await?.json_of(3)?;
    let board = "SELECT patient_id, case_number, state, reasons
        FROM monitor.board('2026-11-21T12:00:00Z', false, NULL) ORDER BY case_number";
    let unread = json!(["unreadable_admission"]);
    let expected = json!([
        { "patient_id": "0077", "case_number": "C1", "state": "unknown", "reasons": unread },
        { "patient_id": null, "case_number": "C2", "state": "unknown", "reasons": unread },
        { "patient_id": "0079", "case_number": "C3", "state": "overdue", "reasons": [] },
    ]);
    assert_eq!(warehouse.rows(board).await?, expected);
    Ok(())
}
