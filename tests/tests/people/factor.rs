//! The second factor: set up by its owner, asked for at the door, taken once, lost and recovered.

use anyhow::Context as _;
use chrono::Utc;
use chrono_tz::Tz;
use serde_json::json;
use totp_rs::{Builder, Secret, Totp};
use wardwatch_dashboard::Settings;
use wardwatch_tests::dashboard::command;
use wardwatch_tests::people::PASSWORD;
use wardwatch_tests::{Dashboard, Tested, Warehouse};

use super::{OWN_PAGE, cookies, form, serve, signed_in, typed};

const FACTOR: &str = "/account/second-factor";
const PENDING: &str = "SELECT count(*) FROM app.session WHERE awaits_code";

/// What an authenticator app does.
struct App {
    totp: Totp,
    /// With which it is set up.
    first: String,
}

impl App {
    fn scan(page: &str) -> Tested<Self> {
        let letters =
            page.split_once("<code id=\"key\">").and_then(|(_, rest)| rest.split_once('<')).context("no key")?.0;
        let secret = Secret::try_from_base32(letters.replace(' ', "")).ok().context("no base 32")?;
        let totp = Builder::new().with_secret(secret).build().ok().context("no secret")?;
        let first = code(&totp, 0);
        Ok(Self { totp, first })
    }

    /// The code of so many steps from now.
    fn code(&self, steps: i64) -> String {
        code(&self.totp, steps)
    }
}

#[expect(clippy::disallowed_methods, reason = "an authenticator app has a clock of its own")]
fn code(totp: &Totp, steps: i64) -> String {
    let at = Utc::now().timestamp() + steps * 30;
    totp.generate(u64::try_from(at).unwrap_or_default()).to_string()
}

async fn post(dashboard: &Dashboard, path: &str, fields: &[(&str, &str)], cookie: &str) -> Tested<reqwest::Response> {
    dashboard.post_as(None, path, &form(fields), &[OWN_PAGE, ("cookie", cookie)]).await
}

/// Sets it up for a clinician: the app, the recovery codes, and the session that went on.
async fn set_up(dashboard: &Dashboard) -> Tested<(App, Vec<String>, String)> {
    let cookie = signed_in(dashboard, "clinician").await?;
    let begun = post(dashboard, FACTOR, &[("password", PASSWORD)], &cookie).await?;
    assert_eq!(begun.status().as_u16(), 200);
    let page = begun.text().await?;
    assert!(page.contains("<svg class=\"qr\""));
    let app = App::scan(&page)?;
    let confirmed = post(dashboard, FACTOR, &[("code", &app.first)], &cookie).await?;
    assert_eq!(confirmed.status().as_u16(), 200);
    let page = confirmed.text().await?;
    let (_, list) = page.split_once("id=\"recovery\"").context("no recovery codes")?;
    let codes: Vec<String> =
        list.split("<code>").skip(1).filter_map(|rest| Some(rest.split_once('<')?.0.to_owned())).collect();
    assert_eq!(codes.len(), 10);
    Ok((app, codes, cookie))
}

/// The password is right: the cookie opens the page for the code and nothing else.
async fn knock(dashboard: &Dashboard) -> Tested<String> {
    let answer = dashboard.post_as(None, "/sign-in", &typed("clinician", PASSWORD), &[OWN_PAGE]).await?;
    assert_eq!(answer.headers()["location"].to_str()?, "/sign-in/code?next=");
    let cookie = cookies(&answer);
    assert_eq!(dashboard.get_with("/patients", &[("cookie", &cookie)]).await?.status().as_u16(), 303, "nobody yet");
    assert_eq!(dashboard.get_with("/api/v1/board", &[("cookie", &cookie)]).await?.status().as_u16(), 401);
    Ok(cookie)
}

