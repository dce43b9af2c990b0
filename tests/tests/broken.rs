//! Files as they are met in the wild, one flaw each: what is taken, what is held, failed or quarantined, and why. Nothing
//! of them is lost, and nothing of them clears a patient.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use wardwatch_tests::sample::{bytes, directory, names};
use wardwatch_tests::{Folder, Ingest, Tested, Warehouse};

/// What is to become of a file: state, part of the reason, (records, inserted, quarantined).
type Outcome = (&'static str, &'static str, (i64, i64, i64));

const OUTCOMES: [(&str, Outcome); 23] = [
    ("admissions_empty", ("held", "empty: the file has no header; upload it again", (0, 0, 0))),
    ("lab_tests_header_only", ("done", "", (0, 0, 0))),
    ("admissions_missing_column", ("held", "missing column admission_date (map v1): upload", (0, 0, 0))),
    ("lab_tests_duplicated_column", ("held", "column order_date stands more than once", (0, 0, 0))),
    ("patient_information_ragged_rows", ("done", "", (4, 2, 2))),
    ("patient_information_nul_bytes", ("done", "", (4, 3, 1))),
    ("patient_information_unclosed_quote", ("done", "", (4, 3, 1))),
    ("lab_results_truncated", ("failed", "the gzip stream is cut short or damaged: upload", (0, 0, 0))),
    ("admissions_utf_16", ("done", "", (4, 4, 0))),
    ("lab_tests_bom_crlf", ("done", "", (8, 8, 0))),
    ("patient_information_latin_1", ("done", "", (4, 4, 0))),
    ("patient_information_line_breaks", ("done", "", (4, 4, 0))),
    ("lab_results_future_dated", ("done", "", (8, 8, 0))),
    ("lab_tests_no_date", ("done", "", (8, 7, 1))),
    ("admissions_shared_case", ("done", "", (4, 4, 0))),
    ("admissions_released_early", ("done", "", (4, 4, 0))),
    ("patient_information_extra_column", ("done", "", (4, 4, 0))),
    (
        "admissions_renamed_columns",
        ("held", "unknown column case_no, admit_date, admit_time, discharge_date, discharge_time, ward", (0, 0, 0)),
    ),
    ("lab_tests_reordered_columns", ("done", "", (50, 50, 0))),
    ("lab_results_other_case", ("done", "", (49, 49, 0))),
    ("admissions_release_2", ("done", "", (4, 4, 0))),
    ("lab_tests_release_2_before", ("done", "", (43, 43, 0))),
    ("lab_tests_release_2_after", ("done", "", (50, 50, 0))),
];

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
async fn each_file_ends_in_its_state_with_its_books() -> Tested {
    let (folder, warehouse) = loaded(&[], 1).await?;
    let ledger = "SELECT regexp_replace(key, '_2026.*', '') AS file, state, reason, records, inserted, quarantined,
        updated + unchanged + superseded + skipped + waiting AS others FROM ingest.object";
    let ledger = warehouse.rows(ledger).await?;
    let found: BTreeMap<&str, &Value> =
        ledger.as_array().into_iter().flatten().filter_map(|row| Some((row["file"].as_str()?, row))).collect();
    assert_eq!(found.len(), OUTCOMES.len(), "{:?}", found.keys());
    for (file, (state, reason, (records, inserted, quarantined))) in OUTCOMES {
        let row = found[file];
        assert_eq!(row["state"], state, "{row}");
        assert!(row["reason"].as_str().unwrap_or_default().contains(reason), "{row}");
        assert_eq!(row["reason"].is_null(), state == "done", "{row}");
        let books = json!([row["records"], row["inserted"], row["quarantined"], row["others"]]);
        assert_eq!(books, json!([records, inserted, quarantined, 0]), "{file}");
    }
    let verdict = Ingest::from_folder(&folder, &warehouse)?.verify().await?;
    assert_eq!((&verdict["ok"], &verdict["books_balance"]), (&json!(true), &json!(true)));
    Ok(())
}

#[tokio::test]
async fn the_second_call_takes_no_broken_file_again() -> Tested {
    let (folder, warehouse) = loaded(&[], 1).await?;
    let ingest = Ingest::from_folder(&folder, &warehouse)?;
    let before = ingest.verify().await?;
    assert_eq!(ingest.once().await?.json_of(3)?["objects"], 0, "held and failed stand open");
    assert_eq!(ingest.verify().await?, before);
    Ok(())
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
async fn encodings_line_breaks_and_odd_headers_are_read_as_they_were_meant() -> Tested {
    let (_folder, warehouse) =
        loaded(&["latin_1", "line_breaks", "utf_16", "bom_crlf", "extra_column", "reordered"], 0).await?;
    let names = "SELECT string_agg(first_name || ' ' || last_name, ', ' ORDER BY patient_id) FROM warehouse.patient
        WHERE patient_id IN ('84017707', '84017714', '84017721')";
    assert_eq!(warehouse.one(names).await?, "Hiroshi Müller, José Y?lmaz, Aaliyah Nuñez");
    let broken = "SELECT allergies, insurance_provider FROM warehouse.patient WHERE patient_id IN ('84010007', '84010021') ORDER BY patient_id";
    let expected = json!([{ "allergies": "Penicillin\nLatex", "insurance_provider": "Aetna" },
        { "allergies": "None", "insurance_provider": "Aetna\r\n(second policy: Cigna)" }]);
    assert_eq!(warehouse.rows(broken).await?, expected);
    let stay = "SELECT admitted_at FROM warehouse.admission WHERE patient_id = '84010014' AND case_number = '88000006'";
    assert_eq!(warehouse.one(stay).await?, "2026-11-14T15:06:15+00:00");
    let ordering = "SELECT ordering_physician FROM warehouse.lab_test WHERE test_id = '288100095'";
    assert_eq!(warehouse.one(ordering).await?, "Dr. Camille Laurent", "no carriage return is left");
    let zeros =
        "SELECT patient_id, extra FROM warehouse.patient WHERE starts_with(patient_id, '00') ORDER BY 1 LIMIT 1";
    let kept = json!([{ "patient_id": "0084080007", "extra": { "preferred_language": "English" } }]);
    assert_eq!(warehouse.rows(zeros).await?, kept);
    let drift = "SELECT feed, map_version, header, kind, objects FROM ingest.drift";
    let reported = json!([{ "feed": "pms.patient_information", "map_version": 1, "header": "preferred_language",
        "kind": "unmapped_column", "objects": 1 }]);
    assert_eq!(warehouse.rows(drift).await?, reported);
    let reordered =
        "SELECT test_name FROM warehouse.lab_test WHERE patient_id = '0084080007' AND test_id = '288340009'";
    assert_eq!(warehouse.one(reordered).await?, "Creatinine");
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
