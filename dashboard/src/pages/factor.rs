//! Setting up a second factor, step by step: the password, the picture for the app, the first code, the recovery codes.

use maud::{Markup, html};
use qrcodegen::{QrCode, QrCodeEcc};
use wardwatch_identity::second_factor::Key;

use crate::parts::layout::{Frame, Sheet, page};
use crate::people::Who;
use crate::people::factor::SECOND_FACTOR;
use crate::people::sign_in::landing;
use crate::words::factor as words;

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
            h1 { (words::TITLE) }
            @match step {
                Step::AskPassword { is_wrong } => (ask_password(who, *is_wrong)),
                Step::AskCode { key: Some(key) } => (ask_code(key)),
                Step::AskCode { key: None } => {
                    (trouble(words::WRONG_CODE))
                    (code_form())
                    p.help { a href=(SECOND_FACTOR) { (words::BEGIN_ANEW) } }
                }
                Step::Confirmed(codes) => (confirmed(who, codes)),
                Step::Removed => {
                    p #done role="status" { strong { (words::IS_OFF) } }
                    p { a.button href="/account" { (words::TO_ACCOUNT) } }
                }
                Step::Wait => (trouble(words::TOO_MANY_TRIES)),
            }
        }
    };
    page(&Frame { title: words::TITLE, place: "/account", is_live: false }, &content)
}

fn trouble((what, next): words::Trouble) -> Markup {
    html! { div #trouble.banner role="alert" { p { strong { (what) } " " (next) } } }
}

fn ask_password(who: &Who, is_wrong: bool) -> Markup {
    let (asks, button) = if who.account.has_second_factor {
        (words::ASK_TO_TURN_OFF, words::TURN_OFF)
    } else {
        (words::ASK_TO_BEGIN, words::BEGIN)
    };
    html! {
        @if is_wrong { (trouble(words::WRONG_PASSWORD)) }
        p { (asks) }
        form method="post" action=(SECOND_FACTOR) {
            p.field {
                label for="password" { (words::YOUR_PASSWORD) }
                input #password type="password" name="password" autocomplete="current-password" required autofocus;
            }
            p { button type="submit" { (button) } }
        }
    }
}

fn ask_code(key: &Key) -> Markup {
    html! {
        p { (words::SCAN) }
        (picture(&key.address))
        p.help { (words::OR_TYPE) code #key { (groups(&key.letters)) } }
        (code_form())
    }
}

fn code_form() -> Markup {
    html! {
        form method="post" action=(SECOND_FACTOR) {
            p.field {
                label for="code" { (words::CODE) }
                input #code name="code" inputmode="numeric" autocomplete="one-time-code" maxlength="10" required autofocus;
            }
            p { button type="submit" { (words::TURN_ON) } }
        }
    }
}

fn confirmed(who: &Who, codes: &[String]) -> Markup {
    html! {
        p #done role="status" { strong { (words::IS_ON) } " " (words::OTHER_SESSIONS_ENDED) }
        p { (words::RECOVERY_CODES) }
        ul #recovery.codes { @for code in codes { li { code { (code) } } } }
        p { a.button href=(landing(who.account.role)) { (words::WRITTEN_DOWN) } }
    }
}

fn groups(letters: &str) -> String {
    let letters: Vec<char> = letters.chars().collect();
    letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

/// The address as a QR code, drawn square by square.
fn picture(address: &str) -> Markup {
    let Ok(code) = QrCode::encode_text(address, QrCodeEcc::Medium) else {
        return html! { p.help { (words::NO_PICTURE) } };
    };
    let size = code.size();
    let dark = (0..size).flat_map(|y| (0..size).map(move |x| (x, y))).filter(|(x, y)| code.get_module(*x, *y));
    let squares: Vec<String> = dark.map(|(x, y)| format!("M{} {}h1v1h-1z", x + MARGIN, y + MARGIN)).collect();
    let whole = size + 2 * MARGIN;
    html! {
        svg.qr role="img" aria-label=(words::PICTURE) viewBox={ "0 0 " (whole) " " (whole) } shape-rendering="crispEdges" {
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
