//! What can go wrong with a request, told as a page that looks like the product or as JSON, with what to do next.
//!
//! Invariant: neither the answer nor the log repeats what the database said, for that may quote a patient's data.

mod completed;

use std::any::Any;

use axum::extract::rejection::FormRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use chrono::TimeDelta;
use uuid::Uuid;
use wardwatch_identity::Role;
use wardwatch_identity::account::AccountError;
use wardwatch_identity::sign_in::SignInError;
use wardwatch_schema::database::DatabaseError;

use crate::answer::ErrorAnswer;
use crate::people::factor::SECOND_FACTOR;
use crate::people::sign_in::landing;
use crate::words::form;
use crate::words::problem as words;

pub(crate) use completed::complete;

/// A statement that ran into its time limit.
const CANCELED: &str = "57014";

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
    /// Whether it passes, so that it is worth trying again.
    pub(crate) retries: bool,
    /// Apart, for few answers are a problem and all have a place for one.
    pub(crate) came: Box<Came>,
    /// Found in the log under `error.id`.
    pub(crate) id: Option<Uuid>,
}

/// How a problem was come upon, which is known once it is [completed](complete).
#[derive(Debug, Clone, Default)]
pub(crate) struct Came {
    /// Under which reference the page is asked for again; none where something was sent.
    pub(crate) again: Option<String>,
    /// Whether nobody asked by hand: a screen in the corridor, or a page that renews itself.
    pub(crate) is_unattended: bool,
    /// How old the copy is on which the ward falls back, where this process has written one.
    pub(crate) copy_age: Option<TimeDelta>,
}

/// A problem that a browser sees.
pub(crate) struct AsPage(pub(crate) Problem);
/// A problem that a program sees.
pub(crate) struct AsJson(pub(crate) Problem);

impl Problem {
    fn new(status: StatusCode, code: &'static str, said: words::Said) -> Self {
        let words::Said { title, message } = said;
        let (message, way_on) = (message.into_owned(), "/".to_owned());
        Self { status, code, title, message, way_on, retries: false, came: Box::default(), id: None }
    }

    /// The same problem with another way on.
    fn way_on(self, address: impl Into<String>) -> Self {
        Self { way_on: address.into(), ..self }
    }

