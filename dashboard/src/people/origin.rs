//! Forms of other sites are refused: whatever changes something must come from a page of this very server.
//!
//! Invariant: no method but GET, HEAD and OPTIONS reaches a handler unless the browser says that it is of the same origin.
//! `Sec-Fetch-Site` and `Origin` cannot be set by a page; what says neither is no browser, and no form of ours. A form that is
//! larger than any of ours is told so here, whichever handler has left it unread.

use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::error::Problem;

/// Lets pass what reads, and what our own pages send.
pub(crate) async fn refuse_other_sites(request: Request, next: Next) -> Response {
    let only_reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if !only_reads && !is_same_origin(request.uri(), request.headers()) {
        return Problem::not_from_here().into_page();
    }
    let answer = next.run(request).await;
    // Whatever takes the whole body says so in words that are not ours.
    if answer.status() == StatusCode::PAYLOAD_TOO_LARGE { Problem::form_too_large().into_page() } else { answer }
}

fn text(headers: &HeaderMap, name: impl header::AsHeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// Which host was asked. Under HTTP/2 the address itself says so, and there is no `Host`.
fn host<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    uri.authority().map(Authority::as_str).or_else(|| text(headers, header::HOST))
}

fn is_same_origin(uri: &Uri, headers: &HeaderMap) -> bool {
    if let Some(site) = text(headers, "sec-fetch-site") {
        return site == "same-origin";
    }
    let origin = text(headers, header::ORIGIN).and_then(|origin| Some(origin.split_once("://")?.1));
    origin.is_some() && origin == host(uri, headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn only_a_page_of_this_server_may_send() {
        let (uri, host) = (Uri::from_static("/sign-in"), ("host", "127.0.0.1:8080"));
        let same = [vec![host, ("sec-fetch-site", "same-origin")], vec![host, ("origin", "http://127.0.0.1:8080")]];
        assert!(same.iter().all(|pairs| is_same_origin(&uri, &headers(pairs))));
        let other = [
            vec![host],
            vec![host, ("origin", "null")],
            vec![host, ("origin", "http://127.0.0.1:9090")],
            vec![host, ("origin", "http://127.0.0.1:8080"), ("sec-fetch-site", "cross-site")],
            vec![host, ("sec-fetch-site", "same-site")],
            vec![host, ("sec-fetch-site", "none")],
        ];
        assert!(!other.iter().any(|pairs| is_same_origin(&uri, &headers(pairs))));
    }

    #[test]
    fn under_http_2_the_address_says_which_host_was_asked() {
        let uri = Uri::from_static("https://board.example/sign-in");
        let is_same = |origin: &str| is_same_origin(&uri, &headers(&[("origin", origin)]));
        assert!(is_same("https://board.example"));
        assert!(!is_same("https://evil.example") && !is_same("https://board.example:8443") && !is_same("null"));
        let host = ("host", "evil.example");
        assert!(!is_same_origin(&uri, &headers(&[host, ("origin", "https://evil.example")])), "the address goes first");
    }
}
