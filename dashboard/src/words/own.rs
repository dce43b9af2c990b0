//! A patient's own record, in plain words.

pub(crate) mod contact;

use maud::{Markup, html};

pub(crate) fn greeting(name: Option<&str>) -> String {
    match name {
        Some(name) => format!("Your record, {name}"),
        None => "Your record".to_owned(),
    }
}

pub(crate) fn said_about_you(at: &Markup) -> Markup {
    html! { "What the hospital's systems have said about you, as of " (at) "." }
}

pub(crate) const INCOMPLETE: &str = "It may be incomplete or late. If anything here worries you, or is not about you, talk to the people who care for you.";

// About you.
pub(crate) const ABOUT: &str = "About you";
pub(crate) const FIRST_NAME: &str = "First name";
pub(crate) const LAST_NAME: &str = "Last name";
pub(crate) const PATIENT_ID: &str = "Patient id";
pub(crate) const PHYSICIAN: &str = "Your physician";
pub(crate) const CORRECTION: &str = "These come from the hospital's patient administration. Is anything wrong? Ask the admissions desk to correct it, and bring something that shows who you are: the correction appears here with the next update.";

/// `said`: in other words, where these may mean less.
pub(crate) fn no_allergies(said: Option<&str>) -> String {
    match said {
        Some(said) => format!("none known (“{said}”)"),
        None => "none known".to_owned(),
    }
}

pub(crate) fn born(day: &str, age: Option<&str>) -> String {
    match age {
        Some(age) => format!("{day} ({age})"),
        None => day.to_owned(),
    }
}

pub(crate) fn not_received(id: &str) -> String {
    format!("Your personal details have not been received yet. Your patient id is {id}.")
}

// Stays.
pub(crate) const STAYS: &str = "Your stays in hospital";
pub(crate) const NO_STAY: &str = "No stay is known.";
pub(crate) const NO_DEPARTMENT: &str = "a department that is not recorded";
pub(crate) const IN_DOUBT: &str =
    "The hospital's records contradict each other about this stay; they are being checked.";

pub(crate) fn still_here(came: &Markup) -> Markup {
    html! { "You came on " (came) ". No discharge has been recorded." }
}

pub(crate) fn will_leave(came: &Markup, leaves: &Markup) -> Markup {
    html! { "You came on " (came) " and are expected to leave on " (leaves) "." }
}

pub(crate) fn left(came: &Markup, left: &Markup) -> Markup {
    html! { "You came on " (came) " and left on " (left) "." }
}

pub(crate) fn case(number: &str) -> String {
    format!("Case number {number}")
}

// Tests.
pub(crate) const TESTS: &str = "Your laboratory tests";
pub(crate) const NO_TEST: &str = "No test is known.";
pub(crate) const NOT_ALWAYS_ILLNESS: &str = "A result outside the usual range is not always a sign of illness. Your physician can tell you what it means for you.";
pub(crate) const TEST_NOT_NAMED: &str = "A test whose name has not been received";
pub(crate) const FUTURE: &str = "The date that was sent with this result lies in the future; it is being checked.";

/// More is known than is shown.
pub(crate) fn only_newest(count: &str) -> String {
    format!("Only the newest {count} are shown here. Ask the people who care for you about what was before.")
}

/// What a laboratory's verdict means.
pub(crate) fn verdict(status: Option<&str>) -> String {
    match status {
        Some("Normal") => "Within the usual range.".to_owned(),
        Some("Abnormal High") => "Above the usual range.".to_owned(),
        Some("Abnormal Low") => "Below the usual range.".to_owned(),
        Some(other) => format!("The laboratory says: {other}."),
        None => "The laboratory has not judged it.".to_owned(),
    }
}

/// After [`verdict`].
pub(crate) fn measured(value: &str) -> String {
    format!("It measured {value}.")
}

pub(crate) fn performed(at: &Markup) -> Markup {
    html! { "Performed on " (at) }
}

pub(crate) fn ordered(at: &Markup) -> Markup {
    html! { "Ordered on " (at) ". No result has been received." }
}

// Who has looked.
pub(crate) const LOOKS: &str = "Who has looked at your record";
pub(crate) const NO_LOOK: &str = "Nobody has opened it here yet.";
pub(crate) const NEWEST_LOOKS: &str = "The newest first.";

/// In place of a name where somebody did it on the machine itself, who has proven none.
const COMMAND_LINE: &str = "The people who run this system";

/// `actor` and `action` by their words in the audit; without a role where nobody signed in.
pub(crate) fn look(actor: &str, role: &str, action: &str, at: &Markup) -> Markup {
    let did = match action {
        "asked" => "decided or asked something about it",
        "doubt viewed" => "looked at a record in doubt that names you",
        "stay reviewed" => "noted something about your stay in hospital",
        "break-glass" => "asked to open it from another department, and said why,",
        _ => "opened it",
    };
    let actor = if actor == "command line" { COMMAND_LINE } else { actor };
    html! { strong { (actor) } @if !role.is_empty() { " (" (role) ")" } " " (did) " on " (at) }
}
