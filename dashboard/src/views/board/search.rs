//! Which of the stays of a census a list has, and what is counted on the way.
//!
//! Invariant: every listed stay is looked at once, and counted where the reader may not see it or has not asked for it.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Board, Grouping, Match, Reader, Section};
use crate::query::BoardQuery;
use crate::views::census::{Census, Entry, Judged, Verdict};
use crate::views::review::{Reviews, Standing};

/// What is asked, of whom, by whom; texts in plain words.
pub(super) struct Search<'a> {
    pub(super) census: &'a Census,
    pub(super) reviews: &'a Reviews,
    pub(super) query: &'a BoardQuery,
    pub(super) grouping: Grouping,
    pub(super) reader: &'a Reader<'a>,
    pub(super) text: Vec<String>,
    pub(super) physician: Vec<String>,
}

impl Search<'_> {
    /// Every stay that the list has, over all its pages; whatever is counted on the way goes into the board.
    pub(super) fn matches(&self, board: &mut Board) -> Vec<Match> {
        let judged = judged(self.census, self.query, self.reader.as_of);
        let mut has_listed = vec![false; self.census.departments().len()];
        let mut matches = Vec::with_capacity(judged.len());
        // Stays are passed by without a look at more than what was judged, unless the filter needs one: in another order than that
        // in which they lie in memory, such looks take longer than all the rest.
        let (is_limited, is_choosy) = (!self.reader.departments.is_empty(), self.is_choosy());
        for place in self.census.ordered(self.query.sort, self.query.direction) {
            let one = judged[*place as usize];
            let Some(verdict) = one.verdict else { continue };
            if one.is_unreadable && self.is_told_by_its_stay(self.census.entry(*place)) {
                continue;
            }
            if is_limited && !is_within(self.census.entry(*place), self.reader.departments) {
                board.elsewhere += 1;
                continue;
            }
            board.listed += 1;
            if let Some(department) = one.department {
                has_listed[usize::from(department)] = true;
            }
            if !is_choosy || self.asks_for(*place, verdict) {
                matches.extend(self.counted(*place, verdict, one.is_unreadable, board));
            }
        }
        let departments = self.census.departments().iter().zip(has_listed).filter(|(_, has_listed)| *has_listed);
        board.departments = departments.map(|(name, _)| name.clone()).collect();
        matches
    }

    /// How many the list of the acknowledged has, over all its pages: it keeps of the filter only whose patients are looked at,
    /// and the threshold.
    pub(super) fn acknowledged(&self) -> i64 {
        let as_of = self.reader.as_of;
        let is_there = |(place, standing): &(u32, &Standing)| {
            let entry = self.census.entry(*place);
            standing.is_acknowledged(entry.idle_since, as_of)
                && is_within(entry, self.reader.departments)
                && self.is_about(entry)
                && self.census.judge(entry, as_of, self.query.hours).is_some()
        };
        self.reviews.all().filter(is_there).count() as i64
    }

    fn is_told_by_its_stay(&self, entry: &Entry) -> bool {
        self.query.due.is_none() && self.census.is_superseded(entry, self.reader.as_of, self.query.hours)
    }

    /// A listed stay for which the filter asks, where its section and state are asked for, too.
    fn counted(&self, place: u32, verdict: Verdict, is_unreadable: bool, board: &mut Board) -> Option<Match> {
        let query = self.query;
        let section = Section::of(is_unreadable, verdict, self.is_acknowledged(place));
        let is_of_state = query.state.is_none_or(|state| state == verdict.state);
        board.acknowledged += i64::from(section == Section::Acknowledged && is_of_state);
        if self.is_apart(section) || query.section.is_some_and(|asked| asked != section) {
            return None;
        }
        board.counts.add(verdict.state);
        is_of_state.then_some(Match { place, verdict, section, is_further: false })
    }

    fn is_acknowledged(&self, place: u32) -> bool {
        let standing = self.reviews.standing(place);
        standing
            .is_some_and(|standing| standing.is_acknowledged(self.census.entry(place).idle_since, self.reader.as_of))
    }

    /// Whether the filter goes by anything that [`Self::asks_for`] looks at. Every part of it is named: none can be forgotten.
    fn is_choosy(&self) -> bool {
        let BoardQuery {
            as_of: _,
            hours: _,
            due: _,
            state: _,
            section: _,
            sort: _,
            direction: _,
            page: _,
            per_page: _,
            department,
            text,
            physician,
            days,
            is_mine,
            since,
        } = self.query;
        department.is_some() || text.is_some() || physician.is_some() || days.is_some() || *is_mine || since.is_some()
    }

    fn asks_for(&self, place: u32, verdict: Verdict) -> bool {
        let (entry, standing) = (self.census.entry(place), self.reviews.standing(place));
        self.is_about(entry)
            && entry.says(&self.text)
            && is_idle(entry, self.query, self.reader.as_of)
            && is_theirs(standing, self.query, self.reader)
            && is_new(entry, verdict, standing, self.query)
    }

    /// Whether a stay is of the department and of the physician whose patients are looked at.
    fn is_about(&self, entry: &Entry) -> bool {
        let department = self.query.department.as_ref();
        department.is_none_or(|asked| is_within(entry, std::slice::from_ref(asked))) && entry.is_of(&self.physician)
    }

    /// Whether a section is counted only, because nobody asks for it.
    fn is_apart(&self, section: Section) -> bool {
        let is_asked_for = self.query.section == Some(section) || self.query.is_mine;
        section == Section::Acknowledged && self.grouping == Grouping::Sections && !is_asked_for
    }
}

/// How each stay is listed: on the board, or among those that will be before the next round.
fn judged(census: &Census, query: &BoardQuery, as_of: DateTime<Utc>) -> Vec<Judged> {
    match query.due {
        Some(hours) => census.judge_coming(as_of, as_of + TimeDelta::hours(i64::from(hours)), query.hours),
        None => census.judge_all(as_of, query.hours),
    }
}

/// A stay of no known department is everybody's: a doubt hides nobody.
fn is_within(entry: &Entry, departments: &[String]) -> bool {
    departments.is_empty() || entry.department.as_ref().is_none_or(|department| departments.contains(department))
}

fn is_idle(entry: &Entry, query: &BoardQuery, as_of: DateTime<Utc>) -> bool {
    let is_idle_for =
        |days: i32| entry.idle_since.is_none_or(|since| as_of - since >= TimeDelta::days(i64::from(days)));
    query.days.is_none_or(is_idle_for)
}

fn is_theirs(standing: Option<&Standing>, query: &BoardQuery, reader: &Reader<'_>) -> bool {
    !query.is_mine || standing.is_some_and(|standing| standing.assigned_to() == Some(reader.account))
}

/// Whether a stay has changed since a moment: it came onto the board by time, by a file that was loaded late or by another
/// threshold; or something was ordered; or somebody did something about it. What cannot be read may always be new.
fn is_new(entry: &Entry, verdict: Verdict, standing: Option<&Standing>, query: &BoardQuery) -> bool {
    let Some(since) = &query.since else { return true };
    let Some(idle_since) = entry.idle_since else { return true };
    let crossed = idle_since + TimeDelta::hours(i64::from(verdict.threshold_hours));
    let threshold_set_at = entry.threshold_set_at.filter(|_| query.hours.is_none());
    let done = standing.and_then(Standing::newest);
    let moments = [Some(crossed), entry.told_at, threshold_set_at, entry.last_ordered_at, done];
    moments.into_iter().flatten().any(|at| at > since.at)
}
