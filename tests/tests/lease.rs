//! Leases: one that ran out is taken over, one that has not is waited for, and whoever lost his cannot commit.

use anyhow::Context as _;
use serde_json::json;
use wardwatch_ingest::claim::{self, Claim, Turns};
use wardwatch_ingest::durations::Stopwatch;
use wardwatch_ingest::load::{self, LoadError};
use wardwatch_ingest::parse::{self, Origin};
use wardwatch_ingest::pipeline::Pipeline;
use wardwatch_ingest::reading::{Chunks, Parsed, Parsing};
use wardwatch_ingest::{daemon, fetch, ledger, locks};
use wardwatch_schema::config::Config;
use wardwatch_schema::database;
use wardwatch_schema::feed::Target;
use wardwatch_tests::sample::{patients, results, tests};
use wardwatch_tests::{Folder, Ingest, S3, Tested, Warehouse};

const FEED: &str = "pms.patient_information";
const GIVE_BACK: &str = "UPDATE ingest.object SET state = 'pending', lease_token = NULL, leased_by = NULL, leased_until = NULL WHERE state = 'leased'";

/// A pipeline in this process whose ledger knows what the folder holds.
async fn discovered(folder: &Folder, warehouse: &Warehouse) -> Tested<Pipeline> {
    let place = tempfile::tempdir()?;
    let file = place.path().join("wardwatch.toml");
    let text = format!(
        "timezone = 'UTC'\nfreshness_limit = 'static'\nbucket = '{}'\ndatabase_url = '{}'",
        folder.address(),
        warehouse.url()
    );
    std::fs::write(&file, text)?;
    let pipeline = Pipeline::open(&Config::load(Some(&file))?).await?;
    let listed = pipeline.bucket.list().await?;
    ledger::record(&pipeline.pool, &pipeline.bucket.name, &pipeline.feeds, &listed).await?;
    Ok(pipeline)
}

/// Gives the lease of a key to another worker, until a moment.
async fn lease(warehouse: &Warehouse, key: &str, until: &str) -> Tested {
    let statement = format!(
        "UPDATE ingest.object SET state = 'leased', lease_token = gen_random_uuid(), leased_by = 'another',
             leased_until = {until} WHERE key = '{key}'"
    );
    warehouse.tell(&statement).await
}

#[tokio::test]
async fn a_lease_that_ran_out_is_taken_over() -> Tested {
    let (folder, warehouse) = (Folder::new()?, Warehouse::start().await?);
    folder.put("patient_information.csv", &patients(&["001"]))?;
    discovered(&folder, &warehouse).await?;
    lease(&warehouse, "patient_information.csv", "now() - interval '1 second'").await?;
    let taken = Ingest::from_folder(&folder, &warehouse)?.once().await?.json_of(0)?;
    assert_eq!((&taken["objects"], &taken["books"]["inserted"]), (&json!(1), &json!(1)));
    let ledger = "SELECT state, lease_token, leased_by, leased_until FROM ingest.object";
    let done = json!([{ "state": "done", "lease_token": null, "leased_by": null, "leased_until": null }]);
    assert_eq!(warehouse.rows(ledger).await?, done);
    Ok(())
}

/// An object that kills whoever loads it, out of memory say, does so a few times, alone, and is then named.
#[tokio::test]
async fn what_no_loader_survives_is_failed_and_takes_no_other_with_it() -> Tested {
    let (folder, warehouse) = (Folder::new()?, Warehouse::start().await?);
    let (deadly, harmless) = ("patient_information_20261121T110000Z.csv", "patient_information_20261121T120000Z.csv");
    folder.put(deadly, &patients(&["001"]))?;
    folder.put(harmless, &patients(&["002"]))?;
    let pipeline = discovered(&folder, &warehouse).await?;
    for attempts in 0..6 {
        let claim = claim_of(&pipeline).await?;
        let objects = claim.context("nothing could be claimed")?.objects;
        let told: Vec<_> = objects.iter().map(|object| (object.key.as_str(), object.attempts)).collect();
        let alone = [(deadly, attempts)];
        assert_eq!(told, if attempts == 0 { vec![(deadly, 0), (harmless, 0)] } else { alone.to_vec() });
        warehouse.expire_leases().await?;
    }
    let ingest = Ingest::from_folder(&folder, &warehouse)?;
    let taken = ingest.once().await?.json_of(1)?;
    assert_eq!((&taken["objects"], &taken["books"]["inserted"]), (&json!(2), &json!(1)));
    let failed = "SELECT key, reason ~ 'its loader ended 6 times.*run wardwatch-ingest retry --reason' AS is_told,
                      (SELECT retries FROM ingest.last_error) AS retries
                  FROM ingest.object WHERE state = 'failed'";
    assert_eq!(warehouse.rows(failed).await?, json!([{ "key": deadly, "is_told": true, "retries": 7 }]));
    ingest.run(&["retry", "--reason", "its loader ended"]).await?;
    ingest.once().await?.json_of(0)?;
    assert_eq!(warehouse.one("SELECT count(*) FROM warehouse.patient").await?, 2);
    Ok(())
}

