//! An empty list, told by why it is empty: on the board, on the corridor screen and on paper.
//!
//! Invariant: only [`Why::Nobody`] reassures, and it needs everything else to be excluded.

use chrono::TimeDelta;
use maud::{Markup, html};

use super::View;
use crate::parts::{feeds, number};
use crate::query::BoardQuery;
use crate::views::board::{Board, Section};
use crate::views::feeds::Feed;
use crate::words::board::empty as words;

/// Why nobody is on a list, the first that applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::pages) enum Why {
    /// No file of the patient system has come yet.
    NothingLoaded,
    /// The database does not answer.
    NotLive,
    /// A feed is stale, held or was never loaded.
    Doubtful,
    /// Nobody has heard of the department that is asked for: it has no patients now, or another name, which hides a whole ward.
    NoSuchDepartment,
    /// The filter leaves nobody over: others are listed without it, whoever is acknowledged.
    Filtered,
    /// Whoever would be listed is acknowledged.
    Acknowledged,
    /// It is told of another moment than the present.
    AnotherMoment,
    /// Nobody crosses the threshold soon: whoever has crossed it stands on another list.
    NobodyDue,
    /// Patients of other departments are listed, which this account does not see.
    Elsewhere,
    /// A threshold was asked for that is not the hospital's.
    OtherThreshold,
    /// Nobody is without a test for too long.
    Nobody,
}

impl Why {
    pub(in crate::pages) fn of(board: &Board, query: &BoardQuery, lost_for: Option<TimeDelta>) -> Self {
        match query {
            _ if never_loaded(board) => Self::NothingLoaded,
            _ if lost_for.is_some() => Self::NotLive,
            _ if !feeds::are_trusted(&board.feeds) => Self::Doubtful,
            _ if asks_for_no_department(board, query) => Self::NoSuchDepartment,
            query if query.is_filtered() => Self::Filtered,
            _ if board.acknowledged > 0 => Self::Acknowledged,
            query if query.as_of.is_some() => Self::AnotherMoment,
            query if query.due.is_some() => Self::NobodyDue,
            _ if board.elsewhere > 0 => Self::Elsewhere,
            query if query.hours.is_some() => Self::OtherThreshold,
            _ => Self::Nobody,
        }
    }

    /// For styles and tests.
    fn as_str(self) -> &'static str {
        match self {
            Self::NothingLoaded => "loading",
            Self::NotLive => "not-live",
            Self::Doubtful => "doubtful",
            Self::NoSuchDepartment => "no-such-department",
            Self::Filtered => "filtered",
            Self::Acknowledged => "acknowledged",
            Self::AnotherMoment => "another-moment",
            Self::NobodyDue => "nobody-due",
            Self::Elsewhere => "elsewhere",
            Self::OtherThreshold => "other-threshold",
            Self::Nobody => "good",
        }
    }

    /// Whether the reader must look elsewhere.
    fn is_doubtful(self) -> bool {
        matches!(self, Self::NothingLoaded | Self::NotLive | Self::Doubtful)
    }

    /// In one sentence, as it stands where nothing can be pressed.
    pub(in crate::pages) fn headline(self, board: &Board, query: &BoardQuery) -> String {
        match self {
            Self::NothingLoaded => words::NOTHING_LOADED.to_owned(),
            Self::NotLive => words::NOT_LIVE.to_owned(),
            Self::Doubtful => words::DOUBTFUL.to_owned(),
            Self::NoSuchDepartment => words::NO_SUCH_DEPARTMENT.to_owned(),
            Self::Filtered => words::filtered(board.acknowledged, &number::count(board.acknowledged)),
            Self::Acknowledged => {
                words::acknowledged(board.acknowledged, &number::count(board.acknowledged), query.due)
            }
            Self::AnotherMoment => words::ANOTHER_MOMENT.to_owned(),
            Self::NobodyDue => query.due.map(words::nobody_due).unwrap_or_default(),
            Self::Elsewhere => words::elsewhere(&number::count(board.elsewhere)),
            Self::OtherThreshold | Self::Nobody => words::nobody(board.threshold()),
        }
    }
}

fn never_loaded(board: &Board) -> bool {
    board.feeds.iter().filter(|feed| feed.source == "pms").all(Feed::never_loaded)
}

/// A board offers the department that is asked for wherever anybody has heard of it; one that offers none tells nothing of names.
fn asks_for_no_department(board: &Board, query: &BoardQuery) -> bool {
    let is_offered = |asked: &String| board.departments.is_empty() || board.departments.contains(asked);
    !query.department.as_ref().is_none_or(is_offered)
}

/// That nobody has heard of the department, where no empty list says so: stays of no known department are listed in every one.
pub(in crate::pages) fn unheard_of(board: &Board, query: &BoardQuery) -> Option<&'static str> {
    let is_told = board.total == 0 && Why::of(board, query, None) == Why::NoSuchDepartment;
    (!is_told && asks_for_no_department(board, query)).then_some(words::NO_SUCH_DEPARTMENT)
}

