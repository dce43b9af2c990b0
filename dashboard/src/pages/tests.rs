//! What the board's page must never do, drawn from invented stays.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use wardwatch_identity::{Account, Role};

use super::board::{View, draw, fragment};
use crate::acting::Acting;
use crate::query::BoardQuery;
use crate::views::board::{Board, Counts, Doubt, OpenOrder, Person, Section, State, Stay};
use crate::views::feeds::Feed;
use crate::views::review::Standing;

fn now() -> DateTime<Utc> {
    "2026-11-21T10:15:00Z".parse().unwrap()
}

fn stay(id: &str) -> Stay {
    Stay {
        person: Person {
            patient_id: Some(id.to_owned()),
            name_received: true,
            first_name: Some("<b>Ada</b>".to_owned()),
            last_name: Some("\"><script>".to_owned()),
            date_of_birth: None,
        },
        case_number: Some(format!("case-{id}")),
        twin: 1,
        look_alike: false,
        department: None,
        room: None,
        physician: None,
        admitted_at: Some(now() - TimeDelta::hours(76)),
        released_at: None,
        idle_since: Some(now() - TimeDelta::hours(76)),
        last_performed_at: None,
        last_ordered_at: None,
        open_order: None,
        threshold_hours: Some(48),
        long_open: false,
        section: Section::Main,
        is_further: false,
        state: State::Overdue,
        doubt: Doubt::default(),
        standing: Standing::default(),
        due_at: None,
    }
}

fn feed(name: &str, age: i64) -> Feed {
    Feed {
        name: name.to_owned(),
        source: name[..3].to_owned(),
        limit_seconds: Some(900),
        newest_seen_at: Some(now() - TimeDelta::seconds(age)),
        newest_loaded_at: Some(now() - TimeDelta::seconds(age)),
        oldest_not_loaded_at: None,
        age_seconds: Some(age),
        not_loaded: 0,
        held: 0,
        failed: 0,
        quarantined: 0,
        waiting: 0,
        is_stale: age > 900,
    }
}

fn board(stays: Vec<Stay>, feeds: Vec<Feed>) -> Board {
    let total = stays.len() as i64;
    Board {
        as_of: now(),
        now: now(),
        read_at: now(),
        hours: 48,
        own_thresholds: 0,
        total,
        counts: Counts { overdue: total, ..Counts::default() },
        unreadable: stays.iter().filter(|stay| stay.section == Section::Unreadable).count() as i64,
        long_open: stays.iter().filter(|stay| stay.long_open).count() as i64,
        acknowledged: 0,
        physicians: Vec::new(),
        long_open_days: 60,
        listed: total,
        elsewhere: 0,
        departments: Vec::new(),
        feeds,
        stays,
        page: 1,
        per_page: 50,
    }
}

fn page(board: &Board) -> String {
    drawn(board, &BoardQuery::default())
}

fn reader() -> Account {
    Account {
        id: 1,
        name: "ada".to_owned(),
        role: Role::Clinician,
        patient_id: None,
        departments: Vec::new(),
        has_second_factor: false,
    }
}

fn drawn(board: &Board, query: &BoardQuery) -> String {
    fragment(&View { board, query, reader: &reader(), acting: Acting::On, told: None, lost_for: None, zone: Tz::UTC })
        .into_string()
}

fn fresh() -> Vec<Feed> {
    ["pms.admissions", "lis.lab_results"].map(|name| feed(name, 5)).to_vec()
}

#[test]
fn a_clock_is_never_blank() {
    let html = page(&board(vec![stay("1")], fresh()));
    assert_eq!(html.matches("none since admission").count(), 2, "last performed and last ordered");
    assert!(html.contains("3 d 4 h"));
}

#[test]
fn a_name_is_never_markup() {
    let html = page(&board(vec![stay("1")], fresh()));
    assert!(html.contains("&quot;&gt;&lt;SCRIPT&gt;, &lt;b&gt;Ada&lt;/b&gt;"), "{html}");
    assert!(!html.contains("<b>") && !html.contains("<script"));
}

