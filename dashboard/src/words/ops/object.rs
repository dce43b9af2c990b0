//! One object, and one of its quarantined records.

use maud::{Markup, html};

use super::List;

pub(crate) const OBJECT: &str = "Object";
pub(crate) const QUARANTINED_RECORD: &str = "Quarantined record";

pub(crate) fn heading(key: &Markup) -> Markup {
    html! { "Object " (key) }
}

pub(crate) const STATE: &str = "State";

/// After the state of an object that puts patients in doubt.
pub(crate) const IN_DOUBT: &str = ", in doubt";
pub(crate) const REASON: &str = "Reason";
pub(crate) const FEED: &str = "Feed";
pub(crate) const BUCKET: &str = "Bucket";
pub(crate) const ORDER: &str = "Order";
pub(crate) const WRITTEN: &str = "Written";
pub(crate) const BYTES: &str = "Bytes";
pub(crate) const ATTEMPTS: &str = "Attempts";
pub(crate) const LOADED: &str = "Loaded";
pub(crate) const MAP: &str = "Map";
pub(crate) const RECORDS: &str = "Records";
pub(crate) const SHA_256: &str = "SHA-256";

pub(crate) fn records(all: &str, quarantined: &str) -> String {
    format!("{all}, of these {quarantined} in quarantine")
}

pub(crate) fn quarantined(total: &str) -> List {
    List {
        title: format!("Quarantined records ({total})").into(),
        caption: "By record; open one to see its text",
        columns: &["Record", "Column", "Reason", "Ids that could be read", "Map", "Stands"],
    }
}

pub(crate) fn record(number: i32) -> String {
    format!("Record {number}")
}

/// A record of a file that is named already.
pub(crate) fn record_of(object: &Markup, number: i32) -> Markup {
    html! { (object) ", record " (number) }
}

/// An id that could be read, by what it names.
pub(crate) mod id {
    pub(crate) fn patient(id: &str) -> String {
        format!("patient {id}")
    }

    pub(crate) fn case(id: &str) -> String {
        format!("case {id}")
    }

    pub(crate) fn test(id: &str) -> String {
        format!("test {id}")
    }

    pub(crate) fn result(id: &str) -> String {
        format!("result {id}")
    }
}

/// Whether a quarantined record still waits for a person.
pub(crate) fn stands(is_dismissed: bool) -> &'static str {
    if is_dismissed { "dismissed" } else { "open" }
}

/// The page of one record.
pub(crate) fn record_heading(number: i32, key: &Markup) -> Markup {
    html! { "Record " (number) " of " (key) }
}

pub(crate) const CANNOT_BE_READ: &str = "Cannot be read";
pub(crate) const IDS: &str = "Ids that could be read";
pub(crate) const SAID: &str = "Said";
pub(crate) const STANDS: &str = "Stands";
pub(crate) const ALL_QUARANTINED: &str = "all its quarantined records";
pub(crate) const AS_IN_THE_FILE: &str = "As it stands in the file";
pub(crate) const TEXT: &str = "Text of the record";
