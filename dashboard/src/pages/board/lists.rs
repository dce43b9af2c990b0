//! Ways to look at the board, each an address of its own: the lists, and the counts by state.

use maud::{Markup, html};

use super::View;
use crate::parts::{badge, number};
use crate::query::{BoardQuery, Due, Since, Sort};
use crate::views::board::{Section, State};
use crate::words;

/// Until the next round, unless the reader says otherwise.
const ROUND: Due = Due::Within(8);

/// The lists; each keeps whose patients are looked at, the threshold and the moment.
pub(super) fn draw(view: &View<'_>) -> Markup {
    let query = view.query;
    let plain = |change: &dyn Fn(&mut BoardQuery)| {
        let mut other = BoardQuery {
            as_of: query.as_of.clone(),
            department: query.department.clone(),
            physician: query.physician.clone(),
            hours: query.hours,
            ..BoardQuery::default()
        };
        change(&mut other);
        other.link(|_| {})
    };
    let is_plain = !query.is_mine && query.due.is_none() && query.section.is_none() && query.since.is_none();
    let is_chase = is_plain && query.state == Some(State::Chase);
    let due = query.due.unwrap_or(ROUND);
    let lists = [
        ("board", words::board::TO_REVIEW.to_owned(), plain(&|_| {}), is_plain && !is_chase),
        ("mine", words::board::MY_PATIENTS.to_owned(), plain(&|q| q.is_mine = true), query.is_mine),
        ("due", words::board::list_due(due), plain(&|q| q.due = Some(due)), query.due.is_some()),
        (
            "chase",
            words::board::TO_CHASE.to_owned(),
            plain(&|q| {
                q.state = Some(State::Chase);
                q.sort = Sort::Waiting;
            }),
            is_chase,
        ),
        (
            "since",
            words::board::CHANGED_SINCE_VISIT.to_owned(),
            plain(&|q| q.since = Some(Since::visit())),
            query.since.is_some(),
        ),
        (
            "acknowledged",
            words::board::section_heading(Section::Acknowledged, query, &number::count(view.board.all_acknowledged), 0),
            plain(&|q| q.section = Some(Section::Acknowledged)),
            query.section == Some(Section::Acknowledged),
        ),
    ];
    html! {
        nav.lists aria-label=(words::board::LISTS) {
            @for (id, word, address, is_current) in lists {
                a href=(address) data-control={ "list-" (id) } aria-current=[is_current.then_some("page")] { (word) }
            }
        }
    }
}

/// Counts by state, each a link to its own list.
pub(super) fn states(view: &View<'_>) -> Markup {
    let counts = view.board.counts;
    html! {
        nav.states aria-label=(words::board::BY_STATE) {
            a.state-all href=(view.query.link(|q| q.state = None)) data-control="state-all"
                aria-current=[view.query.state.is_none().then_some("true")] {
                span.count #count-all { (number::count(counts.all())) } " " span.word { (words::board::ALL_STATES) }
            }
            @for state in State::ALL {
                a class={ "state-" (state.as_str()) } href=(view.query.link(|q| q.state = Some(state)))
                    data-control={ "state-" (state.as_str()) } title=(words::meaning(state))
                    aria-current=[(view.query.state == Some(state)).then_some("true")] {
                    span.count id={ "count-" (state.as_str()) } { (number::count(counts.of(state))) }
                    " " span.word { (badge::shape(state)) " " (words::state_on(view.query.due.is_some(), state)) }
                }
            }
        }
    }
}
