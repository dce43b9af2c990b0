//! What a look at a large bucket costs, counted at the server, and what it finds all the same.

use serde_json::{Value, json};
use wardwatch_demo::Operation;
use wardwatch_ingest::discover::Found;
use wardwatch_ingest::discover::poll::{Poll, SMALL};
use wardwatch_ingest::pipeline::Pipeline;
use wardwatch_tests::bucket::BUCKET;
use wardwatch_tests::sample::{named_patients, patients};
use wardwatch_tests::{Ingest, S3, Tested, Warehouse, until};

/// Literal beginnings of the shipped patterns that are listed: `stem_`, `stem-` and `source/stem/` of four feeds.
const STARTS: u64 = 12;
/// Bare names that are looked at: plain and gzipped of four feeds.
const BARE: u64 = 8;

/// A bucket with so many objects of the four feeds, all of them loaded, as far as the ledger says.
struct Loaded {
    s3: S3,
    warehouse: Warehouse,
    pipeline: Pipeline,
    poll: Poll,
}

fn dated(feed: &str, number: usize) -> String {
    let (day, second) = (number / 50_000 + 1, number % 50_000);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{feed}/2026/11/{day:02}/{hour:02}{minute:02}{second:02}.csv")
}

impl Loaded {
    async fn with(objects: usize, settings: &str) -> Tested<Self> {
        let (s3, warehouse) = (S3::start_public().await?, Warehouse::start().await?);
        let feeds = ["lis/lab_results", "lis/lab_tests", "pms/admissions", "pms/patient_information"];
        s3.server.plant(BUCKET, (0..objects).map(|at| dated(feeds[at % 4], at / 4)), b"planted")?;
        let pipeline = Ingest::in_process(&s3, &warehouse, settings).await?;
        let mut loaded = Self { poll: Poll::new(pipeline.clone()), s3, warehouse, pipeline };
        assert_eq!(loaded.look().await?.new, objects as u64, "the first look is a sweep");
        let load = "UPDATE ingest.object SET state = 'done', sha256 = sha256(key::bytea), loaded_at = now()";
        loaded.warehouse.tell(load).await?;
        Ok(loaded)
    }

    async fn look(&mut self) -> Tested<Found> {
        Ok(self.poll.look(|_| false, || {}).await?)
    }

    /// What a look asks the server for: listings, heads.
    async fn requests_of_a_look(&mut self) -> Tested<(u64, u64, Found)> {
        let asked = |s3: &S3| (s3.asked(Operation::ListObjectsV2), s3.asked(Operation::HeadObject));
        let before = asked(&self.s3);
        let found = self.look().await?;
        let after = asked(&self.s3);
        Ok((after.0 - before.0, after.1 - before.1, found))
    }

    /// Makes the sweep due, looks, and waits until the sweep has ended.
    async fn sweep(&mut self) -> Tested {
        self.warehouse.tell("UPDATE ingest.sweep SET begun_at = now() - interval '1 hour', ended_at = 'epoch'").await?;
        self.look().await?;
        self.warehouse.until("SELECT ended_at > 'epoch' FROM ingest.sweep").await
    }

    async fn state_of(&self, key: &str) -> Tested<Value> {
        self.warehouse
            .one(&format!(
                "SELECT coalesce(jsonb_agg(state ORDER BY object_id), '[]') FROM ingest.object WHERE key = '{key}'"
            ))
            .await
    }
}

#[tokio::test]
async fn a_look_costs_the_same_however_much_is_loaded() -> Tested {
    let none = Found::default();
    let mut small = Loaded::with(1_000, "").await?;
    let (lists, heads, found) = small.requests_of_a_look().await?;
    assert_eq!((heads, found), (0, none));
    assert!(lists <= 2, "a small bucket is listed whole: {lists}");
    for objects in [SMALL as usize + 4, 20_000] {
        let mut large = Loaded::with(objects, "").await?;
        assert_eq!(large.requests_of_a_look().await?, (STARTS, BARE, none), "{objects}");
    }
    Ok(())
}

