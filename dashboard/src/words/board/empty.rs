//! Why a list is empty. Only the last of these reassures.

pub(crate) const FILTERED: &str = "No patient matches this filter";
pub(crate) const CLEAR: &str = "Clear the filter";

pub(crate) fn without_it(listed: &str) -> String {
    format!("{listed} on the board without it.")
}

pub(crate) const NOTHING_LOADED: &str = "Nothing has been loaded yet";
pub(crate) const FILLS_BY_ITSELF: &str =
    "The board fills by itself as files are loaded. Until then it says nothing about anybody.";

pub(crate) fn backlog(files: &str) -> String {
    format!("{files} files are waiting to be loaded. ")
}

pub(crate) const DOUBTFUL: &str = "Nobody is listed, but the data cannot be trusted";
pub(crate) const WHY_DOUBTFUL: &str =
    "A feed is stale, held or was never loaded (see above): patients may be missing. Check the ward's own list.";

pub(crate) fn good(hours: i32) -> String {
    format!("Nobody has been in hospital longer than {hours} h without a test")
}

pub(crate) const FRESH: &str = "Every feed is fresh. This page follows by itself.";
