//! Column maps as ops live with them: a second hospital connected by maps alone, versions side by side, a held feed that
//! is released by approving a map, and a wrong map that never comes in force.

use std::path::Path;

use serde_json::{Value, json};
use wardwatch_tests::sample::{bytes, directory, named_patients, patients, tests};
use wardwatch_tests::{Daemon, Dashboard, Folder, Ingest, Tested, Warehouse};

const RENAMED: &str = "admissions_renamed_columns_20261121T115802Z.csv";

/// A directory of maps: one file a text.
fn maps(texts: &[(&str, &str)]) -> Tested<tempfile::TempDir> {
    let directory = tempfile::tempdir()?;
    for (name, text) in texts {
        std::fs::write(directory.path().join(name), text)?;
    }
    Ok(directory)
}

async fn stands(warehouse: &Warehouse, key: &str, state: &str) -> Tested {
    warehouse.until(&format!("EXISTS (SELECT FROM ingest.object WHERE key = '{key}' AND state = '{state}')")).await
}

fn running(folder: &Folder, warehouse: &Warehouse, maps: &Path) -> Tested<Daemon> {
    let ingest = Ingest::from_folder(folder, warehouse)?.with("WARDWATCH_POLL_INTERVAL", "100ms");
    ingest.with("WARDWATCH_MAPS", maps).start()
}

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

#[tokio::test]
async fn a_held_feed_is_released_by_the_map_that_was_proposed_for_it() -> Tested {
    let (folder, warehouse) = (Folder::new()?, Warehouse::start().await?);
    folder.put(RENAMED, &bytes("drift", RENAMED)?)?;
    let ingest = Ingest::from_folder(&folder, &warehouse)?;
    assert_eq!(ingest.once().await?.json_of(3)?["held"], 1);
    assert_eq!(warehouse.one("SELECT count(*) FROM warehouse.admission").await?, 0, "nothing of it is guessed");
    let before = ingest.verify().await?;
    let proposed = ingest.run(&["map", "suggest", RENAMED]).await?;
    assert_eq!(proposed.code, Some(0), "{}", proposed.stderr);
    assert!(proposed.stdout.contains("# renamed: hospitalization_case_number -> case_no."), "{}", proposed.stdout);
    let place = tempfile::tempdir()?;
    let file = place.path().join("admissions.v3.toml");
    std::fs::write(&file, proposed.stdout)?;
    let previewed = ingest
        .run(&["map", "check", RENAMED, "--json", "--maps", &place.path().display().to_string()])
        .await?
        .json_of(0)?;
    assert_eq!(
        (&previewed["taken"], &previewed["map_version"], &previewed["sample"]),
        (&json!(4), &json!(3), &json!([]))
    );
    assert_eq!(ingest.verify().await?, before, "neither suggest nor check write");
    let approve = ["map", "approve", &file.display().to_string(), "--by", "Kim Ops", "--json"];
    let approved = ingest.run(&approve).await?.json_of(0)?;
    assert_eq!((&approved["released"], &approved["was_approved"]), (&json!(1), &json!(false)));
    assert_eq!(ingest.once().await?.json_of(0)?["books"]["inserted"], 4);
    let by = "SELECT map_version, approved_by FROM ingest.object, ingest.column_map";
    assert_eq!(warehouse.rows(by).await?, json!([{ "map_version": 3, "approved_by": "Kim Ops" }]));
    Ok(())
}

#[tokio::test]
async fn an_approved_version_never_changes() -> Tested {
    let warehouse = Warehouse::start().await?;
    let ingest = Ingest::on(&warehouse)?;
    let shipped = std::fs::read_to_string(directory("../schema/maps/pms").join("admissions.v1.toml"))?;
    let place = tempfile::tempdir()?;
    let file = place.path().join("map.toml");
    let path = file.display().to_string();
    let approve = async |text: &str| -> Tested<(Option<i32>, String)> {
        std::fs::write(&file, text)?;
        let ended = ingest.run(&["map", "approve", &path, "--by", "Kim Ops"]).await?;
        Ok((ended.code, ended.stdout + &ended.stderr))
    };
    let third = shipped.replace("version = 1", "version = 3");
    assert_eq!(approve(&third).await?.0, Some(0));
    let (code, said) = approve(&third).await?;
    assert!(code == Some(0) && said.contains("was approved before"), "{said}");
    let (code, said) = approve(&third.replace("department", "ward")).await?;
    assert!(code == Some(1) && said.contains("no column of this name"), "{said}");
    let other = third.replace("headers = [\"department\"]", "headers = [\"ward\"]");
    let (code, said) = approve(&other).await?;
    assert!(code == Some(1) && said.contains("give this one version 4"), "{said}");
    let (code, said) = approve(&other.replace("version = 3", "version = 1")).await?;
    assert!(code == Some(1) && said.contains("(shipped)"), "a version that is shipped has read objects: {said}");
    let changed = warehouse.tell("UPDATE ingest.column_map SET toml = ''").await;
    assert!(changed.is_err(), "not even by hand");
    assert_eq!(warehouse.one("SELECT toml FROM ingest.column_map").await?, Value::String(third));
    Ok(())
}

