//! Law 3, `replay`: the bucket and the decisions rebuild the warehouse to the same digest, what left the bucket is never
//! lost silently, and nobody is shown half a warehouse.

use serde_json::{Value, json};
use wardwatch_tests::{Dashboard, Folder, Ingest, Tested, Warehouse, sample, until};

const RESULTS: &str = "lab_results.csv";

/// The sample files, the broken ones and the drifted ones beside each other, as far as they have keys of their own.
fn everything(folder: &Folder) -> Tested {
    for directory in ["files", "broken", "drift"] {
        folder.put_all(&sample::directory(directory))?;
    }
    Ok(())
}

async fn digest(ingest: &Ingest) -> Tested<Value> {
    Ok(ingest.verify().await?["digest"].clone())
}

#[tokio::test]
async fn a_replay_comes_to_the_same_digest_and_the_same_board() -> Tested {
    let (warehouse, folder) = (Warehouse::start().await?, Folder::new()?);
    everything(&folder)?;
    let ingest = Ingest::from_folder(&folder, &warehouse)?;
    ingest.once().await?;
    let waiting = "SELECT w.result_id, min(o.patient_id) AS patient_id FROM ingest.waiting_result w
                   JOIN warehouse.test_owner o USING (test_id) GROUP BY 1 ORDER BY 1 LIMIT 1";
    let waiting = warehouse.rows(waiting).await?[0].clone();
    let [result, patient] = ["result_id", "patient_id"].map(|id| waiting[id].as_str().unwrap_or_default().to_owned());
    let decide = ["decide", "result", &result, "--patient", &patient, "--by", "Ada", "--reason", "the ward was asked"];
    assert_eq!(ingest.run(&decide).await?.code, Some(0));
    let before = digest(&ingest).await?;
    let counts = "SELECT feed, state, sum(records) AS records, sum(quarantined) AS quarantined, sum(waiting) AS waiting
                  FROM ingest.object GROUP BY feed, state ORDER BY feed, state";
    let stays = "SELECT to_jsonb(s) AS stay FROM monitor.stay s ORDER BY patient_id, case_number";
    let (books, board) = (warehouse.rows(counts).await?, warehouse.rows(stays).await?);

    let replayed = ingest.run(&["replay", "--json"]).await?.json_of(0)?;
    assert_eq!((&replayed["ok"], &replayed["missing"], &replayed["digest"]), (&json!(true), &json!([]), &before));
    assert_eq!(digest(&ingest).await?, before);
    assert_eq!(warehouse.rows(counts).await?, books);
    assert_eq!(warehouse.rows(stays).await?, board);
    assert_eq!(warehouse.one("SELECT count(*) FROM ingest.rebuild").await?, 0);
    Ok(())
}

#[tokio::test]
async fn a_replay_into_an_empty_warehouse_comes_to_the_same_digest() -> Tested {
    let (old, new, folder) = (Warehouse::start().await?, Warehouse::start().await?, Folder::new()?);
    everything(&folder)?;
    let ingest = Ingest::from_folder(&folder, &old)?;
    ingest.once().await?;
    let expected = digest(&ingest).await?;
    let replayed = Ingest::from_folder(&folder, &new)?.run(&["replay", "--json"]).await?.json_of(0)?;
    assert_eq!(replayed["digest"], expected);
    Ok(())
}

#[tokio::test]
async fn a_replay_without_a_feed_of_which_something_was_loaded_is_refused() -> Tested {
    let (warehouse, folder) = (Warehouse::start().await?, Folder::new()?);
    folder.put_all(&sample::directory("files"))?;
    let ingest = Ingest::from_folder(&folder, &warehouse)?;
    ingest.once().await?;
    let before = digest(&ingest).await?;
    let patients = "SELECT count(*) FROM warehouse.patient";
    let known = warehouse.one(patients).await?;
    let renamed =
        "UPDATE ingest.object SET feed = 'pms.people', key = 'people.csv' WHERE key = 'patient_information.csv'";
    warehouse.tell(renamed).await?;
    let refused = ingest.run(&["replay", "--json"]).await?;
    assert!(refused.code != Some(0) && refused.stderr.contains("pms.people"), "{}", refused.stderr);
    assert_eq!(warehouse.one(patients).await?, known, "nothing was emptied");
    // A feed that has another name now takes what the old one was given.
    warehouse.tell("UPDATE ingest.object SET key = 'patient_information.csv' WHERE key = 'people.csv'").await?;
    assert_eq!(ingest.run(&["replay", "--json"]).await?.json_of(0)?["digest"], before);
    assert_eq!(warehouse.one("SELECT count(*) FROM ingest.object WHERE feed = 'pms.people'").await?, json!(0));
    Ok(())
}

