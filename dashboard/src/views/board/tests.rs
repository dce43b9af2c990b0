//! What a page of the board shows of an invented census.

use chrono_tz::Tz;
use url::form_urlencoded::Serializer;

use super::super::census::Entry;
use super::super::census::invented::{census, census_where, contradicting, entry, now, unreadable};
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
        doubted_at: None,
        held_before: None,
        is_overtaken: false,
        is_away: false,
    }
}

/// The same, back in so many hours.
fn acknowledged_for(hours: i64, review: Review) -> Review {
    Review { returns_at: Some(now() + TimeDelta::hours(hours)), ..review }
}

fn open_order(hours_ago: i64) -> OpenOrder {
    let ordered_at = now() - TimeDelta::hours(hours_ago);
    OpenOrder { test_id: "T".to_owned(), test_name: None, ordered_at, ordered_by: None }
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
fn due_is_whoever_is_still_here_when_the_threshold_is_crossed() {
    let leaving = |hours: i64| Entry { released_at: Some(now() + TimeDelta::hours(hours)), ..entry("1", 44) };
    let due = |entry: Entry| ids(&ask(&census(vec![entry]), &Reviews::default(), "due=8", &[])).len();
    assert_eq!(due(leaving(5)), 1, "and home before the next round");
    assert_eq!(due(leaving(4)), 0, "home at the moment of crossing");
    assert_eq!(due(Entry { released_at: Some(now()), ..entry("1", 44) }), 0);
    assert_eq!(due(entry("1", 40)), 0, "who crosses in just eight hours is listed after that");
}

#[test]
fn who_is_listed_is_not_said_to_be_listed_later() {
    let census = census(vec![contradicting(entry("1", 12), "shared_case_number")]);
    let board = ask(&census, &Reviews::default(), "", &[]);
    assert_eq!(ids(&board), ["1"], "a conflict is listed before its threshold is crossed");
    assert_eq!(board.stays[0].due_at, None);
}

#[test]
fn who_is_due_is_acknowledged_only_where_that_holds_when_the_threshold_is_crossed() {
    let census = census(vec![entry("1", 43)]);
    let due = |hours: i64| {
        let reviews = Reviews::beside(&census, &[acknowledged_for(hours, acknowledged("1", 43))]);
        let [due, apart] = ["due=8", "due=8&section=acknowledged"].map(|raw| ask(&census, &reviews, raw, &[]));
        assert_eq!((due.acknowledged, due.all_acknowledged), (apart.total, 1), "{hours} h");
        (due.total, apart.total)
    };
    assert_eq!(due(2), (1, 0), "it is over three hours before");
    assert_eq!(due(5), (1, 0), "it is over at that moment");
    assert_eq!(due(6), (0, 1));
}

#[test]
fn who_is_acknowledged_beyond_the_crossing_is_not_said_to_be_on_the_board_from_then() {
    let census = census(vec![entry("1", 43)]);
    let due_at = |hours: i64, raw: &str| {
        let reviews = Reviews::beside(&census, &[acknowledged_for(hours, acknowledged("1", 43))]);
        ask(&census, &reviews, raw, &[]).stays[0].due_at
    };
    assert_eq!(due_at(2, "due=8"), Some(now() + TimeDelta::hours(5)));
    assert_eq!(due_at(6, "due=8&section=acknowledged"), None);
}

#[test]
fn a_board_says_the_threshold_of_what_it_shows() {
    let at = |id: &str, department: &str| Entry { department: Some(department.to_owned()), ..entry(id, 76) };
    let census = census_where(&[("ICU", 24)], vec![at("1", "ICU"), at("2", "Surgery")]);
    let threshold = |raw: &str, departments: &[String]| {
        let board = ask(&census, &Reviews::default(), raw, departments);
        (board.threshold(), board.own_thresholds)
    };
    assert_eq!(threshold("department=ICU", &[]), (Some(24), 0));
    assert_eq!(threshold("department=Surgery", &[]), (Some(48), 0));
    assert_eq!(threshold("", &["ICU".to_owned()]), (Some(24), 0), "the board of who sees one department only");
    assert_eq!(threshold("", &[]), (None, 1), "not one for all");
    assert_eq!(threshold("hours=12", &[]), (Some(12), 0));
}

#[test]
fn an_acknowledged_stay_leaves_the_list_and_is_found_apart() {
    let census = three();
    let reviews = Reviews::beside(&census, &[acknowledged("2", 100)]);
    let board = ask(&census, &reviews, "", &[]);
    assert_eq!((ids(&board), board.acknowledged, board.counts.all()), (vec!["1"], 1, 1));
    assert_eq!(ask(&census, &reviews, "q=nobody", &[]).listed, 1, "as the board has it without the filter");
    assert_eq!(ids(&ask(&census, &reviews, "section=acknowledged", &[])), ["2"]);
    let tested_since = Reviews::beside(&census, &[acknowledged("2", 120)]);
    assert_eq!(ids(&ask(&census, &tested_since, "", &[])), ["2", "1"]);
}

#[test]
fn who_is_acknowledged_before_they_are_listed_is_found_apart() {
    let early = Entry { open_order: Some(open_order(50)), department: Some("ICU".to_owned()), ..entry("1", 55) };
    let home = Entry { released_at: Some(now()), ..entry("2", 55) };
    let census = census_where(&[("ICU", 60)], vec![early, home, entry("3", 76)]);
    let reviews = Reviews::beside(&census, &[acknowledged("1", 55), acknowledged("2", 55)]);
    let board = ask(&census, &reviews, "", &[]);
    assert_eq!((ids(&board), board.listed, board.acknowledged, board.all_acknowledged), (vec!["3"], 1, 1, 1));
    let apart = ask(&census, &reviews, "section=acknowledged", &[]);
    assert_eq!((ids(&apart), apart.counts.chase, apart.departments.concat()), (vec!["1"], 1, "ICU".to_owned()));
    let stay = &apart.stays[0];
    assert_eq!((stay.state, stay.threshold_hours, stay.due_at), (State::Chase, Some(60), None), "by its own threshold");
    assert!(!stay.long_open);
    assert!(ids(&ask(&census, &reviews, "section=acknowledged&state=overdue", &[])).is_empty());
    let limited = ask(&census, &reviews, "", &["Surgery".to_owned()]);
    assert_eq!((limited.elsewhere, limited.acknowledged), (0, 0), "elsewhere are those who are listed");
    let over = Reviews::beside(&census, &[acknowledged_for(0, acknowledged("1", 55))]);
    assert_eq!(ask(&census, &over, "section=acknowledged", &[]).total, 0);
}

#[test]
fn the_acknowledged_are_counted_as_their_own_list_counts_them() {
    let of = |id: &str, department: &str| Entry {
        department: Some(department.to_owned()),
        physician: Some("Dr. Li".to_owned()),
        ..entry(id, 100)
    };
    let home = Entry { released_at: Some(now()), ..entry("5", 100) };
    let census = census(vec![of("1", "ICU"), of("2", "ICU"), of("3", "Surgery"), entry("4", 44), home]);
    let done = ["1", "2", "3", "5"].map(|id| acknowledged(id, 100));
    let reviews = Reviews::beside(&census, &done.into_iter().chain([acknowledged("4", 44)]).collect::<Vec<_>>());
    for (kept, count) in [("", 4), ("&department=ICU", 3), ("&physician=li", 3), ("&hours=24", 4), ("&hours=200", 4)] {
        let listed = ask(&census, &reviews, &format!("section=acknowledged{kept}"), &[]);
        assert_eq!((listed.total, listed.acknowledged, listed.all_acknowledged), (count, count, count), "{kept}");
        assert_eq!(ask(&census, &reviews, &format!("section=main{kept}"), &[]).acknowledged, count, "{kept}");
        for dropped in
            ["state=chase", "q=nobody", "days=30", "mine=yes", "since=2026-11-21T10:14:00Z", "due=8", "section=main"]
        {
            let board = ask(&census, &reviews, &format!("{dropped}{kept}"), &[]);
            assert_eq!(board.all_acknowledged, count, "{dropped}{kept}");
        }
    }
    let limited = ask(&census, &reviews, "", &["Surgery".to_owned()]);
    assert_eq!((limited.acknowledged, limited.all_acknowledged), (2, 2), "and who is of no known department");
}

#[test]
fn programs_are_told_of_acknowledged_stays_as_of_all_others() {
    let census = three();
    let reviews = Reviews::beside(&census, &[acknowledged("2", 100), acknowledged("3", 44)]);
    let reader = Reader { account: "ada", departments: &[], as_of: now() };
    let board = page(&census, &reviews, &BoardQuery::default(), Grouping::None, &reader);
    assert_eq!((ids(&board), board.counts.all(), board.total), (vec!["2", "1"], 2, 2));
    let acknowledged = BoardQuery { section: Some(Section::Acknowledged), ..BoardQuery::default() };
    assert_eq!(ids(&page(&census, &reviews, &acknowledged, Grouping::None, &reader)), ["2"], "nobody beside the rule");
}

#[test]
fn a_copy_for_when_this_server_is_away_lists_the_acknowledged_last() {
    let census = three();
    let reviews = Reviews::beside(&census, &[acknowledged("2", 100), acknowledged("3", 44)]);
    let reader = Reader { account: "", departments: &[], as_of: now() };
    let board = page(&census, &reviews, &BoardQuery::default(), Grouping::EverySection, &reader);
    let sections: Vec<Section> = board.stays.iter().map(|stay| stay.section).collect();
    let expected = vec![Section::Main, Section::Acknowledged, Section::Acknowledged];
    assert_eq!((ids(&board), sections), (vec!["1", "2", "3"], expected));
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

/// How many have changed within the last three hours: of the board, and of the acknowledged.
fn changed(entry: Entry, done: &[Review], raw: &str) -> (i64, i64) {
    let census = census(vec![entry]);
    let since = (now() - TimeDelta::hours(3)).format("%Y-%m-%dT%H:%M:%SZ");
    let board = ask(&census, &Reviews::beside(&census, done), &format!("since={since}{raw}"), &[]);
    (board.total, board.acknowledged)
}

#[test]
fn new_is_whose_acknowledgement_was_over_since_then() {
    let back_in = |hours: i64, idle_hours: i64| {
        let at = now() - TimeDelta::hours(9);
        changed(entry("1", 120), &[Review { at, ..acknowledged_for(hours, acknowledged("1", idle_hours)) }], "")
    };
    assert_eq!(back_in(-1, 120), (1, 0));
    assert_eq!(back_in(0, 120), (1, 0), "at this moment");
    assert_eq!(back_in(-4, 120), (0, 0), "it was on the board before");
    assert_eq!(back_in(1, 120), (0, 0), "what is to come has changed nothing");
    assert_eq!(back_in(-1, 130), (0, 0), "a test had ended it before its time was up");
}

#[test]
fn new_is_whose_order_became_too_old_to_be_chased_since_then() {
    let ordered = |hours_ago: i64| Entry { open_order: Some(open_order(hours_ago)), ..entry("1", 120) };
    assert_eq!(changed(ordered(49), &[], ""), (1, 0));
    assert_eq!(changed(ordered(52), &[], ""), (0, 0), "it was overdue before");
    assert_eq!(changed(ordered(47), &[], ""), (0, 0), "it is still to be chased");
    assert_eq!(changed(ordered(25), &[], "&hours=24"), (1, 0), "by the threshold that is asked for");
    let doubt = Doubt { reasons: vec!["waiting_result".to_owned()], ..Doubt::default() };
    assert_eq!(changed(Entry { doubt, ..ordered(49) }, &[], ""), (0, 0), "nobody can tell, before and after");
}

#[test]
fn new_is_nobody_for_a_threshold_that_is_not_crossed_yet() {
    let done_before = Review { at: now() - TimeDelta::hours(9), ..acknowledged("1", 44) };
    assert_eq!(changed(entry("1", 44), &[done_before], ""), (0, 0), "acknowledged before they are listed");
    let conflict = |idle_hours: i64| contradicting(entry("1", idle_hours), "shared_case_number");
    assert_eq!(changed(conflict(12), &[], ""), (0, 0), "listed before it is crossed");
    assert_eq!(changed(entry("1", 42), &[], "&due=8"), (1, 0), "due within eight hours since two hours ago");
    assert_eq!(changed(entry("1", 44), &[], "&due=8"), (0, 0), "since four");
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
fn a_search_looks_through_names_ids_cases_and_rooms_word_by_word_and_without_accents() {
    let muller =
        Person { first_name: Some("Zoë".to_owned()), last_name: Some("Müller".to_owned()), ..entry("3", 1).person };
    let gross = Person { last_name: Some("Groß".to_owned()), ..entry("4", 1).person };
    let census = census(vec![
        Entry { room: Some("R-101".to_owned()), ..entry("1", 76) },
        entry("2", 80),
        Entry { person: muller, ..entry("3", 70) },
        Entry { person: gross, ..entry("4", 60) },
    ]);
    for (words, id) in [
        ("FAMILY1", "1"),
        ("family1, given1", "1"),
        ("given1 family1", "1"),
        ("case-1", "1"),
        ("r-101", "1"),
        ("zoe muller", "3"),
        ("MÜLLER", "3"),
        ("gross", "4"),
    ] {
        let raw = Serializer::new(String::new()).append_pair("q", words).finish();
        assert_eq!(ids(&ask(&census, &Reviews::default(), &raw, &[])), [id], "{words}");
    }
    assert!(ids(&ask(&census, &Reviews::default(), "q=family1+given2", &[])).is_empty(), "every word is of one stay");
}

#[test]
fn patients_of_a_physician_and_those_idle_for_days_are_found() {
    let of = |id: &str, hours, physician: &str| Entry { physician: Some(physician.to_owned()), ..entry(id, hours) };
    let census =
        census(vec![of("1", 71, "Dr. Aydın Öz"), of("2", 72, "Dr. Li"), of("3", 200, "Dr. Li"), entry("4", 300)]);
    let found = |raw: &str| ids(&ask(&census, &Reviews::default(), raw, &[])).concat();
    assert_eq!(found("physician=Li"), "32");
    assert_eq!(found("physician=oz+aydin"), "1", "in any order, and without accents");
    assert_eq!(found("days=3"), "432", "of three days just over");
    assert_eq!(found("days=4&physician=li"), "3");
}

#[test]
fn a_physician_is_found_by_how_the_words_of_the_name_begin_and_by_the_whole_name_alone() {
    let of = |id: &str, physician: &str| Entry { physician: Some(physician.to_owned()), ..entry(id, 76) };
    let names = [("1", "Dr. Li"), ("2", "Dr. Liebig"), ("3", "Dr. Oliver"), ("4", "Dr. Anne Müller-Lindt"), ("5", "—")];
    let stays = names.map(|(id, name)| of(id, name)).into_iter().chain([entry("6", 76)]);
    let census = census(stays.collect());
    for (asked, expected) in [
        ("li", "124"),
        ("Dr. L", "124"),
        ("Dr. Li", "1"),
        ("DR LI", "1"),
        ("Dr. Lie", "2"),
        ("lindt anne", "4"),
        ("ver", ""),
    ] {
        let raw = Serializer::new(String::new()).append_pair("physician", asked).finish();
        let board = ask(&census, &Reviews::default(), &raw, &[]);
        assert_eq!(ids(&board).concat(), expected, "{asked}");
    }
}

#[test]
fn every_order_is_as_its_column_says() {
    let ago = |hours: i64| now() - TimeDelta::hours(hours);
    let stay = |id: &str, idle, moments: [i64; 4], [name, department, room, physician]: [&str; 4]| {
        let [admitted, performed, ordered, waiting] = moments.map(ago);
        Entry {
            person: Person { last_name: Some(name.to_owned()), ..entry(id, idle).person },
            department: Some(department.to_owned()),
            room: Some(room.to_owned()),
            physician: Some(physician.to_owned()),
            admitted_at: Some(admitted),
            last_performed_at: Some(performed),
            last_ordered_at: Some(ordered),
            open_order: Some(OpenOrder {
                test_id: "T".to_owned(),
                test_name: None,
                ordered_at: waiting,
                ordered_by: None,
            }),
            ..entry(id, idle)
        }
    };
    let doubt = Doubt { reasons: vec!["waiting_result".to_owned()], ..Doubt::default() };
    let census = census(vec![
        stay("1", 76, [200, 80, 5, 60], ["Curie", "ICU", "1", "Dr. B"]),
        stay("2", 100, [150, 110, 10, 20], ["Berg", "Surgery", "1", "Dr. C"]),
        Entry { doubt, ..stay("3", 60, [300, 90, 20, 40], ["Adam", "ICU", "2", "Dr. A"]) },
    ]);
    for sort in Sort::ALL {
        let expected = match sort {
            Sort::Idle => "213",
            Sort::Patient | Sort::State => "321",
            Sort::Department | Sort::Waiting => "132",
            Sort::Admitted | Sort::Physician => "312",
            Sort::Ordered => "123",
            Sort::Performed => "231",
        };
        let listed = |direction: &str| {
            let raw = format!("sort={}&direction={direction}", sort.as_str());
            ids(&ask(&census, &Reviews::default(), &raw, &[])).concat()
        };
        assert_eq!(listed("natural"), expected, "{sort:?}");
        assert_eq!(listed("reversed"), expected.chars().rev().collect::<String>(), "{sort:?} reversed");
    }
}
