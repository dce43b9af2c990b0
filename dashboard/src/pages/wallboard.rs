//! The board on a screen in the corridor: large, turning by itself, without full names.
//!
//! Invariant: who walks by learns no name: initials, room and the end of the id are all that is shown of a patient.

use chrono::TimeDelta;
use chrono_tz::Tz;
use maud::{DOCTYPE, Markup, html};

use super::board::empty;
use super::sheet::missing;
use crate::assets;
use crate::parts::{badge, feeds, layout, number, time};
use crate::query::BoardQuery;
use crate::views::board::{Board, Person, State, Stay};
use crate::words::{self, frame, wallboard as say};

/// Seconds until the next turn.
const TURN: u32 = 15;
/// Letters of the id that are shown.
const TAIL: usize = 4;

/// What the screen is drawn from.
pub(crate) struct View<'a> {
    pub(crate) board: &'a Board,
    pub(crate) query: &'a BoardQuery,
    /// What the reader is limited to; empty: nothing.
    pub(crate) departments: &'a [String],
    pub(crate) lost_for: Option<TimeDelta>,
    pub(crate) zone: Tz,
}

/// The whole screen. It turns by loading the next page; the script lets a reader pause it.
pub(crate) fn draw(view: &View<'_>) -> Markup {
    let next = if view.board.page < view.board.last_page() { view.board.page + 1 } else { 1 };
    let turned = BoardQuery { page: next, per_page: crate::query::PER_PAGE, ..view.query.clone() };
    let address = turned.address_at("/wallboard");
    html! {
        (DOCTYPE)
        html lang=(words::LANGUAGE) {
            head {
                (layout::meta(&say::title(&number::count(view.board.total))))
                link rel="stylesheet" href=(assets::path("board.css"));
                link rel="icon" href=(assets::path("icon.svg")) type="image/svg+xml";
                noscript { meta http-equiv="refresh" content={ (TURN) "; url=" (address) }; }
                script src=(assets::path("wall.js")) defer {}
            }
            body.wall data-next=(address) data-turn=(TURN) { main #main { (content(view)) } }
        }
    }
}

fn content(view: &View<'_>) -> Markup {
    let (board, query) = (view.board, view.query);
    html! {
        div #board data-as-of=(time::rfc3339(board.as_of)) {
            div #lost.banner.alarm role="alert" hidden data-word-title=(frame::title(frame::NOT_LIVE)) { p { (say::lost()) } }
            @if let Some(age) = view.lost_for {
                div #not-live.banner.alarm role="alert" { p { (say::not_live(&time::duration(age))) } }
            }
            (feeds::banners(&board.feeds, query.as_of.is_none(), view.zone))
            header.wall-head {
                h1 { (place(view)) span.over { (say::which(query.due, board.threshold())) } }
                p.wall-clock {
                    @if let Some(as_of) = &query.as_of { strong.historical { (words::board::moment(as_of.at <= board.now)) } " " }
                    (time::at(board.as_of, view.zone))
                }
                ul.wall-counts { @for state in State::ALL { li class={ "state-" (state.as_str()) } { (badge::shape(state)) " " strong { (number::count(board.counts.of(state))) } " " (words::state(state)) } } }
            }
            @for missing in missing(board, query, view.departments) { p.wall-missing { (missing) } }
            @if board.stays.is_empty() { (empty::told(board, query, view.lost_for)) }
            ol.wall-list { @for stay in &board.stays { (card(stay, board)) } }
            p.wall-foot {
                (say::turns(&number::count(board.page), &number::count(board.last_page()), TURN)) " "
                button #pause.quiet-button type="button" hidden aria-pressed="false" data-word-pause=(say::PAUSE) data-word-go-on=(say::GO_ON) { (say::PAUSE) }
            }
        }
    }
}

/// Whose patients are shown.
fn place(view: &View<'_>) -> String {
    match (&view.query.department, view.departments) {
        (Some(department), _) => department.clone(),
        (None, []) => words::board::field::ALL_DEPARTMENTS.to_owned(),
        (None, departments) => departments.join(", "),
    }
}

fn card(stay: &Stay, board: &Board) -> Markup {
    let idle = stay.idle_for(board.as_of).map_or_else(|| words::NOT_KNOWN.to_owned(), time::duration);
    html! {
        li.wall-card data-state=(stay.state.as_str()) {
            span.wall-room { @match &stay.room { Some(room) => (words::room(room)), None => (say::NO_ROOM) } }
            span.wall-who { (initials(&stay.person)) " · …" (tail(stay.person.patient_id.as_deref().unwrap_or("?"))) }
            span.wall-idle { (idle) }
            (badge::draw(stay.state))
            @if let Some(section) = say::section(stay.section) { span.wall-section { (section) } }
        }
    }
}

fn initials(person: &Person) -> String {
    let letter =
        |name: &Option<String>| name.as_ref().and_then(|name| name.chars().next()).map(|letter| format!("{letter}."));
    let letters: Vec<String> = [letter(&person.last_name), letter(&person.first_name)].into_iter().flatten().collect();
    if letters.is_empty() { "?".to_owned() } else { letters.join(" ") }
}

fn tail(id: &str) -> String {
    let letters: Vec<char> = id.chars().collect();
    letters[letters.len().saturating_sub(TAIL)..].iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_walks_by_learns_no_name() {
        let person =
            Person { last_name: Some("Groß".into()), first_name: Some("Jürgen".into()), ..Person::default() };
        assert_eq!((initials(&person).as_str(), tail("P0012345").as_str()), ("G. J.", "2345"));
        assert_eq!((initials(&Person::default()).as_str(), tail("7").as_str()), ("?", "7"));
    }
}
