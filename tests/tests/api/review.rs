//! What people do about stays: it holds until its time is up, a test is performed or it is taken back, it is kept for good, and
//! of two who act at once the second is told.

use chrono::SecondsFormat;
use serde_json::{Value, json};
use wardwatch_identity::Role;
use wardwatch_schema::database::COMMIT_CHANNEL;
use wardwatch_tests::ward::{admission, admission_to, order, patient, result};
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

/// Since when the form of the stay says that it is in doubt, as it sends that.
async fn doubt(ward: &Ward) -> Tested<String> {
    let page = ward.dashboard.text(STAY).await?.1;
    let said = page.split("name=\"doubted_at\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    Ok(said.map(|said| format!("&doubted_at={said}")).unwrap_or_default())
}

async fn act(ward: &Ward, form: &str, seen: i64) -> Tested<(u16, String)> {
    let (clock, doubt) = (ward.clock(STAY).await?, doubt(ward).await?);
    let answer = ward.dashboard.post(STAY, &format!("{form}&seen={seen}&idle_since={clock}{doubt}"), &[SAME]).await?;
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
    assert!(titles(&ward, "/?section=acknowledged").await?.starts_with("1 acknowledged"));
    let list = ward.dashboard.text("/?section=acknowledged").await?.1;
    assert!(list.contains("“<bdi>Comfort care</bdi>”"), "what was said with it stands in the row: {list}");
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
async fn a_comment_alone_is_kept_and_leaves_the_patient_on_the_list() -> Tested {
    let ward = one().await?;
    assert_eq!(act(&ward, "act=commented&comment=Relatives+informed", 0).await?.0, 303);
    let page = ward.dashboard.text("/").await?.1;
    assert!(page.contains("“<bdi>Relatives informed</bdi>”") && page.contains("data-told=\"commented\""), "{page}");
    assert!(titles(&ward, "/").await?.starts_with("1 without"));
    assert_eq!(kept(&ward).await?, json!([{"act": "commented", "reason": null, "by_account": "clinician"}]));
    Ok(())
}

/// What the button at the head of the board takes back, if there is one.
async fn undo(ward: &Ward) -> Tested<Option<String>> {
    let page = ward.dashboard.text("/").await?.1;
    let told = page.split("data-told=").nth(1).and_then(|rest| rest.split("id=\"board\"").next()).unwrap_or_default();
    let act = told.split("name=\"act\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    anyhow::ensure!(!told.is_empty(), "nothing is told: {page}");
    Ok(act.map(str::to_owned))
}

#[tokio::test]
async fn who_takes_care_is_undone_only_where_that_restores_who_did_before() -> Tested {
    let ward = one().await?;
    let by_bob = "INSERT INTO app.review (patient_id, case_number, act, by_account, at)
        VALUES ('P001', 'C1', 'assigned', 'bob', now())";
    assert_eq!(act(&ward, "act=assigned&comment=Seen+at+ten", 0).await?.0, 303);
    assert_eq!(undo(&ward).await?.as_deref(), Some("unassigned"), "nobody did before");
    assert!(
        ward.dashboard.text("/").await?.1.contains("“<bdi>Seen at ten</bdi>”"),
        "what was said with it stands in the row"
    );
    assert_eq!(act(&ward, "act=unassigned", 1).await?.0, 303);
    assert_eq!(undo(&ward).await?.as_deref(), Some("assigned"), "the reader did before");
    ward.warehouse.tell(by_bob).await?;
    assert_eq!(act(&ward, "act=assigned", 3).await?.0, 303);
    assert_eq!(undo(&ward).await?, None, "what Bob had taken on cannot be given back to him");
    ward.warehouse.tell(by_bob).await?;
    assert_eq!(act(&ward, "act=unassigned", 5).await?.0, 303);
    assert_eq!(undo(&ward).await?, None, "nor is it taken on in his place");
    Ok(())
}

#[tokio::test]
async fn a_board_of_the_past_goes_by_what_was_done_by_then() -> Tested {
    let ward = Ward::open_empty().await?;
    ward.load("admissions", &[admission("P001", "C1", ward.ago(90))]).await?;
    let yesterday = format!("/?as_of={}", ward.ago(24).to_rfc3339_opts(SecondsFormat::Secs, true));
    ward.acknowledge(STAY).await?;
    assert!(titles(&ward, "/").await?.starts_with("0 without"));
    assert!(titles(&ward, &yesterday).await?.starts_with("1 without"), "nobody had acknowledged it by then");

    ward.warehouse.tell("UPDATE app.review SET at = at - interval '25 hours'").await?;
    assert!(titles(&ward, &yesterday).await?.starts_with("0 without"), "somebody had");
    assert_eq!(act(&ward, "act=resumed", 1).await?.0, 303);
    assert!(titles(&ward, "/").await?.starts_with("1 without"));
    assert!(titles(&ward, &yesterday).await?.starts_with("0 without"), "what was taken back today stood yesterday");
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
async fn what_was_chosen_and_typed_stays_whatever_is_refused() -> Tested {
    let ward = one().await?;
    assert_eq!(act(&ward, "act=assigned", 0).await?.0, 303);
    let at = ward.ago(-72).format("%Y-%m-%dT%H:%M").to_string();
    let form = format!(
        "act=acknowledged&reason=will_review&hours=48&at={at}&comment=Comfort+care&back=/?department=Cardiology"
    );
    let chosen_at = format!("name=\"at\" value=\"{at}\"");
    let kept = [
        "value=\"will_review\" required checked",
        "value=\"48\" selected",
        &chosen_at,
        ">Comfort care</textarea>",
        "name=\"back\" value=\"/?department=Cardiology\"",
    ];
    for (more, status) in [("seen=0", 409), ("seen=1&by=somebody", 422)] {
        let answer = ward.dashboard.post(STAY, &format!("{form}&{more}"), &[SAME]).await?;
        assert_eq!(answer.status().as_u16(), status, "{more}");
        let page = answer.text().await?;
        for kept in kept {
            assert!(page.contains(kept), "{kept} after {more}: {page}");
        }
        assert!(!page.contains("value=\"8\" selected"), "{more}: {page}");
    }
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
async fn a_test_that_has_ended_it_ends_it_for_good_whatever_becomes_of_the_result() -> Tested {
    let ward = one().await?;
    ward.load("lab_tests", &[order("T1", "P001", ward.ago(58))]).await?;
    ward.load("lab_results", &[result("R1", "T1", ward.ago(70))]).await?;
    assert_eq!(act(&ward, ACKNOWLEDGE, 0).await?.0, 303);
    assert!(titles(&ward, "/").await?.starts_with("0 without"));
    ward.load("lab_results", &[result("R1", "T1", ward.ago(1))]).await?;
    ward.load("lab_results", &[result("R1", "T1", ward.ago(70))]).await?;
    assert!(
        titles(&ward, "/").await?.starts_with("1 without"),
        "the clock is what it was, and a test has been performed"
    );
    let seen: Option<i64> =
        sqlx::query_scalar("SELECT max(review_id) FROM app.review").fetch_one(&ward.warehouse.pool).await?;
    assert_eq!(act(&ward, ACKNOWLEDGE, seen.unwrap_or_default()).await?.0, 303, "it can be acknowledged anew");
    assert!(titles(&ward, "/").await?.starts_with("0 without"));
    Ok(())
}

#[tokio::test]
async fn a_doubt_that_is_newer_than_it_brings_the_patient_back() -> Tested {
    let ward = one().await?;
    assert_eq!(act(&ward, ACKNOWLEDGE, 0).await?.0, 303);
    ward.load("admissions", &[admission_to("Oncology", "P001", "C1", ward.ago(60))]).await?;
    assert!(titles(&ward, "/").await?.starts_with("0 without"), "a transfer is no doubt");
    ward.load("admissions", &[admission("P002", "C1", ward.ago(59))]).await?;
    assert!(titles(&ward, "/").await?.starts_with("2 without"), "whose stay is it?");
    assert!(!ward.dashboard.text("/patients/P001").await?.1.contains("Comes back"));
    let unseen = format!("{ACKNOWLEDGE}&seen=1&idle_since={}", ward.clock(STAY).await?);
    let answer = ward.dashboard.post(STAY, &unseen, &[SAME]).await?;
    assert_eq!(answer.status().as_u16(), 409, "whoever did not see the doubt acknowledges nothing");
    assert_eq!(act(&ward, ACKNOWLEDGE, 1).await?.0, 303);
    assert!(titles(&ward, "/").await?.starts_with("1 without"), "a doubt that was known is acknowledged with the stay");
    ward.load("admissions", &[admission("P002", "C1", ward.ago(59))]).await?;
    assert!(titles(&ward, "/").await?.starts_with("1 without"), "what is only repeated is no new doubt");
    Ok(())
}

#[tokio::test]
async fn whoever_does_not_see_a_patient_any_more_does_not_take_care_of_them() -> Tested {
    let ward = one().await?;
    assert_eq!(act(&ward, "act=assigned", 0).await?.0, 303);
    let away = "who does not see this department";
    assert!(!ward.dashboard.text("/").await?.1.contains(away));
    for change in ["departments = '{Oncology}'", "departments = '{}', disabled_at = now()"] {
        ward.warehouse.tell(&format!("UPDATE app.account SET {change} WHERE name = 'clinician'")).await?;
        ward.warehouse.tell(&format!("SELECT pg_notify('{COMMIT_CHANNEL}', 'app.review')")).await?;
        until("the row says so", async || {
            let board = ward.dashboard.get_as(Some(Role::Analyst), "/").await?.text().await?;
            Ok(board.contains(away))
        })
        .await?;
        ward.warehouse.tell("UPDATE app.account SET departments = '{}', disabled_at = NULL").await?;
        ward.until_known().await?;
    }
    Ok(())
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
async fn a_clock_that_moves_before_the_board_knows_of_it_is_not_acknowledged() -> Tested {
    let ward = one().await?;
    let seen = ward.clock(STAY).await?;
    // Without a word to the board.
    ward.warehouse.tell("UPDATE monitor.stay SET idle_since = idle_since + interval '2 hours'").await?;
    let answer = ward.dashboard.post(STAY, &format!("{ACKNOWLEDGE}&seen=0&idle_since={seen}"), &[SAME]).await?;
    assert_eq!(answer.status().as_u16(), 409);
    assert_eq!(kept(&ward).await?, json!([]));
    until("the page shows the clock", async || Ok(ward.clock(STAY).await? != seen)).await?;
    assert_eq!(act(&ward, ACKNOWLEDGE, 0).await?.0, 303);
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
