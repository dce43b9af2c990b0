//! The board: banners, head with counts, the feeds, the filter, and the listed stays in three sections.
//!
//! Invariant: an empty list reassures only when every feed is fresh. Everything below `#board` is keyed, so that the
//! script can bring a shown page up to date in place.

pub(in crate::pages) mod empty;
mod filter;
mod lists;
#[cfg(test)]
mod tests;

use chrono::TimeDelta;
use chrono_tz::Tz;
use maud::{Markup, html};
use wardwatch_identity::{Account, Action};

use super::leads::Leads;
use super::told::{self, Told};
use super::{row, sheet};
use crate::acting::Acting;
use crate::parts::{feeds, layout, number, pager, time};
use crate::query::{BoardQuery, Direction, Sort};
use crate::views::board::{Board, Section, Stay};
use crate::words::board::{ordering_column, title as say};
use crate::words::{self, frame};

/// What the page is drawn from.
pub(crate) struct View<'a> {
    pub(crate) board: &'a Board,
    pub(crate) query: &'a BoardQuery,
    pub(crate) reader: &'a Account,
    pub(crate) acting: Acting,
    /// What the reader has just done.
    pub(crate) told: Option<&'a Told<'a>>,
    /// How old the board is, where it is not live.
    pub(crate) lost_for: Option<TimeDelta>,
    pub(crate) zone: Tz,
}

/// The whole page.
pub(crate) fn draw(view: &View<'_>) -> layout::Sheet {
    let title = title(view);
    let content = html! { (told::draw(view.told, view.zone)) (fragment(view)) };
    let is_live = view.query.as_of.is_none();
    layout::page(&layout::Frame { title: &title, place: "/", is_live }, &content)
}

/// The part that changes, as the script fetches it.
pub(crate) fn fragment(view: &View<'_>) -> Markup {
    let board = view.board;
    html! {
        div #board data-list data-as-of=(time::rfc3339(board.as_of)) data-now=(time::rfc3339(board.now)) data-read=(time::rfc3339(board.read_at))
            data-present=(view.query.as_of.is_none()) data-total=(board.total) data-title=(frame::title(&title(view))) {
            (not_live(view))
            (feeds::banners(&board.feeds, view.query.as_of.is_none(), view.zone))
            (head(view))
            (feeds::strip(&board.feeds, view.lost_for.is_none(), view.zone))
            (filter::draw(view))
            (list(view))
            div.foot data-key="pager" {
                (copies(view.query))
                (pager::draw(board.page, board.last_page(), board.per_page, board.total, |page| view.query.link(|q| q.page = page)))
            }
        }
    }
}

/// The database does not answer: what is shown is the last that is known. That is read out once, and not whenever it grows older.
fn not_live(view: &View<'_>) -> Markup {
    html! {
        div.banners data-key="not-live" data-list {
            @if let Some(age) = view.lost_for {
                div #not-live.banner.alarm data-key="alarm" data-list {
                    p data-key="what" role="alert" { (words::board::not_live(&time::at_second(view.board.as_of, view.zone))) }
                    p data-key="age" { (words::board::not_live_for(&time::duration(age))) }
                }
            }
        }
    }
}

/// Exactly what the filter shows, in other forms.
fn copies(query: &BoardQuery) -> Markup {
    html! {
        nav.copies aria-label=(words::board::COPIES) {
            a href=(query.link_to("/print")) data-control="print" { (words::board::PRINT) }
            a href=(query.link_to("/board.csv")) data-control="csv" download { (words::board::CSV) }
            a href=(query.link_to("/wallboard")) data-control="wallboard" { (words::board::WALLBOARD) }
        }
    }
}