#[tokio::test]
async fn a_lease_that_stands_is_waited_for() -> Tested {
    let (folder, warehouse) = (Folder::new()?, Warehouse::start().await?);
    folder.put("patient_information_20261121T110000Z.csv", &patients(&["001"]))?;
    folder.put("patient_information_20261121T120000Z.csv", &patients(&["002"]))?;
    discovered(&folder, &warehouse).await?;
    lease(&warehouse, "patient_information_20261121T110000Z.csv", "now() + interval '1 hour'").await?;
    let ingest = Ingest::from_folder(&folder, &warehouse)?;
    let once = tokio::spawn(async move { ingest.once().await });
    // What nobody holds is taken meanwhile; the next file proves that it went on looking after that.
    warehouse.until("SELECT state = 'done' FROM ingest.object WHERE key LIKE '%120000Z.csv'").await?;
    folder.put("lab_results.csv", &results(&[("7", "70")]))?;
    warehouse.until("SELECT EXISTS (SELECT FROM ingest.waiting_result)").await?;
    let held = "SELECT leased_by = 'another' AND state = 'leased' FROM ingest.object WHERE key LIKE '%110000Z.csv'";
    assert_eq!(warehouse.one(held).await?, true);
    assert!(!once.is_finished(), "it must wait for the other worker's lease");
    lease(&warehouse, "patient_information_20261121T110000Z.csv", "now()").await?;
    let taken = once.await??.json_of(3)?;
    assert_eq!((&taken["objects"], &taken["books"]["records"]), (&json!(3), &json!(3)));
    assert_eq!(warehouse.one("SELECT count(*) FROM warehouse.patient").await?, 2);
    Ok(())
}

async fn claim_of(pipeline: &Pipeline) -> Tested<Option<Claim>> {
    let mut turns = Turns::of(pipeline.feeds.iter().filter(|feed| feed.name == FEED));
    Ok(claim::claim(&pipeline.pool, &pipeline.bucket, &mut turns, pipeline.limits).await?)
}

/// Claimed and parsed, of each object at most so many bytes before it is loaded.
async fn claimed(pipeline: &Pipeline, most: u64) -> Tested<(Claim, Vec<Parsed>)> {
    let claim = claim_of(pipeline).await?.context("nothing could be claimed")?;
    let mut parsed = Vec::new();
    for object in &claim.objects {
        let fetched = fetch::fetch(&pipeline.bucket, object.clone()).await?;
        let origin = Origin {
            feed: FEED.to_owned(),
            target: Target::Patient,
            key: object.key.clone(),
            order_time: object.order_time,
            last_modified: object.last_modified,
            zone: pipeline.zone,
        };
        let maps = pipeline.maps.current();
        let parsing = Parsing::start(fetched, move |bytes, take| parse::read(&origin, &maps, bytes, take))?;
        parsed.push(parsing.whole(most).await.map_err(|(_, error)| error)?);
    }
    Ok((claim, parsed))
}

#[tokio::test]
async fn who_lost_the_lease_cannot_commit() -> Tested {
    let (folder, warehouse) = (Folder::new()?, Warehouse::start().await?);
    folder.put("patient_information.csv", &patients(&["001", "002"]))?;
    let pipeline = discovered(&folder, &warehouse).await?;
    let (claim, parsed) = claimed(&pipeline, u64::MAX).await?;
    lease(&warehouse, "patient_information.csv", "now() + interval '1 hour'").await?;
    let thief = warehouse.one("SELECT lease_token FROM ingest.object").await?;
    let loaded = load::load(
        &pipeline.pool,
        (FEED, Target::Patient),
        claim.token,
        pipeline.limits,
        parsed,
        &mut Stopwatch::start(),
    )
    .await;
    assert!(matches!(loaded, Err(LoadError::LeaseLost(_))), "{loaded:?}");
    let after = "SELECT state, lease_token, sha256, records, (SELECT count(*) FROM warehouse.patient) AS patients FROM ingest.object";
    let untouched = json!([{ "state": "leased", "lease_token": thief, "sha256": null, "records": 0, "patients": 0 }]);
    assert_eq!(warehouse.rows(after).await?, untouched);
    Ok(())
}