#[tokio::test]
async fn a_running_daemon_reads_with_a_map_as_soon_as_it_is_approved() -> Tested {
    let (folder, warehouse, none) = (Folder::new()?, Warehouse::start().await?, maps(&[])?);
    let daemon = running(&folder, &warehouse, none.path())?;
    folder.put(RENAMED, &bytes("drift", RENAMED)?)?;
    stands(&warehouse, RENAMED, "held").await?;
    let ingest = Ingest::from_folder(&folder, &warehouse)?;
    let proposed = ingest.run(&["map", "suggest", RENAMED]).await?;
    let file = none.path().join("proposed");
    std::fs::write(&file, proposed.stdout)?;
    ingest.run(&["map", "approve", &file.display().to_string(), "--by", "Kim Ops", "--json"]).await?.json_of(0)?;
    stands(&warehouse, RENAMED, "done").await?;
    let ended = daemon.stop().await?;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    Ok(())
}

#[tokio::test]
async fn a_wrong_map_is_refused_with_its_line_and_the_last_good_ones_stay_in_force() -> Tested {
    let (folder, warehouse, maps) = (Folder::new()?, Warehouse::start().await?, maps(&[])?);
    let daemon = running(&folder, &warehouse, maps.path())?;
    folder.put(RENAMED, &bytes("drift", RENAMED)?)?;
    stands(&warehouse, RENAMED, "held").await?;
    let proposed = Ingest::from_folder(&folder, &warehouse)?.run(&["map", "suggest", RENAMED]).await?.stdout;
    let good = proposed;
    let file = maps.path().join("admissions.v3.toml");
    std::fs::write(&file, good.replace("headers = [\"ward\"]", "heders = [\"ward\"]"))?;
    warehouse.until("EXISTS (SELECT FROM ingest.map_trouble WHERE reason LIKE '%admissions.v3.toml%heders%')").await?;
    let status = Ingest::on(&warehouse)?.run(&["status", "--json"]).await?.json_of(0)?;
    let reason = status["map_trouble"][0]["reason"].as_str().unwrap_or_default();
    assert!(reason.contains("line ") && reason.contains("admissions.v3.toml"), "{status}");
    folder.put("patient_information.csv", &patients(&["001"]))?;
    stands(&warehouse, "patient_information.csv", "done").await?;
    // Corrected, it comes in force without a restart, and the held object is tried again.
    std::fs::write(&file, good)?;
    stands(&warehouse, RENAMED, "done").await?;
    warehouse.until("NOT EXISTS (SELECT FROM ingest.map_trouble)").await?;
    let log = daemon.log()?;
    assert_eq!(log.matches("the maps in force stay").count(), 1, "logged once: {log}");
    daemon.stop().await?;
    Ok(())
}

/// The map was added while no daemon ran: the next call finds out by itself.
#[tokio::test]
async fn a_map_that_is_added_to_the_directory_releases_what_was_held() -> Tested {
    let (folder, warehouse, maps) = (Folder::new()?, Warehouse::start().await?, maps(&[])?);
    folder.put(RENAMED, &bytes("drift", RENAMED)?)?;
    let ingest = Ingest::from_folder(&folder, &warehouse)?.with("WARDWATCH_MAPS", maps.path());
    assert_eq!(ingest.once().await?.json_of(3)?["held"], 1);
    assert_eq!(ingest.once().await?.json_of(3)?["objects"], 0, "the same maps are not tried again");
    let proposed = ingest.run(&["map", "suggest", RENAMED]).await?.stdout;
    std::fs::write(maps.path().join("v3.toml"), proposed)?;
    let taken = ingest.once().await?.json_of(0)?;
    assert_eq!((&taken["objects"], &taken["books"]["inserted"]), (&json!(1), &json!(4)));
    Ok(())
}

