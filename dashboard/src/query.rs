//! The parameters of the board, of the patient list and of the audit: read strictly, written back as links.
//!
//! Invariant: an unknown, doubled or unreadable parameter is refused with its name and what is allowed. A filter that is
//! silently ignored would show other patients than the reader asked for.

use std::ops::RangeInclusive;

use chrono::{DateTime, Datelike, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;
use url::form_urlencoded::{Serializer, parse};

use crate::error::Problem;
use crate::views::board::{Section, State};

const MAX_TEXT: usize = 100;
const MAX_HOURS: i32 = 87_600;
/// Further pages than this are the last page in any warehouse.
const MAX_PAGE: i64 = 1_000_000_000;

/// Before and after them nobody is in hospital.
const YEARS: RangeInclusive<i32> = 1900..=9000;
/// Ten years.
const MAX_DAYS: i64 = 3_650;
/// Further ahead than a week nobody plans a round.
const MAX_DUE_HOURS: i64 = 168;

/// How many rows a page has unless the address says otherwise.
pub(crate) const PER_PAGE: i64 = 50;
const MAX_PER_PAGE: i64 = 500;

/// What leads the order of the board; ties are broken by idle time, patient and case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    /// Longest idle first.
    Idle,
    /// By family and given name.
    Patient,
    /// By department and room.
    Department,
    /// Longest stay first.
    Admitted,
    /// Newest order first.
    Ordered,
    /// What the data cannot tell first, then what to chase, then what is overdue.
    State,
    /// Longest ago first.
    Performed,
    /// By the age of the order that was not performed, the oldest first.
    Waiting,
    /// By the name of the physician.
    Physician,
}

/// Which way a sort runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// As the sort says.
    Natural,
    /// The other way.
    Reversed,
}

impl Direction {
    const ALL: [Self; 2] = [Self::Natural, Self::Reversed];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Natural => "natural",
            Self::Reversed => "reversed",
        }
    }

    pub(crate) fn other(self) -> Self {
        match self {
            Self::Natural => Self::Reversed,
            Self::Reversed => Self::Natural,
        }
    }
}

impl Sort {
    pub(crate) const ALL: [Self; 9] = [
        Self::Idle,
        Self::Patient,
        Self::Department,
        Self::Admitted,
        Self::Ordered,
        Self::State,
        Self::Performed,
        Self::Waiting,
        Self::Physician,
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Patient => "patient",
            Self::Department => "department",
            Self::Admitted => "admitted",
            Self::Ordered => "ordered",
            Self::State => "state",
            Self::Performed => "performed",
            Self::Waiting => "waiting",
            Self::Physician => "physician",
        }
    }
}

/// A moment as the address wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AsOf {
    pub(crate) text: String,
    pub(crate) at: DateTime<Utc>,
}

/// In place of a moment: when the reader's last visit of the board ended.
const VISIT: &str = "visit";

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

    fn read(value: &str, zone: Tz) -> Result<Self, String> {
        if value == VISIT {
            return Ok(Self::visit());
        }
        let at = moment(value, zone).map_err(|why| format!("{why}; or {VISIT}, for your last visit"))?;
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
    /// Whether only the part that changes is asked for.
    pub(crate) fragment: bool,
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
            fragment: false,
        }
    }
}

impl BoardQuery {
    /// Reads the part of the address after `?`; `path` is where a refused request can go on.
    pub(crate) fn parse(raw: &str, path: &str, zone: Tz) -> Result<Self, Problem> {
        let mut query = Self::default();
        for (name, value) in pairs(raw, path)? {
            query.take(&name, &value, zone).map_err(|message| refusal(raw, path, &name, &message))?;
        }
        Ok(query)
    }

    fn take(&mut self, name: &str, value: &str, zone: Tz) -> Result<(), String> {
        match name {
            "as_of" => self.as_of = Some(AsOf { text: value.to_owned(), at: moment(value, zone)? }),
            "hours" => self.hours = Some(number(value, 0, i64::from(MAX_HOURS))? as i32),
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
            "fragment" => self.fragment = true,
            _ => {
                return Err(
                    "is no parameter of this page; there are as_of, hours, department, physician, state, section, \
                    days, mine, due, since, q, sort, direction, page and per_page"
                        .to_owned(),
                );
            }
        }
        Ok(())
    }

