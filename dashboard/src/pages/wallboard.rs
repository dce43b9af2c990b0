//! The board on a screen in the corridor: large, turning by itself, without full names.
//!
//! Invariant: who walks by learns no name: initials, place and the end of the id are all that is shown of a patient, and of a
//! search only that there is one. A screen that shows less than the whole board says so, and one that keeps still says how old
//! it grows. Nobody scrolls it: the script shows the cards for which there is place, and the others a turn later.

use chrono::TimeDelta;
use chrono_tz::Tz;
use maud::{DOCTYPE, Markup, html};

use super::board::empty;
use super::sheet::{self, missing};
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
    let counts = board.counts.only(query.state);
    let first = first_row(board);
    html! {
        div #board data-as-of=(time::rfc3339(board.as_of)) data-age=(view.lost_for.unwrap_or_default().num_seconds()) {
            (lost())
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
                @if let Some(filter) = filter(query, view.zone) { p.wall-filter { (filter) } }
                ul.wall-counts { @for state in State::ALL { li class={ "state-" (state.as_str()) } { (badge::shape(state)) " " strong { (number::count(counts.of(state))) } " " (words::state_on(query.due.is_some(), state)) } } }
            }
            @for missing in missing(board, query, view.departments) { p.wall-missing { (missing) } }
            @if board.stays.is_empty() { (empty::told(board, query, view.lost_for)) }
            ol.wall-list { @for (row, stay) in (first..).zip(&board.stays) { (card(row, stay, view)) } }
            p.wall-foot {
                span { @if !board.stays.is_empty() { (range(board)) " · " } (say::turns(TURN)) } " "
                button #pause.quiet-button type="button" hidden aria-pressed="false" data-word-pause=(say::PAUSE) data-word-go-on=(say::GO_ON) { (say::PAUSE) }
                " " span #paused hidden { (say::paused(&age())) }
            }
        }
    }
}

fn first_row(board: &Board) -> i64 {
    (board.page - 1) * board.per_page + 1
}

/// Which of how many are shown. The script completes it where there is no place for all of them.
fn range(board: &Board) -> Markup {
    let (first, total) = (first_row(board), number::count(board.total));
    let last = first + board.stays.len() as i64 - 1;
    html! {
        span #range data-word-range=(say::range("{first}", "{last}", &total)) { (say::range(&number::count(first), &number::count(last), &total)) }
    }
}

/// The connection is lost: the script shows it, with the words that it completes.
fn lost() -> Markup {
    let [seconds, minutes, hours] = frame::ages();
    html! {
        div #lost.banner.alarm role="alert" hidden data-word-title=(frame::title(frame::NOT_LIVE))
            data-word-seconds=(seconds) data-word-minutes=(minutes) data-word-hours=(hours) { p { (say::lost(&age())) } }
    }
}

/// Where the script writes how old the screen is, which is not read out whenever it grows.
fn age() -> Markup {
    html! { strong.wall-age aria-live="off" {} }
}

/// What of the filter neither the heading nor the clock says, in the words of the sheet. A text that is looked for may be a name.
fn filter(query: &BoardQuery, zone: Tz) -> Option<String> {
    let plain = BoardQuery::default();
    let untold = BoardQuery {
        as_of: None,
        department: None,
        due: None,
        text: query.text.as_ref().map(|_| say::WITHHELD.to_owned()),
        sort: plain.sort,
        direction: plain.direction,
        page: plain.page,
        per_page: plain.per_page,
        ..query.clone()
    };
    (untold != plain).then(|| sheet::filter(&untold, zone))
}

/// Whose patients are shown.
fn place(view: &View<'_>) -> String {
    match (&view.query.department, view.departments) {
        (Some(department), _) => department.clone(),
        (None, []) => words::board::field::ALL_DEPARTMENTS.to_owned(),
        (None, departments) => departments.join(", "),
    }
}

/// Whether patients of more than one department may be on the screen.
fn spans_departments(view: &View<'_>) -> bool {
    view.query.department.is_none() && view.departments.len() != 1
}

