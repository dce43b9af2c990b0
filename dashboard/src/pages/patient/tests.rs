//! What the page of a patient must tell and must never tell, drawn from an invented one.

use super::*;
use crate::pages::tests::{feed, text as read};
use crate::views::board::OpenOrder;
use crate::views::patient::invented::{self, ago, review, stay, unlisted};
use crate::views::review::Act;

fn page(patient: &Patient, known: Option<&[Feed]>) -> String {
    draw(patient, known, None, Tz::UTC).seen_by(None).into_string()
}

fn drawn(patient: &Patient) -> String {
    page(patient, Some(&[]))
}

/// What stands between two pieces of markup.
fn between<'a>(html: &'a str, first: &str, last: &str) -> &'a str {
    let (_, rest) = html.split_once(first).unwrap();
    rest.split_once(last).unwrap().0
}

/// What stays in sight.
fn banner_of(patient: &Patient) -> String {
    between(&drawn(patient), "<header class=\"patient-banner\"", "</header>").to_owned()
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
    let told = |said| read(between(&banner_of(&allergic(said)), "<div class=\"allergies", "</div>"));
    assert!(told(Some("Penicillin")).ends_with("Known allergiesPenicillin"));
    assert!(told(Some("None")).ends_with("AllergiesNo known allergies"));
    assert!(told(Some("NKDA")).ends_with("AllergiesNo known allergies “NKDA”"), "it tells of drugs alone");
    assert!(told(None).ends_with("AllergiesNot recorded"));
    let nobody = Patient { person: None, ..allergic(None) };
    assert!(read(&banner_of(&nobody)).contains("Unavailable"));
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
    let stale = page(&patient, Some(&[feed("lis.lab_results", 1_000)]));
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
    let told = |waiting| {
        let html = drawn(&Patient { waiting, ..allergic(None) });
        read(between(&html, "<section class=\"doubt-section\" id=\"waiting\"", "</section>"))
    };
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
