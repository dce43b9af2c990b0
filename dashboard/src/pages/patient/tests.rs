//! What the page of a patient must tell and must never tell, drawn from an invented one.

use super::*;
use crate::pages::tests::{feed, reader, text as read};
use crate::views::board::OpenOrder;
use crate::views::patient::Whose;
use crate::views::patient::invented::{self, PERSON_FEED, ago, moved, review, stay, unlisted};
use crate::views::review::Act;

fn page(patient: &Patient, known: Option<&[Feed]>) -> String {
    draw(patient, known, None, Leads::of(&reader()), Tz::UTC).seen_by(None).into_string()
}

/// The page while the patient system is heard.
fn drawn(patient: &Patient) -> String {
    page(patient, Some(&[feed(PERSON_FEED, 5)]))
}

/// What stands between two pieces of markup.
fn between<'a>(html: &'a str, first: &str, last: &str) -> &'a str {
    let (_, rest) = html.split_once(first).unwrap();
    rest.split_once(last).unwrap().0
}

/// What stays in sight.
fn banner_of(patient: &Patient) -> String {
    between(&drawn(patient), "<header class=\"patient-banner", "</header>").to_owned()
}

/// What a page tells of allergies.
fn told_allergies(page: &str) -> String {
    let (_, told) = between(page, "<div class=\"allergies ", "</div>").split_once('>').unwrap();
    read(told)
}

/// A section of the page of this name.
fn section(html: &str, name: &str) -> String {
    between(html, &format!("<section class=\"doubt-section\" id=\"{name}\""), "</section>").to_owned()
}

fn allergic(to: Option<&str>) -> Patient {
    let mut patient = invented::patient(stay(76));
    if let Some(person) = &mut patient.person {
        person.current.value.allergies = to.map(str::to_owned);
    }
    patient
}

/// The only stay, as a reader reads it.
fn card(patient: &Patient) -> String {
    read(between(&drawn(patient), "<article class=\"stay-card\"", "</article>"))
}

#[test]
fn allergies_stand_under_exactly_one_heading() {
    let told = |said| told_allergies(&banner_of(&allergic(said)));
    assert!(told(Some("Penicillin")).ends_with("Known allergiesPenicillin"));
    assert!(told(Some("None")).ends_with("AllergiesNo known allergies"));
    assert!(told(Some("NKDA")).ends_with("AllergiesNo known allergies “NKDA”"), "it tells of drugs alone");
    assert!(told(None).ends_with("AllergiesNot recorded"));
    let nobody = Patient { person: None, ..allergic(None) };
    assert!(read(&banner_of(&nobody)).contains("Unavailable"));
}

#[test]
fn that_nothing_is_known_of_allergies_is_no_fact_while_something_newer_may_be_missing() {
    let condition = |page: &str| between(page, "<div class=\"allergies ", "\"").to_owned();
    let stale = [feed(PERSON_FEED, 1_000)];
    let held = [Feed { held: 1, ..feed(PERSON_FEED, 5) }];
    let failed = [Feed { failed: 1, ..feed(PERSON_FEED, 5) }];
    let unheard_of: [Feed; 0] = [];
    let own = |feed| Feed { name: "pms.registration".to_owned(), ..feed };
    let one_of_two = [feed(PERSON_FEED, 5), own(feed(PERSON_FEED, 1_000))];
    let doubtful = [&stale[..], &held[..], &failed[..], &unheard_of[..], &one_of_two[..]];
    for known in doubtful.map(Some).into_iter().chain([None]) {
        let page = |said| page(&allergic(said), known);
        for (said, words) in [(Some("None"), "last said “None” on"), (Some("NKDA"), "last said “NKDA” on")] {
            assert_eq!(condition(&page(said)), "unavailable", "{known:?}");
            let told = told_allergies(&page(said));
            assert!(told.ends_with(&format!("Unavailable; {words} 21-Nov-2026 10:15")), "{told}");
        }
        assert_eq!(condition(&page(None)), "unavailable");
        let told = told_allergies(&page(None));
        assert!(told.ends_with("Unavailable; not recorded when last said, on 21-Nov-2026 10:15"), "{told}");
        assert_eq!(condition(&page(Some("Latex"))), "known");
        let told = told_allergies(&page(Some("Latex")));
        assert!(told.ends_with("Known allergiesLatex (may have changed since 21-Nov-2026 10:15)"), "{told}");
    }
    let others = [feed(PERSON_FEED, 5), feed("lis.lab_results", 1_000), feed("pms.admissions", 1_000)];
    assert_eq!(condition(&page(&allergic(Some("None")), Some(&others))), "none-known", "they tell of no allergies");
    let own = [own(feed(PERSON_FEED, 5))];
    assert_eq!(condition(&page(&allergic(Some("None")), Some(&own))), "none-known", "ops may have only another feed");
}

