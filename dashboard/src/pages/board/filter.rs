//! The filter: what is looked for oftenest stands open, the rest in a disclosure that opens where it says something.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use maud::{Markup, html};

use super::View;
use crate::parts::time;
use crate::query::{BoardQuery, Direction, Due, Fault, PER_PAGE, Sort, moment, moment_early};
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
    let since = query.since.as_ref().map(|since| (since.text.as_str(), since.at));
    let as_of = query.as_of.as_ref().map(|as_of| (as_of.text.as_str(), as_of.at));
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
            input #due type="text" name="due" maxlength="5" autocomplete="off" placeholder=(field::DUE_EXAMPLE) value=[query.due.map(Due::said)];
        }
        @if !query.is_since_visit() {
            p.field {
                label for="since" { (field::SINCE) }
                (moment_field("since", since, moment_early, view.zone))
            }
        }
        p.field {
            label for="as_of" { (field::AS_OF) }
            (moment_field("as_of", as_of, moment, view.zone))
        }
    }
}

/// How the parameter of a field is read.
type Reading = fn(&str, Tz) -> Result<DateTime<Utc>, Fault>;

/// The field of a moment, by the hospital's clock. A picker has no place for an offset: where its time would be read as another
/// moment than the one that is asked for, as in the hour that comes twice, that one stands there as the address wrote it.
fn moment_field(name: &str, asked: Option<(&str, DateTime<Utc>)>, read: Reading, zone: Tz) -> Markup {
    let wall = asked.map(|(_, at)| time::wall(at, zone));
    let is_kept = asked.zip(wall.as_deref()).is_none_or(|((_, at), wall)| read(wall, zone) == Ok(at));
    html! {
        @if is_kept { input id=(name) type="datetime-local" name=(name) step="1" value=[wall]; }
        @else { input id=(name) type="text" name=(name) autocomplete="off" value=[asked.map(|(text, _)| text)]; }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The field that has what these ask for, and what stands in it.
    fn field(raw: &str) -> (bool, String) {
        let query = BoardQuery::parse(raw, "/", Tz::Europe__Berlin).unwrap();
        let since = query.since.as_ref().map(|since| (since.text.as_str(), since.at));
        let as_of = query.as_of.as_ref().map(|as_of| (as_of.text.as_str(), as_of.at));
        let fields = [("since", since, moment_early as Reading), ("as_of", as_of, moment as Reading)];
        let drawn = fields.map(|(name, asked, read)| moment_field(name, asked, read, Tz::Europe__Berlin).into_string());
        let drawn = drawn.into_iter().find(|field| field.contains("value=")).unwrap();
        let value = drawn.split("value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        (drawn.contains("datetime-local"), value.to_owned())
    }

    #[test]
    fn a_moment_is_asked_for_again_as_it_is_shown() {
        for (raw, is_picked, value) in [
            ("as_of=2026-11-21T10:15:00Z", true, "2026-11-21T11:15:00"),
            ("as_of=2026-10-25T02:30", true, "2026-10-25T02:30:00"),
            ("as_of=2026-10-25T02:30:00%2B01:00", true, "2026-10-25T02:30:00"),
            ("as_of=2026-10-25T02:30:00%2B02:00", false, "2026-10-25T02:30:00+02:00"),
            ("as_of=2026-10-25T00:30:00Z", false, "2026-10-25T00:30:00Z"),
            ("since=2026-10-25T02:30", true, "2026-10-25T02:30:00"),
            ("since=2026-10-25T02:30:00%2B02:00", true, "2026-10-25T02:30:00"),
            ("since=2026-10-25T02:30:00%2B01:00", false, "2026-10-25T02:30:00+01:00"),
            ("as_of=2026-11-21T10:15:00.5Z", false, "2026-11-21T10:15:00.5Z"),
        ] {
            assert_eq!(field(raw), (is_picked, value.to_owned()), "{raw}");
        }
    }
}
