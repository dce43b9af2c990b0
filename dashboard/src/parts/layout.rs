//! The frame of every page: head, navigation, the place for the connection's state.

use maud::{DOCTYPE, Markup, html};

use crate::assets;

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

const PLACES: [(&str, &str); 3] = [("/", "Board"), ("/patients", "Patients"), ("/ops", "Ops")];

/// Draws the whole page around its content.
pub(crate) fn page(frame: &Frame<'_>, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (frame.title) " · Wardwatch" }
                link rel="stylesheet" href=(assets::path("board.css"));
                link rel="icon" href=(assets::path("icon.svg")) type="image/svg+xml";
                @if let Some(seconds) = frame.reload {
                    meta http-equiv="refresh" content=(seconds);
                }
                @if frame.is_live {
                    noscript { meta http-equiv="refresh" content="30"; }
                    script src=(assets::path("board.js")) defer {}
                }
            }
            body {
                a.skip href="#main" { "Skip to the content" }
                (top(frame))
                main #main tabindex="-1" { (content) }
            }
        }
    }
}

fn top(frame: &Frame<'_>) -> Markup {
    html! {
        header.top {
            a.brand href="/" { "Wardwatch" }
            nav aria-label="Main" {
                @for (address, word) in PLACES {
                    a href=(address) aria-current=[(frame.place == address).then_some("page")] { (word) }
                }
            }
            @if frame.is_live {
                p #live data-live="connecting" { span.dot aria-hidden="true" {} " " span #live-text { "Connecting" } }
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
