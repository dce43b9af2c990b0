//! The floor: what `psql` needs for the same rows when nothing is asked of it but to hold them.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::Context;
use wardwatch_demo::Postgres;

use crate::{Measured, ours, say};

const TABLES: [(&str, &str, &str); 4] = [
    (
        "patient",
        "patient_id",
        "patient_id, first_name, last_name, date_of_birth, primary_physician, insurance_provider, blood_type, allergies",
    ),
    ("admission", "patient_id, case_number", "patient_id, case_number, admitted_at, released_at, department, room"),
    ("lab_test", "patient_id, test_id", "patient_id, test_id, test_name, ordered_at, ordering_physician"),
    (
        "lab_result",
        "patient_id, result_id",
        "patient_id, result_id, test_id, result_value, result_value_text, result_unit, reference_range, result_status, performed_at, reviewing_physician",
    ),
];

pub(crate) async fn measure(postgres: &Postgres, folder: &Path) -> anyhow::Result<Measured> {
    let clean = folder.join("clean");
    std::fs::create_dir(&clean)?;
    let ours = postgres.url(ours::DATABASE);
    for (table, _, columns) in TABLES {
        let file = clean.join(table);
        psql(
            &ours,
            &format!("\\copy (SELECT {columns} FROM warehouse.{table} ORDER BY random()) TO '{}'", file.display()),
        )?;
    }
    postgres.create_database("floor", None).await?;
    let url = postgres.url("floor");
    for (table, key, columns) in TABLES {
        psql(&url, &create(postgres, table, key, columns).await?)?;
    }
    psql(&url, "CREATE INDEX ON admission (case_number); CREATE INDEX ON lab_result (result_id)")?;
    say("loading with psql ...")?;
    let start = Instant::now();
    for (table, key, columns) in TABLES {
        psql(&url, &load(&clean, table, key, columns))?;
    }
    let seconds = start.elapsed().as_secs_f64();
    let pool = wardwatch_schema::database::connect(&url).await?;
    let rows = sqlx::query_scalar(
        "SELECT (SELECT count(*) FROM patient) + (SELECT count(*) FROM admission)
              + (SELECT count(*) FROM lab_test) + (SELECT count(*) FROM lab_result)",
    )
    .fetch_one(&pool)
    .await?;
    pool.close().await;
    Ok(Measured { rows, seconds, peak_mib: 0 })
}

/// The table with the same column types and key as ours.
async fn create(postgres: &Postgres, table: &str, key: &str, columns: &str) -> anyhow::Result<String> {
    let pool = wardwatch_schema::database::connect(&postgres.url(ours::DATABASE)).await?;
    let catalogue: Vec<(String, String)> = sqlx::query_as(
        "SELECT attname::text, format_type(atttypid, atttypmod) FROM pg_attribute
         WHERE attrelid = ('warehouse.' || $1)::regclass AND attnum > 0",
    )
    .bind(table)
    .fetch_all(&pool)
    .await?;
    pool.close().await;
    let typed: Vec<String> = columns
        .split(", ")
        .filter_map(|column| {
            catalogue.iter().find(|(name, _)| name == column).map(|(name, kind)| format!("{name} {kind}"))
        })
        .collect();
    Ok(format!("CREATE TABLE {table} ({}, PRIMARY KEY ({key}))", typed.join(", ")))
}

fn load(clean: &Path, table: &str, key: &str, columns: &str) -> String {
    let keys: Vec<&str> = key.split(", ").collect();
    let set: Vec<String> = columns
        .split(", ")
        .filter(|column| !keys.contains(column))
        .map(|column| format!("{column} = excluded.{column}"))
        .collect();
    format!(
        "BEGIN;
CREATE TEMP TABLE stage ON COMMIT DROP AS SELECT * FROM {table} WITH NO DATA;
\\copy stage FROM '{file}'
INSERT INTO {table} SELECT * FROM stage ORDER BY {key} ON CONFLICT ({key}) DO UPDATE SET {set};
COMMIT;",
        file = clean.join(table).display(),
        set = set.join(", "),
    )
}

fn psql(url: &str, script: &str) -> anyhow::Result<()> {
    let mut child = Command::new("psql")
        .args(["--quiet", "--no-psqlrc", "--set", "ON_ERROR_STOP=1", "--dbname", url])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .context("psql is missing: install the PostgreSQL client")?;
    std::io::Write::write_all(child.stdin.as_mut().context("psql takes no input")?, script.as_bytes())?;
    let status = child.wait()?;
    anyhow::ensure!(status.success(), "psql failed: {status}");
    Ok(())
}
