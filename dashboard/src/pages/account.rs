//! One's own account: name, role, password, second factor, sessions, and tokens for programs.

use chrono_tz::Tz;
use maud::{Markup, html};
use wardwatch_identity::session;
use wardwatch_identity::token::{LONGEST_LABEL, Scope, Token};

use crate::parts::layout::{Frame, Sheet, page};
use crate::parts::time;
use crate::people::factor::SECOND_FACTOR;
use crate::people::{Way, Who};

/// What became of a form.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    /// The password is changed.
    Changed,
    /// The present password is wrong.
    Wrong,
    /// The new password is not taken, and why.
    Refused(String),
    /// Too many tries.
    Wait,
    /// A session is ended.
    SessionEnded,
    /// A token is made: its words, told once.
    TokenMade(String),
    /// A token is not made, and why.
    TokenRefused(String),
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
    let content = html! {
        header.head { div.headline {
            h1 { "Your account" }
            p.as-of { strong { (account.name) } ", " (account.role)
                @if !account.departments.is_empty() { ", limited to " (account.departments.join(", ")) } }
        } }
        @if let Some(outcome) = view.outcome { (told(outcome)) }
        div.asks {
            (password())
            (second_factor(view.who))
            (sessions(view))
            @if scopes(view.who).next().is_some() { (tokens(view)) }
        }
    };
    page(&Frame { title: "Your account", place: "/account", is_live: false, reload: None }, &content)
}

fn password() -> Markup {
    html! {
        section.ask aria-labelledby="heading-password" {
            h2 #heading-password { "Password" }
            form method="post" action="/account" {
                (field("present", "Present password", "current-password"))
                (field("new", "New password", "new-password"))
                p.help { "8 to 128 characters, whatever they are. Pasting is fine. Your other sessions end." }
                p { button type="submit" { "Change the password" } }
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
            h2 #heading-factor { "Second factor" }
            @if who.account.has_second_factor {
                p { "On: signing in asks for a code of your authenticator app." }
                p { a.button.quiet-button href=(SECOND_FACTOR) { "Turn off" } }
            } @else {
                p { "Off: whoever knows your password is you. An authenticator app on your phone changes that." }
                p { a.button href=(SECOND_FACTOR) { "Set up" } }
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
            h2 #heading-sessions { "Where you are signed in" }
            ul #sessions.entries {
                @for one in view.sessions {
                    li {
                        p {
                            strong { @if Some(one.session_id) == here { "Here" } @else { "Elsewhere" } }
                            @if let Some(address) = &one.address { ", from " (address) }
                            span.by { "since " (time::at(one.started_at, view.zone)) ", last used " (time::at(one.used_at, view.zone)) }
                        }
                        @if Some(one.session_id) != here {
                            form method="post" action="/account/sessions" {
                                input type="hidden" name="session" value=(one.session_id);
                                button.quiet-button type="submit" { "End" span.quiet { " this session" } }
                            }
                        }
                    }
                }
            }
            p.help { "Is one of them not yours? End it, and change your password." }
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
            h2 #heading-tokens { "Access for programs" }
            p.help { "A program sends a token in place of a password, to the JSON API only. " a href="/api/v1/openapi.json" { "What the API answers" } }
            ul #tokens.entries { @for token in view.tokens { (one_token(token, view.zone)) } }
            form method="post" action="/account/tokens" {
                p.field {
                    label for="label" { "What it is for" }
                    input #label name="label" maxlength=(LONGEST_LABEL) autocomplete="off" required;
                }
                fieldset {
                    legend { "What it may read" }
                    @for scope in scopes(view.who) {
                        label.choice { input type="checkbox" name="scope" value=(scope) checked; span { (words(scope)) } }
                    }
                }
                p.field {
                    label for="days" { "Days until it expires" }
                    input #days name="days" type="number" min="1" max="366" value="30" required;
                }
                p { button type="submit" { "Make a token" } }
            }
        }
    }
}

fn words(scope: Scope) -> &'static str {
    match scope {
        Scope::Board => "The board",
        Scope::Patients => "Patients, one by one",
    }
}

fn one_token(token: &Token, zone: Tz) -> Markup {
    html! {
        li data-token=(token.token_id) {
            p {
                strong { @if token.label.is_empty() { "Token " (token.token_id) } @else { (token.label) } } ": " (token.scope.join(", "))
                span.by { "made " (time::at(token.made_at, zone)) ", "
                    @match token.revoked_at { Some(at) => { "revoked " (time::at(at, zone)) } None => { "expires " (time::at(token.expires_at, zone)) } } }
            }
            @if token.revoked_at.is_none() {
                form method="post" action="/account/tokens" {
                    input type="hidden" name="revoke" value=(token.token_id);
                    button.quiet-button type="submit" { "Revoke" span.quiet { " " (token.label) } }
                }
            }
        }
    }
}

fn told(outcome: &Outcome) -> Markup {
    let good = |words: Markup| html! { div #done.notice role="status" { p { (words) } } };
    let bad = |words: Markup| html! { div #trouble.banner role="alert" { p { (words) } } };
    match outcome {
        Outcome::Changed => good(html! { strong { "The password is changed." } " Your other sessions have ended." }),
        Outcome::SessionEnded => good(html! { strong { "The session has ended." } }),
        Outcome::TokenRevoked => good(html! { strong { "The token is revoked." } }),
        Outcome::TokenMade(secret) => good(html! {
            strong { "The token, told once: " } code #token { (secret) }
            " Give it to the program now; it cannot be shown again."
        }),
        Outcome::Wrong => bad(html! { strong { "The present password is wrong." } " Nothing is changed." }),
        Outcome::Refused(why) => bad(html! { strong { "The new password is not taken: " } (why) "." }),
        Outcome::TokenRefused(why) => bad(html! { strong { "No token is made: " } (why) "." }),
        Outcome::Wait => bad(html! { strong { "Too many tries." } " Wait a minute. Nothing is changed or locked." }),
    }
}
