//! What the board's page and its sheet say of an invented census.

use wardwatch_identity::Role;

use super::*;
use crate::pages::sheet::{self, Stamp};
use crate::pages::tests::{feed, reader, text};
use crate::views::board::{Doubt, Grouping, Reader, page};
use crate::views::census::Entry;
use crate::views::census::invented::{census, entry, now};
use crate::views::feeds::Feed;
use crate::views::review::Reviews;

fn query(raw: &str) -> BoardQuery {
    BoardQuery::parse(raw, "/", Tz::UTC).unwrap()
}

fn board(stays: Vec<Entry>, raw: &str) -> Board {
    let reader = Reader { account: "ada", departments: &[], as_of: now() };
    page(&census(stays), &Reviews::default(), &query(raw), Grouping::Sections, &reader)
}

fn drawn(board: &Board, raw: &str, lost_for: Option<TimeDelta>) -> String {
    seen_by(&reader(), board, raw, lost_for)
}

fn seen_by(reader: &Account, board: &Board, raw: &str, lost_for: Option<TimeDelta>) -> String {
    let (query, acting) = (query(raw), Acting::On);
    fragment(&View { board, query: &query, reader, acting, told: None, lost_for, zone: Tz::UTC }).into_string()
}

/// What stands after a text, as far as another one.
fn between<'a>(html: &'a str, from: &str, to: &str) -> Option<&'a str> {
    html.split_once(from)?.1.split(to).next()
}

#[test]
fn a_row_is_the_more_severe_the_longer_its_threshold_is_over() {
    for (hours, severity) in
        [(48, None), (49, Some("1")), (96, Some("1")), (97, Some("2")), (192, Some("2")), (193, Some("3"))]
    {
        let html = drawn(&board(vec![entry("1", hours)], ""), "", None);
        assert_eq!(between(&html, "data-severity=\"", "\""), severity, "{hours} h");
    }
}

#[test]
fn the_title_and_the_head_say_which_list_it_is_and_of_which_moment() {
    let raw = "department=ICU&physician=Li&state=overdue&days=3&mine=yes&q=ada";
    let html = drawn(&board(vec![entry("1", 76)], raw), raw, None);
    let title = "0 without a test for 48 h, ICU, Li, Overdue, my patients, at least 3 d, search ada · Wardwatch";
    assert_eq!(between(&html, "data-title=\"", "\""), Some(title));
    let head = text(between(&html, "<header", "</header>").unwrap());
    assert!(head.contains("No new test for more than 48 h · ICU"), "{head}");
    assert!(head.contains("As of 21-Nov-2026 10:15:00 (UTC)"), "{head}");
}

#[test]
fn the_title_says_an_order_that_is_not_the_usual_one() {
    for (raw, order) in [
        ("", ""),
        ("sort=idle&direction=natural", ""),
        ("direction=reversed", ", Shortest without a test first"),
        ("sort=patient", ", By name"),
        ("sort=ordered&direction=reversed", ", Oldest order first"),
    ] {
        let html = drawn(&board(Vec::new(), raw), raw, None);
        let title = format!("0 without a test for 48 h{order} · Wardwatch");
        assert_eq!(between(&html, "data-title=\"", "\""), Some(title.as_str()), "{raw}");
    }
}

#[test]
fn the_list_that_is_looked_at_is_marked_whatever_its_order() {
    for (raw, marked) in [
        ("", "list-board"),
        ("sort=waiting", "list-board"),
        ("state=overdue", "list-board"),
        ("state=chase&sort=waiting", "list-chase"),
        ("state=chase&sort=patient", "list-chase"),
        ("state=chase&mine=yes&sort=waiting", "list-mine"),
        ("state=chase&due=8&sort=waiting", "list-due"),
        ("state=chase&since=2026-11-20T10:00&sort=waiting", "list-since"),
        ("state=chase&section=acknowledged&sort=waiting", "list-acknowledged"),
    ] {
        let html = drawn(&board(Vec::new(), raw), raw, None);
        let lists = between(&html, "<nav class=\"lists\"", "</nav>").unwrap();
        let current = lists.split("<a ").filter(|link| link.contains("aria-current=\"page\""));
        let current: Vec<&str> = current.filter_map(|link| between(link, "data-control=\"", "\"")).collect();
        assert_eq!(current, [marked], "{raw}");
    }
}