#[test]
fn a_newer_record_of_the_person_that_could_not_be_read_makes_no_known_allergies_unavailable() {
    let told = |record: QuarantinedRecord| {
        let patient = Patient { quarantined: vec![record], ..allergic(Some("None")) };
        told_allergies(&drawn(&patient))
    };
    assert!(told(invented::quarantined(true)).contains("Unavailable; last said “None”"));
    assert!(told(invented::quarantined(false)).ends_with("No known allergies"));
    let admission = || QuarantinedRecord { target: "admission".to_owned(), ..invented::quarantined(true) };
    assert!(told(admission()).ends_with("No known allergies"));
    let one_of_many = QuarantinedRecord { newer: 2, total: 2, ..admission() };
    assert!(told(one_of_many).contains("Unavailable"), "the other one, which is not shown, may be of the person");
}

#[test]
fn what_would_hide_the_page_leaves_name_birth_and_id_in_sight_alone() {
    let class = |patient: &Patient| {
        between(&drawn(patient), "<header class=\"patient-banner", "\" data-key=\"banner\"").to_owned()
    };
    let long = |letters: usize| allergic(Some(&"x".repeat(letters)));
    let newer = |letters| Patient { quarantined: vec![invented::quarantined(true)], ..long(letters) };
    assert_eq!(class(&long(20)), "");
    assert_eq!(class(&long(150)), " long");
    assert_eq!(class(&long(250)), " long very-long");
    assert_eq!(class(&newer(20)), " long", "that one could not be read takes place, too");
    assert_eq!(class(&newer(150)), " long very-long");
    let banner = banner_of(&long(250));
    let alone = between(&banner, "<div class=\"banner-name\">", "</div><dl>");
    for told in ["ONE, Ada", "Born", "P1", "Known allergies", "href=\"#allergies\""] {
        assert!(alone.contains(told), "{told}: {alone}");
    }
    assert!(!alone.contains("xxx") && !banner_of(&long(20)).contains("href=\"#allergies\""), "{alone}");
}

#[test]
fn a_result_that_moved_away_stands_apart_with_its_value_and_nobodys_name() {
    let html = drawn(&Patient { moved: vec![moved(false), moved(true)], ..allergic(None) });
    let told = section(&html, "moved");
    let (anothers, waiting) = told.split_once("</li><li").unwrap();
    for said in ["7.5 mg/L", "21-Nov-2026 01:15", "record 1, map v1", "another patient's now"] {
        assert!(read(anothers).contains(said), "{said}: {anothers}");
    }
    assert!(!anothers.contains("href=\"/"), "it leads to nobody: {anothers}");
    assert!(waiting.contains("It waits now") && waiting.contains("href=\"/ops/results/"), "{waiting}");
    assert!(read(&told).contains("no longer this patient's (2)"));
    let elsewhere = ["id=\"orders\"", "id=\"trends\"", "<details class=\"timeline\""];
    for (_, part) in elsewhere.into_iter().filter_map(|part| html.split_once(part)) {
        assert!(!part.split("</section>").next().unwrap().contains("7.5"), "it is not the patient's: {part}");
    }
    assert!(!drawn(&allergic(None)).contains("id=\"moved\""));
}

