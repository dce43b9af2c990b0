//! The English words of the pages, in one place, as whole sentences and labels: a translation is another text of these files.
//! Times and numbers are handed in as they are written by `parts`.

pub(crate) mod account;
pub(crate) mod acting;
pub(crate) mod ask;
pub(crate) mod audit;
pub(crate) mod beyond;
pub(crate) mod board;
pub(crate) mod contact;
pub(crate) mod factor;
pub(crate) mod feeds;
pub(crate) mod form;
pub(crate) mod frame;
pub(crate) mod label;
pub(crate) mod lineage;
pub(crate) mod ops;
pub(crate) mod orders;
pub(crate) mod own;
pub(crate) mod pager;
pub(crate) mod parameter;
pub(crate) mod patient;
pub(crate) mod patients;
pub(crate) mod person;
pub(crate) mod problem;
pub(crate) mod review;
pub(crate) mod row;
pub(crate) mod sheet;
pub(crate) mod sign_in;
pub(crate) mod stay;
pub(crate) mod thresholds;
pub(crate) mod time;
pub(crate) mod timeline;
pub(crate) mod trends;
pub(crate) mod wallboard;
pub(crate) mod why;

#[cfg(test)]
mod tests;

use crate::views::board::State;

/// The language of these words, as pages say it.
pub(crate) const LANGUAGE: &str = "en";

/// The word of a state.
pub(crate) fn state(state: State) -> &'static str {
    match state {
        State::Overdue => "Overdue",
        State::Chase => "Chase",
        State::Unknown => "Unknown",
    }
}

/// In place of [`state`] where no test is performed or on its way, and the threshold is still to come.
pub(crate) const DUE: &str = "Due";
pub(crate) const DUE_MEANING: &str = "no test performed or on its way: soon on the board";

/// The word of a state on a list of those who are due, or on the board.
pub(crate) fn state_on(list_is_due: bool, state: State) -> &'static str {
    if list_is_due && state == State::Overdue { DUE } else { self::state(state) }
}

/// What the state asks of the reader.
pub(crate) fn meaning(state: State) -> &'static str {
    match state {
        State::Overdue => "no test performed or on its way: review",
        State::Chase => "a test is ordered but not performed: chase it",
        State::Unknown => "the data cannot tell: check at the bedside",
    }
}

/// The name of a feed for a reader on the ward.
pub(crate) fn feed(feed: &str) -> &str {
    match feed {
        "pms.patient_information" => "Patients",
        "pms.admissions" => "Admissions",
        "lis.lab_tests" => "Orders",
        "lis.lab_results" => "Results",
        other => other,
    }
}

pub(crate) const NOT_RECORDED: &str = "not recorded";
pub(crate) const NO_DEPARTMENT: &str = "department not recorded";
pub(crate) const NO_ROOM: &str = "room not recorded";
/// Of a duration.
pub(crate) const NOT_KNOWN: &str = "not known";
/// In place of who ordered a test.
pub(crate) const SOMEONE: &str = "someone not recorded";
/// In place of a clock that nothing has set.
pub(crate) const NONE_SINCE_ADMISSION: &str = "none since admission";

/// Where a patient lies.
pub(crate) fn place(department: &str, room: Option<&str>) -> String {
    match room {
        Some(room) => format!("{department}, room {room}"),
        None => department.to_owned(),
    }
}

pub(crate) fn room(room: &str) -> String {
    format!("Room {room}")
}
