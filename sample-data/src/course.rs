//! What happens to a patient: the courses that a stay can take, and their share of every hundred patients.
//!
//! The shares are exact in every full block of a hundred (only who takes which is drawn), so that a board over
//! a hundred patients shows every state, and one over a million the same proportions.

use crate::dice::{Dice, Stream};
use chrono::{DateTime, TimeDelta, Utc};

/// The course of a patient's present or latest stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Course {
    Discharged,
    RecentlyTested,
    NewlyAdmitted,
    PlannedRelease,
    LongStayTested,
    Overdue,
    Chase,
    NeverTested,
    Forgotten,
}

/// How many of a hundred patients take which course. More than half are never released; about a third are
/// idle for longer than 48 hours.
const SHARES: [(Course, u64); 9] = [
    (Course::Discharged, 38),
    (Course::RecentlyTested, 13),
    (Course::NewlyAdmitted, 9),
    (Course::PlannedRelease, 1),
    (Course::LongStayTested, 3),
    (Course::Overdue, 13),
    (Course::Chase, 8),
    (Course::NeverTested, 5),
    (Course::Forgotten, 10),
];

/// Numbers without a common factor with 100: multiplying by one shuffles a block of a hundred.
const SHUFFLES: [u64; 12] = [3, 7, 11, 13, 17, 23, 27, 31, 37, 41, 43, 47];

/// A patient's times, from which stay, tests and results follow.
#[derive(Clone, Debug)]
pub(crate) struct Timeline {
    pub(crate) admitted_at: DateTime<Utc>,
    pub(crate) released_at: Option<DateTime<Utc>>,
    /// Between which moments of the stay something was performed: the last one exactly at the end.
    pub(crate) performed: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// An order of this stay of which nothing was performed.
    pub(crate) outstanding: Option<DateTime<Utc>>,
}

impl Course {
    /// The course of the patient of an index.
    pub(crate) fn of(seed: u64, index: u64) -> Self {
        let mut dice = Dice::new(seed, Stream::Block, index / 100);
        let factor = dice.pick(&SHUFFLES);
        let mut slot = ((index % 100) * factor + dice.below(100)) % 100;
        for (course, share) in SHARES {
            if slot < share {
                return course;
            }
            slot -= share;
        }
        Self::Discharged
    }

    /// Whether the stay has no release time in the file.
    #[cfg(test)]
    pub(crate) fn never_released(self) -> bool {
        !matches!(self, Self::Discharged | Self::PlannedRelease)
    }

    /// Draws the times of this course.
    pub(crate) fn timeline(self, dice: &mut Dice, now: DateTime<Utc>) -> Timeline {
        match self {
            Self::Discharged => discharged(dice, now),
            Self::RecentlyTested => tested(dice, now, (1, 44), (24, 480)),
            Self::NewlyAdmitted => newly_admitted(dice, now),
            Self::PlannedRelease => planned_release(dice, now),
            Self::LongStayTested => tested(dice, now, (2, 40), (61 * 24, 400 * 24)),
            Self::Overdue => tested(dice, now, (49, 216), (24, 480)),
            Self::Chase => chase(dice, now),
            Self::NeverTested => never_tested(dice, now),
            Self::Forgotten => forgotten(dice, now),
        }
    }
}

/// An open stay, last tested so many hours ago, begun so many hours before that.
fn tested(dice: &mut Dice, now: DateTime<Utc>, last: (u64, u64), begun: (u64, u64)) -> Timeline {
    let last_performed = now - dice.hours(last.0, last.1);
    let admitted_at = last_performed - dice.hours(begun.0, begun.1);
    let first_performed = admitted_at + TimeDelta::minutes(30);
    Timeline { admitted_at, released_at: None, performed: Some((first_performed, last_performed)), outstanding: None }
}

fn discharged(dice: &mut Dice, now: DateTime<Utc>) -> Timeline {
    let oldest = if dice.chance(50) { 30 * 24 } else { 3 * 365 * 24 };
    let released_at = now - dice.hours(3, oldest);
    let admitted_at = released_at - dice.hours(24, 21 * 24);
    let performed = (admitted_at + TimeDelta::minutes(30), released_at - dice.hours(1, 20));
    Timeline { admitted_at, released_at: Some(released_at), performed: Some(performed), outstanding: None }
}

fn newly_admitted(dice: &mut Dice, now: DateTime<Utc>) -> Timeline {
    let admitted_at = now - dice.hours(2, 46);
    let last_performed = dice.moment(admitted_at + TimeDelta::minutes(20), now - TimeDelta::minutes(30));
    let performed = dice.chance(65).then_some((admitted_at + TimeDelta::minutes(20), last_performed));
    Timeline { admitted_at, released_at: None, performed, outstanding: None }
}

fn planned_release(dice: &mut Dice, now: DateTime<Utc>) -> Timeline {
    let released_at = Some(now + dice.hours(6, 72));
    Timeline { released_at, ..tested(dice, now, (1, 30), (24, 240)) }
}

fn chase(dice: &mut Dice, now: DateTime<Utc>) -> Timeline {
    let outstanding = Some(now - dice.hours(1, 44));
    Timeline { outstanding, ..tested(dice, now, (50, 150), (24, 240)) }
}

fn never_tested(dice: &mut Dice, now: DateTime<Utc>) -> Timeline {
    let admitted_at = now - dice.hours(52, 400);
    let outstanding = match dice.below(4) {
        0 => Some(now - dice.hours(1, 44)),
        1 => Some(admitted_at + dice.minutes(30, 180)),
        _ => None,
    };
    Timeline { admitted_at, released_at: None, performed: None, outstanding }
}

fn forgotten(dice: &mut Dice, now: DateTime<Utc>) -> Timeline {
    let longest = if dice.chance(50) { 200 * 24 } else { 6 * 365 * 24 };
    let admitted_at = now - dice.hours(77 * 24, longest);
    let last_performed = admitted_at + dice.hours(12, 15 * 24);
    let performed = Some((admitted_at + TimeDelta::minutes(30), last_performed));
    Timeline { admitted_at, released_at: None, performed, outstanding: None }
}

#[cfg(test)]
mod tests {
    use super::{Course, SHARES};

    #[test]
    fn every_block_of_a_hundred_holds_the_exact_shares() {
        assert_eq!(SHARES.iter().map(|(_, share)| share).sum::<u64>(), 100);
        for block in [0, 1, 7_000] {
            for (course, share) in SHARES {
                let taken = (0..100).filter(|place| Course::of(48, block * 100 + place) == course).count();
                assert_eq!(taken as u64, share, "{course:?} in block {block}");
            }
        }
    }

    #[test]
    fn more_than_half_are_never_released() {
        let open: u64 = SHARES.iter().filter(|(course, _)| course.never_released()).map(|(_, share)| share).sum();
        assert!(open > 55, "{open}");
    }
}