#[test]
fn what_a_result_was_is_told_with_whose_it_was() {
    let before = |whose| {
        let mut version = invented::result("9.75", "mg/L", 20).result.current;
        version.value.whose = whose;
        version
    };
    let mut corrected = invented::result("1.25", "mg/L", 20);
    corrected.result.earlier = vec![before(Whose::AnotherPatient), before(Whose::Nobody)];
    let patient = Patient { orders: vec![invented::order("Lactate", 70, vec![corrected])], ..allergic(None) };
    let html = drawn(&patient);
    let told = read(between(&html, "<section id=\"orders\"", "</section>"));
    for said in
        ["Was: another patient's: 9.75 mg/L", "Was: waiting for its patient: 9.75", "It was another patient's before"]
    {
        assert!(told.contains(said), "{said}: {told}");
    }
    let mut waiting = invented::waiting(1);
    waiting.result.earlier = vec![before(Whose::ThisPatient), before(Whose::AnotherPatient)];
    let told = read(&section(&drawn(&Patient { waiting: vec![waiting], ..allergic(None) }), "waiting"));
    for said in ["Was: this patient's: 9.75 mg/L", "Was: another patient's: 9.75 mg/L"] {
        assert!(told.contains(said), "{said}: {told}");
    }
}

#[test]
fn a_version_that_reads_like_the_next_says_that_something_else_differed() {
    let mut reviewed = invented::result("1.25", "mg/L", 20);
    let mut before = reviewed.result.current.clone();
    before.value.reviewing_physician = Some("Dr. Re View".to_owned());
    reviewed.result.earlier = vec![before.clone(), before];
    let patient = Patient { orders: vec![invented::order("Lactate", 70, vec![reviewed])], ..allergic(None) };
    let told = read(between(&drawn(&patient), "<section id=\"orders\"", "</section>"));
    let was = "Was: 1.25 mg/L, performed 20-Nov-2026 14:15, test T1, reviewing physician Dr. Re View";
    assert_eq!(told.matches(was).count(), 2, "{told}");
    assert_eq!(told.matches("; a column that is not shown here differed").count(), 1, "{told}");
    let mut person = allergic(Some("Latex"));
    if let Some(tracked) = &mut person.person {
        let mut flagged = tracked.current.clone();
        flagged.lineage.flags = vec!["date_of_birth:assumed".to_owned()];
        tracked.earlier = vec![tracked.current.clone(), flagged];
    }
    let told = read(between(&drawn(&person), "<div class=\"further\"", "</details>"));
    assert_eq!(told.matches("not shown here differed").count(), 1, "what was assumed is shown: {told}");
}

#[test]
fn an_order_of_the_future_is_marked_where_orders_stand() {
    let told = |hours| {
        let orders = vec![invented::order("Lactate", hours, Vec::new())];
        read(between(&drawn(&Patient { orders, ..allergic(None) }), "<section id=\"orders\"", "</section>"))
    };
    assert!(told(-3).contains("Ordered in the future: it is not counted"));
    assert!(!told(3).contains("Ordered in the future"));
}

#[test]
fn what_stays_in_sight_opens_nothing_and_its_source_stands_below() {
    let patient = allergic(Some("Latex"));
    let (html, banner) = (drawn(&patient), banner_of(&patient));
    assert!(["ONE, Ada", "P1", "Latex"].into_iter().all(|told| banner.contains(told)), "{banner}");
    assert!(!banner.contains("<details"), "{banner}");
    let below = between(&html, "</header><div class=\"further\"", "<section");
    assert!(below.contains("<details class=\"lineage\"") && below.contains("Blood type"), "{below}");
}

#[test]
fn a_birth_date_that_was_not_received_is_not_one_that_was_not_recorded() {
    let known = allergic(None);
    assert!(banner_of(&known).contains("Birth date not recorded"));
    assert!(banner_of(&Patient { person: None, ..known }).contains("Birth date not received"));
}

#[test]
fn a_newer_record_that_could_not_be_read_is_told_beside_the_name() {
    let told = |is_newer| {
        let quarantined = vec![invented::quarantined(is_newer)];
        banner_of(&Patient { quarantined, ..allergic(Some("Latex")) })
    };
    assert!(told(true).contains("href=\"#quarantined\"") && told(true).contains("1 newer record"));
    assert!(!told(false).contains("#quarantined"));
}

