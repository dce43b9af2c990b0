//! The list of everyone known, to find a patient by name or id.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use maud::{Markup, html};

use crate::parts::{layout, pager, person};
use crate::query::PatientsQuery;
use crate::views::patients::{Known, Patients};

/// The whole page.
pub(crate) fn draw(patients: &Patients, query: &PatientsQuery, as_of: DateTime<Utc>, zone: Tz) -> Markup {
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
        @if patients.total == 0 { (empty(query)) } @else { (list(patients, as_of, zone)) }
        div.foot { (pager::draw(patients.page, patients.last_page, query.per_page, patients.total, |page| query.page_link(page))) }
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

fn list(patients: &Patients, as_of: DateTime<Utc>, zone: Tz) -> Markup {
    html! {
        table.plain #patients {
            caption { "By name; those known only from an admission last" }
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
