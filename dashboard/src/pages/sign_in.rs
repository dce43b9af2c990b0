//! The door: name, password, one button.

use maud::{Markup, html};

use crate::parts::layout::{Frame, Sheet, page};

/// Why one is still outside.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Trouble {
    /// Name or password; which of them is not said.
    Wrong,
    /// Seconds to wait.
    Wait(u64),
}

/// The whole page.
pub(crate) fn draw(next: &str, name: &str, trouble: Option<Trouble>) -> Sheet {
    let content = html! {
        section.door {
            h1 { "Sign in" }
            @if let Some(trouble) = trouble { div #trouble.banner role="alert" { p { (words(trouble)) } } }
            form method="post" action="/sign-in" {
                @if !next.is_empty() { input type="hidden" name="next" value=(next); }
                p.field {
                    label for="name" { "Name" }
                    input #name name="name" autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="64"
                        required value=(name) autofocus[name.is_empty()];
                }
                p.field {
                    label for="password" { "Password" }
                    input #password type="password" name="password" autocomplete="current-password" required
                        autofocus[!name.is_empty()];
                }
                p { button type="submit" { "Sign in" } }
            }
            p.help { "Accounts are made by those who run Wardwatch here. Ask them, too, if you have forgotten your password." }
        }
    };
    page(&Frame { title: "Sign in", place: "/sign-in", is_live: false, reload: None }, &content)
}

/// The page for the code of the second factor.
pub(crate) fn draw_code(next: &str, trouble: Option<Trouble>) -> Sheet {
    let content = html! {
        section.door {
            h1 { "Enter the code" }
            @match trouble {
                Some(Trouble::Wrong) => div #trouble.banner role="alert" {
                    p { strong { "This code is wrong, or was used already." } " Take the one that your app shows now." }
                },
                Some(wait) => div #trouble.banner role="alert" { p { (words(wait)) } },
                None => {}
            }
            form method="post" action="/sign-in/code" {
                @if !next.is_empty() { input type="hidden" name="next" value=(next); }
                p.field {
                    label for="code" { "Code of your authenticator app" }
                    input #code name="code" autocomplete="one-time-code" spellcheck="false" maxlength="64" required autofocus;
                }
                p { button type="submit" { "Sign in" } }
            }
            p.help { "Your phone is not at hand? Enter one of your recovery codes. Without them, ask those who run Wardwatch here." }
        }
    };
    page(&Frame { title: "Enter the code", place: "/sign-in", is_live: false, reload: None }, &content)
}

fn words(trouble: Trouble) -> Markup {
    html! {
        @match trouble {
            Trouble::Wrong => { strong { "Name or password is wrong." } " Check both and try again." }
            Trouble::Wait(seconds) => { strong { "Too many tries." } " Wait " (seconds) " s, then try again. Nothing is locked." }
        }
    }
}
