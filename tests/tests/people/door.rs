//! Signing in and out: the cookie, where one lands, what ends a session, and tokens of the API.

use std::net::Ipv4Addr;
use std::sync::Arc;

use chrono_tz::Tz;
use serde_json::json;
use wardwatch_dashboard::Settings;
use wardwatch_identity::Role;
use wardwatch_identity::sign_in::{Attempt, Door, SignInError};
use wardwatch_schema::clock::SystemClock;
use wardwatch_tests::dashboard::command;
use wardwatch_tests::people::{self, PASSWORD};
use wardwatch_tests::{Dashboard, Tested, Warehouse};

use super::{OWN_PAGE, cookies, serve, typed};

/// What somebody changes their password to.
const NEW: &str = "another four words for this test";
const SESSIONS: &str = "SELECT count(*) FROM app.session WHERE started_at > now() - interval '12 hours'";

/// Warehouse and dashboard, without any session.
async fn closed() -> Tested<(Warehouse, Dashboard)> {
    let warehouse = Warehouse::start().await?;
    warehouse.tell("DELETE FROM app.session").await?;
    let dashboard = serve(&warehouse).await?;
    Ok((warehouse, dashboard))
}

async fn sign_in(dashboard: &Dashboard, form: &str) -> Tested<reqwest::Response> {
    dashboard.post_as(None, "/sign-in", form, &[OWN_PAGE]).await
}

#[tokio::test]
async fn the_role_decides_where_one_lands() -> Tested {
    let (_warehouse, dashboard) = closed().await?;
    for (role, place) in Role::ALL.into_iter().zip(["/", "/me", "/ops", "/", "/audit"]) {
        let answer = sign_in(&dashboard, &typed(&format!(" {} ", role.as_str().to_uppercase()), PASSWORD)).await?;
        assert_eq!((answer.status().as_u16(), answer.headers()["location"].to_str()?), (303, place), "{role}");
        let given: Vec<_> = answer.headers().get_all("set-cookie").iter().filter_map(|it| it.to_str().ok()).collect();
        assert!(given.iter().all(|cookie| cookie.contains("; HttpOnly; SameSite=Lax")), "{given:?}");
        let there = dashboard.get_with(place, &[("cookie", &cookies(&answer))]).await?;
        // A patient's record may be empty here, but it is theirs.
        assert_eq!(there.status().as_u16(), 200, "{role}");
        assert_eq!(there.headers()["cache-control"], "no-store");
    }
    let wanted = typed("clinician", PASSWORD) + "&next=%2Fpatients%3Fq%3Da";
    assert_eq!(sign_in(&dashboard, &wanted).await?.headers()["location"], "/patients?q=a");
    let evil = typed("clinician", PASSWORD) + "&next=%2F%2Fevil.example%2F";
    assert_eq!(sign_in(&dashboard, &evil).await?.headers()["location"], "/");
    Ok(())
}

#[tokio::test]
async fn a_session_is_fresh_at_each_sign_in_and_over_after_signing_out() -> Tested {
    let (warehouse, dashboard) = closed().await?;
    let first = cookies(&sign_in(&dashboard, &typed("clinician", PASSWORD)).await?);
    let again = [OWN_PAGE, ("cookie", first.as_str())];
    let second = cookies(&dashboard.post_as(None, "/sign-in", &typed("clinician", PASSWORD), &again).await?);
    assert_ne!(first, second);
    assert_eq!(warehouse.one(SESSIONS).await?, 1, "the former one has ended");
    let status = async |cookie: &str| -> Tested<u16> {
        Ok(dashboard.get_with("/patients", &[("cookie", cookie)]).await?.status().as_u16())
    };
    assert_eq!((status(&first).await?, status(&second).await?), (303, 200));

    let out = dashboard.post_as(None, "/sign-out", "", &[OWN_PAGE, ("cookie", &second)]).await?;
    assert!(out.status().as_u16() == 303 && out.headers()["set-cookie"].to_str()?.contains("Max-Age=0"));
    assert_eq!((status(&second).await?, warehouse.one(SESSIONS).await?), (303, json!(0)), "whoever kept the cookie");
    Ok(())
}

