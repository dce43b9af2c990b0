//! `/account/tokens`: makes and revokes one's own tokens for the JSON API.
//!
//! Invariant: a token is made for whoever is signed in, and only its owner revokes it here.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::TimeDelta;
use url::form_urlencoded;
use wardwatch_identity::audit::Event;
use wardwatch_identity::token::{self, New, Scope, TokenError};

use super::{Who, account};
use crate::error::{AsPage, Problem};
use crate::pages::account::Outcome;
use crate::server::App;
use crate::words::account::NoToken;
use crate::words::form::token as words;

/// What the form asks for.
#[derive(Debug, PartialEq, Eq)]
enum Asked {
    Make { label: String, scope: Vec<Scope>, days: i64 },
    Revoke(i64),
}

/// `POST /account/tokens`
pub(crate) async fn ask(who: Who, State(app): State<App>, body: String) -> Result<Response, AsPage> {
    if who.lacks_second_factor(&app) {
        return Err(Problem::second_factor_needed().into());
    }
    let asked = read(&body).map_err(|why| Problem::bad_form_of("/account", why))?;
    let (status, outcome) = match asked {
        Asked::Make { label, scope, days } => make(&app, &who, label, scope, days).await?,
        Asked::Revoke(number) => {
            let by = who.entry(Event::TokenRevoked);
            token::revoke(&app.pool, app.clock.now(), number, Some(who.account.id), by).await?;
            (StatusCode::OK, Outcome::TokenRevoked)
        }
    };
    Ok((status, account::page(&app, &who, Some(&outcome)).await?).into_response())
}

async fn make(
    app: &App,
    who: &Who,
    label: String,
    scope: Vec<Scope>,
    days: i64,
) -> Result<(StatusCode, Outcome), Problem> {
    let name = who.account.name.parse().map_err(|_| Problem::internal())?;
    let new = New { name, label, scope, lasts: TimeDelta::try_days(days).unwrap_or(TimeDelta::MAX) };
    let refused = match token::add(&app.pool, app.clock.now(), &new, who.entry(Event::TokenAdded)).await {
        Ok((_, secret)) => return Ok((StatusCode::OK, Outcome::TokenMade(secret.reveal().to_owned()))),
        Err(TokenError::Account(error)) => return Err(error.into()),
        Err(TokenError::Database(error)) => return Err(error.into()),
        Err(TokenError::Lasts) => NoToken::Lasts,
        Err(TokenError::Label) => NoToken::Label,
        Err(TokenError::Scope) => NoToken::Scope,
    };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Outcome::TokenRefused(refused)))
}

fn read(body: &str) -> Result<Asked, &'static str> {
    let (mut label, mut scope, mut days, mut revoke) = (String::new(), Vec::new(), None, None);
    for (name, value) in form_urlencoded::parse(body.as_bytes()) {
        match &*name {
            "label" => value.trim().clone_into(&mut label),
            "scope" => scope.push(value.parse().map_err(|_| words::NO_SUCH_SCOPE)?),
            "days" => days = Some(value.trim().parse().map_err(|_| words::NO_DAYS)?),
            "revoke" => revoke = Some(value.parse().map_err(|_| words::NO_SUCH_TOKEN)?),
            _ => return Err(words::UNKNOWN_FIELD),
        }
    }
    match (revoke, days) {
        (Some(number), _) => Ok(Asked::Revoke(number)),
        (None, Some(_)) if scope.is_empty() => Err(words::NO_SCOPE),
        (None, Some(days)) => Ok(Asked::Make { label, scope, days }),
        (None, None) => Err(words::NO_EXPIRY),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_strictly() {
        let made = read("label=ward+screen&scope=board&days=7").unwrap();
        assert_eq!(made, Asked::Make { label: "ward screen".to_owned(), scope: vec![Scope::Board], days: 7 });
        assert_eq!(read("revoke=3").unwrap(), Asked::Revoke(3));
        for form in
            ["", "days=7", "scope=admin&days=7", "scope=board&days=x", "revoke=x", "scope=board&days=1&account=2"]
        {
            assert!(read(form).is_err(), "{form}");
        }
    }
}
