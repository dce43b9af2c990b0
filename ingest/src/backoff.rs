//! How long a task waits that failed: longer after each failure in a row, so that an outage is no busy loop.

use std::time::Duration;

use rand::Rng as _;

/// Longest wait after failures in a row, but for the half by which waits differ.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// Doubles with every failure in a row, and differs by a half, so that many do not come back at once.
pub(crate) fn longer_wait(wait: Duration, failures: u32) -> Duration {
    if failures == 0 {
        return wait;
    }
    let doubled = wait.saturating_mul(1 << failures.min(10)).min(LONGEST_WAIT.max(wait));
    doubled.mul_f64(rand::rng().random_range(0.5..1.5))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_with_failures_and_have_an_end() {
        let second = Duration::from_secs(1);
        assert_eq!(longer_wait(second, 0), second);
        assert!((1..=3).contains(&longer_wait(second, 1).as_secs()));
        assert!(longer_wait(second, 4) >= LONGEST_WAIT.mul_f64(0.5));
        assert!(longer_wait(second, 1_000) <= LONGEST_WAIT.mul_f64(1.5));
    }
}
