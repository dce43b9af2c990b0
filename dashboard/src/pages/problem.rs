//! A page for what went wrong: what happened, what to do, the way on.
//!
//! Invariant: whoever asked by hand is not interrupted, and an address that only takes forms is not asked for. Only where nobody did,
//! as on a screen in the corridor, it loads itself anew until what passes has passed: nobody comes to press anything.

use maud::{Markup, html};

use crate::error::Problem;
use crate::parts::layout::{Frame, Sheet, page};
use crate::parts::time;
use crate::words::problem::{self as words, way_on};

/// Draws the page.
pub(crate) fn draw(problem: &Problem) -> Sheet {
    let frame = Frame { title: problem.title, place: "", is_live: false };
    let content = html! {
        section #problem.problem data-code=(problem.code) {
            p.status { (problem.status.as_u16()) }
            h1 { (problem.title) }
            p.message { (message(problem)) }
            @if let Some(age) = problem.came.copy_age.filter(|_| problem.retries) { p #copy { (words::copy_age(&time::duration(age))) } }
            @if let Some(id) = problem.id { p { (words::number(&html! { code { (id) } })) } }
            (ways_on(problem))
        }
    };
    let page = page(&frame, &content);
    match &problem.came.again {
        Some(again) if problem.retries && problem.came.is_unattended => {
            page.renewing(again.strip_prefix('?').unwrap_or(again))
        }
        _ => page,
    }
}

/// What happened. Of what was sent nobody can ask for less.
fn message(problem: &Problem) -> &str {
    let is_sent = problem.came.again.is_none();
    if is_sent && problem.code == "too_slow" { words::TOO_SLOW_TO_WRITE } else { &problem.message }
}

/// What passes is asked for again by whoever asked for a page; whoever sent something goes back to what they typed.
fn ways_on(problem: &Problem) -> Markup {
    // Who is still signed in is told what to do, and typed nothing.
    let may_be_written = problem.status.is_server_error() && problem.code != "still_signed_in";
    let elsewhere = html! { a.button href=(problem.way_on) data-control="way-on" { (leads(problem)) } };
    html! {
        @match (&problem.came.again, problem.retries) {
            (Some(again), true) => p {
                a.button href=(again) data-control="again" { (way_on::AGAIN) }
                @if leads(problem) != way_on::FIRST_PAGE { " " (elsewhere) }
            },
            (None, _) if may_be_written => p.retry { (words::SENT_IN_VAIN) },
            _ => p { (elsewhere) },
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
        let came = Came { again: Some(again.to_owned()), is_unattended: false, copy_age: Some(TimeDelta::minutes(4)) };
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
    fn whatever_failed_on_our_side_after_something_was_sent_is_taken_as_not_written() {
        let slow = Problem { code: "too_slow", retries: false, ..Problem::database_down() };
        for problem in [slow, Problem::internal(), Problem::rebuilding()] {
            let page = drawn(&problem);
            assert!(text(&page).contains("take it as not written. Go back") && !page.contains("way-on"), "{page}");
            assert!(!text(&page).contains("Ask for less"), "{page}");
        }
        assert!(drawn(&Problem::still_signed_in()).contains("data-control=\"way-on\""));
        assert!(drawn(&Problem::no_such_patient()).contains("data-control=\"way-on\""), "nothing was written");
    }

    #[test]
    fn where_nobody_asked_by_hand_it_asks_again_by_itself() {
        let unattended = |again: &str, problem| {
            let mut problem = asked(again, problem);
            problem.came.is_unattended = true;
            draw(&problem).seen_by(None).into_string()
        };
        let renewal = "<meta http-equiv=\"refresh\" content=\"30; url=?department=ICU&amp;renewed=yes\">";
        let page = unattended("?department=ICU", Problem::database_down());
        assert!(page.contains(renewal), "{page}");
        assert!(unattended("?", Problem::rebuilding()).contains("content=\"30; url=?renewed=yes\""));
        assert!(!unattended("?", Problem::sign_in_needed()).contains("http-equiv=\"refresh\""), "it does not pass");
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
