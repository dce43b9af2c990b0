//! What a map says of one warehouse column, and of the records it keeps.

use std::collections::BTreeMap;

use serde::Deserialize;

/// How one warehouse column is read.
///
/// Its text comes from exactly one place: a column of the file, several that are combined, a constant, an id that is
/// computed, or the date and time columns of a timestamp.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Header names accepted, whatever their case. Empty where the text comes from elsewhere.
    #[serde(default)]
    pub headers: Vec<String>,
    /// Columns whose texts are put together.
    pub combine: Option<Combine>,
    /// The same text in every record.
    pub constant: Option<String>,
    /// Columns that together tell what the source gives no id of.
    pub compute: Option<Compute>,
    /// What the text is read as.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// Formats of a date, tried in their order (as `strftime` writes them).
    #[serde(default)]
    pub formats: Vec<String>,
    /// A record without a value here is quarantined; a file without the header is held.
    #[serde(default)]
    pub required: bool,
    /// A file without the header is held, though a record may have no value.
    #[serde(default)]
    pub expected: bool,
    /// Texts that mean "nothing" in this column, in place of the map's.
    pub nulls: Option<Vec<String>>,
    /// Values allowed in an enumeration, and what each becomes.
    #[serde(default)]
    pub values: BTreeMap<String, String>,
    /// What a text of the source becomes.
    #[serde(default)]
    pub translate: BTreeMap<String, String>,
    /// What becomes of a text that `translate` does not name.
    pub unknown: Option<Unknown>,
    /// Which instant is taken where the wall clock leaves a choice.
    #[serde(default)]
    pub prefer: Prefer,
    /// Date of a timestamp of two columns.
    pub date: Option<Part>,
    /// Time of a timestamp of two columns; absent where the source gives none.
    pub time: Option<Part>,
}

impl Column {
    /// The groups of header names of which a file must have one each.
    pub fn header_groups(&self) -> Vec<&[String]> {
        let own = (!self.headers.is_empty()).then_some(self.headers.as_slice());
        let parts = [&self.date, &self.time].into_iter().flatten().map(|part| part.headers.as_slice());
        own.into_iter().chain(self.joined_headers().chunks(1)).chain(parts).collect()
    }

    /// The columns that are combined or computed from: half of them would say something else, so a file without one of
    /// them is held.
    pub fn joined_headers(&self) -> &[String] {
        match (&self.combine, &self.compute) {
            (Some(combine), _) => &combine.headers,
            (_, Some(compute)) => &compute.headers,
            _ => &[],
        }
    }
}

/// Texts of several columns, put together in the order of the map. What is nothing is left out.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Combine {
    /// One header name a column.
    pub headers: Vec<String>,
    /// What stands between two texts; a space unless said.
    #[serde(default = "space")]
    pub separator: String,
}

fn space() -> String {
    " ".to_owned()
}

/// An id where the source has none. The same texts give the same id, wherever their columns stand in the file, and two
/// different lists of texts never give one id. A record in which one of them is nothing has no id.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compute {
    /// One header name a column.
    pub headers: Vec<String>,
    /// How.
    pub how: How,
    /// What stands between two texts that are joined; a hyphen unless said.
    pub separator: Option<String>,
}

/// How an id is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum How {
    /// The texts themselves; a separator or backslash within one of them stands behind a backslash.
    Join,
    /// The first half of the SHA-256 of the texts, in hexadecimal.
    Hash,
}

/// What becomes of a text that a translation does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unknown {
    /// It is taken as it stands.
    Keep,
    /// Its record is quarantined.
    Reject,
}

/// A condition of the records that are kept. A record that meets one not is skipped, and counted.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// Header names accepted.
    pub headers: Vec<String>,
    /// The text is one of these. What is nothing is none of them.
    pub one_of: Option<Vec<String>>,
    /// The text is none of these, or nothing.
    pub none_of: Option<Vec<String>>,
    /// The text is something (`true`), or nothing (`false`).
    pub present: Option<bool>,
}

/// Date or time of a timestamp.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Header names accepted.
    pub headers: Vec<String>,
    /// Formats, tried in their order.
    pub formats: Vec<String>,
}

/// What a text is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// An identifier: text, verbatim, leading zeros and all.
    Id,
    /// Text, verbatim.
    Text,
    /// A calendar date.
    Date,
    /// An instant, from hospital wall clock in one column or two.
    Timestamp,
    /// A decimal number, kept beside its text.
    Decimal,
    /// One of a list of values.
    Enum,
}

/// Which instant is taken where a wall clock text may mean two, or a time of day is missing: the one that keeps a patient
/// listed longer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Prefer {
    /// The earlier one; a date alone is the start of the day.
    #[default]
    Earlier,
    /// The later one; a date alone is the end of the day.
    Later,
}
