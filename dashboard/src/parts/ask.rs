//! The form with which a person asks for something: what, why, and one button. Who asks is known.

use maud::{Markup, html};

use crate::acting::Acting;
use crate::asking::LONGEST_REASON;
use crate::words::ask as words;

/// One thing that can be asked for.
pub(crate) struct Ask<'a> {
    /// As `app.request` names it; also the form's id.
    pub(crate) kind: &'a str,
    /// What it is, what it does, and the word on its button.
    pub(crate) words: &'a words::Form,
    /// What it is about, as hidden fields.
    pub(crate) about: Vec<(&'a str, String)>,
    /// Whether a reason must be given.
    pub(crate) is_decision: bool,
}

/// Draws the form, with the fields of its own between the words and the name.
pub(crate) fn draw(ask: &Ask<'_>, acting: Acting, own: &Markup) -> Markup {
    let place = ask.about.iter().filter(|(name, _)| *name == "patient_id").map(|(_, id)| format!("-{id}"));
    let id = format!("{}{}", ask.kind, place.collect::<String>());
    html! {
        section.ask aria-labelledby={ "title-" (id) } {
            h2 id={ "title-" (id) } { (ask.words.title) }
            p { (ask.words.meaning) }
            @if acting.is_on() {
                form id=(id) method="post" action="/ops/requests" {
                    input type="hidden" name="kind" value=(ask.kind);
                    @for (name, value) in &ask.about { input type="hidden" name=(name) value=(value); }
                    (own)
                    @if ask.is_decision {
                        p.field {
                            label for={ "reason-" (id) } { (words::REASON) }
                            textarea id={ "reason-" (id) } name="reason" rows="2" required maxlength=(LONGEST_REASON) {}
                        }
                    }
                    p { button type="submit" { (ask.words.button) } }
                }
            } @else {
                p.none { (words::NOT_HERE) }
            }
        }
    }
}

/// A choice among answers. The first word is the value.
pub(crate) fn choices(name: &str, legend: &str, answers: &[(String, Markup)]) -> Markup {
    html! {
        fieldset {
            legend { (legend) }
            @for (value, answer) in answers {
                label.choice { input type="radio" name=(name) value=(value); span { (answer) } }
            }
        }
    }
}
