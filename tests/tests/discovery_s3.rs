//! `run` and `once` over an S3 server: new keys, an object replaced in place, prefixes, strangers, and two daemons that
//! share the work.

use std::time::Duration;

use serde_json::{Value, json};
use wardwatch_demo::{Fault, Operation};
use wardwatch_ingest::discover::poll::Poll;
use wardwatch_tests::bucket::BUCKET;
use wardwatch_tests::sample::{directory, named_patients, patients, results, tests};
use wardwatch_tests::{Ingest, S3, Tested, Warehouse};

async fn all_done(warehouse: &Warehouse, objects: usize) -> Tested {
    warehouse.until(&format!("SELECT count(*) = {objects} FROM ingest.object WHERE state = 'done'")).await
}

#[tokio::test]
async fn new_keys_are_taken_as_they_come() -> Tested {
    let (s3, warehouse) = (S3::start().await?, Warehouse::start().await?);
    let ingest = Ingest::from_s3(&s3, &warehouse)?.with("WARDWATCH_POLL_INTERVAL", "100ms");
    let daemon = ingest.start()?;
    s3.put("pms/patient_information/2026/11/21/patient_information_20261121T101500Z.csv", &patients(&["001"])).await?;
    all_done(&warehouse, 1).await?;
    s3.put("lis/lab_results/2026/11/21/101501.csv", &results(&[("7", "70")])).await?;
    all_done(&warehouse, 2).await?;
    assert_eq!(warehouse.one("SELECT reason FROM ingest.waiting_result").await?, "no_test");
    s3.put("lis/lab_tests/2026/11/21/101502.csv", &tests(&[("70", "001")])).await?;
    all_done(&warehouse, 3).await?;
    let ended = daemon.stop().await?;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let result = "SELECT patient_id, result_id FROM warehouse.lab_result";
    assert_eq!(warehouse.rows(result).await?, json!([{ "patient_id": "001", "result_id": "7" }]));
    assert_eq!(ingest.verify().await?["ok"], true);
    Ok(())
}

#[tokio::test]
async fn passing_faults_of_the_server_lose_nothing() -> Tested {
    let (s3, warehouse) = (S3::start().await?, Warehouse::start().await?);
    s3.put_all(&directory("files")).await?;
    for fault in [Fault::InternalError, Fault::SlowDown, Fault::TruncatedBody, Fault::ConnectionReset] {
        s3.server.faults().fail_next(Operation::GetObject, fault, 1);
    }
    s3.server.faults().fail_next(Operation::ListObjectsV2, Fault::InternalError, 1);
    let taken = Ingest::from_s3(&s3, &warehouse)?.once().await?.json_of(3)?;
    assert_eq!((&taken["failed"], &taken["books"]["records"]), (&json!(0), &json!(2234)));
    assert_eq!(s3.server.faults().pending(), 0, "every fault was met");
    Ok(())
}

/// A, then B, then A again under one key, each in a second of its own.
#[tokio::test]
async fn an_object_that_is_replaced_in_place_is_read_each_time() -> Tested {
    let (s3, warehouse) = (S3::start().await?, Warehouse::start().await?);
    let ingest = Ingest::from_s3(&s3, &warehouse)?;
    for (second, name) in [(1, "Alpha"), (2, "Beta"), (3, "Alpha")] {
        let at = format!("2026-11-21T11:00:0{second}Z").parse()?;
        s3.put_at("patient_information.csv", &named_patients(&["001"], name), at).await?;
        assert_eq!(ingest.once().await?.json_of(0)?["objects"], 1);
        let current = "SELECT last_name FROM warehouse.patient";
        assert_eq!(warehouse.one(current).await?, name);
    }
    let history = "SELECT last_name, is_current, first_seen_at, last_seen_at FROM warehouse.patient_history ORDER BY 1";
    let version = |name: &str, is_current: bool, first: u32, last: u32| {
        let at = |second: u32| format!("2026-11-21T11:00:0{second}+00:00");
        json!({ "last_name": name, "is_current": is_current, "first_seen_at": at(first), "last_seen_at": at(last) })
    };
    assert_eq!(warehouse.rows(history).await?, json!([version("Alpha", true, 1, 3), version("Beta", false, 2, 2)]));
    let ledger = "SELECT state, records, count(*) FROM ingest.object GROUP BY 1, 2 ORDER BY 1";
    let rows = json!([{ "state": "done", "records": 1, "count": 1 }, { "state": "gone", "records": 1, "count": 2 }]);
    assert_eq!(warehouse.rows(ledger).await?, rows);
    assert_eq!(ingest.verify().await?["ok"], true);
    Ok(())
}

