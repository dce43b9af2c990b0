//! One's own account: name, role, password, second factor, sessions, and tokens for programs.

use chrono_tz::Tz;
use maud::{Markup, html};
use wardwatch_identity::password::Refused;
use wardwatch_identity::session;
use wardwatch_identity::token::{LONGEST_LABEL, Scope, Token};

use crate::parts::layout::{Frame, Sheet, page};
use crate::parts::time;
use crate::people::factor::SECOND_FACTOR;
use crate::people::{Way, Who};
use crate::words::account::{self as words, NoToken};

/// What became of a form.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The password is changed.
    Changed,
    /// The present password is wrong.
    Wrong,
    /// The new password is not taken, and why.
    Refused(Refused),
    /// Too many tries.
    Wait,
    /// A session is ended.
    SessionEnded,
    /// A token is made: its words, told once.
    TokenMade(String),
    /// A token is not made, and why.
    TokenRefused(NoToken),
    /// A token is revoked.
    TokenRevoked,
}

/// What the page is drawn from.
pub(crate) struct View<'a> {
    pub(crate) who: &'a Who,
    pub(crate) outcome: Option<&'a Outcome>,
    pub(crate) sessions: &'a [session::Listed],
    pub(crate) tokens: &'a [Token],
    pub(crate) zone: Tz,
}

/// The whole page.
pub(crate) fn draw(view: &View<'_>) -> Sheet {
    let account = &view.who.account;
    let limits = (!account.departments.is_empty()).then(|| account.departments.join(", "));
    let content = html! {
        header.head { div.headline {
            h1 { (words::TITLE) }
            p.as-of { (words::whose(&html! { strong { (account.name) } }, account.role.as_str(), limits.as_deref())) }
        } }
        @if let Some(outcome) = view.outcome { (told(outcome)) }
        div.asks {
            (password())
            (second_factor(view.who))
            (sessions(view))
            @if scopes(view.who).next().is_some() { (tokens(view)) }
        }
    };
    page(&Frame { title: words::TITLE, place: "/account", is_live: false }, &content)
}

fn password() -> Markup {
    html! {
        section.ask aria-labelledby="heading-password" {
            h2 #heading-password { (words::PASSWORD) }
            form method="post" action="/account" {
                (field("present", words::PRESENT_PASSWORD, "current-password"))
                (field("new", words::NEW_PASSWORD, "new-password"))
                p.help { (words::which_passwords()) }
                p { button type="submit" { (words::CHANGE_PASSWORD) } }
            }
        }
    }
}

fn field(name: &str, label: &str, autocomplete: &str) -> Markup {
    html! {
        p.field {
            label for=(name) { (label) }
            input id=(name) type="password" name=(name) autocomplete=(autocomplete) required;
        }
    }
}

fn second_factor(who: &Who) -> Markup {
    html! {
        section.ask aria-labelledby="heading-factor" {
            h2 #heading-factor { (words::SECOND_FACTOR) }
            @if who.account.has_second_factor {
                p { (words::FACTOR_ON) }
                p { a.button.quiet-button href=(SECOND_FACTOR) { (words::TURN_OFF) } }
            } @else {
                p { (words::FACTOR_OFF) }
                p { a.button href=(SECOND_FACTOR) { (words::SET_UP) } }
            }
        }
    }
}

fn sessions(view: &View<'_>) -> Markup {
    let here = match view.who.way {
        Way::Session { id, .. } => Some(id),
        Way::Token { .. } => None,
    };
    html! {
        section.ask aria-labelledby="heading-sessions" {
            h2 #heading-sessions { (words::SESSIONS) }
            ul #sessions.entries {
                @for one in view.sessions {
                    li {
                        p {
                            strong { (if Some(one.session_id) == here { words::HERE } else { words::ELSEWHERE }) }
                            @if let Some(address) = &one.address { (words::from(address)) }
                            span.by { (words::since(&time::at(one.started_at, view.zone), &time::at(one.used_at, view.zone))) }
                        }
                        @if Some(one.session_id) != here {
                            form method="post" action="/account/sessions" {
                                input type="hidden" name="session" value=(one.session_id);
                                button.quiet-button type="submit" { (words::end_session()) }
                            }
                        }
                    }
                }
            }
            p.help { (words::NOT_YOURS) }
        }
    }
}

/// What a token of this account may open.
fn scopes(who: &Who) -> impl Iterator<Item = Scope> {
    Scope::ALL.into_iter().filter(|scope| who.account.may(scope.action()))
}

fn tokens(view: &View<'_>) -> Markup {
    html! {
        section.ask aria-labelledby="heading-tokens" {
            h2 #heading-tokens { (words::TOKENS) }
            p.help { (words::WHAT_A_TOKEN_IS) " " a href="/api/v1/openapi.json" { (words::WHAT_THE_API_ANSWERS) } }
            ul #tokens.entries { @for token in view.tokens { (one_token(token, view.zone)) } }
            form method="post" action="/account/tokens" {
                p.field {
                    label for="label" { (words::LABEL) }
                    input #label name="label" maxlength=(LONGEST_LABEL) autocomplete="off" required;
                }
                fieldset {
                    legend { (words::SCOPE) }
                    @for scope in scopes(view.who) {
                        label.choice { input type="checkbox" name="scope" value=(scope) checked; span { (words::scope(scope)) } }
                    }
                }
                p.field {
                    label for="days" { (words::DAYS) }
                    input #days name="days" type="number" min="1" max="366" value="30" required;
                }
                p { button type="submit" { (words::MAKE_TOKEN) } }
            }
        }
    }
}

fn one_token(token: &Token, zone: Tz) -> Markup {
    let name = if token.label.is_empty() { words::token(token.token_id) } else { token.label.clone() };
    let made = time::at(token.made_at, zone);
    html! {
        li data-token=(token.token_id) {
            p {
                strong { (name) } ": " (token.scope.join(", "))
                span.by { @match token.revoked_at {
                    Some(at) => (words::revoked(&made, &time::at(at, zone))),
                    None => (words::expires(&made, &time::at(token.expires_at, zone))),
                } }
            }
            @if token.revoked_at.is_none() {
                form method="post" action="/account/tokens" {
                    input type="hidden" name="revoke" value=(token.token_id);
                    button.quiet-button type="submit" { (words::revoke(&token.label)) }
                }
            }
        }
    }
}

fn told(outcome: &Outcome) -> Markup {
    let good = |said: &Markup| html! { div #done.notice role="status" { p { (said) } } };
    let bad = |said: &Markup| html! { div #trouble.banner role="alert" { p { (said) } } };
    match outcome {
        Outcome::Changed => good(&words::changed()),
        Outcome::SessionEnded => good(&words::session_ended()),
        Outcome::TokenRevoked => good(&words::token_revoked()),
        Outcome::TokenMade(secret) => good(&words::token_made(&html! { code #token { (secret) } })),
        Outcome::Wrong => bad(&words::wrong_password()),
        Outcome::Refused(why) => bad(&words::refused_password(why)),
        Outcome::TokenRefused(why) => bad(&words::no_token(*why)),
        Outcome::Wait => bad(&words::too_many_tries()),
    }
}
