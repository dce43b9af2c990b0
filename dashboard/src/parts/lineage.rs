//! Where a value comes from: object, SHA-256, record, map version; and what it was before.

use chrono_tz::Tz;
use maud::{Markup, html};

use super::time;
use crate::views::tracked::{Lineage, Tracked};

/// The source of a row in a disclosure, with its earlier versions as `describe` puts them.
pub(crate) fn disclose<T>(tracked: &Tracked<T>, zone: Tz, describe: impl Fn(&T) -> String) -> Markup {
    html! {
        details.lineage {
            summary {
                "Source"
                @if !tracked.earlier.is_empty() { ", " (tracked.earlier.len()) " earlier" }
            }
            (source(&tracked.current.lineage, zone))
            @if !tracked.earlier.is_empty() {
                ol.earlier aria-label="Earlier versions, newest first" {
                    @for version in &tracked.earlier {
                        li {
                            p.was { "Was: " (describe(&version.value)) }
                            (source(&version.lineage, zone))
                        }
                    }
                }
            }
        }
    }
}

/// One line of lineage.
pub(crate) fn source(lineage: &Lineage, zone: Tz) -> Markup {
    html! {
        p.source data-object=[lineage.object_key.as_deref()] data-sha256=[lineage.sha256.as_deref()] data-record=(lineage.record) {
            (object(lineage.object_key.as_deref(), lineage.sha256.as_deref()))
            ", record " (lineage.record) ", map v" (lineage.map_version)
            ", first said " (time::at_second(lineage.first_seen_at, zone))
            @if lineage.last_seen_at != lineage.first_seen_at {
                ", last said " (time::at_second(lineage.last_seen_at, zone))
            }
        }
        @for flag in &lineage.flags { p.flag { (assumption(flag)) } }
    }
}

/// The key of an object and the start of its SHA-256, in full in the title.
pub(crate) fn object(key: Option<&str>, sha256: Option<&str>) -> Markup {
    html! {
        code.key { (key.unwrap_or("object no longer in the ledger")) }
        @if let Some(sha256) = sha256 {
            " " code.sha title={ "SHA-256 " (sha256) } { (sha256.get(..12).unwrap_or(sha256)) "…" }
        }
    }
}

/// What was assumed while reading, in words.
pub(crate) fn assumption(flag: &str) -> String {
    match flag.split_once(':') {
        Some((column, "date_only")) if column.starts_with("released") => {
            format!("{column}: the source gave a date without a time; the end of that day is assumed")
        }
        Some((column, "date_only")) => {
            format!("{column}: the source gave a date without a time; the start of that day is assumed")
        }
        Some((column, "dst")) => format!(
            "{column}: the clocks changed at that hour; of the possible moments, the one that keeps the patient listed longer is taken"
        ),
        _ => format!("assumed while reading: {flag}"),
    }
}
