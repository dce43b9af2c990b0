//! The English words of the board, in one place, as whole sentences and labels: a translation is another text of these files.
//! Times and numbers are handed in as they are written by `parts`.

pub(crate) mod acting;
pub(crate) mod board;
pub(crate) mod why;

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
/// In place of a clock that nothing has set.
pub(crate) const NONE_SINCE_ADMISSION: &str = "none since admission";