    /// No route has this address.
    pub(crate) fn no_such_page() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", words::NO_SUCH_PAGE)
    }

    /// The id in the address is nobody's.
    pub(crate) fn no_such_patient() -> Self {
        Self::new(StatusCode::NOT_FOUND, "unknown_patient", words::NO_SUCH_PATIENT).way_on("/patients")
    }

    /// The stay is over, was never there, or is nobody's.
    pub(crate) fn no_open_stay() -> Self {
        Self::new(StatusCode::NOT_FOUND, "no_open_stay", words::NO_OPEN_STAY)
    }

    /// A method that the address does not answer.
    pub(crate) fn method_not_allowed() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", words::METHOD_NOT_ALLOWED)
    }

    /// A parameter of the address is wrong; `rest` is the same page without it.
    pub(crate) fn bad_parameter(why: String, rest: String) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_parameter", words::bad_parameter(why)).way_on(rest)
    }

    /// The number or id in the address is nobody's, or not in doubt any more.
    pub(crate) fn nothing_open() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_open", words::NOTHING_OPEN).way_on("/ops")
    }

    /// A form that says too little or something unknown.
    pub(crate) fn bad_form(why: &str) -> Self {
        Self::bad_form_of("/ops", why)
    }

    /// A form that says too little or something unknown, with the page it stands on.
    pub(crate) fn bad_form_of(page: &'static str, why: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_form", words::bad_form(why)).way_on(page)
    }

    /// A form of bytes that are no text.
    fn form_of_no_text() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "form_not_text", words::bad_form(form::NOT_TEXT))
    }

    /// A form of which no more was read than a form of ours has.
    pub(crate) fn form_too_large() -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "form_too_large", words::bad_form(words::TOO_LARGE))
    }

    /// A form that could not be taken, with the page it stands on: it is too large, or `why`.
    pub(crate) fn unread_form(rejection: &FormRejection, page: &'static str, why: &str) -> Self {
        let is_too_large = rejection.status() == StatusCode::PAYLOAD_TOO_LARGE;
        if is_too_large { Self::form_too_large() } else { Self::bad_form_of(page, why) }
    }

    /// Nobody is signed in, or not any more.
    pub(crate) fn sign_in_needed() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "sign_in_needed", words::SIGN_IN_NEEDED).way_on("/sign-in")
    }

    /// The role does not have the right.
    pub(crate) fn not_yours(role: Role) -> Self {
        Self::new(StatusCode::FORBIDDEN, "not_yours", words::not_yours(role)).way_on(landing(role))
    }

    /// The account must have a second factor before it sees anything.
    pub(crate) fn second_factor_needed() -> Self {
        Self::new(StatusCode::FORBIDDEN, "second_factor_needed", words::SECOND_FACTOR_NEEDED).way_on(SECOND_FACTOR)
    }

    /// The patient is of a department that the account is not limited to.
    pub(crate) fn beyond_departments() -> Self {
        Self::new(StatusCode::FORBIDDEN, "beyond_departments", words::BEYOND_DEPARTMENTS)
    }

    /// Pages only show here.
    pub(crate) fn acting_is_off() -> Self {
        Self::new(StatusCode::FORBIDDEN, "acting_is_off", words::ACTING_IS_OFF)
    }

    /// The form was not one of our own pages.
    pub(crate) fn not_from_here() -> Self {
        Self::new(StatusCode::FORBIDDEN, "not_from_here", words::NOT_FROM_HERE)
    }

    /// The caller is not on this machine.
    pub(crate) fn only_from_loopback() -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", words::ONLY_FROM_LOOPBACK)
    }

    fn unavailable(code: &'static str, said: words::Said) -> Self {
        Self { retries: true, ..Self::new(StatusCode::SERVICE_UNAVAILABLE, code, said) }
    }

    pub(crate) fn database_down() -> Self {
        Self::unavailable("database_unavailable", words::DATABASE_DOWN)
    }

    /// The same problem, where a search cannot be noted and so cannot be shown; `without` is the board without it.
    pub(crate) fn of_a_search(self, without: impl FnOnce() -> String) -> Self {
        if self.code != "database_unavailable" {
            return self;
        }
        Self::unavailable("search_unavailable", words::SEARCH_NOT_NOTED).way_on(without())
    }

    /// The database takes longer than a page may.
    fn too_slow() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "too_slow", words::TOO_SLOW)
    }

    /// The same problem, where another moment than the present was asked for; `now` is the board without it.
    pub(crate) fn of_another_moment(self, now: impl FnOnce() -> String) -> Self {
        if self.code != "too_slow" {
            return self;
        }
        Self::new(self.status, "moment_too_slow", words::MOMENT_TOO_SLOW).way_on(now())
    }

    /// Nothing came within the time that any answer may take.
    fn timed_out() -> Self {
        let problem = Self { id: Some(Uuid::new_v4()), ..Self::unavailable("timed_out", words::TIMED_OUT) };
        tracing::error!(error.id = ?problem.id, "an answer took too long");
        problem
    }

    /// The session cannot be ended.
    pub(crate) fn still_signed_in() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "still_signed_in", words::STILL_SIGNED_IN)
    }

    /// Whether the database is away for a while, so that what was known before still says something.
    pub(crate) fn is_outage(&self) -> bool {
        matches!(self.code, "database_unavailable" | "too_slow" | "internal")
    }

    /// `wardwatch-ingest replay` is under way, or was cut short.
    pub(crate) fn rebuilding() -> Self {
        Self::unavailable("rebuilding", words::REBUILDING)
    }

    fn not_migrated() -> Self {
        Self::unavailable("not_migrated", words::NOT_MIGRATED)
    }

    pub(crate) fn internal() -> Self {
        let problem = Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", words::INTERNAL);
        Self { id: Some(Uuid::new_v4()), ..problem }
    }

    /// Our own fault, with what it is in the log.
    fn told(what: &'static str) -> Self {
        let problem = Self::internal();
        tracing::error!(error.id = ?problem.id, "{what}");
        problem
    }

    /// Answers with a page, which is [completed](complete), and which [`crate::people::reader`] draws.
    pub(crate) fn into_page(self) -> Response {
        let mut problem = self;
        if problem.status == StatusCode::NOT_FOUND && problem.id.is_none() {
            let id = Uuid::new_v4();
            tracing::info!(error.code = problem.code, error.id = %id, "nothing is at this address");
            problem.id = Some(id);
        }
        (problem.status, Extension(problem)).into_response()
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

/// Sorts by type and SQLSTATE: a missing table wants a migration, what takes too long is asked for too much, an outage passes, the
/// rest is our own fault.
fn classify(error: &sqlx::Error, sqlstate: &str) -> Problem {
    match sqlstate {
        "42P01" | "42883" | "42703" | "3F000" => Problem::not_migrated(),
        CANCELED => Problem::too_slow(),
        _ if is_outage(error, sqlstate) => Problem::database_down(),
        _ => Problem::internal(),
    }
}

/// Connection, credentials, resources and shutdown.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(sqlstate: &str) -> Problem {
        classify(&sqlx::Error::PoolTimedOut, sqlstate)
    }

    #[test]
    fn what_takes_too_long_is_no_outage_of_the_database() {
        let slow = problem(CANCELED);
        assert_eq!((slow.status.as_u16(), slow.code, slow.retries), (503, "too_slow", false));
        assert!(slow.is_outage(), "a board that could not be read anew stays");
        let moment = slow.of_another_moment(|| "/?state=chase".to_owned());
        assert!(!moment.retries && moment.message.contains("choose a nearer one"), "{}", moment.message);
        assert_eq!((moment.code, moment.way_on.as_str()), ("moment_too_slow", "/?state=chase"));
    }

    #[test]
    fn an_outage_is_one_whatever_was_asked_for() {
        let away = problem("").of_another_moment(|| "/?state=chase".to_owned());
        assert_eq!((away.code, away.retries, away.way_on.as_str()), ("database_unavailable", true, "/"));
    }
}
