//! What a row of the board says beside its columns' heads and the sentence of `why`.

use maud::{Markup, html};

/// Marks a row that has just changed.
pub(crate) const NEW: &str = "new";

/// Of a stay that is not listed yet.
pub(crate) fn due(at: &Markup, length: &str) -> Markup {
    html! { "On the board from " (at) ", in " (length) "." }
}

/// `id` and `case` as they are marked for a script.
pub(crate) fn ids(id: &Markup, case: &Markup) -> Markup {
    html! { "id " (id) " · case " (case) }
}

/// How far past its threshold a stay is.
pub(crate) fn past(length: &str, hours: i32) -> Markup {
    html! { span.nobreak { (length) } " past " span.nobreak { (hours) " h" } }
}

pub(crate) fn since(admitted: &Markup) -> Markup {
    html! { "since " (admitted) }
}

pub(crate) const ADMISSION_NOT_READ: &str = "admission not read";

pub(crate) fn release_planned(at: &Markup) -> Markup {
    html! { "release planned " (at) }
}

pub(crate) fn released(at: &Markup) -> Markup {
    html! { "released " (at) }
}
