//! A bucket that keeps versions: what was overwritten between two looks is read too, in the order in which it was written.

use serde_json::{Value, json};
use wardwatch_demo::{Fault, Operation};
use wardwatch_ingest::discover::poll::Poll;
use wardwatch_tests::bucket::BUCKET;
use wardwatch_tests::sample::{named_patients, patients};
use wardwatch_tests::{Ingest, S3, Tested, Warehouse};

const KEY: &str = "patient_information.csv";

async fn versioned() -> Tested<(S3, Warehouse, Ingest)> {
    let (s3, warehouse) = (S3::start().await?, Warehouse::start().await?);
    s3.keep_versions().await?;
    let ingest = Ingest::from_s3(&s3, &warehouse)?;
    Ok((s3, warehouse, ingest))
}

/// A, then B, then A again under one key, within one second.
async fn put_three(s3: &S3) -> Tested {
    for name in ["Alpha", "Beta", "Alpha"] {
        s3.put(KEY, &named_patients(&["001"], name)).await?;
    }
    Ok(())
}

async fn history(warehouse: &Warehouse) -> Tested<Value> {
    let query = "SELECT last_name, is_current FROM warehouse.patient_history ORDER BY 1";
    warehouse.rows(query).await
}

#[tokio::test]
async fn a_then_b_then_a_between_two_looks_are_three_objects() -> Tested {
    let (s3, warehouse, ingest) = versioned().await?;
    put_three(&s3).await?;
    assert_eq!(ingest.once().await?.json_of(0)?["objects"], 3);
    let both = json!([{ "last_name": "Alpha", "is_current": true }, { "last_name": "Beta", "is_current": false }]);
    assert_eq!(history(&warehouse).await?, both);
    let ledger = "SELECT state, count(*), count(DISTINCT version_id) AS versions, count(DISTINCT sha256) AS contents
        FROM ingest.object GROUP BY state";
    let rows = json!([{ "state": "done", "count": 3, "versions": 3, "contents": 2 }]);
    assert_eq!(warehouse.rows(ledger).await?, rows);
    assert_eq!(ingest.verify().await?["ok"], true);
    assert_eq!(ingest.once().await?.json_of(0)?["objects"], 0, "nothing is read twice");
    Ok(())
}

/// The same objects found one after the other, and at once, by several workers: one warehouse.
#[tokio::test]
async fn versions_of_one_second_keep_their_order_however_they_are_found() -> Tested {
    let (s3, at_once, ingest) = versioned().await?;
    let one_by_one = Warehouse::start().await?;
    let each = Ingest::from_s3(&s3, &one_by_one)?;
    for name in ["Alpha", "Beta", "Gamma"] {
        s3.put(KEY, &named_patients(&["001"], name)).await?;
        each.once().await?.json_of(0)?;
    }
    ingest.with("WARDWATCH_BATCH_OBJECTS", "1").once().await?.json_of(0)?;
    assert_eq!(at_once.one("SELECT last_name FROM warehouse.patient").await?, "Gamma");
    assert_eq!(at_once.digest().await?, one_by_one.digest().await?);
    Ok(())
}

#[tokio::test]
async fn what_was_deleted_by_a_marker_before_it_was_read_is_read() -> Tested {
    let (s3, warehouse, ingest) = versioned().await?;
    put_three(&s3).await?;
    s3.delete(KEY).await?;
    assert_eq!(ingest.once().await?.json_of(0)?["objects"], 3);
    assert_eq!(warehouse.one("SELECT last_name FROM warehouse.patient").await?, "Alpha");
    assert_eq!(ingest.verify().await?["ok"], true);
    let version = warehouse.one("SELECT min(version_id) FROM ingest.object").await?;
    let id = version.as_str().unwrap_or_default();
    s3.aws.delete_object().bucket(BUCKET).key(KEY).version_id(id).send().await?;
    ingest.once().await?.json_of(0)?;
    let gone = format!(
        "SELECT jsonb_agg(state ORDER BY state) FROM ingest.object WHERE (version_id = '{id}') = (state = 'gone')"
    );
    assert_eq!(warehouse.one(&gone).await?, json!(["done", "done", "gone"]), "only what left for good has gone");
    Ok(())
}