#[test]
fn the_list_of_the_acknowledged_says_how_many_it_has() {
    let board = Board { acknowledged: 2, all_acknowledged: 5, ..board(Vec::new(), "state=chase") };
    assert!(drawn(&board, "state=chase", None).contains("Acknowledged (5)"));
}

#[test]
fn the_title_and_the_head_of_the_acknowledged_say_nothing_of_a_threshold() {
    let raw = "section=acknowledged&department=ICU";
    let html = drawn(&board(Vec::new(), raw), raw, None);
    assert_eq!(between(&html, "data-title=\"", "\""), Some("0 acknowledged, ICU · Wardwatch"));
    assert_eq!(text(&format!("<h1{}", between(&html, "<h1", "</h1>").unwrap())), "Acknowledged · ICU");
}

#[test]
fn an_empty_list_of_those_who_are_due_says_who_is_acknowledged() {
    let feeds = vec![feed("pms.admissions", 5)];
    let said = |acknowledged| {
        let html = drawn(&Board { feeds: feeds.clone(), acknowledged, ..board(Vec::new(), "due=8") }, "due=8", None);
        text(&format!("<div{}", between(&html, "id=\"empty\"", "</h2>").unwrap()))
    };
    assert_eq!(said(0), "Nobody else crosses the threshold within 8 h");
    assert_eq!(said(2), "Nobody else crosses the threshold within 8 h: 2 patients are acknowledged");
}

#[test]
fn nobody_is_called_overdue_who_is_only_due() {
    let raw = "due=8&hours=48";
    let html = drawn(&board(vec![entry("1", 44)], raw), raw, None);
    let row = between(&html, "<tr class=\"stay\"", "</tr>").unwrap();
    assert!(text(&format!("<tr{row}")).trim_start().starts_with("Due") && !row.contains("data-severity"), "{row}");
    let counted = text(&format!("<a{}", between(&html, "<a class=\"state-overdue\"", "</a>").unwrap()));
    assert_eq!(counted.split_whitespace().collect::<Vec<_>>(), ["1", "Due"]);
    let on_the_board = drawn(&board(vec![entry("1", 76)], ""), "", None);
    assert!(on_the_board.contains("</svg> Overdue</span>") && !on_the_board.contains("soon on the board"));
}

#[test]
fn the_next_round_is_so_many_hours_away_or_at_an_hour() {
    for (raw, cases, head) in [
        ("due=3", 1, "Due within 3 h"),
        ("due=2", 0, "Due within 2 h"),
        ("due=13:00", 1, "Due by 13:00"),
        ("due=12:00", 0, "Due by 12:00"),
        ("due=13:00&hours=50", 0, "Due by 13:00, by a threshold of 50 h"),
    ] {
        // Crosses at 12:45; it is 10:15.
        let stay = Entry { idle_since: Some(now() - TimeDelta::minutes(45 * 60 + 30)), ..entry("1", 46) };
        let board = board(vec![stay], raw);
        assert_eq!(board.total, cases, "{raw}");
        let html = drawn(&board, raw, None);
        assert_eq!(text(&format!("<h1{}", between(&html, "<h1", "</h1>").unwrap())), head, "{raw}");
        let title = between(&html, "data-title=\"", "\"").unwrap().to_lowercase();
        assert!(title.starts_with(&format!("{cases} {}", head.to_lowercase())), "{raw}: {title}");
    }
}

#[test]
fn a_doubt_leads_only_those_who_may_follow() {
    let conflict_with = vec!["2".to_owned()];
    let doubt = Doubt { reasons: vec!["shared_case_number".to_owned()], conflict_with, ..Doubt::default() };
    let unreadable = Doubt { reasons: vec!["unreadable_admission".to_owned()], ..Doubt::default() };
    let unreadable = Entry { doubt: unreadable, idle_since: None, ..entry("3", 76) };
    let board = board(vec![Entry { doubt, ..entry("1", 76) }, unreadable], "");
    let readers =
        [(Role::Clinician, Vec::new()), (Role::Analyst, Vec::new()), (Role::Clinician, vec!["ICU".to_owned()])];
    for ((role, departments), [links, records]) in readers.into_iter().zip([[1, 1], [0, 0], [1, 0]]) {
        let reader = Account { role, departments, ..reader() };
        let html = seen_by(&reader, &board, "", None);
        assert!(text(&html).contains("the same case number is used for patient 2,"), "{role:?}");
        assert_eq!(html.matches("href=\"/patients/2\"").count(), links, "{role:?}");
        assert_eq!(html.matches("href=\"/ops#unreadable\"").count(), records, "{role:?}");
    }
}