    /// The address of the board with one thing changed. Unless the change is the page itself, it starts at page one.
    pub(crate) fn link(&self, change: impl FnOnce(&mut Self)) -> String {
        let mut changed = Self { page: 1, fragment: false, ..self.clone() };
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
        Self { page: 1, per_page: PER_PAGE, fragment: false, ..self.clone() }.address_at(path)
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

/// The parameters of the patient list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PatientsQuery {
    pub(crate) text: Option<String>,
    /// The patient after whom the page begins.
    pub(crate) after: Option<String>,
    pub(crate) per_page: i64,
}

impl PatientsQuery {
    /// Reads the part of the address after `?`.
    pub(crate) fn parse(raw: &str) -> Result<Self, Problem> {
        let mut query = Self { text: None, after: None, per_page: PER_PAGE };
        for (name, value) in pairs(raw, "/patients")? {
            query.take(&name, &value).map_err(|message| refusal(raw, "/patients", &name, &message))?;
        }
        Ok(query)
    }

    fn take(&mut self, name: &str, value: &str) -> Result<(), String> {
        match name {
            "q" => self.text = Some(text(value)?),
            "after" => self.after = Some(text(value)?),
            "per_page" => self.per_page = number(value, 1, MAX_PER_PAGE)?,
            _ => return Err("is no parameter of this page; there are q, after and per_page".to_owned()),
        }
        Ok(())
    }

    /// The address of the page of the same list that begins after a patient, or of the first.
    pub(crate) fn link(&self, after: Option<&str>) -> String {
        let text = self.text.clone().map(|text| ("q", text));
        let after = after.map(|after| ("after", after.to_owned()));
        let per_page = (self.per_page != PER_PAGE).then(|| ("per_page", self.per_page.to_string()));
        join("/patients", text.into_iter().chain(after).chain(per_page))
    }
}

/// The parameters of the audit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct AuditQuery {
    pub(crate) name: Option<String>,
    pub(crate) patient: Option<String>,
    pub(crate) action: Option<String>,
    /// First day, as the address wrote it.
    pub(crate) from: Option<String>,
    /// Last day, as the address wrote it.
    pub(crate) until: Option<String>,
    /// Only rows before this one.
    pub(crate) before: Option<i64>,
}

impl AuditQuery {
    /// Reads the part of the address after `?`.
    pub(crate) fn parse(raw: &str) -> Result<Self, Problem> {
        let mut query = Self::default();
        for (name, value) in pairs(raw, "/audit")? {
            query.take(&name, &value).map_err(|message| refusal(raw, "/audit", &name, &message))?;
        }
        Ok(query)
    }

    fn take(&mut self, name: &str, value: &str) -> Result<(), String> {
        match name {
            "name" => self.name = Some(text(value)?),
            "patient" => self.patient = Some(text(value)?),
            "action" => self.action = Some(text(value)?),
            "from" => self.from = Some(day(value)?),
            "until" => self.until = Some(day(value)?),
            "before" => self.before = Some(number(value, 1, i64::MAX)?),
            _ => {
                return Err(
                    "is no parameter of this page; there are name, patient, action, from, until and before".to_owned()
                );
            }
        }
        Ok(())
    }

    /// The address of what was done before a row.
    pub(crate) fn older_link(&self, before: i64) -> String {
        let said = self.said().into_iter().filter_map(|(name, value)| Some((name, value.clone()?)));
        join("/audit", said.chain([("before", before.to_string())]))
    }

    /// From the beginning of the first day to the end of the last, by the hospital's clock.
    pub(crate) fn span(&self, zone: Tz) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
        let begins = |day: NaiveDate| match zone.from_local_datetime(&day.and_time(NaiveTime::MIN)) {
            LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => at.to_utc(),
            LocalResult::None => day.and_time(NaiveTime::MIN).and_utc(),
        };
        let day = |text: &Option<String>| text.as_ref().and_then(|text| text.parse::<NaiveDate>().ok());
        (day(&self.from).map(begins), day(&self.until).and_then(|day| day.succ_opt()).map(begins))
    }

    fn said(&self) -> [(&'static str, &Option<String>); 5] {
        [
            ("name", &self.name),
            ("patient", &self.patient),
            ("action", &self.action),
            ("from", &self.from),
            ("until", &self.until),
        ]
    }

    /// In words, for the audit itself.
    pub(crate) fn words(&self) -> String {
        let said = self.said().into_iter().filter_map(|(word, value)| {
            let word = if word == "name" { "account" } else { word };
            Some(format!("{word} {}", value.as_ref()?))
        });
        said.collect::<Vec<_>>().join(", ")
    }
}

/// Parameters in order, without the empty ones that a form sends for a field left blank.
fn pairs(raw: &str, path: &str) -> Result<Vec<(String, String)>, Problem> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for (name, value) in parse(raw.as_bytes()) {
        if pairs.iter().any(|(seen, _)| *seen == name) {
            return Err(refusal(raw, path, &name, "is given twice; give it once"));
        }
        let value = value.trim();
        if !value.is_empty() || name == "fragment" {
            pairs.push((name.into_owned(), value.to_owned()));
        }
    }
    Ok(pairs)
}

