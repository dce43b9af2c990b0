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
use futures::future::try_join_all;
use tokio::time::timeout;
use url::form_urlencoded;
use wardwatch_identity::audit::{Entry, Event};
use wardwatch_identity::session::{self, Signed};
use wardwatch_identity::{Account, Action, Secret, token};

use super::address::Client;
use super::renewed::Renewed;
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
    /// Whether they asked by hand: not a page that renews itself.
    pub(crate) by_hand: bool,
    /// What they asked for, after `?`.
    pub(crate) query: String,
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

    /// Notes that they look at the list of everyone known, or for which words they search it; from which patient on, where that
    /// is not its first page.
    pub(crate) async fn note_list(&self, app: &App, words: Option<&str>, after: Option<&str>) -> Result<(), Problem> {
        let page = after.map(|after| [words.unwrap_or_default(), " after ", after].concat());
        let about = page.as_deref().or(words).map(str::trim_start);
        self.note(app, Entry { about, ..self.view(Event::PatientsSearched) }).await
    }

    /// Notes that a program takes the board out, if one does, and which part of it.
    pub(crate) async fn note_export(&self, app: &App, part: &str) -> Result<(), Problem> {
        let Way::Token { .. } = self.way else { return Ok(()) };
        self.note(app, Entry { about: Some(part), ..self.view(Event::BoardExported) }).await
    }

    /// Notes that they were not shown a patient of another department, whoever that is.
    pub(crate) async fn note_beyond(&self, app: &App, patient_id: &str) -> Result<(), Problem> {
        let beyond =
            Entry { patient_id: Some(patient_id), about: Some("other department"), ..self.view(Event::Refused) };
        self.note(app, beyond).await
    }

    /// Notes that they open something in doubt: once for each patient who is named in it.
    pub(crate) async fn note_doubt(&self, app: &App, about: &str, patients: &[&str]) -> Result<(), Problem> {
        let about = Entry { about: Some(about), ..self.view(Event::DoubtViewed) };
        if patients.is_empty() {
            return self.note(app, about).await;
        }
        let named = patients.iter().map(|patient_id| self.note(app, Entry { patient_id: Some(patient_id), ..about }));
        try_join_all(named).await.map(drop)
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
                let query = parts.uri.query().unwrap_or_default().to_owned();
                let who = Self { account, address, way, by_hand: is_by_hand(parts), query };
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

/// Whether somebody does something, and not a page by itself.
fn is_by_hand(parts: &Parts) -> bool {
    let renews_itself = parts.headers.contains_key(FRAGMENT) || parts.extensions.get::<Renewed>().is_some();
    !renews_itself && parts.uri.path() != "/events"
}

fn is_api(parts: &Parts) -> bool {
    parts.uri.path().starts_with("/api/")
}

async fn by_session(parts: &Parts, app: &App) -> Result<Option<(Account, Way)>, Problem> {
    let Some(secret) = cookies::session(&parts.headers, app.is_under_tls()) else { return Ok(None) };
    let purpose = Purpose { is_by_hand: is_by_hand(parts), is_of_the_board: is_of_the_board(parts) };
    let signed = signed(app, &secret, purpose).await?;
    Ok(signed.map(|signed| {
        let seconds_left = (signed.ends_at - app.clock.now()).num_seconds();
        (signed.account, Way::Session { id: signed.session_id, seconds_left })
    }))
}

/// For what a session is used.
#[derive(Debug, Clone, Copy)]
struct Purpose {
    is_by_hand: bool,
    is_of_the_board: bool,
}

/// Whether a stream that whoever came with these headers has opened may go on.
pub(crate) async fn still_may(app: &App, headers: &HeaderMap, action: Action) -> bool {
    let Some(secret) = cookies::session(headers, app.is_under_tls()) else { return false };
    let of_the_board = Purpose { is_by_hand: false, is_of_the_board: true };
    matches!(signed(app, &secret, of_the_board).await, Ok(Some(signed)) if signed.account.may(action))
}

/// Whose session it is. The board is shown by what is certain without asking.
async fn signed(app: &App, secret: &Secret, purpose: Purpose) -> Result<Option<Signed>, Problem> {
    let certain = || app.sessions.certain(app.clock.now(), secret, purpose.is_by_hand);
    match purpose.is_of_the_board.then(certain).flatten() {
        Some(signed) => Ok(Some(signed)),
        None => ask(app, secret, purpose).await,
    }
}

/// Asks the database whose session it is; where it does not answer, the board goes by what it last said.
async fn ask(app: &App, secret: &Secret, purpose: Purpose) -> Result<Option<Signed>, Problem> {
    let (now, asked) = (app.clock.now(), app.sessions.asked());
    match vouch(app, secret, purpose).await {
        Ok(signed) => {
            app.sessions.heard(asked, now, secret, signed.as_ref());
            Ok(signed)
        }
        Err(problem) if problem.is_outage() && purpose.is_of_the_board => {
            Ok(Some(app.sessions.last_known(now, secret).ok_or(problem)?))
        }
        Err(problem) => Err(problem),
    }
}

/// Asks the database; not for long where it need not answer.
async fn vouch(app: &App, secret: &Secret, purpose: Purpose) -> Result<Option<Signed>, Problem> {
    let asked = session::account(&app.pool, app.clock.now(), secret, purpose.is_by_hand);
    if !purpose.is_of_the_board {
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
