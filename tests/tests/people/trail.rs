//! The trail: what is noted, that it is only ever appended to, and that a change of it is found.

use anyhow::Context as _;
use serde_json::json;
use wardwatch_identity::Role;
use wardwatch_tests::dashboard::command;
use wardwatch_tests::people::{PASSWORD, PATIENT};
use wardwatch_tests::{Folder, Ingest, Tested, Warehouse};

use super::{OWN_PAGE, Served, cookies, serve, typed};

const TRAIL: &str = "SELECT actor, action, patient_id, about FROM app.audit ORDER BY audit_id";

fn row(actor: Option<&str>, action: &str, patient: Option<&str>, about: Option<&str>) -> serde_json::Value {
    json!({"actor": actor, "action": action, "patient_id": patient, "about": about})
}

#[tokio::test]
async fn what_people_do_is_noted_once_and_in_order() -> Tested {
    let served = Served::start().await?;
    let dashboard = &served.dashboard;
    let session = cookies(&dashboard.post_as(None, "/sign-in", &typed("clinician", PASSWORD), &[OWN_PAGE]).await?);
    dashboard.post_as(None, "/sign-in", &typed("clinician", "wrong"), &[OWN_PAGE]).await?;
    dashboard.post_as(None, "/sign-in", &typed("Correct-Horse9", "wrong"), &[OWN_PAGE]).await?;
    for _ in 0..3 {
        dashboard.get("/patients/10007").await?;
        dashboard.get("/?q=MacLeod").await?;
    }
    dashboard.get("/api/v1/patients/10014").await?;
    dashboard.get("/patients/nobody").await?;
    dashboard.get("/patients?q=Ada").await?;
    dashboard.get_as(Some(Role::Patient), "/patients/10014").await?;
    dashboard.get_as(Some(Role::Patient), "/me").await?;
    dashboard.get_as(Some(Role::Admin), "/audit?patient=10007").await?;
    dashboard.post_as(None, "/sign-out", "", &[OWN_PAGE, ("cookie", &session)]).await?;
    let who = Some("clinician");
    let expected = json!([
        row(who, "signed in", None, None),
        row(None, "sign-in failed", None, who),
        row(None, "sign-in failed", None, None),
        row(who, "patient viewed", Some("10007"), None),
        row(who, "patients searched", None, Some("MacLeod")),
        row(who, "patient viewed", Some("10014"), None),
        row(who, "patients searched", None, Some("Ada")),
        row(Some("patient"), "refused", None, Some("SeePatients")),
        row(Some("patient"), "own record viewed", Some("10007"), None),
        row(Some("admin"), "audit searched", Some("10007"), Some("patient 10007")),
        row(who, "signed out", None, None),
    ]);
    assert_eq!(served.warehouse.rows(TRAIL).await?, expected);
    assert_eq!(served.warehouse.one("SELECT DISTINCT address FROM app.audit").await?, "127.0.0.1");

    let own = dashboard.get_as(Some(Role::Patient), "/me").await?.text().await?;
    assert_eq!(own.matches("opened it").count(), 1, "who has looked at their record, and not at others'");
    let audit = dashboard.get_as(Some(Role::Admin), "/audit?action=signed").await?.text().await?;
    assert!(audit.contains("signed in") && audit.contains("signed out") && !audit.contains("patient viewed"));
    Ok(())
}

