//! The page of one patient: who they are, how they are reached, and what is in doubt. Their stays, orders and trends have words
//! of their own.

use maud::{Markup, html};

use crate::views::patient::Demographics;

/// Of a detail of the patient.
pub(crate) const NOT_RECORDED: &str = "Not recorded";

/// A patient without a name.
pub(crate) fn unnamed(id: &str) -> String {
    format!("Patient {id}")
}

/// The reader broke the glass.
pub(crate) fn broken(until: &Markup) -> Markup {
    html! { strong { "Another department's patient." } " Open to you until " (until) "; that you look is noted and reviewed." }
}

/// Nobody can tell whether a feed is stale.
pub(crate) fn freshness_unknown() -> Markup {
    html! {
        strong { "Nobody can tell now how fresh this is." }
        " Something newer may be missing: check with the laboratory and the ward before you act."
    }
}

pub(crate) const KNOWN_ALLERGIES: &str = "Known allergies";
pub(crate) const UNAVAILABLE: &str = "Unavailable";
/// Leads to allergies that are too long to stay in sight.
pub(crate) const ALLERGIES_ABOVE: &str = "see above";

/// `since`: when they were last said, where something newer may be missing.
pub(crate) fn known_allergies(said: &str, since: Option<&Markup>) -> Markup {
    html! { (said) @if let Some(since) = since { " " span.by { "(may have changed since " (since) ")" } } }
}

/// In place of no allergies, where something newer may be missing; `said`: in which words, where there were any.
pub(crate) fn no_longer_sure(said: Option<&str>, at: &Markup) -> Markup {
    html! {
        (UNAVAILABLE)
        @match said {
            Some(said) => { "; last said “" (said) "” on " (at) }
            None => { "; not recorded when last said, on " (at) }
        }
    }
}

/// `said`: the words in which it was said, where they may mean less than these.
pub(crate) fn no_known_allergies(said: Option<&str>) -> Markup {
    html! { "No known allergies" @if let Some(said) = said { " " span.by { "“" (said) "”" } } }
}

pub(crate) const BIRTH_NOT_RECEIVED: &str = "Birth date not received";

/// Records that could not be taken, and may say something else of the patient than what is shown.
pub(crate) fn newer_records(count: i64, said: &str) -> String {
    match count {
        1 => "1 newer record could not be read: what is shown here may have changed".to_owned(),
        _ => format!("{said} newer records could not be read: what is shown here may have changed"),
    }
}

pub(crate) const NO_FILE_YET: &str =
    "No patient file has named this id yet: name, birth date and allergies are not known.";

pub(crate) const CONTACT: &str = "Personal details";
/// Whose word a detail is.
pub(crate) const FROM_PMS: &str = "patient administration";

pub(crate) fn own_words(at: &Markup) -> Markup {
    html! { "patient's own, " (at) }
}

/// What a patient file said before; `born`: the day, where it is known.
pub(crate) fn earlier(person: &Demographics, born: Option<&str>) -> String {
    let or_not = |said: &Option<String>| said.clone().unwrap_or_else(|| NOT_RECORDED.to_owned());
    let reached = [("address", &person.address), ("phone", &person.phone), ("e-mail", &person.email)];
    let reached = reached.iter().filter_map(|(word, said)| Some(format!("; {word} {}", said.as_deref()?)));
    format!(
        "{}, {}; born {}; allergies {}; physician {}; blood type {}; insurance {}{}",
        or_not(&person.last_name),
        or_not(&person.first_name),
        born.unwrap_or(super::NOT_RECORDED),
        or_not(&person.allergies),
        or_not(&person.primary_physician),
        or_not(&person.blood_type),
        or_not(&person.insurance_provider),
        reached.collect::<String>()
    )
}

pub(crate) fn waiting(count: &str) -> String {
    format!("Results that may be this patient's ({count})")
}

pub(crate) const WHY_WAITING: &str =
    "Their test id is not this patient's alone, so they count for nobody and reset no clock.";

/// `value` as `orders` writes it.
pub(crate) fn one_result(value: &str, performed: &Markup, result: &str, test: &str) -> Markup {
    html! { strong { (value) } ", performed " (performed) ", result " (result) " of test " (test) }
}

/// `has_more`: whether it is used for others, too, who are not told.
pub(crate) fn shared_test(patients: &Markup, has_more: bool) -> Markup {
    html! { "The same test id is used for patient " (patients) @if has_more { " and more" } "." }
}

pub(crate) const DECIDE_RESULT: &str = "Decide whose it is";
pub(crate) fn moved(count: &str) -> String {
    format!("Results that are no longer this patient's ({count})")
}

pub(crate) const WHY_MOVED: &str = "They stood here until a newer record of the same result said otherwise. They count for nothing here: they reset no clock and are on no chart. Did anybody act on them?";
pub(crate) const ANOTHERS_NOW: &str = "It is another patient's now.";
pub(crate) const WAITS_NOW: &str = "It waits now: nobody can tell whose it is.";

pub(crate) const NO_TEST: &str = "Its test has not been received.";
pub(crate) const FUTURE: &str = "It is dated in the future.";

pub(crate) fn quarantined(count: &str) -> String {
    format!("Records that could not be taken ({count})")
}

/// Why a record could not be taken, and of which column that is said.
pub(crate) fn one_quarantined(feed: &str, column: Option<&str>, reason: &str, is_newer: bool) -> Markup {
    html! {
        strong { (feed) } ": "
        @if let Some(column) = column { (column) ": " }
        (reason)
        @if is_newer { ". Newer than what is shown" }
    }
}

pub(crate) fn only_newest(shown: &str, total: &str) -> String {
    format!("The newest {shown} of {total} are shown.")
}
