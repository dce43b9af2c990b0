//! `doctor`.

use std::process::ExitCode;

use wardwatch_ingest::doctor::{self, Check, Findings};
use wardwatch_schema::config::Config;

use super::say;

pub(super) async fn doctor(config: &Config, json: bool) -> anyhow::Result<ExitCode> {
    tell(&doctor::examine(config).await, json)
}

pub(super) fn without_configuration(error: &anyhow::Error, json: bool) -> anyhow::Result<ExitCode> {
    tell(&doctor::unreadable_configuration(&error.to_string()), json)
}

fn tell(findings: &Findings, json: bool) -> anyhow::Result<ExitCode> {
    let lines: Vec<String> = findings.checks.iter().map(line).collect();
    say(&if json { serde_json::to_string(findings)? } else { lines.join("\n") })?;
    Ok(if findings.ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn line(check: &Check) -> String {
    format!("{:<11} {:<18} {}", check.state.as_str(), check.name, check.found)
}
