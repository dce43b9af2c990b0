//! Every address of the URL table, with every role and with none.

use std::collections::BTreeSet;

use wardwatch_identity::Role;
use wardwatch_tests::{Dashboard, Tested};

use super::{OWN_PAGE, Served};

/// Who may: clinician, patient, ops, analyst, admin; each address with one that can be asked for.
const TABLE: [(&str, &str, [bool; 5]); 21] = [
    ("/", "/", [true, false, false, true, false]),
    ("/board.csv", "/board.csv", [true, false, false, true, false]),
    ("/print", "/print", [true, false, false, true, false]),
    ("/wallboard", "/wallboard", [true, false, false, true, false]),
    ("/patients/{id}/stays/{case}", "/patients/10007/stays/none", [true, false, false, false, false]),
    ("/thresholds", "/thresholds", [false, false, false, false, true]),
    ("/patients", "/patients?q=a", [true, false, false, false, false]),
    ("/patients/{id}", "/patients/10007", [true, false, false, false, false]),
    ("/me", "/me", [false, true, false, false, false]),
    ("/audit", "/audit", [false, false, false, false, true]),
    ("/ops", "/ops", [true, false, true, false, false]),
    ("/ops/feeds/{name}", "/ops/feeds/pms.admissions", [true, false, true, false, false]),
    ("/ops/objects/{id}", "/ops/objects/1", [true, false, true, false, false]),
    ("/ops/objects/{id}/records/{number}", "/ops/objects/1/records/1", [true, false, true, false, false]),
    ("/ops/results/{id}", "/ops/results/none", [true, false, true, false, false]),
    ("/ops/cases/{number}", "/ops/cases/none", [true, false, true, false, false]),
    ("/ops/decisions/{id}", "/ops/decisions/1", [true, false, true, false, false]),
    ("/ops/requests/{id}", "/ops/requests/1", [true, false, true, false, false]),
    ("/events", "/events", [true, false, true, true, false]),
    ("/api/v1/board", "/api/v1/board", [true, false, false, true, false]),
    ("/api/v1/patients/{id}", "/api/v1/patients/10007", [true, false, false, false, false]),
];
/// Sent as forms, each with one that is refused before it does anything, and how; see also the tests of acting and of the door.
const FORMS: [(&str, &str, &str, u16, [bool; 5]); 7] = [
    ("/ops/requests", "/ops/requests", "kind=", 400, [true, false, true, false, false]),
    ("/ops/requests", "/ops/requests", "kind=propose_map&object_id=99", 303, [false, false, true, false, false]),
    ("/patients/{id}/break-glass", "/patients/nobody/break-glass", "reason=x", 404, [true, false, false, false, false]),
    (
        "/patients/{id}/stays/{case}",
        "/patients/10007/stays/none",
        "act=assigned",
        404,
        [true, false, false, false, false],
    ),
    ("/thresholds", "/thresholds", "hours=x", 400, [false, false, false, false, true]),
    ("/me/contact", "/me/contact", "last_name=x", 400, [false, true, false, false, false]),
    ("/audit/reviews", "/audit/reviews", "opening=x", 400, [false, false, false, false, true]),
];
/// Open to everybody, and without anything about a patient.
const OPEN: [(&str, &str); 11] = [
    ("GET", "/sign-in"),
    ("POST", "/sign-in"),
    ("GET", "/sign-in/code"),
    ("POST", "/sign-in/code"),
    ("POST", "/sign-out"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
    ("GET", "/assets/{hash}/{name}"),
    ("GET", "/favicon.ico"),
    ("GET", "/api/v1/openapi.json"),
];
/// Open to everybody who is signed in: their own account, and addresses where there is nothing.
const OWN_PAGES: [&str; 2] = ["/account", "/account/second-factor"];
const OWN_FORMS: [(&str, &str, u16); 5] = [
    ("/account", "", 422),
    ("/account/sessions", "session=x", 400),
    ("/account/stay", "", 204),
    ("/account/tokens", "days=x", 400),
    ("/account/second-factor", "", 400),
];
const NOTHING_THERE: &str = "/api/{*rest}";

#[test]
fn the_tables_hold_every_address() {
    let shown = TABLE.map(|(address, ..)| address).into_iter().chain(OWN_PAGES).chain([NOTHING_THERE]);
    let taken = FORMS.map(|(address, ..)| address).into_iter().chain(OWN_FORMS.map(|(address, ..)| address));
    let known = shown.map(|address| ("GET", address)).chain(taken.map(|address| ("POST", address))).chain(OPEN);
    let served: BTreeSet<(&str, &str)> = wardwatch_dashboard::addresses().into_iter().collect();
    assert_eq!(served, known.collect());
}

#[tokio::test]
async fn every_role_sees_what_it_may_and_nothing_else() -> Tested {
    let served = Served::start().await?;
    for (_, address, may) in TABLE {
        for (role, may) in Role::ALL.into_iter().zip(may) {
            let status = served.dashboard.get_as(Some(role), address).await?.status().as_u16();
            let is_seen = status == 200 || status == 404;
            assert!(is_seen == may && (may || status == 403), "{address} for {role}: {status}");
        }
        refuses_nobody(&served.dashboard, address).await?;
    }
    for (_, address, form, refused, may) in FORMS {
        for (role, may) in Role::ALL.into_iter().zip(may) {
            let answer = served.dashboard.post_as(Some(role), address, form, &[OWN_PAGE]).await?;
            assert_eq!(answer.status().as_u16(), if may { refused } else { 403 }, "{address} for {role}");
        }
        sends_nobody(&served.dashboard, address, form).await?;
    }
    for role in Role::ALL {
        for address in OWN_PAGES {
            assert_eq!(served.dashboard.get_as(Some(role), address).await?.status().as_u16(), 200, "{role}");
            refuses_nobody(&served.dashboard, address).await?;
        }
        for (address, form, status) in OWN_FORMS {
            let answer = served.dashboard.post_as(Some(role), address, form, &[OWN_PAGE]).await?;
            assert_eq!(answer.status().as_u16(), status, "{address} for {role}");
            sends_nobody(&served.dashboard, address, form).await?;
        }
    }
    for (method, address) in OPEN {
        if method == "GET" && address != "/metrics" {
            let shown = served.dashboard.get_as(None, address).await?.text().await?;
            assert!(!shown.contains("10007") && !shown.contains("MacLeod"), "{address} tells of a patient");
        }
    }
    for nothing in ["/nowhere", "/api/nothing"] {
        refuses_nobody(&served.dashboard, nothing).await?;
        assert_eq!(served.dashboard.get(nothing).await?.status().as_u16(), 404);
    }
    Ok(())
}

/// A form of nobody's leads to the door.
async fn sends_nobody(dashboard: &Dashboard, address: &str, form: &str) -> Tested {
    let answer = dashboard.post_as(None, address, form, &[OWN_PAGE]).await?;
    assert_eq!((answer.status().as_u16(), &answer.headers()["location"]), (303, &"/sign-in".parse()?), "{address}");
    Ok(())
}

/// People are led to the door, programs and scripts are told; nobody learns what is behind it.
async fn refuses_nobody(dashboard: &Dashboard, address: &str) -> Tested {
    let answer = dashboard.get_as(None, address).await?;
    let status = answer.status().as_u16();
    let expected = if address.starts_with("/api/") || address == "/events" { 401 } else { 303 };
    assert_eq!(status, expected, "{address}");
    let place = answer.headers().get("location").map(|place| place.to_str().unwrap_or_default().to_owned());
    assert!(place.is_none_or(|place| place.starts_with("/sign-in")), "{address}");
    Ok(())
}

#[tokio::test]
async fn a_patient_is_shown_their_own_record_and_never_another() -> Tested {
    let served = Served::start().await?;
    let own = served.dashboard.get_as(Some(Role::Patient), "/me").await?.text().await?;
    assert!(own.contains("MacLeod") && own.contains("40000002"), "{own}");
    for forged in ["/me?patient_id=10014", "/me?id=10014", "/me?patient=10014"] {
        let page = served.dashboard.get_as(Some(Role::Patient), forged).await?.text().await?;
        assert!(!page.contains("10014"), "{forged}");
    }
    let forged = "kind=decide_result&result_id=1&patient_id=10014&reason=x";
    for path in ["/me", "/ops/requests", "/patients/10014", "/patients/10014/break-glass"] {
        let status = served.dashboard.post_as(Some(Role::Patient), path, forged, &[OWN_PAGE]).await?.status().as_u16();
        assert!(status == 403 || status == 405, "{path}: {status}");
    }
    Ok(())
}

#[tokio::test]
async fn the_navigation_shows_only_what_one_may() -> Tested {
    let served = Served::start().await?;
    for (role, page, places) in [
        (Role::Clinician, "/", &["Board", "Patients", "Ops"][..]),
        (Role::Patient, "/me", &["My record"]),
        (Role::Ops, "/ops", &["Ops"]),
        (Role::Analyst, "/", &["Board"]),
        (Role::Admin, "/audit", &["Thresholds", "Audit"]),
    ] {
        let html = served.dashboard.get_as(Some(role), page).await?.text().await?;
        for place in ["Board", "Patients", "My record", "Ops", "Thresholds", "Audit"] {
            assert_eq!(html.contains(&format!("\">{place}</a>")), places.contains(&place), "{place} for {role}");
        }
        assert!(html.contains(&format!("<strong>{role}</strong>")), "who is signed in");
    }
    Ok(())
}
