//! Logs of both daemons: to standard error, plain or as JSON lines, filtered by `WARDWATCH_LOG`. Never patient data.

use std::io::IsTerminal;

use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::{EnvFilter, fmt};

/// Starts logging for the process. A second call changes nothing, so that one process can hold both daemons.
///
/// `WARDWATCH_LOG` is a filter such as `info` (the default) or `wardwatch_ingest=debug`; `WARDWATCH_LOG_FORMAT=json`
/// writes one JSON object a line.
pub fn init() {
    init_writing_to(std::io::stderr);
}

/// As [`init`], through a writer that shares standard error with something else.
pub fn init_writing_to(writer: impl for<'a> MakeWriter<'a> + Send + Sync + 'static) {
    start("info,sqlx::postgres::notice=warn,object_store=warn,sqlx::query=error", writer);
}

/// As [`init`], with another filter where `WARDWATCH_LOG` is not set.
pub fn init_with_default(default: &str) {
    start(default, std::io::stderr);
}

fn start(default: &str, writer: impl for<'a> MakeWriter<'a> + Send + Sync + 'static) {
    let filter = EnvFilter::try_from_env("WARDWATCH_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    let builder = fmt().with_env_filter(filter).with_writer(writer).with_ansi(std::io::stderr().is_terminal());
    let as_json = std::env::var("WARDWATCH_LOG_FORMAT").is_ok_and(|format| format == "json");
    let already_started = if as_json { builder.json().try_init() } else { builder.try_init() };
    drop(already_started);
}
