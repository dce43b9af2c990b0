//! The trail of what was done, for those who look after accounts.

use chrono_tz::Tz;
use maud::{Markup, html};

use crate::parts::layout::{Frame, Sheet, page};
use crate::parts::{number, time};
use crate::query::AuditQuery;
use crate::views::audit::PER_PAGE;
use crate::views::audit::Row;
use crate::words::audit as words;
use wardwatch_identity::access::Opening;

/// The whole page.
pub(crate) fn draw(rows: &[Row], openings: &[Opening], query: &AuditQuery, zone: Tz) -> Sheet {
    let content = html! {
        header.head { div.headline { h1 { (words::TITLE) } p.as-of { (words::what_it_is()) } } }
        @if !openings.is_empty() { (to_review(openings, zone)) }
        form.filter method="get" action="/audit" role="search" aria-label=(words::NARROW) {
            (field("name", words::ACCOUNT, query.name.as_deref()))
            (field("patient", words::PATIENT_ID, query.patient.as_deref()))
            (field("action", words::ACTION, query.action.as_deref()))
            (day("from", words::FROM, query.from.as_deref()))
            (day("until", words::UNTIL, query.until.as_deref()))
            p.field.actions { button type="submit" { (words::FIND) } a.button.quiet-button href="/audit" { (words::CLEAR) } }
        }
        @if rows.is_empty() { p.none { (words::EMPTY) } } @else {
            div.scroll tabindex="0" role="group" aria-label=(words::TITLE) { table.plain #audit {
                caption { (words::CAPTION) }
                thead { tr { @for column in words::COLUMNS { th scope="col" { (column) } } } }
                tbody { @for row in rows { (line(row, zone)) } }
            } }
            @if let Some(last) = rows.last().filter(|_| rows.len() as i64 == PER_PAGE) {
                nav.pager aria-label=(words::PAGES) { a.step rel="next" href=(query.older_link(last.audit_id)) { (words::OLDER) } }
            }
        }
    };
    page(&Frame { title: words::TITLE, place: "/audit", is_live: false }, &content)
}

/// Records of other departments' patients that were opened, until somebody says that they have looked into it.
fn to_review(openings: &[Opening], zone: Tz) -> Markup {
    html! {
        section #reviews.doubt-section aria-labelledby="heading-reviews" {
            h2 #heading-reviews { (words::to_review(&number::size(openings.len()))) }
            ul { @for opening in openings { li data-opening=(opening.break_glass_id) {
                p { (words::opened(&opening.name, &opening.patient_id, &time::at(opening.opened_at, zone), &opening.reason)) }
                form method="post" action="/audit/reviews" {
                    input type="hidden" name="opening" value=(opening.break_glass_id);
                    button.quiet-button type="submit" { (words::reviewed(&opening.name, &opening.patient_id)) }
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
    let text =
        |said: Option<&str>| html! { @if let Some(said) = said { (said) } @else { span.none { (words::NOTHING) } } };
    html! {
        tr {
            th scope="row" { (row.audit_id) }
            td { (time::at_second(row.at, zone)) }
            td { (words::who(&text(row.actor.as_deref()), row.role.as_deref())) }
            td { (row.action) }
            td.id { (text(row.patient_id.as_deref())) }
            td { (text(row.about.as_deref())) }
            td { (text(row.reason.as_deref())) }
            td { (text(row.address.as_deref())) }
        }
    }
}
