//! The parameters of the board.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::sort::{Direction, Sort};
use super::value::{Fault, choice, moment, number, text};
use super::{MAX_PER_PAGE, PER_PAGE, join, read};
use crate::error::Problem;
use crate::views::board::{Section, State};

const MAX_HOURS: i64 = 87_600;
/// Further pages than this are the last page in any warehouse.
const MAX_PAGE: i64 = 1_000_000_000;
/// Ten years.
const MAX_DAYS: i64 = 3_650;
/// Further ahead than a week nobody plans a round.
const MAX_DUE_HOURS: i64 = 168;

const PARAMETERS: [&str; 15] = [
    "as_of",
    "hours",
    "department",
    "physician",
    "state",
    "section",
    "days",
    "mine",
    "due",
    "since",
    "q",
    "sort",
    "direction",
    "page",
    "per_page",
];

/// A moment as the address wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AsOf {
    pub(crate) text: String,
    pub(crate) at: DateTime<Utc>,
}

/// In place of a moment: when the reader's last visit of the board ended.
pub(crate) const VISIT: &str = "visit";

/// Since when something must have changed to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Since {
    /// As the address wrote it.
    pub(crate) text: String,
    /// Of a last visit the beginning of time, until it is known who looks: [`BoardQuery::since_visit`].
    pub(crate) at: DateTime<Utc>,
    /// Whether the reader has not visited the board before.
    pub(crate) is_first_visit: bool,
}

impl Since {
    /// The end of the reader's last visit.
    pub(crate) fn visit() -> Self {
        Self { text: VISIT.to_owned(), at: DateTime::<Utc>::MIN_UTC, is_first_visit: false }
    }

    fn read(value: &str, zone: Tz) -> Result<Self, Fault> {
        if value == VISIT {
            return Ok(Self::visit());
        }
        let at = moment(value, zone).map_err(|fault| Fault::NoVisit { moment: Box::new(fault) })?;
        Ok(Self { text: value.to_owned(), at, is_first_visit: false })
    }
}

/// The parameters of the board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BoardQuery {
    pub(crate) as_of: Option<AsOf>,
    pub(crate) hours: Option<i32>,
    pub(crate) department: Option<String>,
    pub(crate) state: Option<State>,
    pub(crate) section: Option<Section>,
    pub(crate) text: Option<String>,
    /// The physician whose patients are asked for.
    pub(crate) physician: Option<String>,
    /// Without a test for at least so many days.
    pub(crate) days: Option<i32>,
    /// Only stays that the reader has taken on.
    pub(crate) is_mine: bool,
    /// In place of the board: stays that cross their threshold within so many hours.
    pub(crate) due: Option<i32>,
    /// Only what has changed since a moment.
    pub(crate) since: Option<Since>,
    pub(crate) sort: Sort,
    pub(crate) direction: Direction,
    pub(crate) page: i64,
    pub(crate) per_page: i64,
}

impl Default for BoardQuery {
    fn default() -> Self {
        Self {
            as_of: None,
            hours: None,
            department: None,
            state: None,
            section: None,
            text: None,
            physician: None,
            days: None,
            is_mine: false,
            due: None,
            since: None,
            sort: Sort::Idle,
            direction: Direction::Natural,
            page: 1,
            per_page: PER_PAGE,
        }
    }
}

impl BoardQuery {
    /// Reads the part of the address after `?`; `path` is where a refused request can go on.
    pub(crate) fn parse(raw: &str, path: &str, zone: Tz) -> Result<Self, Problem> {
        let mut query = Self::default();
        read(raw, path, |name, value| query.take(name, value, zone))?;
        Ok(query)
    }

