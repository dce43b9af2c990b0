//! One's own account: the list of one's sessions, and tokens that their owner makes, lists and revokes.

use std::net::Ipv4Addr;
use std::sync::Arc;

use anyhow::Context as _;
use wardwatch_identity::change::{Change, ChangeError};
use wardwatch_identity::sign_in::{Door, SignInError};
use wardwatch_identity::{Account, Role, Secret};
use wardwatch_schema::clock::SystemClock;
use wardwatch_tests::people::PASSWORD;
use wardwatch_tests::{Dashboard, Tested, Warehouse};

use super::{OWN_PAGE, form, serve, signed_in};

async fn page(dashboard: &Dashboard, cookie: &str) -> Tested<String> {
    Ok(dashboard.get_with("/account", &[("cookie", cookie)]).await?.text().await?)
}

async fn post(dashboard: &Dashboard, path: &str, fields: &[(&str, &str)], cookie: &str) -> Tested<(u16, String)> {
    let answer = dashboard.post_as(None, path, &form(fields), &[OWN_PAGE, ("cookie", cookie)]).await?;
    Ok((answer.status().as_u16(), answer.text().await?))
}

#[tokio::test]
async fn one_sees_where_one_is_signed_in_and_ends_it() -> Tested {
    let warehouse = Warehouse::start().await?;
    warehouse.tell("DELETE FROM app.session").await?;
    let dashboard = serve(&warehouse).await?;
    let (here, there) = (signed_in(&dashboard, "patient").await?, signed_in(&dashboard, "patient").await?);
    let other = signed_in(&dashboard, "ops").await?;
    let shown = page(&dashboard, &here).await?;
    assert_eq!((shown.matches("Here").count(), shown.matches("Elsewhere").count()), (1, 1));
    assert!(shown.contains("from 127.0.0.1"));
    let session = async |name: &str| -> Tested<String> {
        let newest = format!(
            "SELECT max(session_id) FROM app.session JOIN app.account USING (account_id) WHERE name = '{name}'"
        );
        Ok(warehouse.one(&newest).await?.to_string())
    };
    let status = async |cookie: &str| -> Tested<u16> {
        Ok(dashboard.get_with("/account", &[("cookie", cookie)]).await?.status().as_u16())
    };
    post(&dashboard, "/account/sessions", &[("session", &session("ops").await?)], &here).await?;
    assert_eq!(status(&other).await?, 200, "nobody ends another one's session");
    let (code, shown) =
        post(&dashboard, "/account/sessions", &[("session", &session("patient").await?)], &here).await?;
    assert!(code == 200 && !shown.contains("Elsewhere"));
    assert_eq!((status(&here).await?, status(&there).await?), (200, 303));
    assert_eq!(warehouse.one("SELECT count(*) FROM app.audit WHERE action = 'session ended'").await?, 1);
    Ok(())
}

