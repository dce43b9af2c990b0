//! Events of S3 by way of SQS, and the main scenario of discovery, against an emulator that is not ours.

use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};
use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::json;
use wardwatch_demo::{Fault, Operation};
use wardwatch_schema::database;
use wardwatch_tests::bucket::{BUCKET, files};
use wardwatch_tests::sample::{directory, named_patients, patients};
use wardwatch_tests::{Daemon, Ingest, Moto, S3, Tested, Warehouse, until};

/// A daemon that polls next in an hour: what it takes after its first sweep, it was told of.
struct Told {
    moto: Moto,
    warehouse: Warehouse,
    ingest: Ingest,
    queue: String,
}

impl Told {
    async fn start() -> Tested<Self> {
        let (moto, warehouse) = (Moto::start().await?, Warehouse::start().await?);
        let queue = moto.queue("objects", 2).await?;
        moto.notify(&queue).await?;
        let ingest = moto.ingest(&warehouse)?.with("WARDWATCH_EVENTS", &queue).with("WARDWATCH_POLL_INTERVAL", "1h");
        Ok(Self { moto, warehouse, ingest, queue })
    }

    async fn daemon(&self) -> Tested<Daemon> {
        self.warehouse.tell("DELETE FROM ingest.sweep").await?;
        let daemon = self.ingest.start()?;
        self.warehouse.until("SELECT EXISTS (SELECT FROM ingest.sweep WHERE ended_at IS NOT NULL)").await?;
        Ok(daemon)
    }

    async fn until_empty(&self) -> Tested {
        until("the queue is empty", async || Ok(self.moto.messages(&self.queue).await? == 0)).await
    }
}

#[tokio::test]
async fn objects_are_taken_as_events_tell_of_them_and_go_as_they_tell() -> Tested {
    let told = Told::start().await?;
    let daemon = told.daemon().await?;
    let keys = ["pms/patient_information/2026/11/21/a b+c.csv", "patient_information.csv", "notes/readme.txt"];
    for key in keys {
        told.moto.put(key, &patients(&["001"])).await?;
    }
    told.warehouse.until_state(keys[0], "done").await?;
    told.warehouse.until_state(keys[1], "done").await?;
    told.warehouse.until_state(keys[2], "foreign").await?;
    told.moto.s3.delete_object().bucket(BUCKET).key(keys[1]).send().await?;
    told.warehouse.until_state(keys[1], "gone").await?;
    told.until_empty().await?;
    let ended = daemon.stop().await?;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(told.ingest.verify().await?["ok"], true);
    Ok(())
}

#[tokio::test]
async fn a_message_is_deleted_only_when_the_ledger_has_its_object() -> Tested {
    let told = Told::start().await?;
    let daemon = told.daemon().await?;
    let mut blocker = database::begin(&told.warehouse.pool).await?;
    sqlx::query("LOCK TABLE ingest.object IN EXCLUSIVE MODE").execute(&mut *blocker).await?;
    told.moto.put("patient_information.csv", &patients(&["001"])).await?;
    told.warehouse.until_locked_out("ingest.object").await?;
    assert!(told.moto.messages(&told.queue).await? > 0, "it is not in the ledger yet");
    daemon.kill().await?;
    assert!(told.moto.messages(&told.queue).await? > 0, "a crash loses nothing");
    told.warehouse.cut_off_who_waits().await?;
    blocker.rollback().await?;
    let daemon = told.daemon().await?;
    told.until_empty().await?;
    told.warehouse.until_state("patient_information.csv", "done").await?;
    assert_eq!(daemon.stop().await?.code, Some(0));
    assert_eq!(told.warehouse.one("SELECT count(*) FROM ingest.object").await?, 1);
    Ok(())
}

fn created(key: &str) -> String {
    let object = json!({ "key": key, "size": 1, "eTag": "0123456789abcdef0123456789abcdef" });
    let record = json!({ "eventName": "ObjectCreated:Put", "s3": { "bucket": { "name": BUCKET }, "object": object } });
    json!({ "Records": [record] }).to_string()
}