#[tokio::test]
async fn known_ids_tell_two_unnamed_columns_apart_and_changed_dates_are_named() -> Tested {
    let (folder, warehouse) = (Folder::new()?, Warehouse::start().await?);
    folder.put_all(&directory("files"))?;
    let ingest = Ingest::from_folder(&folder, &warehouse)?;
    ingest.once().await?.json_of(3)?;
    let sound = String::from_utf8(bytes("files", "lab_tests.csv")?)?;
    let opaque = sound.replacen("test_id,patient_id", "k1,k2", 1);
    folder.put("lab_tests_20261121T130000Z.csv", opaque.as_bytes())?;
    let proposed = ingest.run(&["map", "suggest", "lab_tests_20261121T130000Z.csv"]).await?;
    assert_eq!(proposed.code, Some(0), "{}{}", proposed.stdout, proposed.stderr);
    for line in ["# renamed: test_id -> k1.", "# renamed: patient_id -> k2.", "are known as patient_id already"] {
        assert!(proposed.stdout.contains(line), "{line}: {}", proposed.stdout);
    }
    // Without the warehouse nothing tells them apart, and nothing is guessed.
    let blind =
        ingest.without("WARDWATCH_DATABASE_URL").run(&["map", "suggest", "lab_tests_20261121T130000Z.csv"]).await?;
    assert_eq!(blind.code, Some(3), "{}{}", blind.stdout, blind.stderr);
    assert!(blind.stdout.contains("# UNDECIDED: test_id is not in the file"), "{}", blind.stdout);
    Ok(())
}

/// The first line may be a record: nothing of it is told, for a proposal names the headers that it finds.
#[tokio::test]
async fn nothing_is_proposed_from_a_file_without_a_header() -> Tested {
    let folder = Folder::new()?;
    let ingest = Ingest::bare()?.with("WARDWATCH_BUCKET", folder.address());
    for record in ["4711,Marker,Mathilde,1931-04-05,NA", "4711;Marker;Mathilde;1931-04-05;NA", "Marker"] {
        folder.put("patient_information.csv", format!("{record}\n{record}\n").as_bytes())?;
        let ended = ingest.run(&["map", "suggest", "patient_information.csv"]).await?;
        let told = format!("{}{}", ended.stdout, ended.stderr);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{told}");
        assert!(told.contains("which may be a record: upload the file with its header"), "{told}");
        assert!(["4711", "Marker", "Mathilde", "1931"].iter().all(|value| !told.contains(value)), "{told}");
    }
    Ok(())
}

#[tokio::test]
async fn ambiguous_dates_are_left_undecided() -> Tested {
    let folder = Folder::new()?;
    let header = "test_id,patient_id,test_name,order_date,order_time,ordering_physician";
    let file = |day: &str| format!("{header}\n1,2,CRP,{day},9:05:00 AM,NA\n3,4,CRP,{day},9:05:00 AM,NA\n");
    let suggested = async |day: &str| -> Tested<String> {
        folder.put("lab_tests.csv", file(day).as_bytes())?;
        let ended = Ingest::bare()?
            .with("WARDWATCH_BUCKET", folder.address())
            .run(&["map", "suggest", "lab_tests.csv"])
            .await?;
        Ok(format!("{:?}\n{}{}", ended.code, ended.stdout, ended.stderr))
    };
    let told = suggested("01-02-2026").await?;
    assert!(told.starts_with("Some(3)") && told.contains("both read all of them and mean other days"), "{told}");
    let told = suggested("21-02-2026").await?;
    assert!(told.starts_with("Some(0)") && told.contains("formats = [\"%d-%m-%Y\"]"), "{told}");
    assert!(told.contains("applies_from = \"2026-11-21T"), "the header is the old one: {told}");
    Ok(())
}

