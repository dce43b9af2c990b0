//! Clinicians who are limited to departments: what they see, how they open another department's patient, who reviews it.

use serde_json::json;
use wardwatch_identity::Role;
use wardwatch_tests::dashboard::command;
use wardwatch_tests::people::{self, PATIENT};
use wardwatch_tests::{Dashboard, Tested};

use super::{OWN_PAGE, Served, form, signed_in};

async fn status(dashboard: &Dashboard, cookie: &str, path: &str) -> Tested<u16> {
    Ok(dashboard.get_with(path, &[("cookie", cookie)]).await?.status().as_u16())
}

/// A clinician of one department, and a patient of another one who is on the board.
async fn limited() -> Tested<(Served, String, String, String)> {
    let served = Served::start().await?;
    people::add(&served.warehouse.pool, "ada", Role::Clinician, None).await?;
    let (_, board) = served.dashboard.json("/api/v1/board?per_page=500").await?;
    let stays = board["stays"].as_array().cloned().unwrap_or_default();
    let own = stays[0]["department"].as_str().unwrap_or_default().to_owned();
    let else_where = "SELECT patient_id FROM warehouse.admission GROUP BY patient_id
        HAVING bool_and(department IS NOT NULL AND department <> '{}') ORDER BY patient_id LIMIT 1";
    let other = served.warehouse.one(&else_where.replace("{}", &own)).await?.as_str().unwrap_or_default().to_owned();
    let ended = command(&served.warehouse.url(), &["account", "departments", "ada", &own], "").await?;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let cookie = signed_in(&served.dashboard, "ada").await?;
    Ok((served, cookie, own, other))
}

#[tokio::test]
async fn the_board_lists_their_departments_and_counts_the_rest() -> Tested {
    let (served, cookie, own, _) = limited().await?;
    let (_, all) = served.dashboard.json("/api/v1/board?per_page=500").await?;
    assert_eq!(all["elsewhere"], 0);
    let answer = served.dashboard.get_with("/api/v1/board?per_page=500", &[("cookie", &cookie)]).await?;
    let mine: serde_json::Value = serde_json::from_str(&answer.text().await?)?;
    let departments = |board: &serde_json::Value| -> Vec<Option<String>> {
        let stays = board["stays"].as_array().into_iter().flatten();
        stays.map(|stay| stay["department"].as_str().map(str::to_owned)).collect()
    };
    assert!(departments(&mine).iter().all(|said| said.as_ref().is_none_or(|said| *said == own)));
    let expected = departments(&all).iter().filter(|said| said.as_ref().is_none_or(|said| *said == own)).count();
    assert_eq!(mine["total"], expected);
    assert_eq!(
        mine["elsewhere"].as_i64().zip(all["total"].as_i64()).map(|(rest, all)| all - rest),
        Some(expected as i64)
    );
    let page = served.dashboard.get_with("/", &[("cookie", &cookie)]).await?.text().await?;
    assert!(page.contains("id=\"elsewhere\"") && page.contains(&own));
    for all_departments in ["/ops", "/ops/objects/1"] {
        assert_eq!(status(&served.dashboard, &cookie, all_departments).await?, 403, "{all_departments}");
    }
    assert!(!page.contains("\">Ops</a>"));
    Ok(())
}

#[tokio::test]
async fn the_glass_is_broken_for_a_reason_for_a_time_and_reviewed() -> Tested {
    let (served, cookie, _, other) = limited().await?;
    let page = format!("/patients/{other}");
    let api = format!("/api/v1/patients/{other}");
    let glass = format!("/patients/{other}/break-glass");
    assert_eq!(
        (status(&served.dashboard, &cookie, &page).await?, status(&served.dashboard, &cookie, &api).await?),
        (403, 403)
    );
    let seen = "SELECT count(*) FROM app.audit WHERE action = 'patient viewed' AND actor = 'ada'";
    assert_eq!(served.warehouse.one(seen).await?, 0, "nothing was seen");
    let breaks = async |reason: &str| -> Tested<u16> {
        let sent = form(&[("reason", reason)]);
        Ok(served.dashboard.post_as(None, &glass, &sent, &[OWN_PAGE, ("cookie", &cookie)]).await?.status().as_u16())
    };
    assert_eq!(breaks("  ").await?, 422);
    assert_eq!(breaks(&"x".repeat(2_001)).await?, 422);
    assert_eq!(breaks("called to a cardiac arrest").await?, 303);
    assert_eq!(
        (status(&served.dashboard, &cookie, &page).await?, status(&served.dashboard, &cookie, &api).await?),
        (200, 200)
    );
    let shown = served.dashboard.get_with(&page, &[("cookie", &cookie)]).await?.text().await?;
    assert!(shown.contains("id=\"broken\""), "the page says so");
    let noted = "SELECT actor, action, patient_id, reason FROM app.audit WHERE actor = 'ada' AND action IN ('break-glass', 'patient viewed') ORDER BY audit_id";
    let row =
        |action: &str, reason: &str| json!({"actor": "ada", "action": action, "patient_id": other, "reason": reason});
    let expected = json!([row("break-glass", "called to a cardiac arrest"), row("patient viewed", "break-glass")]);
    assert_eq!(served.warehouse.rows(noted).await?, expected);

    let audit = served.dashboard.get_as(Some(Role::Admin), "/audit").await?.text().await?;
    assert!(audit.contains("id=\"reviews\"") && audit.contains("called to a cardiac arrest"));
    let review = |role| served.dashboard.post_as(Some(role), "/audit/reviews", "opening=1", &[OWN_PAGE]);
    assert_eq!(review(Role::Clinician).await?.status().as_u16(), 403);
    assert_eq!(review(Role::Admin).await?.status().as_u16(), 303);
    assert_eq!(review(Role::Admin).await?.status().as_u16(), 303, "twice is no error");
    assert!(!served.dashboard.get_as(Some(Role::Admin), "/audit").await?.text().await?.contains("id=\"reviews\""));
    assert_eq!(served.warehouse.one("SELECT count(*) FROM app.audit WHERE action = 'access reviewed'").await?, 1);

    served.warehouse.tell("UPDATE app.break_glass SET ends_at = now()").await?;
    assert_eq!(status(&served.dashboard, &cookie, &page).await?, 403, "its time is over");
    Ok(())
}

