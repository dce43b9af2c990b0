//! Who may act on a page while nobody signs in: a form of a page of this very server, on loopback, and nothing else.

use chrono_tz::Tz;
use serde_json::json;
use wardwatch_dashboard::Settings;
use wardwatch_tests::{Dashboard, Tested, Warehouse};

const RETRY: &str = "kind=retry&object_id=1&asked_by=Ada";
const SAME: (&str, &str) = ("sec-fetch-site", "same-origin");

async fn asked(warehouse: &Warehouse) -> Tested<serde_json::Value> {
    warehouse.rows("SELECT kind, object_id, asked_by, state FROM app.request").await
}

#[tokio::test]
async fn a_form_of_our_own_page_becomes_one_request() -> Tested {
    let warehouse = Warehouse::start().await?;
    warehouse.create_login("former", "wardwatch_dashboard").await?;
    let dashboard = Dashboard::start(&warehouse.url_as("former", None)?).await?;
    let answer = dashboard.post("/ops/requests", RETRY, &[SAME]).await?;
    let place = answer.headers().get("location").and_then(|place| place.to_str().ok()).unwrap_or_default().to_owned();
    assert_eq!((answer.status().as_u16(), place.as_str()), (303, "/ops/requests/1"));
    assert_eq!(
        asked(&warehouse).await?,
        json!([{"kind": "retry", "object_id": 1, "asked_by": "Ada", "state": "asked"}])
    );
    let (status, page) = dashboard.text(&place).await?;
    assert!(status == 200 && page.contains("not carried out yet"), "{status}");
    Ok(())
}

#[tokio::test]
async fn what_other_pages_and_programs_send_is_refused() -> Tested {
    let warehouse = Warehouse::start().await?;
    let dashboard = Dashboard::start(&warehouse.url()).await?;
    let own = format!("http://{}", dashboard.address);
    let evil = format!("http://ward.example:{}", dashboard.address.port());
    let host = evil.trim_start_matches("http://");
    let refused: [&[(&str, &str)]; 6] = [
        &[],
        &[("origin", "null")],
        &[("origin", "https://ward.example")],
        &[("sec-fetch-site", "cross-site"), ("origin", &own)],
        &[("sec-fetch-site", "none")],
        // A name of the internet that was made to point at this machine.
        &[("host", host), ("origin", &evil), SAME],
    ];
    for headers in refused {
        let answer = dashboard.post("/ops/requests", RETRY, headers).await?;
        assert_eq!(answer.status().as_u16(), 403, "{headers:?}");
    }
    assert_eq!(asked(&warehouse).await?, json!([]));
    let answer = dashboard.post("/ops/requests", RETRY, &[("origin", &own)]).await?;
    assert_eq!(answer.status().as_u16(), 303, "a browser that says the origin only");
    Ok(())
}

#[tokio::test]
async fn a_form_that_cannot_be_read_writes_nothing() -> Tested {
    let warehouse = Warehouse::start().await?;
    let dashboard = Dashboard::start(&warehouse.url()).await?;
    for form in ["", "kind=retry", "kind=retry&object_id=1&asked_by=", "kind=other&asked_by=Ada"] {
        assert_eq!(dashboard.post("/ops/requests", form, &[SAME]).await?.status().as_u16(), 400, "{form}");
    }
    assert_eq!(asked(&warehouse).await?, json!([]));
    assert_eq!(dashboard.get("/ops/requests").await?.status().as_u16(), 405);
    for path in [
        "/ops/requests/1",
        "/ops/requests/x",
        "/ops/objects/9",
        "/ops/objects/1/records/x",
        "/ops/results/r",
        "/ops/cases/c",
        "/ops/decisions/1",
    ] {
        assert_eq!(dashboard.get(path).await?.status().as_u16(), 404, "{path}");
    }
    Ok(())
}

#[tokio::test]
async fn acting_is_off_beyond_loopback_unless_ops_say_otherwise() -> Tested {
    let warehouse = Warehouse::start().await?;
    warehouse
        .tell(
            "INSERT INTO ingest.object (bucket, key, last_modified, size_bytes, order_time, feed, state, reason)
             VALUES ('s3://b', 'k.csv', now(), 1, now(), 'lis.lab_tests', 'held', 'no map')",
        )
        .await?;
    let serve = async |listen: [u8; 4], acting: Option<bool>| {
        let settings = Settings { timezone: Tz::UTC, listen: (listen, 0).into(), acting };
        Dashboard::start_with(&warehouse.url(), settings).await
    };
    for (listen, acting, status) in
        [([0, 0, 0, 0], None, 403), ([127, 0, 0, 1], Some(false), 403), ([0, 0, 0, 0], Some(true), 303)]
    {
        let dashboard = serve(listen, acting).await?;
        let answer = dashboard.post("/ops/requests", RETRY, &[SAME]).await?;
        assert_eq!(answer.status().as_u16(), status, "{listen:?} {acting:?}");
        let (_, page) = dashboard.text("/ops/objects/1").await?;
        assert_eq!(page.contains("<form"), status == 303, "{listen:?} {acting:?}");
    }
    Ok(())
}