#[test]
fn a_column_names_an_order_only_where_the_list_has_it() {
    for (raw, head) in [("", "Why"), ("sort=waiting", "Why, oldest order first ▲")] {
        let html = drawn(&board(vec![entry("1", 76)], raw), raw, None);
        let column = between(&html, "<th class=\"c-why\"", "</th>").unwrap();
        assert_eq!(text(&format!("<th{column}")), head, "{raw}");
    }
}

#[test]
fn two_stays_never_have_one_key() {
    let of = |id: &str, case: &str| Entry { case_number: Some(case.to_owned()), ..entry(id, 76) };
    let html = drawn(&board(vec![of("a|b", "c"), of("a", "b|c")], ""), "", None);
    let rows = html.split("<tr class=\"stay\"").skip(1);
    let keys: Vec<&str> = rows.filter_map(|row| between(row, "data-key=\"", "\"")).collect();
    assert!(keys.len() == 2 && keys[0] != keys[1], "{keys:?}");
}

#[test]
fn what_is_not_live_is_read_out_once_and_nothing_of_it_is_fresh() {
    let board = Board { feeds: vec![feed("pms.admissions", 5)], ..board(vec![entry("1", 76)], "") };
    let html = drawn(&board, "", Some(TimeDelta::seconds(14)));
    let alarm = text(between(&html, "role=\"alert\">", "</p>").unwrap());
    assert!(alarm.starts_with("Not live.") && !alarm.contains("14 s"), "{alarm}");
    assert!(html.contains("That was 14 s ago.") && html.contains("5 s old when last read"));
    assert!(!html.contains("class=\"feed fresh\""));
    let live = drawn(&board, "", None);
    assert!(live.contains("class=\"feed fresh\"") && !live.contains("when last read"));
}

#[test]
fn a_banner_is_read_out_in_a_place_that_is_always_there() {
    let place = "data-key=\"banners\" data-list role=\"status\" aria-atomic=\"false\">";
    let fresh = Board { feeds: vec![feed("pms.admissions", 5)], ..board(Vec::new(), "") };
    assert_eq!(between(&drawn(&fresh, "", None), place, "</div>"), Some(""));
    let stale = Board { feeds: vec![feed("pms.admissions", 1_000)], ..fresh };
    assert!(between(&drawn(&stale, "", None), place, "</div>").unwrap().contains("data-key=\"pms-stale\""));
}

#[test]
fn a_sheet_says_its_filter() {
    let said = |raw: &str| {
        let stamp = Stamp { by: Some("ada"), departments: &[], zone: Tz::UTC };
        text(&sheet::draw(&board(Vec::new(), raw), &query(raw), &stamp).into_string())
    };
    assert!(said("department=ICU&state=chase&q=ada").contains("Filter: department ICU, state chase, search ada."));
    assert!(said("").contains("No filter."));
}

#[test]
fn a_copy_says_since_when_and_not_that_somebody_visited() {
    let ended_at = "2026-11-27T05:10:00Z".parse().unwrap();
    let query = query("since=visit").since_visit(Some(ended_at), now());
    let stamp = Stamp { by: Some("ada"), departments: &[], zone: Tz::Europe__Berlin };
    let board = board(Vec::new(), "");
    for said in [text(&sheet::draw(&board, &query, &stamp).into_string()), sheet::csv(&board, &query, &stamp)] {
        assert!(said.contains("Filter: changed since 27-Nov-2026 06:10.") && !said.contains("visit"), "{said}");
    }
}

#[test]
fn counts_have_their_thousands_apart() {
    let feeds = vec![Feed { quarantined: 20_000, ..feed("pms.admissions", 5) }];
    let board = Board { feeds, acknowledged: 1_000, ..board(Vec::new(), "") };
    let html = drawn(&board, "", None);
    assert!(html.contains("20,000 records quarantined") && html.contains("1,000 patients are acknowledged"), "{html}");
}
