//! The list of everyone known, to find a patient by name or id.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use maud::{Markup, html};

use crate::parts::{layout, number, person};
use crate::query::PatientsQuery;
use crate::views::patients::{Known, Patients};
use crate::words::{label, pager, patients as words};

/// The whole page.
pub(crate) fn draw(patients: &Patients, query: &PatientsQuery, as_of: DateTime<Utc>, zone: Tz) -> layout::Sheet {
    let content = html! {
        header.head { div.headline { h1 { (label::PATIENTS) } } }
        form.filter method="get" action="/patients" role="search" aria-label=(words::FILTER) {
            p.field.grow {
                label for="q" { (words::TEXT) }
                input #q type="search" name="q" maxlength="100" autocomplete="off" value=[query.text.as_deref()];
            }
            p.field.actions {
                button type="submit" { (words::FIND) }
                @if query.text.is_some() { a.button.quiet-button href="/patients" { (label::CLEAR) } }
            }
        }
        @if patients.known.is_empty() { (empty(query)) } @else { (list(patients, query, as_of, zone)) }
        div.foot { (pages(patients, query)) }
    };
    layout::page(&layout::Frame { title: label::PATIENTS, place: "/patients", is_live: false }, &content)
}

fn empty(query: &PatientsQuery) -> Markup {
    html! {
        div #empty.empty {
            @if query.text.is_some() {
                h2 { (words::NOBODY) }
                p { (words::CHECK) }
            } @else {
                h2 { (words::NOBODY_YET) }
                p { (words::appear("/ops")) }
            }
        }
    }
}

/// The next page begins where this one ends: no page is counted.
fn pages(patients: &Patients, query: &PatientsQuery) -> Markup {
    html! {
        nav.pager aria-label=(pager::PAGES) {
            @if query.after.is_some() { a.step rel="first" data-control="first" href=(query.link(None)) { (pager::FIRST_PAGE) } }
            @if let Some(next) = &patients.next { a.step rel="next" data-control="next" href=(query.link(Some(next))) { (pager::NEXT_PAGE) } }
        }
    }
}

fn list(patients: &Patients, query: &PatientsQuery, as_of: DateTime<Utc>, zone: Tz) -> Markup {
    html! {
        @if patients.are_alike {
            p #alike.notice { (words::alike(query.text.as_deref().unwrap_or_default())) }
        }
        table.plain.cards #patients role="table" {
            caption {
                @if let Some(total) = patients.total { (words::total(total, &number::count(total))) }
                @if !patients.are_alike { (words::CAPTION) }
            }
            thead role="rowgroup" { tr role="row" { @for word in [label::PATIENT, label::BORN, label::ID, words::IN_HOSPITAL] { th scope="col" role="columnheader" { (word) } } } }
            tbody role="rowgroup" { @for known in &patients.known { (line(known, as_of, zone)) } }
        }
    }
}

fn line(known: &Known, as_of: DateTime<Utc>, zone: Tz) -> Markup {
    let id = known.person.patient_id.as_deref().unwrap_or_default();
    html! {
        tr role="row" data-patient=(id) {
            th scope="row" role="rowheader" {
                a.who href=(person::address(id)) { (person::name(&known.person)) }
                @if known.look_alike { " " (person::look_alike()) }
            }
            td role="cell" { @if known.person.name_received { (person::born(known.person.date_of_birth, as_of, zone)) } @else { span.none { (words::NOT_RECEIVED) } } }
            td.id role="cell" { (id) }
            td role="cell" { span.label { (words::IN_HOSPITAL) } @if known.locations.is_empty() { span.none { (words::NOT_IN_HOSPITAL) } } @else { (known.locations.join("; ")) } }
        }
    }
}