#[tokio::test]
async fn a_public_bucket_is_read_by_flags_alone() -> Tested {
    let (s3, warehouse) = (S3::start_public().await?, Warehouse::start().await?);
    s3.put("patient_information.csv", &patients(&["001"])).await?;
    let (endpoint, database) = (s3.server.endpoint(), warehouse.url());
    let by_name = ["--anonymous", "--endpoint", &endpoint, "--bucket", "s3://hospital", "--database-url", &database];
    let bare = Ingest::bare()?.without("WARDWATCH_TIMEZONE");
    let once = bare.clone().flags(&by_name).flags(&["--timezone", "Europe/Berlin"]).once().await?;
    assert_eq!(once.json_of(0)?["books"]["inserted"], 1);
    let by_address = ["--anonymous", "--bucket", &format!("{endpoint}/hospital"), "--database-url", &database];
    let again = bare.flags(&by_address).flags(&["--timezone", "Europe/Berlin"]).once().await?;
    assert_eq!(again.json_of(0)?["objects"], 0, "the https address names the same bucket");
    Ok(())
}

#[tokio::test]
async fn a_prefix_keeps_other_wards_out() -> Tested {
    let (s3, warehouse) = (S3::start().await?, Warehouse::start().await?);
    s3.put("ward/7/patient_information.csv", &patients(&["007"])).await?;
    s3.put("ward/70/patient_information.csv", &patients(&["070"])).await?;
    s3.put("patient_information.csv", &patients(&["000"])).await?;
    let everything = Ingest::from_s3(&s3, &warehouse)?;
    let of_ward = |ward: &str| everything.clone().with("WARDWATCH_BUCKET", format!("s3://hospital/ward/{ward}"));
    assert_eq!(of_ward("7").once().await?.json_of(0)?["objects"], 1);
    assert_eq!(warehouse.rows("SELECT patient_id FROM warehouse.patient").await?, json!([{ "patient_id": "007" }]));
    assert_eq!(of_ward("70/").once().await?.json_of(0)?["objects"], 1);
    assert_eq!(of_ward("7").once().await?.json_of(0)?["objects"], 0);
    assert_eq!(warehouse.one("SELECT count(*) FROM ingest.object WHERE state = 'done'").await?, 2, "none is gone");
    assert_eq!(everything.once().await?.json_of(0)?["objects"], 1);
    assert_eq!(of_ward("7").verify().await?["ok"], true);
    Ok(())
}

/// The credentials of a ward open its own folder only: what it does not list it does not claim either, nor wait for.
#[tokio::test]
async fn a_prefix_leaves_to_other_wards_what_they_have_pending() -> Tested {
    let (s3, warehouse) = (S3::start_public().await?, Warehouse::start().await?);
    for ward in ["7", "70"] {
        s3.put(&format!("ward/{ward}/patient_information.csv"), &patients(&[ward])).await?;
    }
    let everything = Ingest::in_process(&s3, &warehouse, "").await?;
    assert_eq!(Poll::new(everything).look(|_| false, || {}).await?.new, 2);
    s3.server.faults().fail_below("ward/70/", Operation::GetObject, Fault::AccessDenied);
    let of_ward_7 = Ingest::from_s3(&s3, &warehouse)?.with("WARDWATCH_BUCKET", "s3://hospital/ward/7");
    assert_eq!(of_ward_7.once().await?.json_of(0)?["objects"], 1);
    let other = "SELECT state, attempts, lease_token FROM ingest.object WHERE key LIKE 'ward/70/%'";
    assert_eq!(warehouse.rows(other).await?, json!([{ "state": "pending", "attempts": 0, "lease_token": null }]));
    Ok(())
}

/// S3 may give a page that shows nothing and is not the last one.
#[tokio::test]
async fn an_empty_page_amid_a_listing_lets_nothing_go() -> Tested {
    let (s3, warehouse) = (S3::start().await?, Warehouse::start().await?);
    s3.server.plant(BUCKET, (0..2_500).map(|at| format!("notes/{at:05}.txt")), b"no feed takes this")?;
    let ingest = Ingest::from_s3(&s3, &warehouse)?;
    ingest.once().await?.json_of(0)?;
    // The first page comes as it is, and the second one empty.
    for fault in [Fault::Stall(Duration::ZERO), Fault::EmptyPage] {
        s3.server.faults().fail_next(Operation::ListObjectsV2, fault, 1);
    }
    ingest.once().await?.json_of(0)?;
    assert_eq!(s3.server.faults().pending(), 0, "the empty page was met");
    let ledger = "SELECT state, count(*) FROM ingest.object GROUP BY state";
    assert_eq!(warehouse.rows(ledger).await?, json!([{ "state": "foreign", "count": 2_500 }]));
    assert_eq!(ingest.verify().await?["ok"], true);
    Ok(())
}

const ROUNDS: usize = 25;

/// Sixteen hundred records in many small objects, of which each pair of feeds depends on the other.
async fn fill(s3: &S3) -> Tested {
    for round in 0..ROUNDS {
        let ids: Vec<String> = (0..8).map(|at| format!("{round:03}{at}")).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let own: Vec<(&str, &str)> = ids.iter().map(|id| (*id, *id)).collect();
        let minute = round % 60;
        s3.put(&format!("lab_results_20261121T10{minute:02}00Z.csv"), &results(&own)).await?;
        s3.put(&format!("lab_tests_20261121T10{minute:02}00Z.csv"), &tests(&own)).await?;
        s3.put(&format!("patient_information_20261121T10{minute:02}00Z.csv"), &patients(&ids)).await?;
    }
    Ok(())
}

