//! What `map check` shows before a map is approved.

use serde_json::json;
use wardwatch_tests::sample::named_patients;
use wardwatch_tests::{Folder, Ingest, Tested};

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

/// A program that asks for JSON gets it of these files too, and tells the two apart.
#[tokio::test]
async fn check_says_in_json_what_would_be_held_or_fail() -> Tested {
    let folder = Folder::new()?;
    folder.put("patient_information.csv", &named_patients(&["001"], "Doe"))?;
    folder.put("admissions.csv", b"")?;
    folder.put("lab_tests.csv.gz", b"no gzip")?;
    let ingest = Ingest::bare()?.with("WARDWATCH_BUCKET", folder.address());
    let check = async |key: &str, feed: &str| -> Tested<_> {
        let ended = ingest.run(&["map", "check", key, "--feed", feed, "--json"]).await?;
        assert_eq!(ended.stdout.lines().count(), 1, "{}", ended.stdout);
        let mut told = ended.json_of(1)?;
        let reason = told["reason"].take().as_str().unwrap_or_default().to_owned();
        Ok((told, reason))
    };
    for (key, feed, state, word) in [
        ("patient_information.csv", "lis.lab_tests", "held", "missing column"),
        ("admissions.csv", "pms.admissions", "held", "no header"),
        ("lab_tests.csv.gz", "lis.lab_tests", "failed", "gzip"),
    ] {
        let (told, reason) = check(key, feed).await?;
        assert_eq!(told, json!({ "key": key, "feed": feed, "state": state, "reason": null }));
        assert!(reason.contains(word) && !reason.contains("Doe"), "{reason}");
    }
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
