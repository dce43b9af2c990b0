//! Somebody who is signed in, or a program with a token.
//!
//! Invariant: a bearer token opens the JSON API and nothing else; a session opens both. An expired, revoked or garbled one
//! is as good as none.

use std::net::IpAddr;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::TimeDelta;
use tokio::time::timeout;
use url::form_urlencoded;
use wardwatch_identity::audit::{Entry, Event};
use wardwatch_identity::session::{self, Signed};
use wardwatch_identity::{Account, Action, Secret, token};

use super::address::Client;
use super::{cookies, reader};
use crate::error::{AsJson, Problem};
use crate::html::FRAGMENT;
use crate::server::App;

/// So long a page that has a last state waits for the database.
const PATIENCE: Duration = Duration::from_secs(1);
/// Opening the same thing again within so long is one view: a page renews itself.
const ONE_VIEW: TimeDelta = TimeDelta::minutes(10);

/// Who asks, and from where.
#[derive(Debug, Clone)]
pub(crate) struct Who {
    pub(crate) account: Account,
    pub(crate) address: IpAddr,
    /// How they came in.
    pub(crate) way: Way,
}

/// How somebody came in.
#[derive(Debug, Clone)]
pub(crate) enum Way {
    /// By the door; the number of the session, and in how many seconds it ends whatever is done.
    Session { id: i64, seconds_left: i64 },
    /// With a token, for this much.
    Token { scope: Vec<Action> },
}

impl Who {
    /// Whether they may do this, as they came in.
    pub(crate) fn may(&self, action: Action) -> bool {
        let is_in_scope = match &self.way {
            Way::Session { .. } => true,
            Way::Token { scope } => scope.contains(&action),
        };
        is_in_scope && self.account.may(action)
    }

    /// Whether they came by the door and still have to set up the second factor that is asked of them here.
    pub(crate) fn lacks_second_factor(&self, app: &App) -> bool {
        let is_asked = app.requires_second_factor && self.account.role.wants_second_factor();
        is_asked && !self.account.has_second_factor && matches!(self.way, Way::Session { .. })
    }

    /// Notes what they do, before it is seen.
    pub(crate) async fn note(&self, app: &App, entry: Entry<'_>) -> Result<(), Problem> {
        Ok(app.trail.note(app.clock.now(), &entry).await?)
    }

    /// A row of the audit about them.
    pub(crate) fn entry(&self, event: Event) -> Entry<'_> {
        Entry::by(&self.account, self.address, event)
    }

    /// Notes that they open a patient's record, and whether by breaking the glass.
    pub(crate) async fn note_patient(&self, app: &App, patient_id: &str, is_broken: bool) -> Result<(), Problem> {
        let reason = is_broken.then_some("break-glass");
        self.note(app, Entry { patient_id: Some(patient_id), reason, ..self.view(Event::PatientViewed) }).await
    }

    /// Notes for which words they search, if for any.
    pub(crate) async fn note_search(&self, app: &App, words: Option<&str>) -> Result<(), Problem> {
        let Some(words) = words else { return Ok(()) };
        self.note(app, Entry { about: Some(words), ..self.view(Event::PatientsSearched) }).await
    }

    /// Notes that a program takes the board out, if one does.
    pub(crate) async fn note_export(&self, app: &App) -> Result<(), Problem> {
        let Way::Token { .. } = self.way else { return Ok(()) };
        self.note(app, self.view(Event::BoardExported)).await
    }

    /// Notes that they open something in doubt, in which patients are named.
    pub(crate) async fn note_doubt(&self, app: &App, about: &str) -> Result<(), Problem> {
        self.note(app, Entry { about: Some(about), ..self.view(Event::DoubtViewed) }).await
    }

    /// A row that is written once for what a page shows again and again.
    pub(crate) fn view(&self, event: Event) -> Entry<'_> {
        Entry { once_within: Some(ONE_VIEW), ..self.entry(event) }
    }
}

