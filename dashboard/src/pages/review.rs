//! One stay, to be acted on: who, why it is on the board, what was done before, and what can be done now.
//!
//! Invariant: the word is review, not order. Every form carries the newest act that the page shows, so that nobody acts past
//! somebody else.

use chrono_tz::Tz;
use maud::{Markup, html};

use super::act::{HOURS, USUAL_HOURS};
use super::why::{self, Clocks};
use crate::acting::Acting;
use crate::html::review::Reviewed;
use crate::parts::{badge, layout, person, time};
use crate::people::Who;
use crate::reviewing::{Asked, LONGEST_COMMENT, LONGEST_DAYS};
use crate::views::board::State;
use crate::views::review::{Act, Reason, Review};
use crate::words;

/// What the page is drawn from.
pub(crate) struct View<'a> {
    pub(crate) stay: &'a Reviewed,
    pub(crate) back: &'a str,
    /// Why nothing was written.
    pub(crate) trouble: Option<&'a str>,
    /// What was asked for and not written: it need not be typed again.
    pub(crate) typed: Option<&'a Asked>,
    pub(crate) acting: Acting,
    pub(crate) who: &'a Who,
    pub(crate) zone: Tz,
}

/// The whole page.
pub(crate) fn draw(view: &View<'_>) -> layout::Sheet {
    let title = person::full_name(&view.stay.entry.person).unwrap_or_else(|| view.stay.patient_id.clone());
    let content = html! {
        div #review {
            p.back { a href=(view.back) { "Back to the board" } }
            (banner(view))
            @if let Some(trouble) = view.trouble { div #trouble.banner role="alert" { p { strong { "Nothing was written. " } (trouble) } } }
            (standing(view))
            @if view.acting.is_on() { div.asks { (acknowledge(view)) div.column { (care(view)) (comment(view)) } } }
            @else { p.none { "Acting on pages is switched off here." } }
            (history(&view.stay.history, view.zone))
        }
    };
    let title = format!("Review {title}");
    layout::page(&layout::Frame { title: &title, place: "/", is_live: false, reload: None }, &content)
}

fn banner(view: &View<'_>) -> Markup {
    let (entry, as_of) = (&view.stay.entry, view.stay.as_of);
    let state = if entry.doubt.reasons.is_empty() { State::Overdue } else { State::Unknown };
    let state = if state == State::Overdue && entry.open_order.is_some() { State::Chase } else { state };
    html! {
        header.patient-banner {
            h1 { "Review " (person::name(&entry.person)) }
            dl {
                div { dt.quiet { "Born" } dd { (person::born(entry.person.date_of_birth, as_of, view.zone)) } }
                div { dt { "Id" } dd.id { a href=(person::address(&view.stay.patient_id)) { (view.stay.patient_id) } } }
                div { dt { "Case" } dd { (view.stay.case_number) } }
                div { dt { "Location" } dd { (entry.department.as_deref().unwrap_or("department not recorded")) @if let Some(room) = &entry.room { ", room " (room) } } }
                div { dt { "Physician" } dd { (entry.physician.as_deref().unwrap_or("not recorded")) } }
            }
            div.why {
                (why::draw(&Clocks {
                    as_of, zone: view.zone,
                    admitted_at: entry.admitted_at,
                    released_at: entry.released_at,
                    idle_since: entry.idle_since,
                    last_performed_at: entry.last_performed_at,
                    open_order: entry.open_order.as_ref(),
                    state,
                    doubt: &entry.doubt,
                }))
            }
        }
    }
}

/// What holds now.
fn standing(view: &View<'_>) -> Markup {
    let (standing, zone) = (&view.stay.standing, view.zone);
    html! {
        @if let Some(review) = standing.acknowledgement(view.stay.idle_since(), view.stay.as_of) {
            div #acknowledged.notice {
                p { strong { "Acknowledged" } ": " (reason(review)) ". By " (review.by_account) ", " (time::at(review.at, zone))
                    @if let Some(returns) = review.returns_at { "; comes back " strong { (time::at(returns, zone)) } ", or as soon as a test is performed" } "." }
                @if view.acting.is_on() { (form(view, "resumed", &html! { button.quiet-button type="submit" { "Undo: put the patient back on the board" } })) }
            }
        }
    }
}