#[tokio::test]
async fn signing_in_asks_for_a_code_and_takes_none_twice() -> Tested {
    let warehouse = Warehouse::start().await?;
    let dashboard = serve(&warehouse).await?;
    let elsewhere = signed_in(&dashboard, "clinician").await?;
    let (app, _, here) = set_up(&dashboard).await?;
    let status = async |cookie: &str| -> Tested<u16> {
        Ok(dashboard.get_with("/patients", &[("cookie", cookie)]).await?.status().as_u16())
    };
    assert_eq!((status(&here).await?, status(&elsewhere).await?), (200, 303), "other sessions end");

    let pending = knock(&dashboard).await?;
    for wrong in ["", "not a code", &app.code(9), &app.first] {
        let answer = post(&dashboard, "/sign-in/code", &[("code", wrong)], &pending).await?;
        assert_eq!(answer.status().as_u16(), 401, "{wrong}: the first one was used to set it up");
    }
    let code = app.code(1);
    let answer = post(&dashboard, "/sign-in/code", &[("code", &code), ("next", "/patients?q=a")], &pending).await?;
    assert_eq!((answer.status().as_u16(), answer.headers()["location"].to_str()?), (303, "/patients?q=a"));
    let opened = cookies(&answer);
    assert_ne!(opened.split(';').next(), pending.split(';').next(), "the session is a fresh one");
    assert_eq!((status(&opened).await?, status(&pending).await?), (200, 303));

    let again = knock(&dashboard).await?;
    let answer = post(&dashboard, "/sign-in/code", &[("code", &code)], &again).await?;
    assert_eq!(answer.status().as_u16(), 401, "no code is taken twice");
    let noted = "SELECT DISTINCT action FROM app.audit WHERE actor = 'clinician' AND action <> 'patients searched' ORDER BY action";
    let actions =
        ["code asked", "second factor added", "sign-in failed", "signed in"].map(|action| json!({"action": action}));
    assert_eq!(warehouse.rows(noted).await?, json!(actions));
    Ok(())
}

#[tokio::test]
async fn a_recovery_code_opens_once_and_ops_can_forget_the_factor() -> Tested {
    let warehouse = Warehouse::start().await?;
    let dashboard = serve(&warehouse).await?;
    let (_, codes, _) = set_up(&dashboard).await?;
    for (status, word) in [(303, "once"), (401, "and no more")] {
        let pending = knock(&dashboard).await?;
        let answer = post(&dashboard, "/sign-in/code", &[("code", &codes[0].to_uppercase())], &pending).await?;
        assert_eq!(answer.status().as_u16(), status, "{word}");
    }
    let kept = format!("SELECT count(*) FROM app.recovery_code c WHERE strpos(to_jsonb(c)::text, '{}') > 0", codes[1]);
    assert_eq!(warehouse.one(&kept).await?, 0, "only hashes are kept");

    let reset = command(&warehouse.url(), &["account", "reset", "clinician", "--forget-second-factor"], "").await?;
    assert_eq!(reset.code, Some(0), "{}", reset.stderr);
    let answer = dashboard.post_as(None, "/sign-in", &typed("clinician", reset.stdout.trim()), &[OWN_PAGE]).await?;
    assert_eq!(answer.headers()["location"].to_str()?, "/");
    Ok(())
}