#[tokio::test]
async fn sessions_end_when_idle_when_old_and_with_their_account() -> Tested {
    let (warehouse, dashboard) = closed().await?;
    let open = async || -> Tested<String> { Ok(cookies(&sign_in(&dashboard, &typed("clinician", PASSWORD)).await?)) };
    let status = async |cookie: &str| -> Tested<u16> {
        Ok(dashboard.get_with("/api/v1/board", &[("cookie", cookie)]).await?.status().as_u16())
    };
    for ended in [
        "UPDATE app.session SET used_at = now() - interval '61 minutes'",
        "UPDATE app.session SET ends_at = now() - interval '1 second'",
        "UPDATE app.account SET disabled_at = now() WHERE name = 'clinician'",
    ] {
        let cookie = open().await?;
        assert_eq!(status(&cookie).await?, 200, "{ended}");
        warehouse.tell(ended).await?;
        assert_eq!(status(&cookie).await?, 401, "{ended}");
    }
    assert_eq!(sign_in(&dashboard, &typed("clinician", PASSWORD)).await?.status().as_u16(), 401, "nor a new one");

    // A page that renews itself is nothing done by hand, with its script or without.
    let cookie = cookies(&sign_in(&dashboard, &typed("analyst", PASSWORD)).await?);
    warehouse.tell("UPDATE app.session SET used_at = now() - interval '50 minutes'").await?;
    let used = "SELECT max(used_at) > now() - interval '1 minute' FROM app.session";
    dashboard.get_with("/", &[("cookie", &cookie), ("x-fragment", "board")]).await?;
    assert_eq!(warehouse.one(used).await?, false);
    let page = dashboard.get_with("/?department=ICU&renewed=yes", &[("cookie", &cookie)]).await?;
    assert_eq!((page.status().as_u16(), warehouse.one(used).await?), (200, json!(false)));
    let page = page.text().await?;
    assert!(page.contains("content=\"30; url=?department=ICU&amp;renewed=yes\""), "{page}");
    let visits = "SELECT count(*) FROM app.visit";
    assert_eq!(warehouse.one(visits).await?, 0, "nor has anybody looked at the board");
    dashboard.get_with("/", &[("cookie", &cookie)]).await?;
    assert_eq!(warehouse.one(used).await?, true);
    Ok(())
}

