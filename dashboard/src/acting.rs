//! Who may act on a page: whoever reaches it, as long as nobody signs in.
//!
//! Invariant: a handler that writes takes a [`MayAct`], which exists only where acting is on and the request came from a
//! page of this very server. Without sign-in acting is on by itself on loopback only, and there only under a loopback name,
//! so that no page of the internet can borrow the browser of somebody at this machine.

use std::net::{IpAddr, SocketAddr};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};

use crate::error::{AsPage, Problem};
use crate::server::App;

/// Whether pages may act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Acting {
    /// They only show.
    Off,
    /// They may, under a loopback name.
    OnLoopback,
    /// They may, under whatever name: ops said so.
    On,
}

impl Acting {
    /// What the setting means at an address.
    pub(crate) fn of(setting: Option<bool>, listen: SocketAddr) -> Self {
        match setting {
            Some(true) => Self::On,
            None if listen.ip().to_canonical().is_loopback() => Self::OnLoopback,
            Some(false) | None => Self::Off,
        }
    }

    pub(crate) fn is_on(self) -> bool {
        self != Self::Off
    }
}

/// The right to ask the ingest daemon for something.
#[derive(Debug)]
pub(crate) struct MayAct(());

impl FromRequestParts<App> for MayAct {
    type Rejection = AsPage;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AsPage> {
        match app.acting {
            Acting::Off => Err(AsPage(Problem::acting_is_off())),
            Acting::OnLoopback if !host(&parts.headers).is_some_and(is_loopback_name) => {
                Err(AsPage(Problem::not_from_here()))
            }
            _ if !is_same_origin(&parts.headers) => Err(AsPage(Problem::not_from_here())),
            Acting::OnLoopback | Acting::On => Ok(Self(())),
        }
    }
}

fn text(headers: &HeaderMap, name: impl header::AsHeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

fn host(headers: &HeaderMap) -> Option<&str> {
    text(headers, header::HOST)
}

/// Browsers say where a form was sent from; what does not say it is no form of ours.
fn is_same_origin(headers: &HeaderMap) -> bool {
    if let Some(site) = text(headers, "sec-fetch-site") {
        return site == "same-origin";
    }
    let origin = text(headers, header::ORIGIN).and_then(|origin| Some(origin.split_once("://")?.1));
    origin.is_some() && origin == host(headers)
}

fn is_loopback_name(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn acting_is_on_by_itself_on_loopback_only() {
        let (loopback, anywhere) = ("127.0.0.1:8080".parse().unwrap(), "0.0.0.0:8080".parse().unwrap());
        assert_eq!(Acting::of(None, loopback), Acting::OnLoopback);
        assert_eq!(Acting::of(None, anywhere), Acting::Off);
        assert_eq!(Acting::of(Some(true), anywhere), Acting::On);
        assert_eq!(Acting::of(Some(false), loopback), Acting::Off);
    }

    #[test]
    fn only_a_page_of_this_server_may_ask() {
        let host = ("host", "127.0.0.1:8080");
        let same = [vec![host, ("sec-fetch-site", "same-origin")], vec![host, ("origin", "http://127.0.0.1:8080")]];
        assert!(same.iter().all(|pairs| is_same_origin(&headers(pairs))));
        let other = [
            vec![host],
            vec![host, ("origin", "null")],
            vec![host, ("origin", "http://127.0.0.1:9090")],
            vec![host, ("origin", "http://127.0.0.1:8080"), ("sec-fetch-site", "cross-site")],
            vec![host, ("sec-fetch-site", "same-site")],
            vec![host, ("sec-fetch-site", "none")],
        ];
        assert!(!other.iter().any(|pairs| is_same_origin(&headers(pairs))));
    }

    #[test]
    fn a_name_that_was_pointed_at_this_machine_is_not_its_own() {
        assert!(["localhost:8080", "127.0.0.1", "[::1]:8080", "LOCALHOST"].iter().all(|name| is_loopback_name(name)));
        assert!(
            !["ward.example:8080", "127.0.0.1.example", "10.0.0.1:8080", ""].iter().any(|name| is_loopback_name(name))
        );
    }
}
