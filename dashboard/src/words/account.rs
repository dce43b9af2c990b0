//! One's own account: password, second factor, sessions, tokens for programs.

use maud::{Markup, html};
use wardwatch_identity::password::{LONGEST, Refused, SHORTEST};
use wardwatch_identity::token::{LONGEST_LABEL, Scope};

pub(crate) const TITLE: &str = "Your account";

/// Whose account it is; `departments` where it is limited to some.
pub(crate) fn whose(name: &Markup, role: &str, departments: Option<&str>) -> Markup {
    html! {
        (name) ", " (role)
        @if let Some(departments) = departments { ", limited to " (departments) }
    }
}

pub(crate) const PASSWORD: &str = "Password";
pub(crate) const PRESENT_PASSWORD: &str = "Present password";
pub(crate) const NEW_PASSWORD: &str = "New password";
pub(crate) const CHANGE_PASSWORD: &str = "Change the password";

pub(crate) fn which_passwords() -> String {
    format!("{SHORTEST} to {LONGEST} characters, whatever they are. Pasting is fine. Your other sessions end.")
}

pub(crate) fn changed() -> Markup {
    html! { strong { "The password is changed." } " Your other sessions have ended." }
}

pub(crate) fn wrong_password() -> Markup {
    html! { strong { "The present password is wrong." } " Nothing is changed." }
}

pub(crate) fn refused_password(why: &Refused) -> Markup {
    html! {
        strong { "The new password is not taken: " }
        @match why {
            Refused::Length => { "a password has " (SHORTEST) " to " (LONGEST) " characters." }
            Refused::Guessable => {
                "this password is among those that are tried first, or close to one or to the name: choose another, such as four \
                 words that do not belong together."
            }
        }
    }
}

pub(crate) fn too_many_tries() -> Markup {
    html! { strong { "Too many tries." } " Wait a minute. Nothing is changed or locked." }
}

pub(crate) const SECOND_FACTOR: &str = "Second factor";
pub(crate) const FACTOR_ON: &str = "On: signing in asks for a code of your authenticator app.";
pub(crate) const FACTOR_OFF: &str =
    "Off: whoever knows your password is you. An authenticator app on your phone changes that.";
pub(crate) const TURN_OFF: &str = "Turn off";
pub(crate) const SET_UP: &str = "Set up";

pub(crate) const SESSIONS: &str = "Where you are signed in";
pub(crate) const HERE: &str = "Here";
pub(crate) const ELSEWHERE: &str = "Elsewhere";

/// After [`HERE`] or [`ELSEWHERE`].
pub(crate) fn from(address: &str) -> String {
    format!(", from {address}")
}

pub(crate) fn since(started: &Markup, used: &Markup) -> Markup {
    html! { "since " (started) ", last used " (used) }
}

/// On the button; all of it for those who do not see where it stands.
pub(crate) fn end_session() -> Markup {
    html! { "End" span.quiet { " this session" } }
}

pub(crate) const NOT_YOURS: &str = "Is one of them not yours? End it, and change your password.";

pub(crate) fn session_ended() -> Markup {
    html! { strong { "The session has ended." } }
}

pub(crate) const TOKENS: &str = "Access for programs";
pub(crate) const WHAT_A_TOKEN_IS: &str = "A program sends a token in place of a password, to the JSON API only.";
pub(crate) const WHAT_THE_API_ANSWERS: &str = "What the API answers";
pub(crate) const LABEL: &str = "What it is for";
pub(crate) const SCOPE: &str = "What it may read";
pub(crate) const DAYS: &str = "Days until it expires";
pub(crate) const MAKE_TOKEN: &str = "Make a token";

/// A part of the API.
pub(crate) fn scope(scope: Scope) -> &'static str {
    match scope {
        Scope::Board => "The board",
        Scope::Patients => "Patients, one by one",
    }
}

/// In place of a token's label.
pub(crate) fn token(number: i64) -> String {
    format!("Token {number}")
}

pub(crate) fn expires(made: &Markup, at: &Markup) -> Markup {
    html! { "made " (made) ", expires " (at) }
}

pub(crate) fn revoked(made: &Markup, at: &Markup) -> Markup {
    html! { "made " (made) ", revoked " (at) }
}

/// On the button; which one for those who do not see where it stands.
pub(crate) fn revoke(label: &str) -> Markup {
    html! { "Revoke" span.quiet { " " (label) } }
}

pub(crate) fn token_revoked() -> Markup {
    html! { strong { "The token is revoked." } }
}

/// `secret`: its letters, which stand on no other page.
pub(crate) fn token_made(secret: &Markup) -> Markup {
    html! { strong { "The token, told once: " } (secret) " Give it to the program now; it cannot be shown again." }
}

/// Why no token was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoToken {
    /// It would last too long, or not at all.
    Lasts,
    /// Its label is too long or unreadable.
    Label,
    /// The account itself may not read that.
    Scope,
}

pub(crate) fn no_token(why: NoToken) -> Markup {
    html! {
        strong { "No token is made: " }
        @match why {
            NoToken::Lasts => { "a token lasts from one minute to a year, such as 30d." }
            NoToken::Label => { "a label has at most " (LONGEST_LABEL) " letters, and no control characters." }
            NoToken::Scope => { "this account may not see what the token is for: its role decides." }
        }
    }
}
