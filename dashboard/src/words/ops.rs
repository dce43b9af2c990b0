//! Operations: its lists, the heads of their columns and what stands in their cells. States, reasons, feeds, columns and
//! headers are the ledger's own words, and stand as they are there.

pub(crate) mod asked;
pub(crate) mod case;
pub(crate) mod feeds;
pub(crate) mod map;
pub(crate) mod object;
pub(crate) mod result;

use std::borrow::Cow;

use maud::{Markup, html};

/// What is said about a list.
pub(crate) struct List {
    pub(crate) title: Cow<'static, str>,
    /// How it is ordered, and what is done with it.
    pub(crate) caption: &'static str,
    /// The heads of its columns.
    pub(crate) columns: &'static [&'static str],
}

pub(crate) const TITLE: &str = "Operations";
/// From a page below.
pub(crate) const BACK: &str = "← Operations";
/// In place of a list.
pub(crate) const EMPTY: &str = "None.";
/// In place of a moment, a feed or an id.
pub(crate) const NONE: &str = "none";
/// In place of a column, where the record as a whole cannot be read.
pub(crate) const THE_RECORD: &str = "the record";
pub(crate) const NO_REASON: &str = "no reason recorded";
pub(crate) const NOT_READABLE: &str = "not readable";
pub(crate) const NOT_RELEASED: &str = "not released";

pub(crate) fn as_of(at: &Markup) -> Markup {
    html! { "As of " (at) }
}

pub(crate) fn rebuilding() -> Markup {
    html! {
        strong { "The warehouse is being rebuilt." } " Board and patients are not shown until it is whole. If no "
        code { "wardwatch-ingest replay" } " runs, one was cut short: run it again."
    }
}

/// `at`: when this dashboard last wrote the copy on which the ward falls back.
pub(crate) fn downtime(at: Option<&Markup>, is_late: bool) -> Markup {
    html! {
        @match at {
            Some(at) => { "The downtime copy was last written at " (at) "." }
            None => { "This dashboard has not written the downtime copy yet." }
        }
        @if is_late { " " strong { "It grows old: see that its folder exists, answers and may be written to, and that the board is live." } }
    }
}

/// The version of a column map.
pub(crate) fn map_version(version: i32) -> String {
    format!("v{version}")
}

pub(crate) fn objects(total: &str) -> List {
    List {
        title: format!("Held and failed objects ({total})").into(),
        caption: "Newest first; open one to have a map proposed, to load it again or to dismiss it",
        columns: &["Object", "Feed", "State", "Reason", "Attempts", "Bytes", "Order"],
    }
}

pub(crate) const QUARANTINE: List = List {
    title: Cow::Borrowed("Quarantine by reason"),
    caption: "Records neither taken nor dismissed, the most frequent reason first",
    columns: &["Feed", "Column", "Reason", "Records", "Objects", "Newest"],
};

pub(crate) fn partly_read(total: &str) -> List {
    List {
        title: format!("Objects with quarantined records ({total})").into(),
        caption: "Newest first; open one to see its records, to read them again or to dismiss them",
        columns: &["Object", "Feed", "Quarantined", "Order"],
    }
}

pub(crate) fn unreadable(total: &str) -> List {
    List {
        title: format!("Admissions that cannot be read ({total})").into(),
        caption: "They stand on the board as unknown; open one to see its text",
        columns: &["Object", "Record", "Column", "Reason", "Patient id", "Case", "Said"],
    }
}

pub(crate) fn conflicts(total: &str) -> List {
    List {
        title: format!("Stays in conflict ({total})").into(),
        caption: "They stand on the board as unknown; open a case to decide",
        columns: &["Case", "Patient", "Contradiction", "Admitted", "Released", "Department"],
    }
}

pub(crate) fn shared_case_number(others: &Markup) -> Markup {
    html! { "the same number as " (others) }
}

pub(crate) const RELEASE_NOT_AFTER_ADMISSION: &str = "the release is not after the admission";

pub(crate) fn waiting(total: &str) -> List {
    List {
        title: format!("Results that wait ({total})").into(),
        caption: "They clear nobody until they belong to one patient; open one to decide",
        columns: &["Result", "Test", "Why it waits", "May be of", "Performed"],
    }
}

pub(crate) const NO_TEST: &str = "its test has not come yet";
pub(crate) const SHARED_TEST_ID: &str = "its test id is shared";
pub(crate) const NOBODY_YET: &str = "nobody yet";

pub(crate) const DRIFT: List = List {
    title: Cow::Borrowed("Drift"),
    caption: "Headers that the maps do not know or miss, the latest first; open one to have a map proposed",
    columns: &["Header", "Feed", "What", "Map", "Objects", "Last noticed", "Stands"],
};

/// What is the matter with a header. A kind that this program does not know is told as it is.
pub(crate) fn drift(kind: &str) -> &str {
    match kind {
        "unmapped_column" => "unmapped column",
        "missing_column" => "missing column",
        "doubled_column" => "doubled column",
        other => other,
    }
}

/// A header with what is the matter with it.
pub(crate) fn drifted(kind: &str, header: &str) -> String {
    format!("{} {header}", drift(kind))
}

pub(crate) const BEFORE_MAPS: &str = "the maps have changed since";
pub(crate) const AS_MAPS_ARE: &str = "as the maps are now";

pub(crate) const REFUSED_MAPS: &str = "Refused column maps";
pub(crate) const LAST_GOOD_MAPS: &str = "The last good maps stay in force until these are corrected.";

/// `reason` is the daemon's own.
pub(crate) fn refused_map(place: &str, since: &Markup, reason: &str) -> Markup {
    html! { code { (place) } ", since " (since) ": " (reason) }
}