/// The refusal of one parameter, with a way on that keeps the others.
fn refusal(raw: &str, path: &str, bad: &str, message: &str) -> Problem {
    let rest: Vec<_> = parse(raw.as_bytes()).filter(|(name, value)| name != bad && !value.is_empty()).collect();
    let name: String = bad.chars().filter(|c| !c.is_control()).take(40).collect();
    Problem::bad_parameter(format!("The parameter {name} {message}."), join(path, rest))
}

fn join<N: AsRef<str>, V: AsRef<str>>(path: &str, parameters: impl IntoIterator<Item = (N, V)>) -> String {
    let query = Serializer::new(String::new()).extend_pairs(parameters).finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

fn number(value: &str, least: i64, greatest: i64) -> Result<i64, String> {
    let allowed = if greatest == i64::MAX { format!("from {least}") } else { format!("from {least} to {greatest}") };
    let number = value.parse::<i64>().ok().filter(|number| (least..=greatest).contains(number));
    number.ok_or_else(|| format!("must be a whole number {allowed}"))
}

/// A day, written back as it was.
fn day(value: &str) -> Result<String, String> {
    let day = value.parse::<NaiveDate>().ok().filter(|day| YEARS.contains(&day.year()));
    day.map(|day| day.to_string()).ok_or_else(|| "must be a day such as 2026-11-21".to_owned())
}

fn text(value: &str) -> Result<String, String> {
    if value.chars().count() > MAX_TEXT {
        return Err(format!("is longer than {MAX_TEXT} characters"));
    }
    if value.chars().any(char::is_control) {
        return Err("holds a control character; type it again".to_owned());
    }
    Ok(value.to_owned())
}

fn choice<T: Copy>(value: &str, all: &[T], name: impl Fn(T) -> &'static str) -> Result<T, String> {
    let found = all.iter().copied().find(|choice| name(*choice) == value);
    found.ok_or_else(|| {
        let names: Vec<_> = all.iter().map(|choice| name(*choice)).collect();
        format!("must be one of {}", names.join(", "))
    })
}

fn yes_or_no(is_so: bool) -> &'static str {
    if is_so { "yes" } else { "no" }
}

/// RFC 3339, or the hospital's wall clock when no offset is given.
pub(crate) fn moment(value: &str, zone: Tz) -> Result<DateTime<Utc>, String> {
    // A plus sign that was not encoded arrives as a space.
    let with_plus = value.rsplit_once(' ').map(|(time, offset)| format!("{time}+{offset}"));
    let mut with_offset = [Some(value.to_owned()), with_plus].into_iter().flatten();
    if let Some(at) = with_offset.find_map(|text| DateTime::parse_from_rfc3339(&text).ok()) {
        return of_our_time(at.to_utc());
    }
    let formats = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"];
    let wall = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(value, format).ok());
    let wall = wall.ok_or_else(|| {
        format!("must be a time such as 2026-11-21T10:15:00Z, or 2026-11-21T10:15 by the hospital's clock ({zone})")
    })?;
    match zone.from_local_datetime(&wall) {
        LocalResult::Single(at) | LocalResult::Ambiguous(_, at) => of_our_time(at.to_utc()),
        LocalResult::None => Err(format!("is a time that the clocks of {zone} skip; give one hour later")),
    }
}

/// A moment with which can be reckoned.
fn of_our_time(at: DateTime<Utc>) -> Result<DateTime<Utc>, String> {
    if YEARS.contains(&at.year()) { Ok(at) } else { Err("must be a time of the years 1900 to 9000".to_owned()) }
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

    #[test]
    fn the_patient_list_takes_its_own_parameters_only() {
        assert_eq!(PatientsQuery::parse("q=li&after=7").unwrap().link(Some("a 9")), "/patients?q=li&after=a+9");
        assert!(PatientsQuery::parse("state=chase").is_err() && PatientsQuery::parse("page=2").is_err());
    }

    #[test]
    fn the_audit_is_asked_by_whole_days_of_the_hospital() {
        let query = AuditQuery::parse("name=ada&from=2026-11-21&until=2026-11-21").unwrap();
        let (from, until) = query.span(Tz::Europe__Berlin);
        assert_eq!(from.unwrap().to_rfc3339(), "2026-11-20T23:00:00+00:00");
        assert_eq!(until.unwrap().to_rfc3339(), "2026-11-21T23:00:00+00:00");
        assert_eq!(query.words(), "account ada, from 2026-11-21, until 2026-11-21");
        assert_eq!(query.older_link(9), "/audit?name=ada&from=2026-11-21&until=2026-11-21&before=9");
        assert!(AuditQuery::parse("from=yesterday").is_err() && AuditQuery::parse("before=0").is_err());
    }
}
