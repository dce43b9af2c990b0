//! Column maps that are asked for on a page: the daemon proposes what `map suggest` would, tries what a person wrote, and
//! puts in force only what is sound and reads the object that it was made for.

use serde_json::{Value, json};
use wardwatch_tests::sample::{RENAMED, bytes, named_patients};
use wardwatch_tests::{Daemon, Folder, Ingest, Tested, Warehouse};

const EXTRA: &str = "patient_information_extra_column_20261121T115801Z.csv";

/// A running daemon, and one object that it has judged.
struct Asked {
    warehouse: Warehouse,
    ingest: Ingest,
    daemon: Daemon,
    key: &'static str,
    _folder: Folder,
}

impl Asked {
    async fn about(key: &'static str, bytes: &[u8], state: &str) -> Tested<Self> {
        let (warehouse, folder) = (Warehouse::start().await?, Folder::new()?);
        folder.put(key, bytes)?;
        let ingest = Ingest::from_folder(&folder, &warehouse)?.with("WARDWATCH_POLL_INTERVAL", "100ms");
        let daemon = ingest.start()?;
        let asked = Self { warehouse, ingest, daemon, key, _folder: folder };
        asked.stands(state).await?;
        Ok(asked)
    }

    async fn stands(&self, state: &str) -> Tested {
        self.warehouse.until_state(self.key, state).await
    }

    /// Asks, as a page does, and waits for the answer.
    async fn ask(&self, kind: &str, map: Option<&str>, reason: Option<&str>) -> Tested<Value> {
        let asked: i64 = sqlx::query_scalar(
            "INSERT INTO app.request (kind, object_id, map, reason, asked_by, asked_at)
             SELECT $1, object_id, $2, $3, 'Kim Ops', now() FROM ingest.object WHERE key = $4 RETURNING request_id",
        )
        .bind(kind)
        .bind(map)
        .bind(reason)
        .bind(self.key)
        .fetch_one(&self.warehouse.pool)
        .await?;
        self.warehouse.tell("NOTIFY wardwatch_request").await?;
        self.warehouse
            .until(&format!("EXISTS (SELECT FROM app.request WHERE request_id = {asked} AND state <> 'asked')"))
            .await?;
        let answered = format!("SELECT state, answer, map, preview FROM app.request WHERE request_id = {asked}");
        Ok(self.warehouse.rows(&answered).await?[0].clone())
    }

    async fn refused(&self, kind: &str, map: &str, why: &[&str]) -> Tested {
        let answer = self.ask(kind, Some(map), Some("the source was asked")).await?;
        let told = answer["answer"].as_str().unwrap_or_default();
        assert_eq!(answer["state"], "refused", "{answer}");
        assert!(why.iter().all(|part| told.contains(part)), "{why:?}: {told}");
        assert_eq!(answer["map"], map, "what was written is kept");
        assert_eq!(self.warehouse.one("SELECT count(*) FROM ingest.column_map").await?, 0);
        Ok(())
    }

    async fn stop(self) -> Tested {
        let ended = self.daemon.stop().await?;
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        Ok(())
    }
}

