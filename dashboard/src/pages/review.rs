//! One stay, to be acted on: who, why it is on the board, what was done before, and what can be done now.
//!
//! Invariant: the word is review, not order. Every form carries the newest act that the page shows, and an acknowledgement the
//! clock, so that nobody acts past somebody else or past a test.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use maud::{Markup, html};

use super::act::{HOURS, USUAL_HOURS, clock};
use super::leads::Leads;
use super::patient::born;
use super::why::{self, Clocks};
use crate::acting::Acting;
use crate::html::review::Reviewed;
use crate::parts::{badge, layout, number, person, time};
use crate::people::Who;
use crate::query::Sort;
use crate::reviewing::{LONGEST_COMMENT, LONGEST_DAYS, Typed};
use crate::views::board::Stay;
use crate::views::review::{Act, Reason, Review, Standing};
use crate::words::{self, acting, label, review as say};

/// What the page is drawn from.
pub(crate) struct View<'a> {
    pub(crate) stay: &'a Reviewed,
    pub(crate) back: &'a str,
    /// Why nothing was written.
    pub(crate) trouble: Option<&'a str>,
    /// What was typed and not written: it need not be typed again.
    pub(crate) typed: Option<&'a Typed>,
    pub(crate) acting: Acting,
    pub(crate) who: &'a Who,
    pub(crate) zone: Tz,
}

impl View<'_> {
    /// What was typed into a field and not written.
    fn typed_into(&self, field: &str) -> Option<&str> {
        self.typed.and_then(|typed| typed.field(field))
    }
}

/// The whole page.
pub(crate) fn draw(view: &View<'_>) -> layout::Sheet {
    let title = person::full_name(&view.stay.entry.person).unwrap_or_else(|| view.stay.patient_id.clone());
    let content = html! {
        div #review {
            p.back { a href=(view.back) { (say::BACK) } }
            (banner(view))
            @if let Some(trouble) = view.trouble { div #trouble.banner role="alert" { p { (say::nothing_written(trouble)) } } }
            (standing(view))
            @if view.acting.is_on() { div.asks { (acknowledge(view)) div.column { (care(view)) (comment(view)) } } }
            @else { p.none { (say::OFF) } }
            (history(&view.stay.history, view.zone))
        }
    };
    layout::page(&layout::Frame { title: &say::title(&title), place: "/", is_live: false }, &content)
}

fn banner(view: &View<'_>) -> Markup {
    let (entry, as_of) = (&view.stay.entry, view.stay.as_of);
    html! {
        header.patient-banner {
            h1 { (say::heading(&person::name(&entry.person))) }
            dl {
                div { dt.quiet { (label::BORN) } dd { (born(&entry.person, as_of, view.zone)) } }
                div { dt { (label::ID) } dd.id { a href=(person::address(&view.stay.patient_id)) { (view.stay.patient_id) } } }
                div { dt { (label::CASE) } dd { (view.stay.case_number) } }
                div { dt { (words::board::column(Sort::Department)) } dd { (words::place(entry.department.as_deref().unwrap_or(words::NO_DEPARTMENT), entry.room.as_deref())) } }
                div { dt { (label::PHYSICIAN) } dd { (entry.physician.as_deref().unwrap_or(words::NOT_RECORDED)) } }
            }
            div.why {
                (why::in_full(&Clocks {
                    as_of, zone: view.zone,
                    admitted_at: entry.admitted_at,
                    released_at: entry.released_at,
                    idle_since: entry.idle_since,
                    last_performed_at: entry.last_performed_at,
                    open_order: entry.open_order.as_ref(),
                    state: view.stay.state,
                    doubt: &entry.doubt,
                    leads: Leads::of(&view.who.account),
                }))
            }
        }
    }
}

/// What holds now.
fn standing(view: &View<'_>) -> Markup {
    let (standing, zone) = (&view.stay.standing, view.zone);
    html! {
        @if let Some(review) = standing.acknowledgement(view.stay.entry.idle_since, view.stay.as_of) {
            div #acknowledged.notice {
                p { (acknowledged(review, zone)) }
                @if view.acting.is_on() { (form(view, "resumed", &html! { button.quiet-button type="submit" { (say::TAKE_BACK) } })) }
            }
        }
    }
}

/// Who acknowledged a stay, when, why and until when.
fn acknowledged(review: &Review, zone: Tz) -> Markup {
    let reason = acting::said_reason(review).unwrap_or_default();
    let returns = review.returns_at.map(|at| time::at(at, zone));
    say::acknowledged(reason, &review.by_account, &time::at(review.at, zone), returns.as_ref())
}

