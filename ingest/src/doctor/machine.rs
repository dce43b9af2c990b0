//! This machine: the place for large objects on their way.

use std::fmt::Display;

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
        Ok(free) => room(free, &place),
        Err(error) => Check::warning(SPOOL, format!("how much room {place} has is not known: {error}")),
    }
}

fn room(free: u64, place: &impl Display) -> Check {
    let told = format!("{} MiB are free in {place}", free >> 20);
    if free < WANTED {
        let advice = "make room, or set TMPDIR; every larger object is kept there while it is read";
        return Check::warning(SPOOL, format!("{told}: {advice}"));
    }
    Check::ok(SPOOL, told)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::State;

    #[test]
    fn less_room_than_some_large_objects_need_is_a_warning() {
        let (little, enough) = (room(WANTED - 1, &"/tmp"), room(WANTED, &"/tmp"));
        assert_eq!((little.state, enough.state), (State::Warning, State::Ok));
        assert!(little.found.contains("1023 MiB") && little.found.contains("TMPDIR"), "{}", little.found);
    }
}
