//! One row of the board: a table row on a wide screen, a card on a narrow one.
//!
//! Invariant: no clock is ever blank. `data-sig` changes when the row says something new, not when its age ticks on.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use maud::{Markup, html};

use super::leads::Leads;
use super::why::{self, Clocks};
use super::{act, review};
use crate::parts::{badge, person, time};
use crate::query::Sort;
use crate::views::board::Stay;
use crate::words::board::column;
use crate::words::{self, row as say};

/// Draws a readable stay; `leads`: where the reader may be led; `back`: the board to which acting on it leads
/// back, where they may act.
pub(crate) fn draw(stay: &Stay, as_of: DateTime<Utc>, zone: Tz, leads: Leads, back: Option<&str>) -> Markup {
    html! {
        tr.stay role="row" data-key=(key(stay)) data-sig=(signature(stay)) data-state=(stay.state.as_str())
            data-patient=[stay.person.patient_id.as_deref()] data-case=[stay.case_number.as_deref()]
            data-severity=[severity(stay, as_of)] {
            td.c-state role="cell" { (badge::of(stay, as_of)) span.news { (say::NEW) } }
            (patient(stay, as_of, zone, leads))
            td.c-place role="cell" { (place(stay)) }
            td.c-idle role="cell" { (idle(stay, as_of)) }
            td.c-why role="cell" {
                (why::draw(&clocks(stay, as_of, zone, leads)))
                @if let Some(due) = stay.due_at { p.due { (say::due(&time::at(due, zone), &time::duration(due - as_of))) } }
                (review::mark(stay, as_of, zone))
                @if let Some(back) = back { (act::draw(stay, as_of, back)) }
            }
            td.c-performed role="cell" { span.label { (column(Sort::Performed)) } (last_performed(stay, zone)) }
            td.c-ordered role="cell" { span.label { (column(Sort::Ordered)) } (last_ordered(stay, zone)) }
            td.c-stay role="cell" { span.label { (column(Sort::Admitted)) } (length(stay, as_of, zone)) }
            td.c-physician role="cell" {
                span.label { (column(Sort::Physician)) }
                (stay.physician.as_deref().unwrap_or(words::NOT_RECORDED))
            }
        }
    }
}

/// Draws an admission of which not even the time could be read; `leads` as in [`draw`].
pub(crate) fn draw_unreadable(stay: &Stay, as_of: DateTime<Utc>, zone: Tz, leads: Leads) -> Markup {
    html! {
        tr.stay.unreadable role="row" data-key=(key(stay)) data-sig=(signature(stay)) data-state=(stay.state.as_str())
            data-patient=[stay.person.patient_id.as_deref()] data-case=[stay.case_number.as_deref()] {
            td.c-state role="cell" { (badge::draw(stay.state)) span.news { (say::NEW) } }
            (patient(stay, as_of, zone, leads))
            td.c-why role="cell" { (why::draw(&clocks(stay, as_of, zone, leads))) }
        }
    }
}

/// Stays the same while the row is about the same stay. The length of the id says where it ends, whatever it holds.
fn key(stay: &Stay) -> String {
    let id = stay.person.patient_id.as_deref().unwrap_or_default();
    let case = stay.case_number.as_deref().unwrap_or_default();
    format!("{}|{id}|{case}|{}", id.len(), stay.twin)
}

/// Everything that the row says but for ages.
fn signature(stay: &Stay) -> String {
    let times = [stay.admitted_at, stay.released_at, stay.last_performed_at, stay.last_ordered_at]
        .map(|at| at.map_or(0, |at| at.timestamp()));
    let place = [&stay.department, &stay.room, &stay.physician, &stay.person.first_name, &stay.person.last_name]
        .map(|text| text.as_deref().unwrap_or_default());
    let order = stay.open_order.as_ref().map_or("", |order| order.test_id.as_str());
    let doubt = (&stay.doubt.reasons, &stay.doubt.conflict_with, stay.doubt.waiting_results, stay.doubt.quarantined);
    crate::assets::fingerprint(&format!(
        "{:?}",
        (stay.state.as_str(), times, place, order, doubt, stay.person.date_of_birth, stay.standing.seen())
    ))
}

