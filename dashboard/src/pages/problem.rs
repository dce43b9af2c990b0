//! A page for what went wrong: what happened, what to do, the way on.

use maud::html;

use crate::error::Problem;
use crate::parts::layout::{Frame, Sheet, page};
use crate::words::problem::{self as words, way_on};

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
            @if let Some(id) = problem.id { p { (words::number(&html! { code { (id) } })) } }
            @if problem.retries { p.retry role="status" { (words::tries_again(RETRY_SECONDS)) } }
            @else { p { a.button href=(problem.way_on) { (leads(problem)) } } }
        }
    };
    page(&frame, &content)
}

/// Where the way on leads, in words.
fn leads(problem: &Problem) -> &'static str {
    match problem.code {
        "bad_parameter" => way_on::WITHOUT_PARAMETER,
        "unknown_patient" => way_on::SEARCH,
        "second_factor_needed" => way_on::SET_UP,
        "bad_form" if problem.way_on != "/ops" => way_on::BACK,
        "not_open" | "bad_form" => way_on::WHAT_STANDS_OPEN,
        "sign_in_needed" => way_on::SIGN_IN,
        _ => way_on::FIRST_PAGE,
    }
}
