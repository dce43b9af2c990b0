//! Forms of other sites are refused: whatever changes something must come from a page of this very server.
//!
//! Invariant: no method but GET, HEAD and OPTIONS reaches a handler unless the browser says that it is of the same origin.
//! `Sec-Fetch-Site` and `Origin` cannot be set by a page; what says neither is no browser, and no form of ours.

use axum::extract::Request;
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::error::Problem;

/// Lets pass what reads, and what our own pages send.
pub(crate) async fn refuse_other_sites(request: Request, next: Next) -> Response {
    let only_reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if only_reads || is_same_origin(request.headers()) {
        return next.run(request).await;
    }
    Problem::not_from_here().into_page()
}

fn text(headers: &HeaderMap, name: impl header::AsHeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

fn is_same_origin(headers: &HeaderMap) -> bool {
    if let Some(site) = text(headers, "sec-fetch-site") {
        return site == "same-origin";
    }
    let origin = text(headers, header::ORIGIN).and_then(|origin| Some(origin.split_once("://")?.1));
    origin.is_some() && origin == text(headers, header::HOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn only_a_page_of_this_server_may_send() {
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
}
