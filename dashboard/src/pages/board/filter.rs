//! The filter: what is looked for oftenest stands open, the rest in a disclosure that opens where it says something.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::View;
use crate::parts::time;
use crate::query::{BoardQuery, Direction, PER_PAGE, Sort};
use crate::words::board::field;
use crate::words::label;

/// The form. It is not brought up to date, so that nothing that is typed is lost.
pub(super) fn draw(view: &View<'_>) -> Markup {
    let query = view.query;
    html! {
        form #filter.filter data-key="filter" data-keep method="get" action="/" role="search" aria-label=(field::FILTER) {
            p.field.grow {
                label for="q" { (field::TEXT) }
                input #q type="search" name="q" maxlength="100" autocomplete="off" value=[query.text.as_deref()];
            }
            p.field {
                label for="department" { (label::DEPARTMENT) }
                select #department name="department" {
                    option value="" { (field::ALL_DEPARTMENTS) }
                    @for department in departments(view) {
                        option value=(department) selected[query.department.as_ref() == Some(department)] { (department) }
                    }
                }
            }
            (kept(query))
            p.field.actions {
                button type="submit" { (field::SHOW) }
                @if *query != BoardQuery::default() { a.button.quiet-button href="/" { (label::CLEAR) } }
            }
            details.more open[more_is_said(query)] {
                summary { (field::MORE) }
                div.fields { (more(view)) }
            }
        }
    }
}

fn more(view: &View<'_>) -> Markup {
    let query = view.query;
    let wall = |at| time::wall(at, view.zone);
    html! {
        p.field {
            label for="physician" { (label::PHYSICIAN) }
            input #physician type="text" name="physician" maxlength="100" autocomplete="off" list="physicians" value=[query.physician.as_deref()];
            datalist #physicians { @for physician in &view.board.physicians { option value=(physician) {} } }
        }
        p.field {
            label for="days" { (field::IDLE) }
            select #days name="days" {
                option value="" { (field::ANY_TIME) }
                @for days in days(query) { option value=(days) selected[query.days == Some(days)] { (field::days(days)) } }
            }
        }
        p.field {
            label for="hours" { (field::THRESHOLD) }
            input #hours type="number" name="hours" min="0" max="87600" inputmode="numeric" placeholder=(view.board.hours) value=[query.hours];
        }
        p.field {
            label for="due" { (field::DUE) }
            input #due type="number" name="due" min="1" max="168" inputmode="numeric" value=[query.due];
        }
        @if !query.is_since_visit() {
            p.field {
                label for="since" { (field::SINCE) }
                input #since type="datetime-local" name="since" step="1" value=[query.since.as_ref().map(|since| wall(since.at))];
            }
        }
        p.field {
            label for="as_of" { (field::AS_OF) }
            input #as_of type="datetime-local" name="as_of" step="1" value=[query.as_of.as_ref().map(|as_of| wall(as_of.at))];
        }
    }
}

/// Whether a filter that usually hides says something.
fn more_is_said(query: &BoardQuery) -> bool {
    let is_since_a_moment = query.since.is_some() && !query.is_since_visit();
    let chosen = [query.physician.is_some(), query.days.is_some(), query.hours.is_some(), query.due.is_some()];
    chosen.contains(&true) || query.as_of.is_some() || is_since_a_moment
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
        @if query.is_mine { input type="hidden" name="mine" value="yes"; }
        @if let Some(since) = &query.since { @if query.is_since_visit() { input type="hidden" name="since" value=(since.text); } }
        @if query.direction != Direction::Natural { input type="hidden" name="direction" value=(query.direction.as_str()); }
        @if query.sort != Sort::Idle { input type="hidden" name="sort" value=(query.sort.as_str()); }
        @if query.per_page != PER_PAGE { input type="hidden" name="per_page" value=(query.per_page); }
    }
}

/// The lengths that the form offers, and the one that was asked for.
fn days(query: &BoardQuery) -> BTreeSet<i32> {
    [3, 5, 7, 14, 30].into_iter().chain(query.days).collect()
}
