//! What can be done about a stay, in its row: one form with a button for each act, in a disclosure that opens without a script.
//!
//! Invariant: the form says the same to every reader, for rows are drawn once for many. It carries the newest act, the clock and
//! the doubt that the row shows, so that nobody acts past somebody else, past a test or past what nobody knew.

use chrono::{DateTime, Utc};
use maud::{Markup, html};
use url::form_urlencoded::Serializer;

use crate::parts::{person, time};
use crate::reviewing::LONGEST_COMMENT;
use crate::views::board::{Person, Stay};
use crate::views::review::{Act, Reason};
use crate::words::acting as words;

/// Offered lengths of an acknowledgement, in hours.
pub(crate) const HOURS: [i64; 7] = [2, 4, 8, 12, 24, 48, 168];
pub(crate) const USUAL_HOURS: i64 = 8;

/// The form; `back` is the board that the reader looks at. Nothing where the identifiers could not be read.
pub(crate) fn draw(stay: &Stay, as_of: DateTime<Utc>, back: &str) -> Markup {
    let (Some(id), Some(case)) = (stay.person.patient_id.as_deref(), stay.case_number.as_deref()) else {
        return html! {};
    };
    let address = person::path("/patients", &[id, "stays", case]);
    let page = Serializer::new(String::new()).append_pair("back", back).finish();
    let is_acknowledged = stay.standing.is_acknowledged(stay.idle_since, as_of);
    html! {
        details.act {
            summary data-control="review" aria-label=(words::review(&named(&stay.person))) { (words::REVIEW) }
            form method="post" action=(address) data-act {
                input type="hidden" name="seen" value=(stay.standing.seen());
                (clock(stay.idle_since, stay.doubted_at))
                input type="hidden" name="back" value=(back);
                @if !is_acknowledged { (acknowledgement()) }
                label { (words::COMMENT) textarea name="comment" rows="2" maxlength=(LONGEST_COMMENT) {} }
                p.trouble role="alert" {}
                p.buttons {
                    @if is_acknowledged { (button(Act::Resumed, words::TAKE_BACK)) }
                    @else { (button(Act::Acknowledged, words::ACKNOWLEDGE)) }
                    (button(Act::Assigned, words::ASSIGN))
                    @if stay.standing.assigned_to().is_some() { (button(Act::Unassigned, words::GIVE_BACK)) }
                    (button(Act::Commented, words::ONLY_COMMENT))
                }
                a href={ (address) "?" (page) } { (words::EVERYTHING) }
            }
        }
    }
}

/// The clock and the doubt that an acknowledgement is about.
pub(super) fn clock(idle_since: Option<DateTime<Utc>>, doubted_at: Option<DateTime<Utc>>) -> Markup {
    html! {
        input type="hidden" name="idle_since" value=[idle_since.map(time::rfc3339)];
        @if let Some(doubted_at) = doubted_at { input type="hidden" name="doubted_at" value=(time::rfc3339(doubted_at)); }
    }
}

fn acknowledgement() -> Markup {
    html! {
        label { (words::WHY)
            select name="reason" {
                option value="" { (words::CHOOSE) }
                @for reason in Reason::ALL { option value=(reason.as_str()) { (words::reason(reason)) } }
            }
        }
        label { (words::COMES_BACK_IN) (hours()) }
    }
}

/// A choice of how long an acknowledgement holds.
fn hours() -> Markup {
    html! {
        select name="hours" {
            @for hours in HOURS { option value=(hours) selected[hours == USUAL_HOURS] { (time::duration(chrono::TimeDelta::hours(hours))) } }
        }
    }
}

fn button(act: Act, word: &str) -> Markup {
    let is_first = matches!(act, Act::Acknowledged | Act::Resumed);
    html! { button.quiet-button[!is_first] type="submit" name="act" value=(act.as_str()) { (word) } }
}

/// The patient in words, for those who do not see the row.
pub(crate) fn named(person: &Person) -> String {
    person::full_name(person).or_else(|| person.patient_id.clone()).unwrap_or_default()
}