#[tokio::test]
async fn two_daemons_share_the_work_and_take_nothing_twice() -> Tested {
    let (s3, shared, alone) = (S3::start().await?, Warehouse::start().await?, Warehouse::start().await?);
    let ingest =
        Ingest::from_s3(&s3, &shared)?.with("WARDWATCH_POLL_INTERVAL", "50ms").with("WARDWATCH_BATCH_OBJECTS", "2");
    let daemons = [ingest.start()?, ingest.start()?];
    fill(&s3).await?;
    all_done(&shared, 3 * ROUNDS).await?;
    let mut loads = 0;
    for daemon in daemons {
        let ended = daemon.stop().await?;
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        loads += objects_loaded(&ended.stderr);
    }
    assert_eq!(loads, 3 * ROUNDS, "each object was loaded by one of them");
    let books = "SELECT sum(attempts) AS attempts, sum(records) AS records, sum(inserted) AS inserted,
        sum(records - inserted) AS others FROM ingest.object";
    let records = 3 * ROUNDS * 8;
    let once = json!([{ "attempts": 0, "records": records, "inserted": records, "others": 0 }]);
    assert_eq!(shared.rows(books).await?, once);
    Ingest::from_s3(&s3, &alone)?.once().await?.json_of(0)?;
    assert_eq!(shared.digest().await?, alone.digest().await?);
    Ok(())
}

/// Sum of the objects that a log says were loaded.
fn objects_loaded(log: &str) -> usize {
    let loaded = log.lines().filter(|line| line.contains("ingest.settle: loaded"));
    let counts = loaded.filter_map(|line| line.split("objects=").nth(1)?.split(' ').next()?.parse::<usize>().ok());
    counts.sum()
}

#[tokio::test]
async fn two_calls_at_once_take_the_sample_once() -> Tested {
    let (s3, shared, alone) = (S3::start().await?, Warehouse::start().await?, Warehouse::start().await?);
    s3.put_all(&directory("files")).await?;
    let ingest = Ingest::from_s3(&s3, &shared)?.with("WARDWATCH_BATCH_OBJECTS", "1");
    let (one, other) = tokio::join!(ingest.once(), ingest.once());
    let taken = |value: &Value| value["objects"].as_u64().unwrap_or_default();
    assert_eq!(taken(&one?.json_of(3)?) + taken(&other?.json_of(3)?), 4);
    Ingest::from_s3(&s3, &alone)?.once().await?.json_of(3)?;
    assert_eq!(shared.digest().await?, alone.digest().await?);
    Ok(())
}

/// Keys that other clients cannot say: an empty segment, a leading slash, `.` and `..`, a space, a plus, a percent sign,
/// a character that XML cannot hold. One that Postgres cannot hold either hides no other.
#[tokio::test]
async fn odd_keys_are_read_like_all_others() -> Tested {
    let (s3, warehouse) = (S3::start().await?, Warehouse::start().await?);
    let folders = ["odd//", "/", "a/./", "a/../", "a b+c%20d/", "sch\u{f6}n/", "\u{1}/"];
    for (at, folder) in folders.iter().enumerate() {
        s3.put_odd(&format!("{folder}patient_information.csv"), &patients(&[&format!("{at:03}")])).await?;
    }
    s3.put_odd("\0/patient_information.csv", &patients(&["nul"])).await?;
    let ingest = Ingest::from_s3(&s3, &warehouse)?;
    let once = ingest.once().await?;
    let taken = once.json_of(0)?;
    assert_eq!((&taken["objects"], &taken["failed"]), (&json!(folders.len()), &json!(0)), "{taken}");
    assert!(once.stderr.contains("keys with a NUL byte are not read"), "{}", once.stderr);
    assert_eq!(warehouse.one("SELECT count(*) FROM warehouse.patient").await?, folders.len());
    assert_eq!(ingest.verify().await?["ok"], true);
    Ok(())
}

/// Uploaded whole, and again in parts, the same bytes have two ETags: two objects in the ledger, one saying.
#[tokio::test]
async fn the_same_bytes_uploaded_twice_in_one_second_are_one_doubt() -> Tested {
    let (s3, warehouse) = (S3::start().await?, Warehouse::start().await?);
    let ingest = Ingest::from_s3(&s3, &warehouse)?;
    let sound = patients(&["001"]);
    let bytes = [sound.as_slice(), b"002,A,B,not a date,D,E,O+,None\n"].concat();
    s3.put("patient_information.csv", &bytes).await?;
    ingest.once().await?.json_of(3)?;
    let digest = warehouse.digest().await?;
    s3.put_in_parts("patient_information.csv", &bytes).await?;
    assert_eq!(ingest.once().await?.json_of(3)?["objects"], 1);
    assert_eq!(warehouse.one("SELECT count(DISTINCT etag) FROM ingest.object").await?, 2);
    assert_eq!(warehouse.one("SELECT count(*) FROM ingest.quarantine").await?, 2);
    assert_eq!(warehouse.digest().await?, digest);
    Ok(())
}