fn text(answer: &Value) -> &str {
    answer["map"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn a_map_is_proposed_tried_and_approved() -> Tested {
    let asked = Asked::about(RENAMED, &bytes("drift", RENAMED)?, "held").await?;
    let proposed = asked.ask("propose_map", None, None).await?;
    assert_eq!(proposed["state"], "done", "{proposed}");
    let suggested = asked.ingest.run(&["map", "suggest", RENAMED]).await?;
    assert_eq!(text(&proposed).trim(), suggested.stdout.trim(), "what the command proposes");
    assert!(text(&proposed).contains("# renamed: hospitalization_case_number -> case_no."));
    let preview = &proposed["preview"];
    assert_eq!((&preview["taken"], &preview["rejected"], &preview["map_version"]), (&json!(4), &json!(0), &json!(3)));
    assert_eq!(preview["sample"], json!([]), "no patient");

    let tried = asked.ask("check_map", Some(text(&proposed)), None).await?;
    assert_eq!((&tried["state"], &tried["preview"]), (&json!("done"), preview), "{tried}");
    assert_eq!(asked.warehouse.one("SELECT count(*) FROM ingest.column_map").await?, 0, "a trial changes nothing");
    asked.stands("held").await?;

    let approved = asked.ask("approve_map", Some(text(&proposed)), Some("the vendor announced it")).await?;
    assert_eq!(approved["state"], "done", "{approved}");
    asked.stands("done").await?;
    let kept = "SELECT version, approved_by, reason, toml FROM ingest.column_map";
    let expected = json!([{ "version": 3, "approved_by": "Kim Ops", "reason": "the vendor announced it", "toml": text(&proposed) }]);
    assert_eq!(asked.warehouse.rows(kept).await?, expected);
    assert_eq!(asked.warehouse.one("SELECT count(*) FROM warehouse.admission").await?, 4);
    let last = "SELECT reason LIKE '%case_no%' FROM ingest.last_error WHERE feed = 'pms.admissions'";
    assert_eq!(asked.warehouse.one(last).await?, true, "the last error is kept when its object is loaded");
    assert_eq!(asked.ingest.verify().await?["ok"], true);
    asked.stop().await
}

#[tokio::test]
async fn a_wrong_map_is_refused_with_the_line_that_is_wrong() -> Tested {
    let asked = Asked::about(RENAMED, &bytes("drift", RENAMED)?, "held").await?;
    let proposed = asked.ask("propose_map", None, None).await?;
    let good = text(&proposed);
    let line_of = |map: &str, word: &str| {
        map.lines().position(|line| line.contains(word)).map_or(0, |before| before + 1).to_string()
    };
    let misspelt = good.replace("headers = [\"ward\"]", "heders = [\"ward\"]");
    let unknown = good.replace("[columns.department]", "[columns.ward]");
    for (map, word) in [(&misspelt, "heders"), (&unknown, "[columns.ward]")] {
        let line = format!("line {}", line_of(map, word));
        for kind in ["check_map", "approve_map"] {
            asked.refused(kind, map, &[&line]).await?;
        }
    }
    let approve = async |map: &str, why: &str| asked.refused("approve_map", map, &[why]).await;
    approve(&good.replace("headers = [\"case_no\"]", "headers = [\"case\"]"), "would be held").await?;
    approve(&good.replace("feed = \"pms.admissions\"", "feed = \"lis.lab_tests\""), "line ").await?;
    approve(&good.replace("version = 3", "version = 2"), "give this one version 3").await?;
    approve(&format!("keys = \"elsewhere/*\"\n{good}"), "would be held").await?;
    let other_dates = good.replace("%m/%d/%Y", "%d.%m.%Y");
    assert_ne!(other_dates, good);
    approve(&other_dates, "would quarantine all 4 records").await?;
    let unreasoned = asked.ask("approve_map", Some(good), None).await?;
    assert!(unreasoned["answer"].as_str().is_some_and(|answer| answer.contains("needs a reason")), "{unreasoned}");
    asked.stands("held").await?;
    asked.stop().await
}

#[tokio::test]
async fn a_drifted_object_has_a_proposal_too_and_an_unreadable_one_has_none() -> Tested {
    let asked = Asked::about(EXTRA, &bytes("drift", EXTRA)?, "done").await?;
    let newest = "SELECT d.newest_object = o.object_id FROM ingest.drift d, ingest.object o WHERE d.header = 'preferred_language'";
    assert_eq!(asked.warehouse.one(newest).await?, true);
    let proposed = asked.ask("propose_map", None, None).await?;
    assert!(
        proposed["answer"].as_str().is_some_and(|answer| answer.contains("read this object as it is")),
        "{proposed}"
    );
    assert!(text(&proposed).contains("kept with each row in `extra`: preferred_language"), "{proposed}");
    asked.stop().await?;

    let headless = String::from_utf8(named_patients(&["0070071"], "Markerson"))?;
    let headless = headless.lines().skip(1).collect::<String>() + "\n";
    let asked = Asked::about("patient_information.csv", headless.as_bytes(), "held").await?;
    let refused = asked.ask("propose_map", None, None).await?;
    assert_eq!((&refused["state"], &refused["map"]), (&json!("refused"), &Value::Null));
    let told = refused.to_string();
    assert!(told.contains("upload the file with its header") && !told.contains("Markerson"), "{told}");
    asked.stop().await
}