#[tokio::test]
async fn an_unknown_name_and_a_wrong_password_cannot_be_told_apart() -> Tested {
    let (warehouse, dashboard) = closed().await?;
    people::add(&warehouse.pool, "gone", Role::Clinician, None).await?;
    warehouse.tell("UPDATE app.account SET disabled_at = now() WHERE name = 'gone'").await?;
    let door = Door::new(warehouse.pool.clone(), Arc::new(SystemClock));
    let mut answers = Vec::new();
    for (before, name) in ["clinician", "nobody", "gone"].into_iter().enumerate() {
        let answer = sign_in(&dashboard, &typed(name, "a wrong password")).await?;
        assert_eq!(answer.status().as_u16(), 401);
        answers.push(answer.text().await?.replace(name, "NAME"));
        // Hashing takes many times as long as all else of an answer.
        let (name, password) = (name.to_owned(), "a wrong password".to_owned());
        let attempt = Attempt { name, password, address: Ipv4Addr::LOCALHOST.into(), device: None, former: None };
        assert!(matches!(door.sign_in(attempt).await, Err(SignInError::Wrong)));
        assert_eq!(door.compared(), before as u64 + 1, "the same work for all");
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert_eq!(warehouse.one(SESSIONS).await?, 0);
    Ok(())
}

#[tokio::test]
async fn who_guesses_waits_and_locks_nobody_out() -> Tested {
    let (warehouse, dashboard) = closed().await?;
    let known = cookies(&sign_in(&dashboard, &typed("clinician", PASSWORD)).await?);
    let mut last = 401;
    for _ in 0..20 {
        let answer = sign_in(&dashboard, &typed("clinician", "a wrong password")).await?;
        last = answer.status().as_u16();
        if last == 429 {
            assert!(answer.headers()["retry-after"].to_str()?.parse::<u64>()? >= 1);
            assert!(answer.text().await?.contains("Nothing is locked"));
            break;
        }
    }
    assert_eq!(last, 429);
    let home =
        dashboard.post_as(None, "/sign-in", &typed("clinician", PASSWORD), &[OWN_PAGE, ("cookie", &known)]).await?;
    assert_eq!(home.status().as_u16(), 303, "from where the account has signed in before");
    assert_eq!(sign_in(&dashboard, &typed("ops", PASSWORD)).await?.status().as_u16(), 303, "others from there");
    let noted = "SELECT count(*) FROM app.audit WHERE action = 'sign-in throttled'";
    assert_eq!(warehouse.one(noted).await?, 1, "a storm fills no audit");
    Ok(())
}

#[tokio::test]
async fn one_changes_ones_own_password_and_other_sessions_end() -> Tested {
    let (warehouse, dashboard) = closed().await?;
    let here = cookies(&sign_in(&dashboard, &typed("patient", PASSWORD)).await?);
    let elsewhere = cookies(&sign_in(&dashboard, &typed("patient", PASSWORD)).await?);
    let change = async |present: &str, new: &str| -> Tested<(u16, String)> {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        let form = form.append_pair("present", present).append_pair("new", new).finish();
        let answer = dashboard.post_as(None, "/account", &form, &[OWN_PAGE, ("cookie", &here)]).await?;
        Ok((answer.status().as_u16(), answer.text().await?))
    };
    for (present, new, word) in [
        ("wrong", NEW, "present password is wrong"),
        (PASSWORD, "short", "8 to 128"),
        (PASSWORD, "password123", "tried first"),
    ] {
        let (status, page) = change(present, new).await?;
        assert!(status == 422 && page.contains(word), "{status}: {page}");
    }
    assert_eq!(change(PASSWORD, NEW).await?.0, 200);
    let status = async |cookie: &str| -> Tested<u16> {
        Ok(dashboard.get_with("/me", &[("cookie", cookie)]).await?.status().as_u16())
    };
    assert_eq!((status(&here).await?, status(&elsewhere).await?), (200, 303));
    assert_eq!(sign_in(&dashboard, &typed("patient", PASSWORD)).await?.status().as_u16(), 401);
    assert_eq!(sign_in(&dashboard, &typed("patient", NEW)).await?.status().as_u16(), 303);
    let noted = "SELECT count(*) FROM app.audit WHERE action = 'password changed' AND actor = 'patient'";
    assert_eq!(warehouse.one(noted).await?, 1);
    Ok(())
}

#[tokio::test]
async fn tokens_open_the_api_until_they_expire_and_nothing_else() -> Tested {
    let (warehouse, dashboard) = closed().await?;
    let made = command(&warehouse.url(), &["token", "add", "clinician", "--expires", "1d"], "").await?;
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    let bearer = format!("Bearer {}", made.stdout.trim());
    let status = async |path: &str, bearer: &str| -> Tested<u16> {
        Ok(dashboard.get_with(path, &[("authorization", bearer)]).await?.status().as_u16())
    };
    assert_eq!((status("/api/v1/board", &bearer).await?, status("/api/v1/patients/1", &bearer).await?), (200, 404));
    assert_eq!(status("/patients", &bearer).await?, 303, "pages want a session");
    assert_eq!(status("/api/v1/board", "Bearer nonsense").await?, 401);
    let analyst = command(&warehouse.url(), &["token", "add", "analyst"], "").await?;
    let analyst = format!("Bearer {}", analyst.stdout.trim());
    assert_eq!((status("/api/v1/board", &analyst).await?, status("/api/v1/patients/1", &analyst).await?), (200, 403));
    let kept =
        format!("SELECT count(*) FROM app.token t WHERE strpos(to_jsonb(t)::text, '{}') > 0", made.stdout.trim());
    assert_eq!(warehouse.one(&kept).await?, 0, "only a hash is kept");
    dashboard.get("/api/v1/board").await?;
    let exports =
        warehouse.rows("SELECT actor, address FROM app.audit WHERE action = 'board exported' ORDER BY 1").await?;
    let export = |actor: &str| json!({"actor": actor, "address": "127.0.0.1"});
    assert_eq!(
        exports,
        json!([export("analyst"), export("clinician")]),
        "what a program takes is noted, a page is not"
    );

    warehouse.tell("UPDATE app.token SET expires_at = now() WHERE token_id = 1").await?;
    assert_eq!(status("/api/v1/board", &bearer).await?, 401);
    assert_eq!(command(&warehouse.url(), &["token", "revoke", "2"], "").await?.code, Some(0));
    assert_eq!(status("/api/v1/board", &analyst).await?, 401);
    Ok(())
}

#[tokio::test]
async fn behind_a_proxy_cookies_are_bound_to_host_and_tls() -> Tested {
    let warehouse = Warehouse::start().await?;
    let listen = ([127, 0, 0, 1], 0).into();
    let settings = Settings { proxy: Some([127, 0, 0, 1].into()), ..Settings::new(Tz::UTC, listen) };
    let dashboard = Dashboard::start_with(&warehouse.url(), settings).await?;
    let from = ("x-forwarded-for", "203.0.113.9");
    let answer = dashboard.post_as(None, "/sign-in", &typed("clinician", PASSWORD), &[OWN_PAGE, from]).await?;
    let given = answer.headers()["set-cookie"].to_str()?.to_owned();
    assert!(given.starts_with("__Host-wardwatch=") && given.contains("; Secure; Path=/"), "{given}");
    assert!(answer.headers()["strict-transport-security"].to_str()?.contains("max-age=31536000"));
    let address = "SELECT address FROM app.audit WHERE action = 'signed in'";
    assert_eq!(warehouse.one(address).await?, "203.0.113.9");
    assert_eq!(dashboard.get_with("/metrics", &[from]).await?.status().as_u16(), 403, "it is not of this machine");
    assert_eq!(dashboard.get_with("/metrics", &[]).await?.status().as_u16(), 200);
    Ok(())
}
