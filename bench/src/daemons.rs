//! A backlog of small files, taken by one `wardwatch-ingest once` with one worker, and by two of them at the same time.

use std::process::{Child, Stdio};
use std::time::Instant;

use wardwatch_demo::{Postgres, S3Server};
use wardwatch_schema::database;

use crate::{say, store};

const FILES: usize = 2_000;
const ROWS: usize = 50;

pub(crate) async fn measure() -> anyhow::Result<()> {
    let place = tempfile::tempdir()?;
    let s3 = store::server(place.path()).await?;
    for file in 0..FILES {
        let key = format!("patient_information_20261121T{:02}{:02}{:02}Z.csv", file / 3_600, file / 60 % 60, file % 60);
        s3.plant(store::BUCKET, [key], patients(file).as_bytes())?;
    }
    let postgres = Postgres::start_temporary(Vec::new()).await?;
    let alone = seconds(&postgres, "alone", 1, &s3).await?;
    let shared = seconds(&postgres, "shared", 2, &s3).await?;
    say(&format!(
        "{FILES} files of {ROWS} rows: one daemon {alone:.1} s, two {shared:.1} s, ratio {:.2}",
        alone / shared
    ))?;
    postgres.stop().await?;
    s3.stop().await;
    Ok(())
}

fn patients(file: usize) -> String {
    let header =
        "patient_id,first_name,last_name,date_of_birth,primary_physician,insurance_provider,blood_type,allergies\n";
    let row = |row: usize| format!("{},A,B,1/2/1950,C,D,O+,None\n", file * ROWS + row);
    std::iter::once(header.to_owned()).chain((0..ROWS).map(row)).collect()
}

async fn seconds(postgres: &Postgres, name: &str, daemons: usize, s3: &S3Server) -> anyhow::Result<f64> {
    postgres.create_database(name, None).await?;
    let url = postgres.url(name);
    let pool = database::connect(&url).await?;
    database::migrate(&pool).await?;
    let start = Instant::now();
    let children: Vec<Child> = (0..daemons).map(|_| once(&url, s3)).collect::<Result<_, _>>()?;
    for mut child in children {
        let status = child.wait()?;
        anyhow::ensure!(status.success(), "wardwatch-ingest once failed: {status}");
    }
    let seconds = start.elapsed().as_secs_f64();
    let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM warehouse.patient").fetch_one(&pool).await?;
    anyhow::ensure!(rows == (FILES * ROWS) as i64, "{rows} rows were loaded");
    pool.close().await;
    Ok(seconds)
}

fn once(database: &str, s3: &S3Server) -> anyhow::Result<Child> {
    let mut once = store::ingest("once", database, s3)?;
    once.env("WARDWATCH_WORKERS", "1").stdout(Stdio::null());
    Ok(once.spawn()?)
}
