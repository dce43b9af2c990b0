//! What has changed since a moment: whoever came onto the board since then, by whatever way.

use chrono::SecondsFormat;
use serde_json::Value;
use wardwatch_tests::ward::{admission, now, order, result};
use wardwatch_tests::{Tested, Ward, until};

use crate::stays;

/// Who has changed since a moment.
async fn changed(ward: &Ward, since: &str) -> Tested<Vec<String>> {
    let board = ward.dashboard.json(&format!("/api/v1/board?since={since}")).await?.1;
    let ids = stays(&board).iter().map(|stay| stay["patient_id"].as_str().unwrap_or_default().to_owned());
    Ok(ids.collect())
}

fn this_moment() -> String {
    now().to_rfc3339_opts(SecondsFormat::Micros, true)
}

#[tokio::test]
async fn who_is_brought_by_a_late_file_is_new() -> Tested {
    let ward = Ward::open_empty().await?;
    ward.load("admissions", &[admission("P001", "C1", ward.ago(120))]).await?;
    let since = this_moment();
    assert_eq!(changed(&ward, &since).await?, Vec::<String>::new());
    ward.load_of(ward.ago(100), "admissions", &[admission("P002", "C2", ward.ago(110))]).await?;
    assert_eq!(changed(&ward, &since).await?, ["P002"]);

    let since = this_moment();
    ward.drop_file("admissions", &["P007,C7,yesterday,noon,,,ICU,1".to_owned()]).await?;
    until("the unreadable admission is new", async || Ok(changed(&ward, &since).await? == ["P007"])).await
}

#[tokio::test]
async fn whose_newest_result_is_corrected_to_an_older_one_is_new() -> Tested {
    let ward = Ward::open_empty().await?;
    ward.load("admissions", &["1", "2"].map(|id| admission(id, &format!("C{id}"), ward.ago(120)))).await?;
    ward.load("lab_tests", &["1", "2"].map(|id| order(&format!("T{id}"), id, ward.ago(119)))).await?;
    ward.load("lab_results", &[result("R1", "T1", ward.ago(10)), result("R2", "T2", ward.ago(100))]).await?;
    let since = this_moment();
    assert_eq!(changed(&ward, &since).await?, Vec::<String>::new());
    ward.load("lab_results", &[result("R1", "T1", ward.ago(100)), result("R2", "T2", ward.ago(100))]).await?;
    assert_eq!(changed(&ward, &since).await?, ["1"]);
    Ok(())
}

#[tokio::test]
async fn whose_release_is_taken_back_or_whose_order_comes_late_is_new() -> Tested {
    let ward = Ward::open_empty().await?;
    let here = |id: &str| admission(id, &format!("C{id}"), ward.ago(120));
    let released = ward.ago(60).format("%Y-%m-%d,%H:%M");
    let home = here("1").replace(",,,", &format!(",{released},"));
    ward.load("admissions", &["1", "2"].map(here)).await?;
    ward.load("admissions", &[home]).await?;
    let since = this_moment();
    ward.load("admissions", &["1", "2"].map(here)).await?;
    assert_eq!(changed(&ward, &since).await?, ["1"], "whatever is only repeated is not new");

    let since = this_moment();
    ward.load("lab_tests", &[order("T2", "2", ward.ago(20))]).await?;
    assert_eq!(changed(&ward, &since).await?, ["2"], "ordered before that moment, and told after it");
    Ok(())
}

#[tokio::test]
async fn whose_state_is_not_known_any_more_is_new() -> Tested {
    let ward = Ward::open_empty().await?;
    ward.load("admissions", &["1", "2", "3"].map(|id| admission(id, &format!("C{id}"), ward.ago(120)))).await?;
    ward.load("lab_tests", &[order("T1", "1", ward.ago(119)), order("T1", "2", ward.ago(119))]).await?;
    let since = this_moment();
    ward.load("lab_results", &[result("R1", "T1", ward.ago(100))]).await?;
    assert_eq!(changed(&ward, &since).await?, ["1", "2"], "a result that may be of either");

    let since = this_moment();
    ward.load("admissions", &[admission("4", "C3", ward.ago(110))]).await?;
    assert_eq!(changed(&ward, &since).await?, ["3", "4"], "two patients under one case number");
    Ok(())
}

#[tokio::test]
async fn a_threshold_that_was_set_or_withdrawn_makes_new_whom_it_is_about() -> Tested {
    let ward = Ward::open_empty().await?;
    ward.load("admissions", &[admission("P001", "C1", ward.ago(120))]).await?;
    for hours in ["24", "NULL"] {
        let since = this_moment();
        assert_eq!(changed(&ward, &since).await?, Vec::<String>::new(), "{hours}");
        let set = "INSERT INTO app.threshold (department, hours, set_by, set_at) VALUES ";
        ward.warehouse
            .tell(&format!("{set} ('Oncology', 24, 'admin', now()), ('Cardiology', {hours}, 'admin', now())"))
            .await?;
        ward.until_known().await?;
        assert_eq!(changed(&ward, &since).await?, ["P001"], "{hours}");
    }
    let board: Value = ward.dashboard.json("/api/v1/board").await?.1;
    assert_eq!(stays(&board)[0]["threshold_hours"], 48, "the hospital's holds again");
    Ok(())
}
