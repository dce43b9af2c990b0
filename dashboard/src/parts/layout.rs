//! The frame of every page: head, navigation, who is signed in, the place for the connection's state.

use maud::{DOCTYPE, Markup, html};
use wardwatch_identity::{Action, session};

use crate::assets;
use crate::people::sign_in::landing;
use crate::people::{Way, Who};
use crate::words;

/// What the frame must know about its page.
pub(crate) struct Frame<'a> {
    pub(crate) title: &'a str,
    /// The navigation entry that is marked as current.
    pub(crate) place: &'a str,
    /// Whether the page follows the server's events.
    pub(crate) is_live: bool,
    /// Seconds after which the page loads itself anew, script or not.
    pub(crate) reload: Option<u32>,
}

/// The places of the navigation, and the right that each needs.
const PLACES: [(&str, &str, Action); 6] = [
    ("/", "Board", Action::SeeBoard),
    ("/patients", "Patients", Action::SeePatients),
    ("/me", "My record", Action::SeeOwnRecord),
    ("/ops", "Ops", Action::SeeOps),
    ("/thresholds", "Thresholds", Action::SetThresholds),
    ("/audit", "Audit", Action::SeeAudit),
];

/// A page that does not know yet who sees it.
#[derive(Debug, Clone)]
pub(crate) struct Sheet {
    title: String,
    place: String,
    is_live: bool,
    reload: Option<u32>,
    content: Markup,
}

/// What every head begins with: encoding, width, colours and the title.
pub(crate) fn meta(title: &Markup) -> Markup {
    html! {
        meta charset="utf-8";
        meta name="viewport" content="width=device-width, initial-scale=1";
        meta name="color-scheme" content="light dark";
        title { (title) " · Wardwatch" }
    }
}

/// A page of this content, to be completed by [`Sheet::seen_by`].
pub(crate) fn page(frame: &Frame<'_>, content: &Markup) -> Sheet {
    let Frame { title, place, is_live, reload } = *frame;
    Sheet { title: title.to_owned(), place: place.to_owned(), is_live, reload, content: content.clone() }
}

impl Sheet {
    /// Draws the whole page around its content.
    pub(crate) fn seen_by(self, who: Option<&Who>) -> Markup {
        html! {
            (DOCTYPE)
            html lang=(words::LANGUAGE) {
                head {
                    (meta(&html! { (self.title) }))
                    link rel="stylesheet" href=(assets::path("board.css"));
                    link rel="icon" href=(assets::path("icon.svg")) type="image/svg+xml";
                    @if let Some(seconds) = self.reload {
                        meta http-equiv="refresh" content=(seconds);
                    }
                    @if who.is_some() { script src=(assets::path("session.js")) defer {} }
                    @if self.is_live {
                        noscript { meta http-equiv="refresh" content="30"; }
                        script src=(assets::path("board.js")) defer {}
                    }
                }
                body data-session-idle=[idle(who)] data-session-left=[left(who)] {
                    a.skip href="#main" { "Skip to the content" }
                    (top(&self, who))
                    main #main tabindex="-1" { (self.content) }
                }
            }
        }
    }
}

/// After how many seconds without anything done by hand the session ends.
fn idle(who: Option<&Who>) -> Option<i64> {
    who.map(|_| session::IDLE.num_seconds())
}

/// In how many seconds it ends whatever is done.
fn left(who: Option<&Who>) -> Option<i64> {
    match who?.way {
        Way::Session { seconds_left, .. } => Some(seconds_left),
        Way::Token { .. } => None,
    }
}

fn top(frame: &Sheet, who: Option<&Who>) -> Markup {
    html! {
        header.top {
            a.brand href=(who.map_or("/", |who| landing(who.account.role))) { "Wardwatch" }
            @if let Some(who) = who { (navigation(&frame.place, who)) }
            @if frame.is_live {
                p #live data-live="connecting" { span.dot aria-hidden="true" {} " " span #live-text { "Connecting" } }
            }
            @if let Some(who) = who { (signed_in(who)) }
        }
        @if who.is_some() {
            div #session.banner hidden role="alert" {
                p { strong #session-text {} " " button #session-stay type="button" { "Stay signed in" } }
            }
        }
        @if frame.is_live {
            div #connection.banner hidden role="alert" {
                p {
                    strong { "Not live: the connection to the server is lost." }
                    " What you see is " strong #connection-age {} " old and may be wrong. Trying again by itself."
                }
            }
            p #announce.quiet role="status" aria-live="polite" {}
        }
    }
}

fn navigation(place: &str, who: &Who) -> Markup {
    html! {
        nav aria-label="Main" {
            @for (address, word, action) in PLACES {
                @if who.may(action) {
                    a href=(address) aria-current=[(place == address).then_some("page")] { (word) }
                }
            }
        }
    }
}

fn signed_in(who: &Who) -> Markup {
    html! {
        form.signed-in method="post" action="/sign-out" {
            span { span.quiet { "Signed in as " } a href="/account" { strong { (who.account.name) } } " (" (who.account.role) ")" }
            " " button.quiet-button type="submit" { "Sign out" }
        }
    }
}
