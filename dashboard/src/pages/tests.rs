//! What the board's page must never do, drawn from invented stays.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use wardwatch_identity::{Account, Role};

use super::board::{View, draw, fragment};
use super::{sheet, wallboard};
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
        doubted_at: None,
        standing: Standing::default(),
        due_at: None,
    }
}

pub(super) fn feed(name: &str, age: i64) -> Feed {
    Feed {
        name: name.to_owned(),
        source: name[..3].to_owned(),
        target: target(name).to_owned(),
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

/// What the hospital's own feed of this name tells of.
fn target(name: &str) -> &'static str {
    match name {
        "pms.patient_information" => "patient",
        "pms.admissions" => "admission",
        "lis.lab_tests" => "lab_test",
        _ => "lab_result",
    }
}

fn never_loaded(name: &str) -> Feed {
    Feed { newest_loaded_at: None, age_seconds: None, is_stale: true, ..feed(name, 0) }
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
        all_acknowledged: 0,
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

/// Who looks: a clinician of all departments.
pub(super) fn reader() -> Account {
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

/// What a reader reads of markup.
pub(super) fn text(html: &str) -> String {
    let mut is_tag = false;
    let letters = html.chars().filter(|letter| {
        is_tag = is_tag && *letter != '>' || *letter == '<';
        !is_tag && *letter != '>'
    });
    letters.collect()
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
        text(html.split("<p class=\"sentence\">").nth(1).and_then(|rest| rest.split("</p>").next()).unwrap())
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
fn a_name_leads_to_the_patient_where_the_reader_may_see_patients() {
    let unreadable = Stay { section: Section::Unreadable, idle_since: None, admitted_at: None, ..stay("2") };
    let board = board(vec![unreadable, stay("1")], fresh());
    let (query, acting) = (BoardQuery::default(), Acting::On);
    let shown = |reader: &Account| {
        let view = View { board: &board, query: &query, reader, acting, told: None, lost_for: None, zone: Tz::UTC };
        fragment(&view).into_string()
    };
    let (clinician, analyst) = (shown(&reader()), shown(&Account { role: Role::Analyst, ..reader() }));
    for id in ["1", "2"] {
        assert!(clinician.contains(&format!("<a class=\"who\" href=\"/patients/{id}\"")), "{clinician}");
    }
    assert_eq!(analyst.matches("<span class=\"who\">").count(), 2, "{analyst}");
    assert!(!analyst.contains("/patients/"), "{analyst}");
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

/// Why a list is empty, as the board says it.
fn why_empty(board: &Board, raw: &str, lost_for: Option<TimeDelta>) -> String {
    let query = BoardQuery::parse(raw, "/", Tz::UTC).unwrap();
    let acting = Acting::On;
    let view = View { board, query: &query, reader: &reader(), acting, told: None, lost_for, zone: Tz::UTC };
    let html = fragment(&view).into_string();
    html.split("data-empty=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned()
}

#[test]
fn an_empty_list_reassures_only_when_every_feed_is_fresh() {
    let kind = |feeds| why_empty(&board(Vec::new(), feeds), "", None);
    assert_eq!(kind(fresh()), "good");
    assert_eq!(kind(vec![feed("pms.admissions", 5), feed("lis.lab_results", 1_000)]), "doubtful");
    assert_eq!(kind(vec![Feed { held: 1, ..feed("pms.admissions", 5) }]), "doubtful");
    assert_eq!(kind(vec![feed("pms.admissions", 5), never_loaded("lis.lab_results")]), "doubtful");
    assert_eq!(kind(vec![never_loaded("pms.admissions")]), "loading");
    assert_eq!(kind(Vec::new()), "loading");
}

#[test]
fn an_empty_list_reassures_only_when_it_is_the_whole_present_board() {
    let nobody = board(Vec::new(), fresh());
    for (raw, kind) in [
        ("due=8", "nobody-due"),
        ("as_of=2026-11-20T10:00:00Z", "another-moment"),
        ("hours=500", "other-threshold"),
        ("department=ICU", "filtered"),
        ("since=2026-11-20T10:00:00Z", "filtered"),
        ("", "good"),
    ] {
        assert_eq!(why_empty(&nobody, raw, None), kind, "{raw}");
    }
    assert_eq!(why_empty(&nobody, "", Some(TimeDelta::minutes(1))), "not-live");
    assert_eq!(why_empty(&Board { acknowledged: 3, ..nobody.clone() }, "", None), "acknowledged");
    assert_eq!(why_empty(&Board { acknowledged: 3, ..nobody.clone() }, "department=ICU", None), "filtered");
    assert_eq!(why_empty(&Board { elsewhere: 5, ..nobody }, "", None), "elsewhere");
}

#[test]
fn an_empty_list_says_how_many_are_not_on_it_and_no_threshold_that_is_not_everybodys() {
    let nobody = board(Vec::new(), fresh());
    assert!(page(&Board { acknowledged: 3, ..nobody.clone() }).contains("3 patients are acknowledged"));
    assert!(page(&Board { elsewhere: 5, ..nobody.clone() }).contains("and 5 in others"));
    let due = drawn(&nobody, &BoardQuery::parse("due=8", "/", Tz::UTC).unwrap());
    assert!(due.contains("Nobody else crosses the threshold within 8 h") && due.contains("data-control=\"see-board\""));
    assert!(page(&nobody).contains("longer than 48 h without a test"));
    let own = page(&Board { own_thresholds: 2, ..nobody });
    assert!(own.contains("than their department allows") && !own.contains("longer than 48 h without"));
}

#[test]
fn an_empty_filter_speaks_of_nobody_whom_it_leaves_out() {
    let query = BoardQuery::parse("state=chase", "/", Tz::UTC).unwrap();
    let told = |board: &Board| {
        let view = wallboard::View { board, query: &query, departments: &[], lost_for: None, zone: Tz::UTC };
        [
            drawn(board, &query),
            sheet::draw(board, &query, &stamp(&[])).into_string(),
            wallboard::draw(&view).into_string(),
        ]
    };
    let nobody = Board { listed: 6, ..board(Vec::new(), fresh()) };
    for html in told(&Board { acknowledged: 1, ..nobody.clone() }) {
        assert!(html.contains("Nobody else matches this filter: 1 patient is acknowledged"), "{html}");
        assert!(html.contains("6 on the board without it") && !html.contains("Nobody else is listed"), "{html}");
    }
    for html in told(&nobody) {
        assert!(html.contains("No patient matches this filter"), "{html}");
        assert!(html.contains("6 on the board without it"), "{html}");
    }
    let board = drawn(&Board { acknowledged: 1, ..nobody }, &query);
    assert!(board.contains("data-control=\"see-acknowledged\"") && board.contains("data-control=\"clear\""));
}

#[test]
fn the_screen_in_the_corridor_and_the_sheet_reassure_no_more_than_the_board() {
    let doubtful = board(Vec::new(), vec![feed("pms.admissions", 5), feed("lis.lab_results", 1_000)]);
    let (query, nobody) = (BoardQuery::default(), board(Vec::new(), fresh()));
    let wall = |board: &Board, lost_for| {
        let view = wallboard::View { board, query: &query, departments: &[], lost_for, zone: Tz::UTC };
        wallboard::draw(&view).into_string()
    };
    assert!(wall(&nobody, None).contains("data-empty=\"good\""));
    assert!(wall(&doubtful, None).contains("data-empty=\"doubtful\""));
    assert!(wall(&nobody, Some(TimeDelta::minutes(1))).contains("data-empty=\"not-live\""));
    assert!(wall(&Board { acknowledged: 1, ..nobody.clone() }, None).contains("1 patient is acknowledged"));
    let sheet = |board: &Board| sheet::draw(board, &query, &stamp(&[])).into_string();
    assert!(sheet(&nobody).contains("data-empty=\"good\"") && sheet(&doubtful).contains("data-empty=\"doubtful\""));
}

#[test]
fn paper_tells_every_moment_and_what_was_not_received() {
    let order = OpenOrder {
        test_id: "T9".to_owned(),
        test_name: Some("Troponin".to_owned()),
        ordered_at: now() - TimeDelta::hours(2),
        ordered_by: None,
    };
    let mut unnamed = Stay { open_order: Some(order), ..stay("1") };
    unnamed.person.name_received = false;
    let sheet = sheet::draw(&board(vec![unnamed, stay("2")], fresh()), &BoardQuery::default(), &stamp(&[]));
    let sheet = text(&sheet.into_string());
    assert!(sheet.contains("ordered 2 h ago, 21-Nov-2026 08:15, by"), "{sheet}");
    assert!(sheet.contains("Birth date not received") && sheet.contains("Birth date not recorded"), "{sheet}");
}

fn stamp(departments: &[String]) -> sheet::Stamp<'_> {
    sheet::Stamp { by: Some("ada"), departments, zone: Tz::UTC }
}

#[test]
fn a_copy_says_which_list_it_is_of_which_moment_and_who_is_not_on_it() {
    let board = Board { acknowledged: 2, elsewhere: 5, ..board(vec![stay("1")], fresh()) };
    let own = ["ICU".to_owned()];
    let both = |raw: &str| {
        let query = BoardQuery::parse(raw, "/", Tz::UTC).unwrap();
        let sheet = sheet::draw(&board, &query, &stamp(&own)).into_string();
        let csv = sheet::csv(&board, &query, &stamp(&own));
        let head = csv.lines().next().unwrap().to_owned();
        (sheet, head)
    };
    let (sheet, csv) = both("");
    let (_, head) = sheet.split_once("<thead>").unwrap();
    let (head, _) = head.split_once("</thead>").unwrap();
    for said in ["2 patients are acknowledged and not listed here", "ICU only: 5 more are listed in other departments"]
    {
        assert!(head.contains(said) && csv.contains(said), "{said}: {head} {csv}");
    }
    assert!(head.contains("21-Nov-2026 10:15:00"), "every page of paper repeats it");
    assert!(
        both("due=8").0.contains("<h1>Due <span class=\"nobreak\">within"),
        "a list of those who are due is not called the board"
    );
    for (as_of, label) in [("2026-11-20T10:00:00Z", "HISTORICAL"), ("2026-11-23T10:00:00Z", "FORECAST")] {
        let (sheet, csv) = both(&format!("as_of={as_of}"));
        assert!(sheet.contains(label) && csv.contains(label), "{as_of}: {csv}");
    }
    assert!(!sheet.contains("HISTORICAL") && !sheet.contains("FORECAST"));
}

/// The first row of the file.
fn head_of_file(board: &Board, raw: &str) -> String {
    let query = BoardQuery::parse(raw, "/", Tz::UTC).unwrap();
    sheet::csv(board, &query, &stamp(&[])).lines().next().unwrap().to_owned()
}

#[test]
fn a_file_says_what_the_banners_of_the_sheet_say() {
    let static_feed = |feed| Feed { limit_seconds: None, is_stale: false, ..feed };
    for source in ["pms.admissions", "lis.lab_results"] {
        let other = if source.starts_with("pms") { "lis.lab_results" } else { "pms.admissions" };
        let held = Feed { held: 1, ..feed(source, 5) };
        for (troubled, titles) in [
            (feed(source, 5), 0),
            (feed(source, 1_000), 1),
            (never_loaded(source), 1),
            (static_feed(never_loaded(source)), 1),
            (held, 1),
            (Feed { held: 1, ..feed(source, 1_000) }, 2),
        ] {
            let board = board(vec![stay("1")], vec![troubled, feed(other, 5)]);
            let sheet = sheet::draw(&board, &BoardQuery::default(), &stamp(&[])).into_string();
            let banners = sheet.split("role=\"note\"><p><strong>").skip(1).filter_map(|rest| rest.split('<').next());
            let (shown, first_row) = (banners.collect::<Vec<_>>(), head_of_file(&board, ""));
            assert_eq!(shown.len(), titles, "{shown:?}");
            assert!(shown.iter().all(|title| first_row.contains(title)), "{shown:?}: {first_row}");
            assert_eq!(titles == 0, first_row.ends_with("1 row.\""), "{first_row}");
            let past = head_of_file(&board, "as_of=2026-11-20T10:00:00Z");
            assert!(!past.contains("is stale"), "no staleness is read into another moment: {past}");
        }
    }
}

#[test]
fn a_file_says_how_many_rows_it_has_and_why_it_has_none() {
    let head = |board: &Board| head_of_file(board, "");
    assert!(head(&board(vec![stay("1"), stay("2")], fresh())).ends_with("No filter. 2 rows.\""));
    let nobody = board(Vec::new(), fresh());
    assert!(head(&nobody).ends_with("0 rows. Nobody has been in hospital longer than 48 h without a test.\""));
    let filtered = head_of_file(&nobody, "state=chase");
    assert!(filtered.ends_with("state chase. 0 rows. No patient matches this filter.\""), "{filtered}");
    let doubtful = head(&board(Vec::new(), vec![feed("pms.admissions", 5), feed("lis.lab_results", 1_000)]));
    assert!(doubtful.ends_with("Nobody is listed, but the data cannot be trusted.\""), "{doubtful}");
}

#[test]
fn one_of_them_is_told_as_one() {
    let sheet = |stays| text(&sheet::draw(&board(stays, fresh()), &BoardQuery::default(), &stamp(&[])).into_string());
    assert!(sheet(vec![stay("1")]).contains("No filter. 1 stay; taken by ada."));
    assert!(sheet(vec![stay("1"), stay("2")]).contains("No filter. 2 stays; taken by ada."));
    let waiting =
        |not_loaded| text(&page(&board(Vec::new(), vec![Feed { not_loaded, ..never_loaded("pms.admissions") }])));
    assert!(waiting(1).contains("1 file is waiting to be loaded."), "{}", waiting(1));
    assert!(waiting(1_000).contains("1,000 files are waiting to be loaded."));
}

#[test]
fn who_is_due_is_told_when_on_paper_in_the_file_and_in_the_corridor() {
    let due = Stay { due_at: Some(now() + TimeDelta::hours(3)), ..stay("1") };
    let board = board(vec![due, stay("2")], fresh());
    let query = BoardQuery::parse("due=8", "/", Tz::UTC).unwrap();
    let view = wallboard::View { board: &board, query: &query, departments: &[], lost_for: None, zone: Tz::UTC };
    let paper = text(&sheet::draw(&board, &query, &stamp(&[])).into_string());
    for said in [paper, text(&wallboard::draw(&view).into_string())] {
        assert_eq!(said.matches("On the board from 21-Nov-2026 13:15, in 3 h.").count(), 1, "{said}");
    }
    let csv = sheet::csv(&board, &query, &stamp(&[]));
    let last: Vec<&str> = csv.lines().skip(1).filter_map(|line| line.rsplit(',').next()).collect();
    assert_eq!(last, ["\"due_at\"", "\"2026-11-21T13:15:00Z\"", "\"\""]);
}

#[test]
fn the_corridor_counts_the_states_that_are_asked_for() {
    let six = Counts { overdue: 6, unknown: 2, ..Counts::default() };
    let board = Board { counts: six, listed: 8, ..board(Vec::new(), fresh()) };
    let counted = |raw: &str| {
        let query = BoardQuery::parse(raw, "/wallboard", Tz::UTC).unwrap();
        let view = wallboard::View { board: &board, query: &query, departments: &[], lost_for: None, zone: Tz::UTC };
        let html = wallboard::draw(&view).into_string();
        let counts = html.split("<ul class=\"wall-counts\">").nth(1).and_then(|rest| rest.split("</ul>").next());
        text(counts.unwrap()).split_whitespace().map(str::to_owned).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(counted(""), "6 Overdue 0 Chase 2 Unknown");
    assert_eq!(counted("state=chase"), "0 Overdue 0 Chase 0 Unknown", "nobody is listed below it");
    assert_eq!(counted("state=unknown"), "0 Overdue 0 Chase 2 Unknown");
}

#[test]
fn a_board_that_is_printed_says_its_filter() {
    let printed = |raw: &str| {
        let html = drawn(&board(vec![stay("1")], fresh()), &BoardQuery::parse(raw, "/", Tz::UTC).unwrap());
        let said = html.split("<p class=\"print-only\">").nth(1).and_then(|rest| rest.split("</p>").next());
        said.unwrap().to_owned()
    };
    assert_eq!(printed("state=chase&q=ada&page=2"), "Filter: state chase, search ada");
    assert_eq!(printed(""), "No filter");
}

#[test]
fn nothing_is_missing_of_a_copy_that_lists_the_acknowledged() {
    let board = Board { acknowledged: 1, ..board(vec![Stay { section: Section::Acknowledged, ..stay("1") }], fresh()) };
    let sheet = sheet::draw(&board, &BoardQuery::default(), &stamp(&[])).into_string();
    assert!(!sheet.contains("not listed here"));
}

#[test]
fn stale_feeds_make_banners() {
    let html = page(&board(vec![stay("1")], vec![feed("pms.admissions", 1_000), feed("lis.lab_results", 1_000)]));
    assert!(html.contains("banner-pms-stale") && html.contains("patients may be missing or already home"));
    assert!(html.contains("banner-lis-stale") && html.contains("every state is unknown"));
    assert!(html.contains("stale since 21-Nov-2026 10:13"));
}

#[test]
fn a_feed_that_never_came_makes_a_banner_whether_it_can_be_stale_or_not() {
    let is_static = Feed { limit_seconds: None, is_stale: false, ..never_loaded("lis.lab_results") };
    let html = page(&board(vec![stay("1")], vec![feed("pms.admissions", 5), is_static]));
    assert!(html.contains("banner-lis-never") && html.contains("nothing was ever loaded"));
    let stale = page(&board(vec![stay("1")], vec![feed("pms.admissions", 5), never_loaded("lis.lab_results")]));
    assert!(stale.contains("banner-lis-stale") && !stale.contains("banner-lis-never"), "once is enough");
}

#[test]
fn another_moment_is_labelled_follows_nothing_and_no_staleness_is_read_into_it() {
    let whole = |raw: &str| {
        let query = BoardQuery::parse(raw, "/", Tz::UTC).unwrap();
        let board = board(vec![stay("1")], vec![feed("lis.lab_results", 1_000)]);
        let reader = reader();
        let view = View {
            board: &board,
            query: &query,
            reader: &reader,
            acting: Acting::On,
            told: None,
            lost_for: None,
            zone: Tz::UTC,
        };
        draw(&view).seen_by(None).into_string()
    };
    let follows = |html: &str| html.contains("board.js") || html.contains("http-equiv=\"refresh\"");
    assert!(follows(&whole("")) && !whole("").contains("class=\"historical\""));
    for (raw, label) in [("as_of=2026-11-20T10:00:00Z", "HISTORICAL"), ("as_of=2026-11-22T10:00:00Z", "FORECAST")] {
        let html = whole(raw);
        assert!(html.contains(label) && html.contains("does not follow"), "{raw}");
        assert!(!html.contains("banner-lis-stale") && !follows(&html) && !html.contains("Connecting"), "{raw}");
    }
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
