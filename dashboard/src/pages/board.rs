//! The board: banners, head with counts, the feeds, the filter, and the listed stays in three sections.
//!
//! Invariant: an empty list reassures only when every feed is fresh. Everything below `#board` is keyed, so that the
//! script can bring a shown page up to date in place.

use chrono_tz::Tz;
use maud::{Markup, html};

use super::row;
use crate::parts::{badge, feeds, layout, pager, time};
use crate::query::{BoardQuery, Sort};
use crate::views::board::{Board, Section, State, Stay};
use crate::views::feeds::Feed;

/// What the page is drawn from.
pub(crate) struct View<'a> {
    pub(crate) board: &'a Board,
    pub(crate) query: &'a BoardQuery,
    /// What the reader is limited to; empty: nothing.
    pub(crate) departments: &'a [String],
    pub(crate) zone: Tz,
}

/// The whole page.
pub(crate) fn draw(view: &View<'_>) -> layout::Sheet {
    let title = title(view);
    layout::page(&layout::Frame { title: &title, place: "/", is_live: true, reload: None }, &fragment(view))
}

/// The part that changes, as the script fetches it.
pub(crate) fn fragment(view: &View<'_>) -> Markup {
    let board = view.board;
    html! {
        div #board data-list data-as-of=(time::rfc3339(board.as_of)) data-now=(time::rfc3339(board.now))
            data-present=(view.query.as_of.is_none()) data-total=(board.total) data-title={ (title(view)) " · Wardwatch" } {
            (feeds::banners(&board.feeds, view.query.as_of.is_none(), view.zone))
            (head(view))
            (feeds::strip(&board.feeds, view.zone))
            (filter(view))
            (list(view))
            div.foot data-key="pager" {
                (pager::draw(board.page, board.last_page(), board.per_page, board.total, |page| view.query.link(|q| q.page = page)))
            }
        }
    }
}

fn title(view: &View<'_>) -> String {
    let query = view.query;
    let parts = [
        Some(format!("{} without a test for {} h", view.board.total, view.board.hours)),
        query.department.clone(),
        query.state.map(|state| badge::word(state).to_owned()),
        query.as_of.as_ref().map(|as_of| format!("as of {}", time::date_time(as_of.at, view.zone))),
        (view.board.page > 1).then(|| format!("page {}", view.board.page)),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn head(view: &View<'_>) -> Markup {
    let board = view.board;
    html! {
        header.head data-key="head" {
            div.headline {
                h1 { "No new test for more than " span.nobreak { (board.hours) " h" } }
                p.as-of {
                    @match &view.query.as_of {
                        Some(as_of) => {
                            strong.historical { @if as_of.at <= board.now { "HISTORICAL" } @else { "FORECAST" } }
                            " as of " (time::at_second(board.as_of, view.zone)) ", with today's knowledge. "
                            a href=(view.query.link(|q| q.as_of = None)) data-control="now" { "Back to now" }
                        }
                        None => { "As of " (time::at_second(board.as_of, view.zone)) " (" (view.zone.name()) ")" }
                    }
                    @if board.own_thresholds > 0 { " · " (board.own_thresholds) " departments have a threshold of their own" }
                }
                @if !view.departments.is_empty() {
                    p #elsewhere.as-of { "Your account shows " (view.departments.join(", ")) " only: " strong { (board.elsewhere) } " more are listed in other departments." }
                }
            }
            (states(view))
        }
    }
}

/// Counts by state, each a link to its own list.
fn states(view: &View<'_>) -> Markup {
    let counts = view.board.counts;
    html! {
        nav.states aria-label="By state" {
            a.state-all href=(view.query.link(|q| q.state = None)) data-control="state-all"
                aria-current=[view.query.state.is_none().then_some("true")] {
                span.count #count-all { (counts.all()) } " " span.word { "All" }
            }
            @for state in State::ALL {
                a class={ "state-" (state.as_str()) } href=(view.query.link(|q| q.state = Some(state)))
                    data-control={ "state-" (state.as_str()) } title=(badge::meaning(state))
                    aria-current=[(view.query.state == Some(state)).then_some("true")] {
                    span.count id={ "count-" (state.as_str()) } { (counts.of(state)) }
                    " " span.word { (badge::shape(state)) " " (badge::word(state)) }
                }
            }
        }
    }
}

fn filter(view: &View<'_>) -> Markup {
    let query = view.query;
    html! {
        form #filter.filter data-key="filter" data-keep method="get" action="/" role="search" aria-label="Filter the board" {
            p.field.grow {
                label for="q" { "Name, id, case or room" }
                input #q type="search" name="q" maxlength="100" autocomplete="off" value=[query.text.as_deref()];
            }
            p.field {
                label for="department" { "Department" }
                select #department name="department" {
                    option value="" { "All departments" }
                    @for department in departments(view) {
                        option value=(department) selected[query.department.as_ref() == Some(department)] { (department) }
                    }
                }
            }
            p.field {
                label for="hours" { "Longer than (h)" }
                input #hours type="number" name="hours" min="0" max="87600" inputmode="numeric" placeholder=(view.board.hours) value=[query.hours];
            }
            p.field {
                label for="as_of" { "As of" }
                input #as_of type="datetime-local" name="as_of" value=[query.as_of.as_ref().map(|as_of| local(as_of.at, view.zone))];
            }
            (kept(query))
            p.field.actions {
                button type="submit" { "Show" }
                @if *query != BoardQuery::default() { a.button.quiet-button href="/" { "Clear" } }
            }
        }
    }
}

