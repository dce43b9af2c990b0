//! Rows and rejects: what a record becomes.

use std::fmt::Write;

use chrono::{DateTime, NaiveDate, SubsecRound, Utc};
use sha2::{Digest, Sha256};

/// A record that was taken: one version of one row of the warehouse. Its fields are in its chunk.
#[derive(Debug, Clone, Default)]
pub struct Row {
    /// Number of the record.
    pub record: i32,
    /// Names the version: a hash of key and content.
    pub hash: [u8; 16],
    /// Whether the test was performed later than its object was written, plus five minutes.
    pub future_dated: bool,
    /// Values of the table's source key, in its order; the second is empty where the key has one column.
    pub(crate) key: [Span; 2],
    /// The patient that the record itself names.
    pub(crate) patient_id: Option<Span>,
    /// The test that a result or a test names.
    pub(crate) test_id: Option<Span>,
    /// The value of a result, as its text says it.
    pub(crate) value: Option<Span>,
    /// Where its fields begin in the bytes of the chunk.
    pub(super) start: usize,
    /// Where they end.
    pub(super) end: usize,
}

impl Row {
    /// Its fields begin at another place from now on.
    pub(super) fn move_to(&mut self, start: usize) {
        let from = std::mem::replace(&mut self.start, start);
        self.end = self.end - from + start;
        let spans = self.key.iter_mut().chain(&mut self.patient_id).chain(&mut self.test_id).chain(&mut self.value);
        for span in spans.filter(|span| span.start >= from) {
            (span.start, span.end) = (span.start - from + start, span.end - from + start);
        }
    }
}

/// Where a text lies in the bytes of a chunk.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Span {
    pub(super) start: usize,
    pub(super) end: usize,
}

/// A record that could not be taken.
#[derive(Debug, Clone)]
pub struct Reject {
    /// Number of the record.
    pub record: i32,
    /// Warehouse column that is wrong; `None` where the whole record is.
    pub column: Option<String>,
    /// What is wrong, without the value.
    pub reason: String,
    /// Text of the record.
    pub raw: String,
    /// Identifiers that could still be read.
    pub patient_id: Option<String>,
    /// As above.
    pub case_number: Option<String>,
    /// As above.
    pub test_id: Option<String>,
    /// As above.
    pub result_id: Option<String>,
}

/// Hashes one row after the other: the lengths and texts of its key, then the hash of its content as text `COPY` would
/// write it. Nothing in it depends on the map or the object, so that the same row said twice is one version.
#[derive(Debug, Default)]
pub(super) struct Hasher {
    key: String,
    content: String,
}

impl Hasher {
    /// The next column of the key.
    pub(super) fn key(&mut self, text: &str) {
        push(&mut self.key, format_args!("{}:{text}", text.len()));
    }

    /// The next column of the content.
    pub(super) fn text(&mut self, value: Option<&str>) {
        copy_text(&mut self.content, value);
        self.content.push('\t');
    }

    /// The next column of the content, where it came later than the table: its name tells it from those that say nothing.
    pub(super) fn added(&mut self, name: &str, value: Option<&str>) {
        if value.is_some() {
            push(&mut self.content, format_args!("{name}="));
            self.text(value);
        }
    }

    pub(super) fn date(&mut self, value: Option<NaiveDate>) {
        match value {
            Some(value) => push(&mut self.content, format_args!("{value}\t")),
            None => self.text(None),
        }
    }

    pub(super) fn instant(&mut self, value: Option<DateTime<Utc>>) {
        match value {
            Some(value) if value.trunc_subsecs(0) == value => whole_second(&mut self.content, value),
            Some(value) => push(&mut self.content, format_args!("{}\t", value.format("%Y-%m-%d %H:%M:%S%.f+00"))),
            None => self.text(None),
        }
    }

    pub(super) fn flags(&mut self, flags: &[String]) {
        push(&mut self.content, format_args!("{{{}}}\t", flags.join(",")));
    }

    /// The last column of the content.
    pub(super) fn last_text(&mut self, value: Option<&str>) {
        copy_text(&mut self.content, value);
    }

    /// The hash of the row; the next one begins.
    pub(super) fn version(&mut self) -> [u8; 16] {
        let content = Sha256::digest(self.content.as_bytes());
        let whole = Sha256::new().chain_update(self.key.as_bytes()).chain_update(&content[..16]).finalize();
        self.key.clear();
        self.content.clear();
        let mut hash = [0; 16];
        hash.copy_from_slice(&whole[..16]);
        hash
    }
}

/// By hand: it is asked of every row, and the general formatter is ten times as slow.
fn whole_second(line: &mut String, at: DateTime<Utc>) {
    use chrono::{Datelike, Timelike};
    push(
        line,
        format_args!(
            "{:04}-{:02}-{:02} {:02}:{:02}:{:02}+00\t",
            at.year(),
            at.month(),
            at.day(),
            at.hour(),
            at.minute(),
            at.second()
        ),
    );
}

fn push(line: &mut String, text: std::fmt::Arguments<'_>) {
    let written = line.write_fmt(text);
    debug_assert!(written.is_ok(), "a String takes every write");
}

/// Appends a text as text `COPY` writes it; nothing is `\N`.
fn copy_text(line: &mut String, value: Option<&str>) {
    let Some(value) = value else { return line.push_str("\\N") };
    if !value.contains(['\\', '\t', '\n', '\r']) {
        return line.push_str(value);
    }
    for letter in value.chars() {
        match letter {
            '\\' => line.push_str("\\\\"),
            '\t' => line.push_str("\\t"),
            '\n' => line.push_str("\\n"),
            '\r' => line.push_str("\\r"),
            other => line.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_a_version_never_changes() {
        let mut hasher = Hasher::default();
        hasher.key("007");
        hasher.text(Some("a\tb"));
        hasher.text(None);
        hasher.date(NaiveDate::from_ymd_opt(2026, 11, 2));
        hasher.instant("2026-11-02T09:05:00Z".parse().ok());
        hasher.flags(&["performed_at:dst".to_owned()]);
        hasher.last_text(Some("{}"));
        let content = "a\\tb\t\\N\t2026-11-02\t2026-11-02 09:05:00+00\t{performed_at:dst}\t{}";
        assert_eq!(hasher.content, content);
        assert_eq!(hex::encode(hasher.version()), "45091536717ca82c1168a2b9ec00587b");
        assert!(hasher.content.is_empty() && hasher.key.is_empty(), "the next row begins");
    }

    #[test]
    fn a_column_that_came_later_counts_only_where_it_says_something() {
        let hash = |address: Option<&str>, phone: Option<&str>| {
            let mut hasher = Hasher::default();
            hasher.key("007");
            hasher.text(Some("None"));
            hasher.added("address", address);
            hasher.added("phone", phone);
            hasher.flags(&[]);
            hasher.last_text(None);
            hasher.version()
        };
        let mut before = Hasher::default();
        before.key("007");
        before.text(Some("None"));
        before.flags(&[]);
        before.last_text(None);
        assert_eq!(hash(None, None), before.version());
        assert_ne!(hash(Some("1"), None), hash(None, Some("1")));
        assert_ne!(hash(Some("1"), None), hash(None, None));
    }

    #[test]
    fn keys_of_other_columns_are_other_hashes() {
        let hash = |key: &[&str]| {
            let mut hasher = Hasher::default();
            for text in key {
                hasher.key(text);
            }
            hasher.version()
        };
        assert_ne!(hash(&["1", "23"]), hash(&["12", "3"]));
    }
}
