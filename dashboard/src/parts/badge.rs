//! A state as a shape and a word, so that it is never told by colour alone.

use chrono::{DateTime, Utc};
use maud::{Markup, html};

use crate::views::board::{State, Stay};
use crate::words;

/// Shape and word.
pub(crate) fn draw(state: State) -> Markup {
    html! {
        span class={ "badge badge-" (state.as_str()) } title=(words::meaning(state)) { (shape(state)) " " (words::state(state)) }
    }
}

/// Those of a stay: whoever has not crossed their threshold yet is not called overdue.
pub(crate) fn of(stay: &Stay, as_of: DateTime<Utc>) -> Markup {
    if stay.state != State::Overdue || !stay.is_ahead(as_of) {
        return draw(stay.state);
    }
    html! { span.badge.badge-overdue.due title=(words::DUE_MEANING) { (shape(State::Overdue)) " " (words::DUE) } }
}

/// A tick: somebody has seen to it.
pub(crate) fn tick() -> Markup {
    html! {
        svg.shape viewBox="0 0 16 16" width="14" height="14" aria-hidden="true" focusable="false" {
            path d="M2.5 8.5 6.5 12.5 13.5 4" fill="none" stroke="currentColor" stroke-width="2.2" {}
        }
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