/// A chosen department stays choosable when nobody in it is listed any more.
fn departments<'a>(view: &'a View<'_>) -> Vec<&'a String> {
    let chosen = view.query.department.iter().filter(|chosen| !view.board.departments.contains(chosen));
    chosen.chain(&view.board.departments).collect()
}

/// What the form does not show but must not lose.
fn kept(query: &BoardQuery) -> Markup {
    html! {
        @if let Some(state) = query.state { input type="hidden" name="state" value=(state.as_str()); }
        @if let Some(section) = query.section { input type="hidden" name="section" value=(section.as_str()); }
        @if query.sort != Sort::Idle { input type="hidden" name="sort" value=(query.sort.as_str()); }
        @if query.per_page != crate::query::PER_PAGE { input type="hidden" name="per_page" value=(query.per_page); }
    }
}

fn local(at: chrono::DateTime<chrono::Utc>, zone: Tz) -> String {
    at.with_timezone(&zone).format("%Y-%m-%dT%H:%M:%S").to_string()
}

fn list(view: &View<'_>) -> Markup {
    let stays = &view.board.stays;
    let of = |section, is_further| -> Vec<&Stay> {
        stays.iter().filter(|stay| stay.section == section && stay.is_further == is_further).collect()
    };
    html! {
        div.list data-key="list" data-list {
            (summary(view))
            @if view.board.total == 0 { (empty(view)) }
            (unreadable(view, "unreadable", &of(Section::Unreadable, false)))
            (section(view, "main", "Patients to review", &of(Section::Main, false)))
            (section(view, "long-open", &long_open_heading(view.board), &of(Section::LongOpen, false)))
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
                li { a #count-unreadable data-control="unreadable" href=(view.query.link(|q| q.section = Some(Section::Unreadable))) { (board.unreadable) @if board.unreadable == 1 { " unreadable admission" } @else { " unreadable admissions" } } }
            }
            @if board.long_open > 0 {
                li { a #count-long-open data-control="long-open" href=(view.query.link(|q| q.section = Some(Section::LongOpen))) { (board.long_open) " open for more than " (board.long_open_days) " days: confirm release" } }
            }
            @if let Some(section) = view.query.section {
                li { a data-control="all-sections" href=(view.query.link(|q| q.section = None)) { "Showing only " (section.as_str().replace('_', " ")) ": show all" } }
            }
        }
    }
}

fn long_open_heading(board: &Board) -> String {
    format!("Open for more than {} days: confirm release ({})", board.long_open_days, board.long_open)
}

fn section(view: &View<'_>, id: &str, heading: &str, stays: &[&Stay]) -> Markup {
    html! {
        @if !stays.is_empty() {
            section id={ "section-" (id) } data-key={ "section-" (id) } data-list aria-labelledby={ "heading-" (id) } {
                h2 id={ "heading-" (id) } data-key="heading" { (heading) }
                table.stays role="table" data-key="table" data-list aria-labelledby={ "heading-" (id) } {
                    caption data-key="caption" { (caption(view)) }
                    thead data-key="head" role="rowgroup" { (columns(view)) }
                    tbody data-key="rows" data-list data-rows role="rowgroup" {
                        @for stay in stays { (row::draw(stay, view.board.as_of, view.zone)) }
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
                h2 id={ "heading-" (id) } data-key="heading" { "Admissions that cannot be read (" (view.board.unreadable) ")" }
                table.stays.few role="table" data-key="table" data-list aria-labelledby={ "heading-" (id) } {
                    caption data-key="caption" { "Patients who may be in hospital; look in the patient system" }
                    thead data-key="head" role="rowgroup" {
                        tr role="row" { th.c-state scope="col" role="columnheader" { "State" } th.c-patient scope="col" role="columnheader" { "Patient" } th.c-why scope="col" role="columnheader" { "Why" } }
                    }
                    tbody data-key="rows" data-list data-rows role="rowgroup" {
                        @for stay in stays { (row::draw_unreadable(stay, view.board.as_of, view.zone)) }
                    }
                }
            }
        }
    }
}

fn caption(view: &View<'_>) -> &'static str {
    match view.query.sort {
        Sort::Idle => "Longest without a test first",
        Sort::Patient => "By name",
        Sort::Department => "By department and room",
        Sort::Admitted => "Longest in hospital first",
        Sort::Ordered => "Newest order first",
    }
}

fn columns(view: &View<'_>) -> Markup {
    html! {
        tr role="row" {
            th.c-state scope="col" role="columnheader" { "State" }
            (sortable(view, "c-patient", "Patient", Sort::Patient, "ascending"))
            (sortable(view, "c-place", "Location", Sort::Department, "ascending"))
            (sortable(view, "c-idle", "No test for", Sort::Idle, "descending"))
            th.c-why scope="col" role="columnheader" { "Why" }
            th.c-performed scope="col" role="columnheader" { "Last performed" }
            (sortable(view, "c-ordered", "Last ordered", Sort::Ordered, "descending"))
            (sortable(view, "c-stay", "In hospital", Sort::Admitted, "descending"))
            th.c-physician scope="col" role="columnheader" { "Physician" }
        }
    }
}

fn sortable(view: &View<'_>, class: &str, word: &str, sort: Sort, direction: &str) -> Markup {
    let is_sorted = view.query.sort == sort;
    html! {
        th class=(class) scope="col" role="columnheader" aria-sort=(if is_sorted { direction } else { "none" }) {
            a href=(view.query.link(|q| q.sort = sort)) data-control={ "sort-" (sort.as_str()) } {
                (word)
                @if is_sorted { span.arrow aria-hidden="true" { (if direction == "ascending" { " ▲" } else { " ▼" }) } }
            }
        }
    }
}

/// An empty list, told by why it is empty.
fn empty(view: &View<'_>) -> Markup {
    let board = view.board;
    let never_loaded = board.feeds.iter().filter(|feed| feed.source == "pms").all(Feed::never_loaded);
    let backlog: i64 = board.feeds.iter().map(|feed| feed.not_loaded).sum();
    html! {
        @if view.query.is_filtered() {
            div #empty.empty data-key="empty" data-empty="filtered" {
                h2 { "No patient matches this filter" }
                p { (board.listed) " on the board without it." }
                p { a.button href="/" data-control="clear" { "Clear the filter" } }
            }
        } @else if never_loaded {
            div #empty.empty.doubtful data-key="empty" data-empty="loading" {
                h2 { "Nothing has been loaded yet" }
                p {
                    @if backlog > 0 { (backlog) " files are waiting to be loaded. " }
                    "The board fills by itself as files are loaded. Until then it says nothing about anybody."
                }
            }
        } @else if !feeds::are_trusted(&board.feeds) {
            div #empty.empty.doubtful data-key="empty" data-empty="doubtful" {
                h2 { "Nobody is listed, but the data cannot be trusted" }
                p { "A feed is stale, held or was never loaded (see above): patients may be missing. Check the ward's own list." }
            }
        } @else {
            div #empty.empty.good data-key="empty" data-empty="good" {
                h2 { "Nobody has been in hospital longer than " (board.hours) " h without a test" }
                p { "Every feed is fresh. This page follows by itself." }
            }
        }
    }
}