#[test]
fn the_page_tells_its_moment_and_what_is_stale_or_not_known() {
    let patient = allergic(None);
    let html = drawn(&patient);
    assert!(read(&html).contains("As of 21-Nov-2026 10:15:00 (UTC)"));
    assert!(!html.contains("class=\"banner\" id=\"banner-"), "{html}");
    let stale = page(&patient, Some(&[feed(PERSON_FEED, 5), feed("lis.lab_results", 1_000)]));
    assert!(stale.contains("banner-lis-stale"), "{stale}");
    assert!(page(&patient, None).contains("Nobody can tell now how fresh this is"));
}

#[test]
fn a_stay_that_is_yet_to_begin_is_expected() {
    let expected = card(&invented::patient(unlisted(ago(-5), Some(ago(-50)))));
    for told in ["Expected", "Admission expected", "Release planned", "not yet"] {
        assert!(expected.contains(told), "{told}: {expected}");
    }
    assert!(!expected.contains("Over") && !expected.contains("0 s"), "{expected}");
    let over = card(&invented::patient(unlisted(ago(76), Some(ago(5)))));
    assert!(over.contains("Over") && over.contains("2 d 23 h") && !over.contains("planned"), "{over}");
    let contrary = card(&invented::patient(unlisted(ago(5), Some(ago(76)))));
    assert!(contrary.contains("not known"), "{contrary}");
}

#[test]
fn who_acted_when_and_why_stands_on_the_stay_while_it_holds_and_in_the_history() {
    let idle = ago(76);
    let acted = |hours| {
        let reviews = vec![review(2, Act::Assigned, 1, idle), review(1, Act::Acknowledged, hours, idle)];
        Patient { reviews, ..invented::patient(stay(76)) }
    };
    let card_of = card(&acted(2));
    let holds =
        "Acknowledged: Palliative care. By ada, 21-Nov-2026 08:15; comes back 22-Nov-2026 08:15, or as soon as a test";
    assert!(card_of.contains(holds) && card_of.contains("With ada"), "{card_of}");
    let ended = card(&acted(30));
    assert!(!ended.contains("comes back") && ended.contains("ada acknowledged it"), "{ended}");
    let html = drawn(&acted(2));
    let history = read(between(&html, "<section id=\"history\"", "</section>"));
    let done = "ada acknowledged it, 21-Nov-2026 08:15, case C1: Palliative care; until 22-Nov-2026 08:15";
    assert!(history.contains(done), "{history}");
}

#[test]
fn what_was_ordered_is_told_with_its_moment_in_letters() {
    let order = OpenOrder {
        test_id: "T9".to_owned(),
        test_name: Some("Troponin".to_owned()),
        ordered_at: ago(2),
        ordered_by: Some("Dr. Bo Order".to_owned()),
    };
    let told = card(&invented::patient(PatientStay { open_order: Some(order), ..stay(76) }));
    assert!(told.contains("Troponin (test T9) ordered 2 h ago, 21-Nov-2026 08:15, by Dr. Bo Order"), "{told}");
}

#[test]
fn what_may_be_the_patients_is_counted_whole_though_only_the_newest_are_shown() {
    let told = |waiting| read(&section(&drawn(&Patient { waiting, ..allergic(None) }), "waiting"));
    let some = told(vec![invented::waiting(1_250), invented::waiting(1_250)]);
    assert!(some.contains("Results that may be this patient's (1,250)"), "{some}");
    assert!(some.contains("The newest 2 of 1,250 are shown."), "{some}");
    assert!(some.contains("used for patient P2."), "{some}");
    let all = told(vec![Waiting { has_more_others: true, ..invented::waiting(1) }]);
    assert!(all.contains("(1)") && !all.contains("The newest") && all.contains("patient P2 and more."), "{all}");
}

#[test]
fn what_can_be_opened_stands_in_keyed_lists() {
    let mut patient = allergic(None);
    patient.orders = vec![invented::order("Lactate", 70, vec![invented::result("1", "mmol/L", 9)])];
    let html = drawn(&patient);
    let keys = ["data-key=\"case C1\"", "data-key=\"test Lactate 70\"", "data-key=\"stays\" data-list"];
    assert!(keys.into_iter().all(|key| html.contains(key)), "{html}");
}
