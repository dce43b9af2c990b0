//! `/account`: one's own account, and the form that changes the password.

use axum::Form;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use maud::Markup;
use serde::Deserialize;
use wardwatch_identity::change::{Change, ChangeError};
use wardwatch_identity::sign_in::SignInError;
use wardwatch_identity::{session, token};

use super::{Who, cookies};
use crate::error::{AsPage, Problem};
use crate::pages::account::{Outcome, View, draw};
use crate::server::App;
use crate::words::form as words;

/// The form.
#[derive(Deserialize)]
pub(crate) struct Typed {
    #[serde(default)]
    present: String,
    #[serde(default)]
    new: String,
}

/// `GET /account`
pub(crate) async fn show(who: Who, State(app): State<App>) -> Result<Markup, AsPage> {
    Ok(page(&app, &who, None).await?)
}

/// `POST /account/stay`: whoever asks is still there.
pub(crate) async fn stay(_who: Who) -> StatusCode {
    StatusCode::NO_CONTENT
}

/// The page, with what became of a form.
pub(super) async fn page(app: &App, who: &Who, outcome: Option<&Outcome>) -> Result<Markup, Problem> {
    let sessions = session::list(&app.pool, app.clock.now(), who.account.id).await?;
    let tokens = token::list(&app.pool, &who.account.name).await?;
    let view = View { who, outcome, sessions: &sessions, tokens: &tokens, zone: app.zone };
    Ok(draw(&view).seen_by(Some(who)))
}

/// `POST /account`
pub(crate) async fn change(
    who: Who,
    State(app): State<App>,
    headers: HeaderMap,
    form: Result<Form<Typed>, FormRejection>,
) -> Result<Response, AsPage> {
    let Form(typed) = form.map_err(|unread| Problem::unread_form(&unread, "/account", words::NO_PASSWORDS))?;
    let session = cookies::session(&headers, app.is_under_tls()).ok_or_else(Problem::sign_in_needed)?;
    let change = Change {
        account: &who.account,
        address: who.address,
        session: &session,
        present: &typed.present,
        new: &typed.new,
    };
    let changed = app.door.change_password(&change).await;
    app.sessions.changed(who.account.id);
    let (status, outcome) = match changed {
        Ok(()) => (StatusCode::OK, Outcome::Changed),
        Err(ChangeError::Refused(why)) => (StatusCode::UNPROCESSABLE_ENTITY, Outcome::Refused(why)),
        Err(ChangeError::SignIn(SignInError::Wrong)) => (StatusCode::UNPROCESSABLE_ENTITY, Outcome::Wrong),
        Err(ChangeError::SignIn(SignInError::Throttled(_))) => (StatusCode::TOO_MANY_REQUESTS, Outcome::Wait),
        Err(ChangeError::SignIn(error)) => return Err(error.into()),
    };
    Ok((status, page(&app, &who, Some(&outcome)).await?).into_response())
}
