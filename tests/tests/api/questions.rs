//! The parameters of `/api/v1/board` and of the pages that show the same: what each asks for, and how a wrong one is refused.

use chrono_tz::Tz;
use serde_json::{Value, json};
use wardwatch_identity::Role;
use wardwatch_tests::ward::{admission, admission_to};
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
        ("q=%FF", "q"),
        ("q=a%E2%80%AEb", "q"),
        ("q=---", "q"),
        ("physician=-", "physician"),
        ("department=a%00b", "department"),
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
    let (status, board) = ward.dashboard.json("/api/v1/board?page=100000000000000000000").await?;
    assert_eq!((status, &board["page"]), (200, &json!(1)), "however far beyond the end, the last");
    let (status, refused) = ward.dashboard.json("/api/v1/patients/1?as_of=1999-01-01T00:00:00Z&foo=bar").await?;
    assert_eq!((status, &refused["error"]["code"]), (400, &json!("bad_parameter")));
    assert!(refused["error"]["message"].to_string().contains("the present only"), "{refused}");
    Ok(())
}

#[tokio::test]
async fn a_department_is_found_as_its_feed_writes_it() -> Tested {
    let (ward, long) = (Ward::open_empty().await?, "x".repeat(120));
    let places = [("ICU ", "P001"), ("ICU ", "P002"), ("\"North\nWard\"", "P003"), (&long, "P004")];
    let stays = places.map(|(department, patient)| admission_to(department, patient, patient, ward.ago(90)));
    ward.load("admissions", &stays).await?;
    for (asked, found) in [
        ("ICU+", &["P001", "P002"][..]),
        ("ICU", &["P001", "P002"]),
        ("North%0AWard", &["P003"]),
        ("North%0D%0AWard", &["P003"]),
        (&long, &["P004"]),
    ] {
        let (status, board) = ward.dashboard.json(&format!("/api/v1/board?department={asked}")).await?;
        assert_eq!(status, 200, "{asked}");
        assert_eq!(ids(&board).into_iter().map(|(patient, _)| patient).collect::<Vec<_>>(), found, "{asked}");
        for path in ["/", "/print", "/board.csv", "/wallboard"] {
            let (status, page) = ward.dashboard.text(&format!("{path}?department={asked}")).await?;
            assert!(status == 200 && found.iter().all(|patient| page.contains(patient)), "{path} {asked}: {page}");
            assert!(!page.contains("P003") || found == ["P003"], "{path} {asked}: {page}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_department_of_which_nobody_has_heard_is_none_that_is_merely_empty() -> Tested {
    let ward = Ward::open_empty().await?;
    ward.load("admissions", &[admission("P001", "C1", ward.ago(90)), admission_to("ICU", "P002", "C2", ward.ago(9))])
        .await?;
    let own = "INSERT INTO app.threshold (department, hours, set_by, set_at) VALUES ('Oncology', 24, 'admin', now())";
    ward.warehouse.tell(own).await?;
    ward.until_known().await?;
    for known in ["ICU", "Oncology"] {
        let page = ward.dashboard.text(&format!("/?department={known}")).await?.1;
        assert!(page.contains("data-empty=\"filtered\""), "{known}: {page}");
        assert!(page.contains(&format!("<option value=\"{known}\" selected>")), "{known}: {page}");
    }
    let unknown = "Nobody in hospital now is of this department, and no threshold names it: if it should have patients";
    for path in ["/", "/print", "/wallboard", "/board.csv"] {
        let (status, page) = ward.dashboard.text(&format!("{path}?department=Nowhere")).await?;
        assert!(status == 200 && page.contains(unknown), "{path}: {page}");
    }
    let page = ward.dashboard.text("/?department=Nowhere").await?.1;
    assert!(page.contains("<option value=\"ICU\">"), "all are offered that there are: {page}");
    Ok(())
}

/// The page of the thresholds, and what it counts of a department: open stays, those that are listed, and the hours in force.
async fn counted(ward: &Ward, department: &str) -> Tested<Vec<String>> {
    let page = ward.dashboard.get_as(Some(Role::Admin), "/thresholds").await?.text().await?;
    let row = page.split(&format!("data-department=\"{department}\"")).nth(1).unwrap_or_default();
    let row = row.split("</tr>").next().unwrap_or_default();
    let cells = row.split("<td class=\"number\">").skip(1).filter_map(|rest| rest.split("</td>").next());
    Ok(cells.map(|cell| cell.replace("<strong>", "").replace("</strong>", "")).collect())
}

#[tokio::test]
async fn a_threshold_is_counted_at_once_and_set_for_no_department_that_there_is_not() -> Tested {
    let ward = Ward::open_empty().await?;
    let stays = [("P001", 90), ("P002", 80), ("P003", 9)];
    let stays = stays.map(|(patient, hours)| admission_to("ICU ", patient, patient, ward.ago(hours)));
    ward.load("admissions", &stays).await?;
    ward.acknowledge("/patients/P001/stays/P001").await?;
    assert_eq!(counted(&ward, "ICU ").await?, ["3", "1", "48 h"], "without whom somebody acknowledged");

    let own_page = ("sec-fetch-site", "same-origin");
    let set = async |form: &str| -> Tested<(u16, String)> {
        let answer = ward.dashboard.post_as(Some(Role::Admin), "/thresholds", form, &[own_page]).await?;
        Ok((answer.status().as_u16(), answer.text().await?))
    };
    assert_eq!(set("department=ICU+&hours=85").await?.0, 303);
    assert_eq!(counted(&ward, "ICU ").await?, ["3", "0", "85 h"]);
    for (form, why) in [
        ("department=Nowhere&hours=24", "There is no such department"),
        ("hours=1&hours=2", "given twice"),
        ("department=ICU+&withdraw=yes&hours=2", "beside hours"),
    ] {
        let (status, page) = set(form).await?;
        assert!(status == 400 && page.contains(why) && page.contains("href=\"/thresholds\""), "{form}: {page}");
    }
    for (tried, rest) in [("hours=24&department=Nowhere", "?hours=24"), ("hours=x&department=ICU+", "?department=ICU+")]
    {
        let answer = ward.dashboard.get_as(Some(Role::Admin), &format!("/thresholds?{tried}")).await?;
        let (status, page) = (answer.status().as_u16(), answer.text().await?);
        assert!(status == 400 && page.contains(&format!("href=\"/thresholds{rest}\"")), "{tried}: {page}");
    }
    let kept = "SELECT department, hours FROM app.threshold WHERE set_by = 'admin'";
    assert_eq!(ward.warehouse.rows(kept).await?, json!([{"department": "ICU ", "hours": 85}]));
    Ok(())
}
