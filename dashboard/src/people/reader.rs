//! Whoever reads what went wrong: a problem is drawn once it is known who asked, with the navigation of every other page.
//!
//! Invariant: it is the same asker that the handler found, and drawing asks no database: its outage is told as well.

use std::sync::{Arc, OnceLock};

use axum::extract::Request;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Who;
use crate::error::Problem;
use crate::pages::problem;

/// Who asks, as soon as that is known.
#[derive(Debug, Clone, Default)]
struct Reader(Arc<OnceLock<Who>>);

/// Draws the page of whatever problem the handlers leave behind.
pub(crate) async fn draw_problems(mut request: Request, next: Next) -> Response {
    let reader = Reader::default();
    request.extensions_mut().insert(reader.clone());
    let mut response = next.run(request).await;
    match response.extensions_mut().remove::<Problem>() {
        Some(told) => (response.status(), problem::draw(&told).seen_by(reader.0.get())).into_response(),
        None => response,
    }
}

/// Remembers who asks.
pub(super) fn remember(parts: &Parts, who: &Who) {
    if let Some(reader) = parts.extensions.get::<Reader>() {
        reader.0.get_or_init(|| who.clone());
    }
}