/// What the sentence of a listed stay goes by; `leads` as in [`Clocks`].
pub(super) fn clocks(stay: &Stay, as_of: DateTime<Utc>, zone: Tz, leads: Leads) -> Clocks<'_> {
    Clocks {
        as_of,
        zone,
        admitted_at: stay.admitted_at,
        released_at: stay.released_at,
        idle_since: stay.idle_since,
        last_performed_at: stay.last_performed_at,
        open_order: stay.open_order.as_ref(),
        state: stay.state,
        doubt: &stay.doubt,
        leads,
    }
}

fn patient(stay: &Stay, as_of: DateTime<Utc>, zone: Tz, leads: Leads) -> Markup {
    let id = stay.person.patient_id.as_deref().unwrap_or(words::person::UNREADABLE);
    let case = stay.case_number.as_deref().unwrap_or(words::person::UNREADABLE);
    html! {
        th.c-patient scope="row" role="rowheader" {
            @match &stay.person.patient_id {
                Some(id) if leads.patients => a.who href=(person::address(id)) data-control="patient" { (person::name(&stay.person)) },
                Some(_) => span.who { (person::name(&stay.person)) },
                None => span.who { (words::person::ID_UNREADABLE) },
            }
            @if stay.look_alike { " " (person::look_alike()) }
            @if stay.person.name_received { (person::born(stay.person.date_of_birth, as_of, zone)) }
            span.ids { (say::ids(&html! { span.id { (id) } }, &html! { span.case { (case) } })) }
        }
    }
}

fn place(stay: &Stay) -> Markup {
    html! {
        span.department { (stay.department.as_deref().unwrap_or(words::NO_DEPARTMENT)) }
        span.room { @match &stay.room { Some(room) => (words::room(room)), None => (words::NO_ROOM) } }
    }
}

fn idle(stay: &Stay, as_of: DateTime<Utc>) -> Markup {
    html! {
        span.label { (column(Sort::Idle)) }
        @match stay.idle_for(as_of) {
            Some(idle) => span.idle { (time::duration(idle)) },
            None => span.idle { (words::NOT_KNOWN) },
        }
        @if let Some((past, hours)) = past(stay, as_of) { span.past { (say::past(&time::duration(past), hours)) } }
    }
}

/// How far past its threshold a stay is, and that threshold.
fn past(stay: &Stay, as_of: DateTime<Utc>) -> Option<(TimeDelta, i32)> {
    let hours = stay.threshold_hours?;
    let past = stay.idle_for(as_of)? - TimeDelta::hours(i64::from(hours));
    (past > TimeDelta::zero()).then_some((past, hours))
}

/// How many times over the threshold, where that is crossed: 1 beyond it, 2 beyond its double, 3 beyond its fourfold.
fn severity(stay: &Stay, as_of: DateTime<Utc>) -> Option<u8> {
    let threshold = TimeDelta::hours(i64::from(stay.threshold_hours?));
    let idle = stay.idle_for(as_of).filter(|_| !stay.is_ahead(as_of))?;
    Some(if idle > threshold * 4 {
        3
    } else if idle > threshold * 2 {
        2
    } else {
        1
    })
}

/// When the latest test was performed; never blank.
fn last_performed(stay: &Stay, zone: Tz) -> Markup {
    html! {
        @match stay.last_performed_at {
            Some(at) => (time::at(at, zone)),
            None => span.none { (words::NONE_SINCE_ADMISSION) },
        }
    }
}

fn last_ordered(stay: &Stay, zone: Tz) -> Markup {
    html! {
        @match stay.last_ordered_at {
            Some(at) => (time::at(at, zone)),
            None => span.none { (words::NONE_SINCE_ADMISSION) },
        }
    }
}

fn length(stay: &Stay, as_of: DateTime<Utc>, zone: Tz) -> Markup {
    html! {
        @if let Some(admitted) = stay.admitted_at {
            span.length { (time::duration(as_of - admitted)) }
            span.since { (say::since(&time::at(admitted, zone))) }
        } @else { span.none { (say::ADMISSION_NOT_READ) } }
        @match stay.released_at {
            Some(released) if released > as_of => span.release { (say::release_planned(&time::at(released, zone))) },
            Some(released) => span.release { (say::released(&time::at(released, zone))) },
            None => "",
        }
    }
}
