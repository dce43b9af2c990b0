//! The command line of the generator: reads the options, takes the time once, writes, and says what was written.

use anyhow::Context;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;
use wardwatch_sample_data::{
    GenerateOptions, Layout, Summary, TrickleOptions, TrickleSummary, generate, sink_for, trickle,
};

/// Generates hospital files as a Patient Management System and a Laboratory Information System write them.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Write the four base files, and what else is asked for.
    ///
    /// Equal options (with --now) give byte-identical files. S3 credentials come from the environment
    /// (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION).
    Generate(Generate),
}

#[derive(Args)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches")]
struct Generate {
    /// How many patients.
    #[arg(long, value_name = "N")]
    patients: u64,
    /// What every draw derives from.
    #[arg(long, value_name = "S", default_value_t = 48)]
    seed: u64,
    /// A directory, or s3://bucket/prefix.
    #[arg(long, value_name = "DIR|s3://…")]
    out: String,
    /// The moment around which all times lie, RFC 3339; the present if not given.
    #[arg(long, value_name = "RFC3339", value_parser = moment)]
    now: Option<DateTime<Utc>>,
    /// The hospital's wall clock, an IANA time zone.
    #[arg(long, value_name = "IANA", default_value = "UTC", value_parser = time_zone)]
    timezone: Tz,
    /// Tests per patient on average, and as many results.
    #[arg(long, value_name = "N", default_value_t = 10)]
    tests_per_patient: u32,
    /// How keys are named; updates after a bare base are stamped.
    #[arg(long, value_enum, default_value_t = LayoutName::Bare)]
    layout: LayoutName,
    /// Compress base files and updates (.csv.gz).
    #[arg(long)]
    gzip: bool,
    /// Tell patients as release 2 of the PMS does, with address, phone and e-mail address.
    #[arg(long)]
    contacts: bool,
    /// Write no base, only what else is asked for: to go on from a base that exists, give the --patients, --seed,
    /// --now and --tests-per-patient that it was made with.
    #[arg(long)]
    skip_base: bool,
    /// Also write files with changed headers under drift/.
    #[arg(long)]
    drift: bool,
    /// Also write broken files under broken/, one flaw each.
    #[arg(long)]
    broken: bool,
    /// Then go on writing updates, a round every so often, until stopped (Ctrl-C).
    #[arg(long, value_name = "INTERVAL", value_parser = humantime::parse_duration)]
    trickle: Option<Duration>,
    /// Stop after so many rounds of updates.
    #[arg(long, value_name = "N", requires = "trickle")]
    trickle_files: Option<u64>,
    /// Another S3 than AWS, http://localhost:9000.
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum LayoutName {
    /// admissions.csv
    Bare,
    /// pms/admissions/2026/11/21/20261121T101500Z.csv
    Dated,
    /// admissions_20261121T101500Z.csv
    Stamped,
}

impl From<LayoutName> for Layout {
    fn from(name: LayoutName) -> Self {
        match name {
            LayoutName::Bare => Self::Bare,
            LayoutName::Dated => Self::Dated,
            LayoutName::Stamped => Self::Stamped,
        }
    }
}

fn moment(text: &str) -> Result<DateTime<Utc>, String> {
    let at = DateTime::parse_from_rfc3339(text)
        .map_err(|error| format!("{error}; write a moment such as 2026-11-21T12:00:00Z"))?;
    Ok(at.with_timezone(&Utc))
}

fn time_zone(text: &str) -> Result<Tz, String> {
    text.parse().map_err(|_| "not an IANA time zone; write a name such as Europe/Berlin".to_owned())
}

#[expect(clippy::disallowed_methods, reason = "the one clock of this program; everything else is handed the time")]
fn wall_clock() -> DateTime<Utc> {
    Utc::now()
}

#[tokio::main]
async fn main() -> ExitCode {
    let Command::Generate(wanted) = Cli::parse().command;
    match run(&wanted).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(wanted: &Generate) -> anyhow::Result<()> {
    let options = wanted.options(wall_clock());
    options.check()?;
    let trickling = wanted.trickle.map(|interval| TrickleOptions {
        rounds: wanted.trickle_files,
        ..TrickleOptions::new(options.clone(), interval)
    });
    trickling.as_ref().map_or(Ok(()), TrickleOptions::check)?;
    let sink = sink_for(&wanted.out, wanted.endpoint.as_deref())?;
    tell_base(&generate(sink.as_ref(), &options).await?)?;
    if let Some(trickling) = trickling {
        tell_trickle(trickle(sink.as_ref(), &trickling, wall_clock, interrupted()).await?)?;
    }
    Ok(())
}

/// Completes when the process is asked to stop; if that cannot be heard, never.
async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

impl Generate {
    fn options(&self, present: DateTime<Utc>) -> GenerateOptions {
        GenerateOptions {
            timezone: self.timezone,
            tests_per_patient: self.tests_per_patient,
            layout: self.layout.into(),
            gzip: self.gzip,
            contacts: self.contacts,
            base: !self.skip_base,
            drift: self.drift,
            broken: self.broken,
            ..GenerateOptions::new(self.patients, self.seed, self.now.unwrap_or(present))
        }
    }
}

fn tell_base(summary: &Summary) -> anyhow::Result<()> {
    for file in &summary.files {
        tell(&format!("{}: {} rows, {} bytes", file.key, file.rows, file.bytes))?;
    }
    Ok(())
}

fn tell_trickle(summary: TrickleSummary) -> anyhow::Result<()> {
    tell(&format!("trickle: {} rounds, {} files, {} rows", summary.rounds, summary.files, summary.rows))
}

fn tell(line: &str) -> anyhow::Result<()> {
    writeln!(std::io::stdout(), "{line}").context("cannot write to the standard output")
}
