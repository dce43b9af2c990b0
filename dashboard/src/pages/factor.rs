//! Setting up a second factor, step by step: the password, the picture for the app, the first code, the recovery codes.

use maud::{Markup, html};
use qrcodegen::{QrCode, QrCodeEcc};
use wardwatch_identity::second_factor::Key;

use crate::parts::layout::{Frame, Sheet, page};
use crate::people::Who;
use crate::people::factor::SECOND_FACTOR;
use crate::people::sign_in::landing;

/// Light modules around the picture, which scanners want.
const MARGIN: i32 = 4;

/// Where one is.
pub(crate) enum Step {
    /// Who sets it up or gives it up shows that they know the password.
    AskPassword { is_wrong: bool },
    /// The app has the key, and shows a first code; without a key, the one before was wrong.
    AskCode { key: Option<Key> },
    /// It counts from now on; these recovery codes are told once.
    Confirmed(Vec<String>),
    /// It is given up.
    Removed,
    /// Too many tries.
    Wait,
}

/// The whole page.
pub(crate) fn draw(who: &Who, step: &Step) -> Sheet {
    let content = html! {
        section.door {
            h1 { "Second factor" }
            @match step {
                Step::AskPassword { is_wrong } => (ask_password(who, *is_wrong)),
                Step::AskCode { key: Some(key) } => (ask_code(key)),
                Step::AskCode { key: None } => {
                    (trouble("This code is wrong.", "Is the clock of the phone right? Type the code that the app shows now."))
                    (code_form())
                    p.help { a href=(SECOND_FACTOR) { "Begin anew, with a new picture" } }
                }
                Step::Confirmed(codes) => (confirmed(who, codes)),
                Step::Removed => {
                    p #done role="status" { strong { "The second factor is off." } }
                    p { a.button href="/account" { "To your account" } }
                }
                Step::Wait => (trouble("Too many tries.", "Wait a minute. Nothing is changed or locked.")),
            }
        }
    };
    page(&Frame { title: "Second factor", place: "/account", is_live: false, reload: None }, &content)
}

fn trouble(what: &str, next: &str) -> Markup {
    html! { div #trouble.banner role="alert" { p { strong { (what) } " " (next) } } }
}

fn ask_password(who: &Who, is_wrong: bool) -> Markup {
    html! {
        @if is_wrong { (trouble("The password is wrong.", "Nothing is changed.")) }
        @if who.account.has_second_factor {
            p { "Signing in asks for a code of your authenticator app. Type your password to turn that off." }
        } @else {
            p { "From then on signing in asks for a code that an authenticator app on your phone shows. Type your password to begin." }
        }
        form method="post" action=(SECOND_FACTOR) {
            p.field {
                label for="password" { "Your password" }
                input #password type="password" name="password" autocomplete="current-password" required autofocus;
            }
            p { button type="submit" { @if who.account.has_second_factor { "Turn off" } @else { "Begin" } } }
        }
    }
}

fn ask_code(key: &Key) -> Markup {
    html! {
        p { "Scan this with your authenticator app:" }
        (picture(&key.address))
        p.help { "Or type this into the app: " code #key { (groups(&key.letters)) } }
        (code_form())
    }
}

fn code_form() -> Markup {
    html! {
        form method="post" action=(SECOND_FACTOR) {
            p.field {
                label for="code" { "The code that the app shows" }
                input #code name="code" inputmode="numeric" autocomplete="one-time-code" maxlength="10" required autofocus;
            }
            p { button type="submit" { "Turn on" } }
        }
    }
}

fn confirmed(who: &Who, codes: &[String]) -> Markup {
    html! {
        p #done role="status" { strong { "The second factor is on." } " Your other sessions have ended." }
        p { "Write these recovery codes down and keep them apart from your phone. Each opens the door once, should the phone be lost. They are shown only now." }
        ul #recovery.codes { @for code in codes { li { code { (code) } } } }
        p { a.button href=(landing(who.account.role)) { "I have written them down" } }
    }
}

fn groups(letters: &str) -> String {
    let letters: Vec<char> = letters.chars().collect();
    letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

/// The address as a QR code, drawn square by square.
fn picture(address: &str) -> Markup {
    let Ok(code) = QrCode::encode_text(address, QrCodeEcc::Medium) else {
        return html! { p.help { "The picture cannot be drawn: type the letters instead." } };
    };
    let size = code.size();
    let dark = (0..size).flat_map(|y| (0..size).map(move |x| (x, y))).filter(|(x, y)| code.get_module(*x, *y));
    let squares: Vec<String> = dark.map(|(x, y)| format!("M{} {}h1v1h-1z", x + MARGIN, y + MARGIN)).collect();
    let whole = size + 2 * MARGIN;
    html! {
        svg.qr role="img" aria-label="QR code for your authenticator app" viewBox={ "0 0 " (whole) " " (whole) } shape-rendering="crispEdges" {
            rect width=(whole) height=(whole) fill="#fff" {}
            path d=(squares.concat()) fill="#000" {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_holds_dark_squares_within_a_light_margin() {
        let drawn = picture("otpauth://totp/Wardwatch:ada?secret=JBSWY3DPEHPK3PXP&issuer=Wardwatch").into_string();
        assert!(drawn.contains("<path d=\"M4 4h1v1h-1z"), "the finder pattern stands in the corner: {drawn}");
        assert_eq!(groups("JBSWY3DPEH"), "JBSW Y3DP EH");
    }
}
