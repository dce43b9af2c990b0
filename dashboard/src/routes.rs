//! The URL table, and nothing else.

use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodRouter, get, post};

use crate::html::{copies, ops, own, review, thresholds};
use crate::people::{access, account, contact, factor, sessions, sign_in, tokens};
use crate::server::App;
use crate::{api, asking, assets, html, live, metrics, openapi, reviewing};

fn routes() -> Vec<(&'static str, Served)> {
    vec![
        ("/", shows(html::board)),
        ("/board.csv", shows(copies::csv)),
        ("/print", shows(copies::print)),
        ("/wallboard", shows(copies::wallboard)),
        ("/patients", shows(html::patients)),
        ("/patients/{id}", shows(html::patient)),
        ("/patients/{id}/break-glass", takes(access::break_glass)),
        ("/patients/{id}/stays/{case}", shows(review::show).and_takes(reviewing::act)),
        ("/thresholds", shows(thresholds::show).and_takes(thresholds::set)),
        ("/me", shows(own::me)),
        ("/me/contact", takes(contact::say)),
        ("/audit", shows(own::audit)),
        ("/audit/reviews", takes(access::review)),
        ("/ops", shows(ops::overview)),
        ("/ops/feeds/{name}", shows(ops::feed)),
        ("/ops/objects/{id}", shows(ops::object)),
        ("/ops/objects/{id}/records/{number}", shows(ops::record)),
        ("/ops/results/{id}", shows(ops::result)),
        ("/ops/cases/{number}", shows(ops::case)),
        ("/ops/decisions/{id}", shows(ops::decision)),
        ("/ops/requests", takes(asking::ask)),
        ("/ops/requests/{id}", shows(ops::request)),
        ("/events", shows(live::events)),
        ("/api/v1/board", shows(api::board)),
        ("/api/v1/patients/{id}", shows(api::patient)),
        (openapi::ROUTE, shows(openapi::describe)),
        ("/api/{*rest}", shows(api::not_found)),
        ("/sign-in", shows(sign_in::show).and_takes(sign_in::sign_in)),
        ("/sign-in/code", shows(sign_in::show_code).and_takes(sign_in::take_code)),
        ("/sign-out", takes(sign_in::sign_out)),
        ("/account", shows(account::show).and_takes(account::change)),
        ("/account/second-factor", shows(factor::show).and_takes(factor::take)),
        ("/account/sessions", takes(sessions::end)),
        ("/account/stay", takes(account::stay)),
        ("/account/tokens", takes(tokens::ask)),
        ("/healthz", shows(api::healthz)),
        ("/readyz", shows(api::readyz)),
        ("/metrics", shows(metrics::metrics)),
        (assets::ROUTE, shows(assets::serve)),
        ("/favicon.ico", shows(assets::favicon)),
    ]
}

/// The handlers of one address, and the methods that they answer.
struct Served {
    handlers: MethodRouter<App>,
    methods: &'static [&'static str],
}

fn shows<H: Handler<T, App>, T: 'static>(handler: H) -> Served {
    Served { handlers: get(handler), methods: &["GET"] }
}

fn takes<H: Handler<T, App>, T: 'static>(handler: H) -> Served {
    Served { handlers: post(handler), methods: &["POST"] }
}

impl Served {
    fn and_takes<H: Handler<T, App>, T: 'static>(self, handler: H) -> Self {
        Self { handlers: self.handlers.post(handler), methods: &["GET", "POST"] }
    }
}

pub(crate) fn table() -> Router<App> {
    let routes = routes().into_iter();
    let table = routes.fold(Router::new(), |table, (address, served)| table.route(address, served.handlers));
    table.fallback(html::not_found).method_not_allowed_fallback(html::method_not_allowed)
}

/// Every method of every address that is served, so that a test can walk them all.
pub fn addresses() -> Vec<(&'static str, &'static str)> {
    let methods = |(address, served): (_, Served)| served.methods.iter().map(move |method| (*method, address));
    routes().into_iter().flat_map(methods).collect()
}