#[tokio::test]
async fn objects_from_before_versions_were_kept_stay_who_they_are() -> Tested {
    let (s3, warehouse) = (S3::start().await?, Warehouse::start().await?);
    let ingest = Ingest::from_s3(&s3, &warehouse)?;
    s3.put(KEY, &named_patients(&["001"], "Before")).await?;
    assert_eq!(ingest.once().await?.json_of(0)?["objects"], 1);
    s3.keep_versions().await?;
    assert_eq!(ingest.once().await?.json_of(0)?["objects"], 0);
    s3.put_at(KEY, &named_patients(&["001"], "After"), "2026-11-21T12:00:01Z".parse()?).await?;
    assert_eq!(ingest.once().await?.json_of(0)?["objects"], 1);
    assert_eq!(warehouse.one("SELECT jsonb_agg(state) FROM ingest.object").await?, json!(["done", "done"]));
    let off = ingest.with("WARDWATCH_VERSIONS", "off");
    assert_eq!(off.once().await?.json_of(0)?["objects"], 0, "what is known by its version is known without it");
    assert_eq!(off.verify().await?["ok"], true);
    Ok(())
}

#[tokio::test]
async fn without_the_permission_the_newest_is_read_and_a_warning_says_why() -> Tested {
    let (s3, warehouse, ingest) = versioned().await?;
    put_three(&s3).await?;
    s3.server.faults().fail_next(Operation::GetBucketVersioning, Fault::AccessDenied, 1);
    let once = ingest.once().await?;
    assert_eq!(once.json_of(0)?["objects"], 1);
    assert_eq!(once.stderr.matches("s3:GetBucketVersioning").count(), 1, "{}", once.stderr);
    assert_eq!(warehouse.one("SELECT count(*) FROM warehouse.patient_history").await?, 1);
    assert_eq!(ingest.once().await?.json_of(0)?["objects"], 2, "with it the overwritten ones are read");
    let both = json!([{ "last_name": "Alpha", "is_current": true }, { "last_name": "Beta", "is_current": false }]);
    assert_eq!(history(&warehouse).await?, both, "in the order in which they were written");
    Ok(())
}

/// A key with more versions than a page holds, in a bucket that is not listed whole.
#[tokio::test]
async fn a_look_reads_every_version_of_a_bare_name() -> Tested {
    let (s3, warehouse) = (S3::start_public().await?, Warehouse::start().await?);
    s3.keep_versions().await?;
    let old = (0..4_500).map(|at| format!("pms/patient_information/2026/11/{:02}/{at:06}.csv", at / 300 + 1));
    s3.server.plant(BUCKET, old, &patients(&["001"]))?;
    s3.server.plant(BUCKET, std::iter::repeat_n(KEY.to_owned(), 2_300), &patients(&["002"]))?;
    let pipeline = Ingest::in_process(&s3, &warehouse, "versions = 'on'").await?;
    let mut poll = Poll::new(pipeline);
    assert_eq!(poll.look(|_| false, || {}).await?.new, 6_800, "the sweep tells every version");
    let order = format!("SELECT count(DISTINCT last_modified) FROM ingest.object WHERE key = '{KEY}'");
    assert_eq!(warehouse.one(&order).await?, 2_300, "each has its place in its second");
    put_three(&s3).await?;
    let before = s3.asked(Operation::ListObjectVersions);
    assert_eq!(poll.look(|_| false, || {}).await?.new, 3);
    assert!(s3.asked(Operation::ListObjectVersions) - before <= 13, "one page of the versions of a key is enough");
    assert_eq!(poll.look(|_| false, || {}).await?.new, 0);
    Ok(())
}
