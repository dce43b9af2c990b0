//! What a page of the board shows of an invented census.

use chrono_tz::Tz;

use super::super::census::Entry;
use super::super::census::invented::{census, entry, now, unreadable};
use super::super::review::{Act, Review};
use super::*;

fn ask(census: &Census, reviews: &Reviews, raw: &str, departments: &[String]) -> Board {
    let query = BoardQuery::parse(raw, "/", Tz::UTC).unwrap();
    page(census, reviews, &query, Grouping::Sections, &Reader { account: "ada", departments, as_of: now() })
}

fn ids(board: &Board) -> Vec<&str> {
    board.stays.iter().filter_map(|stay| stay.person.patient_id.as_deref()).collect()
}

fn three() -> Census {
    let at = |id: &str, hours, department: &str| Entry { department: Some(department.to_owned()), ..entry(id, hours) };
    census(vec![at("1", 76, "ICU"), at("2", 100, "Surgery"), at("3", 44, "ICU")])
}

fn acknowledged(id: &str, idle_hours: i64) -> Review {
    Review {
        number: 1,
        patient_id: id.to_owned(),
        case_number: format!("case-{id}"),
        act: Act::Acknowledged.as_str().to_owned(),
        reason: Some("palliative".to_owned()),
        comment: None,
        returns_at: Some(now() + TimeDelta::hours(4)),
        idle_since: Some(now() - TimeDelta::hours(idle_hours)),
        by_account: "ada".to_owned(),
        at: now(),
    }
}

#[test]
fn the_longest_idle_stay_leads_and_who_is_not_idle_is_not_there() {
    let board = ask(&three(), &Reviews::default(), "", &[]);
    assert_eq!(ids(&board), ["2", "1"]);
    assert_eq!((board.total, board.listed, board.departments.len()), (2, 2, 2));
}

#[test]
fn a_page_beyond_the_end_is_the_last() {
    let board = ask(&three(), &Reviews::default(), "per_page=1&page=1000000000", &[]);
    assert_eq!((ids(&board), board.page), (vec!["1"], 2));
}

#[test]
fn what_is_elsewhere_is_counted_and_not_shown() {
    let board = ask(&three(), &Reviews::default(), "", &["Surgery".to_owned()]);
    assert_eq!(
        (ids(&board), board.elsewhere, board.departments.as_slice()),
        (vec!["2"], 1, ["Surgery".to_owned()].as_slice())
    );
}

#[test]
fn a_moment_to_come_is_none_that_is_past() {
    let at = |raw: &str| {
        let query = BoardQuery::parse(raw, "/", Tz::UTC).unwrap();
        let as_of = query.as_of.as_ref().map_or(now(), |as_of| as_of.at);
        let reader = Reader { account: "ada", departments: &[], as_of };
        let board = page(&three(), &Reviews::default(), &query, Grouping::Sections, &reader);
        board.as_of.cmp(&board.now)
    };
    assert_eq!(at("as_of=2026-11-22T10:15:00Z"), std::cmp::Ordering::Greater);
    assert_eq!(at("as_of=2026-11-20T10:15:00Z"), std::cmp::Ordering::Less);
    assert_eq!(at(""), std::cmp::Ordering::Equal);
}

#[test]
fn a_stay_of_no_known_department_is_in_every_one() {
    let census = census(vec![Entry { department: Some("ICU".to_owned()), ..entry("1", 76) }, entry("2", 80)]);
    assert_eq!(ids(&ask(&census, &Reviews::default(), "department=Surgery", &[])), ["2"]);
    assert_eq!(ids(&ask(&census, &Reviews::default(), "department=ICU", &[])), ["2", "1"]);
}

#[test]
fn due_are_those_who_will_be_listed_and_are_not_yet() {
    let board = ask(&three(), &Reviews::default(), "due=8", &[]);
    assert_eq!(ids(&board), ["3"]);
    assert_eq!(board.stays[0].due_at, Some(now() + TimeDelta::hours(4)));
    assert!(ids(&ask(&three(), &Reviews::default(), "due=3", &[])).is_empty());
}

#[test]
fn an_acknowledged_stay_leaves_the_list_and_is_found_apart() {
    let census = three();
    let reviews = Reviews::beside(&census, &[acknowledged("2", 100)]);
    let board = ask(&census, &reviews, "", &[]);
    assert_eq!((ids(&board), board.acknowledged, board.counts.all()), (vec!["1"], 1, 1));
    assert_eq!(ids(&ask(&census, &reviews, "section=acknowledged", &[])), ["2"]);
    let tested_since = Reviews::beside(&census, &[acknowledged("2", 120)]);
    assert_eq!(ids(&ask(&census, &tested_since, "", &[])), ["2", "1"]);
}

