//! What files and warehouse look like: feeds, column maps, the configuration, the clock, the pool and the migrator.
//!
//! Everything here is known to both daemons. No HTTP, no S3, no polars: what reads files lives in `ingest`, what draws
//! pages in `dashboard`.

pub mod clock;
pub mod config;
pub mod database;
pub mod feed;
pub mod map;
pub mod telemetry;
