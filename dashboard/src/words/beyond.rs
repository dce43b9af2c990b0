//! A patient of another department.

use maud::{Markup, html};

pub(crate) const TITLE: &str = "Another department's patient";

pub(crate) fn why(patient: &str, departments: &str) -> Markup {
    html! { "Patient " strong { (patient) } " is in none of the departments that your account is limited to: " (departments) "." }
}

pub(crate) fn how(hours: i64) -> String {
    format!(
        "If you care for this patient all the same, say why. The record then opens for {hours} hours. Your reason is kept, the \
         patient can see that you looked, and an administrator reviews it."
    )
}

pub(crate) fn give_a_reason(most: &str) -> Markup {
    html! { strong { "Give a reason" } ", of at most " (most) " letters." }
}

pub(crate) const REASON: &str = "Why do you need to see this record?";
pub(crate) const BREAK: &str = "Break the glass";
pub(crate) const BACK: &str = "Back to the patients";
