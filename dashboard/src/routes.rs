//! The URL table, and nothing else.

use axum::Router;
use axum::routing::{MethodRouter, get, post};

use crate::html::{copies, ops, own, review, thresholds};
use crate::people::{access, account, contact, factor, sessions, sign_in, tokens};
use crate::server::App;
use crate::{api, asking, assets, html, live, metrics, openapi, reviewing};

fn routes() -> Vec<(&'static str, MethodRouter<App>)> {
    vec![
        ("/", get(html::board)),
        ("/board.csv", get(copies::csv)),
        ("/print", get(copies::print)),
        ("/wallboard", get(copies::wallboard)),
        ("/patients", get(html::patients)),
        ("/patients/{id}", get(html::patient)),
        ("/patients/{id}/break-glass", post(access::break_glass)),
        ("/patients/{id}/stays/{case}", get(review::show).post(reviewing::act)),
        ("/thresholds", get(thresholds::show).post(thresholds::set)),
        ("/me", get(own::me)),
        ("/me/contact", post(contact::say)),
        ("/audit", get(own::audit)),
        ("/audit/reviews", post(access::review)),
        ("/ops", get(ops::overview)),
        ("/ops/feeds/{name}", get(ops::feed)),
        ("/ops/objects/{id}", get(ops::object)),
        ("/ops/objects/{id}/records/{number}", get(ops::record)),
        ("/ops/results/{id}", get(ops::result)),
        ("/ops/cases/{number}", get(ops::case)),
        ("/ops/decisions/{id}", get(ops::decision)),
        ("/ops/requests", post(asking::ask)),
        ("/ops/requests/{id}", get(ops::request)),
        ("/events", get(live::events)),
        ("/api/v1/board", get(api::board)),
        ("/api/v1/patients/{id}", get(api::patient)),
        (openapi::ROUTE, get(openapi::describe)),
        ("/api/{*rest}", get(api::not_found)),
        ("/sign-in", get(sign_in::show).post(sign_in::sign_in)),
        ("/sign-in/code", get(sign_in::show_code).post(sign_in::take_code)),
        ("/sign-out", post(sign_in::sign_out)),
        ("/account", get(account::show).post(account::change)),
        ("/account/second-factor", get(factor::show).post(factor::take)),
        ("/account/sessions", post(sessions::end)),
        ("/account/stay", post(account::stay)),
        ("/account/tokens", post(tokens::ask)),
        ("/healthz", get(api::healthz)),
        ("/readyz", get(api::readyz)),
        ("/metrics", get(metrics::metrics)),
        (assets::ROUTE, get(assets::serve)),
        ("/favicon.ico", get(assets::favicon)),
    ]
}

pub(crate) fn table() -> Router<App> {
    let table = routes().into_iter().fold(Router::new(), |table, (address, methods)| table.route(address, methods));
    table.fallback(html::not_found).method_not_allowed_fallback(html::method_not_allowed)
}

/// Every address that is served, so that a test can walk them all.
pub fn addresses() -> Vec<&'static str> {
    routes().into_iter().map(|(address, _)| address).collect()
}
