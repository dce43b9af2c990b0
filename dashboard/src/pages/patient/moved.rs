//! Results that stood as the patient's and do so no longer: somebody may have acted on them.
//!
//! Invariant: each is told with the value that it had here. Whose it is now is not: only that it is another patient's, or nobody's.

use chrono_tz::Tz;
use maud::{Markup, html};

use crate::pages::leads::Leads;
use crate::pages::orders;
use crate::parts::{lineage, number, person, time};
use crate::views::patient::Moved;
use crate::words::{orders as order_words, patient as say};

/// The section of them; nothing where there is none.
pub(super) fn draw(moved: &[Moved], leads: Leads, zone: Tz) -> Markup {
    html! {
        @if !moved.is_empty() {
            section #moved.doubt-section data-key="moved" data-list aria-labelledby="heading-moved" {
                h2 #heading-moved data-key="heading" { (say::moved(&number::size(moved.len()))) }
                p data-key="why" { (say::WHY_MOVED) }
                ul data-key="each" data-list { @for one in moved { (one_moved(one, leads, zone)) } }
            }
        }
    }
}

fn one_moved(one: &Moved, leads: Leads, zone: Tz) -> Markup {
    let said = &one.result.current.value;
    let performed = time::at(said.performed_at, zone);
    html! {
        li data-key={ "result " (said.result_id) } data-result=(said.result_id) data-waits=(one.waits) {
            p { (say::one_result(&order_words::value(said), &performed, &said.result_id, &said.test_id)) }
            p.reason { (if one.waits { say::WAITS_NOW } else { say::ANOTHERS_NOW }) }
            @if one.waits && leads.ops { p { a href=(person::path("/ops/results", &[&said.result_id])) { (say::DECIDE_RESULT) } } }
            (lineage::source(&one.result.current.lineage, zone))
            (lineage::earlier(&one.result, zone, |said| orders::earlier_result(said, zone)))
        }
    }
}
