//! The board's headings, lists, columns, captions and fields. `title` names the page, `empty` says why a
//! list is empty.

pub(crate) mod empty;
pub(crate) mod title;

use maud::{Markup, html};

use crate::query::{BoardQuery, Direction, Due, Sort};
use crate::views::board::Section;

/// A part of the board in words.
pub(crate) fn section(section: Section) -> &'static str {
    match section {
        Section::Unreadable => "unreadable admissions",
        Section::Main => "patients to review",
        Section::LongOpen => "confirm release",
        Section::Acknowledged => "acknowledged",
    }
}

/// How the list is ordered.
pub(crate) fn caption(query: &BoardQuery) -> &'static str {
    match (query.sort, query.direction == Direction::Natural) {
        (Sort::Idle, true) => "Longest without a test first",
        (Sort::Idle, false) => "Shortest without a test first",
        (Sort::Patient, _) => "By name",
        (Sort::Department, _) => "By department and room",
        (Sort::Admitted, true) => "Longest in hospital first",
        (Sort::Admitted, false) => "Shortest in hospital first",
        (Sort::Ordered, true) => "Newest order first",
        (Sort::Ordered, false) => "Oldest order first",
        (Sort::State, _) => "By state",
        (Sort::Performed, true) => "Test performed longest ago first",
        (Sort::Performed, false) => "Test performed last first",
        (Sort::Waiting, true) => "By the order that was not performed, the oldest first",
        (Sort::Waiting, false) => "By the order that was not performed, the newest first",
        (Sort::Physician, _) => "By physician",
    }
}

/// A column's head.
pub(crate) fn column(sort: Sort) -> &'static str {
    match sort {
        Sort::State => "State",
        Sort::Patient => "Patient",
        Sort::Department => "Location",
        Sort::Idle => "No test for",
        Sort::Waiting => WHY,
        Sort::Performed => "Last performed",
        Sort::Ordered => "Last ordered",
        Sort::Admitted => "In hospital",
        Sort::Physician => "Physician",
    }
}

/// The head of the column by which the list is ordered.
pub(crate) fn ordering_column(sort: Sort, direction: Direction) -> &'static str {
    match (sort, direction) {
        (Sort::Waiting, Direction::Natural) => "Why, oldest order first",
        (Sort::Waiting, Direction::Reversed) => "Why, newest order first",
        _ => column(sort),
    }
}

/// The head of the page. `hours`: the threshold, where one holds for all.
pub(crate) fn heading(query: &BoardQuery, hours: Option<i32>) -> Markup {
    html! {
        @match (query.due, hours) {
            _ if query.section == Some(Section::Acknowledged) => { "Acknowledged" },
            (Some(due), _) => {
                "Due " span.nobreak { (self::due(due)) }
                @if let Some(hours) = query.hours { ", by a threshold of " span.nobreak { (hours) " h" } }
            },
            (None, Some(hours)) => { "No new test for more than " span.nobreak { (hours) " h" } },
            (None, None) => { "No new test for longer than their department allows" },
        }
    }
}

/// The database does not answer, and the board is old.
pub(crate) fn not_live(at: &Markup) -> Markup {
    html! {
        strong { "Not live. This is the board as it was at " (at) "." }
        " The database does not answer: tests performed, admissions and releases since then are missing. Check at the bedside. \
         The page recovers by itself."
    }
}

/// After [`not_live`].
pub(crate) fn not_live_for(age: &str) -> String {
    format!("That was {age} ago.")
}

/// The label of another moment than the present.
pub(crate) fn moment(is_past: bool) -> &'static str {
    if is_past { "HISTORICAL" } else { "FORECAST" }
}

pub(crate) const BACK_TO_NOW: &str = "Back to now";

/// After the label of another moment.
pub(crate) fn as_of_then(at: &Markup) -> Markup {
    html! { " as of " (at) ", with today's knowledge and thresholds; this page does not follow. " }
}

pub(crate) fn as_of_now(at: &Markup, zone: &str) -> Markup {
    html! { "As of " (at) " (" (zone) ")" }
}

/// How many departments do not go by the hospital's hours.
pub(crate) fn own_thresholds(departments: i64, said: &str, hours: i32) -> String {
    match departments {
        1 => format!("1 department has a threshold of its own, all others {hours} h"),
        _ => format!("{said} departments have a threshold of their own, all others {hours} h"),
    }
}

