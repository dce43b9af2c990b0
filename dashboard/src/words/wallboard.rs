//! The board on a screen in the corridor.

use maud::{Markup, html};

use crate::views::board::Section;

pub(crate) fn title(total: &str) -> String {
    format!("{total} to review")
}

/// Which patients are listed, after the name of a department. `hours`: the threshold, where one holds for all.
pub(crate) fn which(due: Option<i32>, hours: Option<i32>) -> String {
    match (due, hours) {
        (Some(due), _) => format!(" · due within {due} h"),
        (None, Some(hours)) => format!(" · no new test for {hours} h"),
        (None, None) => " · no new test for longer than their department allows".to_owned(),
    }
}

/// What a card says of a patient who is not one of today's.
pub(crate) fn section(section: Section) -> Option<&'static str> {
    match section {
        Section::Main => None,
        Section::LongOpen => Some("Confirm release"),
        Section::Acknowledged => Some("Acknowledged"),
        Section::Unreadable => Some("Admission not readable"),
    }
}

/// The screen does not hear from its server.
pub(crate) fn lost() -> Markup {
    html! { strong { "Not live: the connection to the server is lost." } " Look at the bedside." }
}

/// The database does not answer, and the board is old.
pub(crate) fn not_live(age: &str) -> Markup {
    html! { strong { "Not live: " (age) " old." } " Look at the bedside." }
}

pub(crate) fn turns(page: &str, last: &str, seconds: u32) -> String {
    format!("Page {page} of {last} · turns every {seconds} s")
}

pub(crate) const PAUSE: &str = "Pause";
pub(crate) const GO_ON: &str = "Paused: go on";
pub(crate) const NO_ROOM: &str = "Room ?";
