//! The web application: who has been in hospital for longer than the threshold without a new test, and why.
//!
//! Handlers fetch (`views`), pages draw (`pages`). The database's clock is the only clock: a request takes `now()`
//! once and everything on its page is told as of that moment. Nothing here writes the warehouse: what a
//! person asks for becomes a request to the ingest daemon.

mod acting;
mod answer;
mod api;
mod asking;
mod assets;
mod breath;
mod csv;
mod delta;
mod downtime;
mod drawn;
mod error;
mod html;
mod live;
mod metrics;
mod openapi;
mod opening;
mod pages;
mod parts;
mod people;
mod query;
mod reviewing;
mod roster;
mod routes;
mod server;
mod settings;
mod views;
mod visits;
mod words;

pub use routes::addresses;
pub use server::{ServeError, bind, serve};
pub use settings::{Settings, SettingsError, Tls};
