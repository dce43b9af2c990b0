//! The parameters of the board.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::due::Due;
use super::sort::{Direction, Sort};
use super::value::{Fault, choice, moment, moment_early, number, page, text, words};
use super::{DEPARTMENT, MAX_PER_PAGE, PER_PAGE, join, read};
use crate::error::Problem;
use crate::views::board::{Section, State};
use crate::words::parameter::refused;

const MAX_HOURS: i64 = 87_600;
/// Further pages than this are the last page in any warehouse.
const MAX_PAGE: i64 = 1_000_000_000;
/// Ten years.
const MAX_DAYS: i64 = 3_650;

const PARAMETERS: [&str; 15] = [
    "as_of",
    "hours",
    DEPARTMENT,
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
    /// Whether the reader has not visited the board before; none where that is not known.
    pub(crate) is_first_visit: Option<bool>,
}

impl Since {
    /// The end of the reader's last visit.
    pub(crate) fn visit() -> Self {
        Self { text: VISIT.to_owned(), at: DateTime::<Utc>::MIN_UTC, is_first_visit: None }
    }

    fn read(value: &str, zone: Tz) -> Result<Self, Fault> {
        if value == VISIT {
            return Ok(Self::visit());
        }
        let at = moment_early(value, zone).map_err(|fault| Fault::NoVisit { moment: Box::new(fault) })?;
        Ok(Self { text: value.to_owned(), at, is_first_visit: None })
    }
}

/// The parameters of the board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BoardQuery {
    pub(crate) as_of: Option<AsOf>,
    pub(crate) hours: Option<i32>,
    /// As the address wrote it; [`Self::check_department`] where nobody knows one of that name.
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
    /// In place of the board: stays that cross their threshold before the next round.
    pub(crate) due: Option<Due>,
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
            DEPARTMENT => self.department = Some(value.to_owned()),
            "q" => self.text = Some(words(value)?),
            "state" => self.state = Some(choice(value, &State::ALL, State::as_str)?),
            "section" => self.section = Some(choice(value, &Section::ALL, Section::as_str)?),
            "physician" => self.physician = Some(words(value)?),
            "days" => self.days = Some(number(value, 1, MAX_DAYS)? as i32),
            "mine" => self.is_mine = choice(value, &[true, false], yes_or_no)?,
            "due" => self.due = Some(Due::read(value, zone)?),
            "since" => self.since = Some(Since::read(value, zone)?),
            "sort" => self.sort = choice(value, &Sort::ALL, Sort::as_str)?,
            "direction" => self.direction = choice(value, &Direction::ALL, Direction::as_str)?,
            "page" => self.page = page(value, MAX_PAGE)?,
            "per_page" => self.per_page = number(value, 1, MAX_PER_PAGE)?,
            _ => return Err(Fault::Unknown { known: &PARAMETERS }),
        }
        Ok(())
    }

    /// Refuses a department that is no text. One that the hospital knows is not asked: it may hold anything.
    pub(crate) fn check_department(&self, path: &str) -> Result<(), Problem> {
        let Some(Err(fault)) = self.department.as_deref().map(text) else { return Ok(()) };
        let rest = Self { department: None, ..self.clone() };
        Err(Problem::bad_parameter(refused(DEPARTMENT, &fault), rest.address_at(path)))
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
        self.visited(ended_at.unwrap_or(otherwise), Some(ended_at.is_none()))
    }

    /// The same question, where that is not known.
    pub(crate) fn since_unknown_visit(self, otherwise: DateTime<Utc>) -> Self {
        self.visited(otherwise, None)
    }

    fn visited(self, at: DateTime<Utc>, is_first_visit: Option<bool>) -> Self {
        let visited = |since: Since| if since.text == VISIT { Since { at, is_first_visit, ..since } } else { since };
        let since = self.since.map(visited);
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
            (DEPARTMENT, self.department.clone()),
            ("state", self.state.map(|state| state.as_str().to_owned())),
            ("section", self.section.map(|section| section.as_str().to_owned())),
            ("physician", self.physician.clone()),
            ("days", self.days.map(|days| days.to_string())),
            ("mine", self.is_mine.then(|| yes_or_no(true).to_owned())),
            ("due", self.due.map(Due::said)),
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
        let since = board("since=2026-10-25T02:30").unwrap().since.unwrap();
        assert_eq!(since.at.to_rfc3339(), "2026-10-25T00:30:00+00:00", "the earlier one hides no change");
    }

    #[test]
    fn a_department_is_asked_for_as_it_is_offered() {
        for name in ["ICU ", " ICU", "North\nWard", "North\r\nWard", &"x".repeat(200)] {
            let asked = BoardQuery { department: Some(name.to_owned()), ..BoardQuery::default() };
            let address = asked.link(|_| {});
            let (_, raw) = address.split_once('?').unwrap();
            assert_eq!(board(raw).unwrap().department.as_deref(), Some(name), "{name:?}");
        }
        assert_eq!(board("department=+").unwrap(), BoardQuery::default());
    }

    #[test]
    fn a_department_of_nobodys_must_be_a_text() {
        let asked = |raw: &str| board(raw).unwrap().check_department("/print");
        assert!(asked("department=Nowhere").is_ok() && asked("q=x").is_ok());
        for (name, word) in [("a%00b", "control"), ("a%FFb", "cannot be seen"), (&"x".repeat(101), "longer than 100")] {
            let problem = asked(&format!("department={name}&q=x")).unwrap_err();
            assert!(problem.message.contains(word), "{name}: {}", problem.message);
            assert_eq!(problem.way_on, "/print?q=x", "{name}");
        }
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
            ("department=ICU&q=%FF", "cannot be seen"),
            ("department=ICU&q=a%E2%80%AEb", "cannot be seen"),
            ("department=ICU&q=---", "no letter or digit"),
            ("department=ICU&physician=%ff", "cannot be seen"),
            ("department=ICU&physician=-", "no letter or digit"),
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
        assert!(first.is_first_visit == Some(true) && first.at == now);
        let unknown = query.clone().since_unknown_visit(now).since.unwrap();
        assert_eq!((unknown.at, unknown.is_first_visit), (now, None), "nobody is told that they never looked");
        let query = query.since_visit(Some(ended_at), now);
        assert_eq!(query.since.as_ref().map(|since| (since.at, since.is_first_visit)), Some((ended_at, Some(false))));
        assert_eq!(query.link(|_| {}), "/?since=visit", "the address stays everybody's");
        assert!(board("since=lunch").unwrap_err().message.contains("visit"));
    }

    #[test]
    fn a_page_far_beyond_the_end_is_not_an_error() {
        for page in ["9000000000000000000", "100000000000000000000"] {
            assert_eq!(board(&format!("page={page}")).unwrap().page, MAX_PAGE);
        }
    }
}