#[tokio::test]
async fn only_who_knows_the_password_sets_it_up_or_gives_it_up() -> Tested {
    let warehouse = Warehouse::start().await?;
    let dashboard = serve(&warehouse).await?;
    let (_, _, cookie) = set_up(&dashboard).await?;
    assert_eq!(post(&dashboard, FACTOR, &[("password", "wrong")], &cookie).await?.status().as_u16(), 422);
    assert_eq!(
        post(&dashboard, FACTOR, &[("code", "123456")], &cookie).await?.status().as_u16(),
        422,
        "it is set up already"
    );
    let on = "SELECT second_factor_at IS NOT NULL FROM app.account WHERE name = 'clinician'";
    assert_eq!(warehouse.one(on).await?, true);
    assert_eq!(post(&dashboard, FACTOR, &[("password", PASSWORD)], &cookie).await?.status().as_u16(), 200);
    assert_eq!(warehouse.one(on).await?, false);
    signed_in(&dashboard, "clinician").await?;
    let admin = signed_in(&dashboard, "admin").await?;
    assert_eq!(post(&dashboard, FACTOR, &[("password", "wrong")], &admin).await?.status().as_u16(), 422);
    assert_eq!(
        post(&dashboard, FACTOR, &[("code", "123456")], &admin).await?.status().as_u16(),
        422,
        "nothing is begun"
    );

    let noted = "SELECT count(*) FROM app.audit WHERE action = 'sign-in failed' AND actor = 'admin'
                 AND reason = 'code for setting up a second factor'";
    assert_eq!(warehouse.one(noted).await?, 0);
    assert_eq!(post(&dashboard, FACTOR, &[("password", PASSWORD)], &admin).await?.status().as_u16(), 200);
    assert_eq!(post(&dashboard, FACTOR, &[("code", "not a code")], &admin).await?.status().as_u16(), 422);
    assert_eq!(warehouse.one(noted).await?, 1, "a wrong code is noted as a wrong password is");
    Ok(())
}

#[tokio::test]
async fn where_it_is_required_clinicians_and_administrators_see_nothing_before() -> Tested {
    let warehouse = Warehouse::start().await?;
    let settings = Settings { requires_second_factor: true, ..Settings::new(Tz::UTC, ([127, 0, 0, 1], 0).into()) };
    let dashboard = Dashboard::start_with(&warehouse.url(), settings).await?;
    for (name, place, pages) in [
        ("clinician", FACTOR, &["/", "/patients", "/ops", "/events", "/api/v1/board"][..]),
        ("admin", FACTOR, &["/audit"]),
    ] {
        let answer = dashboard.post_as(None, "/sign-in", &typed(name, PASSWORD), &[OWN_PAGE]).await?;
        assert_eq!(answer.headers()["location"].to_str()?, place);
        for page in pages {
            let answer = dashboard.get_with(page, &[("cookie", &cookies(&answer))]).await?;
            assert_eq!(answer.status().as_u16(), 403, "{page} for {name}");
            assert!(answer.text().await?.contains("second factor"));
        }
        let token =
            post(&dashboard, "/account/tokens", &[("scope", "board"), ("days", "1")], &cookies(&answer)).await?;
        assert_eq!(token.status().as_u16(), 403, "nor by a token");
    }
    assert!(!dashboard.get("/ops").await?.status().is_success());
    set_up(&dashboard).await?;
    assert_eq!(dashboard.get("/").await?.status().as_u16(), 303, "the session of before has ended");
    for (name, place) in [("patient", "/me"), ("ops", "/ops"), ("analyst", "/")] {
        let answer = dashboard.post_as(None, "/sign-in", &typed(name, PASSWORD), &[OWN_PAGE]).await?;
        assert_eq!(answer.headers()["location"].to_str()?, place);
    }
    Ok(())
}

/// Guesses at codes, with the right password each time that it is asked for, until that has to wait.
async fn guess(dashboard: &Dashboard) -> Tested<String> {
    for _ in 0..5 {
        let pending = knock(dashboard).await?;
        for n in 1..=5 {
            let answer = post(dashboard, "/sign-in/code", &[("code", &(n * 111_111).to_string())], &pending).await?;
            if answer.status().as_u16() == 429 {
                assert!(answer.headers()["retry-after"].to_str()?.parse::<u64>()? >= 1);
                return Ok(pending);
            }
        }
    }
    anyhow::bail!("nobody has to wait")
}

