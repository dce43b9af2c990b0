//! What makes the board doubt: the age of a feed, and records that could not be read.

use anyhow::Context as _;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use wardwatch_tests::ward::{admission, admission_to, file, now, order, patient, result};
use wardwatch_tests::{Tested, Ward, until};

use super::stays;

async fn board(ward: &Ward) -> Tested<Value> {
    Ok(ward.dashboard.json("/api/v1/board").await?.1)
}

/// Waits until the board says something of a feed, and answers with all that it says of it.
async fn until_feed(ward: &Ward, name: &str, is_said: impl Fn(&Value) -> bool) -> Tested<Value> {
    let mut told = Value::Null;
    until(&format!("it is said of {name}"), async || {
        let board = board(ward).await?;
        let mut feeds = board["feeds"].as_array().into_iter().flatten();
        told = feeds.find(|feed| feed["feed"] == name).cloned().unwrap_or_default();
        Ok(is_said(&told))
    })
    .await?;
    Ok(told)
}

fn is_loaded(feed: &Value) -> bool {
    feed["newest_loaded_at"].is_string()
}

/// Waits until the board tells these patients, states and reasons.
async fn until_told(ward: &Ward, expected: Value) -> Tested {
    until(&format!("the board tells {expected}"), async || {
        let board = board(ward).await?;
        let told = stays(&board).iter().map(|stay| json!([stay["patient_id"], stay["state"], stay["reasons"]]));
        Ok(told.collect::<Value>() == expected)
    })
    .await
}

/// A header of this feed, named for one moment and uploaded at another.
async fn upload(ward: &Ward, feed: &str, named: DateTime<Utc>, uploaded: DateTime<Utc>) -> Tested {
    let key = format!("{feed}_{}.csv", named.format("%Y%m%dT%H%M%SZ"));
    ward.s3.put_at(&key, &file(feed, &[]), uploaded).await?;
    ward.warehouse.until_state(&key, "done").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_is_as_old_as_the_earlier_of_its_two_times() -> Tested {
    let ward = Ward::open_with_limit("1h").await?;
    let (past, future) = (now() - TimeDelta::hours(3), now() + TimeDelta::days(400));
    let is_old = |feed: &Value| feed["stale"] == true && feed["age_seconds"].as_i64() >= Some(3 * 3600);
    upload(&ward, "lab_results", past, now()).await?;
    let results = until_feed(&ward, "lis.lab_results", is_loaded).await?;
    assert!(is_old(&results), "an old file that is uploaded again is old: {results}");
    upload(&ward, "lab_tests", future, past).await?;
    let tests = until_feed(&ward, "lis.lab_tests", is_loaded).await?;
    assert!(is_old(&tests), "a name from the future makes nothing fresh: {tests}");
    upload(&ward, "lab_tests", now(), now()).await?;
    until_feed(&ward, "lis.lab_tests", |feed| feed["stale"] == false).await?;
    upload(&ward, "lab_results", now(), now()).await?;
    until_feed(&ward, "lis.lab_results", |feed| feed["stale"] == false).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_static_feed_is_never_stale_and_tells_its_age() -> Tested {
    let ward = Ward::open().await?;
    upload(&ward, "lab_results", now() - TimeDelta::days(90), now()).await?;
    let results = until_feed(&ward, "lis.lab_results", is_loaded).await?;
    assert_eq!(results["stale"], false);
    assert!(results["age_seconds"].as_i64() >= Some(90 * 86_400 - 1), "{results}");
    let (_, page) = ward.dashboard.text("/").await?;
    let strip = page.split("data-feed=\"lis.lab_results\"").nth(1).context("the feed is not in the head")?;
    let strip = strip.split("data-feed=").next().unwrap_or_default();
    assert!(strip.contains("90 d") && strip.contains("static"), "{strip}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_that_cannot_be_read_leaves_no_sure_value_behind() -> Tested {
    let ward = Ward::open_empty().await?;
    ward.load("patient_information", &[patient("P1", "Ada", "Test"), patient("P2", "Bo", "Test")]).await?;
    ward.load("admissions", &[admission("P1", "C1", ward.ago(100)), admission("P2", "C2", ward.ago(90))]).await?;
    until_told(&ward, json!([["P1", "overdue", []], ["P2", "overdue", []]])).await?;
    ward.load("admissions", &["P1,C1,yesterday,noon,,,Cardiology,1".to_owned()]).await?;
    until_told(&ward, json!([["P1", "unknown", ["quarantined"]], ["P2", "overdue", []]])).await?;
    // A later record that can be read ends the doubt.
    ward.load("admissions", &[admission_to("Oncology", "P1", "C1", ward.ago(100))]).await?;
    until_told(&ward, json!([["P1", "overdue", []], ["P2", "overdue", []]])).await
}

#[tokio::test(flavor = "multi_thread")]
async fn results_that_may_be_a_patients_are_counted_whole_though_only_the_newest_are_shown() -> Tested {
    let ward = Ward::open_empty().await?;
    let shared = |test: &'static str, patients: i64| (10..10 + patients).map(move |id| (test, format!("P{id}")));
    let orders = shared("T1", 21).chain(shared("T2", 22)).map(|(test, id)| order(test, &id, ward.ago(60)));
    ward.load("lab_tests", &orders.collect::<Vec<_>>()).await?;
    let results = (0..250).map(|number| result(&format!("R{number}"), "T1", ward.ago(50)));
    let newest = result("NEWEST", "T2", ward.ago(40));
    ward.load("lab_results", &results.chain([newest]).collect::<Vec<_>>()).await?;
    let (_, page) = ward.dashboard.text("/patients/P10").await?;
    assert!(page.contains("Results that may be this patient's (251)"), "{page}");
    assert!(page.contains("The newest 200 of 251 are shown."), "{page}");
    assert_eq!(page.matches("class=\"waiting-result\"").count(), 200);
    assert_eq!(page.matches(" and more.").count(), 1, "the test of 21 others, of whom 20 are told");
    assert!(page.contains("href=\"/patients/P30\"") && !page.contains("href=\"/patients/P31\""), "{page}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_of_nobody_is_counted_where_everybody_looks() -> Tested {
    let ward = Ward::open_empty().await?;
    ward.load("patient_information", &[patient("P1", "Ada", "Test")]).await?;
    ward.load("admissions", &[admission("P1", "C1", ward.ago(100))]).await?;
    ward.load("lab_tests", &[order("T1", "P1", ward.ago(60))]).await?;
    ward.load("lab_results", &["R1,,1.25,mg/L,NA,Normal,11/20/2026,noon,NA".to_owned()]).await?;
    until_feed(&ward, "lis.lab_results", |feed| feed["quarantined"] == 1).await?;
    let (_, page) = ward.dashboard.text("/").await?;
    assert!(page.contains("1 record quarantined"), "it stands in the head");
    Ok(())
}
