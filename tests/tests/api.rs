//! The contract of the web application with programs: JSON, health, metrics, events, and how it refuses.

#[path = "api/acting.rs"]
mod acting;
#[path = "api/copies.rs"]
mod copies;
#[path = "api/doubts.rs"]
mod doubts;
#[path = "api/feeds.rs"]
mod feeds;
#[path = "api/moved.rs"]
mod moved;
#[path = "api/outage.rs"]
mod outage;
#[path = "api/process.rs"]
mod process;
#[path = "api/questions.rs"]
mod questions;
#[path = "api/review.rs"]
mod review;
#[path = "api/silence.rs"]
mod silence;
#[path = "api/since.rs"]
mod since;
#[path = "api/viewers.rs"]
mod viewers;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use wardwatch_tests::sample::directory;
use wardwatch_tests::{Dashboard, Folder, Ingest, Tested, Warehouse};

/// The moment for which the sample files are made.
const SAMPLE: &str = "as_of=2026-11-21T12:00:00Z";

/// The committed sample files, served.
struct Served {
    warehouse: Warehouse,
    dashboard: Dashboard,
}

impl Served {
    async fn start() -> Tested<Self> {
        let (folder, warehouse) = (Folder::new()?, Warehouse::start().await?);
        folder.put_all(&directory("files"))?;
        folder.put("notes/of/nobody.txt", b"not a feed's")?;
        Ingest::from_folder(&folder, &warehouse)?.once().await?;
        let dashboard = Dashboard::start(&warehouse.url()).await?;
        Ok(Self { warehouse, dashboard })
    }

    /// The board as of the sample's moment.
    async fn board(&self, parameters: &str) -> Tested<Value> {
        let (status, board) = self.dashboard.json(&format!("/api/v1/board?{SAMPLE}&{parameters}")).await?;
        anyhow::ensure!(status == 200, "{status}: {board}");
        Ok(board)
    }
}

fn stays(board: &Value) -> &[Value] {
    board["stays"].as_array().map_or(&[], Vec::as_slice)
}

#[tokio::test]
async fn the_board_has_the_fields_of_the_contract() -> Tested {
    let served = Served::start().await?;
    let board = served.board("").await?;
    assert_eq!(board["as_of"], "2026-11-21T12:00:00Z");
    assert_eq!((&board["hours"], &board["total"]), (&json!(48), &json!(36)));
    assert_eq!(board["counts"], json!({"overdue": 26, "chase": 8, "unknown": 2}));
    assert_eq!((&board["page"], &board["per_page"], stays(&board).len()), (&json!(1), &json!(50), 36));
    let feeds: Vec<&str> =
        board["feeds"].as_array().into_iter().flatten().filter_map(|it| it["feed"].as_str()).collect();
    assert_eq!(feeds, ["pms.patient_information", "pms.admissions", "lis.lab_tests", "lis.lab_results"]);
    let contracted = [
        "patient_id",
        "case_number",
        "department",
        "room",
        "admitted_at",
        "idle_since",
        "idle_hours",
        "last_performed_at",
        "last_ordered_at",
        "state",
        "long_open",
        "threshold_hours",
    ];
    for stay in stays(&board) {
        for field in contracted {
            assert!(stay.get(field).is_some(), "{field} is not in {stay}");
        }
        assert!(stay["idle_hours"].as_f64() > Some(48.0) && stay["threshold_hours"] == 48, "{stay}");
    }
    assert_eq!(stays(&board).iter().filter(|stay| stay["long_open"] == true).count(), 10, "among the others");
    Ok(())
}

