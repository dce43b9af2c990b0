//! The trail of what was done, for those who look after accounts.

use chrono_tz::Tz;
use maud::{Markup, html};

use crate::parts::layout::{Frame, Sheet, page};
use crate::parts::time;
use crate::query::AuditQuery;
use crate::views::audit::PER_PAGE;
use crate::views::audit::Row;
use wardwatch_identity::access::Opening;

/// The whole page.
pub(crate) fn draw(rows: &[Row], openings: &[Opening], query: &AuditQuery, zone: Tz) -> Sheet {
    let content = html! {
        header.head { div.headline { h1 { "Audit" } p.as-of { "What was done, the newest first. " code { "wardwatch-dashboard audit verify" } " proves that none is missing or altered." } } }
        @if !openings.is_empty() { (to_review(openings, zone)) }
        form.filter method="get" action="/audit" role="search" aria-label="Narrow the audit" {
            (field("name", "Account", query.name.as_deref()))
            (field("patient", "Patient id", query.patient.as_deref()))
            (field("action", "Action", query.action.as_deref()))
            (day("from", "From", query.from.as_deref()))
            (day("until", "Until", query.until.as_deref()))
            p.field.actions { button type="submit" { "Find" } a.button.quiet-button href="/audit" { "Clear" } }
        }
        @if rows.is_empty() { p.none { "No such row." } } @else {
            div.scroll tabindex="0" role="group" aria-label="Audit" { table.plain #audit {
                caption { "The newest first" }
                thead { tr { @for column in ["Row", "When", "Who", "What", "Patient", "About", "Why", "From"] { th scope="col" { (column) } } } }
                tbody { @for row in rows { (line(row, zone)) } }
            } }
            @if let Some(last) = rows.last().filter(|_| rows.len() as i64 == PER_PAGE) {
                nav.pager aria-label="Pages" { a.step rel="next" href=(query.older_link(last.audit_id)) { "Older" } }
            }
        }
    };
    page(&Frame { title: "Audit", place: "/audit", is_live: false, reload: None }, &content)
}

/// Records of other departments' patients that were opened, until somebody says that they have looked into it.
fn to_review(openings: &[Opening], zone: Tz) -> Markup {
    html! {
        section #reviews.doubt-section aria-labelledby="heading-reviews" {
            h2 #heading-reviews { "To review: other departments' patients that were opened (" (openings.len()) ")" }
            ul { @for opening in openings { li data-opening=(opening.break_glass_id) {
                p { strong { (opening.name) } " opened patient " strong { (opening.patient_id) } " on " (time::at(opening.opened_at, zone)) ": " (opening.reason) }
                form method="post" action="/audit/reviews" {
                    input type="hidden" name="opening" value=(opening.break_glass_id);
                    button.quiet-button type="submit" { "Reviewed" span.quiet { ": " (opening.name) ", patient " (opening.patient_id) } }
                }
            } } }
        }
    }
}

fn field(name: &str, label: &str, value: Option<&str>) -> Markup {
    html! {
        p.field {
            label for=(name) { (label) }
            input id=(name) type="search" name=(name) maxlength="100" autocomplete="off" value=[value];
        }
    }
}

fn day(name: &str, label: &str, value: Option<&str>) -> Markup {
    html! { p.field { label for=(name) { (label) } input id=(name) type="date" name=(name) value=[value]; } }
}

fn line(row: &Row, zone: Tz) -> Markup {
    let text = |said: Option<&str>| html! { @if let Some(said) = said { (said) } @else { span.none { "–" } } };
    html! {
        tr {
            th scope="row" { (row.audit_id) }
            td { (time::at_second(row.at, zone)) }
            td { (text(row.actor.as_deref())) @if let Some(role) = &row.role { " (" (role) ")" } }
            td { (row.action) }
            td.id { (text(row.patient_id.as_deref())) }
            td { (text(row.about.as_deref())) }
            td { (text(row.reason.as_deref())) }
            td { (text(row.address.as_deref())) }
        }
    }
}
