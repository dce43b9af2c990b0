//! A second hospital, connected by maps and patterns alone.

use std::path::Path;

use serde_json::json;
use wardwatch_tests::sample::tests;
use wardwatch_tests::{Folder, Ingest, Tested, Warehouse};

use super::maps;

const ABROAD_PATIENTS: &str = r#"
feed = "pms.abroad_people"
version = 1
delimiter = ";"
nulls = ["", "-"]
[columns.patient_id]
headers = ["PatNr"]
type = "id"
required = true
[columns.first_name]
combine = { headers = ["Vorname", "Zweitname"] }
type = "text"
[columns.last_name]
headers = ["Nachname"]
type = "text"
[columns.date_of_birth]
headers = ["GebDatum"]
type = "date"
formats = ["%Y-%m-%d"]
[columns.insurance_provider]
constant = "Statutory"
type = "text"
"#;

const ABROAD_STAYS: &str = r#"
feed = "pms.abroad_stays"
version = 1
delimiter = ";"
nulls = [""]
[[keep]]
headers = ["Art"]
one_of = ["stationaer"]
[columns.patient_id]
headers = ["PatNr"]
type = "id"
required = true
[columns.case_number]
compute = { headers = ["PatNr", "Aufnahme"], how = "join", separator = "/" }
type = "id"
required = true
[columns.admitted_at]
headers = ["Aufnahme"]
type = "timestamp"
formats = ["%Y-%m-%dT%H:%M:%S"]
required = true
[columns.released_at]
headers = ["Entlassung"]
type = "timestamp"
formats = ["%Y-%m-%dT%H:%M:%S"]
expected = true
prefer = "later"
[columns.department]
headers = ["Station"]
type = "text"
translate = { KAR = "Cardiology" }
unknown = "keep"
"#;

const ABROAD_VALUES: &str = r#"
feed = "lis.abroad_values"
version = 1
delimiter = ";"
nulls = [""]
[columns.result_id]
compute = { headers = ["Auftrag", "Analyt"], how = "hash" }
type = "id"
required = true
[columns.test_id]
headers = ["Auftrag"]
type = "id"
required = true
[columns.patient_id]
headers = ["PatNr"]
type = "id"
required = true
[columns.result_value]
headers = ["Wert"]
type = "decimal"
[columns.result_status]
headers = ["Flag"]
type = "text"
translate = { N = "Normal", H = "Abnormal High" }
unknown = "reject"
[columns.performed_at]
type = "timestamp"
required = true
date = { headers = ["Datum"], formats = ["%Y-%m-%d"] }
time = { headers = ["Zeit"], formats = ["%H:%M"] }
"#;

/// The feeds of the second hospital, as its configuration has them.
fn abroad(folder: &Folder, warehouse: &Warehouse, maps: &Path) -> Tested<Ingest> {
    Ok(Ingest::from_folder(folder, warehouse)?
        .with("WARDWATCH_MAPS", maps)
        .with("WARDWATCH_FEEDS__PMS__ABROAD_PEOPLE__KEYS", "[\"stammdaten/*.txt\"]")
        .with("WARDWATCH_FEEDS__PMS__ABROAD_PEOPLE__TARGET", "patient")
        .with("WARDWATCH_FEEDS__PMS__ABROAD_STAYS__KEYS", "[\"faelle/*.txt\"]")
        .with("WARDWATCH_FEEDS__PMS__ABROAD_STAYS__TARGET", "admission")
        .with("WARDWATCH_FEEDS__LIS__ABROAD_VALUES__KEYS", "[\"werte/*.txt\"]")
        .with("WARDWATCH_FEEDS__LIS__ABROAD_VALUES__TARGET", "lab_result"))
}

/// Other file names, other headers, semicolons, ISO dates, ids such as `P0012345`, and results that name the patient.
#[tokio::test]
async fn a_second_hospital_is_connected_by_maps_and_patterns_alone() -> Tested {
    let (folder, warehouse) = (Folder::new()?, Warehouse::start().await?);
    let maps = maps(&[("people.toml", ABROAD_PATIENTS), ("stays.toml", ABROAD_STAYS), ("values.toml", ABROAD_VALUES)])?;
    let people =
        "PatNr;Vorname;Zweitname;Nachname;GebDatum\nP0012345;Jo;Ann;Doe;1951-03-02\nP0012346;Al;-;Roe;1960-12-31\n";
    folder.put("stammdaten/20261121T100000Z.txt", people.as_bytes())?;
    let stays = "Art;PatNr;Aufnahme;Entlassung;Station\nstationaer;P0012345;2026-11-10T08:00:00;;KAR\n\
        ambulant;P0012345;2026-11-09T08:00:00;2026-11-09T09:00:00;KAR\nstationaer;P0012346;2026-11-10T08:00:00;;HNO\n";
    folder.put("faelle/20261121T100000Z.txt", stays.as_bytes())?;
    let values = "PatNr;Auftrag;Analyt;Wert;Flag;Datum;Zeit\nP0012345;A-1;K;4.1;N;2026-11-20;23:30\n\
        P0012345;A-1;Na;140;N;2026-11-20;23:30\nP0012346;A-2;K;9;?;2026-11-20;23:30\n";
    folder.put("werte/20261121T100000Z.txt", values.as_bytes())?;
    // One test id of two patients: a result that names its patient does not care.
    folder.put("lab_tests.csv", &tests(&[("A-1", "P0012345"), ("A-1", "P0012346")]))?;
    let taken = abroad(&folder, &warehouse, maps.path())?.once().await?.json_of(3)?;
    let expected = json!({ "records": 10, "inserted": 8, "updated": 0, "unchanged": 0, "superseded": 0, "skipped": 1,
        "quarantined": 1, "waiting": 0 });
    assert_eq!(taken["books"], expected);
    let named = "SELECT patient_id, first_name, last_name, date_of_birth::text AS born, insurance_provider
        FROM warehouse.patient ORDER BY 1";
    let row = |id: &str, first: &str, last: &str, born: &str| json!({ "patient_id": id, "first_name": first, "last_name": last, "born": born, "insurance_provider": "Statutory" });
    let expected = json!([row("P0012345", "Jo Ann", "Doe", "1951-03-02"), row("P0012346", "Al", "Roe", "1960-12-31")]);
    assert_eq!(warehouse.rows(named).await?, expected);
    // The results name their patient, so nothing waits for a test; the unreadable one clears nobody.
    let results = "SELECT patient_id, test_id, result_value::text, length(result_id) AS id FROM warehouse.lab_result ORDER BY lab_result.result_value";
    let result = |value: &str| json!({ "patient_id": "P0012345", "test_id": "A-1", "result_value": value, "id": 32 });
    assert_eq!(warehouse.rows(results).await?, json!([result("4.1"), result("140")]));
    let board = "SELECT patient_id, case_number, department, last_performed_at, state
        FROM monitor.board('2026-11-21T12:00:00Z', false, NULL)";
    let listed = json!([{ "patient_id": "P0012346", "case_number": "P0012346/2026-11-10T08:00:00", "department": "HNO",
        "last_performed_at": null, "state": "unknown" }]);
    assert_eq!(warehouse.rows(board).await?, listed);
    let department = "SELECT department FROM warehouse.admission WHERE patient_id = 'P0012345'";
    assert_eq!(warehouse.one(department).await?, "Cardiology");
    Ok(())
}
