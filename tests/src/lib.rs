//! What the scenarios stand on: a warehouse in a real Postgres, a bucket in a directory or a real S3 server, and the
//! real `wardwatch-ingest`.
//!
//! Invariant: a scenario waits for a state and never for a duration, and what it starts goes with it.

pub mod browser;
pub mod bucket;
pub mod churn;
pub mod dashboard;
pub mod ingest;
pub mod model;
pub mod moto;
pub mod parsed;
pub mod people;
pub mod proxy;
pub mod report;
pub mod sample;
pub mod wait;
pub mod ward;
pub mod warehouse;

pub use browser::Browser;
pub use bucket::{Folder, S3};
pub use dashboard::Dashboard;
pub use ingest::{Daemon, Ended, Ingest};
pub use moto::Moto;
pub use proxy::Proxy;
pub use report::{number, report};
pub use wait::until;
pub use ward::Ward;
pub use warehouse::Warehouse;

/// How a scenario ends.
pub type Tested<T = ()> = anyhow::Result<T>;
