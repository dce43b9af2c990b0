//! Pages that renew themselves without a script: a browser that is told to load an address again sends what a reader would send
//! who opens it by hand.
//!
//! Invariant: the address that such a page names says so, and is the only one that does. No handler sees that: the mark is taken
//! off before, so that every page has it and no filter refuses it.

use axum::extract::Request;
use axum::http::Uri;
use axum::http::uri::PathAndQuery;

/// What the address of a page says that renews itself.
const MARK: &str = "renewed=yes";

/// Nobody asked for this by hand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Renewed;

/// The same page, asked for by itself: a reference that keeps the path.
pub(crate) fn reference(query: &str) -> String {
    if query.is_empty() { format!("?{MARK}") } else { format!("?{query}&{MARK}") }
}

/// Takes the mark off an address, and remembers it.
pub(crate) async fn mark(mut request: Request) -> Request {
    if let Some(uri) = unmarked(request.uri()) {
        *request.uri_mut() = uri;
        request.extensions_mut().insert(Renewed);
    }
    request
}

/// The address without the mark, where it has it.
fn unmarked(uri: &Uri) -> Option<Uri> {
    let query = uri.query()?;
    let kept: Vec<&str> = query.split('&').filter(|pair| *pair != MARK).collect();
    if kept.len() == query.split('&').count() {
        return None;
    }
    let kept = if kept.is_empty() { uri.path().to_owned() } else { format!("{}?{}", uri.path(), kept.join("&")) };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(kept).ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_is_taken_off_and_nothing_else() {
        let unmarked = |uri: &str| unmarked(&uri.parse().unwrap()).map(|uri| uri.to_string());
        for query in ["", "q=a+b", "q=a&state=chase"] {
            let plain = if query.is_empty() { "/".to_owned() } else { format!("/?{query}") };
            assert_eq!(unmarked(&format!("/{}", reference(query))), Some(plain.clone()), "{query}");
            assert_eq!(unmarked(&plain), None, "{query}");
        }
    }
}
