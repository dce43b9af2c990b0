//! `reprocess`: after a map changed, held objects and quarantined records come back, once, and as a replay would take them.

use std::fmt::Write as _;

use serde_json::{Value, json};
use wardwatch_tests::{Folder, Ingest, Tested, Warehouse, sample};

const KEY: &str = "lab_tests_20261121T101500Z.csv";
const LATER: &str = "lab_tests_20261121T101600Z.csv";

/// A map of tests that also reads what the shipped one does not: the order date as `2026-11-01`, a new name of a column.
fn map(version: i32, more: &str, formats: &str) -> String {
    format!(
        "feed = \"lis.lab_tests\"\nversion = {version}\n{more}nulls = [\"\", \"NULL\", \"NA\", \"N/A\"]\n
[columns.patient_id]\nheaders = [\"patient_id\"]\ntype = \"id\"\nrequired = true\n
[columns.test_id]\nheaders = [\"test_id\", \"test_no\"]\ntype = \"id\"\nrequired = true\n
[columns.test_name]\nheaders = [\"test_name\"]\ntype = \"text\"\n
[columns.ordered_at]\ntype = \"timestamp\"\nrequired = true\nprefer = \"earlier\"
date = {{ headers = [\"order_date\"], formats = [{formats}] }}
time = {{ headers = [\"order_time\"], formats = [\"%I:%M:%S %p\"] }}\n
[columns.ordering_physician]\nheaders = [\"ordering_physician\"]\ntype = \"text\"\n"
    )
}

const BOTH: &str = "\"%m/%d/%Y\", \"%Y-%m-%d\"";

/// Tests, each with the date as it is written in the file.
fn tests(header: &str, tests: &[(&str, &str, &str)]) -> Vec<u8> {
    let mut text = format!("{header},patient_id,test_name,order_date,order_time,ordering_physician\n");
    for (test, patient, date) in tests {
        let _ = writeln!(text, "{test},{patient},CBC,{date},8:00:00 AM,NULL");
    }
    text.into_bytes()
}

struct Case {
    warehouse: Warehouse,
    folder: Folder,
    maps: tempfile::TempDir,
    ingest: Ingest,
}

impl Case {
    /// A bucket with a held object, one of which two records are quarantined, results of both, and a later repeat.
    async fn start() -> Tested<Self> {
        let (warehouse, folder, maps) = (Warehouse::start().await?, Folder::new()?, tempfile::tempdir()?);
        let written =
            [("1001", "10007", "11/1/2026"), ("1002", "10007", "2026-11-01"), ("1003", "10014", "2026-11-02")];
        folder.put(KEY, &tests("test_id", &written))?;
        folder.put(LATER, &tests("test_id", &[("1002", "10007", "11/1/2026"), ("1004", "10014", "never")]))?;
        folder.put("lab_tests_20261121T101700Z.csv", &tests("test_no", &[("1005", "10021", "11/1/2026")]))?;
        folder.put(
            "lab_results.csv",
            &sample::results(&[("5001", "1001"), ("5002", "1002"), ("5003", "1003"), ("5005", "1005")]),
        )?;
        let ingest =
            Ingest::from_folder(&folder, &warehouse)?.with("WARDWATCH_MAPS", maps.path().display().to_string());
        ingest.once().await?.json_of(3)?;
        Ok(Self { warehouse, folder, maps, ingest })
    }

    fn approve(&self, map: &str) -> Tested {
        Ok(std::fs::write(self.maps.path().join("lab_tests.v2.toml"), map)?)
    }

    async fn reprocess(&self, code: i32) -> Tested<Value> {
        self.ingest.run(&["reprocess", "--feed", "lis.lab_tests", "--json"]).await?.json_of(code)
    }

    async fn digest(&self) -> Tested<Value> {
        let verdict = self.ingest.verify().await?;
        assert_eq!(verdict["ok"], true, "{verdict}");
        Ok(verdict["digest"].clone())
    }

    /// The digest of a fresh warehouse that takes the same bucket with the same maps.
    async fn digest_of_a_replay(&self) -> Tested<Value> {
        let fresh = Warehouse::start().await?;
        let ingest =
            Ingest::from_folder(&self.folder, &fresh)?.with("WARDWATCH_MAPS", self.maps.path().display().to_string());
        Ok(ingest.run(&["replay", "--json"]).await?.json_of(0)?["digest"].clone())
    }
}

#[tokio::test]
async fn what_a_map_could_not_read_comes_back_once_and_as_a_replay_takes_it() -> Tested {
    let case = Case::start().await?;
    let books = "SELECT key, inserted + updated + unchanged + superseded AS taken, quarantined, waiting, map_version
                 FROM ingest.object WHERE feed LIKE '%tests' ORDER BY order_time";
    case.approve(&map(2, "", BOTH))?;
    let done = case.reprocess(3).await?;
    let counted = ["retried", "objects", "taken", "skipped", "quarantined"].map(|count| done[count].clone());
    assert_eq!(counted, [1, 2, 2, 0, 1].map(Value::from), "{done}");
    assert_eq!(
        case.warehouse.rows(books).await?,
        json!([
            {"key": KEY, "taken": 3, "quarantined": 0, "waiting": 0, "map_version": 2},
            {"key": LATER, "taken": 1, "quarantined": 1, "waiting": 0, "map_version": 2},
            {"key": "lab_tests_20261121T101700Z.csv", "taken": 1, "quarantined": 0, "waiting": 0, "map_version": 2},
        ])
    );
    assert_eq!(case.warehouse.one("SELECT count(*) FROM ingest.waiting_result").await?, 0, "results find their tests");
    let resolved = "SELECT record, resolution FROM ingest.quarantine WHERE resolved_at IS NOT NULL ORDER BY record";
    let resolved = case.warehouse.rows(resolved).await?;
    assert_eq!(
        resolved,
        json!([{"record": 2, "resolution": "reprocessed"}, {"record": 3, "resolution": "reprocessed"}])
    );

    let noted = case.warehouse.rows("SELECT actor, about FROM app.audit").await?;
    let nobody = "reprocess --feed lis.lab_tests by somebody who gave no name";
    assert_eq!(noted, json!([{"actor": "command line", "about": nobody}]));

    let digest = case.digest().await?;
    assert_eq!(digest, case.digest_of_a_replay().await?);
    let ledger = "SELECT to_jsonb(o) AS object FROM ingest.object o ORDER BY object_id";
    let before = case.warehouse.rows(ledger).await?;
    let again = case.reprocess(3).await?;
    assert_eq!((&again["taken"], &again["quarantined"]), (&json!(0), &json!(1)), "{again}");
    assert_eq!(case.digest().await?, digest, "the second time changes nothing");
    assert_eq!(case.warehouse.rows(ledger).await?, before);
    Ok(())
}

#[tokio::test]
async fn an_object_whose_taken_records_would_be_read_otherwise_is_left_to_a_replay() -> Tested {
    let case = Case::start().await?;
    let before = case.digest().await?;
    // The same text is another day: 11/1 is the eleventh of January.
    case.approve(&map(2, "keys = \"*T1015*\"\n", "\"%d/%m/%Y\", \"%Y-%m-%d\""))?;
    let done = case.ingest.run(&["reprocess", "--key", KEY, "--json"]).await?.json_of(3)?;
    assert_eq!((&done["objects"], &done["taken"]), (&json!(0), &json!(0)), "{done}");
    let refused = done["refused"][0]["reason"].as_str().unwrap_or_default();
    assert!(done["refused"][0]["key"] == KEY && refused.contains("replay"), "{done}");
    assert_eq!(case.digest().await?, before);
    let replayed = case.ingest.run(&["replay", "--json"]).await?.json_of(0)?;
    assert_eq!(replayed["digest"], case.digest_of_a_replay().await?);
    assert_eq!(case.warehouse.one("SELECT quarantined FROM ingest.object WHERE key LIKE '%T1015%'").await?, 0);
    Ok(())
}

#[tokio::test]
async fn records_whose_object_left_the_bucket_stay_in_quarantine_and_say_so() -> Tested {
    let case = Case::start().await?;
    case.approve(&map(2, "", BOTH))?;
    case.folder.delete(KEY)?;
    let done = case.reprocess(3).await?;
    assert_eq!(done["refused"][0]["key"], KEY, "{done}");
    assert!(done["refused"][0]["reason"].as_str().is_some_and(|reason| reason.contains("left the bucket")), "{done}");
    assert_eq!(case.warehouse.one("SELECT quarantined FROM ingest.object WHERE key LIKE '%T1015%'").await?, 2);
    case.digest().await?;
    Ok(())
}

#[tokio::test]
async fn nothing_is_done_where_nothing_is_meant() -> Tested {
    let case = Case::start().await?;
    let before = case.digest().await?;
    let done = case.ingest.run(&["reprocess", "--reason", "no such reason", "--json"]).await?.json_of(3)?;
    assert_eq!((&done["retried"], &done["objects"]), (&json!(0), &json!(0)), "{done}");
    assert_eq!(case.ingest.run(&["reprocess"]).await?.code, Some(2), "all of it is never meant by saying nothing");
    assert_eq!(case.digest().await?, before);
    Ok(())
}

#[tokio::test]
async fn a_quarantined_record_that_a_condition_leaves_out_now_is_skipped() -> Tested {
    let case = Case::start().await?;
    let only = "[[keep]]\nheaders = [\"order_date\"]\nnone_of = [\"never\"]\n\n[columns.patient_id]";
    case.approve(&map(2, "", BOTH).replacen("[columns.patient_id]", only, 1))?;
    let done = case.reprocess(0).await?;
    assert_eq!((&done["taken"], &done["skipped"], &done["quarantined"]), (&json!(2), &json!(1), &json!(0)), "{done}");
    assert_eq!(case.warehouse.one("SELECT sum(skipped) FROM ingest.object").await?, 1);
    assert_eq!(case.digest().await?, case.digest_of_a_replay().await?);
    Ok(())
}

#[tokio::test]
async fn what_has_to_wait_is_waited_for() -> Tested {
    let case = Case::start().await?;
    case.approve(&map(2, "", BOTH))?;
    // As if a daemon had released the held object, and had to put it off.
    let put_off = "UPDATE ingest.object
        SET state = 'pending', reason = NULL, not_before = now() + interval '3 seconds' WHERE state = 'held'";
    case.warehouse.tell(put_off).await?;
    let done = case.reprocess(3).await?;
    assert_eq!((&done["retried"], &done["pending"]), (&json!(1), &json!(0)), "{done}");
    let state = "SELECT state FROM ingest.object WHERE key = 'lab_tests_20261121T101700Z.csv'";
    assert_eq!(case.warehouse.one(state).await?, "done");
    Ok(())
}

#[tokio::test]
async fn what_only_another_daemon_can_load_is_told_and_is_no_success() -> Tested {
    let (warehouse, folder) = (Warehouse::start().await?, Folder::new()?);
    folder.put(KEY, &tests("test_id", &[("1001", "10007", "11/1/2026")]))?;
    let ingest = Ingest::from_folder(&folder, &warehouse)?;
    ingest.once().await?.json_of(0)?;
    let elsewhere = "INSERT INTO ingest.object (bucket, key, last_modified, size_bytes, order_time, feed, state)
        VALUES ('file:///elsewhere', 'lab_tests.csv', now(), 1, now(), 'lis.lab_tests', 'failed')";
    warehouse.tell(elsewhere).await?;
    let reprocess = ["reprocess", "--feed", "lis.lab_tests"];
    let done = ingest.run(&[&reprocess[..], &["--json"]].concat()).await?.json_of(3)?;
    assert_eq!((&done["retried"], &done["pending"]), (&json!(0), &json!(1)), "{done}");
    let told = ingest.run(&reprocess).await?;
    assert!(told.code == Some(3) && told.stdout.contains("still to be loaded: 1 objects"), "{told:?}");
    Ok(())
}
