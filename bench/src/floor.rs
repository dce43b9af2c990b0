//! The floor: what `psql` needs for the same rows when nothing is asked of it but to hold them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::Context;
use wardwatch_demo::Postgres;

const COLUMNS: [&str; 10] = [
    "patient_id",
    "result_id",
    "test_id",
    "result_value",
    "result_value_text",
    "result_unit",
    "reference_range",
    "result_status",
    "performed_at",
    "reviewing_physician",
];
const KEY: usize = 2;

/// A table with the key and the indexes of `warehouse.lab_result`, and a file of clean rows.
pub(crate) struct Floor {
    url: String,
    rows: PathBuf,
}

impl Floor {
    /// The clean rows are those of our warehouse, in the order of the file that they came from.
    pub(crate) async fn prepare(postgres: &Postgres, ours: &str, folder: &Path) -> anyhow::Result<Self> {
        let rows = folder.join("clean");
        let columns = COLUMNS.join(", ");
        let copy = format!(
            "\\copy (SELECT {columns} FROM warehouse.lab_result ORDER BY first_record) TO '{}'",
            rows.display()
        );
        psql(ours, &copy)?;
        postgres.create_database("floor", None).await?;
        let url = postgres.url("floor");
        let key = COLUMNS[..KEY].join(", ");
        psql(
            &url,
            &format!(
                "CREATE TABLE lab_result (
                    patient_id text NOT NULL, result_id text NOT NULL, test_id text NOT NULL,
                    result_value numeric, result_value_text text, result_unit text, reference_range text,
                    result_status text, performed_at timestamptz NOT NULL, reviewing_physician text,
                    PRIMARY KEY ({key}));
                CREATE INDEX ON lab_result (result_id);"
            ),
        )?;
        Ok(Self { url, rows })
    }

    /// `COPY` into a staging table, and one upsert in the order of the key. Returns the seconds.
    pub(crate) fn load(&self) -> anyhow::Result<f64> {
        let (columns, key) = (COLUMNS.join(", "), COLUMNS[..KEY].join(", "));
        let set: Vec<String> = COLUMNS[KEY..].iter().map(|column| format!("{column} = excluded.{column}")).collect();
        let script = format!(
            "BEGIN;
CREATE TEMP TABLE stage ON COMMIT DROP AS SELECT * FROM lab_result WITH NO DATA;
\\copy stage ({columns}) FROM '{rows}'
INSERT INTO lab_result SELECT * FROM stage ORDER BY {key} ON CONFLICT ({key}) DO UPDATE SET {set};
COMMIT;",
            rows = self.rows.display(),
            set = set.join(", "),
        );
        let start = Instant::now();
        psql(&self.url, &script)?;
        Ok(start.elapsed().as_secs_f64())
    }
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
