//! The frame of every page: head, navigation, who is signed in, the place for the connection's state.

use maud::{DOCTYPE, Markup, html};
use wardwatch_identity::{Action, session};

use crate::assets;
use crate::people::renewed;
use crate::people::sign_in::landing;
use crate::people::{Way, Who};
use crate::words::{self, frame, label};

/// What the frame must know about its page.
pub(crate) struct Frame<'a> {
    pub(crate) title: &'a str,
    /// The navigation entry that is marked as current.
    pub(crate) place: &'a str,
    /// Whether the page follows the server's events.
    pub(crate) is_live: bool,
}

/// The places of the navigation, and the right that each needs.
const PLACES: [(&str, &str, Action); 6] = [
    ("/", frame::BOARD, Action::SeeBoard),
    ("/patients", label::PATIENTS, Action::SeePatients),
    ("/me", frame::MY_RECORD, Action::SeeOwnRecord),
    ("/ops", frame::OPS, Action::SeeOps),
    ("/thresholds", label::THRESHOLDS, Action::SetThresholds),
    ("/audit", frame::AUDIT, Action::SeeAudit),
];

/// Seconds after which a live page loads itself anew where no script keeps it up to date, as does what stands in its place.
const WITHOUT_SCRIPT: u32 = 30;

/// A page that does not know yet who sees it.
#[derive(Debug, Clone)]
pub(crate) struct Sheet {
    title: String,
    place: String,
    is_live: bool,
    /// The query under which it is loaded anew, script or not.
    renews: Option<String>,
    content: Markup,
}

/// What every head begins with: encoding, width, colours and the title.
pub(crate) fn meta(title: &str) -> Markup {
    html! {
        meta charset="utf-8";
        meta name="viewport" content="width=device-width, initial-scale=1";
        meta name="color-scheme" content="light dark";
        title { (frame::title(title)) }
    }
}

/// A page of this content, to be completed by [`Sheet::seen_by`].
pub(crate) fn page(frame: &Frame<'_>, content: &Markup) -> Sheet {
    let Frame { title, place, is_live } = *frame;
    Sheet { title: title.to_owned(), place: place.to_owned(), is_live, renews: None, content: content.clone() }
}

impl Sheet {
    /// The same page, loaded anew again and again under this query: nobody reads it by hand.
    pub(crate) fn renewing(self, query: &str) -> Self {
        Self { renews: Some(query.to_owned()), ..self }
    }

    /// Draws the whole page around its content.
    pub(crate) fn seen_by(self, who: Option<&Who>) -> Markup {
        html! {
            (DOCTYPE)
            html lang=(words::LANGUAGE) {
                head {
                    (meta(&self.title))
                    link rel="stylesheet" href=(assets::path("board.css"));
                    link rel="icon" href=(assets::path("icon.svg")) type="image/svg+xml";
                    @if let Some(query) = &self.renews { (renewal(query)) }
                    @if who.is_some() { script src=(assets::path("session.js")) defer {} }
                    @if self.is_live {
                        noscript { (renewal(who.map_or("", |who| who.query.as_str()))) }
                        script src=(assets::path("board.js")) defer {}
                    }
                }
                body data-session-idle=[idle(who)] data-session-left=[left(who)] {
                    a.skip href="#main" { (frame::SKIP) }
                    (top(&self, who))
                    main #main tabindex="-1" { (self.content) }
                }
            }
        }
    }
}

/// Loads the page anew, and says that nobody did so by hand.
fn renewal(query: &str) -> Markup {
    let address = renewed::reference(query);
    html! { meta http-equiv="refresh" content={ (WITHOUT_SCRIPT) "; url=" (address) }; }
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

fn top(sheet: &Sheet, who: Option<&Who>) -> Markup {
    html! {
        header.top {
            a.brand href=(who.map_or("/", |who| landing(who.account.role))) { (frame::BRAND) }
            @if let Some(who) = who { (navigation(&sheet.place, who)) }
            @if sheet.is_live {
                p #live data-live="connecting" {
                    span.dot aria-hidden="true" {} " "
                    span #live-text data-word-live=(frame::LIVE) data-word-lost=(frame::NOT_LIVE) { (frame::CONNECTING) }
                }
            }
            @if let Some(who) = who { (signed_in(who)) }
        }
        @if who.is_some() {
            div #session.banner hidden role="alert" {
                p {
                    strong #session-text data-word-over=(frame::SESSION_OVER) data-word-ends=(frame::SESSION_ENDS) data-word-idle=(frame::SESSION_IDLE) {}
                    " " button #session-stay type="button" { (frame::STAY) }
                }
            }
        }
        @if sheet.is_live { (connection()) }
    }
}

/// What the script tells of the connection and of what has changed, with the words for it.
fn connection() -> Markup {
    let [seconds, minutes, hours] = frame::ages();
    let age = html! { strong #connection-age aria-live="off" data-word-seconds=(seconds) data-word-minutes=(minutes) data-word-hours=(hours) {} };
    html! {
        div #connection.banner hidden role="alert" { p { (frame::connection_lost(&age)) } }
        p #announce.quiet role="status" aria-live="polite" data-word-one=(frame::ONE_CHANGED) data-word-many=(frame::MANY_CHANGED)
            data-word-gone=(frame::GONE) data-word-not-sent=(frame::NOT_SENT)
            data-word-sign-in=(frame::SIGN_IN_AGAIN) data-word-over=(frame::title(frame::SIGNED_OUT)) {}
    }
}

fn navigation(place: &str, who: &Who) -> Markup {
    html! {
        nav aria-label=(frame::MAIN) {
            @for (address, word, action) in PLACES {
                @if who.may(action) {
                    a href=(address) aria-current=[(place == address).then_some("page")] { (word) }
                }
            }
        }
    }
}

fn signed_in(who: &Who) -> Markup {
    let name = html! { a href="/account" { strong { (who.account.name) } } };
    html! {
        form.signed-in method="post" action="/sign-out" {
            span { (frame::signed_in(&name, who.account.role.as_str())) }
            " " button.quiet-button type="submit" { (frame::SIGN_OUT) }
        }
    }
}