    fn take(&mut self, name: &str, value: &str, zone: Tz) -> Result<(), Fault> {
        match name {
            "as_of" => self.as_of = Some(AsOf { text: value.to_owned(), at: moment(value, zone)? }),
            "hours" => self.hours = Some(number(value, 0, MAX_HOURS)? as i32),
            "department" => self.department = Some(text(value)?),
            "q" => self.text = Some(text(value)?),
            "state" => self.state = Some(choice(value, &State::ALL, State::as_str)?),
            "section" => self.section = Some(choice(value, &Section::ALL, Section::as_str)?),
            "physician" => self.physician = Some(text(value)?),
            "days" => self.days = Some(number(value, 1, MAX_DAYS)? as i32),
            "mine" => self.is_mine = choice(value, &[true, false], yes_or_no)?,
            "due" => self.due = Some(number(value, 1, MAX_DUE_HOURS)? as i32),
            "since" => self.since = Some(Since::read(value, zone)?),
            "sort" => self.sort = choice(value, &Sort::ALL, Sort::as_str)?,
            "direction" => self.direction = choice(value, &Direction::ALL, Direction::as_str)?,
            "page" => self.page = number(value, 1, i64::MAX)?.min(MAX_PAGE),
            "per_page" => self.per_page = number(value, 1, MAX_PER_PAGE)?,
            _ => return Err(Fault::Unknown { known: &PARAMETERS }),
        }
        Ok(())
    }

    /// The address of the board with one thing changed. Unless the change is the page itself, it starts at page one.
    pub(crate) fn link(&self, change: impl FnOnce(&mut Self)) -> String {
        let mut changed = Self { page: 1, ..self.clone() };
        change(&mut changed);
        changed.address()
    }

    /// Whether anything but the order and the page differs from the plain board.
    pub(crate) fn is_filtered(&self) -> bool {
        let chosen = [self.department.is_some(), self.state.is_some(), self.text.is_some(), self.section.is_some()];
        let narrowed = [self.physician.is_some(), self.days.is_some(), self.is_mine, self.since.is_some()];
        chosen.into_iter().chain(narrowed).any(|is_said| is_said)
    }

    /// Whether what has changed since the reader's last visit is asked for.
    pub(crate) fn is_since_visit(&self) -> bool {
        self.since.as_ref().is_some_and(|since| since.text == VISIT)
    }

    /// The same question, once it is known when the reader's last visit ended; `otherwise`, where there was none.
    pub(crate) fn since_visit(self, ended_at: Option<DateTime<Utc>>, otherwise: DateTime<Utc>) -> Self {
        let resolved = |since| Since { at: ended_at.unwrap_or(otherwise), is_first_visit: ended_at.is_none(), ..since };
        let since = self.since.map(|since| if since.text == VISIT { resolved(since) } else { since });
        Self { since, ..self }
    }

    /// The same list in another form, from its first row on.
    pub(crate) fn link_to(&self, path: &str) -> String {
        Self { page: 1, per_page: PER_PAGE, ..self.clone() }.address_at(path)
    }

    /// The same list at another address.
    pub(crate) fn address_at(&self, path: &str) -> String {
        join(path, self.said())
    }

    fn address(&self) -> String {
        self.address_at("/")
    }