#[tokio::test]
async fn the_ingest_role_may_replay() -> Tested {
    let (warehouse, folder) = (Warehouse::start().await?, Folder::new()?);
    folder.put_all(&sample::directory("files"))?;
    warehouse.create_login("replayer", "wardwatch_ingest").await?;
    let ingest =
        Ingest::from_folder(&folder, &warehouse)?.with("WARDWATCH_DATABASE_URL", warehouse.url_as("replayer", None)?);
    ingest.once().await?.json_of(3)?;
    let before = digest(&ingest).await?;
    folder.delete(RESULTS)?;
    ingest.run(&["replay", "--json"]).await?.json_of(1)?;
    folder.put(RESULTS, &sample::bytes("files", RESULTS)?)?;
    ingest.once().await?;
    ingest.run(&["replay", "--accept-missing"]).await?;
    assert_eq!(digest(&ingest).await?, before);
    Ok(())
}

#[tokio::test]
async fn what_left_the_bucket_is_listed_and_lost_only_if_that_is_accepted() -> Tested {
    let (warehouse, other, folder) = (Warehouse::start().await?, Warehouse::start().await?, Folder::new()?);
    folder.put_all(&sample::directory("files"))?;
    let ingest = Ingest::from_folder(&folder, &warehouse)?;
    ingest.once().await?.json_of(3)?;
    let before = digest(&ingest).await?;
    folder.delete(RESULTS)?;

    let refused = ingest.run(&["replay", "--json"]).await?.json_of(1)?;
    assert_eq!(
        (&refused["ok"], &refused["missing"], &refused["digest"]),
        (&json!(false), &json!([RESULTS]), &Value::Null)
    );
    assert_eq!(digest(&ingest).await?, before, "a replay that is refused changes nothing");
    let told = ingest.run(&["replay"]).await?;
    assert!(
        told.code == Some(1) && told.stdout.contains(RESULTS) && told.stdout.contains("--accept-missing"),
        "{told:?}"
    );

    let accepted = ingest.run(&["replay", "--accept-missing", "--json"]).await?.json_of(0)?;
    assert_eq!((&accepted["ok"], &accepted["missing"]), (&json!(true), &json!([RESULTS])));
    let rest = Ingest::from_folder(&folder, &other)?;
    rest.once().await?;
    assert_eq!(accepted["digest"], digest(&rest).await?, "what is left in the bucket");
    let kept =
        warehouse.rows("SELECT state, records, loaded_at FROM ingest.object WHERE key = 'lab_results.csv'").await?;
    assert_eq!(kept, json!([{"state": "gone", "records": 0, "loaded_at": null}]), "the ledger never forgets");
    assert_eq!(warehouse.one("SELECT count(*) FROM ingest.open_object").await?, 0, "a person accepted that");
    assert_eq!(warehouse.one("SELECT decided_by FROM app.decision").await?, "wardwatch-ingest replay --accept-missing");
    assert!(ingest.verify().await?["ok"] == true);
    Ok(())
}

