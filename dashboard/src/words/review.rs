//! The page on which somebody acts on one stay, and what its row on the board tells of it. What an act and a reason are called
//! stands in `acting`.

use maud::{Markup, html};

pub(crate) fn title(patient: &str) -> String {
    format!("Review {patient}")
}

/// As [`title`], of a name that is marked as one.
pub(crate) fn heading(patient: &Markup) -> Markup {
    html! { "Review " (patient) }
}

pub(crate) const BACK: &str = "Back to the board";
pub(crate) const OFF: &str = "Acting on pages is switched off here.";

pub(crate) fn nothing_written(why: &str) -> Markup {
    html! { strong { "Nothing was written. " } (why) }
}

/// Who acknowledged the stay and why, and when it comes back.
pub(crate) fn acknowledged(reason: &str, by: &str, at: &Markup, returns: Option<&Markup>) -> Markup {
    html! {
        strong { "Acknowledged" } ": " (reason) ". By " (by) ", " (at)
        @if let Some(returns) = returns { "; comes back " strong { (returns) } ", or as soon as a test is performed or the data comes into doubt" }
        "."
    }
}

pub(crate) const TAKE_BACK: &str = "Undo: put the patient back on the board";

// Acknowledging.
pub(crate) const ACKNOWLEDGING: &str = "Until the time is up, the patient stands under Acknowledged instead of on the board. A performed test or a new doubt ends it.";
pub(crate) const WHY: &str = "Why does this patient need no new test for now?";
pub(crate) const COMES_BACK_IN: &str = "Comes back to the board in";
pub(crate) const MORE: &str = "Comment, if there is more to say";

pub(crate) fn or_at(most_days: &str) -> String {
    format!("or at (at most {most_days} days from now)")
}

// Taking care.
pub(crate) const CARE: &str = "Who takes care";
pub(crate) const GIVE_BACK: &str = "Give back";
pub(crate) const YOU_CARE: &str = "You take care of this patient.";
pub(crate) const NOBODY_CARES: &str = "Nobody has taken this patient on.";

/// `is_away` as in [`with`].
pub(crate) fn somebody_cares(name: &str, is_away: bool) -> String {
    if is_away {
        format!("{name} took this patient on, and does not see this department or has left: nobody takes care now.")
    } else {
        format!("{name} takes care of this patient.")
    }
}

// Commenting.
pub(crate) const COMMENTING: &str = "The patient stays on the list.";
pub(crate) const FOR_EVERYBODY: &str = "For everybody who looks after the patient";

pub(crate) fn history(count: &str) -> String {
    format!("What was done ({count})")
}

pub(crate) const NO_HISTORY: &str = "Nobody has acted on this patient's stays.";

/// One act, as `acting` says it: who, when, about which stay.
pub(crate) struct Done<'a> {
    pub(crate) by: &'a str,
    pub(crate) did: &'a str,
    pub(crate) at: &'a Markup,
    pub(crate) case: &'a str,
    pub(crate) reason: Option<&'a str>,
    pub(crate) until: Option<&'a Markup>,
}

pub(crate) fn done(act: &Done<'_>) -> Markup {
    html! {
        strong { (act.by) } " " (act.did) ", " (act.at) ", case " (act.case)
        @if let Some(reason) = act.reason { ": " (reason) }
        @if let Some(until) = act.until { "; until " (until) }
    }
}

// In the row of the board.

pub(crate) fn mark(reason: &str, by: &str, back: Option<&Markup>) -> Markup {
    html! { (reason) ", " (by) @if let Some(back) = back { ", back " (back) } }
}

/// `is_away`: whoever it is does not see the patient any more.
pub(crate) fn with(name: &str, is_away: bool) -> Markup {
    html! { "With " strong { (name) } @if is_away { ", who does not see this department or has left: take the patient on" } }
}

pub(crate) fn comment(comment: &str, by: &str, at: &Markup) -> Markup {
    html! { "“" bdi { (comment) } "” " span.by { (by) ", " (at) } }
}
