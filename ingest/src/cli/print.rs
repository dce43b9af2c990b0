//! What the commands print for a person.

use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat, Utc};
use wardwatch_ingest::replay::Replayed;
use wardwatch_ingest::report::{Activity, FeedStatus, LastError, Open, Status, Taken, Tally, Today};
use wardwatch_ingest::reprocess::Reprocessed;
use wardwatch_ingest::verify::Verdict;

const HEADINGS: &str = "feed                      objects  held failed   records  inserted   updated unchanged superseded   skipped quarantined   waiting";

pub(super) fn taken(taken: &Taken, open: &Open) -> String {
    let mut text = format!("{HEADINGS}\n");
    for (feed, tally) in &taken.feeds {
        line(&mut text, feed, tally);
    }
    line(&mut text, "taken by this call", &taken.all);
    text + &stands_open(open)
}

pub(super) fn status(status: &Status) -> String {
    let mut text = format!("{HEADINGS}\n");
    for feed in &status.feeds {
        line(&mut text, &feed.feed, &feed.tally);
    }
    text.push('\n');
    for feed in &status.feeds {
        let when = |at: Option<DateTime<Utc>>| at.map_or_else(|| "none yet".to_owned(), time);
        let stale = if feed.stale { "  STALE" } else { "" };
        put(
            &mut text,
            format_args!(
                "{:<25} newest loaded {}, newest seen {}, {} objects not loaded{stale}\n",
                feed.feed,
                when(feed.newest_loaded_at),
                when(feed.newest_seen_at),
                feed.not_loaded
            ),
        );
    }
    text.push('\n');
    for feed in &status.feeds {
        activity(&mut text, feed);
    }
    text.push('\n');
    for drift in &status.drift {
        let kind = drift.kind.replace('_', " ");
        put(
            &mut text,
            format_args!(
                "drift: {} (map v{}): {kind} {} in {} objects\n",
                drift.feed, drift.map_version, drift.header, drift.objects
            ),
        );
    }
    for held in &status.held {
        put(&mut text, format_args!("held: {}: {} objects: {}\n", held.feed, held.objects, held.reason));
    }
    for trouble in &status.map_trouble {
        put(&mut text, format_args!("column maps refused, the last good ones stay in force: {}\n", trouble.reason));
    }
    put(
        &mut text,
        format_args!(
            "{} foreign objects (no feed takes their keys), {} gone from the bucket\n",
            status.foreign, status.gone
        ),
    );
    let swept = status.swept_at.map_or_else(|| "not yet".to_owned(), time);
    put(&mut text, format_args!("the bucket was last listed from end to end: {swept}\n"));
    text + &stands_open(&status.open)
}

fn activity(text: &mut String, feed: &FeedStatus) {
    let Activity { recent, today, drifted_headers, last_error } = &feed.activity;
    let Today { objects, books } = today;
    put(
        text,
        format_args!(
            "{:<25} last {} minutes: {} objects, {} records; today: {objects} objects, {} records, {} quarantined, {} waiting; {drifted_headers} drifted headers\n",
            feed.feed, recent.minutes, recent.objects, recent.records, books.records, books.quarantined, books.waiting
        ),
    );
    if let Some(LastError { at, reason, .. }) = last_error {
        put(text, format_args!("{:<25} last error {}: {reason}\n", "", time(*at)));
    }
}

pub(super) fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn stands_open(open: &Open) -> String {
    if !open.is_anything() {
        return "nothing stands open\n".to_owned();
    }
    format!(
        "open: {} records in quarantine, {} objects held, {} failed, {} results waiting, {} stays in conflict\n",
        open.quarantined, open.held, open.failed, open.waiting, open.conflicts
    )
}

fn line(text: &mut String, name: &str, tally: &Tally) {
    let books = &tally.books;
    put(
        text,
        format_args!(
            "{name:<25} {:>7} {:>5} {:>6} {:>9} {:>9} {:>9} {:>9} {:>10} {:>9} {:>11} {:>9}\n",
            tally.objects,
            tally.held,
            tally.failed,
            books.records,
            books.inserted,
            books.updated,
            books.unchanged,
            books.superseded,
            books.skipped,
            books.quarantined,
            books.waiting
        ),
    );
}

pub(super) fn reprocessed(done: &Reprocessed, open: &Open) -> String {
    let mut text = String::new();
    put(
        &mut text,
        format_args!(
            "{} objects were loaded or tried again; of {} objects with quarantined records {} records were taken, \
             {} skipped, {} stay in quarantine\n",
            done.retried, done.objects, done.taken, done.skipped, done.quarantined
        ),
    );
    if done.pending > 0 {
        put(
            &mut text,
            format_args!(
                "still to be loaded: {} objects of another bucket, or of a feed that is not configured here\n",
                done.pending
            ),
        );
    }
    for refused in &done.refused {
        put(&mut text, format_args!("left as it is: {}: {}\n", refused.key, refused.reason));
    }
    text + &stands_open(open)
}

pub(super) fn replayed(replayed: &Replayed) -> String {
    let mut text = String::new();
    for key in &replayed.missing {
        put(&mut text, format_args!("not in the bucket any more: {key}\n"));
    }
    for key in &replayed.unread {
        put(&mut text, format_args!("could not be read again: {key}\n"));
    }
    match &replayed.digest {
        Some(digest) => put(&mut text, format_args!("rebuilt from {} objects\ndigest: {digest}\n", replayed.objects)),
        None if replayed.unread.is_empty() => put(
            &mut text,
            format_args!(
                "nothing was changed: what {} objects said would be lost. Upload them again, or accept that with --accept-missing\n",
                replayed.missing.len()
            ),
        ),
        None => put(
            &mut text,
            format_args!(
                "the warehouse is half rebuilt and shows nothing: remove the cause (see status) and run replay again\n"
            ),
        ),
    }
    text
}

pub(super) fn verdict(verdict: &Verdict) -> String {
    let mut text = String::new();
    let tell = |holds: bool| if holds { "yes" } else { "NO" };
    put(&mut text, format_args!("every object of the bucket is in the ledger: {}", tell(verdict.bucket_in_ledger)));
    if verdict.missing > 0 {
        put(&mut text, format_args!(" ({} are not: run wardwatch-ingest once)", verdict.missing));
    }
    put(&mut text, format_args!("\nthe books balance: {}\ndigest: {}\n", tell(verdict.books_balance), verdict.digest));
    text
}

pub(super) fn put(text: &mut String, line: std::fmt::Arguments<'_>) {
    let written = text.write_fmt(line);
    debug_assert!(written.is_ok(), "a String takes every write");
}