/// One stay; `row`: which of all that are listed.
fn card(row: i64, stay: &Stay, view: &View<'_>) -> Markup {
    let as_of = view.board.as_of;
    let idle = stay.idle_for(as_of).map_or_else(|| words::NOT_KNOWN.to_owned(), time::duration);
    html! {
        li.wall-card data-state=(stay.state.as_str()) data-number=(number::count(row)) {
            span.wall-room {
                @match &stay.room { Some(room) => (words::room(room)), None => (say::NO_ROOM) }
                @if spans_departments(view) { " " span.wall-department { (stay.department.as_deref().unwrap_or(words::NO_DEPARTMENT)) } }
            }
            span.wall-who { (initials(&stay.person)) " · …" (tail(stay.person.patient_id.as_deref().unwrap_or("?"))) }
            span.wall-idle { (idle) }
            (badge::of(stay, as_of))
            @if let Some(due) = stay.due_at { span.wall-due { (words::row::due(&time::at(due, view.zone), &time::duration(due - as_of))) } }
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
    use crate::pages::tests::text;
    use crate::views::board::{Grouping, Reader, page};
    use crate::views::census::Entry;
    use crate::views::census::invented::{census, entry, now};
    use crate::views::review::Reviews;

    fn query(raw: &str) -> BoardQuery {
        BoardQuery::parse(raw, "/wallboard", Tz::UTC).unwrap()
    }

    /// A patient of intensive care and one of nowhere, as a reader sees them who is limited to these departments.
    fn drawn(raw: &str, departments: &[&str], lost_for: Option<TimeDelta>) -> String {
        let departments: Vec<String> = departments.iter().map(|department| (*department).to_owned()).collect();
        let census = census(vec![Entry { department: Some("ICU".to_owned()), ..entry("1", 76) }, entry("2", 75)]);
        let (query, reader) = (query(raw), Reader { account: "ada", departments: &departments, as_of: now() });
        let board = page(&census, &Reviews::default(), &query, Grouping::Sections, &reader);
        let view = View { board: &board, query: &query, departments: &departments, lost_for, zone: Tz::UTC };
        draw(&view).into_string()
    }

    #[test]
    fn a_screen_that_shows_less_than_the_board_says_so() {
        let raw = "hours=36&state=overdue&section=main&physician=Li&days=3&mine=yes&since=2026-11-20T08:00&q=Family1";
        let screen = text(&drawn(raw, &[], None));
        for (alone, told) in raw.split('&').zip([
            "hours 36",
            "state overdue",
            "section main",
            "physician Li",
            "days 3",
            "mine yes",
            "changed since 20-Nov-2026 08:00",
            "search for a text that is not shown here",
        ]) {
            assert!(screen.contains(told), "{told}: {screen}");
            assert_eq!(filter(&query(alone), Tz::UTC), Some(format!("Filter: {told}")));
        }
        for elsewhere in ["", "department=ICU", "due=8", "as_of=2026-11-20T08:00", "sort=patient&page=2&per_page=10"] {
            assert_eq!(filter(&query(elsewhere), Tz::UTC), None, "{elsewhere}");
        }
    }

    #[test]
    fn a_name_that_is_searched_is_not_shown() {
        let found = drawn("q=Family1", &[], None);
        assert_eq!(found.matches("wall-card").count(), 1);
        assert!(!text(&found).contains("Family1"), "{found}");
        assert!(!text(&drawn("q=Zacharias", &[], None)).contains("Zacharias"));
    }

    #[test]
    fn cards_name_a_department_where_there_may_be_more_than_one() {
        let names = |raw: &str, departments: &[&str]| drawn(raw, departments, None).contains("wall-department\">ICU<");
        assert!(names("", &[]) && names("state=overdue", &[]) && names("", &["ICU", "Surgery"]));
        assert!(!names("department=ICU", &[]) && !names("department=ICU", &["ICU", "Surgery"]) && !names("", &["ICU"]));
        assert!(text(&drawn("", &[], None)).contains(words::NO_DEPARTMENT));
    }

    #[test]
    fn the_script_is_told_how_old_the_screen_is_and_how_ages_are_written() {
        let live = drawn("", &[], None);
        assert!(live.contains("data-age=\"0\"") && live.contains("data-word-minutes=\"{minutes} min\""), "{live}");
        assert_eq!(live.matches("wall-age").count(), 2, "where the server is lost, and where the screen keeps still");
        assert!(drawn("", &[], Some(TimeDelta::minutes(3))).contains("data-age=\"180\""), "the census was old already");
    }

    #[test]
    fn the_foot_says_which_of_how_many_are_shown() {
        let all = drawn("", &[], None);
        assert!(text(&all).contains("1–2 of 2 · turns every 15 s"), "{all}");
        assert!(all.contains("data-word-range=\"{first}–{last} of 2\""), "the script completes it: {all}");
        assert!(all.contains("data-number=\"1\"") && all.contains("data-number=\"2\""), "{all}");
        let second = drawn("page=2&per_page=1", &[], None);
        assert!(text(&second).contains("2–2 of 2 · turns") && second.contains("data-number=\"2\""), "{second}");
        let nobody = text(&drawn("q=Zacharias", &[], None));
        assert!(nobody.contains("turns every 15 s") && !nobody.contains(" of 0"), "{nobody}");
    }

    #[test]
    fn who_walks_by_learns_no_name() {
        let person =
            Person { last_name: Some("Groß".into()), first_name: Some("Jürgen".into()), ..Person::default() };
        assert_eq!((initials(&person).as_str(), tail("P0012345").as_str()), ("G. J.", "2345"));
        assert_eq!((initials(&Person::default()).as_str(), tail("7").as_str()), ("?", "7"));
    }
}
