//! Results that move: what a patient once had as theirs is told for good, and to nobody whose it is now.

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use wardwatch_tests::ward::{admission, order, patient, result};
use wardwatch_tests::{Tested, Ward};

/// Two patients, each with an order of their own, who share a test id.
async fn ward() -> Tested<Ward> {
    let ward = Ward::open_empty().await?;
    ward.load("patient_information", &[patient("P1", "Ada", "One"), patient("P2", "Bea", "Two")]).await?;
    ward.load("admissions", &[admission("P1", "C1", ward.ago(100)), admission("P2", "C2", ward.ago(90))]).await?;
    let orders = [("T1", "P1"), ("T2", "P2"), ("SHARED", "P1"), ("SHARED", "P2")];
    ward.load("lab_tests", &orders.map(|(test, id)| order(test, id, ward.ago(60)))).await?;
    Ok(ward)
}

/// A result of another value than all others have.
fn odd_result(id: &str, test: &str, performed_at: DateTime<Utc>) -> String {
    result(id, test, performed_at).replace("1.25", "9.75")
}

async fn told(ward: &Ward, id: &str) -> Tested<(Value, String)> {
    let (status, told) = ward.dashboard.json(&format!("/api/v1/patients/{id}")).await?;
    anyhow::ensure!(status == 200, "{status}: {told}");
    Ok((told, ward.dashboard.text(&format!("/patients/{id}")).await?.1))
}

/// A section of a page; nothing where the page has none of this name.
fn section<'a>(page: &'a str, name: &str) -> &'a str {
    let begun = page.split(&format!(" id=\"{name}\"")).nth(1).unwrap_or_default();
    begun.split("</section>").next().unwrap_or_default()
}

/// The result of this id in a list.
fn of<'a>(list: &'a Value, id: &str) -> &'a Value {
    let mut all = list.as_array().into_iter().flatten();
    all.find(|one| one["result_id"] == id).unwrap_or(&Value::Null)
}

/// All results of a patient's orders.
fn own(patient: &Value) -> Value {
    let orders = patient["orders"].as_array().into_iter().flatten();
    orders.flat_map(|order| order["results"].as_array().into_iter().flatten()).cloned().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_that_becomes_another_patients_is_lost_from_neither_page() -> Tested {
    let ward = ward().await?;
    ward.load("lab_results", &[odd_result("R1", "T1", ward.ago(50))]).await?;
    let (before, page) = told(&ward, "P1").await?;
    assert_eq!((of(&own(&before), "R1")["value"].as_str(), section(&page, "moved")), (Some("9.75"), ""));
    ward.load("lab_results", &[result("R1", "T2", ward.ago(50))]).await?;

    let (left, page) = told(&ward, "P1").await?;
    let moved = of(&left["moved_results"], "R1");
    assert_eq!(
        (&moved["value"], &moved["waits"], &moved["attributed_to"]),
        (&json!("9.75"), &json!(false), &json!("this_patient"))
    );
    assert!(moved["source"]["object"].as_str().is_some_and(|key| key.starts_with("lab_results_")), "{moved}");
    assert_eq!((own(&left), &left["stays"][0]["last_performed_at"]), (json!([]), &Value::Null), "it resets no clock");
    let said = section(&page, "moved");
    for words in ["9.75 mg/L", "another patient", "lab_results_", "record 1, map v1"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(!said.contains("P2") && !section(&page, "orders").contains("9.75"), "{page}");

    let (got, page) = told(&ward, "P2").await?;
    let results = own(&got);
    let earlier = &of(&results, "R1")["earlier"];
    assert_eq!((&earlier[0]["value"], &earlier[0]["attributed_to"]), (&json!("9.75"), &json!("another_patient")));
    let said = section(&page, "orders");
    assert!(said.contains("Was: another patient's: 9.75"), "{said}");
    assert!(!said.contains("P1<") && got["moved_results"] == json!([]), "{said}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_that_goes_back_to_waiting_keeps_what_it_was() -> Tested {
    let ward = ward().await?;
    ward.load("lab_results", &["R1", "R2"].map(|id| odd_result(id, "T1", ward.ago(50)))).await?;
    ward.load("lab_results", &[result("R1", "SHARED", ward.ago(50)), result("R2", "NOBODYS", ward.ago(50))]).await?;
    let (left, page) = told(&ward, "P1").await?;
    let waiting = of(&left["waiting_results"], "R1");
    assert_eq!((&waiting["value"], &waiting["attributed_to"]), (&json!("1.25"), &json!("nobody")));
    let was = &waiting["earlier"][0];
    assert_eq!((&was["value"], &was["attributed_to"]), (&json!("9.75"), &json!("this_patient")));
    assert!(section(&page, "waiting").contains("Was: this patient"), "{page}");
    let moved = of(&left["moved_results"], "R2");
    assert_eq!((&moved["value"], &moved["waits"]), (&json!("9.75"), &json!(true)));
    assert_eq!(left["moved_results"].as_array().map(Vec::len), Some(1), "R1 is told once: {left}");
    let said = section(&page, "moved");
    assert!(said.contains("It waits now") && said.contains("/ops/results/R2"), "{said}");

    let (other, page) = told(&ward, "P2").await?;
    let was = &of(&other["waiting_results"], "R1")["earlier"][0];
    assert_eq!((&was["value"], &was["attributed_to"]), (&json!("9.75"), &json!("another_patient")));
    assert!(section(&page, "waiting").contains("Was: another patient"), "{page}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_that_waited_before_says_so() -> Tested {
    let ward = ward().await?;
    ward.load("lab_results", &[odd_result("R1", "SHARED", ward.ago(50))]).await?;
    ward.load("lab_results", &[result("R1", "T1", ward.ago(50))]).await?;
    let (got, page) = told(&ward, "P1").await?;
    let results = own(&got);
    let was = of(&results, "R1")["earlier"].get(0).context("it has no earlier version")?;
    assert_eq!((&was["value"], &was["attributed_to"]), (&json!("9.75"), &json!("nobody")));
    assert!(section(&page, "orders").contains("Was: waiting for its patient: 9.75"), "{page}");
    assert_eq!(got["waiting_results"], json!([]));
    Ok(())
}
