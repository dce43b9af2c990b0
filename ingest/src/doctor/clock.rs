//! How far two clocks are apart, and whether that matters.

use chrono::{DateTime, TimeDelta, Utc};

use super::Check;

/// Apart by more, files may be read in the wrong order or look stale.
const WARNING: TimeDelta = TimeDelta::seconds(2);
/// Apart by more, nothing that depends on time can be believed.
const FAILED: TimeDelta = TimeDelta::seconds(60);

/// Compares another clock with this machine's. What it said lies between the two moments, `slack` after it was cut.
pub(super) fn compare(
    name: &'static str,
    (asked, answered): (DateTime<Utc>, DateTime<Utc>),
    said: DateTime<Utc>,
    slack: TimeDelta,
) -> Check {
    let apart = (said - answered).max(asked - (said + slack)).max(TimeDelta::zero());
    let direction = if said > answered { "ahead of" } else { "behind" };
    let found = format!("{:.1} s {direction} this machine", apart.num_milliseconds() as f64 / 1_000.0);
    let todo = "set both by NTP: freshness, leases and the order of files depend on them";
    if apart > FAILED {
        Check::failed(name, format!("{found}: {todo}"))
    } else if apart > WARNING {
        Check::warning(name, format!("{found}: {todo}"))
    } else {
        Check::ok(name, "agrees with this machine")
    }
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_000_000 + seconds, 0).unwrap()
    }

    #[test]
    fn two_seconds_are_a_warning_and_a_minute_fails() {
        let compared = |said| compare("clock", (at(0), at(1)), at(said), TimeDelta::seconds(1)).state;
        let expected = [
            (-62, State::Failed),
            (-61, State::Warning),
            (-4, State::Warning),
            (-3, State::Ok),
            (-1, State::Ok),
            (0, State::Ok),
            (1, State::Ok),
            (3, State::Ok),
            (4, State::Warning),
            (61, State::Warning),
            (62, State::Failed),
        ];
        for (said, state) in expected {
            assert_eq!(compared(said), state, "{said}");
        }
    }

    #[test]
    fn the_direction_is_told() {
        let found = |said| compare("clock", (at(0), at(0)), at(said), TimeDelta::zero()).found;
        assert!(found(5).starts_with("5.0 s ahead of this machine: set both"));
        assert!(found(-5).starts_with("5.0 s behind this machine: set both"));
    }
}