impl FromRequestParts<App> for Who {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let Ok(Client(address)) = Client::from_request_parts(parts, app).await;
        let found = if is_api(parts) { by_token_or_session(parts, app).await } else { by_session(parts, app).await };
        match found {
            Ok(Some((account, way))) => {
                let who = Self { account, address, way };
                reader::remember(parts, &who);
                Ok(who)
            }
            Ok(None) => Err(to_sign_in(parts)),
            Err(problem) => Err(told(parts, problem)),
        }
    }
}

/// Tells a problem in the language of whoever asked.
pub(super) fn told(parts: &Parts, problem: Problem) -> Response {
    if is_api(parts) { AsJson(problem).into_response() } else { problem.into_page() }
}

fn is_api(parts: &Parts) -> bool {
    parts.uri.path().starts_with("/api/")
}

async fn by_session(parts: &Parts, app: &App) -> Result<Option<(Account, Way)>, Problem> {
    let Some(secret) = cookies::session(&parts.headers, app.is_under_tls()) else { return Ok(None) };
    let by_hand = !parts.headers.contains_key(FRAGMENT) && parts.uri.path() != "/events";
    let now = app.clock.now();
    let certain = is_of_the_board(parts).then(|| app.sessions.certain(now, &secret, by_hand)).flatten();
    let signed = match certain {
        Some(signed) => Some(signed),
        None => ask(parts, app, &secret, by_hand).await?,
    };
    Ok(signed.map(|signed| {
        let seconds_left = (signed.ends_at - now).num_seconds();
        (signed.account, Way::Session { id: signed.session_id, seconds_left })
    }))
}

/// Asks the database whose session it is; where it does not answer, the board goes by what it last said.
async fn ask(parts: &Parts, app: &App, secret: &Secret, by_hand: bool) -> Result<Option<Signed>, Problem> {
    let (now, asked) = (app.clock.now(), app.sessions.asked());
    match vouch(parts, app, secret, by_hand).await {
        Ok(signed) => {
            app.sessions.heard(asked, now, secret, signed.as_ref());
            Ok(signed)
        }
        Err(problem) if problem.is_outage() && is_of_the_board(parts) => {
            Ok(Some(app.sessions.last_known(now, secret).ok_or(problem)?))
        }
        Err(problem) => Err(problem),
    }
}

/// Asks the database; not for long where it need not answer.
async fn vouch(parts: &Parts, app: &App, secret: &Secret, by_hand: bool) -> Result<Option<Signed>, Problem> {
    let asked = session::account(&app.pool, app.clock.now(), secret, by_hand);
    if !is_of_the_board(parts) {
        return Ok(asked.await?);
    }
    if app.roster.is_lost() {
        return Err(Problem::database_down());
    }
    Ok(timeout(PATIENCE, asked).await.map_err(|_| Problem::database_down())??)
}

/// What renews itself for as long as it is open, and is shown with its age while the database is away.
fn is_of_the_board(parts: &Parts) -> bool {
    parts.method == Method::GET && matches!(parts.uri.path(), "/" | "/wallboard" | "/events")
}

async fn by_token_or_session(parts: &Parts, app: &App) -> Result<Option<(Account, Way)>, Problem> {
    let Some(said) = bearer(&parts.headers) else { return by_session(parts, app).await };
    let Some(secret) = Secret::presented(said) else { return Ok(None) };
    let found = token::account(&app.pool, app.clock.now(), &secret).await?;
    Ok(found.map(|(account, scope)| (account, Way::Token { scope })))
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, said) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| said.trim())
}

/// People are led to the door; programs and scripts are told.
fn to_sign_in(parts: &Parts) -> Response {
    let problem = Problem::sign_in_needed();
    if is_api(parts) {
        return ([(header::WWW_AUTHENTICATE, "Bearer")], AsJson(problem)).into_response();
    }
    if parts.headers.contains_key(FRAGMENT) || parts.uri.path() == "/events" {
        return problem.into_page();
    }
    let wanted = parts.uri.path_and_query().map_or("/", |wanted| wanted.as_str());
    let place = match parts.method {
        Method::GET if wanted != "/" => {
            format!("/sign-in?{}", form_urlencoded::Serializer::new(String::new()).append_pair("next", wanted).finish())
        }
        _ => "/sign-in".to_owned(),
    };
    (StatusCode::SEE_OTHER, [(header::LOCATION, place)]).into_response()
}
