//! Which of the stays of a census a list has, and what is counted on the way.
//!
//! Invariant: every listed stay is looked at once, and counted where the reader may not see it or has not asked for it. Pages have
//! beside the listed who is acknowledged before that, in their section and count; programs have what the rule lists and nobody else.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Board, Grouping, Match, Reader, Section, State};
use crate::query::BoardQuery;
use crate::views::census::{Census, Entry, Judged, Physician, Verdict};
use crate::views::review::{Reviews, Standing};

/// What is asked, of whom, by whom; the text in plain words.
pub(super) struct Search<'a> {
    pub(super) census: &'a Census,
    pub(super) reviews: &'a Reviews,
    pub(super) query: &'a BoardQuery,
    pub(super) grouping: Grouping,
    pub(super) reader: &'a Reader<'a>,
    pub(super) text: Vec<String>,
    pub(super) physician: Option<Physician>,
}

impl Search<'_> {
    /// Every stay that the list has, over all its pages; whatever is counted on the way goes into the board.
    pub(super) fn matches(&self, board: &mut Board) -> Vec<Match> {
        let acknowledged = self.acknowledged();
        board.all_acknowledged = self.all_acknowledged(&acknowledged);
        let judged = self.judged(&acknowledged);
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
                board.elsewhere += i64::from(one.is_listed);
                continue;
            }
            board.listed += i64::from(one.is_listed);
            if let Some(department) = one.department {
                has_listed[usize::from(department)] = true;
            }
            if !is_choosy || self.asks_for(*place, verdict) {
                matches.extend(self.counted(*place, verdict, one.is_unreadable, board));
            }
        }
        board.listed -= self.seen_to(&acknowledged, &judged);
        let departments = self.census.departments().iter().zip(has_listed).filter(|(_, has_listed)| *has_listed);
        board.departments = departments.map(|(name, _)| name.clone()).collect();
        matches
    }

    /// Open stays that are acknowledged now, listed or not yet, with their places.
    fn acknowledged(&self) -> Vec<(u32, &Entry)> {
        let as_of = self.reader.as_of;
        let reviewed = self.reviews.all().map(|(place, standing)| (place, self.census.entry(place), standing));
        let acknowledged = reviewed
            .filter(|(_, entry, standing)| standing.is_acknowledged(entry.idle_since, as_of) && entry.is_open(as_of));
        acknowledged.map(|(place, entry, _)| (place, entry)).collect()
    }

    /// How many of them their list has, over all its pages: it keeps of the filter only whose patients are looked at.
    fn all_acknowledged(&self, acknowledged: &[(u32, &Entry)]) -> i64 {
        let is_there = |entry: &Entry| is_within(entry, self.reader.departments) && self.is_about(entry);
        acknowledged.iter().filter(|(_, entry)| is_there(entry)).count() as i64
    }

    /// How many of them the reader's board would have otherwise.
    fn seen_to(&self, acknowledged: &[(u32, &Entry)], judged: &[Judged]) -> i64 {
        let is_seen_to = |place: u32, entry: &Entry| {
            let Judged { verdict: Some(verdict), is_listed: true, is_unreadable: false, .. } = judged[place as usize]
            else {
                return false;
            };
            is_within(entry, self.reader.departments) && self.is_acknowledged(place, verdict)
        };
        acknowledged.iter().filter(|(place, entry)| is_seen_to(*place, entry)).count() as i64
    }

    /// How each stay is listed: on the board, with who is acknowledged before that; or among those that will be before the next
    /// round.
    fn judged(&self, acknowledged: &[(u32, &Entry)]) -> Vec<Judged> {
        let (as_of, hours) = (self.reader.as_of, self.query.hours);
        if let Some(due) = self.query.due {
            return self.census.judge_coming(as_of, due.until(as_of), hours);
        }
        let mut judged = self.census.judge_all(as_of, hours);
        if self.grouping != Grouping::None {
            for (place, entry) in acknowledged {
                judged[*place as usize].verdict.get_or_insert_with(|| not_listed(entry, as_of));
            }
        }
        judged
    }

    fn is_told_by_its_stay(&self, entry: &Entry) -> bool {
        self.query.due.is_none() && self.census.is_superseded(entry, self.reader.as_of, self.query.hours)
    }

    /// A listed stay for which the filter asks, where its section and state are asked for, too.
    fn counted(&self, place: u32, verdict: Verdict, is_unreadable: bool, board: &mut Board) -> Option<Match> {
        let query = self.query;
        let section = Section::of(is_unreadable, verdict, self.is_acknowledged(place, verdict));
        let is_of_state = query.state.is_none_or(|state| state == verdict.state);
        board.acknowledged += i64::from(section == Section::Acknowledged && is_of_state);
        if self.is_apart(section) || query.section.is_some_and(|asked| asked != section) {
            return None;
        }
        board.counts.add(verdict.state);
        is_of_state.then_some(Match { place, verdict, section, is_further: false })
    }

    /// Whether a stay is acknowledged now; of those who are due, whether it still is when they cross their threshold.
    fn is_acknowledged(&self, place: u32, verdict: Verdict) -> bool {
        self.reviews.standing(place).is_some_and(|standing| {
            let entry = self.census.entry(place);
            let crossing = self.query.due.and(entry.crosses_at(verdict.threshold_hours));
            standing.is_acknowledged(entry.idle_since, crossing.unwrap_or(self.reader.as_of))
        })
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
            && is_new(entry, verdict, standing, self.query, self.reader.as_of)
    }

    /// Whether a stay is of the department and of the physician whose patients are looked at.
    fn is_about(&self, entry: &Entry) -> bool {
        let department = self.query.department.as_ref();
        department.is_none_or(|asked| is_within(entry, std::slice::from_ref(asked)))
            && self.physician.as_ref().is_none_or(|asked| entry.is_of(asked))
    }

    /// Whether a section is counted only, because nobody asks for it.
    fn is_apart(&self, section: Section) -> bool {
        let is_asked_for = self.query.section == Some(section) || self.query.is_mine;
        section == Section::Acknowledged && self.grouping == Grouping::Sections && !is_asked_for
    }
}