#[tokio::test]
async fn nobody_is_shown_half_a_warehouse() -> Tested {
    let (warehouse, folder) = (Warehouse::start().await?, Folder::new()?);
    folder.put_all(&sample::directory("files"))?;
    let ingest = Ingest::from_folder(&folder, &warehouse)?;
    ingest.once().await?.json_of(3)?;
    let before = digest(&ingest).await?;
    let dashboard = Dashboard::start(&warehouse.url()).await?;
    assert_eq!(dashboard.text("/").await?.0, 200);

    // A replay that was cut short after it had emptied the warehouse.
    warehouse
        .tell("INSERT INTO ingest.rebuild DEFAULT VALUES; DELETE FROM monitor.stay; DELETE FROM warehouse.admission")
        .await?;
    until("the board of before is shown no more", async || Ok(dashboard.text("/").await?.0 == 503)).await?;
    for path in ["/", "/patients", "/patients/10007", "/api/v1/board", "/api/v1/patients/10007"] {
        let (status, text) = dashboard.text(path).await?;
        assert!(status == 503 && text.contains("rebuil"), "{path}: {status}");
    }
    let (status, ops) = dashboard.text("/ops").await?;
    assert!(status == 200 && ops.contains("being rebuilt"), "{status}");
    assert_eq!(dashboard.text("/metrics").await?.0, 200);

    let replayed = ingest.run(&["replay", "--json"]).await?.json_of(0)?;
    assert_eq!(replayed["digest"], before);
    until("the board is shown again", async || Ok(dashboard.text("/").await?.0 == 200)).await
}

#[tokio::test]
async fn a_rebuilding_that_cannot_read_an_object_again_stays_one() -> Tested {
    let (warehouse, folder) = (Warehouse::start().await?, Folder::new()?);
    folder.put("lab_tests_20261121T101500Z.csv.gz", b"not gzip at all")?;
    folder.put("lab_tests.csv", &sample::tests(&[("1001", "10007")]))?;
    let ingest = Ingest::from_folder(&folder, &warehouse)?;
    ingest.once().await?;
    // As if the object had been whole when it was loaded.
    warehouse
        .tell("UPDATE ingest.object SET state = 'done', loaded_at = now(), sha256 = sha256('') WHERE state = 'failed'")
        .await?;
    let cut = ingest.run(&["replay", "--json"]).await?.json_of(1)?;
    assert_eq!(
        (&cut["ok"], &cut["unread"], &cut["digest"]),
        (&json!(false), &json!(["lab_tests_20261121T101500Z.csv.gz"]), &Value::Null)
    );
    assert_eq!(warehouse.one("SELECT count(*) FROM ingest.rebuild").await?, 1);
    Ok(())
}

/// Reads tests whose id stands under a name that no shipped map knows.
const RENAMED: &str = r#"
feed = "lis.lab_tests"
version = 3
nulls = ["", "NULL", "NA", "N/A"]
[columns.patient_id]
headers = ["patient_id"]
type = "id"
required = true
[columns.test_id]
headers = ["test_no"]
type = "id"
required = true
[columns.ordered_at]
type = "timestamp"
required = true
prefer = "earlier"
date = { headers = ["order_date"], formats = ["%m/%d/%Y"] }
time = { headers = ["order_time"], formats = ["%I:%M:%S %p"] }
"#;

#[tokio::test]
async fn a_rebuilding_that_holds_what_was_loaded_stays_one_however_often_it_is_run() -> Tested {
    let (warehouse, folder, maps) = (Warehouse::start().await?, Folder::new()?, tempfile::tempdir()?);
    let (key, map) = ("lab_tests_20261121T101500Z.csv", maps.path().join("lab_tests.v3.toml"));
    folder.put(key, b"test_no,patient_id,order_date,order_time\n1002,10007,11/1/2026,8:00:00 AM\n")?;
    folder.put("lab_tests.csv", &sample::tests(&[("1001", "10007")]))?;
    std::fs::write(&map, RENAMED)?;
    let ingest = Ingest::from_folder(&folder, &warehouse)?.with("WARDWATCH_MAPS", maps.path());
    ingest.once().await?.json_of(0)?;
    let before = digest(&ingest).await?;
    std::fs::remove_file(&map)?;
    for time in ["the first time", "run again"] {
        let held = ingest.run(&["replay", "--json"]).await?.json_of(1)?;
        let told = (&held["ok"], &held["unread"], &held["digest"]);
        assert_eq!(told, (&json!(false), &json!([key]), &Value::Null), "{time}");
    }
    assert_eq!(warehouse.one("SELECT count(*) FROM ingest.rebuild").await?, 1);
    std::fs::write(&map, RENAMED)?;
    assert_eq!(ingest.run(&["replay", "--json"]).await?.json_of(0)?["digest"], before);
    assert_eq!(warehouse.one("SELECT count(*) FROM ingest.rebuild").await?, 0);
    Ok(())
}
