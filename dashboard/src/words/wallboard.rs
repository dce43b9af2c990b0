//! The board on a screen in the corridor.

use maud::{Markup, html};

pub(crate) fn title(total: &str) -> String {
    format!("{total} to review")
}

/// Which patients are listed, after the name of a department.
pub(crate) fn which(due: Option<i32>, hours: i32) -> String {
    match due {
        Some(due) => format!(" · due within {due} h"),
        None => format!(" · no new test for {hours} h"),
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

pub(crate) fn turns(page: i64, last: i64, seconds: u32) -> String {
    format!("Page {page} of {last} · turns every {seconds} s")
}

pub(crate) const PAUSE: &str = "Pause";
pub(crate) const GO_ON: &str = "Paused: go on";
pub(crate) const NO_ROOM: &str = "Room ?";
