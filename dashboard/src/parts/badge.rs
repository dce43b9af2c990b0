//! A state as a shape and a word, so that it is never told by colour alone.

use maud::{Markup, html};

use crate::views::board::State;

/// The word of a state.
pub(crate) fn word(state: State) -> &'static str {
    match state {
        State::Overdue => "Overdue",
        State::Chase => "Chase",
        State::Unknown => "Unknown",
    }
}

/// What the state asks of the reader.
pub(crate) fn meaning(state: State) -> &'static str {
    match state {
        State::Overdue => "no test performed or on its way: review",
        State::Chase => "a test is ordered but not performed: chase it",
        State::Unknown => "the data cannot tell: check at the bedside",
    }
}

/// Shape and word.
pub(crate) fn draw(state: State) -> Markup {
    html! {
        span class={ "badge badge-" (state.as_str()) } title=(meaning(state)) { (shape(state)) " " (word(state)) }
    }
}

/// A filled triangle, a half-filled circle, an open diamond with a question mark.
pub(crate) fn shape(state: State) -> Markup {
    html! {
        svg.shape viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false" {
            @match state {
                State::Overdue => path d="M8 1.5 15.2 14.5H.8Z" fill="currentColor" {},
                State::Chase => {
                    circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" stroke-width="2" {}
                    path d="M8 3.2A4.8 4.8 0 0 1 8 12.8Z" fill="currentColor" {}
                }
                State::Unknown => {
                    path d="M8 1 15 8 8 15 1 8Z" fill="none" stroke="currentColor" stroke-width="1.8" {}
                    path d="M6.4 6.6a1.7 1.7 0 1 1 2.4 1.5c-.5.3-.8.6-.8 1.2M8 11.2v.2" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" {}
                }
            }
        }
    }
}
