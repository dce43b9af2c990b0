//! Every answer that refuses is completed on its way out: it says how one goes on from there, in the language of whoever asked.
//!
//! Invariant: no answer is bare. What takes too long, and what is refused before any handler of ours sees it, is told like every
//! other problem: to a program as JSON, to a person as a page that knows whether something was asked for or sent.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;

use super::{AsJson, Came, Problem};
use crate::people::renewed::Renewed;
use crate::server::App;

/// No answer may take longer to begin.
const LONGEST: Duration = Duration::from_secs(30);

/// What of a request its refusal must know.
struct Asked {
    is_of_a_program: bool,
    /// As in [`Came::again`].
    again: Option<String>,
    /// As in [`Came::is_unattended`].
    is_unattended: bool,
}

/// Lets pass what answers, and completes what does not.
pub(crate) async fn complete(State(app): State<App>, request: Request, next: Next) -> Response {
    let asked = Asked::of(&request);
    let answer = timeout(LONGEST, next.run(request)).await;
    let mut answer = answer.unwrap_or_else(|_| Problem::timed_out().into_page());
    if asked.again.is_none() && is_bare(&answer) {
        answer = Problem::form_of_no_text().into_page();
    }
    let Some(problem) = answer.extensions_mut().remove::<Problem>() else { return answer };
    if asked.is_of_a_program {
        return AsJson(problem).into_response();
    }
    let written_at = app.downtime.as_ref().and_then(|downtime| downtime.written_at());
    let copy_age = written_at.map(|at| app.clock.now() - at);
    let came = Box::new(Came { again: asked.again, is_unattended: asked.is_unattended, copy_age });
    answer.extensions_mut().insert(Problem { came, ..problem });
    answer
}

impl Asked {
    fn of(request: &Request) -> Self {
        let uri = request.uri();
        let only_reads = matches!(*request.method(), Method::GET | Method::HEAD);
        // A reference that keeps the path, whatever that is: one that begins with two slashes would be another server.
        let again = only_reads.then(|| format!("?{}", uri.query().unwrap_or_default()));
        let renews_itself = uri.path() == "/wallboard" || request.extensions().get::<Renewed>().is_some();
        let is_unattended = *request.method() == Method::GET && renews_itself;
        Self { is_of_a_program: uri.path().starts_with("/api/"), again, is_unattended }
    }
}

/// Whether what was sent was refused in words that are not ours: it could not be read as text at all.
fn is_bare(answer: &Response) -> bool {
    let kind = answer.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    answer.status() == StatusCode::BAD_REQUEST && kind.is_some_and(|kind| kind.starts_with("text/plain"))
}
