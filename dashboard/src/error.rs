//! What can go wrong with a request, told as a page that looks like the product or as JSON, with what to do next.
//!
//! Invariant: neither the answer nor the log repeats what the database said, for that may quote a patient's data.

use std::any::Any;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use uuid::Uuid;
use wardwatch_identity::Role;
use wardwatch_identity::account::AccountError;
use wardwatch_identity::sign_in::SignInError;
use wardwatch_schema::database::DatabaseError;

use crate::answer::ErrorAnswer;
use crate::pages;
use crate::people::factor::SECOND_FACTOR;
use crate::people::sign_in::landing;

/// One thing that went wrong.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    /// For programs: stays the same.
    pub(crate) code: &'static str,
    pub(crate) title: &'static str,
    /// For people: what happened and what to do.
    pub(crate) message: String,
    /// Where to go on from here.
    pub(crate) way_on: String,
    /// Whether the page should try again by itself.
    pub(crate) retries: bool,
    /// Found in the log under `error.id`.
    pub(crate) id: Option<Uuid>,
}

/// A problem that a browser sees.
pub(crate) struct AsPage(pub(crate) Problem);
/// A problem that a program sees.
pub(crate) struct AsJson(pub(crate) Problem);

impl Problem {
    fn new(status: StatusCode, code: &'static str, title: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, title, message: message.into(), way_on: "/".to_owned(), retries: false, id: None }
    }

    /// No route has this address.
    pub(crate) fn no_such_page() -> Self {
        let message = "There is no page at this address. Check the address, or start from the first page.";
        Self::new(StatusCode::NOT_FOUND, "not_found", "Page not found", message)
    }

    /// The id in the address is nobody's.
    pub(crate) fn no_such_patient() -> Self {
        let message = "No feed has named a patient with this id. Check the id (leading zeros matter), or search by name. \
            A patient who has just arrived appears when the next admissions file is loaded.";
        let problem = Self::new(StatusCode::NOT_FOUND, "unknown_patient", "Patient not found", message);
        Self { way_on: "/patients".to_owned(), ..problem }
    }

    /// The stay is over, was never there, or is nobody's.
    pub(crate) fn no_open_stay() -> Self {
        let message = "This patient has no open stay under this case number: the patient may have gone home meanwhile. The \
            patient's page shows every stay, and what was done about it.";
        Self::new(StatusCode::NOT_FOUND, "no_open_stay", "No open stay", message)
    }

    /// A method that the address does not answer.
    pub(crate) fn method_not_allowed() -> Self {
        let message =
            "This address does not take that: pages are read (GET), and forms are sent from the page that shows them.";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "Not allowed", message)
    }

    /// A parameter of the address is wrong; `rest` is the same page without it.
    pub(crate) fn bad_parameter(message: String, rest: String) -> Self {
        let problem = Self::new(StatusCode::BAD_REQUEST, "bad_parameter", "This filter cannot be read", message);
        Self { way_on: rest, ..problem }
    }

    /// The number or id in the address is nobody's, or not in doubt any more.
    pub(crate) fn nothing_open() -> Self {
        let message = "Nothing stands open under this address: it was settled meanwhile, or never was. The list of what \
            stands open is under Ops.";
        let problem = Self::new(StatusCode::NOT_FOUND, "not_open", "Nothing stands open here", message);
        Self { way_on: "/ops".to_owned(), ..problem }
    }

    /// A form that says too little or something unknown.
    pub(crate) fn bad_form(why: &str) -> Self {
        let message = format!("{why} Go back to the form: nothing was asked for.");
        let problem = Self::new(StatusCode::BAD_REQUEST, "bad_form", "This form cannot be read", message);
        Self { way_on: "/ops".to_owned(), ..problem }
    }

    /// Nobody is signed in, or not any more.
    pub(crate) fn sign_in_needed() -> Self {
        let message = "Sign in first: nobody is signed in here, or the session has ended. A program sends a bearer token, \
            made with wardwatch-dashboard token add.";
        let problem = Self::new(StatusCode::UNAUTHORIZED, "sign_in_needed", "Sign in first", message);
        Self { way_on: "/sign-in".to_owned(), ..problem }
    }

    /// The role does not have the right.
    pub(crate) fn not_yours(role: Role) -> Self {
        let message = format!(
            "Your account is signed in with the role {role}, which may not see or do this. If you need it for your work, \
             ask those who run Wardwatch here."
        );
        let problem = Self::new(StatusCode::FORBIDDEN, "not_yours", "Not allowed", message);
        Self { way_on: landing(role).to_owned(), ..problem }
    }

    /// The account must have a second factor before it sees anything.
    pub(crate) fn second_factor_needed() -> Self {
        let message = "Here your account needs a second factor beside the password: set it up first. It takes a minute and \
            an authenticator app on your phone.";
        let problem = Self::new(StatusCode::FORBIDDEN, "second_factor_needed", "One step is missing", message);
        Self { way_on: SECOND_FACTOR.to_owned(), ..problem }
    }

    /// The patient is of a department that the account is not limited to.
    pub(crate) fn beyond_departments() -> Self {
        let message = "This patient is in none of the departments that your account is limited to. In an emergency open the \
            patient's page in the browser, and say why.";
        Self::new(StatusCode::FORBIDDEN, "beyond_departments", "Another department's patient", message)
    }

    /// A form that says too little or something unknown, with the page it stands on.
    pub(crate) fn bad_form_of(page: &'static str, why: &str) -> Self {
        Self { way_on: page.to_owned(), ..Self::bad_form(why) }
    }

    /// Pages only show here.
    pub(crate) fn acting_is_off() -> Self {
        let message =
            "Acting on pages is switched off here. Ops: wardwatch-ingest retry, reprocess and decide do the same.";
        Self::new(StatusCode::FORBIDDEN, "acting_is_off", "Not allowed", message)
    }

    /// The form was not one of our own pages.
    pub(crate) fn not_from_here() -> Self {
        let message = "This form was not sent from a page of this server. Open the page anew, by the address that \
            wardwatch-dashboard serves, and try again.";
        Self::new(StatusCode::FORBIDDEN, "not_from_here", "Not allowed", message)
    }

    /// The caller is not on this machine.
    pub(crate) fn only_from_loopback() -> Self {
        let message = "Metrics are given to this machine only: scrape them from 127.0.0.1.";
        Self::new(StatusCode::FORBIDDEN, "forbidden", "Not allowed", message)
    }

    fn unavailable(code: &'static str, message: &str) -> Self {
        let problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, code, "The board cannot be shown now", message);
        Self { retries: true, ..problem }
    }

    pub(crate) fn database_down() -> Self {
        Self::unavailable(
            "database_unavailable",
            "The database does not answer, so nothing current can be shown. Do not rely on an older copy of the board: \
             ask the ward's own records. This page tries again by itself every few seconds. If it stays, tell ops that \
             the database is unreachable from the dashboard.",
        )
    }

    /// Whether the database is away for a while, so that what was known before still says something.
    pub(crate) fn is_outage(&self) -> bool {
        matches!(self.code, "database_unavailable" | "internal")
    }

    /// `wardwatch-ingest replay` is under way, or was cut short.
    pub(crate) fn rebuilding() -> Self {
        Self::unavailable(
            "rebuilding",
            "The warehouse is being rebuilt from the hospital's files, so that patients may be missing from it. Nothing \
             is shown until it is whole: ask the ward's own records. This page tries again by itself every few seconds. \
             Ops see on /ops how far it is; a rebuilding that was cut short is ended by wardwatch-ingest replay.",
        )
    }

    fn not_migrated() -> Self {
        Self::unavailable(
            "not_migrated",
            "The warehouse does not fit this program. Ops: run wardwatch-ingest migrate with the same version as this \
             dashboard. This page tries again by itself.",
        )
    }

    pub(crate) fn internal() -> Self {
        let message = "Something went wrong on our side and nothing can be shown. Try again; if it happens again, tell \
            ops the number below: it stands in the log.";
        let problem = Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong", message);
        Self { id: Some(Uuid::new_v4()), ..problem }
    }

    /// Our own fault, with what it is in the log.
    fn told(what: &'static str) -> Self {
        let problem = Self::internal();
        tracing::error!(error.id = ?problem.id, "{what}");
        problem
    }

    /// Answers with a page.
    pub(crate) fn into_page(self) -> Response {
        let mut problem = self;
        if problem.status == StatusCode::NOT_FOUND && problem.id.is_none() {
            let id = Uuid::new_v4();
            tracing::info!(error.code = problem.code, error.id = %id, "nothing is at this address");
            problem.id = Some(id);
        }
        (problem.status, pages::problem::draw(&problem).seen_by(None)).into_response()
    }
}

