//! A first load and a re-delivery of lab results: ours from S3 bytes to settled books, lineage and stays; psql from clean
//! rows into a table with the same key and indexes. Patients, stays and tests are loaded beforehand, untimed.

use std::path::{Path, PathBuf};

use wardwatch_demo::Postgres;
use wardwatch_sample_data::{DirectorySink, GenerateOptions};
use wardwatch_schema::clock::{Clock, SystemClock};

use crate::floor::Floor;
use crate::ours::Ours;
use crate::say;
use crate::store::{self, BUCKET};

const BEFORE: [&str; 3] = ["patient_information.csv", "admissions.csv", "lab_tests.csv"];
const RESULTS: &str = "lab_results.csv";
const AGAIN: &str = "lab_results_20300101T000000Z.csv";

/// How much is measured.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Patients; ten tests and ten results come with each.
    #[arg(long, default_value_t = 200_000)]
    patients: u64,
    /// Times that all is measured; the medians are printed.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

/// Seconds of one round.
struct Round {
    ours: [f64; 2],
    floor: [f64; 2],
}

pub(crate) async fn run(options: &Options) -> anyhow::Result<()> {
    let files = tempfile::tempdir()?;
    say(&format!("generating {} patients ...", options.patients))?;
    let generate = GenerateOptions::new(options.patients, 48, SystemClock.now());
    wardwatch_sample_data::generate(&DirectorySink::new(files.path()), &generate).await?;
    let rows = reverse(&files.path().join(RESULTS), &files.path().join(AGAIN))?;
    let postgres = Postgres::start_temporary(Vec::new()).await?;
    let mut rounds = Vec::new();
    for number in 1..=options.rounds {
        let round = measure(&postgres, files.path()).await?;
        say(&format!(
            "round {number}: first load ours {:.1} s, psql {:.1} s; re-delivery ours {:.1} s, psql {:.1} s",
            round.ours[0], round.floor[0], round.ours[1], round.floor[1]
        ))?;
        rounds.push(round);
    }
    postgres.stop().await?;
    for (place, name) in ["first load", "re-delivery"].into_iter().enumerate() {
        let ours = median(rounds.iter().map(|round| round.ours[place]));
        let floor = median(rounds.iter().map(|round| round.floor[place]));
        let rate = |seconds: f64| rows as f64 / seconds;
        say(&format!(
            "{name:<12} {rows} rows  ours {ours:6.1} s {:8.0} rows/s  psql {floor:6.1} s {:8.0} rows/s  ratio {:.2}",
            rate(ours),
            rate(floor),
            floor / ours
        ))?;
    }
    Ok(())
}

async fn measure(postgres: &Postgres, files: &Path) -> anyhow::Result<Round> {
    let place = tempfile::tempdir()?;
    let s3 = store::server(place.path()).await?;
    let put = |key: &str| anyhow::Ok(s3.plant(BUCKET, [key.to_owned()], &std::fs::read(files.join(key))?)?);
    let ours = Ours::empty(postgres, "ours", &s3).await?;
    for key in BEFORE {
        put(key)?;
    }
    ours.once()?;
    put(RESULTS)?;
    let first = ours.once()?;
    let floor = Floor::prepare(postgres, &ours.url, files).await?;
    let floor_first = floor.load()?;
    put(AGAIN)?;
    let again = ours.once()?;
    let floor_again = floor.load()?;
    for database in ["ours", "floor"] {
        postgres.drop_database(database).await?;
    }
    s3.stop().await;
    Ok(Round { ours: [first, again], floor: [floor_first, floor_again] })
}

/// The same records in the opposite order: other bytes, so that nothing can be known from the hash of the file.
fn reverse(from: &PathBuf, to: &PathBuf) -> anyhow::Result<usize> {
    let text = std::fs::read_to_string(from)?;
    let mut lines: Vec<&str> = text.lines().collect();
    if let Some((_, records)) = lines.split_first_mut() {
        records.reverse();
    }
    std::fs::write(to, lines.join("\n") + "\n")?;
    Ok(lines.len() - 1)
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
