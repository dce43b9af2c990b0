//! `retry`: held and failed objects are loaded once their cause is gone.

use serde_json::json;
use wardwatch_tests::Tested;
use wardwatch_tests::bucket::Folder;
use wardwatch_tests::ingest::Ingest;
use wardwatch_tests::sample;
use wardwatch_tests::warehouse::Warehouse;

const HELD: &str = "admissions_missing_column_20261121T115903Z.csv";

/// A map of ops that reads the file which the shipped map holds: the admission date lies in another column.
fn map(header: &str) -> String {
    format!(
        "feed = \"pms.admissions\"\nversion = 2\nnulls = [\"\", \"NULL\", \"NA\", \"N/A\"]\n
[columns.patient_id]\nheaders = [\"patient_id\"]\ntype = \"id\"\nrequired = true\n
[columns.case_number]\nheaders = [\"hospitalization_case_number\"]\ntype = \"id\"\nrequired = true\n
[columns.admitted_at]\ntype = \"timestamp\"\nrequired = true
date = {{ headers = [\"{header}\"], formats = [\"%Y-%m-%d\", \"%m/%d/%Y\"] }}
time = {{ headers = [\"admission_time\"], formats = [\"%I:%M:%S %p\"] }}\n"
    )
}

#[tokio::test]
async fn a_held_object_is_loaded_after_its_map_was_added() -> Tested {
    let (warehouse, folder, maps) = (Warehouse::start().await?, Folder::new()?, tempfile::tempdir()?);
    let text = String::from_utf8(sample::bytes("broken", HELD)?)?;
    let missing = text.replacen("admission_time", "admitted_on,admission_time", 1);
    let mut lines = missing.lines();
    let header = lines.next().unwrap_or_default();
    let place = header.split(',').position(|name| name == "admitted_on").unwrap_or_default();
    let with_date = lines.map(|line| {
        let mut fields: Vec<&str> = line.split(',').collect();
        fields.insert(place, "2026-11-01");
        fields.join(",")
    });
    let rows: Vec<String> = with_date.collect();
    folder.put("admissions_20261121T115903Z.csv", format!("{header}\n{}\n", rows.join("\n")).as_bytes())?;
    let ingest = Ingest::from_folder(&folder, &warehouse)?;
    let held = ingest.run(&["once", "--json"]).await?.json_of(3)?;
    assert_eq!(held["held"], 1, "{held}");

    std::fs::write(maps.path().join("admissions.v2.toml"), map("admitted_on"))?;
    let ingest = ingest.with("WARDWATCH_MAPS", maps.path().display().to_string());
    let nothing = ingest.run(&["retry", "--feed", "lis.lab_tests"]).await?;
    assert_eq!(nothing.code, Some(1), "nothing of that feed is held");
    let given_back = ingest.run(&["retry", "--reason", "missing column", "--by", "Ada"]).await?;
    assert_eq!(given_back.code, Some(0), "{}", given_back.stderr);
    let noted = warehouse.rows("SELECT actor, about FROM app.audit").await?;
    let by_ada = json!([{"actor": "command line", "about": "retry --reason missing column by Ada"}]);
    assert_eq!(noted, by_ada, "what gave nothing back is not noted");
    let taken = ingest.run(&["once", "--json"]).await?.json_of(0)?;
    assert_eq!(taken["books"]["inserted"], rows.len(), "{taken}");
    let version: i32 = sqlx::query_scalar("SELECT map_version FROM ingest.object").fetch_one(&warehouse.pool).await?;
    assert_eq!(version, 2);
    Ok(())
}
