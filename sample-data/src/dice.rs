//! The only source of chance: a small generator written out here, so that a seed means the same bytes
//! whatever version of whichever random-number crate is at hand. Not for secrets.

use chrono::{DateTime, TimeDelta, Utc};

/// What a stream of chance is for; two streams of one seed share nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stream {
    Block = 1,
    Patient = 2,
    Sample = 3,
    Round = 4,
}

/// A SplitMix64 generator (Steele, Lea, Flood: *Fast splittable pseudorandom number generators*, 2014).
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    /// The dice of one (seed, stream, index): a patient, a block of patients, a round.
    pub(crate) fn new(seed: u64, stream: Stream, index: u64) -> Self {
        let mut state = Self(seed ^ 0x5741_5244_5741_5443);
        for part in [stream as u64, index] {
            state = Self(state.next().wrapping_add(part.wrapping_mul(0xD6E8_FEB8_6659_FD93)));
        }
        state.next();
        state
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `bound`; zero when the bound is zero.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// True in `percent` of a hundred throws.
    pub(crate) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// A position in a list of `length`, `None` when the list is empty.
    pub(crate) fn position(&mut self, length: usize) -> Option<usize> {
        (length > 0).then(|| self.below(length as u64) as usize)
    }

    /// One of a fixed list.
    pub(crate) fn pick<T: Copy, const LENGTH: usize>(&mut self, from: &[T; LENGTH]) -> T {
        const { assert!(LENGTH > 0, "nothing to pick from") };
        from[self.below(LENGTH as u64) as usize]
    }

    /// A span of whole seconds between two numbers of hours.
    pub(crate) fn hours(&mut self, low: u64, high: u64) -> TimeDelta {
        TimeDelta::seconds(self.between(low * 3600, high * 3600) as i64)
    }

    /// A span of whole seconds between two numbers of minutes.
    pub(crate) fn minutes(&mut self, low: u64, high: u64) -> TimeDelta {
        TimeDelta::seconds(self.between(low * 60, high * 60) as i64)
    }

    /// A moment from `from` to `to`, to the second; `from` when the span is empty.
    pub(crate) fn moment(&mut self, from: DateTime<Utc>, to: DateTime<Utc>) -> DateTime<Utc> {
        let span = (to - from).num_seconds().max(0) as u64;
        from + TimeDelta::seconds(self.between(0, span) as i64)
    }
}

#[cfg(test)]
mod tests {
    use super::{Dice, Stream};

    #[test]
    fn the_first_throws_of_a_seed_never_change() {
        let mut dice = Dice::new(48, Stream::Patient, 7);
        let throws: Vec<u64> = (0..5).map(|_| dice.below(1000)).collect();
        let mut again = Dice::new(48, Stream::Patient, 7);
        assert_eq!(throws, (0..5).map(|_| again.below(1000)).collect::<Vec<_>>());
        let mut other = Dice::new(48, Stream::Patient, 8);
        assert_ne!(throws, (0..5).map(|_| other.below(1000)).collect::<Vec<_>>());
    }

    #[test]
    fn between_reaches_both_ends_and_nothing_beyond() {
        let mut dice = Dice::new(1, Stream::Block, 1);
        let throws: Vec<u64> = (0..500).map(|_| dice.between(3, 6)).collect();
        assert_eq!(throws.iter().min(), Some(&3));
        assert_eq!(throws.iter().max(), Some(&6));
    }
}
