//! Signing in and out: the cookie, where one lands, what ends a session, and tokens of the API.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde_json::json;
use wardwatch_dashboard::Settings;
use wardwatch_identity::Role;
use wardwatch_identity::sign_in::{Attempt, Door, Entered, SignInError};
use wardwatch_schema::clock::{Clock, SystemClock};
use wardwatch_tests::dashboard::command;
use wardwatch_tests::people::{self, PASSWORD};
use wardwatch_tests::{Dashboard, Tested, Warehouse};

use super::{OWN_PAGE, cookies, serve, signed_in, typed};

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

/// A dashboard that believes this machine where a request comes from.
async fn behind_a_proxy(warehouse: &Warehouse) -> Tested<Dashboard> {
    let listen = ([127, 0, 0, 1], 0).into();
    let settings = Settings { proxy: Some([127, 0, 0, 1].into()), ..Settings::new(Tz::UTC, listen) };
    Dashboard::start_with(&warehouse.url(), settings).await
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

/// A browser without any cookie, where the account has signed in lately.
#[tokio::test]
async fn who_guesses_from_everywhere_else_keeps_no_new_browser_of_the_ward_out() -> Tested {
    let warehouse = Warehouse::start().await?;
    let dashboard = behind_a_proxy(&warehouse).await?;
    let from = async |address: &str, password: &str| -> Tested<u16> {
        let headers = [OWN_PAGE, ("x-forwarded-for", address)];
        Ok(dashboard.post_as(None, "/sign-in", &typed("clinician", password), &headers).await?.status().as_u16())
    };
    assert_eq!(from("198.51.100.7", PASSWORD).await?, 303);
    let mut last = 401;
    for host in 1..=40 {
        last = from(&format!("203.0.113.{host}"), "a wrong password").await?;
        if last == 429 {
            break;
        }
    }
    assert_eq!(last, 429, "who has not guessed before waits as well");
    assert_eq!(from("198.51.100.7", PASSWORD).await?, 303);
    Ok(())
}

/// A clock that a scenario sets.
struct Set(Mutex<DateTime<Utc>>);

impl Set {
    fn put_on(&self, by: TimeDelta) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += by;
    }
}

impl Clock for Set {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[tokio::test]
async fn a_network_is_known_to_the_account_that_has_signed_in_from_it_for_thirty_days() -> Tested {
    let warehouse = Warehouse::start().await?;
    let clock = Arc::new(Set(Mutex::new("2026-11-21T12:00:00Z".parse()?)));
    let door = Door::new(warehouse.pool.clone(), clock.clone());
    let comes = async |name: &str, address: &str, password: &str| -> Tested<Result<Entered, SignInError>> {
        let (name, password) = (name.to_owned(), password.to_owned());
        Ok(door.sign_in(Attempt { name, password, address: address.parse()?, device: None, former: None }).await)
    };
    let attacked = async |name: &str| -> Tested {
        for host in 1..=10 {
            let guess = comes(name, &format!("203.0.113.{host}"), "a wrong password").await?;
            assert!(matches!(guess, Err(SignInError::Wrong)), "{name}: {guess:?}");
        }
        let late = comes(name, "203.0.113.99", PASSWORD).await?;
        assert!(matches!(late, Err(SignInError::Throttled(_))), "{name}: {late:?}");
        Ok(())
    };
    let (ward, same_ward, next_ward) = ("2001:db8:0:7::1", "2001:db8:0:7:a::9", "2001:db8:0:8::1");
    assert!(matches!(comes("clinician", ward, PASSWORD).await?, Ok(Entered::Signed(_))));
    clock.put_on(TimeDelta::minutes(1));
    for name in ["clinician", "analyst", "nobody"] {
        attacked(name).await?;
    }
    assert!(matches!(comes("clinician", same_ward, PASSWORD).await?, Ok(Entered::Signed(_))));
    for (name, address) in [("clinician", next_ward), ("analyst", ward), ("nobody", ward)] {
        let stranger = comes(name, address, PASSWORD).await?;
        assert!(matches!(stranger, Err(SignInError::Throttled(_))), "{name} from {address}: {stranger:?}");
    }
    let compared = door.compared();
    assert!(matches!(comes("nobody", same_ward, PASSWORD).await?, Err(SignInError::Throttled(_))));
    assert_eq!(door.compared(), compared, "whoever waits has nothing hashed");

    clock.put_on(TimeDelta::days(30));
    attacked("clinician").await?;
    assert!(matches!(comes("clinician", ward, PASSWORD).await?, Err(SignInError::Throttled(_))), "that was long ago");
    Ok(())
}

/// Masked, kept by the browser's own keeper of passwords, and no script or limit keeps a pasted one out.
#[tokio::test]
async fn passwords_are_masked_and_may_be_pasted() -> Tested {
    let (_warehouse, dashboard) = closed().await?;
    let cookie = signed_in(&dashboard, "clinician").await?;
    for (path, cookie, kept_as) in [
        ("/sign-in", "", &["current-password"][..]),
        ("/account", cookie.as_str(), &["current-password", "new-password"]),
        ("/account/second-factor", cookie.as_str(), &["current-password"]),
    ] {
        let page = dashboard.get_with(path, &[("cookie", cookie)]).await?.text().await?;
        let fields = page.split("<input").skip(1).filter_map(|rest| Some(rest.split_once('>')?.0));
        let passwords: Vec<&str> = fields.filter(|field| field.contains("password")).collect();
        assert_eq!(passwords.len(), kept_as.len(), "{path}: {passwords:?}");
        for (field, kept_as) in passwords.iter().zip(kept_as) {
            let kept_as = format!("autocomplete=\"{kept_as}\"");
            assert!(field.contains("type=\"password\"") && field.contains(&kept_as), "{path}: {field}");
            assert!(!field.contains("maxlength"), "{path}: nothing of it is cut off: {field}");
        }
        assert!(!page.contains("onpaste"), "{path}");
        for script in page.split("src=\"").skip(1).filter_map(|rest| Some(rest.split_once('"')?.0)) {
            let script = dashboard.get_with(script, &[]).await?.text().await?;
            assert!(!script.is_empty() && !script.contains("paste"), "{path}");
        }
    }
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
    let dashboard = behind_a_proxy(&warehouse).await?;
    let from = ("x-forwarded-for", "203.0.113.9");
    let answer = dashboard.post_as(None, "/sign-in", &typed("clinician", PASSWORD), &[OWN_PAGE, from]).await?;
    let given = answer.headers()["set-cookie"].to_str()?.to_owned();
    assert!(given.starts_with("__Host-wardwatch=") && given.contains("; Secure; Path=/"), "{given}");
    assert!(answer.headers()["strict-transport-security"].to_str()?.contains("max-age=31536000"));
    let address = "SELECT address FROM app.audit WHERE action = 'signed in'";
    assert_eq!(warehouse.one(address).await?, "203.0.113.9");
    assert_eq!(dashboard.get_with("/metrics", &[from]).await?.status().as_u16(), 403, "it is not of this machine");
    for unsaid in [vec![], vec![("x-forwarded-for", "unknown")]] {
        let answer = dashboard.get_with("/metrics", &unsaid).await?;
        assert_eq!(answer.status().as_u16(), 403, "a stranger of whom the proxy says nothing is not of this machine");
    }
    let scraper = dashboard.get_with("/metrics", &[("x-forwarded-for", "127.0.0.1")]).await?;
    assert_eq!(scraper.status().as_u16(), 200, "a scraper of this machine says so");
    Ok(())
}
