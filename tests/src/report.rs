//! How much a test has tried: its figures, for the summary of `make soak`.

use std::fs::OpenOptions;
use std::io::Write as _;

use crate::Tested;

/// Adds a line to the file that `WARDWATCH_REPORT` names; says nothing where it is not set.
pub fn report(line: &str) -> Tested {
    let Some(path) = std::env::var_os("WARDWATCH_REPORT") else { return Ok(()) };
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    Ok(writeln!(file, "{line}")?)
}

/// A number from the environment: how much is to be tried.
pub fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}
