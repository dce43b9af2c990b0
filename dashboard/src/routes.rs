//! The URL table, and nothing else.

use axum::Router;
use axum::routing::{get, post};

use crate::html::ops;
use crate::server::App;
use crate::{api, asking, assets, html, live, metrics};

pub(crate) fn table() -> Router<App> {
    Router::new()
        .route("/", get(html::board))
        .route("/patients", get(html::patients))
        .route("/patients/{id}", get(html::patient))
        .route("/ops", get(ops::overview))
        .route("/ops/feeds/{name}", get(ops::feed))
        .route("/ops/objects/{id}", get(ops::object))
        .route("/ops/objects/{id}/records/{number}", get(ops::record))
        .route("/ops/results/{id}", get(ops::result))
        .route("/ops/cases/{number}", get(ops::case))
        .route("/ops/decisions/{id}", get(ops::decision))
        .route("/ops/requests", post(asking::ask))
        .route("/ops/requests/{id}", get(ops::request))
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
