//! How a patient is reached, as they say it themselves.

use maud::{Markup, html};

pub(crate) const HEADING: &str = "How we can reach you";

pub(crate) fn saved() -> Markup {
    html! { strong { "Saved." } " The people who care for you see it from now on." }
}

pub(crate) fn not_saved() -> Markup {
    html! { strong { "Nothing is saved yet." } " See what is said beside the fields." }
}

pub(crate) const SAVE: &str = "Save";
pub(crate) const YOURS: &str = "What you say here stays yours: no file of the patient administration changes it. Leave a field empty to take back what you said.";

pub(crate) fn own_words(at: &Markup) -> Markup {
    html! { "Your own words, of " (at) "." }
}

pub(crate) fn pms_has(said: &str) -> String {
    format!("The patient administration has: {said}")
}

pub(crate) const BEFORE: &str = "What you said before";

/// What was said of a field; nothing: it was taken back.
pub(crate) fn saying(field: Option<&str>, value: Option<&str>, at: &Markup) -> Markup {
    html! {
        @if let Some(field) = field { (field) ": " }
        @match value { Some(value) => strong { (value) }, None => "taken back" }
        ", on " (at)
    }
}
