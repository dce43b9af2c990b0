//! The door: name, password, one button.

use maud::html;

use crate::parts::layout::{Frame, Sheet, page};
use crate::words::sign_in as words;

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
            h1 { (words::TITLE) }
            @if let Some(trouble) = trouble { div #trouble.banner role="alert" { p { (words::trouble(trouble)) } } }
            form method="post" action="/sign-in" {
                @if !next.is_empty() { input type="hidden" name="next" value=(next); }
                p.field {
                    label for="name" { (words::NAME) }
                    input #name name="name" autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="64"
                        required value=(name) autofocus[name.is_empty()];
                }
                p.field {
                    label for="password" { (words::PASSWORD) }
                    input #password type="password" name="password" autocomplete="current-password" required
                        autofocus[!name.is_empty()];
                }
                p { button type="submit" { (words::SIGN_IN) } }
            }
            p.help { (words::WHO_HELPS) }
        }
    };
    page(&Frame { title: words::TITLE, place: "/sign-in", is_live: false }, &content)
}

/// The page for the code of the second factor.
pub(crate) fn draw_code(next: &str, trouble: Option<Trouble>) -> Sheet {
    let content = html! {
        section.door {
            h1 { (words::CODE_TITLE) }
            @if let Some(trouble) = trouble { div #trouble.banner role="alert" { p { (words::code_trouble(trouble)) } } }
            form method="post" action="/sign-in/code" {
                @if !next.is_empty() { input type="hidden" name="next" value=(next); }
                p.field {
                    label for="code" { (words::CODE) }
                    input #code name="code" autocomplete="one-time-code" spellcheck="false" maxlength="64" required autofocus;
                }
                p { button type="submit" { (words::SIGN_IN) } }
            }
            p.help { (words::NO_PHONE) }
        }
    };
    page(&Frame { title: words::CODE_TITLE, place: "/sign-in", is_live: false }, &content)
}
