//! Brings rows into the staging table of the connection, by `COPY`, folded to versions and sorted by key.
//!
//! Invariant: a staged row is one version (key and content) with its first and last sighting among the staged records.
//! The temporary tables are made once a connection and emptied by every commit.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt::Write;

use chrono::{DateTime, Utc};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Executor};

use crate::parse::Row;
use crate::table::{LINEAGE, Table};

/// The object that a row was read from, as far as sightings need it.
#[derive(Debug, Clone)]
pub struct Sighted {
    /// Number in the ledger.
    pub object_id: i64,
    /// First part of the object's order.
    pub order_time: DateTime<Utc>,
    /// Place of the object in the order of its batch.
    pub rank: usize,
    /// Map that read it.
    pub map_version: i32,
}

/// A row and where it was said.
#[derive(Debug)]
pub struct SightedRow {
    /// The row.
    pub row: Row,
    /// Place of its object in the batch.
    pub object: usize,
}

/// What staging told.
#[derive(Debug, Default)]
pub struct Staged {
    /// Versions in the staging table.
    pub versions: u64,
    /// Records by object that repeat a staged version within the batch.
    pub repeats: BTreeMap<i64, i64>,
}

/// Makes the temporary tables of this connection for a table, where they are not there yet.
pub async fn prepare(connection: &mut PgConnection, table: &Table) -> Result<(), sqlx::Error> {
    let name = table.name;
    let exists: bool = sqlx::query_scalar("SELECT to_regclass('pg_temp.stage_' || $1) IS NOT NULL")
        .bind(name)
        .fetch_one(&mut *connection)
        .await?;
    if exists {
        return Ok(());
    }
    let key = table.source_key.join(", ");
    let sql = format!(
        "CREATE TEMP TABLE stage_{name} ON COMMIT DELETE ROWS AS
            SELECT *, false AS is_sole FROM warehouse.{name} WITH NO DATA;
         CREATE TEMP TABLE aside_{name} ON COMMIT DELETE ROWS AS SELECT * FROM stage_{name} WITH NO DATA;
         CREATE TEMP TABLE refold_{name} ON COMMIT DELETE ROWS AS SELECT {key} FROM warehouse.{name} WITH NO DATA;
         CREATE TEMP TABLE pool_{name} ON COMMIT DELETE ROWS AS
            SELECT *, false AS is_staged, false AS was_waiting FROM warehouse.{name} WITH NO DATA;
         CREATE TEMP TABLE fold_{name} ON COMMIT DELETE ROWS AS
            SELECT *, 0::bigint AS place FROM warehouse.{name} WITH NO DATA;"
    );
    connection.execute(AssertSqlSafe(sql)).await?;
    Ok(())
}

/// Folds the rows to versions and copies them to the staging table.
pub async fn stage(
    connection: &mut PgConnection,
    table: &Table,
    objects: &[Sighted],
    mut rows: Vec<SightedRow>,
) -> Result<Staged, sqlx::Error> {
    rows.sort_by(|a, b| by_version_and_order(objects, a, b));
    let versions: Vec<&[SightedRow]> = rows.chunk_by(is_same_version).collect();
    let mut staged = Staged { versions: versions.len() as u64, ..Staged::default() };
    let mut lines = String::new();
    for key in versions.chunk_by(|a, b| a[0].row.source_key == b[0].row.source_key) {
        for version in key {
            write_line(&mut lines, table, objects, version, key.len() == 1);
            for repeat in &version[..version.len() - 1] {
                *staged.repeats.entry(objects[repeat.object].object_id).or_default() += 1;
            }
        }
    }
    copy(connection, table, lines).await?;
    Ok(staged)
}

fn by_version_and_order(objects: &[Sighted], a: &SightedRow, b: &SightedRow) -> Ordering {
    let version = |row: &SightedRow| row.row.hash;
    let sighting = |row: &SightedRow| (objects[row.object].rank, row.row.record);
    (a.row.source_key.cmp(&b.row.source_key))
        .then_with(|| version(a).cmp(&version(b)))
        .then_with(|| sighting(a).cmp(&sighting(b)))
}

fn is_same_version(a: &SightedRow, b: &SightedRow) -> bool {
    a.row.hash == b.row.hash && a.row.source_key == b.row.source_key
}

fn write_line(line: &mut String, table: &Table, objects: &[Sighted], version: &[SightedRow], is_sole: bool) {
    let [first, .., last] = version else {
        return write_version(line, table, objects, (&version[0], &version[0]), is_sole);
    };
    write_version(line, table, objects, (first, last), is_sole);
}

fn write_version(
    line: &mut String,
    table: &Table,
    objects: &[Sighted],
    (first, last): (&SightedRow, &SightedRow),
    is_sole: bool,
) {
    for value in &first.row.source_key {
        crate::parse::copy_text(line, Some(value));
        line.push('\t');
    }
    line.push_str(&first.row.content);
    line.push_str("\t\\\\x");
    for byte in first.row.hash {
        push(line, format_args!("{byte:02x}"));
    }
    push(line, format_args!("\t{}", objects[first.object].map_version));
    for sighting in [first, last] {
        let object = &objects[sighting.object];
        let seen_at = object.order_time.format("%Y-%m-%d %H:%M:%S%.f+00");
        push(line, format_args!("\t{seen_at}\t{}\t{}", object.object_id, sighting.row.record));
    }
    push(line, format_args!("\t{}", if is_sole { 't' } else { 'f' }));
    if table.is_attributed() {
        push(line, format_args!("\t{}", if first.row.future_dated { 't' } else { 'f' }));
    }
    line.push('\n');
}

fn push(line: &mut String, text: std::fmt::Arguments<'_>) {
    let written = line.write_fmt(text);
    debug_assert!(written.is_ok(), "a String takes every write");
}

async fn copy(connection: &mut PgConnection, table: &Table, lines: String) -> Result<(), sqlx::Error> {
    let mut columns = [table.source_key, table.content, &["flags", "extra"], &LINEAGE, &["is_sole"]].concat();
    if table.is_attributed() {
        columns.push("future_dated");
    }
    let statement = format!("COPY stage_{} ({}) FROM STDIN", table.name, columns.join(", "));
    let mut copy = connection.copy_in_raw(&statement).await?;
    if let Err(error) = copy.send(lines.into_bytes()).await {
        copy.abort("the rows could not be sent").await?;
        return Err(error);
    }
    copy.finish().await?;
    Ok(())
}
