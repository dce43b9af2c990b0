//! What stands around every page: the navigation, who is signed in, and whether what is shown is live. Sentences that a script
//! completes are handed to it with its placeholders in them.

use maud::{Markup, html};

use super::time;

pub(crate) const BRAND: &str = "Wardwatch";

/// As the browser names a page.
pub(crate) fn title(page: &str) -> String {
    format!("{page} · Wardwatch")
}

pub(crate) const SKIP: &str = "Skip to the content";

// The places of the navigation.
pub(crate) const MAIN: &str = "Main";
pub(crate) const BOARD: &str = "Board";
pub(crate) const MY_RECORD: &str = "My record";
pub(crate) const OPS: &str = "Ops";
pub(crate) const AUDIT: &str = "Audit";

/// `name` leads to the account.
pub(crate) fn signed_in(name: &Markup, role: &str) -> Markup {
    html! { span.quiet { "Signed in as " } (name) " (" (role) ")" }
}

pub(crate) const SIGN_OUT: &str = "Sign out";

// The connection.
pub(crate) const CONNECTING: &str = "Connecting";
pub(crate) const LIVE: &str = "Live";
pub(crate) const NOT_LIVE: &str = "Not live";

/// `age`: where the age stands of what is shown, which is not read out whenever it grows.
pub(crate) fn connection_lost(age: &Markup) -> Markup {
    html! {
        strong { "Not live: the server cannot be reached, or does not answer." }
        " What you see is " (age) " old and may be wrong. Trying again by itself."
    }
}

/// How old what is shown is, by greatest unit: seconds, minutes, hours.
pub(crate) fn ages() -> [String; 3] {
    [time::seconds("{seconds}"), time::minutes("{minutes}"), time::hours_and_minutes("{hours}", "{minutes}")]
}

// What the script announces.
pub(crate) const ONE_CHANGED: &str = "1 row changed";
pub(crate) const MANY_CHANGED: &str = "{count} rows changed";
pub(crate) const GONE: &str =
    "This patient has left the list meanwhile. What you do is written only if it still fits; else you are told why.";
pub(crate) const NOT_SENT: &str = "Nothing was written: the server does not answer. Try again.";

/// In place of the list, whose reader is signed out; what they type about a patient stays.
pub(crate) const SIGN_IN_AGAIN: &str =
    "Nothing was written: you are signed out. What you typed is still here: sign in in another tab, then press again.";
pub(crate) const SIGNED_OUT: &str = "Signed out";

// The end of the session.
pub(crate) const STAY: &str = "Stay signed in";
pub(crate) const SESSION_OVER: &str =
    "Your session has ended. What you typed is still here: sign in in another tab, then go on.";
pub(crate) const SESSION_ENDS: &str =
    "Your session ends in {minutes} min, whatever you do: send what you typed, then sign in anew.";
pub(crate) const SESSION_IDLE: &str =
    "Your session ends in {minutes} min, because nothing was done. What you typed stays.";
