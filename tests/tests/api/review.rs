//! What people do about stays: it holds until its time is up, a test is performed or it is taken back, it is kept for good, and
//! of two who act at once the second is told.

use serde_json::{Value, json};
use wardwatch_identity::Role;
use wardwatch_tests::ward::{admission, order, patient, result};
use wardwatch_tests::{Tested, Ward, until};

const SAME: (&str, &str) = ("sec-fetch-site", "same-origin");
const STAY: &str = "/patients/P001/stays/C1";
const ACKNOWLEDGE: &str =
    "act=acknowledged&reason=palliative&hours=4&comment=Comfort+care&back=/?department=Cardiology";

/// One patient without a test for sixty hours.
async fn one() -> Tested<Ward> {
    let ward = Ward::open().await?;
    ward.load("patient_information", &[patient("P001", "Ada", "One")]).await?;
    ward.load("admissions", &[admission("P001", "C1", ward.ago(60))]).await?;
    until("the patient is listed", async || Ok(titles(&ward, "/").await?.contains("1 without"))).await?;
    Ok(ward)
}

async fn titles(ward: &Ward, path: &str) -> Tested<String> {
    let page = ward.dashboard.text(path).await?.1;
    let title = page.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>"));
    Ok(title.map(|(title, _)| title.to_owned()).unwrap_or_default())
}

async fn act(ward: &Ward, form: &str, seen: i64) -> Tested<(u16, String)> {
    let clock = ward.clock(STAY).await?;
    let answer = ward.dashboard.post(STAY, &format!("{form}&seen={seen}&idle_since={clock}"), &[SAME]).await?;
    let status = answer.status().as_u16();
    let place = answer.headers().get("location").and_then(|place| place.to_str().ok()).unwrap_or_default().to_owned();
    Ok((status, place))
}

async fn kept(ward: &Ward) -> Tested<Value> {
    ward.warehouse.rows("SELECT act, reason, by_account FROM app.review ORDER BY review_id").await
}

#[tokio::test]
async fn an_acknowledged_patient_leaves_the_list_stays_findable_and_is_kept() -> Tested {
    let ward = one().await?;
    assert_eq!(act(&ward, ACKNOWLEDGE, 0).await?, (303, "/?department=Cardiology".to_owned()));
    assert!(titles(&ward, "/").await?.starts_with("0 without"), "who acts sees it at once");
    assert!(titles(&ward, "/?section=acknowledged").await?.starts_with("1 without"));
    let (_, board) = ward.dashboard.json("/api/v1/board").await?;
    assert_eq!(board["total"], 1, "the rule knows no acknowledgement");
    assert_eq!(board["stays"][0]["acknowledged"]["by"], "clinician");
    assert!(ward.dashboard.text("/patients/P001").await?.1.contains("Comfort care"));
    let expected = json!([{"act": "acknowledged", "reason": "palliative", "by_account": "clinician"}]);
    assert_eq!(kept(&ward).await?, expected);
    let noted = "SELECT actor, patient_id, reason FROM app.audit WHERE action = 'stay reviewed'";
    let expected = json!([{"actor": "clinician", "patient_id": "P001", "reason": "palliative"}]);
    assert_eq!(ward.warehouse.rows(noted).await?, expected);

    assert_eq!(act(&ward, "act=resumed", 1).await?.0, 303);
    assert!(titles(&ward, "/").await?.starts_with("1 without"), "taken back");
    Ok(())
}

#[tokio::test]
async fn of_two_who_act_at_once_the_second_is_told() -> Tested {
    let ward = one().await?;
    assert_eq!(act(&ward, ACKNOWLEDGE, 0).await?.0, 303);
    let answer = ward.dashboard.post(STAY, "act=assigned&seen=0", &[SAME]).await?;
    let (status, page) = (answer.status().as_u16(), answer.text().await?);
    assert!(
        status == 409 && page.contains("Nothing of yours was written") && page.contains("Comfort care"),
        "{status}"
    );
    assert_eq!(kept(&ward).await?.as_array().map(Vec::len), Some(1));
    Ok(())
}

#[tokio::test]
async fn a_test_that_is_performed_ends_it() -> Tested {
    let ward = one().await?;
    assert_eq!(act(&ward, ACKNOWLEDGE, 0).await?.0, 303);
    ward.load("lab_tests", &[order("T1", "P001", ward.ago(58))]).await?;
    ward.load("lab_results", &[result("R1", "T1", ward.ago(55))]).await?;
    until("the patient is back", async || Ok(titles(&ward, "/").await?.starts_with("1 without"))).await
}

#[tokio::test]
async fn a_test_that_is_performed_while_somebody_decides_is_not_acknowledged_with_it() -> Tested {
    let ward = one().await?;
    let seen = ward.clock(STAY).await?;
    ward.load("lab_tests", &[order("T1", "P001", ward.ago(58))]).await?;
    ward.load("lab_results", &[result("R1", "T1", ward.ago(55))]).await?;
    until("the page shows another clock", async || Ok(ward.clock(STAY).await? != seen)).await?;
    for clock in [format!("&idle_since={seen}"), String::new()] {
        let answer = ward.dashboard.post(STAY, &format!("{ACKNOWLEDGE}&seen=0{clock}"), &[SAME]).await?;
        let (status, page) = (answer.status().as_u16(), answer.text().await?);
        assert_eq!(status, 409, "{clock}");
        assert!(page.contains("A test was performed") && page.contains("Comfort care"), "what was typed stays: {page}");
    }
    assert_eq!(kept(&ward).await?, json!([]));
    let answer = ward.dashboard.post(STAY, &format!("act=assigned&seen=0&idle_since={seen}"), &[SAME]).await?;
    assert_eq!(answer.status().as_u16(), 303, "who takes care does so whatever the clock");
    assert_eq!(act(&ward, ACKNOWLEDGE, 1).await?.0, 303, "what is there now can be acknowledged");
    Ok(())
}

#[tokio::test]
async fn the_time_that_is_up_ends_it() -> Tested {
    let ward = one().await?;
    assert_eq!(act(&ward, ACKNOWLEDGE, 0).await?.0, 303);
    ward.warehouse
        .tell("UPDATE app.review SET at = at - interval '1 day', returns_at = now() + interval '1 second'")
        .await?;
    until("the patient is back", async || Ok(titles(&ward, "/").await?.starts_with("1 without"))).await
}

#[tokio::test]
async fn only_clinicians_act_and_nobody_rewrites_what_was_done() -> Tested {
    let ward = one().await?;
    for role in [Role::Patient, Role::Ops, Role::Analyst, Role::Admin] {
        let answer = ward.dashboard.post_as(Some(role), STAY, "act=assigned&seen=0", &[SAME]).await?;
        assert_eq!(answer.status().as_u16(), 403, "{role}");
    }
    for (form, status) in [
        ("act=deleted", 422),
        ("act=acknowledged&reason=palliative", 422),
        ("act=acknowledged&reason=palliative&hours=999", 422),
    ] {
        assert_eq!(act(&ward, form, 0).await?.0, status, "{form}");
    }
    assert_eq!(kept(&ward).await?, json!([]));
    let rights = "SELECT has_table_privilege('wardwatch_dashboard', 'app.review', 'UPDATE, DELETE') AS may";
    assert_eq!(ward.warehouse.rows(rights).await?, json!([{"may": false}]));
    Ok(())
}