#[tokio::test]
async fn guessing_at_codes_is_slow_and_noted() -> Tested {
    let warehouse = Warehouse::start().await?;
    let dashboard = serve(&warehouse).await?;
    set_up(&dashboard).await?;
    let pending = guess(&dashboard).await?;
    let noted = "SELECT count(*) FROM app.audit WHERE action = 'sign-in throttled'";
    assert_eq!(warehouse.one(noted).await?, 1);
    let noted = "SELECT count(*) >= 10 FROM app.audit WHERE action = 'sign-in failed' AND reason = 'code'";
    assert_eq!(warehouse.one(noted).await?, true);
    warehouse.tell("UPDATE app.session SET ends_at = now() WHERE awaits_code").await?;
    let late = post(&dashboard, "/sign-in/code", &[("code", "111111")], &pending).await?;
    assert_eq!(late.headers()["location"].to_str()?, "/sign-in", "its five minutes are over");
    Ok(())
}

#[tokio::test]
async fn after_five_wrong_codes_the_password_is_asked_for_again() -> Tested {
    let warehouse = Warehouse::start().await?;
    let dashboard = serve(&warehouse).await?;
    let (app, _, _) = set_up(&dashboard).await?;
    let pending = knock(&dashboard).await?;
    for _ in 0..4 {
        let wrong = post(&dashboard, "/sign-in/code", &[("code", "not a code")], &pending).await?;
        assert_eq!(wrong.status().as_u16(), 401);
    }
    for (code, word) in [("not a code", "the fifth"), (&app.code(1), "not even the right one opens it now")] {
        let over = post(&dashboard, "/sign-in/code", &[("code", code)], &pending).await?;
        assert_eq!((over.status().as_u16(), over.headers()["location"].to_str()?), (303, "/sign-in"), "{word}");
    }
    assert_eq!(warehouse.one(PENDING).await?, 0);
    let again = knock(&dashboard).await?;
    let answer = post(&dashboard, "/sign-in/code", &[("code", &app.code(1))], &again).await?;
    assert_eq!(answer.headers()["location"].to_str()?, "/", "who knows both is let in");
    Ok(())
}

#[tokio::test]
async fn whoever_guesses_codes_keeps_no_known_browser_out() -> Tested {
    let warehouse = Warehouse::start().await?;
    let dashboard = serve(&warehouse).await?;
    let (app, recovery, _) = set_up(&dashboard).await?;
    let pending = knock(&dashboard).await?;
    let home = post(&dashboard, "/sign-in/code", &[("code", &app.code(1))], &pending).await?;
    let home = cookies(&home);
    let (_, browser) = home.split_once("; ").context("no browser is known")?;
    guess(&dashboard).await?;

    let headers = [OWN_PAGE, ("cookie", browser)];
    let asked = dashboard.post_as(None, "/sign-in", &typed("clinician", PASSWORD), &headers).await?;
    let known = format!("{}; {browser}", cookies(&asked));
    let opened = post(&dashboard, "/sign-in/code", &[("code", &recovery[0])], &known).await?;
    assert_eq!((opened.status().as_u16(), opened.headers()["location"].to_str()?), (303, "/"));
    Ok(())
}

#[tokio::test]
async fn whoever_signs_out_before_the_code_is_given_ends_that_session_too() -> Tested {
    let warehouse = Warehouse::start().await?;
    let dashboard = serve(&warehouse).await?;
    let (app, _, here) = set_up(&dashboard).await?;
    let pending = knock(&dashboard).await?;
    assert_eq!(warehouse.one(PENDING).await?, 1);
    let out = post(&dashboard, "/sign-out", &[], &pending).await?;
    assert!(out.status().as_u16() == 303 && out.headers()["set-cookie"].to_str()?.contains("Max-Age=0"));
    assert_eq!(warehouse.one(PENDING).await?, 0);
    let late = post(&dashboard, "/sign-in/code", &[("code", &app.code(1))], &pending).await?;
    assert_eq!(late.headers()["location"].to_str()?, "/sign-in", "whoever kept the cookie");
    assert_eq!(dashboard.get_with("/patients", &[("cookie", &here)]).await?.status().as_u16(), 200, "others go on");
    Ok(())
}