#[tokio::test]
async fn whatever_names_a_patient_is_noted_with_that_patient() -> Tested {
    let served = Served::start().await?;
    let dashboard = &served.dashboard;
    let noted = async |action: &str| -> Tested<serde_json::Value> {
        let rows = "SELECT coalesce(array_agg(it ORDER BY it), '{}') AS it
            FROM (SELECT coalesce(patient_id, about, 'nobody') AS it, action FROM app.audit) noted WHERE action = ";
        Ok(served.warehouse.rows(&format!("{rows} '{action}'")).await?[0]["it"].clone())
    };
    let (_, board) = dashboard.json("/api/v1/board").await?;
    let stay = board["stays"].as_array().and_then(|stays| stays.iter().find(|stay| stay["case_number"].is_string()));
    let stay = stay.context("nobody is listed")?;
    let (id, case) =
        (stay["patient_id"].as_str().unwrap_or_default(), stay["case_number"].as_str().unwrap_or_default());
    let refused = dashboard.post(&format!("/patients/{id}/stays/{case}"), "act=commented", &[OWN_PAGE]).await?;
    assert_eq!(refused.status().as_u16(), 422);
    assert_eq!(noted("patient viewed").await?, json!([id]), "the page with what is wrong shows the patient");

    dashboard.get("/patients").await?;
    dashboard.get("/wallboard?q=Ada").await?;
    assert_eq!(noted("patients searched").await?, json!(["Ada", "nobody"]));

    let shared = "SELECT w.result_id, array_agg(DISTINCT o.patient_id ORDER BY o.patient_id) AS patients
        FROM ingest.waiting_result w JOIN warehouse.test_owner o USING (test_id) GROUP BY w.result_id ORDER BY 1 LIMIT 1";
    let shared = served.warehouse.rows(shared).await?[0].clone();
    let result = dashboard.get(&format!("/ops/results/{}", shared["result_id"].as_str().unwrap_or_default())).await?;
    assert_eq!(result.status().as_u16(), 200);
    assert!(shared["patients"].as_array().is_some_and(|patients| patients.len() > 1), "{shared}");
    assert_eq!(noted("doubt viewed").await?, shared["patients"]);
    let unread =
        "INSERT INTO ingest.quarantine (object_id, record, feed, target, reason, raw, map_version, seen_at, patient_id)
        SELECT object_id, 9000 + place, feed, 'patient', 'invented', '', 1, now(), 'Q' || place % 2
        FROM ingest.object, generate_series(1, 3) AS place WHERE feed = 'pms.patient_information'";
    served.warehouse.tell(unread).await?;
    let object = served.warehouse.one("SELECT DISTINCT object_id FROM ingest.quarantine WHERE record > 9000").await?;
    assert_eq!(dashboard.get(&format!("/ops/objects/{object}")).await?.status().as_u16(), 200);
    let named = "SELECT array_agg(patient_id ORDER BY patient_id) AS it FROM app.audit WHERE about LIKE 'object %'";
    assert_eq!(served.warehouse.rows(named).await?[0]["it"], json!(["Q0", "Q1"]), "each of them once");

    let reviewed = format!(
        "SELECT app.append_audit(now(), 'ada', 'clinician', 'stay reviewed', '{PATIENT}', '::1', NULL, NULL, NULL)"
    );
    served.warehouse.tell(&reviewed).await?;
    let own = dashboard.get_as(Some(Role::Patient), "/me").await?.text().await?;
    assert!(own.contains("noted something about your stay"), "who acted on it, too");
    Ok(())
}