#[tokio::test]
async fn who_reviews_a_stay_through_a_broken_glass_is_noted_so() -> Tested {
    let (served, cookie, own, _) = limited().await?;
    let stay = "SELECT b.patient_id, b.case_number FROM monitor.board(now(), true, NULL) b
        WHERE b.case_number IS NOT NULL AND b.idle_since IS NOT NULL AND NOT EXISTS (
            SELECT FROM warehouse.admission a WHERE a.patient_id = b.patient_id AND coalesce(a.department, '{}') = '{}')
        ORDER BY 1 LIMIT 1";
    let stay = served.warehouse.rows(&stay.replace("{}", &own)).await?[0].clone();
    let [id, case] = ["patient_id", "case_number"].map(|field| stay[field].as_str().unwrap_or_default().to_owned());
    let page = format!("/patients/{id}/stays/{case}");
    assert_eq!(status(&served.dashboard, &cookie, &page).await?, 403);
    let (why, sent) = (format!("/patients/{id}/break-glass"), form(&[("reason", "called to a cardiac arrest")]));
    served.dashboard.post_as(None, &why, &sent, &[OWN_PAGE, ("cookie", &cookie)]).await?;
    assert_eq!(status(&served.dashboard, &cookie, &page).await?, 200);
    let noted = "SELECT patient_id, reason FROM app.audit WHERE actor = 'ada' AND action = 'patient viewed'";
    assert_eq!(served.warehouse.rows(noted).await?, json!([{"patient_id": id, "reason": "break-glass"}]));
    Ok(())
}

#[tokio::test]
async fn a_patient_who_was_transferred_stays_within_reach() -> Tested {
    let (served, cookie, own, other) = limited().await?;
    assert_eq!(status(&served.dashboard, &cookie, &format!("/patients/{other}")).await?, 403);
    let transferred = format!(
        "INSERT INTO warehouse.admission_superseded SELECT * FROM warehouse.admission WHERE patient_id = '{other}';
         UPDATE warehouse.admission_superseded SET department = '{own}' WHERE patient_id = '{other}'"
    );
    served.warehouse.tell(&transferred).await?;
    assert_eq!(status(&served.dashboard, &cookie, &format!("/patients/{other}")).await?, 200, "they were there before");
    Ok(())
}

#[tokio::test]
async fn a_patient_of_no_known_department_is_hidden_from_nobody() -> Tested {
    let (served, cookie, own, other) = limited().await?;
    served
        .warehouse
        .tell(&format!("UPDATE warehouse.admission SET department = NULL WHERE patient_id = '{other}'"))
        .await?;
    assert_eq!(status(&served.dashboard, &cookie, &format!("/patients/{other}")).await?, 200);
    served
        .warehouse
        .tell(&format!("UPDATE warehouse.admission SET department = '{own}' WHERE patient_id = '{PATIENT}'"))
        .await?;
    assert_eq!(status(&served.dashboard, &cookie, &format!("/patients/{PATIENT}")).await?, 200);
    let limits = ["account", "departments", "ada"];
    assert_eq!(command(&served.warehouse.url(), &limits, "").await?.code, Some(0));
    assert_eq!(status(&served.dashboard, &cookie, "/ops").await?, 200, "without a limit all is seen, at once");
    let refused = command(&served.warehouse.url(), &["account", "departments", "ops", "ICU"], "").await?;
    assert!(refused.code == Some(1) && refused.stderr.contains("--role clinician"), "{}", refused.stderr);
    Ok(())
}