#[tokio::test]
async fn what_is_new_or_late_or_replaced_is_found_by_a_look() -> Tested {
    let mut bucket = Loaded::with(8_000, "poll_overlap = 100").await?;
    for (what, key) in [
        ("the newest", "pms/admissions/2026/11/30/120000.csv".to_owned()),
        ("a late one that sorts before the newest", dated("lis/lab_tests", 1_950).replace(".csv", "-late.csv")),
        ("a stamped name", "patient_information_20261121T101500Z.csv".to_owned()),
        ("a bare name", "patient_information.csv".to_owned()),
    ] {
        bucket.s3.put(&key, &patients(&["001"])).await?;
        assert_eq!(bucket.look().await?.new, 1, "{what}");
        assert_eq!(bucket.state_of(&key).await?, json!(["pending"]), "{what}");
        assert_eq!(bucket.look().await?, Found::default(), "{what} is new once");
    }
    let at = "2026-11-21T12:00:01Z".parse()?;
    bucket.s3.put_at("patient_information.csv", &named_patients(&["001"], "Replaced"), at).await?;
    assert_eq!(bucket.look().await?, Found { new: 1, gone: 1, unsettled: 0 });
    assert_eq!(bucket.state_of("patient_information.csv").await?, json!(["gone", "pending"]));
    bucket.s3.delete("patient_information.csv").await?;
    assert_eq!(bucket.look().await?, Found { new: 0, gone: 1, unsettled: 0 });
    Ok(())
}

#[tokio::test]
async fn what_no_look_can_find_is_found_by_the_sweep() -> Tested {
    let mut bucket = Loaded::with(8_000, "poll_overlap = 100").await?;
    let late = dated("pms/admissions", 7).replace(".csv", "-late.csv");
    let (deep, deeper) = ("east/pms/admissions/2026/11/21/101500.csv", "east/pms/admissions/2026/11/21/101501.csv");
    let left = dated("pms/admissions", 8);
    bucket.s3.put(&late, b"very late").await?;
    bucket.s3.put("notes/readme.txt", b"no feed takes this").await?;
    bucket.s3.put(deep, b"deeper than the patterns say").await?;
    bucket.s3.delete(&left).await?;
    assert_eq!(bucket.look().await?, Found::default(), "it is far from where a look goes");
    bucket.sweep().await?;
    for (key, states) in
        [(late.as_str(), "pending"), ("notes/readme.txt", "foreign"), (deep, "pending"), (&left, "gone")]
    {
        assert_eq!(bucket.state_of(key).await?, json!([states]), "{key}");
    }
    bucket.s3.put(deeper, b"where the sweep found one").await?;
    assert_eq!(bucket.look().await?.new, 1, "a look goes where the sweep found something");
    assert_eq!(bucket.warehouse.one("SELECT count(*) FROM ingest.object WHERE state = 'gone'").await?, 1);
    Ok(())
}

/// Two that look at one bucket, and a sweep beside them, neither lose nor double anything.
#[tokio::test]
async fn looks_and_sweeps_at_once_agree() -> Tested {
    let mut bucket = Loaded::with(5_000, "").await?;
    let mut other = Poll::new(bucket.pipeline.clone());
    for round in 0..5 {
        bucket.s3.put(&format!("pms/admissions/2026/11/3{round}/120000.csv"), b"new").await?;
        bucket.s3.delete(&dated("pms/admissions", round)).await?;
        bucket.warehouse.tell("UPDATE ingest.sweep SET begun_at = now() - interval '1 hour'").await?;
        let (one, two) = tokio::join!(bucket.poll.look(|_| false, || {}), other.look(|_| false, || {}));
        assert!(one?.new + two?.new <= 1, "nothing is recorded twice; a sweep may have been first");
    }
    until("all that came and went is known", async || {
        bucket.warehouse.tell("UPDATE ingest.sweep SET begun_at = now() - interval '1 hour'").await?;
        bucket.look().await?;
        let states =
            "SELECT count(*) FILTER (WHERE state = 'gone') = 5 AND count(*) FILTER (WHERE state = 'pending') = 5
            FROM ingest.object";
        Ok(bucket.warehouse.one(states).await? == true)
    })
    .await?;
    assert_eq!(bucket.warehouse.one("SELECT count(*) FROM ingest.object").await?, 5_005);
    Ok(())
}

#[tokio::test]
async fn once_lists_everything() -> Tested {
    let bucket = Loaded::with(5_000, "").await?;
    let late = dated("pms/patient_information", 3).replace(".csv", "-late.csv");
    bucket.s3.put(&late, &patients(&["001"])).await?;
    let taken = Ingest::from_s3(&bucket.s3, &bucket.warehouse)?.once().await?.json_of(0)?;
    assert_eq!(taken["objects"], 1);
    assert_eq!(bucket.state_of(&late).await?, json!(["done"]));
    Ok(())
}
