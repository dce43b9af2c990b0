//! A page for what went wrong: what happened, what to do, the way on.
//!
//! Invariant: it never loads itself anew. Whoever reads it is not interrupted, and an address that only takes forms is not asked for.

use maud::{Markup, html};

use crate::error::Problem;
use crate::parts::layout::{Frame, Sheet, page};
use crate::parts::time;
use crate::words::problem::{self as words, way_on};

/// Draws the page.
pub(crate) fn draw(problem: &Problem) -> Sheet {
    let frame = Frame { title: problem.title, place: "", is_live: false, reload: None };
    let content = html! {
        section #problem.problem data-code=(problem.code) {
            p.status { (problem.status.as_u16()) }
            h1 { (problem.title) }
            p.message { (problem.message) }
            @if let Some(age) = problem.came.copy_age.filter(|_| problem.retries) { p #copy { (words::copy_age(&time::duration(age))) } }
            @if let Some(id) = problem.id { p { (words::number(&html! { code { (id) } })) } }
            (ways_on(problem))
        }
    };
    page(&frame, &content)
}

/// What passes is asked for again by whoever asked for a page; whoever sent something goes back to what they typed.
fn ways_on(problem: &Problem) -> Markup {
    let elsewhere = html! { a.button href=(problem.way_on) data-control="way-on" { (leads(problem)) } };
    html! {
        @match (&problem.came.again, problem.retries) {
            (Some(again), true) => p {
                a.button href=(again) data-control="again" { (way_on::AGAIN) }
                @if leads(problem) != way_on::FIRST_PAGE { " " (elsewhere) }
            },
            (None, true) => p.retry { (words::SENT_IN_VAIN) },
            (_, false) => p { (elsewhere) },
        }
    }
}

/// Where the way on leads, in words.
fn leads(problem: &Problem) -> &'static str {
    match problem.code {
        "bad_parameter" => way_on::WITHOUT_PARAMETER,
        "unknown_patient" => way_on::SEARCH,
        "second_factor_needed" => way_on::SET_UP,
        "search_unavailable" => way_on::WITHOUT_SEARCH,
        "moment_too_slow" => way_on::NOW,
        "bad_form" if problem.way_on != "/ops" => way_on::BACK,
        "not_open" | "bad_form" => way_on::WHAT_STANDS_OPEN,
        "sign_in_needed" => way_on::SIGN_IN,
        _ => way_on::FIRST_PAGE,
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::error::Came;
    use crate::pages::tests::text;

    /// The problem where a page was asked for under this reference.
    fn asked(again: &str, problem: Problem) -> Problem {
        let came = Came { again: Some(again.to_owned()), copy_age: Some(TimeDelta::minutes(4)) };
        Problem { came: Box::new(came), ..problem }
    }

    fn drawn(problem: &Problem) -> String {
        let page = draw(problem).seen_by(None).into_string();
        assert!(!page.contains("http-equiv=\"refresh\""), "{page}");
        page
    }

    #[test]
    fn an_outage_is_asked_again_by_hand_at_the_same_address() {
        let page = drawn(&asked("?q=One&page=2", Problem::database_down()));
        assert!(page.contains("href=\"?q=One&amp;page=2\" data-control=\"again\""), "{page}");
        let said = text(&page);
        assert!(said.contains("ask the ward's own records") && said.contains("downtime copy"), "{said}");
        assert!(said.contains("last written 4 min ago") && !said.contains("Do not rely"), "{said}");
        assert!(!drawn(&Problem::rebuilding()).contains("last written"), "none was written, or nobody knows");
    }

    #[test]
    fn what_was_sent_is_not_asked_for_at_an_address_that_takes_forms() {
        let page = drawn(&Problem::database_down());
        assert!(text(&page).contains("take it as not written. Go back"), "{page}");
        assert!(!page.contains("data-control=\"again\"") && !page.contains("data-control=\"way-on\""), "{page}");
    }

    #[test]
    fn a_search_that_cannot_be_noted_leads_to_the_board_without_it() {
        let problem = Problem::database_down().of_a_search(|| "/?department=ICU".to_owned());
        let page = drawn(&asked("?department=ICU&q=One", problem));
        assert!(
            page.contains("href=\"/?department=ICU\" data-control=\"way-on\">The board without this search"),
            "{page}"
        );
        assert!(page.contains("data-control=\"again\""), "{page}");
    }
}
