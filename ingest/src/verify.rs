//! `verify`: the bucket is within the ledger, the books balance, and the digest of what the warehouse says.
//!
//! The digest is a function of the objects alone: current rows, versions, waiting results and quarantine, with their
//! lineage by key, SHA-256, record and map version; no surrogate id, no bucket, no load time.

use futures::TryStreamExt;
use serde::Serialize;
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, PgPool};
use wardwatch_schema::database;
use wardwatch_schema::feed::Target;

use crate::bucket::Bucket;
use crate::discover::DiscoverError;
use crate::ledger;
use crate::table::Table;

/// What `verify` found.
#[derive(Debug, Serialize)]
pub struct Verdict {
    /// Whether all of it holds.
    pub ok: bool,
    /// Every object of the bucket is in the ledger.
    pub bucket_in_ledger: bool,
    /// Objects of the bucket that are not in the ledger.
    pub missing: u64,
    /// The books of every object balance, and agree with quarantine and waiting results.
    pub books_balance: bool,
    /// Digest of the warehouse, in hexadecimal.
    pub digest: String,
}

/// Verifies the warehouse against the bucket.
pub async fn verify(pool: &PgPool, bucket: &Bucket) -> Result<Verdict, DiscoverError> {
    let missing = missing(pool, bucket).await?;
    let books_balance = sqlx::query_file_scalar!("src/sql/books_balance.sql").fetch_one(pool).await?;
    let digest = digest(pool).await?;
    let bucket_in_ledger = missing == 0;
    Ok(Verdict { ok: bucket_in_ledger && books_balance, bucket_in_ledger, missing, books_balance, digest })
}

/// Counts page by page, so that memory does not grow with the bucket.
async fn missing(pool: &PgPool, bucket: &Bucket) -> Result<u64, DiscoverError> {
    let start = bucket.key_start();
    let mut pages = bucket.pages(&start, None);
    let mut missing = 0;
    while let Some(page) = pages.try_next().await? {
        missing += ledger::count_missing(pool, &bucket.name, &page.objects).await?;
    }
    Ok(missing)
}

/// Digest of the warehouse.
pub async fn digest(pool: &PgPool) -> Result<String, sqlx::Error> {
    let mut snapshot = database::begin_snapshot(pool).await?;
    let mut digest = Sha256::new();
    for (name, rows) in digested() {
        let sql = format!(
            "WITH hashed AS (SELECT sha256(convert_to(row_text, 'UTF8')) AS hash FROM ({rows}) said (row_text))
             SELECT concat_ws(':', count(*), {}) FROM hashed",
            (0..4).map(sum_of_part).collect::<Vec<_>>().join(", ")
        );
        let sum: String = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut *snapshot).await?;
        digest.update(format!("{name}={sum}\n"));
    }
    snapshot.commit().await?;
    Ok(hex::encode(digest.finalize()))
}

/// A sum does not depend on the order of the rows; four of them over 64 bits each leave nothing to chance.
fn sum_of_part(part: usize) -> String {
    format!("coalesce(sum(('x' || encode(substr(hash, {}, 8), 'hex'))::bit(64)::bigint::numeric), 0)", part * 8 + 1)
}

/// What the digest is taken over: a name, and a query that gives each row as one text.
fn digested() -> Vec<(String, String)> {
    let mut queries = Vec::new();
    for target in [Target::Patient, Target::Admission, Target::LabTest, Target::LabResult] {
        let table = Table::of(target);
        let columns = [table.key, table.content].concat();
        for place in [table.name.to_owned(), format!("{}_superseded", table.name)] {
            queries.push((place.clone(), versions(table.name, &format!("warehouse.{place}"), &columns)));
        }
    }
    let results = Table::of(Target::LabResult);
    let columns = [results.source_key, results.content, &["is_current", "reason"]].concat();
    queries.push(("waiting_result".to_owned(), versions(results.name, "ingest.waiting_result", &columns)));
    queries.push(("quarantine".to_owned(), QUARANTINE.to_owned()));
    queries
}

fn versions(table: &str, place: &str, columns: &[&str]) -> String {
    let said: Vec<String> = columns.iter().map(|column| format!("v.{column}")).collect();
    format!(
        "SELECT ROW({}, v.flags, v.extra, v.content_hash, v.map_version,
                v.first_seen_at, f.key, f.sha256, v.first_record,
                s.last_seen_at, l.key, l.sha256, s.last_record)::text
         FROM {place} v
         LEFT JOIN ingest.last_sighting n ON n.content_hash = v.content_hash
         LEFT JOIN ingest.sighting_page g ON g.target = '{table}' AND g.page = ingest.page_of(v.content_hash)
         CROSS JOIN LATERAL ingest.last_said(v.content_hash, v.last_seen_at, v.last_object, v.last_record, n, g) s
         JOIN ingest.object f ON f.object_id = v.first_object
         JOIN ingest.object l ON l.object_id = s.last_object",
        said.join(", ")
    )
}

/// The same bytes under one key and order time are one saying, however often the bucket tells of them.
const QUARANTINE: &str =
    "SELECT DISTINCT ROW(o.key, o.sha256, q.record, q.feed, q.column_name, q.reason, q.raw, q.map_version, q.seen_at)::text
    FROM ingest.quarantine q JOIN ingest.object o ON o.object_id = q.object_id
    WHERE q.resolved_at IS NULL";
