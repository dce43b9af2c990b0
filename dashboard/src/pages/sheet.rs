//! The board on paper and as a file: stamped with its time, its filter and its age, for when the screen is away.
//!
//! Invariant: every row of the filter is there, in the order and the sections of the board. The sheet says of which moment it is
//! before it says anything else, on every page of paper, and how many patients it does not show. A file has no banners: its first
//! row says what they say.

use chrono_tz::Tz;
use maud::{DOCTYPE, Markup, html};

use super::board::{empty, heading};
use super::leads::Leads;
use super::patient::born;
use super::{row, why};
use crate::assets;
use crate::csv;
use crate::parts::{badge, feeds, layout, number, person, time};
use crate::query::{BoardQuery, Sort};
use crate::views::board::{Board, Section, Stay};
use crate::words::board::column;
use crate::words::board::title::changed_since;
use crate::words::{self, sheet as say};

/// What a sheet is stamped with.
pub(crate) struct Stamp<'a> {
    /// Who took it; null: this program, for when it is away.
    pub(crate) by: Option<&'a str>,
    /// What they are limited to; empty: nothing.
    pub(crate) departments: &'a [String],
    pub(crate) zone: Tz,
}

/// The whole sheet. One that this program writes for itself has its style beside it and needs no server.
pub(crate) fn draw(board: &Board, query: &BoardQuery, stamp: &Stamp<'_>) -> Markup {
    let zone = stamp.zone;
    html! {
        (DOCTYPE)
        html lang=(words::LANGUAGE) {
            head {
                (layout::meta(&say::title(&time::date_time(board.as_of, zone))))
                @if stamp.by.is_some() { link rel="stylesheet" href=(assets::path("sheet.css")); }
                @else { link rel="stylesheet" href="sheet.css"; }
            }
            body {
                main {
                    header {
                        h1 { (words::board::heading(query, board.threshold())) }
                        p.stamp { (say::grows_old(&time::at_second(board.as_of, zone))) }
                    }
                    (feeds::banners(&board.feeds, query.as_of.is_none(), zone))
                    div.scroll role="region" aria-label=(say::REGION) tabindex="0" { table {
                        caption { (say::CAPTION) }
                        thead {
                            tr.stamp { td colspan=(heads().len()) { (stamped(board, query, stamp)) } }
                            tr { @for word in heads() { th scope="col" { (word) } } }
                        }
                        @for stays in board.stays.chunk_by(|a, b| a.section == b.section) { (section(board, query, stays, zone)) }
                    } }
                    @if board.stays.is_empty() { (empty::told(board, query, None)) }
                }
            }
        }
    }
}

/// Stands at the head of the table, which every page of paper repeats.
fn stamped(board: &Board, query: &BoardQuery, stamp: &Stamp<'_>) -> Markup {
    let at = time::at_second(board.as_of, stamp.zone);
    let stays = say::stays(board.total, &number::count(board.total));
    html! {
        @if let Some(label) = label(board, query) { strong.historical { (label) } " " }
        (say::stamp(&at, stamp.zone.name(), &filter(query, stamp.zone), &stays, stamp.by))
        @for missing in missing(board, query, stamp.departments) { " " strong { (missing) } }
    }
}

/// What another moment than the present is called.
fn label(board: &Board, query: &BoardQuery) -> Option<&'static str> {
    query.as_of.as_ref().map(|as_of| words::board::moment(as_of.at <= board.now))
}

/// Who is not on the list though the filter has them, or though they are listed elsewhere, or may be listed under another name of
/// their department; in words.
pub(super) fn missing(board: &Board, query: &BoardQuery, departments: &[String]) -> Vec<String> {
    let are_asked_for = query.is_mine || query.section == Some(Section::Acknowledged);
    let are_listed = are_asked_for || board.stays.iter().any(|stay| stay.section == Section::Acknowledged);
    let acknowledged = if are_listed { 0 } else { board.acknowledged };
    let said = [
        empty::unheard_of(board, query).map(|said| format!("{said}.")),
        (acknowledged > 0).then(|| say::not_listed(acknowledged, &number::count(acknowledged))),
        (!departments.is_empty()).then(|| say::elsewhere(&departments.join(", "), &number::count(board.elsewhere))),
    ];
    said.into_iter().flatten().collect()
}

fn heads() -> [&'static str; 6] {
    let [state, patient, place] = [Sort::State, Sort::Patient, Sort::Department].map(column);
    [state, patient, place, words::board::WHY, column(Sort::Physician), say::SEEN_TO]
}

/// The stays of one section under its heading: a forgotten discharge is not taken for one of today's patients.
fn section(board: &Board, query: &BoardQuery, stays: &[Stay], zone: Tz) -> Markup {
    html! {
        tbody {
            @if let Some(first) = stays.first() {
                tr { th scope="rowgroup" colspan=(heads().len()) { strong { (heading(board, query, first.section)) } } }
            }
            @for stay in stays { (line(board, stay, zone)) }
        }
    }
}