#[tokio::test]
async fn another_delimiter_is_proposed_and_a_doubled_column_is_not_decided() -> Tested {
    let folder = Folder::new()?;
    let sound = String::from_utf8(bytes("files", "lab_tests.csv")?)?;
    folder.put("lab_tests_20261121T130000Z.csv", sound.replace(',', ";").as_bytes())?;
    folder.put("lab_tests_20261121T130001Z.csv", sound.replace("order_time", "order_date").as_bytes())?;
    let ingest = Ingest::bare()?.with("WARDWATCH_BUCKET", folder.address());
    let proposed = ingest.run(&["map", "suggest", "lab_tests_20261121T130000Z.csv"]).await?;
    assert_eq!(proposed.code, Some(0), "{}{}", proposed.stdout, proposed.stderr);
    let maps = maps(&[("lab_tests.v3.toml", &proposed.stdout)])?;
    let check =
        ["map", "check", "lab_tests_20261121T130000Z.csv", "--json", "--maps", &maps.path().display().to_string()];
    let previewed = ingest.run(&check).await?.json_of(0)?;
    assert_eq!((&previewed["map_version"], &previewed["taken"]), (&json!(3), &json!(1016)));
    let doubled = ingest.run(&["map", "suggest", "lab_tests_20261121T130001Z.csv"]).await?;
    assert_eq!(doubled.code, Some(3), "{}{}", doubled.stdout, doubled.stderr);
    assert!(doubled.stdout.contains("# It does NOT read that file yet"), "{}", doubled.stdout);
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

/// What `check` shows is what `once` does, and what it does not show by itself are patients' rejected records.
#[tokio::test]
async fn check_previews_what_would_become_of_a_file() -> Tested {
    let folder = Folder::new()?;
    let taken = named_patients(&["001"], "Doe");
    let rejected = String::from_utf8(named_patients(&[""], "Roe"))?;
    let rejected = rejected.lines().nth(1).unwrap_or_default();
    folder.put("patient_information.csv", &[&taken, rejected.as_bytes(), b"\n"].concat())?;
    let ingest = Ingest::bare()?.with("WARDWATCH_BUCKET", folder.address());
    let check = async |more: &[&str]| ingest.run(&[&["map", "check", "patient_information.csv"], more].concat()).await;
    let told = check(&[]).await?;
    assert_eq!(told.code, Some(3), "{}", told.stderr);
    for part in ["2 records: 1 taken, 0 skipped, 1 quarantined", "1 x patient_id is missing (records 2)", "becomes"] {
        assert!(told.stdout.contains(part), "{part}: {}", told.stdout);
    }
    assert!(told.stdout.contains("Doe") && !told.stdout.contains("Roe") && !told.stderr.contains("Doe"));
    assert!(check(&["--show-raw"]).await?.stdout.contains("Roe"));
    assert!(!check(&["--sample", "0"]).await?.stdout.contains("Doe"));
    assert!(!check(&["--json"]).await?.stdout.contains("Doe"));
    let told = check(&["--json", "--show-raw", "--sample", "1"]).await?.json_of(3)?;
    let before: Vec<_> = told["sample"][0]["before"].as_array().into_iter().flatten().collect();
    assert_eq!(before[3], &json!(["date_of_birth", "1/2/1960"]));
    let after = json!([
        ["patient_id", "001"],
        ["first_name", "Ada"],
        ["last_name", "Doe"],
        ["date_of_birth", "1960-01-02"],
        ["primary_physician", null],
        ["insurance_provider", null],
        ["blood_type", "0+"],
        ["allergies", "None"],
        ["address", null],
        ["phone", null],
        ["email", null],
        ["flags", null],
        ["extra", null]
    ]);
    assert_eq!(told["sample"][0]["after"], after);
    let (held, header) = (check(&["--feed", "lis.lab_tests"]).await?, "missing column");
    assert!(held.code == Some(1) && held.stdout.contains(header), "{}", held.stdout);
    let absent = ingest.run(&["map", "check", "nothing.csv"]).await?;
    assert!(absent.code == Some(1) && absent.stderr.contains("neither a file nothing.csv nor an object"));
    Ok(())
}

/// The values of a row, an added column and an assumed time of day among them.
#[tokio::test]
async fn check_shows_instants_assumptions_and_columns_that_no_map_names() -> Tested {
    let folder = Folder::new()?;
    let header = "patient_id,hospitalization_case_number,admission_date,admission_time,release_date,release_time,department,room_number,bed";
    folder.put("admissions.csv", format!("{header}\n1,C1,11/2/2026,,2026-11-05,07:30,ENT,4,B\n").as_bytes())?;
    let ingest = Ingest::bare()?.with("WARDWATCH_BUCKET", folder.address()).with("WARDWATCH_TIMEZONE", "Europe/Berlin");
    let told = ingest.run(&["map", "check", "admissions.csv", "--json", "--show-raw"]).await?.json_of(0)?;
    assert_eq!(told["drift"], json!([{ "kind": "unmapped_column", "header": "bed" }]));
    let after = json!([
        ["patient_id", "1"],
        ["case_number", "C1"],
        ["admitted_at", "2026-11-01T23:00:00+00:00"],
        ["released_at", "2026-11-05T06:30:00+00:00"],
        ["department", "ENT"],
        ["room", "4"],
        ["flags", "admitted_at:date_only"],
        ["extra", "{\"bed\":\"B\"}"]
    ]);
    assert_eq!(told["sample"][0]["after"], after);
    Ok(())
}
