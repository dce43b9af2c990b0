//! Why a stay is on the board, in sentences: the clock first, then every doubt or the test to chase.
//!
//! Invariant: every reason that the database gives has a sentence, known or not; nothing is left out.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use maud::{Markup, html};

use crate::parts::{person, time};
use crate::views::board::{Doubt, OpenOrder, State};

/// What the sentences are made of; the board's rows and the patient's stays both have it.
pub(crate) struct Clocks<'a> {
    pub(crate) as_of: DateTime<Utc>,
    pub(crate) zone: Tz,
    pub(crate) admitted_at: Option<DateTime<Utc>>,
    pub(crate) released_at: Option<DateTime<Utc>>,
    pub(crate) idle_since: Option<DateTime<Utc>>,
    pub(crate) last_performed_at: Option<DateTime<Utc>>,
    pub(crate) open_order: Option<&'a OpenOrder>,
    pub(crate) state: State,
    pub(crate) doubt: &'a Doubt,
}

/// All sentences of a row.
pub(crate) fn draw(clocks: &Clocks<'_>) -> Markup {
    html! {
        @for reason in &clocks.doubt.reasons {
            p.reason data-reason=(reason) { (doubt(reason, clocks)) }
        }
        @if let Some(since) = clocks.idle_since { p.clock { (clock(since, clocks)) } }
        @if let Some(order) = clocks.open_order { p.order { (open_order(order, clocks)) } }
    }
}

fn clock(since: DateTime<Utc>, clocks: &Clocks<'_>) -> Markup {
    let idle = time::duration(clocks.as_of - since);
    html! {
        @if clocks.last_performed_at.is_some() {
            "No test performed for " (idle) ", since " (time::at(since, clocks.zone)) "."
        } @else {
            "No test performed since admission " (idle) " ago, " (time::at(since, clocks.zone)) "."
        }
    }
}

/// The newest order of which nothing was performed, told to be chased only where that is the state.
fn open_order(order: &OpenOrder, clocks: &Clocks<'_>) -> Markup {
    let age = time::duration(clocks.as_of - order.ordered_at);
    html! {
        strong { (order.test_name.as_deref().unwrap_or("A test")) }
        " (test " (order.test_id) ") ordered " (age) " ago, " (time::at(order.ordered_at, clocks.zone))
        ", by " (order.ordered_by.as_deref().unwrap_or("someone not recorded"))
        @if clocks.state == State::Chase { ", is not performed yet: chase it." } @else { ", was not performed." }
    }
}

fn doubt(reason: &str, clocks: &Clocks<'_>) -> Markup {
    match reason {
        "lis_stale" => html! { "Laboratory data is stale: a test may have been performed that is not shown." },
        "lis_held" => html! { "Laboratory files cannot be read: a test may have been performed that is not shown." },
        "shared_case_number" => shared_case_number(&clocks.doubt.conflict_with),
        "release_not_after_admission" => release_not_after_admission(clocks),
        "quarantined" => quarantined(clocks.doubt.quarantined),
        "waiting_result" => waiting(clocks.doubt.waiting_results),
        "unreadable_admission" => html! {
            "The admission record cannot be read, so nobody can tell since when. Look in the patient system; "
            a href="/ops#unreadable" { "ops see the record" } "."
        },
        other => html! { "In doubt: " (other) "." },
    }
}

fn shared_case_number(others: &[String]) -> Markup {
    html! {
        "The same case number is used for patient " (person::links(others))
        ". Neither clock can be trusted until it is decided whose stay it is."
    }
}

fn release_not_after_admission(clocks: &Clocks<'_>) -> Markup {
    html! {
        "The release"
        @if let Some(released) = clocks.released_at { " (" (time::at(released, clocks.zone)) ")" }
        " is not after the admission"
        @if let Some(admitted) = clocks.admitted_at { " (" (time::at(admitted, clocks.zone)) ")" }
        ": is the patient still here?"
    }
}

fn quarantined(count: i64) -> Markup {
    html! {
        @if count == 1 { "1 record about this patient is" } @else { (count) " records about this patient are" }
        " newer than what is shown and cannot be read."
    }
}

fn waiting(count: i64) -> Markup {
    html! {
        @if count == 1 {
            "1 result within this stay may be this patient's: its test id is shared with another patient."
        } @else {
            (count) " results within this stay may be this patient's: their test ids are shared with other patients."
        }
    }
}
