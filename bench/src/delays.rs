//! Delays, and what is told of them.

use std::fmt;
use std::time::Duration;

/// Delays of many files.
#[derive(Debug, Default)]
pub(crate) struct Delays(Vec<Duration>);

impl Delays {
    pub(crate) fn add(&mut self, delay: Duration) {
        self.0.push(delay);
    }

    /// The delay that this share of all does not exceed.
    pub(crate) fn quantile(&self, share: f64) -> Option<Duration> {
        let mut sorted = self.0.clone();
        sorted.sort();
        let rank = (share * sorted.len() as f64).ceil() as usize;
        sorted.get(rank.max(1) - 1).copied()
    }
}

impl fmt::Display for Delays {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let milliseconds = |share| self.quantile(share).unwrap_or_default().as_secs_f64() * 1_000.0;
        let (half, most, greatest) = (milliseconds(0.5), milliseconds(0.99), milliseconds(1.0));
        write!(out, "{:>5} files  p50 {half:6.0} ms  p99 {most:6.0} ms  max {greatest:6.0} ms", self.0.len())
    }
}
