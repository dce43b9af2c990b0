//! Who may act on a page: a form of a page of this very server, sent by somebody whose role may, and nothing else.

use chrono_tz::Tz;
use serde_json::json;
use wardwatch_dashboard::Settings;
use wardwatch_identity::Role;
use wardwatch_tests::{Dashboard, Tested, Warehouse};

const RETRY: &str = "kind=retry&object_id=1";
const SAME: (&str, &str) = ("sec-fetch-site", "same-origin");

async fn asked(warehouse: &Warehouse) -> Tested<serde_json::Value> {
    warehouse.rows("SELECT kind, object_id, asked_by, state FROM app.request").await
}

#[tokio::test]
async fn a_form_of_our_own_page_becomes_one_request_under_the_name_of_the_account() -> Tested {
    let warehouse = Warehouse::start().await?;
    warehouse.create_login("former", "wardwatch_dashboard").await?;
    let dashboard = Dashboard::start(&warehouse.url_as("former", None)?).await?;
    let answer = dashboard.post("/ops/requests", RETRY, &[SAME]).await?;
    let place = answer.headers().get("location").and_then(|place| place.to_str().ok()).unwrap_or_default().to_owned();
    assert_eq!((answer.status().as_u16(), place.as_str()), (303, "/ops/requests/1"));
    assert_eq!(
        asked(&warehouse).await?,
        json!([{"kind": "retry", "object_id": 1, "asked_by": "clinician", "state": "asked"}])
    );
    let (status, page) = dashboard.text(&place).await?;
    assert!(status == 200 && page.contains("not carried out yet"), "{status}");
    let noted = "SELECT actor, action, about FROM app.audit ORDER BY audit_id DESC LIMIT 1";
    let expected = json!([{"actor": "clinician", "action": "asked", "about": "retry 1"}]);
    assert_eq!(warehouse.rows(noted).await?, expected);
    Ok(())
}

#[tokio::test]
async fn what_other_pages_programs_and_roles_send_is_refused() -> Tested {
    let warehouse = Warehouse::start().await?;
    let dashboard = Dashboard::start(&warehouse.url()).await?;
    let own = format!("http://{}", dashboard.address);
    let refused: [&[(&str, &str)]; 5] = [
        &[],
        &[("origin", "null")],
        &[("origin", "https://ward.example")],
        &[("sec-fetch-site", "cross-site"), ("origin", &own)],
        &[("sec-fetch-site", "none")],
    ];
    for headers in refused {
        for path in ["/ops/requests", "/sign-in", "/sign-out"] {
            let answer = dashboard.post(path, RETRY, headers).await?;
            assert_eq!(answer.status().as_u16(), 403, "{path} {headers:?}");
        }
    }
    for role in [Role::Patient, Role::Analyst, Role::Admin] {
        let answer = dashboard.post_as(Some(role), "/ops/requests", RETRY, &[SAME]).await?;
        assert_eq!(answer.status().as_u16(), 403, "{role}");
    }
    let answer = dashboard.post_as(None, "/ops/requests", RETRY, &[SAME]).await?;
    assert_eq!((answer.status().as_u16(), &answer.headers()["location"]), (303, &"/sign-in".parse()?));
    assert_eq!(asked(&warehouse).await?, json!([]));
    let answer = dashboard.post("/ops/requests", RETRY, &[("origin", &own)]).await?;
    assert_eq!(answer.status().as_u16(), 303, "a browser that says the origin only");
    Ok(())
}

#[tokio::test]
async fn a_form_that_cannot_be_read_writes_nothing() -> Tested {
    let warehouse = Warehouse::start().await?;
    let dashboard = Dashboard::start(&warehouse.url()).await?;
    for form in ["", "kind=retry", "kind=retry&object_id=1&asked_by=Ada", "kind=other"] {
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
async fn acting_can_be_switched_off() -> Tested {
    let warehouse = Warehouse::start().await?;
    warehouse
        .tell(
            "INSERT INTO ingest.object (bucket, key, last_modified, size_bytes, order_time, feed, state, reason)
             VALUES ('s3://b', 'k.csv', now(), 1, now(), 'lis.lab_tests', 'held', 'no map')",
        )
        .await?;
    for (acting, status) in [(false, 403), (true, 303)] {
        let settings = Settings { acting, ..Settings::new(Tz::UTC, ([127, 0, 0, 1], 0).into()) };
        let dashboard = Dashboard::start_with(&warehouse.url(), settings).await?;
        let answer = dashboard.post("/ops/requests", RETRY, &[SAME]).await?;
        assert_eq!(answer.status().as_u16(), status, "{acting}");
        let (_, page) = dashboard.text("/ops/objects/1").await?;
        assert_eq!(page.contains("action=\"/ops/requests\""), status == 303, "{acting}");
    }
    Ok(())
}
