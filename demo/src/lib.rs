//! The outside world of Wardwatch on an empty machine: a Postgres and an S3, started from nothing.
//!
//! The demo and every end-to-end test stand on these two, so both behave as the real ones do: a real Postgres
//! server of the machine, and S3 over HTTP with signatures, conditions, versions and listings. Each stops with
//! the process that started it, however that ends.
//!
//! Not for production: Postgres trusts whoever reaches its socket, and the S3 keeps one copy of its objects and
//! does not wait for the disk.

pub mod postgres;
pub mod s3;

pub use postgres::{Postgres, PostgresError, PostgresOptions};
pub use s3::{Fault, Faults, Operation, S3Error, S3Options, S3Server};
