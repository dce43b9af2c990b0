//! A page for what went wrong: what happened, what to do, the way on.

use maud::html;

use crate::error::Problem;
use crate::parts::layout::{Frame, Sheet, page};

const RETRY_SECONDS: u32 = 5;

/// Draws the page.
pub(crate) fn draw(problem: &Problem) -> Sheet {
    let frame =
        Frame { title: problem.title, place: "", is_live: false, reload: problem.retries.then_some(RETRY_SECONDS) };
    let content = html! {
        section #problem.problem data-code=(problem.code) {
            p.status { (problem.status.as_u16()) }
            h1 { (problem.title) }
            p.message { (problem.message) }
            @if let Some(id) = problem.id { p { "Number: " code { (id) } } }
            @if problem.retries { p.retry role="status" { "Trying again every " (RETRY_SECONDS) " seconds." } }
            @else { p { a.button href=(problem.way_on) { (way_on(problem)) } } }
        }
    };
    page(&frame, &content)
}

fn way_on(problem: &Problem) -> &'static str {
    match problem.code {
        "bad_parameter" => "Go on without this parameter",
        "unknown_patient" => "Search patients",
        "second_factor_needed" => "Set it up",
        "bad_form" if problem.way_on != "/ops" => "Back",
        "not_open" | "bad_form" => "To what stands open",
        "sign_in_needed" => "Sign in",
        _ => "To the first page",
    }
}
