//! Where a value comes from: object, SHA-256, record, map version; and what it was before.
//!
//! Invariant: two versions that read alike are never left unexplained.

use std::iter::once;

use chrono_tz::Tz;
use maud::{Markup, html};

use super::{number, time};
use crate::views::tracked::{Lineage, Tracked};
use crate::words::lineage as words;

/// The source of a row in a disclosure, with its earlier versions as `describe` puts them.
pub(crate) fn disclose<T>(tracked: &Tracked<T>, zone: Tz, describe: impl Fn(&T) -> String) -> Markup {
    html! {
        details.lineage {
            summary { (words::source(tracked.earlier.len(), &number::size(tracked.earlier.len()))) }
            (source(&tracked.current.lineage, zone))
            (earlier(tracked, zone, describe))
        }
    }
}

/// What a row was before, the newest first, each as `describe` puts it.
pub(crate) fn earlier<T>(tracked: &Tracked<T>, zone: Tz, describe: impl Fn(&T) -> String) -> Markup {
    html! {
        @if !tracked.earlier.is_empty() {
            ol.earlier aria-label=(words::EARLIER) {
                @for (newer, version) in once(&tracked.current).chain(&tracked.earlier).zip(&tracked.earlier) {
                    @let said = describe(&version.value);
                    @let is_the_same = said == describe(&newer.value) && version.lineage.flags == newer.lineage.flags;
                    li {
                        p.was { (if is_the_same { words::was_the_same(&said) } else { words::was(&said) }) }
                        (source(&version.lineage, zone))
                    }
                }
            }
        }
    }
}

/// One line of lineage.
pub(crate) fn source(lineage: &Lineage, zone: Tz) -> Markup {
    let object = object(lineage.object_key.as_deref(), lineage.sha256.as_deref());
    let first = time::at_second(lineage.first_seen_at, zone);
    let is_said_again = lineage.last_seen_at != lineage.first_seen_at;
    let last = is_said_again.then(|| time::at_second(lineage.last_seen_at, zone));
    html! {
        p.source data-object=[lineage.object_key.as_deref()] data-sha256=[lineage.sha256.as_deref()] data-record=(lineage.record) {
            (words::given(&object, (lineage.record, lineage.map_version), &first, last.as_ref()))
        }
        @for flag in &lineage.flags { p.flag { (words::assumption(flag)) } }
    }
}

/// The key of an object and the start of its SHA-256, in full in the title.
pub(crate) fn object(key: Option<&str>, sha256: Option<&str>) -> Markup {
    html! {
        code.key { (key.unwrap_or(words::NO_OBJECT)) }
        @if let Some(sha256) = sha256 {
            " " code.sha title=(words::sha256(sha256)) { (sha256.get(..12).unwrap_or(sha256)) "…" }
        }
    }
}