/// The audit takes nothing more: nothing is shown, and nothing is done.
#[tokio::test]
async fn without_its_row_nothing_is_shown_and_nothing_is_done() -> Tested {
    let served = Served::start().await?;
    let dashboard = &served.dashboard;
    let (_, board) = dashboard.json("/api/v1/board").await?;
    let stay = board["stays"].as_array().and_then(|stays| stays.iter().find(|stay| stay["case_number"].is_string()));
    let stay = stay.context("nobody is listed")?.clone();
    let [id, case] = ["patient_id", "case_number"].map(|field| stay[field].as_str().unwrap_or_default().to_owned());
    let clock: String = stay["idle_since"].as_str().unwrap_or_default().to_owned();
    let name =
        served.warehouse.one(&format!("SELECT last_name FROM warehouse.patient WHERE patient_id = '{id}'")).await?;
    let name = name.as_str().unwrap_or_default().to_owned();
    let unread = format!(
        "INSERT INTO ingest.quarantine (object_id, record, feed, target, reason, raw, map_version, seen_at, patient_id)
         SELECT object_id, 9001, feed, 'patient', 'invented', '{name}', 1, now(), '{id}'
         FROM ingest.object WHERE feed = 'pms.patient_information' LIMIT 1"
    );
    served.warehouse.tell(&unread).await?;
    let object = served.warehouse.one("SELECT object_id FROM ingest.quarantine WHERE record = 9001").await?;
    let record = format!("/ops/objects/{object}/records/9001");
    let functions = "app.append_audit(timestamptz, text, text, text, text, text, text, text, interval)";
    served.warehouse.tell(&format!("REVOKE EXECUTE ON FUNCTION {functions} FROM PUBLIC, wardwatch_dashboard")).await?;
    for (role, path) in [
        (Role::Clinician, format!("/patients/{id}")),
        (Role::Clinician, format!("/patients/{id}/stays/{case}")),
        (Role::Clinician, format!("/api/v1/patients/{id}")),
        (Role::Clinician, format!("/patients?q={id}")),
        (Role::Clinician, format!("/?q={id}")),
        (Role::Clinician, format!("/wallboard?q={id}")),
        (Role::Clinician, format!("/api/v1/board?q={id}")),
        (Role::Clinician, "/board.csv".to_owned()),
        (Role::Clinician, "/print".to_owned()),
        (Role::Patient, "/me".to_owned()),
        (Role::Ops, "/ops".to_owned()),
        (Role::Ops, record),
        (Role::Admin, "/audit".to_owned()),
    ] {
        let answer = dashboard.get_as(Some(role), &path).await?;
        let (status, page) = (answer.status().as_u16(), answer.text().await?);
        assert!(status == 500 && !page.contains(&name) && !page.contains("MacLeod"), "{path}: {status}");
    }
    let reviewed = format!("act=commented&comment=x&seen=0&idle_since={clock}");
    for (role, path, form) in [
        (Role::Clinician, format!("/patients/{id}/stays/{case}"), reviewed.as_str()),
        (Role::Clinician, "/account/tokens".to_owned(), "label=x&scope=board&days=1"),
        (Role::Ops, "/ops/requests".to_owned(), "kind=propose_map&object_id=99"),
        (Role::Patient, "/me/contact".to_owned(), "phone=%2B44+20+7946+0123"),
        (Role::Admin, "/thresholds".to_owned(), "hours=24&seen=48"),
    ] {
        let status = dashboard.post_as(Some(role), &path, form, &[OWN_PAGE]).await?.status().as_u16();
        assert_eq!(status, 500, "{path}");
    }
    let known = dashboard.post_as(None, "/sign-in", &typed("clinician", PASSWORD), &[OWN_PAGE]).await?;
    assert_eq!(known.status().as_u16(), 500, "nor is anybody let in");
    let own = "SELECT count(*) FROM app.threshold WHERE set_by = 'admin'";
    assert_eq!(served.warehouse.one(own).await?, 0);
    for table in ["app.review", "app.token", "app.contact_said", "app.request", "app.audit"] {
        assert_eq!(served.warehouse.one(&format!("SELECT count(*) FROM {table}")).await?, 0, "{table}");
    }
    Ok(())
}

#[tokio::test]
async fn who_is_looked_for_where_one_may_not_look_is_noted() -> Tested {
    let served = Served::start().await?;
    let dashboard = &served.dashboard;
    let outside = "SELECT patient_id FROM warehouse.admission GROUP BY 1 HAVING bool_and(department <> 'none') ORDER BY 1 LIMIT 1";
    let outside = served.warehouse.one(outside).await?.as_str().unwrap_or_default().to_owned();
    served.warehouse.tell("UPDATE app.account SET departments = '{none}' WHERE name = 'clinician'").await?;
    for path in [format!("/patients/{outside}"), format!("/patients/{outside}/stays/none")] {
        assert_eq!(dashboard.get(&path).await?.status().as_u16(), 403);
    }
    for path in ["/patients?after=10007", "/patients?q=Ada&after=10007"] {
        dashboard.get(path).await?;
    }
    let expected = json!([
        row(Some("clinician"), "refused", Some(&outside), Some("other department")),
        row(Some("clinician"), "patients searched", None, Some("after 10007")),
        row(Some("clinician"), "patients searched", None, Some("Ada after 10007")),
    ]);
    assert_eq!(served.warehouse.rows(TRAIL).await?, expected);
    Ok(())
}

/// What was noted by a clock that ran ahead hides nothing once the clock is right.
#[tokio::test]
async fn a_clock_that_is_put_right_hides_no_view() -> Tested {
    let served = Served::start().await?;
    let ahead = format!(
        "SELECT app.append_audit(now() + interval '5 hours', 'clinician', 'clinician', 'patient viewed', '{PATIENT}', '127.0.0.1', NULL, NULL, NULL)"
    );
    served.warehouse.tell(&ahead).await?;
    for _ in 0..2 {
        served.dashboard.get(&format!("/patients/{PATIENT}")).await?;
    }
    assert_eq!(served.warehouse.one("SELECT count(*) FROM app.audit").await?, 2, "the view of now is noted, once");
    Ok(())
}