fn acknowledge(view: &View<'_>) -> Markup {
    let (chosen, length_chosen) = (view.typed_into("reason"), length_chosen(view));
    let fields = html! {
        (clock(view.stay.entry.idle_since, view.stay.entry.doubted_at))
        fieldset {
            legend { (say::WHY) }
            @for reason in Reason::ALL {
                label.choice { input type="radio" name="reason" value=(reason.as_str()) required checked[chosen == Some(reason.as_str())]; span { (acting::reason(reason)) } }
            }
        }
        p.field {
            label for="hours" { (say::COMES_BACK_IN) }
            select #hours name="hours" {
                @for hours in HOURS { option value=(hours) selected[hours == length_chosen] { (length(hours)) } }
            }
        }
        p.field {
            label for="at" { (say::or_at(&number::count(LONGEST_DAYS))) }
            input #at type="datetime-local" name="at" value=[view.typed_into("at")];
        }
        p.field {
            label for="acknowledged-comment" { (say::MORE) }
            textarea #acknowledged-comment name="comment" rows="2" maxlength=(LONGEST_COMMENT) { (comment_typed(view, true)) }
        }
        p { button type="submit" { (acting::ACKNOWLEDGE) } }
    };
    ask("acknowledged", acting::ACKNOWLEDGE, say::ACKNOWLEDGING, &form(view, "acknowledged", &fields))
}

fn care(view: &View<'_>) -> Markup {
    let is_mine = view.stay.standing.assigned_to() == Some(view.who.account.name.as_str());
    let meaning = match view.stay.standing.assignment() {
        Some(_) if is_mine => say::YOU_CARE.to_owned(),
        Some(review) => say::somebody_cares(&review.by_account, review.is_away),
        None => say::NOBODY_CARES.to_owned(),
    };
    let (act, word) = if is_mine { ("unassigned", say::GIVE_BACK) } else { ("assigned", acting::ASSIGN) };
    ask("assigned", say::CARE, &meaning, &form(view, act, &html! { p { button type="submit" { (word) } } }))
}

fn comment(view: &View<'_>) -> Markup {
    let fields = html! {
        p.field {
            label for="comment" { (say::FOR_EVERYBODY) }
            textarea #comment name="comment" rows="3" required maxlength=(LONGEST_COMMENT) { (comment_typed(view, false)) }
        }
        p { button type="submit" { (acting::COMMENT) } }
    };
    ask("commented", acting::COMMENT, say::COMMENTING, &form(view, "commented", &fields))
}

/// The comment that was typed, in the form in which it was.
fn comment_typed<'a>(view: &'a View<'_>, acknowledges: bool) -> &'a str {
    let was_typed_here = (view.typed_into("act") == Some(Act::Acknowledged.as_str())) == acknowledges;
    view.typed_into("comment").filter(|_| was_typed_here).unwrap_or_default()
}

/// The length that was chosen of those that are offered; the usual one, where none was.
fn length_chosen(view: &View<'_>) -> i64 {
    let chosen = view.typed_into("hours").and_then(|hours| hours.parse::<i64>().ok());
    chosen.filter(|hours| HOURS.contains(hours)).unwrap_or(USUAL_HOURS)
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
            h2 #heading-history { (say::history(&number::size(reviews.len()))) }
            @if reviews.is_empty() { p.none { (say::NO_HISTORY) } }
            ol.entries {
                @for review in reviews {
                    li data-review=(review.number) data-act=(review.act) {
                        p { (done(review, zone)) @if let Some(comment) = &review.comment { bdi.said.lines { (comment) } } }
                    }
                }
            }
        }
    }
}

fn done(review: &Review, zone: Tz) -> Markup {
    say::done(&say::Done {
        by: &review.by_account,
        did: acting::done(Act::from_word(&review.act)),
        at: &time::at(review.at, zone),
        case: &review.case_number,
        reason: acting::said_reason(review),
        until: review.returns_at.map(|at| time::at(at, zone)).as_ref(),
    })
}

/// What holds of a stay, as its row on the board tells it, and what was said beside it.
pub(crate) fn mark(stay: &Stay, as_of: DateTime<Utc>, zone: Tz) -> Markup {
    html! {
        @if let Some(review) = stay.standing.acknowledgement(stay.idle_since, as_of) {
            @let back = review.returns_at.map(|at| time::at(at, zone));
            p.done { (badge::tick()) " " (say::mark(acting::said_reason(review).unwrap_or_default(), &review.by_account, back.as_ref())) }
        }
        (care_taken(&stay.standing))
        @for review in stay.standing.said(stay.idle_since, as_of) {
            @if let Some(comment) = &review.comment { p.said { (say::comment(comment, &review.by_account, &time::at(review.at, zone))) } }
        }
    }
}

/// The same as the patient's page tells it, where every comment stands in the history.
pub(crate) fn holds(standing: &Standing, idle_since: DateTime<Utc>, as_of: DateTime<Utc>, zone: Tz) -> Markup {
    html! {
        @if let Some(review) = standing.acknowledgement(Some(idle_since), as_of) { p.done { (badge::tick()) " " (acknowledged(review, zone)) } }
        (care_taken(standing))
    }
}

/// Who takes care of a stay.
fn care_taken(standing: &Standing) -> Markup {
    html! { @if let Some(review) = standing.assignment() { p.done { (say::with(&review.by_account, review.is_away)) } } }
}

fn length(hours: i64) -> String {
    time::duration(TimeDelta::hours(hours))
}