/// The filter and the order are told in the title, so that a bookmark and a tab say what they show.
fn title(view: &View<'_>) -> String {
    let query = view.query;
    let at = |at| time::date_time(at, view.zone);
    let is_sorted = (query.sort, query.direction) != (Sort::Idle, Direction::Natural);
    let since = query.since.as_ref().map(|since| {
        if query.is_since_visit() { say::SINCE_VISIT.to_owned() } else { say::changed_since(&at(since.at)) }
    });
    let parts = [
        view.lost_for.map(|_| say::NOT_LIVE.to_owned()),
        Some(say::total(&number::count(view.board.total), query, view.board.threshold())),
        query.department.clone(),
        query.physician.clone(),
        query.state.map(|state| words::state_on(query.due.is_some(), state).to_owned()),
        query
            .section
            .filter(|section| *section != Section::Acknowledged)
            .map(|section| words::board::section(section).to_owned()),
        query.is_mine.then(|| say::MINE.to_owned()),
        query.days.map(say::at_least),
        since,
        query.text.as_deref().map(say::search),
        query.as_of.as_ref().map(|as_of| say::as_of(&at(as_of.at))),
        is_sorted.then(|| words::board::caption(query).to_owned()),
        (view.board.page > 1).then(|| say::page(&number::count(view.board.page))),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn head(view: &View<'_>) -> Markup {
    let board = view.board;
    let at = time::at_second(board.as_of, view.zone);
    html! {
        header.head data-key="head" {
            div.headline {
                h1 {
                    (words::board::heading(view.query, board.threshold()))
                    @if let Some(department) = &view.query.department { span.over { " · " (department) } }
                }
                p.as-of {
                    @match &view.query.as_of {
                        Some(as_of) => {
                            strong.historical { (words::board::moment(as_of.at <= board.now)) }
                            (words::board::as_of_then(&at)) a href=(view.query.link(|q| q.as_of = None)) data-control="now" { (words::board::BACK_TO_NOW) }
                        }
                        None => (words::board::as_of_now(&at, view.zone.name()))
                    }
                    @if board.own_thresholds > 0 { " · " (words::board::own_thresholds(board.own_thresholds, &number::count(board.own_thresholds), board.hours)) }
                }
                p.print-only { (sheet::filter(view.query, view.zone)) }
                @if let Some(said) = empty::unheard_of(board, view.query) { p #no-such-department { strong { (said) "." } } }
                (changed_since(view))
                @if !view.reader.departments.is_empty() {
                    p #elsewhere.as-of { (words::board::elsewhere(&view.reader.departments.join(", "), &number::count(board.elsewhere))) }
                }
            }
            (lists::states(view))
            (lists::draw(view))
        }
    }
}

/// Since when what is shown has changed.
fn changed_since(view: &View<'_>) -> Markup {
    html! {
        @if let Some(since) = &view.query.since {
            p #changed-since.as-of {
                (words::board::changed_since(&time::at(since.at, view.zone), view.query.is_since_visit(), since.is_first_visit))
                a href=(view.query.link(|q| q.since = None)) data-control="all-changes" { (words::board::ALL_CHANGES) }
            }
        }
    }
}

fn list(view: &View<'_>) -> Markup {
    let stays = &view.board.stays;
    let of = |section, is_further| -> Vec<&Stay> {
        stays.iter().filter(|stay| stay.section == section && stay.is_further == is_further).collect()
    };
    html! {
        div.list data-key="list" data-list {
            (summary(view))
            @if view.board.total == 0 { (empty::draw(view)) }
            (unreadable(view, "unreadable", &of(Section::Unreadable, false)))
            (section(view, "main", Section::Main, &of(Section::Main, false)))
            (section(view, "long-open", Section::LongOpen, &of(Section::LongOpen, false)))
            (section(view, "acknowledged", Section::Acknowledged, &of(Section::Acknowledged, false)))
            (unreadable(view, "unreadable-further", &of(Section::Unreadable, true)))
        }
    }
}

/// What stands in sections of its own, counted where it cannot be overlooked.
fn summary(view: &View<'_>) -> Markup {
    let board = view.board;
    html! {
        ul.notices data-key="notices" {
            @if board.unreadable > 0 {
                li { a #count-unreadable data-control="unreadable" href=(view.query.link(|q| q.section = Some(Section::Unreadable))) { (words::board::unreadable(board.unreadable, &number::count(board.unreadable))) } }
            }
            @if board.long_open > 0 {
                li { a #count-long-open data-control="long-open" href=(view.query.link(|q| q.section = Some(Section::LongOpen))) { (words::board::long_open(&number::count(board.long_open), board.long_open_days)) } }
            }
            @if let Some(section) = view.query.section {
                li { a data-control="all-sections" href=(view.query.link(|q| q.section = None)) { (words::board::only(section)) } }
            }
        }
    }
}

/// The heading of a section, on paper as well.
pub(in crate::pages) fn heading(board: &Board, query: &BoardQuery, section: Section) -> String {
    let count = match section {
        Section::Unreadable => board.unreadable,
        Section::Main => board.counts.all(),
        Section::LongOpen => board.long_open,
        Section::Acknowledged => board.acknowledged,
    };
    words::board::section_heading(section, query, &number::count(count), board.long_open_days)
}

fn section(view: &View<'_>, id: &str, section: Section, stays: &[&Stay]) -> Markup {
    let may_act = view.acting.is_on() && view.query.as_of.is_none() && view.lost_for.is_none();
    let may_act = may_act && view.reader.may(Action::ReviewStays);
    let back = may_act.then(|| view.query.link(|query| query.page = view.board.page));
    html! {
        @if !stays.is_empty() {
            section id={ "section-" (id) } data-key={ "section-" (id) } data-list aria-labelledby={ "heading-" (id) } {
                h2 id={ "heading-" (id) } data-key="heading" { (heading(view.board, view.query, section)) }
                table.stays role="table" data-key="table" data-list aria-labelledby={ "heading-" (id) } {
                    caption data-key="caption" { (words::board::caption(view.query)) }
                    thead data-key="head" role="rowgroup" { (columns(view)) }
                    tbody data-key="rows" data-list data-rows role="rowgroup" {
                        @for stay in stays { (row::draw(stay, view.board.as_of, view.zone, Leads::of(view.reader), back.as_deref())) }
                    }
                }
            }
        }
    }
}

fn unreadable(view: &View<'_>, id: &str, stays: &[&Stay]) -> Markup {
    html! {
        @if !stays.is_empty() {
            section id={ "section-" (id) } data-key={ "section-" (id) } data-list aria-labelledby={ "heading-" (id) } {
                h2 id={ "heading-" (id) } data-key="heading" { (heading(view.board, view.query, Section::Unreadable)) }
                table.stays.few role="table" data-key="table" data-list aria-labelledby={ "heading-" (id) } {
                    caption data-key="caption" { (words::board::UNREADABLE_CAPTION) }
                    thead data-key="head" role="rowgroup" {
                        tr role="row" { th.c-state scope="col" role="columnheader" { (words::board::column(Sort::State)) } th.c-patient scope="col" role="columnheader" { (words::board::column(Sort::Patient)) } th.c-why scope="col" role="columnheader" { (words::board::WHY) } }
                    }
                    tbody data-key="rows" data-list data-rows role="rowgroup" {
                        @for stay in stays { (row::draw_unreadable(stay, view.board.as_of, view.zone, Leads::of(view.reader))) }
                    }
                }
            }
        }
    }
}

fn columns(view: &View<'_>) -> Markup {
    html! {
        tr role="row" data-sort-by=(words::board::SORT_BY) {
            (sortable(view, "c-state", Sort::State, true))
            (sortable(view, "c-patient", Sort::Patient, true))
            (sortable(view, "c-place", Sort::Department, true))
            (sortable(view, "c-idle", Sort::Idle, false))
            (sortable(view, "c-why", Sort::Waiting, true))
            (sortable(view, "c-performed", Sort::Performed, true))
            (sortable(view, "c-ordered", Sort::Ordered, false))
            (sortable(view, "c-stay", Sort::Admitted, false))
            (sortable(view, "c-physician", Sort::Physician, true))
        }
    }
}

/// A column's head. Pressed again, it sorts the other way.
fn sortable(view: &View<'_>, class: &str, sort: Sort, rises: bool) -> Markup {
    let is_sorted = view.query.sort == sort;
    let column = if is_sorted { ordering_column(sort, view.query.direction) } else { words::board::column(sort) };
    let is_natural = view.query.direction == Direction::Natural;
    let direction = if rises == is_natural { "ascending" } else { "descending" };
    let next = if is_sorted { view.query.direction.other() } else { Direction::Natural };
    html! {
        th class=(class) scope="col" role="columnheader" aria-sort=(if is_sorted { direction } else { "none" }) {
            a href=(view.query.link(|q| (q.sort, q.direction) = (sort, next))) data-control={ "sort-" (sort.as_str()) } {
                (column)
                @if is_sorted { span.arrow aria-hidden="true" { (if direction == "ascending" { " ▲" } else { " ▼" }) } }
            }
        }
    }
}
