//! Health, readiness and events, with and without a database; and the copy for when this server is away.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use chrono_tz::Tz;
use serde_json::json;
use tempfile::TempDir;
use tokio::time::timeout;
use wardwatch_dashboard::Settings;
use wardwatch_demo::Postgres;
use wardwatch_identity::Role;
use wardwatch_schema::database;
use wardwatch_tests::wait::DEADLINE;
use wardwatch_tests::{Dashboard, Tested, Ward, Warehouse, people, until};

#[tokio::test]
async fn ready_means_that_the_database_answers() -> Tested {
    let mut postgres = Postgres::start_temporary(vec![]).await?;
    postgres.create_database("ward", None).await?;
    let pool = database::connect(&postgres.url("ward")).await?;
    database::migrate(&pool).await?;
    people::seed(&pool).await?;
    pool.close().await;
    let mut dashboard = Dashboard::start(&postgres.url("ward")).await?;
    assert_eq!(dashboard.json("/readyz").await?, (200, json!({"status": "ready"})));
    assert_eq!(dashboard.text("/").await?.0, 200);

    postgres.crash().await?;
    assert_eq!(dashboard.json("/healthz").await?, (200, json!({"status": "alive"})), "the process itself is well");
    for path in ["/readyz", "/api/v1/board", "/api/v1/patients/1", "/metrics"] {
        let (status, problem) = dashboard.json(path).await?;
        assert_eq!((status, &problem["error"]["code"]), (503, &json!("database_unavailable")), "{path}");
        let message = problem["error"]["message"].as_str().unwrap_or_default();
        assert!(message.contains("database does not answer"), "{path}: {message}");
    }
    until("the last board that is known says that it is not live", async || {
        let (status, page) = dashboard.text("/").await?;
        Ok(status == 200 && page.contains("Not live."))
    })
    .await?;
    let (status, page) = dashboard.text("/patients?per_page=3").await?;
    assert!(status == 503 && page.contains("database_unavailable"), "{status} {page}");
    assert!(page.contains("href=\"?per_page=3\" data-control=\"again\"") && !page.contains("http-equiv"), "{page}");
    let asked = Instant::now();
    let (status, page) = dashboard.text("/?q=One&state=chase").await?;
    assert!(status == 503 && page.contains("data-code=\"search_unavailable\""), "{status} {page}");
    assert!(page.contains("href=\"/?state=chase\" data-control=\"way-on\""), "{page}");
    assert!(asked.elapsed() < Duration::from_secs(5), "nobody waits for what is known to be away");
    assert_eq!(dashboard.text("/?state=chase").await?.0, 200, "the board itself is shown without the search");
    let stranger = dashboard.get_as(Some(Role::Analyst), "/").await?;
    assert_eq!(stranger.status().as_u16(), 503, "whose session nobody has vouched for");

    let own_page = ("sec-fetch-site", "same-origin");
    let sent = dashboard.post("/ops/requests", "kind=retry&object_id=1", &[own_page]).await?;
    let (status, page) = (sent.status().as_u16(), sent.text().await?);
    assert!(status == 503 && page.contains("take it as not written. Go back"), "{status} {page}");
    assert!(!page.contains("http-equiv") && !page.contains("data-control=\"again\""), "{page}");
    let out = dashboard.post("/sign-out", "", &[own_page]).await?;
    assert_eq!((out.status().as_u16(), out.headers().get("set-cookie")), (503, None), "the session goes on");
    assert!(out.text().await?.contains("You are still signed in"));

    postgres.restart().await?;
    until("the dashboard is ready again", async || Ok(dashboard.json("/readyz").await?.0 == 200)).await?;
    until("programs are answered", async || Ok(dashboard.json("/api/v1/board").await?.0 == 200)).await?;
    until("the board is live again", async || Ok(!dashboard.text("/").await?.1.contains("Not live."))).await?;
    assert_eq!(dashboard.post("/sign-out", "", &[own_page]).await?.status().as_u16(), 303);
    dashboard.stop().await?;
    Ok(postgres.stop().await?)
}

#[tokio::test]
async fn ops_hear_of_a_downtime_copy_that_is_not_written() -> Tested {
    const METRIC: &str = "wardwatch_downtime_copy_age_seconds";
    let (ward, folder) = (Ward::open_empty().await?, TempDir::new()?);
    let told = async |dashboard: &Dashboard| -> Tested<(String, bool)> {
        let ops = dashboard.get_as(Some(Role::Ops), "/ops").await?.text().await?;
        Ok((ops, dashboard.text("/metrics").await?.1.lines().any(|line| line.starts_with(METRIC))))
    };
    let (ops, has_metric) = told(&ward.dashboard).await?;
    assert!(!ops.contains("downtime copy") && !has_metric, "no folder is chosen");
    for (place, words) in [
        (folder.path().to_owned(), "The downtime copy was last written at"),
        (folder.path().join("missing"), "has not written the downtime copy yet"),
    ] {
        let settings = Settings { downtime_folder: Some(place), ..Settings::new(Tz::UTC, ([127, 0, 0, 1], 0).into()) };
        let mut dashboard = Dashboard::start_with(&ward.warehouse.url(), settings).await?;
        until(words, async || {
            let (ops, has_metric) = told(&dashboard).await?;
            anyhow::ensure!(has_metric, "no metric where a folder is chosen");
            Ok(ops.contains(words))
        })
        .await?;
        dashboard.stop().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_warehouse_that_was_never_migrated_is_not_ready() -> Tested {
    let warehouse = Warehouse::empty().await?;
    let dashboard = Dashboard::start(&warehouse.url()).await?;
    for path in ["/readyz", "/api/v1/board"] {
        let (status, problem) = dashboard.json(path).await?;
        assert_eq!((status, &problem["error"]["code"]), (503, &json!("not_migrated")), "{path}");
        assert!(problem["error"]["message"].to_string().contains("wardwatch-ingest migrate"), "{problem}");
    }
    assert_eq!(dashboard.json("/healthz").await?.0, 200);
    Ok(())
}

#[tokio::test]
async fn a_load_is_told_as_an_event() -> Tested {
    let ward = Ward::open().await?;
    let mut events = ward.dashboard.get("/events").await?;
    assert_eq!(events.headers()["content-type"], "text/event-stream");
    let mut told = String::new();
    let mut until_told = async |words: &str| -> Tested {
        while !told.contains(words) {
            let chunk =
                timeout(DEADLINE, events.chunk()).await.with_context(|| format!("no {words:?} in {told:?}"))??;
            told.push_str(&String::from_utf8_lossy(&chunk.context("the stream has ended")?));
        }
        told.clear();
        Ok(())
    };
    until_told("event: hello").await?;
    ward.drop_file("lab_tests", &[]).await?;
    until_told("event: commit\ndata: lis.lab_tests").await?;
    until_told("event: tick").await
}
