//! `/sign-in` and `/sign-out`: from the form to the cookie, and back.
//!
//! Invariant: after signing in one goes to a page of this server only; a session that was signed out of is gone on the
//! server, whatever becomes of the cookie, also one that still waits for its code; and while it cannot be ended there, nobody
//! is told that they are signed out.

use axum::Form;
use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use maud::Markup;
use serde::Deserialize;
use url::Url;
use url::form_urlencoded::Serializer;
use wardwatch_identity::audit::{self, Event};
use wardwatch_identity::password::HashError;
use wardwatch_identity::sign_in::{Attempt, Entered, Opened, SignInError};
use wardwatch_identity::{Account, Role, Secret, session};
use wardwatch_schema::database;

use super::address::Client;
use super::factor::SECOND_FACTOR;
use super::{Who, cookies};
use crate::error::{AsPage, Problem};
use crate::pages::sign_in::{Trouble, draw, draw_code};
use crate::parts::layout::Sheet;
use crate::server::App;
use crate::words::form as words;

/// Where one wants to go afterwards.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Wish {
    #[serde(default)]
    next: String,
}

/// The form.
#[derive(Deserialize)]
pub(crate) struct Typed {
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
}

/// `GET /sign-in`
pub(crate) async fn show(
    State(app): State<App>,
    wish: Result<Query<Wish>, QueryRejection>,
    who: Result<Who, Response>,
    headers: HeaderMap,
) -> Response {
    let next = wish.map(|Query(wish)| wish.next).unwrap_or_default();
    match who {
        Ok(who) => to(&place(&next, who.account.role)),
        Err(_) => (fresh_device(&app, &headers), draw(&next, "", None).seen_by(None)).into_response(),
    }
}

/// By what a browser is known that has nothing of the kind yet: so a form that is sent twice comes twice from the same browser,
/// and leaves one session. Without randomness the form is shown all the same.
fn fresh_device(app: &App, headers: &HeaderMap) -> AppendHeaders<Option<(HeaderName, String)>> {
    let has_one = cookies::device(headers, app.is_under_tls()).is_some();
    let device = if has_one { None } else { Secret::random().ok() };
    AppendHeaders(device.map(|device| (header::SET_COOKIE, cookies::give_device(&device, app.is_under_tls()))))
}

/// `POST /sign-in`
pub(crate) async fn sign_in(
    State(app): State<App>,
    Client(address): Client,
    headers: HeaderMap,
    form: Result<Form<Typed>, FormRejection>,
) -> Result<Response, AsPage> {
    let unread = |rejection: FormRejection| Problem::unread_form(&rejection, "/sign-in", words::NO_NAME_AND_PASSWORD);
    let Form(Typed { name, password, next }) = form.map_err(unread)?;
    let (device, former) =
        (cookies::device(&headers, app.is_under_tls()), cookies::session(&headers, app.is_under_tls()));
    let attempt = Attempt { name: name.clone(), password, address, device, former };
    match app.door.sign_in(attempt).await {
        Ok(Entered::Signed(opened)) => Ok(welcome(&app, &opened, &next)),
        Ok(Entered::CodeNeeded(pending)) => Ok(ask_code(&app, &pending, &next)),
        Err(error) => Ok(refuse(error, &next, &name)?),
    }
}

fn welcome(app: &App, opened: &Opened, next: &str) -> Response {
    let cookies = AppendHeaders([
        (header::SET_COOKIE, cookies::give_session(&opened.session, app.is_under_tls())),
        (header::SET_COOKIE, cookies::give_device(&opened.device, app.is_under_tls())),
    ]);
    let Account { role, has_second_factor, .. } = opened.account;
    let must_set_up = app.requires_second_factor && role.wants_second_factor() && !has_second_factor;
    let place = if must_set_up { SECOND_FACTOR.to_owned() } else { place(next, role) };
    (cookies, to(&place)).into_response()
}

/// The password was right; the browser holds a session that opens nothing but the page for the code.
fn ask_code(app: &App, pending: &Secret, next: &str) -> Response {
    let cookie = [(header::SET_COOKIE, cookies::give_session(pending, app.is_under_tls()))];
    let place = Serializer::new(String::new()).append_pair("next", next).finish();
    (cookie, to(&format!("/sign-in/code?{place}"))).into_response()
}

/// `GET /sign-in/code`
pub(crate) async fn show_code(wish: Result<Query<Wish>, QueryRejection>) -> Markup {
    draw_code(&wish.map(|Query(wish)| wish.next).unwrap_or_default(), None).seen_by(None)
}

/// The form for the code.
#[derive(Deserialize)]
pub(crate) struct TypedCode {
    #[serde(default)]
    code: String,
    #[serde(default)]
    next: String,
}

