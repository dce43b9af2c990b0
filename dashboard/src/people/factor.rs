//! `/account/second-factor`: sets up a second factor, or gives it up.

use axum::Form;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use maud::Markup;
use serde::Deserialize;
use wardwatch_identity::sign_in::SignInError;

use super::{Who, cookies};
use crate::error::{AsPage, Problem};
use crate::pages::factor::{Step, draw};
use crate::server::App;
use crate::words::form as words;

/// Where it is set up.
pub(crate) const SECOND_FACTOR: &str = "/account/second-factor";

/// The forms: the password begins or gives up, the code confirms.
#[derive(Deserialize)]
pub(crate) struct Typed {
    password: Option<String>,
    code: Option<String>,
}

/// `GET /account/second-factor`
pub(crate) async fn show(who: Who) -> Markup {
    draw(&who, &Step::AskPassword { is_wrong: false }).seen_by(Some(&who))
}

/// `POST /account/second-factor`
pub(crate) async fn take(
    who: Who,
    State(app): State<App>,
    headers: HeaderMap,
    form: Result<Form<Typed>, FormRejection>,
) -> Result<Response, AsPage> {
    let missing = words::NO_PASSWORD_OR_CODE;
    let Form(typed) = form.map_err(|rejection| Problem::unread_form(&rejection, SECOND_FACTOR, missing))?;
    let (account, address) = (&who.account, who.address);
    let (asked, wrong) = match (&typed.password, &typed.code) {
        (Some(password), None) if account.has_second_factor => {
            let removed = app.door.remove_second_factor(account, address, password).await;
            (removed.map(|()| Step::Removed), Step::AskPassword { is_wrong: true })
        }
        (Some(password), None) => {
            let begun = app.door.begin_second_factor(account, address, password).await;
            (begun.map(|key| Step::AskCode { key: Some(key) }), Step::AskPassword { is_wrong: true })
        }
        (None, Some(code)) => {
            let kept = cookies::session(&headers, app.is_under_tls()).ok_or_else(Problem::sign_in_needed)?;
            let confirmed = app.door.confirm_second_factor(account, address, &kept, code).await;
            (confirmed.map(Step::Confirmed), Step::AskCode { key: None })
        }
        _ => return Err(Problem::bad_form_of(SECOND_FACTOR, missing).into()),
    };
    let (status, step) = match asked {
        Ok(step) => (StatusCode::OK, step),
        Err(SignInError::Wrong) => (StatusCode::UNPROCESSABLE_ENTITY, wrong),
        Err(SignInError::Throttled(_)) => (StatusCode::TOO_MANY_REQUESTS, Step::Wait),
        Err(error) => return Err(error.into()),
    };
    Ok((status, draw(&who, &step).seen_by(Some(&who))).into_response())
}