#[test]
fn every_reason_has_a_sentence() {
    let reasons = [
        ("lis_stale", "laboratory data is stale"),
        ("lis_held", "cannot be read"),
        ("shared_case_number", "href=\"/patients/7\""),
        ("release_not_after_admission", "is not after the admission"),
        ("quarantined", "2 records about this patient"),
        ("waiting_result", "1 result within this stay"),
        ("unreadable_admission", "cannot be read"),
        ("said_by_a_newer_database", "in doubt: said_by_a_newer_database"),
    ];
    for (reason, words) in reasons {
        let doubt = Doubt {
            reasons: vec![reason.to_owned()],
            conflict_with: vec!["7".to_owned()],
            waiting_results: 1,
            quarantined: 2,
        };
        let html = page(&board(vec![Stay { doubt, state: State::Unknown, ..stay("1") }], fresh()));
        assert!(html.contains(words), "{reason}");
        assert!(html.contains(&format!("data-reason=\"{reason}\"")));
    }
}

#[test]
fn a_test_to_chase_is_named_with_its_order() {
    let order = OpenOrder {
        test_id: "T9".to_owned(),
        test_name: Some("Troponin".to_owned()),
        ordered_at: now() - TimeDelta::hours(2),
        ordered_by: Some("Dr. Yilmaz".to_owned()),
    };
    let html = page(&board(vec![Stay { open_order: Some(order), state: State::Chase, ..stay("1") }], fresh()));
    for words in ["Troponin", "T9", ">2 h ago<", "21-Nov-2026 08:15", "Dr. Yilmaz", "chase it"] {
        assert!(html.contains(words), "{words}");
    }
}

#[test]
fn one_sentence_says_why_a_stay_is_listed() {
    let order = OpenOrder {
        test_id: "T9".to_owned(),
        test_name: Some("Troponin".to_owned()),
        ordered_at: now() - TimeDelta::hours(2),
        ordered_by: Some("Dr. Yilmaz".to_owned()),
    };
    let doubt = Doubt { reasons: vec!["waiting_result".to_owned()], waiting_results: 1, ..Doubt::default() };
    let performed = Some(now() - TimeDelta::hours(76));
    let said = |stay: Stay| {
        let html = page(&board(vec![stay], fresh()));
        let sentence = html.split("<p class=\"sentence\">").nth(1).and_then(|rest| rest.split("</p>").next()).unwrap();
        let mut is_tag = false;
        let text = sentence.chars().filter(|letter| {
            is_tag = is_tag && *letter != '>' || *letter == '<';
            !is_tag && *letter != '>'
        });
        text.collect::<String>()
    };
    assert_eq!(
        said(Stay { open_order: Some(order.clone()), state: State::Chase, last_performed_at: performed, ..stay("1") }),
        "No test performed for 3 d 4 h, since 18-Nov-2026 06:15; Troponin (test T9) ordered 2 h ago by \
         Dr. Yilmaz is not performed yet: chase it."
    );
    assert_eq!(
        said(Stay { open_order: Some(order), state: State::Unknown, doubt, ..stay("1") }),
        "No test performed for 3 d 4 h, since admission 18-Nov-2026 06:15; 1 result within this stay may be this patient's: \
         its test id is shared with another patient; Troponin (test T9) ordered 2 h ago by Dr. Yilmaz was not \
         performed."
    );
    let unreadable = Doubt { reasons: vec!["unreadable_admission".to_owned()], ..Doubt::default() };
    let unreadable = Stay { idle_since: None, admitted_at: None, doubt: unreadable, ..stay("1") };
    assert!(said(unreadable).starts_with("Nobody can tell for how long no test was performed; the admission record"));
}

