//! What people do about stays: the forms' labels, and what is said of what was done.

use maud::{Markup, html};

use crate::views::review::{Act, Reason, Review};

/// What was done, after the name of who did it.
pub(crate) fn done(act: Option<Act>) -> &'static str {
    match act {
        Some(Act::Acknowledged) => "acknowledged it",
        Some(Act::Resumed) => "took the acknowledgement back",
        Some(Act::Assigned) => "took it on",
        Some(Act::Unassigned) => "gave it back",
        Some(Act::Commented) | None => "commented",
    }
}

/// What the reader has just done to a patient.
pub(crate) fn told(act: Act, patient: &str) -> String {
    match act {
        Act::Acknowledged => format!("You have acknowledged {patient}."),
        Act::Resumed => format!("{patient} is back on the board."),
        Act::Assigned => format!("You take care of {patient}."),
        Act::Unassigned => format!("Nobody takes care of {patient} now."),
        Act::Commented => format!("Your comment about {patient} is kept."),
    }
}

/// When an acknowledged patient comes back, after [`told`].
pub(crate) fn comes_back(at: &Markup) -> Markup {
    html! { "Comes back " (at) ", or as soon as a test is performed or the data comes into doubt." }
}

/// Why no test is needed for now.
pub(crate) fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::NotIndicated => "Tests are not indicated",
        Reason::OrderedElsewhere => "Ordered elsewhere",
        Reason::Palliative => "Palliative care",
        Reason::WillReview => "Will review later",
    }
}

/// The reason of an acknowledgement; one that this program does not know is told as it is.
pub(crate) fn said_reason(review: &Review) -> Option<&str> {
    let said = review.reason.as_deref()?;
    Some(Reason::from_word(said).map_or(said, |known| reason(known)))
}

/// Opens the form of a row; the word is review, not order.
pub(crate) const REVIEW: &str = "Review";
pub(crate) const UNDO: &str = "Undo";
pub(crate) const WHY: &str = "No new test for now, because";
pub(crate) const CHOOSE: &str = "Choose a reason";
pub(crate) const COMES_BACK_IN: &str = "Comes back in";
pub(crate) const COMMENT: &str = "Comment";
pub(crate) const ACKNOWLEDGE: &str = "Acknowledge";
pub(crate) const TAKE_BACK: &str = "Undo acknowledgement";
pub(crate) const ASSIGN: &str = "Assign to me";
pub(crate) const GIVE_BACK: &str = "End assignment";
pub(crate) const ONLY_COMMENT: &str = "Only comment";
/// Leads to the stay's own page, and is all that the form has where no script runs.
pub(crate) const EVERYTHING: &str = "On its own page: at another time, and what was done before";

/// Names the form of a row for those who do not see the row.
pub(crate) fn review(patient: &str) -> String {
    format!("{REVIEW} {patient}")
}