fn acknowledge(view: &View<'_>) -> Markup {
    let fields = html! {
        fieldset {
            legend { "Why does this patient need no new test for now?" }
            @for reason in Reason::ALL {
                label.choice { input type="radio" name="reason" value=(reason.as_str()) required checked[view.typed.is_some_and(|typed| typed.reason == Some(reason))]; span { (words::acting::reason(reason)) } }
            }
        }
        p.field {
            label for="hours" { "Comes back to the board in" }
            select #hours name="hours" {
                @for hours in HOURS { option value=(hours) selected[hours == USUAL_HOURS] { (length(hours)) } }
            }
        }
        p.field {
            label for="at" { "or at (at most " (LONGEST_DAYS) " days from now)" }
            input #at type="datetime-local" name="at";
        }
        p.field {
            label for="acknowledged-comment" { "Comment, if there is more to say" }
            textarea #acknowledged-comment name="comment" rows="2" maxlength=(LONGEST_COMMENT) { (typed(view, true)) }
        }
        p { button type="submit" { "Acknowledge" } }
    };
    ask(
        "acknowledged",
        "Acknowledge",
        "The patient leaves the list, stays under Acknowledged, and comes back when the time is up. A performed test ends it.",
        &form(view, "acknowledged", &fields),
    )
}

fn care(view: &View<'_>) -> Markup {
    let assigned = view.stay.standing.assigned_to();
    let is_mine = assigned == Some(view.who.account.name.as_str());
    let meaning = match assigned {
        Some(_) if is_mine => "You take care of this patient.".to_owned(),
        Some(name) => format!("{name} takes care of this patient."),
        None => "Nobody has taken this patient on.".to_owned(),
    };
    let (act, word) = if is_mine { ("unassigned", "Give back") } else { ("assigned", "Assign to me") };
    ask("assigned", "Who takes care", &meaning, &form(view, act, &html! { p { button type="submit" { (word) } } }))
}

fn comment(view: &View<'_>) -> Markup {
    let fields = html! {
        p.field {
            label for="comment" { "For everybody who looks after the patient" }
            textarea #comment name="comment" rows="3" required maxlength=(LONGEST_COMMENT) { (typed(view, false)) }
        }
        p { button type="submit" { "Comment" } }
    };
    ask("commented", "Comment", "The patient stays on the list.", &form(view, "commented", &fields))
}

/// The comment that was typed, in the form in which it was.
fn typed<'a>(view: &'a View<'_>, acknowledges: bool) -> &'a str {
    let typed = view.typed.filter(|typed| (typed.act == Act::Acknowledged) == acknowledges);
    typed.and_then(|typed| typed.comment.as_deref()).unwrap_or_default()
}

fn ask(id: &str, title: &str, meaning: &str, form: &Markup) -> Markup {
    html! {
        section.ask aria-labelledby={ "title-" (id) } { h2 id={ "title-" (id) } { (title) } p { (meaning) } (form) }
    }
}

fn form(view: &View<'_>, act: &str, fields: &Markup) -> Markup {
    let address = person::path("/patients", &[&view.stay.patient_id, "stays", &view.stay.case_number]);
    html! {
        form id={ "act-" (act) } method="post" action=(address) {
            input type="hidden" name="act" value=(act);
            input type="hidden" name="seen" value=(view.stay.standing.seen());
            input type="hidden" name="back" value=(view.back);
            (fields)
        }
    }
}

/// Everything that was ever done, the newest first.
pub(crate) fn history(reviews: &[Review], zone: Tz) -> Markup {
    html! {
        section #history data-key="history" aria-labelledby="heading-history" {
            h2 #heading-history { "What was done (" (reviews.len()) ")" }
            @if reviews.is_empty() { p.none { "Nobody has acted on this patient's stays." } }
            ol.entries {
                @for review in reviews {
                    li data-review=(review.number) data-act=(review.act) {
                        p {
                            strong { (review.by_account) } " " (words::acting::done(Act::from_word(&review.act)))
                            ", " (time::at(review.at, zone)) ", case " (review.case_number)
                            @if review.reason.is_some() { ": " (reason(review)) }
                            @if let Some(returns) = review.returns_at { "; until " (time::at(returns, zone)) }
                            @if let Some(comment) = &review.comment { span.said.lines { (comment) } }
                        }
                    }
                }
            }
        }
    }
}

/// The reason of an acknowledgement in words.
pub(crate) fn reason(review: &Review) -> &str {
    let said = review.reason.as_deref().unwrap_or_default();
    Reason::from_word(said).map_or(said, |reason| words::acting::reason(reason))
}

/// What holds of a stay, as its row on the board tells it.
pub(crate) fn mark(stay: &crate::views::board::Stay, as_of: chrono::DateTime<chrono::Utc>, zone: Tz) -> Markup {
    html! {
        @if let Some(review) = stay.standing.acknowledgement(stay.idle_since, as_of) {
            p.done { (badge::tick()) " " (reason(review)) ", " (review.by_account)
                @if let Some(returns) = review.returns_at { ", back " (time::at(returns, zone)) } }
        }
        @if let Some(name) = stay.standing.assigned_to() { p.done { "With " strong { (name) } } }
        @if let Some(review) = &stay.standing.comment {
            @if let Some(comment) = &review.comment { p.said { "“" (comment) "” " span.by { (review.by_account) ", " (time::at(review.at, zone)) } } }
        }
    }
}

fn length(hours: i64) -> String {
    time::duration(chrono::TimeDelta::hours(hours))
}
