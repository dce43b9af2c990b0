//! What the `map` commands print, for a person and, of a file that would not be loaded, for a program.

use chrono_tz::Tz;
use serde::Serialize;
use wardwatch_ingest::maps::approve::Approved;
use wardwatch_ingest::maps::check::{BeforeAfter, CheckError, Preview, Rejects};
use wardwatch_ingest::maps::list::Listed;
use wardwatch_ingest::maps::subject::Subject;
use wardwatch_ingest::parse::ParseError;

use super::print::{put, time};

pub(super) fn list(maps: &[Listed]) -> String {
    let mut text = String::from("feed                      version  applies from          objects  from\n");
    for map in maps {
        let from = map.applies_from.map_or_else(|| "the beginning".to_owned(), time);
        let keys = map.keys.as_ref().map(|keys| format!(", keys {keys}")).unwrap_or_default();
        let by = match (&map.approved_by, map.approved_at) {
            (Some(by), Some(at)) => format!(" by {by} at {}", time(at)),
            _ => String::new(),
        };
        put(
            &mut text,
            format_args!(
                "{:<25} {:>7}  {from:<20} {:>8}  {}{by}{keys}\n",
                map.feed, map.version, map.objects, map.origin
            ),
        );
    }
    text
}

pub(super) fn refused(subject: &Subject, error: &CheckError) -> String {
    let key = &subject.origin.key;
    match error {
        CheckError::Parse(ParseError::Held(_)) => {
            format!("{key} would be held: {error}\nwardwatch-ingest map suggest {key} proposes a map")
        }
        CheckError::Parse(ParseError::Empty) => format!("{key} would be held: {error}"),
        _ => format!("{key} would fail: {error}"),
    }
}

/// What `--json` tells of a file that would not be loaded.
#[derive(Debug, Serialize)]
pub(super) struct Refused<'a> {
    key: &'a str,
    feed: &'a str,
    /// As the ledger would say it.
    state: &'static str,
    reason: String,
}

impl<'a> Refused<'a> {
    pub(super) fn of(subject: &'a Subject, error: &CheckError) -> Self {
        let state = match error {
            CheckError::Parse(ParseError::Held(_) | ParseError::Empty) => "held",
            _ => "failed",
        };
        Self { key: &subject.origin.key, feed: &subject.origin.feed, state, reason: error.to_string() }
    }
}

pub(super) fn preview(preview: &Preview, zone: Option<Tz>) -> String {
    let mut text = format!(
        "{}: feed {}, read by map v{}\n{} records: {} taken, {} skipped, {} quarantined\n",
        preview.key,
        preview.feed,
        preview.map_version,
        preview.records,
        preview.taken,
        preview.skipped,
        preview.rejected
    );
    for drift in &preview.drift {
        put(&mut text, format_args!("drift: {} {}\n", drift.kind.replace('_', " "), drift.header));
    }
    for rejects in &preview.rejects {
        self::rejects(&mut text, rejects);
    }
    for pair in &preview.sample {
        before_after(&mut text, pair);
    }
    if zone.is_none() && !preview.sample.is_empty() {
        text.push_str("\ntimes are read as UTC, for no timezone is set: give --timezone\n");
    }
    text.push_str("\nnothing was written\n");
    text
}

fn rejects(text: &mut String, rejects: &Rejects) {
    let column = rejects.column.as_deref().unwrap_or("the record");
    let numbers: Vec<String> = rejects.records.iter().map(ToString::to_string).collect();
    let more = if rejects.count as usize > numbers.len() { ", …" } else { "" };
    put(
        text,
        format_args!(
            "quarantined: {} x {column} {} (records {}{more})\n",
            rejects.count,
            rejects.reason,
            numbers.join(", ")
        ),
    );
    for (number, raw) in rejects.records.iter().zip(&rejects.raw) {
        put(text, format_args!("    {number}: {raw}\n"));
    }
}

fn before_after(text: &mut String, pair: &BeforeAfter) {
    put(text, format_args!("\nrecord {}\n", pair.record));
    for (header, field) in &pair.before {
        put(text, format_args!("    {header:<28} {field}\n"));
    }
    text.push_str("  becomes\n");
    for (column, value) in &pair.after {
        put(text, format_args!("    {column:<28} {}\n", value.as_deref().unwrap_or("-")));
    }
}

pub(super) fn approved(approved: &Approved) -> String {
    let was = if approved.was_approved { "was approved before" } else { "is approved" };
    let mut text = format!(
        "version {} of the map of {} {was}; a running daemon reads with it within a second\n\
         {} held objects will be tried again by `run`, or by the next `once`\n",
        approved.version, approved.feed, approved.released
    );
    if approved.read_by_others > 0 {
        put(
            &mut text,
            format_args!(
                "{} objects to whose key and order it applies were read by other versions and stay as they are\n",
                approved.read_by_others
            ),
        );
    }
    text
}