#[tokio::test]
async fn the_board_is_what_the_warehouse_says() -> Tested {
    let served = Served::start().await?;
    let board = served.board("per_page=500").await?;
    let told = "SELECT patient_id, case_number, state, long_open, threshold_hours, admitted_at, idle_since,
            last_performed_at, last_ordered_at
        FROM monitor.board('2026-11-21T12:00:00Z', false, NULL)
        ORDER BY idle_since, patient_id COLLATE \"C\", case_number COLLATE \"C\"";
    let told = served.warehouse.rows(told).await?;
    assert_eq!(told.as_array().map(Vec::len), Some(stays(&board).len()));
    for (stay, row) in stays(&board).iter().zip(told.as_array().into_iter().flatten()) {
        for field in ["patient_id", "case_number", "state", "long_open", "threshold_hours"] {
            assert_eq!(stay[field], row[field], "{field} of {stay}");
        }
        for field in ["admitted_at", "idle_since", "last_performed_at", "last_ordered_at"] {
            let in_utc = row[field].as_str().map(|at| at.replace("+00:00", "Z"));
            assert_eq!(stay[field].as_str(), in_utc.as_deref(), "{field} of {stay}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_patient_is_told_with_origin_and_history() -> Tested {
    let served = Served::start().await?;
    let (status, patient) = served.dashboard.json("/api/v1/patients/10007").await?;
    assert_eq!((status, &patient["patient_id"]), (200, &json!("10007")));
    assert_eq!(patient["person"]["last_name"], "MacLeod");
    let source = &patient["person"]["source"];
    let expected = (&json!("patient_information.csv"), &json!(1), &json!(1));
    assert_eq!((&source["object"], &source["record"], &source["map_version"]), expected);
    assert_eq!(source["sha256"].as_str().map(str::len), Some(64));
    assert_eq!(patient["stays"][0]["case_number"], "40000002");
    assert_eq!(patient["stays"][0]["admission"]["admitted_at"], "2026-11-10T08:37:51Z");
    let orders = patient["orders"].as_array().map_or(&[][..], Vec::as_slice);
    let order = orders.iter().find(|order| order["test_id"] == "100016").unwrap_or(&Value::Null);
    assert_eq!(order["test"]["ordered_at"], "2025-09-29T21:38:31Z");
    assert_eq!(order["results"][0]["performed_at"], "2025-09-29T17:59:37Z");
    assert_eq!(order["results"][0]["value"], "2.6569843855");
    assert!(order["results"][0]["anomalies"].to_string().contains("performed_before_ordered"), "{order}");

    let (status, nobody) = served.dashboard.json("/api/v1/patients/010007").await?;
    assert_eq!((status, &nobody["error"]["code"]), (404, &json!("unknown_patient")));
    assert!(nobody["error"]["message"].as_str().unwrap_or_default().contains("leading zeros"), "{nobody}");
    let (status, nothing) = served.dashboard.json("/api/v1/nothing").await?;
    assert_eq!((status, &nothing["error"]["code"]), (404, &json!("not_found")));
    Ok(())
}

/// Metrics by name with labels.
fn samples(text: &str) -> BTreeMap<&str, f64> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| line.rsplit_once(' '))
        .filter_map(|(name, value)| Some((name, value.parse().ok()?)))
        .collect()
}

#[tokio::test]
async fn metrics_are_the_ledgers_numbers() -> Tested {
    let served = Served::start().await?;
    let answer = served.dashboard.get("/metrics").await?;
    assert_eq!(answer.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    let text = answer.text().await?;
    let samples = samples(&text);
    let books =
        "SELECT feed, outcome.* FROM ingest.object, LATERAL (VALUES ('inserted', inserted), ('updated', updated),
            ('unchanged', unchanged), ('superseded', superseded), ('skipped', skipped), ('quarantined', quarantined),
            ('waiting', waiting)) AS outcome (outcome, records) WHERE feed IS NOT NULL";
    let books = served.warehouse.rows(books).await?;
    assert_eq!(books.as_array().map(Vec::len), Some(4 * 7));
    for row in books.as_array().into_iter().flatten() {
        let (feed, outcome) = (row["feed"].as_str().unwrap_or_default(), row["outcome"].as_str().unwrap_or_default());
        let name = format!("wardwatch_ingest_records{{feed=\"{feed}\",outcome=\"{outcome}\"}}");
        assert_eq!(samples.get(name.as_str()).copied(), row["records"].as_f64(), "{name}");
    }
    let one = |name: &str| samples.get(name).copied();
    assert_eq!(one("wardwatch_ingest_objects{feed=\"lis.lab_results\",state=\"done\"}"), Some(1.0));
    assert_eq!(one("wardwatch_ingest_objects{feed=\"\",state=\"foreign\"}"), Some(1.0));
    assert_eq!(one("wardwatch_waiting_results"), Some(6.0));
    assert_eq!(one("wardwatch_feed_stale{feed=\"lis.lab_tests\"}"), Some(0.0));
    assert!(one("wardwatch_feed_freshness_seconds{feed=\"pms.admissions\"}").is_some(), "{text}");
    for stage in ["read", "stage", "merge", "stays", "settle"] {
        let of = |metric: &str| {
            one(&format!("wardwatch_ingest_stage_{metric}_total{{feed=\"lis.lab_tests\",stage=\"{stage}\"}}"))
        };
        assert_eq!(of("batches"), Some(1.0), "{stage}: {text}");
        assert!(of("seconds").is_some_and(|seconds| seconds > 0.0), "{stage}: {text}");
    }
    Ok(())
}

#[tokio::test]
async fn metrics_tell_of_what_is_not_loaded() -> Tested {
    let served = Served::start().await?;
    let admissions = |name: &str| format!("wardwatch_feed_{name}{{feed=\"pms.admissions\"}}");
    let names = ["backlog_objects", "backlog_seconds", "retried_objects", "retries", "held_objects", "failed_objects"];
    let told = async || -> Tested<Vec<Option<f64>>> {
        let text = served.dashboard.text("/metrics").await?.1;
        let samples = samples(&text);
        Ok(names.iter().map(|name| samples.get(admissions(name).as_str()).map(|value| value.min(7_200.0))).collect())
    };
    let nothing = [Some(0.0), None, Some(0.0), Some(0.0), Some(0.0), Some(0.0)];
    assert_eq!(told().await?, nothing);
    let object = "INSERT INTO ingest.object (bucket, key, last_modified, size_bytes, order_time, feed, state, attempts, discovered_at)
        SELECT 'file:///b', key, now(), 1, now(), 'pms.admissions', state, attempts, now() - since
        FROM (VALUES ('a', 'pending', 3, interval '3 hours'), ('b', 'pending', 0, '1 hour'), ('c', 'pending', 1, '1 hour'),
            ('d', 'held', 0, '5 hours'), ('e', 'failed', 6, '5 hours'), ('f', 'failed', 6, '5 hours'))
            AS said (key, state, attempts, since)";
    served.warehouse.tell(object).await?;
    assert_eq!(told().await?, [3.0, 7_200.0, 2.0, 4.0, 1.0, 2.0].map(Some));
    Ok(())
}

#[tokio::test]
async fn every_answer_forbids_foreign_script_and_keeping() -> Tested {
    let served = Served::start().await?;
    let policy = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";
    for path in
        ["/", "/ops", "/patients/10007", "/patients/nobody", "/print", "/wallboard", "/api/v1/board", "/nowhere"]
    {
        let answer = served.dashboard.get(path).await?;
        let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        assert_eq!((header("content-security-policy"), header("referrer-policy")), (policy, "same-origin"), "{path}");
        assert_eq!((header("x-content-type-options"), header("cache-control")), ("nosniff", "no-store"), "{path}");
    }
    Ok(())
}