#[test]
fn programs_are_told_of_acknowledged_stays_as_of_all_others() {
    let census = three();
    let reviews = Reviews::beside(&census, &[acknowledged("2", 100)]);
    let reader = Reader { account: "ada", departments: &[], as_of: now() };
    let board = page(&census, &reviews, &BoardQuery::default(), Grouping::None, &reader);
    assert_eq!((ids(&board), board.counts.all()), (vec!["2", "1"], 2));
}

#[test]
fn a_copy_for_when_this_server_is_away_lists_the_acknowledged_last() {
    let census = three();
    let reviews = Reviews::beside(&census, &[acknowledged("2", 100)]);
    let reader = Reader { account: "", departments: &[], as_of: now() };
    let board = page(&census, &reviews, &BoardQuery::default(), Grouping::EverySection, &reader);
    let sections: Vec<Section> = board.stays.iter().map(|stay| stay.section).collect();
    assert_eq!((ids(&board), sections), (vec!["1", "2"], vec![Section::Main, Section::Acknowledged]));
}

#[test]
fn new_is_whatever_came_onto_the_board_since_then_by_whatever_way() {
    let ago = |hours| Some(now() - TimeDelta::hours(hours));
    let ids_since = |entry: Entry, raw: &str| {
        let since = (now() - TimeDelta::hours(3)).format("%Y-%m-%dT%H:%M:%SZ");
        let raw = format!("since={since}{raw}");
        ids(&ask(&census(vec![entry]), &Reviews::default(), &raw, &[])).len()
    };
    assert_eq!(ids_since(entry("1", 49), ""), 1, "the threshold was crossed an hour ago");
    assert_eq!(ids_since(entry("1", 120), ""), 0, "it was on the board before");
    assert_eq!(ids_since(Entry { told_at: ago(1), ..entry("1", 120) }, ""), 1, "its file came late");
    assert_eq!(ids_since(Entry { told_at: ago(4), ..entry("1", 120) }, ""), 0);
    let lowered = Entry { threshold_set_at: ago(1), ..entry("1", 120) };
    assert_eq!(ids_since(lowered.clone(), ""), 1, "the threshold was lowered");
    assert_eq!(ids_since(lowered, "&hours=24"), 0, "which says nothing about a threshold that is asked for");
    assert_eq!(ids_since(Entry { last_ordered_at: ago(1), ..entry("1", 120) }, ""), 1, "something was ordered");
    assert_eq!(ids_since(unreadable("1", "c"), ""), 1, "nobody can tell since when");
}

#[test]
fn my_patients_are_those_that_i_have_taken_on() {
    let census = three();
    let mine = Review { act: Act::Assigned.as_str().to_owned(), ..acknowledged("1", 76) };
    let theirs = Review {
        by_account: "bob".to_owned(),
        ..Review { act: Act::Assigned.as_str().to_owned(), ..acknowledged("2", 100) }
    };
    assert_eq!(ids(&ask(&census, &Reviews::beside(&census, &[mine, theirs]), "mine=yes", &[])), ["1"]);
}

#[test]
fn an_unreadable_admission_stands_for_itself_unless_its_stay_is_listed() {
    let census = census(vec![entry("1", 76), entry("2", 12), unreadable("1", "case-1"), unreadable("2", "case-2")]);
    let board = ask(&census, &Reviews::default(), "", &[]);
    let shown: Vec<_> = board.stays.iter().map(|stay| (stay.person.patient_id.as_deref(), stay.section)).collect();
    assert_eq!(shown, [(Some("2"), Section::Unreadable), (Some("1"), Section::Main)]);
}

#[test]
fn many_unreadable_admissions_do_not_bury_the_others() {
    let mut stays: Vec<Entry> = (0..12).map(|n| unreadable(&format!("u{n:02}"), "c")).collect();
    stays.push(entry("1", 76));
    let board = ask(&census(stays), &Reviews::default(), "", &[]);
    assert_eq!(ids(&board).iter().position(|id| *id == "1"), Some(10));
    assert_eq!(board.unreadable, 12);
}

#[test]
fn a_search_looks_through_names_ids_cases_and_rooms_in_any_case() {
    let census = census(vec![Entry { room: Some("R-101".to_owned()), ..entry("1", 76) }, entry("2", 80)]);
    for words in ["FAMILY1", "family1, given1", "case-1", "r-101"] {
        let raw = form_urlencoded::Serializer::new(String::new()).append_pair("q", words).finish();
        assert_eq!(ids(&ask(&census, &Reviews::default(), &raw, &[])), ["1"], "{words}");
    }
}

use url::form_urlencoded;