#[tokio::test]
async fn what_an_event_says_of_an_object_is_not_believed() -> Tested {
    let told = Told::start().await?;
    let unheard = told.moto.queue("unheard", 30).await?;
    told.moto.notify(&unheard).await?;
    let daemon = told.daemon().await?;
    let bytes = patients(&["001"]);
    told.moto.put("patient_information.csv", &bytes).await?;
    for body in [created("patient_information.csv"), created("absent.csv"), created("patient_information.csv")] {
        told.moto.send(&told.queue, &body).await?;
    }
    told.warehouse.until_state("patient_information.csv", "done").await?;
    told.until_empty().await?;
    assert_eq!(daemon.stop().await?.code, Some(0));
    let ledger = "SELECT key, size_bytes FROM ingest.object";
    assert_eq!(
        told.warehouse.rows(ledger).await?,
        json!([{ "key": "patient_information.csv", "size_bytes": bytes.len() }])
    );
    Ok(())
}

#[tokio::test]
async fn a_message_that_is_no_event_is_left_to_the_redrive_policy_and_stops_nothing() -> Tested {
    let told = Told::start().await?;
    let dead = told.moto.queue("dead", 30).await?;
    let dead_arn = told.moto.attribute(&dead, QueueAttributeName::QueueArn).await?;
    let policy = json!({ "deadLetterTargetArn": dead_arn, "maxReceiveCount": "2" }).to_string();
    let set = told.moto.sqs.set_queue_attributes().queue_url(&told.queue);
    set.attributes(QueueAttributeName::RedrivePolicy, policy).send().await?;
    told.moto.send(&told.queue, "Jane Doe, born 1950").await?;
    told.moto.send(&told.queue, r#"{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"hospital"}"#).await?;
    let daemon = told.daemon().await?;
    told.moto.put("patient_information.csv", &patients(&["001"])).await?;
    told.warehouse.until_state("patient_information.csv", "done").await?;
    until("it is in the dead letter queue", async || Ok(told.moto.messages(&dead).await? == 1)).await?;
    told.until_empty().await?;
    let ended = daemon.stop().await?;
    assert!(ended.stderr.contains("left to the queue's redrive policy"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("Jane"), "{}", ended.stderr);
    Ok(())
}

/// Two messages that come together: the one of an object that nobody may look at stays, and the other one goes.
#[tokio::test]
async fn a_key_that_cannot_be_looked_at_keeps_no_other_message_in_the_queue() -> Tested {
    let (s3, moto, warehouse) = (S3::start().await?, Moto::start().await?, Warehouse::start().await?);
    let queue = moto.queue("objects", 2).await?;
    for key in ["refused/patient_information.csv", "patient_information.csv"] {
        s3.put(key, &patients(&["001"])).await?;
        moto.send(&queue, &created(key)).await?;
    }
    s3.server.faults().fail_below("refused/", Operation::HeadObject, Fault::AccessDenied);
    let ingest = Ingest::from_s3(&s3, &warehouse)?.with("WARDWATCH_EVENTS", &queue);
    let daemon = ingest.with("WARDWATCH_POLL_INTERVAL", "1h").start()?;
    until("one message is left", async || Ok(moto.messages(&queue).await? == 1)).await?;
    s3.server.faults().clear();
    until("no message is left", async || Ok(moto.messages(&queue).await? == 0)).await?;
    let ended = daemon.stop().await?;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(warehouse.one("SELECT count(*) FROM ingest.object WHERE state = 'done'").await?, 2);
    Ok(())
}

#[tokio::test]
async fn events_without_a_bucket_or_a_queue_are_refused() -> Tested {
    let (moto, warehouse) = (Moto::start().await?, Warehouse::start().await?);
    let ingest = moto.ingest(&warehouse)?;
    let anonymous = ingest.clone().with("WARDWATCH_ANONYMOUS", "true").with("WARDWATCH_EVENTS", "http://127.0.0.1/1/q");
    for (ingest, words) in [
        (anonymous, "read with credentials"),
        (ingest.with("WARDWATCH_EVENTS", "queue"), "is not the address of a queue"),
    ] {
        let refused = ingest.run(&["run"]).await?;
        assert_eq!(refused.code, Some(1), "{}", refused.stderr);
        assert!(refused.stderr.contains(words), "{}", refused.stderr);
    }
    Ok(())
}

#[tokio::test]
async fn the_sample_is_read_from_another_s3() -> Tested {
    let (moto, warehouse) = (Moto::start().await?, Warehouse::start().await?);
    for (key, bytes) in files(&directory("files"))? {
        moto.put(&key, &bytes).await?;
    }
    let ingest = moto.ingest(&warehouse)?;
    assert_eq!(ingest.once().await?.json_of(3)?["books"]["records"], 2234);
    assert_eq!(ingest.once().await?.json_of(3)?["objects"], 0);
    let daemon = ingest.clone().with("WARDWATCH_POLL_INTERVAL", "100ms").start()?;
    moto.put("pms/patient_information/2026/11/21/101500.csv", &patients(&["90001"])).await?;
    warehouse.until("EXISTS (SELECT FROM warehouse.patient WHERE patient_id = '90001')").await?;
    moto.s3.delete_object().bucket(BUCKET).key("lab_tests.csv").send().await?;
    warehouse.until_state("lab_tests.csv", "gone").await?;
    assert_eq!(daemon.stop().await?.code, Some(0));
    assert_eq!(
        warehouse
            .one("SELECT count(*) FROM ingest.object WHERE last_modified <> order_time AND key NOT LIKE '%/%'")
            .await?,
        0
    );
    assert_eq!(ingest.verify().await?["ok"], true);
    Ok(())
}

#[tokio::test]
async fn versions_of_another_s3_are_read_in_their_order() -> Tested {
    let (moto, warehouse) = (Moto::start().await?, Warehouse::start().await?);
    let enabled = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    moto.s3.put_bucket_versioning().bucket(BUCKET).versioning_configuration(enabled).send().await?;
    for name in ["Alpha", "Beta", "Alpha"] {
        moto.put("patient_information.csv", &named_patients(&["001"], name)).await?;
    }
    moto.put("deleted/patient_information.csv", &patients(&["002"])).await?;
    moto.s3.delete_object().bucket(BUCKET).key("deleted/patient_information.csv").send().await?;
    // It answers the question whether it keeps versions in words that are not S3's.
    let ingest = moto.ingest(&warehouse)?.with("WARDWATCH_VERSIONS", "on");
    assert_eq!(ingest.once().await?.json_of(0)?["objects"], 4);
    let history = "SELECT last_name, is_current FROM warehouse.patient_history WHERE patient_id = '001' ORDER BY 1";
    let both = json!([{ "last_name": "Alpha", "is_current": true }, { "last_name": "Beta", "is_current": false }]);
    assert_eq!(warehouse.rows(history).await?, both);
    assert_eq!(ingest.once().await?.json_of(0)?["objects"], 0);
    assert_eq!(ingest.verify().await?["ok"], true);
    Ok(())
}

#[tokio::test]
async fn odd_keys_and_pages_of_another_s3_are_read() -> Tested {
    let (moto, warehouse) = (Moto::start().await?, Warehouse::start().await?);
    let odd =
        ["a b+c%20d/", "sch\u{f6}n/", "odd//", "quote\"'&<>/"].map(|folder| format!("{folder}patient_information.csv"));
    for (at, key) in odd.iter().enumerate() {
        moto.put(key, &patients(&[&format!("odd{at}")])).await?;
    }
    let bytes = patients(&["001"]);
    let keys = (0..1_050).map(|at| format!("notes/{at:04}.txt"));
    for key in keys {
        moto.put(&key, &bytes).await?;
    }
    let ingest = moto.ingest(&warehouse)?;
    let taken = ingest.once().await?.json_of(0)?;
    assert_eq!(taken["objects"], odd.len(), "{taken}");
    assert_eq!(warehouse.one("SELECT count(*) FROM ingest.object WHERE state = 'foreign'").await?, 1_050);
    assert_eq!(warehouse.one("SELECT count(*) FROM warehouse.patient").await?, odd.len());
    assert_eq!(ingest.verify().await?["ok"], true);
    Ok(())
}
