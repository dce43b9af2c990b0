//! What `map suggest` proposes, and what it leaves undecided.

use serde_json::json;
use wardwatch_tests::sample::{bytes, directory};
use wardwatch_tests::{Folder, Ingest, Tested, Warehouse};

use super::maps;

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
