//! How a map comes in force: approved, or put into the directory; and how a wrong one never does.

use serde_json::{Value, json};
use wardwatch_tests::sample::{RENAMED, bytes, directory, patients};
use wardwatch_tests::{Folder, Ingest, Tested, Warehouse};

use super::{maps, running};

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
    warehouse.until_state(RENAMED, "held").await?;
    let ingest = Ingest::from_folder(&folder, &warehouse)?;
    let proposed = ingest.run(&["map", "suggest", RENAMED]).await?;
    let file = none.path().join("proposed");
    std::fs::write(&file, proposed.stdout)?;
    ingest.run(&["map", "approve", &file.display().to_string(), "--by", "Kim Ops", "--json"]).await?.json_of(0)?;
    warehouse.until_state(RENAMED, "done").await?;
    let ended = daemon.stop().await?;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    Ok(())
}

#[tokio::test]
async fn a_wrong_map_is_refused_with_its_line_and_the_last_good_ones_stay_in_force() -> Tested {
    let (folder, warehouse, maps) = (Folder::new()?, Warehouse::start().await?, maps(&[])?);
    let daemon = running(&folder, &warehouse, maps.path())?;
    folder.put(RENAMED, &bytes("drift", RENAMED)?)?;
    warehouse.until_state(RENAMED, "held").await?;
    let proposed = Ingest::from_folder(&folder, &warehouse)?.run(&["map", "suggest", RENAMED]).await?.stdout;
    let good = proposed;
    let file = maps.path().join("admissions.v3.toml");
    std::fs::write(&file, good.replace("headers = [\"ward\"]", "heders = [\"ward\"]"))?;
    warehouse.until("EXISTS (SELECT FROM ingest.map_trouble WHERE reason LIKE '%admissions.v3.toml%heders%')").await?;
    let status = Ingest::on(&warehouse)?.run(&["status", "--json"]).await?.json_of(0)?;
    let reason = status["map_trouble"][0]["reason"].as_str().unwrap_or_default();
    assert!(reason.contains("line ") && reason.contains("admissions.v3.toml"), "{status}");
    folder.put("patient_information.csv", &patients(&["001"]))?;
    warehouse.until_state("patient_information.csv", "done").await?;
    // Corrected, it comes in force without a restart, and the held object is tried again.
    std::fs::write(&file, good)?;
    warehouse.until_state(RENAMED, "done").await?;
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