#[test]
fn who_may_act_does_so_in_the_row_and_only_on_the_present() {
    let board = board(vec![stay("1")], fresh());
    let forms = |reader: &Account, acting, lost_for, raw: &str| {
        let query = BoardQuery::parse(raw, "/", Tz::UTC).unwrap();
        let view = View { board: &board, query: &query, reader, acting, told: None, lost_for, zone: Tz::UTC };
        fragment(&view).into_string().matches("<details class=\"act\"").count()
    };
    let analyst = Account { role: Role::Analyst, ..reader() };
    assert_eq!(forms(&reader(), Acting::On, None, ""), 1);
    assert_eq!(forms(&analyst, Acting::On, None, ""), 0);
    assert_eq!(forms(&reader(), Acting::Off, None, ""), 0);
    assert_eq!(forms(&reader(), Acting::On, Some(TimeDelta::minutes(1)), ""), 0, "the board is old");
    assert_eq!(forms(&reader(), Acting::On, None, "as_of=2026-11-20T10:00:00Z"), 0, "the past is over");
}

#[test]
fn sections_stand_apart_in_their_order() {
    let unreadable = Stay { section: Section::Unreadable, idle_since: None, admitted_at: None, ..stay("3") };
    let forgotten = Stay { section: Section::LongOpen, long_open: true, ..stay("2") };
    let html = page(&board(vec![unreadable, stay("1"), forgotten], fresh()));
    let places =
        ["section-unreadable", "section-main", "section-long-open"].map(|id| html.find(&format!("id=\"{id}\"")));
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?}");
    assert!(html.contains("confirm release (1)"));
}

#[test]
fn an_empty_list_reassures_only_when_every_feed_is_fresh() {
    let kind = |feeds| {
        let html = page(&board(Vec::new(), feeds));
        html.split("data-empty=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned()
    };
    assert_eq!(kind(fresh()), "good");
    assert_eq!(kind(vec![feed("pms.admissions", 5), feed("lis.lab_results", 1_000)]), "doubtful");
    assert_eq!(kind(vec![Feed { held: 1, ..feed("pms.admissions", 5) }]), "doubtful");
    assert_eq!(kind(vec![Feed { newest_loaded_at: None, ..feed("pms.admissions", 5) }]), "loading");
    assert_eq!(kind(Vec::new()), "loading");
}

#[test]
fn stale_feeds_make_banners() {
    let html = page(&board(vec![stay("1")], vec![feed("pms.admissions", 1_000), feed("lis.lab_results", 1_000)]));
    assert!(html.contains("banner-pms-stale") && html.contains("patients may be missing or already home"));
    assert!(html.contains("banner-lis-stale") && html.contains("every state is unknown"));
    assert!(html.contains("stale since 21-Nov-2026 10:13"));
}

#[test]
fn a_past_moment_is_labelled_and_no_staleness_is_read_into_it() {
    let query = BoardQuery::parse("as_of=2026-11-20T10:00:00Z", "/", Tz::UTC).unwrap();
    let board = board(vec![stay("1")], vec![feed("lis.lab_results", 1_000)]);
    let html = draw(&View {
        board: &board,
        query: &query,
        reader: &reader(),
        acting: Acting::On,
        told: None,
        lost_for: None,
        zone: Tz::UTC,
    })
    .seen_by(None)
    .into_string();
    assert!(html.contains("HISTORICAL") && !html.contains("banner-lis-stale"));
}

#[test]
fn a_row_says_something_new_only_when_more_than_its_age_changed() {
    let signature = |board: &Board| page(board).split("data-sig=\"").nth(1).map(|rest| rest[..12].to_owned());
    let before = board(vec![stay("1")], fresh());
    let later = Board { as_of: now() + TimeDelta::hours(1), ..before.clone() };
    let performed = board(vec![Stay { last_performed_at: Some(now()), ..stay("1") }], fresh());
    assert_eq!(signature(&before), signature(&later));
    assert_ne!(signature(&before), signature(&performed));
}
