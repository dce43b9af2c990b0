//! The door.

use maud::{Markup, html};

use crate::pages::sign_in::Trouble;

pub(crate) const TITLE: &str = "Sign in";
pub(crate) const NAME: &str = "Name";
pub(crate) const PASSWORD: &str = "Password";
pub(crate) const SIGN_IN: &str = "Sign in";
pub(crate) const WHO_HELPS: &str =
    "Accounts are made by those who run Wardwatch here. Ask them, too, if you have forgotten your password.";

pub(crate) const CODE_TITLE: &str = "Enter the code";
pub(crate) const CODE: &str = "Code of your authenticator app";
pub(crate) const NO_PHONE: &str =
    "Your phone is not at hand? Enter one of your recovery codes. Without them, ask those who run Wardwatch here.";

/// Why name and password do not open.
pub(crate) fn trouble(trouble: Trouble) -> Markup {
    match trouble {
        Trouble::Wrong => html! { strong { "Name or password is wrong." } " Check both and try again." },
        Trouble::Wait(seconds) => wait(seconds),
    }
}

/// Why the code does not open.
pub(crate) fn code_trouble(trouble: Trouble) -> Markup {
    match trouble {
        Trouble::Wrong => {
            html! { strong { "This code is wrong, or was used already." } " Take the one that your app shows now." }
        }
        Trouble::Wait(seconds) => wait(seconds),
    }
}

fn wait(seconds: u64) -> Markup {
    html! { strong { "Too many tries." } " Wait " (seconds) " s, then try again. Nothing is locked." }
}
