//! What the reader has just done, at the head of the board, with the way back.
//!
//! Invariant: it stands outside of what is drawn for many, for it is the reader's own.

use chrono_tz::Tz;
use maud::{Markup, html};

use super::act::named;
use crate::parts::{person, time};
use crate::views::board::Person;
use crate::views::review::{Act, Review};
use crate::words::acting as words;

/// The reader's newest act, while it is new.
pub(crate) struct Told<'a> {
    pub(crate) review: &'a Review,
    /// The newest act about the stay, whoever did it.
    pub(crate) seen: i64,
    pub(crate) person: &'a Person,
    /// The board that the reader looks at.
    pub(crate) back: String,
}

/// The place is always there, so that it is announced when it fills.
pub(crate) fn draw(told: Option<&Told<'_>>, zone: Tz) -> Markup {
    html! {
        div #told role="status" tabindex="-1" {
            @if let Some(told) = told { (notice(told, zone)) }
        }
    }
}

fn notice(told: &Told<'_>, zone: Tz) -> Markup {
    let review = told.review;
    let act = Act::from_word(&review.act).unwrap_or(Act::Commented);
    html! {
        div.notice data-told=(review.act) {
            p {
                strong { (words::told(act, &named(told.person))) }
                @if let Some(returns) = review.returns_at { " " (words::comes_back(&time::at(returns, zone))) }
            }
            @if let Some(undo) = undo(act, review) {
                form method="post" action=(person::path("/patients", &[&review.patient_id, "stays", &review.case_number])) data-act {
                    input type="hidden" name="seen" value=(told.seen);
                    input type="hidden" name="back" value=(told.back);
                    button.quiet-button type="submit" name="act" value=(undo.as_str()) data-control="undo" { (words::UNDO) }
                    span.trouble role="alert" {}
                }
            }
        }
    }
}

/// What takes an act back; what was said stays said, and an acknowledgement is made again with its reason. A stay that somebody
/// else had taken on cannot be given back to them: whoever takes one on does so for themselves.
fn undo(act: Act, review: &Review) -> Option<Act> {
    let held_before = review.held_before.as_deref();
    match act {
        Act::Acknowledged => Some(Act::Resumed),
        Act::Assigned if held_before.is_none() => Some(Act::Unassigned),
        Act::Unassigned if held_before == Some(review.by_account.as_str()) => Some(Act::Assigned),
        Act::Assigned | Act::Unassigned | Act::Resumed | Act::Commented => None,
    }
}