/// `POST /sign-in/code`
pub(crate) async fn take_code(
    State(app): State<App>,
    Client(address): Client,
    headers: HeaderMap,
    form: Result<Form<TypedCode>, FormRejection>,
) -> Result<Response, AsPage> {
    let unread = |rejection: FormRejection| Problem::unread_form(&rejection, "/sign-in/code", words::NO_CODE);
    let Form(TypedCode { code, next }) = form.map_err(unread)?;
    let Some(pending) = cookies::session(&headers, app.is_under_tls()) else { return Ok(to("/sign-in")) };
    let device = cookies::device(&headers, app.is_under_tls());
    match app.door.take_code(&pending, address, device, &code).await {
        Ok(opened) => Ok(welcome(&app, &opened, &next)),
        Err(SignInError::Over) => Ok(to("/sign-in")),
        Err(error) => {
            let (status, trouble) = trouble(error)?;
            Ok(with_trouble(status, trouble, draw_code(&next, Some(trouble))))
        }
    }
}

/// The form again, with what was typed but the password.
fn refuse(error: SignInError, next: &str, name: &str) -> Result<Response, Problem> {
    let (status, trouble) = trouble(error)?;
    let name: String = name.chars().filter(|c| !c.is_control()).take(64).collect();
    Ok(with_trouble(status, trouble, draw(next, &name, Some(trouble))))
}

fn trouble(error: SignInError) -> Result<(StatusCode, Trouble), Problem> {
    match error {
        SignInError::Wrong | SignInError::Over => Ok((StatusCode::UNAUTHORIZED, Trouble::Wrong)),
        SignInError::Throttled(wait) => Ok((StatusCode::TOO_MANY_REQUESTS, Trouble::Wait(wait.0.as_secs().max(1)))),
        SignInError::Hash(HashError::Busy) => Ok((StatusCode::SERVICE_UNAVAILABLE, Trouble::Wait(5))),
        error => Err(error.into()),
    }
}

fn with_trouble(status: StatusCode, trouble: Trouble, page: Sheet) -> Response {
    let wait =
        if let Trouble::Wait(seconds) = trouble { vec![(header::RETRY_AFTER, seconds.to_string())] } else { vec![] };
    (status, AppendHeaders(wait), page.seen_by(None)).into_response()
}

/// `POST /sign-out`
pub(crate) async fn sign_out(
    State(app): State<App>,
    who: Result<Who, Response>,
    headers: HeaderMap,
) -> Result<Response, AsPage> {
    match (who, cookies::session(&headers, app.is_under_tls())) {
        (Ok(who), Some(secret)) => end(&app, &who, &secret).await.map_err(|_| Problem::still_signed_in())?,
        (Err(unknown), Some(_)) if unknown.status().is_server_error() => return Err(Problem::still_signed_in().into()),
        // Nobody is signed in with it; it may still wait for its code.
        (Err(_), Some(secret)) => end_pending(&app, &secret).await.map_err(|_| Problem::still_signed_in())?,
        (_, None) => {}
    }
    let cookie = [(header::SET_COOKIE, cookies::take_session(app.is_under_tls()))];
    Ok((cookie, to("/sign-in")).into_response())
}

async fn end(app: &App, who: &Who, secret: &Secret) -> Result<(), Problem> {
    let mut tx = database::begin(&app.pool).await?;
    session::end(&mut tx, secret).await?;
    audit::note(&mut tx, app.clock.now(), &who.entry(Event::SignedOut)).await?;
    tx.commit().await?;
    app.sessions.changed(who.account.id);
    Ok(())
}

async fn end_pending(app: &App, secret: &Secret) -> Result<(), sqlx::Error> {
    let mut connection = app.pool.acquire().await?;
    session::end(&mut connection, secret).await
}

fn to(place: &str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, place.to_owned())]).into_response()
}

/// Where one lands by one's role.
pub(crate) fn landing(role: Role) -> &'static str {
    match role {
        Role::Clinician | Role::Analyst => "/",
        Role::Patient => "/me",
        Role::Ops => "/ops",
        Role::Admin => "/audit",
    }
}

/// Where one wanted to go, if that is a page of this server; else where one lands.
fn place(next: &str, role: Role) -> String {
    let here = Url::parse("http://here/").ok();
    let wanted = here.and_then(|here| here.join(next).ok().filter(|url| url.origin() == here.origin()));
    match wanted {
        // Dots can leave a path that begins with two slashes, and a browser takes that for another server.
        Some(url) if next.starts_with('/') && url.path() != "/" && !url.path().starts_with("//") => {
            url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()))
        }
        _ => landing(role).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_goes_on_within_this_server_only() {
        assert_eq!(place("/patients?q=a%20b", Role::Clinician), "/patients?q=a%20b");
        assert_eq!(place("/ops/../patients/1", Role::Clinician), "/patients/1");
        for elsewhere in [
            "",
            "/",
            "//evil.example/",
            "/\\evil.example",
            "https://evil.example/",
            "javascript:alert(1)",
            "/\t/evil.example",
            "\u{b}//evil.example",
            "/.//evil.example",
            "/ops/..//evil.example",
        ] {
            assert_eq!(place(elsewhere, Role::Ops), "/ops", "{elsewhere:?}");
        }
        assert_eq!(Role::ALL.map(|role| place("", role)), ["/", "/me", "/ops", "/", "/audit"]);
    }
}
