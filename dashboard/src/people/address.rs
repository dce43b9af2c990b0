//! From where a request comes: the peer, or what a proxy says that ops have named.
//!
//! Invariant: a header is believed only where the peer is the proxy of the configuration, and only its last word, which is
//! the proxy's own. Where the proxy says nothing that can be read, nobody is taken for the proxy itself: it may stand on this
//! very machine.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;

use crate::server::App;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The address of whoever comes from where nobody knows. It is no one of this machine.
const NOBODY_KNOWS: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// The address of whoever asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Client(pub(crate) IpAddr);

impl FromRequestParts<App> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip().to_canonical());
        Ok(Self(client(peer.unwrap_or(NOBODY_KNOWS), app.proxy, &parts.headers)))
    }
}

fn client(peer: IpAddr, proxy: Option<IpAddr>, headers: &HeaderMap) -> IpAddr {
    if proxy.is_none_or(|proxy| proxy.to_canonical() != peer) {
        return peer;
    }
    let said = headers.get_all(FORWARDED_FOR).iter().next_back().and_then(|value| value.to_str().ok());
    let last = said.and_then(|said| said.rsplit(',').next()).and_then(|last| address(last.trim()));
    last.map_or(NOBODY_KNOWS, |last| last.to_canonical())
}

/// An address, with its port or without.
fn address(said: &str) -> Option<IpAddr> {
    said.parse().ok().or_else(|| Some(said.parse::<SocketAddr>().ok()?.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(peer: &str, proxy: Option<&str>, said: &[&'static str]) -> String {
        let mut headers = HeaderMap::new();
        for value in said {
            headers.append(FORWARDED_FOR, value.parse().unwrap());
        }
        client(peer.parse().unwrap(), proxy.map(|proxy| proxy.parse().unwrap()), &headers).to_string()
    }

    #[test]
    fn only_the_configured_proxy_is_believed_and_only_its_own_word() {
        assert_eq!(of("192.0.2.1", None, &["127.0.0.1"]), "192.0.2.1");
        assert_eq!(of("192.0.2.1", Some("127.0.0.1"), &["10.0.0.9"]), "192.0.2.1");
        assert_eq!(of("127.0.0.1", Some("127.0.0.1"), &["127.0.0.1, 10.0.0.9"]), "10.0.0.9");
        assert_eq!(of("127.0.0.1", Some("127.0.0.1"), &["127.0.0.1", "10.0.0.9"]), "10.0.0.9");
        assert_eq!(of("127.0.0.1", Some("127.0.0.1"), &["10.0.0.9, 127.0.0.1"]), "127.0.0.1");
    }

    #[test]
    fn an_address_is_read_with_its_port() {
        for (said, read) in [
            ("10.0.0.9:4711", "10.0.0.9"),
            ("[2001:db8::9]:4711", "2001:db8::9"),
            ("2001:db8::9", "2001:db8::9"),
            ("[::ffff:10.0.0.9]:4711", "10.0.0.9"),
        ] {
            assert_eq!(of("127.0.0.1", Some("127.0.0.1"), &[said]), read);
        }
    }

    #[test]
    fn whom_the_proxy_does_not_name_is_nobody_and_not_of_this_machine() {
        let unread: [&[&'static str]; 5] = [&[], &["unknown"], &["127.0.0.1,"], &[""], &["10.0.0.9", "nonsense"]];
        for said in unread {
            assert_eq!(of("127.0.0.1", Some("127.0.0.1"), said), "0.0.0.0", "{said:?}");
        }
    }
}
