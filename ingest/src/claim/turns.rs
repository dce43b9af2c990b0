//! Whose turn it is: the feeds in the order in which a worker claims of them, and those that it leaves alone for a while.
//!
//! Invariant: no feed keeps another one waiting. What was claimed of comes last; what a large batch has, or of what nothing
//! can be fetched, is passed over until its rest is over, in memory, so that its backlog is not written to again and again.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use wardwatch_schema::feed::{Feed, Target};

use crate::backoff::longer_wait;

/// How long a feed rests that a large batch has, and at first one of which nothing can be fetched.
pub(crate) const BUSY: Duration = Duration::from_secs(1);

/// The feeds of one worker.
#[derive(Debug)]
pub struct Turns<'a> {
    feeds: Vec<&'a Feed>,
    resting: HashMap<String, Rest>,
}

#[derive(Debug, Clone, Copy)]
struct Rest {
    until: Instant,
    /// How often in a row nothing could be fetched; none where a large batch has the feed.
    failures: u32,
}

impl<'a> Turns<'a> {
    /// In this order at first.
    pub fn of(feeds: impl IntoIterator<Item = &'a Feed>) -> Self {
        Self { feeds: feeds.into_iter().collect(), resting: HashMap::new() }
    }

    /// The feeds whose turn it is, in their order.
    pub(super) fn due(&self, now: Instant) -> Vec<&'a Feed> {
        let is_resting = |feed: &Feed| self.resting.get(&feed.name).is_some_and(|rest| rest.until > now);
        let mut due = self.feeds.clone();
        due.retain(|feed| !is_resting(feed));
        due
    }

    /// Names of all feeds that bring tests, resting or not.
    pub(super) fn of_tests(&self) -> Vec<String> {
        let of_tests = self.feeds.iter().filter(|feed| feed.target == Target::LabTest);
        of_tests.map(|feed| feed.name.clone()).collect()
    }

    /// Whether a large batch had the feed when it was last asked for.
    pub(super) fn was_busy(&self, feed: &Feed) -> bool {
        self.resting.get(&feed.name).is_some_and(|rest| rest.failures == 0)
    }

    /// A large batch has the feed.
    pub(super) fn note_busy(&mut self, feed: &Feed, now: Instant) {
        self.resting.insert(feed.name.clone(), Rest { until: now + BUSY, failures: 0 });
    }

    /// The next turn is another feed's, so that a long backlog of one keeps none of the others waiting.
    pub(super) fn note_claim(&mut self, feed: &Feed) {
        self.feeds.sort_by_key(|other| other.name == feed.name);
    }

    /// What was claimed of the feed came to its end.
    pub(crate) fn note_success(&mut self, feed: &str) {
        self.resting.remove(feed);
    }

    /// Nothing of what was claimed of the feed could be fetched: it rests, twice as long after each failure in a row.
    pub(crate) fn note_failure(&mut self, feed: &str, now: Instant) {
        let failures = self.resting.get(feed).map_or(0, |rest| rest.failures) + 1;
        self.resting.insert(feed.to_owned(), Rest { until: now + longer_wait(BUSY, failures), failures });
    }
}

#[cfg(test)]
mod tests {
    use wardwatch_schema::config::Config;

    use super::*;

    fn names(feeds: &[&Feed]) -> Vec<String> {
        feeds.iter().map(|feed| feed.name.clone()).collect()
    }

    #[test]
    fn what_was_claimed_of_comes_last() {
        let feeds = Config::default().feeds().unwrap();
        let (mut turns, now) = (Turns::of(&feeds), Instant::now());
        turns.note_claim(&feeds[0]);
        assert_eq!(names(&turns.due(now)), names(&[&feeds[1], &feeds[2], &feeds[3], &feeds[0]]));
    }

    #[test]
    fn a_busy_feed_rests_and_is_asked_for_before_it_is_claimed_of_again() {
        let feeds = Config::default().feeds().unwrap();
        let (mut turns, now) = (Turns::of(&feeds), Instant::now());
        turns.note_busy(&feeds[1], now);
        assert_eq!(names(&turns.due(now)), names(&[&feeds[0], &feeds[2], &feeds[3]]));
        assert_eq!(turns.due(now + BUSY).len(), 4);
        assert!(turns.was_busy(&feeds[1]) && !turns.was_busy(&feeds[0]));
        turns.note_success(&feeds[1].name);
        assert!(!turns.was_busy(&feeds[1]));
    }

    #[test]
    fn a_feed_of_which_nothing_can_be_fetched_rests_longer_each_time_and_forgets_that_when_it_went_well() {
        let feeds = Config::default().feeds().unwrap();
        let (mut turns, now) = (Turns::of(&feeds), Instant::now());
        let refused = &feeds[0].name;
        turns.note_failure(refused, now);
        assert_eq!(turns.due(now).len(), 3, "the others go on");
        assert_eq!(turns.due(now + BUSY * 3).len(), 4);
        assert!(!turns.was_busy(&feeds[0]));
        for _ in 0..5 {
            turns.note_failure(refused, now);
        }
        assert_eq!(turns.due(now + BUSY * 4).len(), 3);
        assert_eq!(turns.due(now + BUSY * 16).len(), 4, "there is a longest rest");
        turns.note_success(refused);
        assert_eq!(turns.due(now).len(), 4);
    }

    #[test]
    fn feeds_of_tests_are_known_while_they_rest() {
        let feeds = Config::default().feeds().unwrap();
        let mut turns = Turns::of(&feeds);
        turns.note_busy(&feeds[2], Instant::now());
        assert_eq!(turns.of_tests(), ["lis.lab_tests"]);
    }
}