/// With the rights of the ingest daemon's role and no more.
#[tokio::test]
async fn what_is_decided_on_the_command_line_is_noted_with_the_decision() -> Tested {
    let (warehouse, folder) = (Warehouse::start().await?, Folder::new()?);
    folder.put("admissions.csv", b"")?;
    let loader = format!("loader_of_{}", warehouse.name());
    warehouse.create_login(&loader, "wardwatch_ingest").await?;
    let ingest =
        Ingest::from_folder(&folder, &warehouse)?.with("WARDWATCH_DATABASE_URL", warehouse.url_as(&loader, None)?);
    ingest.once().await?;
    let map = concat!(env!("CARGO_MANIFEST_DIR"), "/../schema/maps/pms/admissions.v1.toml");
    let why = ["--by", "Ada", "--reason", "the ward was asked"];
    for (decision, code) in [
        (vec!["decide", "result", "R1", "--patient", "P1"], 1),
        (vec!["decide", "object", "admissions.csv"], 0),
        (vec!["map", "approve", map], 0),
    ] {
        let ended = ingest.run(&[decision.as_slice(), why.as_slice()].concat()).await?;
        assert_eq!(ended.code, Some(code), "{decision:?}: {}", ended.stderr);
    }
    let row = |patient: Option<&str>, about: &str| {
        json!({"actor": "command line", "action": "asked", "patient_id": patient, "about": about,
               "reason": "the ward was asked"})
    };
    let expected = json!([
        row(Some("P1"), "decide_result 1 by Ada"),
        row(None, "dismiss_object 2 by Ada"),
        row(None, "approve_map pms.admissions v1 by Ada"),
    ]);
    let trail = "SELECT actor, action, patient_id, about, reason FROM app.audit ORDER BY audit_id";
    assert_eq!(warehouse.rows(trail).await?, expected, "what was refused is noted as well");
    assert_eq!(command(&warehouse.url(), &["audit", "verify"], "").await?.code, Some(0));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn views_of_one_moment_are_noted_together_each_once_and_in_one_chain() -> Tested {
    let warehouse = Warehouse::start().await?;
    let dashboard = serve(&warehouse).await?;
    let words = (0..60).map(|number| format!("/patients?q=word{}", number % 30));
    let views = words.map(async |path| anyhow::Ok(dashboard.get(&path).await?.status().as_u16()));
    let statuses = futures::future::try_join_all(views).await?;
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    let noted = "SELECT count(*) || ' ' || count(DISTINCT about) FROM app.audit WHERE action = 'patients searched'";
    assert_eq!(warehouse.one(noted).await?, "30 30");
    let sound = command(&warehouse.url(), &["audit", "verify"], "").await?;
    assert!(sound.code == Some(0) && sound.stdout.starts_with("30 rows, head "), "{} {}", sound.stdout, sound.stderr);
    Ok(())
}

#[tokio::test]
async fn a_missing_or_altered_row_is_found() -> Tested {
    let warehouse = Warehouse::start().await?;
    let dashboard = serve(&warehouse).await?;
    for word in ["one", "two", "three", "four"] {
        dashboard.get(&format!("/patients?q={word}")).await?;
    }
    let verify = async || command(&warehouse.url(), &["audit", "verify"], "").await;
    let sound = verify().await?;
    assert!(sound.code == Some(0) && sound.stdout.starts_with("4 rows, head "), "{} {}", sound.stdout, sound.stderr);
    for (change, fault) in [
        ("UPDATE app.audit SET about = 'else' WHERE audit_id = 2", "row 2 was altered"),
        ("UPDATE app.audit SET at = at + interval '1 microsecond' WHERE audit_id = 3", "row 3 was altered"),
        ("UPDATE app.audit SET reason = '' WHERE audit_id = 1", "row 1 was altered"),
        ("DELETE FROM app.audit WHERE audit_id = 2", "row 2 is missing"),
        ("DELETE FROM app.audit WHERE audit_id = 4", "the chain ends with row 4"),
        ("UPDATE app.audit_head SET rows = 3", "the chain ends with row 3"),
    ] {
        warehouse
            .tell(
                "CREATE TABLE kept AS SELECT * FROM app.audit; CREATE TABLE kept_head AS SELECT * FROM app.audit_head",
            )
            .await?;
        warehouse.tell(change).await?;
        let found = verify().await?;
        assert!(found.code == Some(1) && found.stderr.contains(fault), "{change}: {}", found.stderr);
        warehouse
            .tell(
                "DELETE FROM app.audit; INSERT INTO app.audit SELECT * FROM kept; DROP TABLE kept;
                 DELETE FROM app.audit_head; INSERT INTO app.audit_head SELECT * FROM kept_head; DROP TABLE kept_head",
            )
            .await?;
    }
    assert_eq!(verify().await?.code, Some(0));
    Ok(())
}
