//! The parameters of `/api/v1/board`: what each asks for, and how a wrong one is refused.

use chrono_tz::Tz;
use serde_json::{Value, json};
use wardwatch_tests::ward::admission;
use wardwatch_tests::{Dashboard, Tested, Ward, until};

use crate::{Served, stays};

fn ids(board: &Value) -> Vec<(&str, &str)> {
    stays(board).iter().filter_map(|it| Some((it["patient_id"].as_str()?, it["case_number"].as_str()?))).collect()
}

#[tokio::test]
async fn pages_are_cut_from_one_order_and_totals_are_over_all() -> Tested {
    let served = Served::start().await?;
    let all = served.board("per_page=500").await?;
    let mut joined = Vec::new();
    for page in 1..=4 {
        let one = served.board(&format!("per_page=10&page={page}")).await?;
        assert_eq!((&one["total"], &one["page"], &one["per_page"]), (&json!(36), &json!(page), &json!(10)));
        assert_eq!(one["counts"], all["counts"]);
        joined.extend(stays(&one).to_vec());
    }
    assert_eq!(joined.as_slice(), stays(&all));
    let since: Vec<&str> = stays(&all).iter().filter_map(|stay| stay["idle_since"].as_str()).collect();
    assert!(since.len() == 36 && since.is_sorted(), "longest idle first: {since:?}");
    assert_eq!(served.board("per_page=10&page=99").await?["page"], 4, "beyond the end, the last");
    Ok(())
}

#[tokio::test]
async fn ties_are_broken_by_bytes() -> Tested {
    let ward = Ward::open_empty().await?;
    let at = ward.ago(60);
    let said = [("p1", "C1"), ("P2", "C1b"), ("é1", "C2"), ("P10", "C3"), ("P2", "C1a"), ("10", "C4"), ("9", "C5")];
    ward.load("admissions", &said.map(|(patient, case)| admission(patient, case, at))).await?;
    let board = async || -> Tested<Value> { Ok(ward.dashboard.json("/api/v1/board").await?.1) };
    until("all are listed", async || Ok(stays(&board().await?).len() == said.len())).await?;
    let board = board().await?;
    let expected = [("10", "C4"), ("9", "C5"), ("P10", "C3"), ("P2", "C1a"), ("P2", "C1b"), ("p1", "C1"), ("é1", "C2")];
    assert_eq!(ids(&board), expected);
    Ok(())
}

#[tokio::test]
async fn filters_narrow_list_and_counts() -> Tested {
    let served = Served::start().await?;
    for (state, total) in [("overdue", 26), ("chase", 8), ("unknown", 2)] {
        let board = served.board(&format!("state={state}")).await?;
        assert_eq!((&board["total"], &board["counts"][state]), (&json!(total), &json!(total)), "{state}");
        assert!(stays(&board).iter().all(|stay| stay["state"] == state), "{state}");
    }
    let all = served.board("").await?;
    let department = stays(&all)[0]["department"].as_str().unwrap_or_default();
    let of_it = stays(&all).iter().filter(|stay| stay["department"] == department).count();
    let board = served.board(&format!("department={}", department.replace(' ', "%20"))).await?;
    assert_eq!(board["total"], json!(of_it), "{department}");
    let case = stays(&all)[3]["case_number"].as_str().unwrap_or_default();
    let board = served.board(&format!("q={case}")).await?;
    assert_eq!((stays(&board).len(), &stays(&board)[0]), (1, &stays(&all)[3]));
    let none = served.board("q=nobody%20is%20called%20so").await?;
    assert_eq!((&none["total"], stays(&none).len()), (&json!(0), 0));
    assert_eq!(none["counts"], json!({"overdue": 0, "chase": 0, "unknown": 0}));
    Ok(())
}

#[tokio::test]
async fn hours_override_the_threshold() -> Tested {
    let served = Served::start().await?;
    let (none, long) = (served.board("hours=0&per_page=500").await?, served.board("hours=240&per_page=500").await?);
    assert_eq!((&none["hours"], &long["hours"]), (&json!(0), &json!(240)));
    assert!(
        none["total"].as_i64() > Some(36) && long["total"].as_i64() < Some(36),
        "{} {}",
        none["total"],
        long["total"]
    );
    assert!(
        stays(&long).iter().all(|stay| stay["threshold_hours"] == 240 && stay["idle_hours"].as_f64() > Some(240.0))
    );
    // A department's own threshold counts where no hours are asked for.
    served
        .warehouse
        .tell(
            "INSERT INTO app.threshold (department, hours, set_by, set_at)
        SELECT department, 8760, 'test', now() FROM monitor.stay GROUP BY 1",
        )
        .await?;
    let own = served.board("per_page=500").await?;
    assert!(
        stays(&own).iter().all(|stay| stay["threshold_hours"] == 8760 && stay["idle_hours"].as_f64() > Some(8760.0))
    );
    let asked = served.board("hours=240&per_page=500").await?;
    assert_eq!((&asked["total"], &asked["stays"]), (&long["total"], &long["stays"]));
    Ok(())
}

#[tokio::test]
async fn as_of_is_an_instant_or_the_hospitals_wall_clock() -> Tested {
    let served = Served::start().await?;
    let new_york = Dashboard::start_in(&served.warehouse.url(), Tz::America__New_York).await?;
    for as_of in
        ["2026-11-21T12:00:00Z", "2026-11-21T13:00:00%2B01:00", "2026-11-21T07:00", "2026-11-21T07:00:00-05:00"]
    {
        let (status, board) = new_york.json(&format!("/api/v1/board?as_of={as_of}")).await?;
        assert_eq!(
            (status, &board["as_of"], &board["total"]),
            (200, &json!("2026-11-21T12:00:00Z"), &json!(36)),
            "{as_of}"
        );
    }
    let (_, now) = new_york.json("/api/v1/board").await?;
    assert_eq!(now["hours"], 48);
    let (_, before) = new_york.json("/api/v1/board?as_of=1999-01-01T00:00").await?;
    assert_eq!((&before["as_of"], &before["total"]), (&json!("1999-01-01T05:00:00Z"), &json!(0)));
    Ok(())
}

#[tokio::test]
async fn a_wrong_parameter_is_refused_by_name() -> Tested {
    let ward = Ward::open().await?;
    let wrong = [
        ("as_of=yesterday", "as_of"),
        ("as_of=2026-13-01T00:00:00Z", "as_of"),
        ("hours=-1", "hours"),
        ("hours=two", "hours"),
        ("state=dead", "state"),
        ("page=0", "page"),
        ("page=x", "page"),
        ("per_page=0", "per_page"),
        ("per_page=501", "per_page"),
        ("sort=name%3Bdrop", "sort"),
        ("q=a%00b", "q"),
        ("departmnet=ICU", "departmnet"),
        ("page=1&page=2", "page"),
    ];
    for (parameters, name) in wrong {
        let (status, refused) = ward.dashboard.json(&format!("/api/v1/board?{parameters}")).await?;
        assert_eq!((status, &refused["error"]["code"]), (400, &json!("bad_parameter")), "{parameters}");
        let message = refused["error"]["message"].as_str().unwrap_or_default();
        assert!(message.contains(&format!("parameter {name} ")), "{parameters}: {message}");
    }
    let (status, _) = ward.dashboard.json("/api/v1/board?per_page=500&q=&state=").await?;
    assert_eq!(status, 200, "a field left blank asks for nothing");
    Ok(())
}
