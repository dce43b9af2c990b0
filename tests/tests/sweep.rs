//! The listing from end to end: whoever asks is told when it last ended, and one that fails neither begins again at every
//! look nor fails in silence.

use chrono::{DateTime, Utc};
use wardwatch_demo::Operation;
use wardwatch_ingest::discover::poll::{Poll, SMALL};
use wardwatch_tests::bucket::BUCKET;
use wardwatch_tests::sample::patients;
use wardwatch_tests::{Dashboard, Folder, Ingest, S3, Tested, Warehouse, until};

/// Listings of one look at a large bucket; see `discovery_scale`.
const STARTS: u64 = 12;
/// A key that only a sweep finds, and that the ledger refuses.
const REFUSED: &str = "notes/refused.txt";

const REFUSE: &str = "
    CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''refused''; END';
    CREATE TRIGGER refuse BEFORE INSERT ON ingest.object FOR EACH ROW WHEN (NEW.key = 'notes/refused.txt')
        EXECUTE FUNCTION public.refuse();
    UPDATE ingest.sweep SET begun_at = now() - interval '1 hour', ended_at = 'epoch'";

#[tokio::test]
async fn a_sweep_that_fails_rests_and_ops_are_told() -> Tested {
    let (s3, warehouse) = (S3::start_public().await?, Warehouse::start().await?);
    let keys = (0..SMALL + 4).map(|number| format!("pms/admissions/2026/11/21/{number:06}.csv"));
    s3.server.plant(BUCKET, keys, b"planted")?;
    let mut poll = Poll::new(Ingest::in_process(&s3, &warehouse, "").await?);
    poll.look(|_| false, || {}).await?;
    s3.put(REFUSED, b"no feed takes this").await?;
    warehouse.tell(REFUSE).await?;
    poll.look(|_| false, || {}).await?;
    let told = "SELECT count(*) = 4 AND bool_and(reason = 'the ledger cannot be written (SQLSTATE P0001)')
        FROM ingest.last_error";
    warehouse.until(told).await?;
    let lists = s3.asked(Operation::ListObjectsV2);
    poll.look(|_| false, || {}).await?;
    assert_eq!(s3.asked(Operation::ListObjectsV2) - lists, STARTS, "a look and nothing beside it");
    assert_eq!(warehouse.one("SELECT begun_at IS NULL FROM ingest.sweep").await?, true, "others may have the turn");
    warehouse.tell("DROP TRIGGER refuse ON ingest.object").await?;
    until("the sweep is tried again", async || {
        poll.look(|_| false, || {}).await?;
        Ok(warehouse.one("SELECT ended_at > 'epoch' FROM ingest.sweep").await? == true)
    })
    .await?;
    let found = format!("SELECT state FROM ingest.object WHERE key = '{REFUSED}'");
    assert_eq!(warehouse.one(&found).await?, "foreign");
    Ok(())
}

#[tokio::test]
async fn when_the_bucket_was_last_listed_whole_is_told_wherever_ops_look() -> Tested {
    let (folder, warehouse) = (Folder::new()?, Warehouse::start().await?);
    folder.put("patient_information.csv", &patients(&["001"]))?;
    let ingest = Ingest::from_folder(&folder, &warehouse)?.with("WARDWATCH_POLL_INTERVAL", "50ms");
    let dashboard = Dashboard::start(&warehouse.url()).await?;
    let age = async || -> Tested<Option<f64>> {
        let metrics = dashboard.text("/metrics").await?.1;
        Ok(metrics.lines().find_map(|line| line.strip_prefix("wardwatch_sweep_age_seconds ")?.parse().ok()))
    };
    assert_eq!(age().await?, None, "it never was");
    assert!(ingest.run(&["status"]).await?.stdout.contains("listed from end to end: not yet"));
    ingest.once().await?.json_of(0)?;
    warehouse.tell("UPDATE ingest.sweep SET ended_at = now() - interval '1 hour'").await?;
    assert!(age().await?.is_some_and(|age| (3_600.0..3_900.0).contains(&age)));
    assert!(dashboard.text("/ops").await?.1.contains("last listed from end to end at"));
    // Of several prefixes the one that was left alone for longest is told, and none hides behind another.
    warehouse
        .tell("INSERT INTO ingest.sweep (bucket, prefix, ended_at) SELECT bucket, 'ward/70', now() FROM ingest.sweep")
        .await?;
    assert!(age().await?.is_some_and(|age| (3_600.0..3_900.0).contains(&age)));
    let status = ingest.run(&["status", "--json"]).await?.json_of(0)?;
    let swept_at: DateTime<Utc> = status["swept_at"].as_str().unwrap_or_default().parse()?;
    assert!(ingest.run(&["status"]).await?.stdout.contains(&swept_at.format("end to end: %Y-%m-%dT%H:%M").to_string()));
    warehouse.tell("DELETE FROM ingest.sweep WHERE prefix = 'ward/70'").await?;
    // A look at a directory or at a small bucket is a whole listing, too.
    let daemon = ingest.start()?;
    warehouse.until("SELECT ended_at > now() - interval '1 minute' FROM ingest.sweep").await?;
    daemon.stop().await?;
    Ok(())
}

#[tokio::test]
async fn the_backlog_is_as_old_as_its_oldest_object_whenever_that_was_found() -> Tested {
    let warehouse = Warehouse::start().await?;
    let found_now = "INSERT INTO ingest.feed (feed, source, target) VALUES ('pms.admissions', 'pms', 'admission');
        INSERT INTO ingest.object (bucket, key, last_modified, size_bytes, order_time, feed, state)
        VALUES ('file:///b', 'old.csv', now(), 1, now() - interval '2 hours', 'pms.admissions', 'pending')";
    warehouse.tell(found_now).await?;
    let metrics = Dashboard::start(&warehouse.url()).await?.text("/metrics").await?.1;
    let sample = |name: &str| {
        let name = format!("wardwatch_feed_{name}{{feed=\"pms.admissions\"}} ");
        metrics.lines().find_map(|line| line.strip_prefix(name.as_str())?.parse::<f64>().ok())
    };
    assert!(sample("backlog_age_seconds").is_some_and(|age| (7_200.0..7_500.0).contains(&age)), "{metrics}");
    assert!(sample("backlog_seconds").is_some_and(|known| known < 300.0), "{metrics}");
    Ok(())
}