/// Nor what else is in the batch: its rows could not be told from those of the object that another has.
#[tokio::test]
async fn who_lost_the_lease_of_one_object_commits_none_of_the_batch() -> Tested {
    let (folder, warehouse) = (Folder::new()?, Warehouse::start().await?);
    for (key, id) in
        [("patient_information_20261121T100000Z.csv", "001"), ("patient_information_20261121T110000Z.csv", "002")]
    {
        folder.put(key, &patients(&[id]))?;
    }
    let pipeline = discovered(&folder, &warehouse).await?;
    let (claim, parsed) = claimed(&pipeline, u64::MAX).await?;
    assert_eq!(claim.objects.len(), 2);
    lease(&warehouse, "patient_information_20261121T110000Z.csv", "now() + interval '1 hour'").await?;
    let target = (FEED, Target::Patient);
    let loaded =
        load::load(&pipeline.pool, target, claim.token, pipeline.limits, parsed, &mut Stopwatch::start()).await;
    assert!(matches!(loaded, Err(LoadError::LeaseLost(_))), "{loaded:?}");
    let after =
        "SELECT count(*) FROM ingest.object WHERE state = 'done' UNION ALL SELECT count(*) FROM warehouse.patient";
    assert_eq!(warehouse.rows(after).await?, json!([{ "count": 0 }, { "count": 0 }]));
    Ok(())
}

/// From another connection, while the load waits for something else and does not hold the ledger's row itself yet.
#[tokio::test]
async fn a_lease_is_renewed_while_its_load_goes_on() -> Tested {
    let (folder, warehouse) = (Folder::new()?, Warehouse::start().await?);
    folder.put("patient_information.csv", &[&patients(&["001"])[..], b"a record of one column\n"].concat())?;
    let mut other = database::begin(&warehouse.pool).await?;
    sqlx::query("LOCK TABLE ingest.quarantine IN EXCLUSIVE MODE").execute(&mut *other).await?;
    let ingest = Ingest::from_folder(&folder, &warehouse)?;
    let daemon = ingest.start()?;
    warehouse.until_locked_out("ingest.quarantine").await?;
    let until = warehouse.one("SELECT leased_until FROM ingest.object").await?;
    let held = format!("SELECT leased_until > {until} AND attempts = 0 FROM ingest.object");
    warehouse.until(&held.replace('"', "'")).await.context("it is not renewed by whoever holds it")?;
    other.rollback().await?;
    warehouse.until_state("patient_information.csv", "done").await?;
    assert_eq!(daemon.stop().await?.code, Some(0));
    Ok(())
}

#[tokio::test]
async fn who_holds_the_lease_commits_and_the_second_commit_finds_it_gone() -> Tested {
    let (folder, warehouse) = (Folder::new()?, Warehouse::start().await?);
    folder.put("patient_information.csv", &patients(&["001", "002"]))?;
    let pipeline = discovered(&folder, &warehouse).await?;
    let (claim, parsed) = claimed(&pipeline, u64::MAX).await?;
    lease(&warehouse, "patient_information.csv", "now() - interval '1 second'").await?;
    let (second, parsed_again) = claimed(&pipeline, u64::MAX).await?;
    assert_ne!(claim.token, second.token);
    let books = load::load(
        &pipeline.pool,
        (FEED, Target::Patient),
        second.token,
        pipeline.limits,
        parsed_again,
        &mut Stopwatch::start(),
    )
    .await?;
    assert_eq!((books.records, books.inserted), (2, 2));
    let late = load::load(
        &pipeline.pool,
        (FEED, Target::Patient),
        claim.token,
        pipeline.limits,
        parsed,
        &mut Stopwatch::start(),
    )
    .await;
    assert!(matches!(late, Err(LoadError::LeaseLost(_))), "{late:?}");
    let ledger = "SELECT state, records, inserted, unchanged FROM ingest.object";
    assert_eq!(
        warehouse.rows(ledger).await?,
        json!([{ "state": "done", "records": 2, "inserted": 2, "unchanged": 0 }])
    );
    Ok(())
}

/// Results that were judged before their tests would each be judged twice.
#[tokio::test]
async fn first_and_large_results_wait_for_large_objects_of_tests() -> Tested {
    let (folder, warehouse) = (Folder::new()?, Warehouse::start().await?);
    folder.put("lab_results.csv", &results(&[("7", "70")]))?;
    folder.put("lab_tests.csv", &tests(&[("70", "001")]))?;
    let mut pipeline = discovered(&folder, &warehouse).await?;
    let by_results_first = async |pipeline: &Pipeline| {
        let mut turns = Turns::of(pipeline.feeds.iter().rev());
        let claim = claim::claim(&pipeline.pool, &pipeline.bucket, &mut turns, pipeline.limits).await?;
        warehouse.tell(GIVE_BACK).await?;
        Tested::Ok(claim.context("nothing could be claimed")?.feed)
    };
    assert_eq!(by_results_first(&pipeline).await?, "lis.lab_results", "a small object of tests delays nothing");
    pipeline.limits.large = 1;
    assert_eq!(by_results_first(&pipeline).await?, "lis.lab_tests");
    Ingest::from_folder(&folder, &warehouse)?.once().await?.json_of(0)?;
    let (one_result, many_tests) = (results(&[("8", "70")]), tests(&[("80", "001"); 20]));
    folder.put("lab_results_20300101T000000Z.csv", &one_result)?;
    folder.put("lab_tests_20300101T000000Z.csv", &many_tests)?;
    let listed = pipeline.bucket.list().await?;
    ledger::record(&pipeline.pool, &pipeline.bucket.name, &pipeline.feeds, &listed).await?;
    pipeline.limits.large = many_tests.len() as u64;
    assert_eq!(by_results_first(&pipeline).await?, "lis.lab_results", "a few more results wait for nothing");
    pipeline.limits.large = one_result.len() as u64;
    assert_eq!(by_results_first(&pipeline).await?, "lis.lab_tests", "many more results wait, too");
    Ok(())
}