/// `is_first`: whether the reader has not looked before; none, where nobody can tell.
pub(crate) fn changed_since(at: &Markup, is_visit: bool, is_first: Option<bool>) -> Markup {
    html! {
        "Changed since " (at)
        @match (is_visit, is_first) {
            (true, Some(true)) => ": you have not looked at the board before. ",
            (true, Some(false)) => ", when you last looked at the board before this visit. ",
            (true, None) => ": when you last looked at the board is not known now. What has changed earlier is not shown. ",
            _ => ". ",
        }
    }
}

pub(crate) const ALL_CHANGES: &str = "Show all";

/// What an account that is limited to departments does not see.
pub(crate) fn elsewhere(departments: &str, count: &str) -> Markup {
    html! { "Your account shows " (departments) " only: " strong { (count) } " more are listed in other departments." }
}

pub(crate) fn unreadable(count: i64, said: &str) -> String {
    if count == 1 { "1 unreadable admission".to_owned() } else { format!("{said} unreadable admissions") }
}

pub(crate) fn long_open(count: &str, days: i32) -> String {
    format!("{count} open for more than {days} days: confirm release")
}

pub(crate) fn only(section: Section) -> String {
    format!("Showing only {}: show all", self::section(section))
}

/// The heading of a section of readable stays.
pub(crate) fn section_heading(section: Section, query: &BoardQuery, count: &str, days: i32) -> String {
    match section {
        Section::Main if query.due.is_some() => "On the board before the next round".to_owned(),
        Section::Main => "Patients to review".to_owned(),
        Section::LongOpen => format!("Open for more than {days} days: confirm release ({count})"),
        Section::Acknowledged => format!("Acknowledged ({count})"),
        Section::Unreadable => format!("Admissions that cannot be read ({count})"),
    }
}

pub(crate) const UNREADABLE_CAPTION: &str = "Patients who may be in hospital; look in the patient system";
/// Before the heads of the columns where they stand in a line.
pub(crate) const SORT_BY: &str = "Sort by";
pub(crate) const WHY: &str = "Why";
pub(crate) const ALL_STATES: &str = "All";
pub(crate) const BY_STATE: &str = "By state";

// The list in other forms.
pub(crate) const COPIES: &str = "This list elsewhere";
pub(crate) const PRINT: &str = "Print";
pub(crate) const CSV: &str = "CSV";
pub(crate) const WALLBOARD: &str = "Wallboard";

// The lists, in their order.
pub(crate) const LISTS: &str = "Lists";
pub(crate) const TO_REVIEW: &str = "To review";
pub(crate) const MY_PATIENTS: &str = "My patients";
pub(crate) const TO_CHASE: &str = "To chase";
pub(crate) const CHANGED_SINCE_VISIT: &str = "Changed since my last visit";

/// Names the list of those who cross their threshold.
pub(crate) fn list_due(due: Due) -> String {
    format!("Due {}", self::due(due))
}

/// Until when somebody crosses their threshold who is due.
pub(crate) fn due(due: Due) -> String {
    match due {
        Due::Within(hours) => format!("within {hours} h"),
        Due::By(..) => format!("by {}", due.said()),
    }
}

/// The filter's fields.
pub(crate) mod field {
    pub(crate) const FILTER: &str = "Filter the board";
    pub(crate) const TEXT: &str = "Name, id, case or room";
    pub(crate) const ALL_DEPARTMENTS: &str = "All departments";
    pub(crate) const SHOW: &str = "Show";
    pub(crate) const MORE: &str = "More filters, another moment";
    pub(crate) const IDLE: &str = "Idle for at least";
    pub(crate) const ANY_TIME: &str = "any time";
    pub(crate) const THRESHOLD: &str = "Threshold (h)";
    pub(crate) const DUE: &str = "Due within (h) or by";
    pub(crate) const DUE_EXAMPLE: &str = "8 or 14:00";
    pub(crate) const SINCE: &str = "Changed since";
    pub(crate) const AS_OF: &str = "As of (another moment)";

    pub(crate) fn days(days: i32) -> String {
        format!("{days} days")
    }
}
