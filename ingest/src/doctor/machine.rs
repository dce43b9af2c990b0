//! This machine: the place for large objects on their way.

use super::Check;

const SPOOL: &str = "temporary files";
/// Large objects, several at once, are kept in temporary files while they are read.
const WANTED: u64 = 1 << 30;

/// Whether temporary files can be written, and how much room there is.
pub(super) fn spool() -> Check {
    let directory = std::env::temp_dir();
    let place = directory.display();
    if let Err(error) = tempfile::tempfile() {
        return Check::failed(
            SPOOL,
            format!("none can be made in {place} ({error}): make it writable, or set TMPDIR; larger objects need it"),
        );
    }
    match fs4::available_space(&directory) {
        Ok(free) if free < WANTED => Check::warning(
            SPOOL,
            format!(
                "{} MiB are free in {place}: make room, or set TMPDIR; every larger object is kept there while it is read",
                free >> 20
            ),
        ),
        Ok(free) => Check::ok(SPOOL, format!("{} MiB are free in {place}", free >> 20)),
        Err(error) => Check::warning(SPOOL, format!("how much room {place} has is not known: {error}")),
    }
}