/// How an open stay stands that is not listed: by the threshold of its own, whichever is asked for.
fn not_listed(entry: &Entry, as_of: DateTime<Utc>) -> Verdict {
    Verdict { state: Census::state(entry, as_of), threshold_hours: entry.threshold_hours, long_open: false }
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
/// threshold; or its order became too old to be chased; or something was ordered; or somebody did something about it. What is still
/// to come has changed nothing. What cannot be read may always be new.
fn is_new(
    entry: &Entry,
    verdict: Verdict,
    standing: Option<&Standing>,
    query: &BoardQuery,
    as_of: DateTime<Utc>,
) -> bool {
    let Some(since) = &query.since else { return true };
    let threshold_set_at = entry.threshold_set_at.filter(|_| query.hours.is_none());
    let done = standing.and_then(Standing::newest);
    let told = [entry.told_at, entry.doubted_at, threshold_set_at, entry.last_ordered_at, done].into_iter().flatten();
    let reached = turns(entry, verdict, standing, query, as_of).into_iter().flatten().filter(|at| *at <= as_of);
    entry.is_unreadable() || told.chain(reached).any(|at| at > since.at)
}

/// When time alone changes a stay: it comes onto the board, or among those who are due; its acknowledgement is over; or its order
/// is not to be chased any more.
fn turns(
    entry: &Entry,
    verdict: Verdict,
    standing: Option<&Standing>,
    query: &BoardQuery,
    as_of: DateTime<Utc>,
) -> [Option<DateTime<Utc>>; 3] {
    let comes = |crossing| query.due.map_or(crossing, |due| due.begins(crossing, as_of));
    let aged = entry.open_order.as_ref().filter(|_| verdict.state == State::Overdue);
    [
        entry.crosses_at(verdict.threshold_hours).map(comes),
        standing.and_then(|standing| standing.returns_at(entry.idle_since)),
        aged.map(|order| order.ordered_at + TimeDelta::hours(i64::from(verdict.threshold_hours))),
    ]
}