/// A list without anybody where nothing can be pressed: on a screen in the corridor and on paper.
pub(in crate::pages) fn told(board: &Board, query: &BoardQuery, lost_for: Option<TimeDelta>) -> Markup {
    let why = Why::of(board, query, lost_for);
    html! {
        p.empty.doubtful[why.is_doubtful()].good[why == Why::Nobody] data-empty=(why.as_str()) {
            (why.headline(board, query))
            @if why == Why::Filtered { ". " (without_the_filter(board, query)) }
        }
    }
}

/// How many there are whom the filter leaves out.
fn without_the_filter(board: &Board, query: &BoardQuery) -> String {
    words::without_it(&number::count(board.listed), query.due)
}

/// What stands in place of the list.
pub(super) fn draw(view: &View<'_>) -> Markup {
    let why = Why::of(view.board, view.query, view.lost_for);
    html! {
        div #empty.empty.doubtful[why.is_doubtful()].good[why == Why::Nobody] data-key="empty" data-empty=(why.as_str()) {
            h2 { (why.headline(view.board, view.query)) }
            (advice(why, view))
        }
    }
}

/// What the reader may do, or must know.
fn advice(why: Why, view: &View<'_>) -> Markup {
    let (board, query) = (view.board, view.query);
    html! {
        @match why {
            Why::NothingLoaded => p {
                @let backlog: i64 = board.feeds.iter().map(|feed| feed.not_loaded).sum();
                @if backlog > 0 { (words::backlog(backlog, &number::count(backlog))) }
                (words::FILLS_BY_ITSELF)
            },
            Why::NotLive => p { (words::WHY_NOT_LIVE) },
            Why::Doubtful => p { (words::WHY_DOUBTFUL) },
            Why::NoSuchDepartment => p { (words::WHY_NO_SUCH_DEPARTMENT) },
            Why::Filtered => {
                p { (without_the_filter(board, query)) }
                @if board.acknowledged > 0 { (see_acknowledged(query)) }
            },
            Why::Acknowledged => (see_acknowledged(query)),
            Why::NobodyDue => p { a.button href=(query.link(|query| query.due = None)) data-control="see-board" { (words::SEE_BOARD) } },
            Why::Nobody => p { (words::FRESH) },
            Why::AnotherMoment | Why::Elsewhere | Why::OtherThreshold => "",
        }
        @if query.is_filtered() || query.hours.is_some() { p { a.button href="/" data-control="clear" { (words::CLEAR) } } }
    }
}

fn see_acknowledged(query: &BoardQuery) -> Markup {
    html! {
        p { a.button href=(query.link(|query| query.section = Some(Section::Acknowledged))) data-control="see-acknowledged" { (words::SEE_ACKNOWLEDGED) } }
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;

    use super::*;
    use crate::pages::tests::feed;
    use crate::views::board::{Grouping, Reader, page};
    use crate::views::census::invented::{census, now};
    use crate::views::review::Reviews;

    #[test]
    fn a_department_of_which_nobody_has_heard_is_none_that_is_merely_empty() {
        let why = |raw: &str, departments: &[&str]| {
            let departments = departments.iter().map(|name| (*name).to_owned()).collect();
            let nobody = Board { departments, feeds: vec![feed("pms.admissions", 5)], ..nobody() };
            let query = BoardQuery::parse(raw, "/", Tz::UTC).unwrap();
            let screen = told(&nobody, &query, None).into_string();
            (Why::of(&nobody, &query, None), screen.contains("doubtful"))
        };
        assert_eq!(why("department=Nowhere", &["ICU", "Surgery"]), (Why::NoSuchDepartment, false), "it may be empty");
        assert_eq!(why("department=ICU", &["ICU", "Surgery"]), (Why::Filtered, false));
        assert_eq!(why("department=ICU+", &["ICU"]), (Why::NoSuchDepartment, false), "as it is offered");
        assert_eq!(why("department=Nowhere", &[]), (Why::Filtered, false), "nothing is known of names");
    }

    #[test]
    fn a_list_that_is_not_empty_says_too_that_nobody_has_heard_of_its_department() {
        let told = |raw: &str, total: i64| {
            let board = Board { departments: vec!["ICU".to_owned()], total, ..nobody() };
            let board = Board { feeds: vec![feed("pms.admissions", 5)], ..board };
            unheard_of(&board, &BoardQuery::parse(raw, "/", Tz::UTC).unwrap()).is_some()
        };
        assert!(told("department=Nowhere", 1) && !told("department=ICU", 1) && !told("", 1));
        assert!(!told("department=Nowhere", 0), "the empty list says it");
    }

    fn nobody() -> Board {
        let reader = Reader { account: "ada", departments: &[], as_of: now() };
        page(&census(Vec::new()), &Reviews::default(), &BoardQuery::default(), Grouping::Sections, &reader)
    }
}
