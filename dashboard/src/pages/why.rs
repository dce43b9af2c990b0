//! Why a stay is on the board, in one sentence: the clock first, then every doubt, then the test to chase.
//!
//! Invariant: every reason that the database gives has a clause, known or not; nothing is left out.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use maud::{Markup, html};

use super::leads::Leads;
use crate::parts::{number, person, time};
use crate::views::board::{Doubt, OpenOrder, State};
use crate::words::why as words;

/// Where records are seen that cannot be read.
const UNREADABLE: &str = "/ops#unreadable";

/// What the sentence is made of; the board's rows and the patient's stays both have it.
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
    /// Which ids and records are links.
    pub(crate) leads: Leads,
}

/// The sentence, short enough for a row: the moment of an order is told where its age is pointed at.
pub(crate) fn draw(clocks: &Clocks<'_>) -> Markup {
    sentence(clocks, |length, at, zone| time::said(&words::ago(length), at, zone))
}

/// The sentence with every moment in letters: nobody can point at paper, or with a finger.
pub(crate) fn in_full(clocks: &Clocks<'_>) -> Markup {
    sentence(clocks, |length, at, zone| words::ago_at(length, &time::at(at, zone)))
}

/// How an order's age is told, from its length on.
type Ago = fn(&str, DateTime<Utc>, Tz) -> Markup;

fn sentence(clocks: &Clocks<'_>, ago: Ago) -> Markup {
    html! {
        p.sentence {
            span.clock { (clock(clocks)) }
            @for reason in &clocks.doubt.reasons { "; " span.reason data-reason=(reason) { (doubt(reason, clocks)) } }
            @if let Some(order) = clocks.open_order { "; " span.order { (open_order(order, clocks, ago)) } }
            "."
        }
    }
}

fn clock(clocks: &Clocks<'_>) -> Markup {
    let Some(since) = clocks.idle_since else { return html! { (words::NO_CLOCK) } };
    let (length, at) = (time::duration(clocks.as_of - since), time::at(since, clocks.zone));
    match clocks.last_performed_at {
        Some(_) => words::idle(&length, &at),
        None => words::idle_since_admission(&length, &at),
    }
}

/// The newest order of which nothing was performed, told to be chased only where that is the state.
fn open_order(order: &OpenOrder, clocks: &Clocks<'_>, ago: Ago) -> Markup {
    let ago = ago(&time::duration(clocks.as_of - order.ordered_at), order.ordered_at, clocks.zone);
    let said = words::Ordered {
        test: order.test_name.as_deref(),
        id: &order.test_id,
        ago: &ago,
        by: order.ordered_by.as_deref(),
    };
    if clocks.state == State::Chase { words::on_its_way(&said) } else { words::never_performed(&said) }
}

/// The other patients under the same case number.
fn others(clocks: &Clocks<'_>) -> Markup {
    let ids = &clocks.doubt.conflict_with;
    if clocks.leads.patients {
        person::links(ids)
    } else {
        html! { (ids.join(", ")) }
    }
}

fn doubt(reason: &str, clocks: &Clocks<'_>) -> Markup {
    let at = |moment: Option<DateTime<Utc>>| moment.map(|moment| time::at(moment, clocks.zone));
    match reason {
        "lis_stale" => html! { (words::LIS_STALE) },
        "lis_held" => html! { (words::LIS_HELD) },
        "shared_case_number" => words::shared_case_number(&others(clocks)),
        "release_not_after_admission" => {
            words::release_not_after_admission(at(clocks.released_at).as_ref(), at(clocks.admitted_at).as_ref())
        }
        "quarantined" => {
            html! { (words::quarantined(clocks.doubt.quarantined, &number::count(clocks.doubt.quarantined))) }
        }
        "waiting_result" => {
            html! { (words::waiting(clocks.doubt.waiting_results, &number::count(clocks.doubt.waiting_results))) }
        }
        "unreadable_admission" => words::unreadable_admission(clocks.leads.ops.then_some(UNREADABLE)),
        other => html! { (words::other_doubt(other)) },
    }
}