impl IntoResponse for AsPage {
    fn into_response(self) -> Response {
        self.0.into_page()
    }
}

impl IntoResponse for AsJson {
    fn into_response(self) -> Response {
        let Problem { status, code, message, id, .. } = self.0;
        (status, Json(ErrorAnswer::new(code, message, id.map(|id| id.to_string())))).into_response()
    }
}

impl<E: Into<Problem>> From<E> for AsPage {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl<E: Into<Problem>> From<E> for AsJson {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        let sqlstate =
            error.as_database_error().and_then(sqlx::error::DatabaseError::code).unwrap_or_default().into_owned();
        let problem = classify(&error, &sqlstate);
        tracing::error!(error.code = problem.code, error.id = ?problem.id, db.sqlstate = sqlstate, db.kind = kind(&error), "database");
        problem
    }
}

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Self {
        let AccountError::Database(source) = error else {
            return Self::told("an account or a session cannot be read or made");
        };
        source.into()
    }
}

impl From<SignInError> for Problem {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::Database(source) => source.into(),
            SignInError::Account(error) => error.into(),
            _ => Self::told("a password cannot be hashed or compared"),
        }
    }
}

impl From<DatabaseError> for Problem {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Query(source) => source.into(),
            DatabaseError::NotMigrated | DatabaseError::Newer => Self::not_migrated(),
            _ => Self::database_down(),
        }
    }
}

/// Sorts by type and SQLSTATE: a missing table wants a migration, an outage passes, the rest is our own fault.
fn classify(error: &sqlx::Error, sqlstate: &str) -> Problem {
    match sqlstate {
        "42P01" | "42883" | "42703" | "3F000" => Problem::not_migrated(),
        _ if is_outage(error, sqlstate) => Problem::database_down(),
        _ => Problem::internal(),
    }
}

/// Connection, credentials, resources, shutdown and time limits.
fn is_outage(error: &sqlx::Error, sqlstate: &str) -> bool {
    match error {
        sqlx::Error::Database(_) => matches!(sqlstate.get(..2), Some("08" | "28" | "3D" | "53" | "57")),
        sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => true,
        other => matches!(other, sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_)),
    }
}

/// The kind of error without its words.
fn kind(error: &sqlx::Error) -> &'static str {
    match error {
        sqlx::Error::Database(_) => "database",
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) => "connection",
        sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => "pool",
        sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } => "decode",
        _ => "other",
    }
}

/// What a handler that panicked answers. The panic itself is not repeated.
pub(crate) fn after_panic(_panic: Box<dyn Any + Send + 'static>) -> Response {
    let problem = Problem::internal();
    tracing::error!(error.id = ?problem.id, "a handler panicked");
    problem.into_page()
}
