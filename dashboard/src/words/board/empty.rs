//! Why a list is empty. Only [`nobody`] with [`FRESH`] reassures.

use crate::query::Due;

/// `acknowledged`: how many of the filter are.
pub(crate) fn filtered(acknowledged: i64, said: &str) -> String {
    match acknowledged {
        0 => "No patient matches this filter".to_owned(),
        1 => "Nobody else matches this filter: 1 patient is acknowledged".to_owned(),
        _ => format!("Nobody else matches this filter: {said} patients are acknowledged"),
    }
}

pub(crate) const CLEAR: &str = "Clear the filter";

/// How many the list has without its filter.
pub(crate) fn without_it(listed: &str, due: Option<Due>) -> String {
    match due {
        Some(due) => format!("{listed} due {} without it.", super::due(due)),
        None => format!("{listed} on the board without it."),
    }
}

pub(crate) const NOTHING_LOADED: &str = "Nothing has been loaded yet";
pub(crate) const FILLS_BY_ITSELF: &str =
    "The board fills by itself as files are loaded. Until then it says nothing about anybody.";

pub(crate) fn backlog(files: i64, said: &str) -> String {
    match files {
        1 => "1 file is waiting to be loaded. ".to_owned(),
        _ => format!("{said} files are waiting to be loaded. "),
    }
}

pub(crate) const NOT_LIVE: &str = "Nobody was listed when the database last answered";
pub(crate) const WHY_NOT_LIVE: &str = "Patients may have been listed since then. Check the ward's own list.";

pub(crate) const DOUBTFUL: &str = "Nobody is listed, but the data cannot be trusted";
pub(crate) const WHY_DOUBTFUL: &str =
    "A feed is stale, held or was never loaded (see above): patients may be missing. Check the ward's own list.";

pub(crate) const NO_SUCH_DEPARTMENT: &str = "Nobody in hospital now is of this department, and no threshold names it: if it should have patients, check its name";
pub(crate) const WHY_NO_SUCH_DEPARTMENT: &str =
    "It may be empty, or have been renamed: then choose it anew in the filter.";

/// `due`: until when, on the list of those who cross their threshold.
pub(crate) fn acknowledged(count: i64, said: &str, due: Option<Due>) -> String {
    let nobody = due.map_or_else(|| "Nobody else is listed".to_owned(), nobody_due);
    match count {
        1 => format!("{nobody}: 1 patient is acknowledged"),
        _ => format!("{nobody}: {said} patients are acknowledged"),
    }
}

pub(crate) const SEE_ACKNOWLEDGED: &str = "See who is acknowledged, and until when";

pub(crate) const ANOTHER_MOMENT: &str = "Nobody is listed as of that moment";

pub(crate) fn nobody_due(due: Due) -> String {
    format!("Nobody else crosses the threshold {}", super::due(due))
}

/// Who has crossed the threshold already is not due.
pub(crate) const SEE_BOARD: &str = "See who has crossed it already";

pub(crate) fn elsewhere(count: &str) -> String {
    format!("Nobody is listed in the departments of your account, and {count} in others")
}

/// `hours`: the threshold, where one holds for all.
pub(crate) fn nobody(hours: Option<i32>) -> String {
    match hours {
        Some(hours) => format!("Nobody has been in hospital longer than {hours} h without a test"),
        None => "Nobody has been in hospital longer without a test than their department allows".to_owned(),
    }
}

pub(crate) const FRESH: &str = "Every feed is fresh. This page follows by itself.";
