//! What would become of an object with a column map, as the ingest daemon wrote it beside a request.

use serde::Deserialize;

/// Counts, reasons and headers; no value of the object.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Preview {
    pub(crate) map_version: i32,
    pub(crate) records: i64,
    pub(crate) taken: i64,
    pub(crate) skipped: i64,
    pub(crate) rejected: i64,
    pub(crate) rejects: Vec<Rejects>,
    pub(crate) drift: Vec<Difference>,
}

/// Records that would be quarantined for one reason.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Rejects {
    pub(crate) column: Option<String>,
    pub(crate) reason: String,
    pub(crate) count: i64,
    /// Numbers of the first of them.
    pub(crate) records: Vec<i32>,
}

/// A header that the map does not know or misses.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Difference {
    pub(crate) kind: String,
    pub(crate) header: String,
}
