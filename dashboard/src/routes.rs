//! The URL table, and nothing else.

use axum::Router;
use axum::routing::get;

use crate::server::App;
use crate::{api, assets, html, live, metrics};

pub(crate) fn table() -> Router<App> {
    Router::new()
        .route("/", get(html::board))
        .route("/patients", get(html::patients))
        .route("/patients/{id}", get(html::patient))
        .route("/ops", get(html::ops))
        .route("/events", get(live::events))
        .route("/api/v1/board", get(api::board))
        .route("/api/v1/patients/{id}", get(api::patient))
        .route("/api/{*rest}", get(api::not_found))
        .route("/healthz", get(api::healthz))
        .route("/readyz", get(api::readyz))
        .route("/metrics", get(metrics::metrics))
        .route(assets::ROUTE, get(assets::serve))
        .route("/favicon.ico", get(assets::favicon))
        .fallback(html::not_found)
        .method_not_allowed_fallback(html::method_not_allowed)
}