    /// The parameters that differ from the plain board.
    pub(crate) fn said(&self) -> Vec<(&'static str, String)> {
        let plain = Self::default();
        let page = (self.page != plain.page).then(|| self.page.to_string());
        let per_page = (self.per_page != plain.per_page).then(|| self.per_page.to_string());
        let parameters = [
            ("as_of", self.as_of.as_ref().map(|as_of| as_of.text.clone())),
            ("hours", self.hours.map(|hours| hours.to_string())),
            ("department", self.department.clone()),
            ("state", self.state.map(|state| state.as_str().to_owned())),
            ("section", self.section.map(|section| section.as_str().to_owned())),
            ("physician", self.physician.clone()),
            ("days", self.days.map(|days| days.to_string())),
            ("mine", self.is_mine.then(|| yes_or_no(true).to_owned())),
            ("due", self.due.map(|hours| hours.to_string())),
            ("since", self.since.as_ref().map(|since| since.text.clone())),
            ("q", self.text.clone()),
            ("sort", (self.sort != plain.sort).then(|| self.sort.as_str().to_owned())),
            ("direction", (self.direction != plain.direction).then(|| self.direction.as_str().to_owned())),
            ("page", page),
            ("per_page", per_page),
        ];
        parameters.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

fn yes_or_no(is_so: bool) -> &'static str {
    if is_so { "yes" } else { "no" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn board(raw: &str) -> Result<BoardQuery, Problem> {
        BoardQuery::parse(raw, "/", Tz::Europe__Berlin)
    }

    #[test]
    fn nothing_said_is_the_plain_board() {
        assert_eq!(board("").unwrap(), BoardQuery::default());
        assert_eq!(board("q=&department=&hours=").unwrap(), BoardQuery::default());
    }

    #[test]
    fn every_parameter_is_read_and_written_back() {
        let raw = "as_of=2026-11-21T10%3A15%3A00Z&hours=24&department=ICU+%26+HDU&state=chase&section=main&physician=Dr.+Li&days=3&mine=yes&since=2026-11-20T08%3A00&q=O%27Neil&sort=patient&direction=reversed&page=3&per_page=10";
        let query = board(raw).unwrap();
        assert_eq!((query.hours, query.page, query.per_page), (Some(24), 3, 10));
        assert_eq!(query.department.as_deref(), Some("ICU & HDU"));
        assert_eq!(query.link(|q| q.page = 3), format!("/?{raw}"));
        assert!(!query.link(|q| q.state = None).contains("page=3"), "another filter starts at page one");
    }

    #[test]
    fn a_time_without_offset_is_the_hospitals_clock() {
        let at = |raw: &str| board(raw).unwrap().as_of.unwrap().at.to_rfc3339();
        assert_eq!(at("as_of=2026-11-21T10:15"), "2026-11-21T09:15:00+00:00");
        assert_eq!(at("as_of=2026-11-21T10:15:00%2B02:00"), "2026-11-21T08:15:00+00:00");
        assert_eq!(at("as_of=2026-11-21T10:15:00+02:00"), "2026-11-21T08:15:00+00:00", "an unencoded plus");
        assert_eq!(at("as_of=2026-10-25T02:30"), "2026-10-25T01:30:00+00:00", "the later of the two");
    }

    #[test]
    fn a_refusal_names_the_parameter_and_keeps_the_rest() {
        for (raw, word) in [
            ("department=ICU&page=0", "from 1"),
            ("department=ICU&page=x", "from 1"),
            ("department=ICU&per_page=501", "1 to 500"),
            ("department=ICU&state=dead", "overdue, chase, unknown"),
            ("department=ICU&sort=1%3Bdrop", "idle, patient"),
            ("department=ICU&hours=-1", "0 to 87600"),
            ("department=ICU&as_of=tomorrow", "Europe/Berlin"),
            ("department=ICU&as_of=2026-03-29T02:30", "skip"),
            ("department=ICU&as_of=2026-02-30T10:00", "must be a time"),
            ("department=ICU&as_of=1-01-01T10:00", "1900 to 9000"),
            ("department=ICU&as_of=%2B262142-12-31T23:59", "1900 to 9000"),
            ("department=ICU&q=a%00b", "control"),
            ("department=ICU&departmnet=x", "no parameter"),
            ("department=ICU&page=1&page=2", "twice"),
        ] {
            let problem = board(raw).unwrap_err();
            assert!(problem.message.contains(word), "{raw}: {}", problem.message);
            assert_eq!(problem.way_on, "/?department=ICU", "{raw}");
        }
    }

    #[test]
    fn the_last_visit_is_a_moment_of_the_readers_own() {
        let query = board("since=visit").unwrap();
        assert!(query.is_since_visit());
        let (ended_at, now) = ("2026-11-21T10:15:00Z".parse().unwrap(), "2026-11-22T10:15:00Z".parse().unwrap());
        let first = query.clone().since_visit(None, now).since.unwrap();
        assert!(first.is_first_visit && first.at == now);
        let query = query.since_visit(Some(ended_at), now);
        assert_eq!(query.since.as_ref().map(|since| (since.at, since.is_first_visit)), Some((ended_at, false)));
        assert_eq!(query.link(|_| {}), "/?since=visit", "the address stays everybody's");
        assert!(board("since=lunch").unwrap_err().message.contains("visit"));
    }

    #[test]
    fn a_page_far_beyond_the_end_is_not_an_error() {
        assert_eq!(board("page=9000000000000000000").unwrap().page, MAX_PAGE);
    }
}
