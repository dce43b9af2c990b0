//! The two cookies: the session, and the browser that is known again.
//!
//! Invariant: both are out of reach of scripts and of other sites, and under TLS bound to this very host.

use axum::http::HeaderMap;
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use wardwatch_identity::Secret;

const SESSION: [&str; 2] = ["wardwatch", "__Host-wardwatch"];
const DEVICE: [&str; 2] = ["wardwatch-browser", "__Host-wardwatch-browser"];
/// How long a browser keeps by what it is known: 180 days.
const DEVICE_SECONDS: &str = "15552000";

/// Which cookie, under TLS or not.
fn name(names: [&'static str; 2], under_tls: bool) -> &'static str {
    names[usize::from(under_tls)]
}

fn presented(headers: &HeaderMap, name: &str) -> Option<Secret> {
    CookieJar::from_headers(headers).get(name).and_then(|cookie| Secret::presented(cookie.value()))
}

/// The session that the browser presents.
pub(crate) fn session(headers: &HeaderMap, under_tls: bool) -> Option<Secret> {
    presented(headers, name(SESSION, under_tls))
}

/// By what the browser is known.
pub(crate) fn device(headers: &HeaderMap, under_tls: bool) -> Option<Secret> {
    presented(headers, name(DEVICE, under_tls))
}

/// Hands out a session; the browser forgets it when it is closed.
pub(crate) fn give_session(secret: &Secret, under_tls: bool) -> String {
    write(name(SESSION, under_tls), secret.reveal(), under_tls)
}

/// Takes the session back.
pub(crate) fn take_session(under_tls: bool) -> String {
    write(name(SESSION, under_tls), "", under_tls) + "; Max-Age=0"
}

/// Hands out by what the browser is known again.
pub(crate) fn give_device(secret: &Secret, under_tls: bool) -> String {
    write(name(DEVICE, under_tls), secret.reveal(), under_tls) + "; Max-Age=" + DEVICE_SECONDS
}

fn write(name: &'static str, value: &str, under_tls: bool) -> String {
    let cookie = Cookie::build((name, value.to_owned())).path("/").http_only(true).same_site(SameSite::Lax);
    cookie.secure(under_tls).build().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_bound_to_the_host_under_tls() {
        let secret = Secret::random().unwrap();
        let plain = format!("wardwatch={}; HttpOnly; SameSite=Lax; Path=/", secret.reveal());
        assert_eq!(give_session(&secret, false), plain);
        let bound = format!("__Host-wardwatch={}; HttpOnly; SameSite=Lax; Secure; Path=/", secret.reveal());
        assert_eq!(give_session(&secret, true), bound);
        assert!(take_session(true).ends_with("; Max-Age=0"));
        assert!(give_device(&secret, true).starts_with("__Host-wardwatch-browser="));
    }

    #[test]
    fn a_cookie_of_plain_http_is_none_under_tls() {
        let secret = Secret::random().unwrap();
        let mut headers = HeaderMap::new();
        headers.insert("cookie", format!("wardwatch={}; other=x", secret.reveal()).parse().unwrap());
        assert_eq!(session(&headers, false), Some(secret));
        assert_eq!(session(&headers, true), None);
        headers.insert("cookie", "wardwatch=garbage".parse().unwrap());
        assert_eq!(session(&headers, false), None);
    }
}
