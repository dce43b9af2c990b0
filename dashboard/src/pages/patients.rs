//! The list of everyone known, to find a patient by name or id.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use maud::{Markup, html};

use crate::parts::{layout, person};
use crate::query::PatientsQuery;
use crate::views::patients::{Known, Patients};

/// The whole page.
pub(crate) fn draw(patients: &Patients, query: &PatientsQuery, as_of: DateTime<Utc>, zone: Tz) -> layout::Sheet {
    let content = html! {
        header.head { div.headline { h1 { "Patients" } } }
        form.filter method="get" action="/patients" role="search" aria-label="Find a patient" {
            p.field.grow {
                label for="q" { "Name or id" }
                input #q type="search" name="q" maxlength="100" autocomplete="off" value=[query.text.as_deref()];
            }
            p.field.actions {
                button type="submit" { "Find" }
                @if query.text.is_some() { a.button.quiet-button href="/patients" { "Clear" } }
            }
        }
        @if patients.known.is_empty() { (empty(query)) } @else { (list(patients, query, as_of, zone)) }
        div.foot { (pages(patients, query)) }
    };
    layout::page(&layout::Frame { title: "Patients", place: "/patients", is_live: false, reload: None }, &content)
}

fn empty(query: &PatientsQuery) -> Markup {
    html! {
        div #empty.empty {
            @if query.text.is_some() {
                h2 { "Nobody is found" }
                p { "Check the spelling, or type the id (leading zeros matter)." }
            } @else {
                h2 { "No patient has been received yet" }
                p { "Patients appear as files are loaded. " a href="/ops" { "What is loaded" } "." }
            }
        }
    }
}

/// The next page begins where this one ends: no page is counted.
fn pages(patients: &Patients, query: &PatientsQuery) -> Markup {
    html! {
        nav.pager aria-label="Pages" {
            @if query.after.is_some() { a.step rel="first" data-control="first" href=(query.link(None)) { "First page" } }
            @if let Some(next) = &patients.next { a.step rel="next" data-control="next" href=(query.link(Some(next))) { "Next page" } }
        }
    }
}

fn total(total: Option<i64>) -> Markup {
    html! {
        @match total {
            None => {},
            Some(1) => "1 patient. ",
            Some(more) => { (more) " patients. " }
        }
    }
}

fn list(patients: &Patients, query: &PatientsQuery, as_of: DateTime<Utc>, zone: Tz) -> Markup {
    html! {
        @if patients.are_alike {
            p #alike.notice { "Nobody is called " strong { (query.text.as_deref().unwrap_or_default()) } ". These names are written nearly like it:" }
        }
        table.plain #patients {
            caption { (total(patients.total)) @if !patients.are_alike { "By name; those known only from an admission last" } }
            thead { tr { th scope="col" { "Patient" } th scope="col" { "Born" } th scope="col" { "Id" } th scope="col" { "In hospital now" } } }
            tbody { @for known in &patients.known { (line(known, as_of, zone)) } }
        }
    }
}

fn line(known: &Known, as_of: DateTime<Utc>, zone: Tz) -> Markup {
    let id = known.person.patient_id.as_deref().unwrap_or_default();
    html! {
        tr data-patient=(id) {
            th scope="row" { a.who href=(person::address(id)) { (person::name(&known.person)) } }
            td { @if known.person.name_received { (person::born(known.person.date_of_birth, as_of, zone)) } @else { span.none { "not received" } } }
            td.id { (id) }
            td { @if known.locations.is_empty() { span.none { "no" } } @else { (known.locations.join("; ")) } }
        }
    }
}