fn line(board: &Board, stay: &Stay, zone: Tz) -> Markup {
    html! {
        tr {
            td { (badge::of(stay, board.as_of)) }
            th scope="row" {
                (person::name(&stay.person)) " "
                (born(&stay.person, board.as_of, zone))
                " " (say::ids(or_unreadable(stay.person.patient_id.as_deref()), or_unreadable(stay.case_number.as_deref())))
                @if stay.look_alike { " " (person::look_alike()) }
            }
            td { (words::place(stay.department.as_deref().unwrap_or(words::NOT_RECORDED), stay.room.as_deref())) }
            td {
                (why::in_full(&row::clocks(stay, board.as_of, zone, Leads::NOWHERE)))
                @if let Some(due) = stay.due_at { p.due { (words::row::due(&time::at(due, zone), &time::duration(due - board.as_of))) } }
                (super::review::mark(stay, board.as_of, zone))
            }
            td { (stay.physician.as_deref().unwrap_or(words::NOT_RECORDED)) }
            td.box { "☐" }
        }
    }
}

fn or_unreadable(text: Option<&str>) -> &str {
    text.unwrap_or(words::person::UNREADABLE)
}

/// The filter in words, from the parameters that make it. When whoever took it last looked is a moment like any other: nobody
/// else knows of their visits.
pub(super) fn filter(query: &BoardQuery, zone: Tz) -> String {
    let said: Vec<String> = query
        .said()
        .into_iter()
        .filter(|(name, _)| !matches!(*name, "page" | "per_page"))
        .map(|(name, value)| match (name, &query.since) {
            ("since", Some(since)) => changed_since(&time::date_time(since.at, zone)),
            ("q", _) => format!("{} {value}", say::SEARCH),
            _ => format!("{name} {value}"),
        })
        .collect();
    if said.is_empty() { say::NO_FILTER.to_owned() } else { say::filter(&said.join(", ")) }
}

/// What reads the file goes by their places: a new one comes last.
const COLUMNS: [&str; 21] = [
    "as_of",
    "state",
    "family_name",
    "given_name",
    "born",
    "patient_id",
    "case_number",
    "department",
    "room",
    "physician",
    "admitted_at",
    "release_planned_at",
    "last_performed_at",
    "idle_hours",
    "threshold_hours",
    "last_ordered_at",
    "not_performed",
    "reasons",
    "acknowledged_until",
    "section",
    "due_at",
];

/// Every row of the filter as CSV. Times are RFC 3339.
pub(crate) fn csv(board: &Board, query: &BoardQuery, stamp: &Stamp<'_>) -> String {
    let mut text = String::from("\u{feff}");
    csv::row(&mut text, [stamped_file(board, query, stamp).as_str()]);
    csv::row(&mut text, COLUMNS);
    for stay in &board.stays {
        let cells = cells(board, stay);
        csv::row(&mut text, cells.iter().map(String::as_str));
    }
    text
}

/// The first row: which list it is, of which moment, how much of it there is, and what it does not tell.
fn stamped_file(board: &Board, query: &BoardQuery, stamp: &Stamp<'_>) -> String {
    let at = time::date_time(board.as_of, stamp.zone);
    let list = say::file_stamp(label(board, query), &at, stamp.zone.name(), &filter(query, stamp.zone));
    let rows = say::rows(board.total, &number::count(board.total));
    let warnings = feeds::titles(&board.feeds, query.as_of.is_none(), stamp.zone).map(str::to_owned);
    let why_empty = || format!("{}.", empty::Why::of(board, query, None).headline(board, query));
    let nobody = board.stays.is_empty().then(why_empty);
    let said = [list, rows].into_iter().chain(warnings).chain(nobody);
    said.chain(missing(board, query, stamp.departments)).collect::<Vec<_>>().join(" ")
}

fn cells(board: &Board, stay: &Stay) -> [String; COLUMNS.len()] {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let at = |at: Option<chrono::DateTime<chrono::Utc>>| at.map(time::rfc3339).unwrap_or_default();
    let idle = stay.idle_for(board.as_of).map(|idle| format!("{:.1}", idle.num_seconds() as f64 / 3_600.0));
    [
        time::rfc3339(board.as_of),
        stay.state.as_str().to_owned(),
        text(&stay.person.last_name),
        text(&stay.person.first_name),
        stay.person.date_of_birth.map(|day| day.to_string()).unwrap_or_default(),
        text(&stay.person.patient_id),
        text(&stay.case_number),
        text(&stay.department),
        text(&stay.room),
        text(&stay.physician),
        at(stay.admitted_at),
        at(stay.released_at),
        stay.last_performed_at.map_or_else(|| words::NONE_SINCE_ADMISSION.to_owned(), time::rfc3339),
        idle.unwrap_or_default(),
        stay.threshold_hours.map(|hours| hours.to_string()).unwrap_or_default(),
        at(stay.last_ordered_at),
        stay.open_order.as_ref().and_then(|order| order.test_name.clone()).unwrap_or_default(),
        stay.doubt.reasons.join(" "),
        at(stay.standing.acknowledgement(stay.idle_since, board.as_of).and_then(|review| review.returns_at)),
        stay.section.as_str().to_owned(),
        at(stay.due_at),
    ]
}