/// A packed file may unfold to a thousand times its size.
#[tokio::test]
async fn what_unfolds_beyond_what_is_held_is_loaded_as_it_is_read() -> Tested {
    let (folder, warehouse) = (Folder::new()?, Warehouse::start().await?);
    folder.put("patient_information.csv", &patients(&["001", "002", "003"]))?;
    let pipeline = discovered(&folder, &warehouse).await?;
    let (claim, parsed) = claimed(&pipeline, 1).await?;
    assert!(matches!(parsed[0].chunks, Chunks::Streaming(..)) && parsed[0].bytes > parsed[0].object.size);
    let (target, mut watch) = ((FEED, Target::Patient), Stopwatch::start());
    let books = load::load(&pipeline.pool, target, claim.token, pipeline.limits, parsed, &mut watch).await?;
    assert_eq!((books.records, books.inserted), (3, 3));
    Ok(())
}

#[tokio::test]
async fn a_long_backlog_of_one_feed_keeps_no_other_waiting() -> Tested {
    let (folder, warehouse) = (Folder::new()?, Warehouse::start().await?);
    for hour in 0..9 {
        folder.put(&format!("patient_information_20261101T0{hour}0000Z.csv"), &patients(&["001"]))?;
    }
    folder.put("lab_tests.csv", &tests(&[("70", "001")]))?;
    folder.put("lab_results.csv", &results(&[("7", "70")]))?;
    let mut pipeline = discovered(&folder, &warehouse).await?;
    pipeline.limits.objects = 1;
    let taken = pipeline.take_all(|| false).await?;
    let places = "SELECT array_agg(place ORDER BY feed) AS places FROM unnest($1::bigint[]) WITH ORDINALITY AS taken (object_id, place)
        JOIN ingest.object USING (object_id) WHERE feed LIKE 'lis.%'";
    let places: Vec<i64> = sqlx::query_scalar(places).bind(&taken).fetch_one(&warehouse.pool).await?;
    assert_eq!(taken.len(), 11);
    assert!(places.iter().all(|place| *place <= 3), "the laboratory's files were taken at {places:?}");
    Ok(())
}

/// What a large object keeps waiting is found out once, and not written to again and again.
#[tokio::test]
async fn a_backlog_beside_a_large_object_of_its_feed_is_left_alone() -> Tested {
    let (folder, warehouse) = (Folder::new()?, Warehouse::start().await?);
    for minute in 10..50 {
        folder.put(&format!("patient_information_20261101T00{minute}00Z.csv"), &patients(&["001"]))?;
    }
    folder.put("lab_tests.csv", &tests(&[("70", "001")]))?;
    let mut pipeline = discovered(&folder, &warehouse).await?;
    pipeline.limits.objects = 4;
    let mut large = database::begin(&warehouse.pool).await?;
    locks::take_feed(&mut large, Target::Patient).await?;
    assert_eq!(pipeline.take_all(|| false).await?.len(), 1, "the other feed goes on");
    let put_off = "SELECT count(*) FROM ingest.object WHERE not_before IS NOT NULL";
    assert_eq!(warehouse.one(put_off).await?, 4, "one claim of forty objects");
    large.commit().await?;
    assert_eq!(daemon::once(&pipeline, 1).await?.len(), 40);
    Ok(())
}

/// Whoever waits for a lock holds a connection: none of them may be the one by which its lease is renewed.
#[tokio::test]
async fn many_workers_leave_connections_to_who_renews_their_leases() -> Tested {
    let (s3, warehouse) = (S3::start_public().await?, Warehouse::start().await?);
    for (workers, connections) in [(2, 16), (40, 88)] {
        let pipeline = Ingest::in_process(&s3, &warehouse, &format!("workers = {workers}")).await?;
        assert_eq!(pipeline.pool.options().get_max_connections(), connections, "{workers} workers");
    }
    Ok(())
}
