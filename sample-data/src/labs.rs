//! Laboratory tests and their results over a patient's timeline.
//!
//! About half of the results are performed before the time that their order carries, as in the real files.
//! Nothing is performed after the moment of generation.

use crate::catalogue::{LAB_KIND_REFS, LabKind, PHYSICIANS};
use crate::course::Timeline;
use crate::dice::Dice;
use chrono::{DateTime, TimeDelta, Utc};

/// A row of `lab_tests`, with the results that name it.
#[derive(Clone, Debug)]
pub(crate) struct LabTest {
    pub(crate) id: String,
    pub(crate) kind: &'static LabKind,
    pub(crate) ordered_at: DateTime<Utc>,
    pub(crate) physician: &'static str,
    pub(crate) results: Vec<LabResult>,
}

/// A row of `lab_results`.
#[derive(Clone, Debug)]
pub(crate) struct LabResult {
    pub(crate) id: String,
    pub(crate) value: String,
    pub(crate) unit: &'static str,
    pub(crate) status: &'static str,
    pub(crate) performed_at: DateTime<Utc>,
}

impl LabTest {
    /// An order of a drawn kind, without an id and without results.
    pub(crate) fn ordered(dice: &mut Dice, ordered_at: DateTime<Utc>) -> Self {
        let kind = dice.pick(&LAB_KIND_REFS);
        let physician = dice.pick(&PHYSICIANS);
        Self { id: String::new(), kind, ordered_at, physician, results: Vec::new() }
    }
}

impl LabResult {
    /// A result of a kind: half below to half above its normal range, its status by that range.
    pub(crate) fn performed(dice: &mut Dice, kind: &LabKind, performed_at: DateTime<Utc>) -> Self {
        let (value, status) = draw_value(dice, kind);
        Self { id: String::new(), value, unit: kind.unit, status, performed_at }
    }
}

/// A value with eight to ten decimals and the status that it deserves.
pub(crate) fn draw_value(dice: &mut Dice, kind: &LabKind) -> (String, &'static str) {
    let span = kind.high - kind.low;
    let lowest = kind.low.saturating_sub(span / 3);
    let thousandths = dice.between(lowest, kind.high + span / 3);
    let digits = dice.pick(&[7, 7, 7, 6, 5]);
    let rest = dice.below(10_u64.pow(digits));
    let width = digits as usize;
    let value = format!("{}.{:03}{rest:0width$}", thousandths / 1000, thousandths % 1000);
    let status = match thousandths {
        low if low < kind.low => "Abnormal Low",
        high if high >= kind.high => "Abnormal High",
        _ => "Normal",
    };
    (value, status)
}

/// Draws the tests of a patient, oldest order first, about `wanted` of them and never fewer than two.
pub(crate) fn draw(dice: &mut Dice, timeline: &Timeline, now: DateTime<Utc>, wanted: u32) -> Vec<LabTest> {
    let wanted = u64::from(wanted);
    let count = dice.between(wanted.div_ceil(2), wanted + wanted / 2).max(2);
    let within = if timeline.performed.is_some() { (count * 7 / 10).max(1) } else { 0 };
    let mut tests: Vec<LabTest> = Vec::with_capacity(count as usize + 1);
    if let Some((first, last)) = timeline.performed {
        tests.push(performed_test(dice, last, timeline.admitted_at, now));
        tests.extend((1..within).map(|_| test_within(dice, first, last, timeline.admitted_at, now)));
    }
    for _ in within..count {
        let performed_at = timeline.admitted_at - dice.hours(24, 3 * 365 * 24);
        tests.push(performed_test(dice, performed_at, performed_at - TimeDelta::days(2), now));
    }
    tests.extend(timeline.outstanding.map(|ordered_at| LabTest::ordered(dice, ordered_at)));
    tests.sort_by_key(|test| test.ordered_at);
    tests
}

/// A test within the stay: one in twenty was never performed, one in twenty performed twice.
fn test_within(
    dice: &mut Dice,
    first: DateTime<Utc>,
    last: DateTime<Utc>,
    admitted_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> LabTest {
    let moment = dice.moment(first, last);
    if dice.chance(5) {
        return LabTest::ordered(dice, moment);
    }
    let mut test = performed_test(dice, moment, admitted_at, now);
    if dice.chance(6) {
        let again_at = dice.moment(first, moment);
        test.results.push(LabResult::performed(dice, test.kind, again_at));
    }
    test
}

/// A test performed at a moment; its order lies before or after that, not before `earliest` nor after now.
fn performed_test(
    dice: &mut Dice,
    performed_at: DateTime<Utc>,
    earliest: DateTime<Utc>,
    now: DateTime<Utc>,
) -> LabTest {
    let later = performed_at + dice.minutes(10, 360);
    let earlier = (performed_at - dice.minutes(10, 480)).max(earliest);
    let ordered_at = if dice.chance(52) && later < now { later } else { earlier };
    let mut test = LabTest::ordered(dice, ordered_at);
    test.results.push(LabResult::performed(dice, test.kind, performed_at));
    test
}