#[tokio::test]
async fn tokens_are_made_listed_and_revoked_by_their_owner_within_their_scope() -> Tested {
    let warehouse = Warehouse::start().await?;
    let dashboard = serve(&warehouse).await?;
    let cookie = signed_in(&dashboard, "clinician").await?;
    let made =
        post(&dashboard, "/account/tokens", &[("label", "ward screen"), ("scope", "board"), ("days", "7")], &cookie)
            .await?;
    assert_eq!(made.0, 200);
    let (_, rest) = made.1.split_once("<code id=\"token\">").context("no token")?;
    let token = rest.split('<').next().unwrap_or_default().to_owned();
    let bearer = format!("Bearer {token}");
    let status = async |path: &str| -> Tested<u16> {
        Ok(dashboard.get_with(path, &[("authorization", &bearer)]).await?.status().as_u16())
    };
    assert_eq!(
        (status("/api/v1/board").await?, status("/api/v1/patients/1").await?),
        (200, 403),
        "its scope and no more"
    );
    assert_eq!((status("/account").await?, status("/").await?), (303, 303), "no page");
    let shown = page(&dashboard, &cookie).await?;
    assert!(shown.contains("ward screen") && !shown.contains(&token), "it is told once");

    for refused in [
        &[("scope", "board"), ("days", "367")][..],
        &[("scope", "board"), ("days", "0")],
        &[("scope", "board"), ("days", "9223372036854775807")],
        &[("label", "a\0b"), ("scope", "board"), ("days", "7")],
    ] {
        assert_eq!(post(&dashboard, "/account/tokens", refused, &cookie).await?.0, 422, "{refused:?}");
    }
    let analyst = signed_in(&dashboard, "analyst").await?;
    let beyond = [("scope", "patients"), ("days", "7")];
    assert_eq!(post(&dashboard, "/account/tokens", &beyond, &analyst).await?.0, 422, "not more than the account may");
    for nobody in ["patient", "ops", "admin"] {
        let cookie = signed_in(&dashboard, nobody).await?;
        assert_eq!(
            post(&dashboard, "/account/tokens", &[("scope", "board"), ("days", "7")], &cookie).await?.0,
            422,
            "{nobody}"
        );
        assert!(!page(&dashboard, &cookie).await?.contains("Access for programs"));
    }
    post(&dashboard, "/account/tokens", &[("revoke", "1")], &analyst).await?;
    assert_eq!(status("/api/v1/board").await?, 200, "only its owner revokes it");
    post(&dashboard, "/account/tokens", &[("revoke", "1")], &cookie).await?;
    assert_eq!(status("/api/v1/board").await?, 401);
    assert!(page(&dashboard, &cookie).await?.contains("revoked"));
    Ok(())
}

#[tokio::test]
async fn who_is_still_there_says_so() -> Tested {
    let warehouse = Warehouse::start().await?;
    let dashboard = serve(&warehouse).await?;
    warehouse.tell("UPDATE app.session SET used_at = now() - interval '50 minutes'").await?;
    let shown = dashboard.get_as(Some(Role::Patient), "/account?x").await?;
    assert!(shown.text().await?.contains("data-session-idle=\"3600\""));
    warehouse.tell("UPDATE app.session SET used_at = now() - interval '50 minutes'").await?;
    let stayed = dashboard.post_as(Some(Role::Patient), "/account/stay", "", &[OWN_PAGE]).await?;
    assert_eq!(stayed.status().as_u16(), 204);
    assert_eq!(warehouse.one("SELECT max(used_at) > now() - interval '1 minute' FROM app.session").await?, true);
    Ok(())
}

/// As if that happened between the page and its form.
#[tokio::test]
async fn an_account_that_was_disabled_meanwhile_changes_no_password() -> Tested {
    let warehouse = Warehouse::start().await?;
    let id = warehouse.one("SELECT account_id FROM app.account WHERE name = 'clinician'").await?;
    let account = Account {
        id: id.as_i64().context("no account")?,
        name: "clinician".to_owned(),
        role: Role::Clinician,
        patient_id: None,
        departments: Vec::new(),
        has_second_factor: false,
    };
    warehouse.tell("UPDATE app.account SET disabled_at = now() WHERE name = 'clinician'").await?;
    let hash = "SELECT password_hash FROM app.account WHERE name = 'clinician'";
    let before = warehouse.one(hash).await?;
    let door = Door::new(warehouse.pool.clone(), Arc::new(SystemClock));
    let (session, new) = (Secret::random()?, "another four words for this test");
    let address = Ipv4Addr::LOCALHOST.into();
    let change = Change { account: &account, address, session: &session, present: PASSWORD, new };
    let changed = door.change_password(&change).await;
    assert!(matches!(changed, Err(ChangeError::SignIn(SignInError::Wrong))), "{changed:?}");
    assert_eq!(warehouse.one(hash).await?, before);
    assert_eq!(warehouse.one("SELECT count(*) FROM app.audit WHERE action = 'password changed'").await?, 0);
    Ok(())
}
