//! The board on a screen in the corridor.

use maud::{Markup, html};

use crate::query::Due;
use crate::views::board::Section;

pub(crate) fn title(total: &str) -> String {
    format!("{total} to review")
}

/// Which patients are listed, after the name of a department. `hours`: the threshold, where one holds for all.
pub(crate) fn which(due: Option<Due>, hours: Option<i32>) -> String {
    match (due, hours) {
        (Some(due), _) => format!(" · due {}", super::board::due(due)),
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

/// In place of a text that is looked for: it may be a name.
pub(crate) const WITHHELD: &str = "for a text that is not shown here";

/// The screen does not hear from its server. `age`: where the age stands of what is shown.
pub(crate) fn lost(age: &Markup) -> Markup {
    html! {
        strong { "Not live: the connection to the server is lost." }
        " What you see is " (age) " old. Look at the bedside."
    }
}

/// The screen keeps still for whoever reads it. `age` as in [`lost`].
pub(crate) fn paused(age: &Markup) -> Markup {
    html! { "What you see is " (age) " old." }
}

/// The database does not answer, and the board is old.
pub(crate) fn not_live(age: &str) -> Markup {
    html! { strong { "Not live: " (age) " old." } " Look at the bedside." }
}

/// Which of how many are on the screen.
pub(crate) fn range(first: &str, last: &str, total: &str) -> String {
    format!("{first}–{last} of {total}")
}

pub(crate) fn turns(seconds: u32) -> String {
    format!("turns every {seconds} s")
}

pub(crate) const PAUSE: &str = "Pause";
pub(crate) const GO_ON: &str = "Paused: go on";
pub(crate) const NO_ROOM: &str = "Room ?";
