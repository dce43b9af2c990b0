//! One patient: who, every stay with its clocks, what was ordered and performed, what is in doubt, where it all comes from.
//!
//! Invariant: a result that is not surely this patient's, or is so no longer, stands in a section of its own and never among the
//! results. Whom the page is about, and what must be known before anything is given, stays in sight. What can be opened is keyed, so
//! that the script replaces what has changed and nothing else.

mod banner;
mod moved;
#[cfg(test)]
mod tests;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use maud::{Markup, html};

use super::leads::Leads;
use super::why::{self, Clocks};
use super::{orders, review, timeline, trends};
use crate::parts::{badge, feeds, layout, lineage, number, person, time};
use crate::people::contact::Field;
use crate::query::Sort;
use crate::views::board::{Person, State};
use crate::views::contact::Said;
use crate::views::feeds::Feed;
use crate::views::patient::{Admission, Demographics, LabResult, Patient, PatientStay, QuarantinedRecord, Waiting};
use crate::words::board::column;
use crate::words::{self, label, orders as order_words, patient as say, stay as stay_words};

/// The whole page; `known`: the feeds, where it is known how fresh they are; `broken_until`: the reader broke the glass; `leads`: where they may
/// be led.
pub(crate) fn draw(
    patient: &Patient,
    known: Option<&[Feed]>,
    broken_until: Option<DateTime<Utc>>,
    leads: Leads,
    zone: Tz,
) -> layout::Sheet {
    let title = person::full_name(&identity(patient)).unwrap_or_else(|| say::unnamed(&patient.id));
    let content = html! {
        div #patient data-list data-patient=(patient.id) data-as-of=(time::rfc3339(patient.as_of)) {
            @if let Some(until) = broken_until {
                div #broken.banner data-key="broken" { p { (say::broken(&time::at(until, zone))) } }
            }
            (freshness(known, zone))
            p.as-of data-key="as-of" { (words::board::as_of_now(&time::at_second(patient.as_of, zone), zone.name())) }
            (banner::draw(patient, known, zone))
            (further(patient, zone))
            (reaching(patient, zone))
            (stays(patient, leads, zone))
            (trends::draw(patient, zone))
            (orders::draw(patient, zone))
            (moved::draw(&patient.moved, leads, zone))
            (waiting(&patient.waiting, leads, zone))
            (quarantined(&patient.quarantined, zone))
            (review::history(&patient.reviews, zone))
        }
    };
    layout::page(&layout::Frame { title: &title, place: "/patients", is_live: true }, &content)
}

/// What of the feeds must be known before the page is read. That nobody knows it is told, too.
fn freshness(known: Option<&[Feed]>, zone: Tz) -> Markup {
    html! {
        @match known {
            Some(known) => (feeds::banners(known, true, zone)),
            None => div.banners data-key="banners" data-list role="status" aria-atomic="false" {
                div #banner-unknown.banner data-key="unknown" role="note" { p { (say::freshness_unknown()) } }
            },
        }
    }
}

fn identity(patient: &Patient) -> Person {
    let known = patient.person.as_ref().map(|person| &person.current.value);
    Person {
        patient_id: Some(patient.id.clone()),
        name_received: known.is_some(),
        first_name: known.and_then(|person| person.first_name.clone()),
        last_name: known.and_then(|person| person.last_name.clone()),
        date_of_birth: known.and_then(|person| person.date_of_birth),
    }
}

/// When somebody was born, or why that is not said.
pub(crate) fn born(who: &Person, as_of: DateTime<Utc>, zone: Tz) -> Markup {
    html! {
        @if who.name_received { (person::born(who.date_of_birth, as_of, zone)) }
        @else { span.born { (say::BIRTH_NOT_RECEIVED) } }
    }
}

/// What need not stay in sight, and where all of it comes from.
fn further(patient: &Patient, zone: Tz) -> Markup {
    html! {
        div.further data-key="further" {
            @match &patient.person {
                Some(tracked) => {
                    (details(&tracked.current.value))
                    (lineage::disclose(tracked, zone, earlier_person))
                }
                None => p.flag { (say::NO_FILE_YET) },
            }
        }
    }
}

fn details(person: &Demographics) -> Markup {
    html! {
        dl {
            div { dt { (label::PHYSICIAN) } dd { (text(person.primary_physician.as_deref())) } }
            div { dt { (label::BLOOD_TYPE) } dd { (text(person.blood_type.as_deref())) } }
            div { dt { (label::INSURANCE) } dd { (text(person.insurance_provider.as_deref())) } }
        }
    }
}

fn text(said: Option<&str>) -> &str {
    said.unwrap_or(say::NOT_RECORDED)
}

fn earlier_person(person: &Demographics) -> String {
    say::earlier(person, person.date_of_birth.map(time::date).as_deref())
}

/// How the patient is reached: their own words first, then what the PMS has where it differs.
fn reaching(patient: &Patient, zone: Tz) -> Markup {
    let person = patient.person.as_ref().map(|person| &person.current.value);
    let pms = |field: Field| match field {
        Field::PreferredName => None,
        Field::Address => person?.address.as_deref(),
        Field::Phone => person?.phone.as_deref(),
        Field::Email => person?.email.as_deref(),
    };
    html! {
        section #contact data-key="contact" aria-label=(say::CONTACT) {
            dl.facts {
                @for field in Field::ALL {
                    @let (own, pms) = (patient.contact.of(field), pms(field));
                    @if field != Field::PreferredName || own.is_some() {
                        div data-field=(field.as_str()) { dt { (words::contact::field(field)) } (reached(own, pms, zone)) }
                    }
                }
            }
        }
    }
}

fn reached(own: Option<&Said>, pms: Option<&str>, zone: Tz) -> Markup {
    html! {
        @if let Some(own) = own {
            dd.lines { (own.value) span.by { (say::own_words(&time::at(own.said_at, zone))) } }
        }
        @match (own, pms) {
            (Some(own), Some(pms)) if own.value != pms => dd.lines.other { (pms) span.by { (say::FROM_PMS) } },
            (Some(_), _) => {}
            (None, Some(pms)) => dd.lines { (pms) span.by { (say::FROM_PMS) } },
            (None, None) => dd.none { (say::NOT_RECORDED) },
        }
    }
}

fn stays(patient: &Patient, leads: Leads, zone: Tz) -> Markup {
    html! {
        section #stays data-key="stays" data-list aria-labelledby="heading-stays" {
            h2 #heading-stays data-key="heading" { (stay_words::heading(&number::size(patient.stays.len()))) }
            @if patient.stays.is_empty() { p.none data-key="none" { (stay_words::NONE) } }
            @for stay in &patient.stays { (one_stay(patient, stay, leads, zone)) }
        }
    }
}

fn one_stay(patient: &Patient, stay: &PatientStay, leads: Leads, zone: Tz) -> Markup {
    let admission = &stay.admission;
    let is_open = stay.is_open(patient.as_of);
    let case = leads.ops.then(|| person::path("/ops/cases", &[&admission.case_number]));
    html! {
        article.stay-card data-key={ "case " (admission.case_number) } data-case=(admission.case_number) data-open=(is_open) data-state=[stay.state.map(State::as_str)] {
            h3 { (condition(stay, patient.as_of)) " " (stay_words::case(admission)) }
            (clocks(patient, stay, zone))
            @if let Some(case) = case.as_ref().filter(|_| stay.is_in_conflict()) { p { a href=(case) { (stay_words::DECIDE) } } }
            @if let Some(decided) = stay.decided.as_deref() { p.decided { (stay_words::decided(decided)) @if let Some(case) = &case { " " a href=(case) { (stay_words::THE_CASE) } } } }
            @if stay.long_open { p.flag { (stay_words::LONG_OPEN) } }
            (judgement(patient, stay, leads, zone))
            @if is_open || stay.state.is_some() { (review::holds(&patient.standing(stay), stay.idle_since, patient.as_of, zone)) }
            @if is_open { p.act { a href=(person::path("/patients", &[&patient.id, "stays", &admission.case_number])) { (words::acting::REVIEW) } } }
            (timeline::draw(patient, stay, zone))
            @if let Some(versions) = &stay.versions { (lineage::disclose(versions, zone, |said| earlier_stay(said, zone))) }
        }
    }
}

/// The state under which the board lists the stay, or why it does not.
fn condition(stay: &PatientStay, as_of: DateTime<Utc>) -> Markup {
    html! {
        @match stay.state {
            Some(state) => (badge::draw(state)),
            None if stay.is_open(as_of) => span.badge.badge-fine { (stay_words::NOT_LISTED) },
            None if stay.is_void() => span.badge.badge-over { (stay_words::SET_ASIDE) },
            None if stay.admission.is_expected(as_of) => span.badge.badge-over { (stay_words::EXPECTED) },
            None => span.badge.badge-over { (stay_words::OVER) },
        }
    }
}

fn clocks(patient: &Patient, stay: &PatientStay, zone: Tz) -> Markup {
    let (admission, as_of) = (&stay.admission, patient.as_of);
    let (is_expected, is_planned) = (admission.is_expected(as_of), admission.is_release_planned(as_of));
    html! {
        dl.clocks {
            div {
                dt { (if is_expected { stay_words::ADMISSION_EXPECTED } else { label::ADMITTED }) }
                dd { (time::at(admission.admitted_at, zone)) }
            }
            div {
                dt { (if is_planned { stay_words::RELEASE_PLANNED } else { label::RELEASED }) }
                dd { @match admission.released_at { Some(at) => (time::at(at, zone)), None => (stay_words::NOT_RELEASED) } }
            }
            div { dt { (column(Sort::Admitted)) } dd { (in_hospital(admission, as_of)) } }
            div { dt { (column(Sort::Performed)) } dd.last-performed { (optional(stay.last_performed_at, zone)) } }
            div { dt { (column(Sort::Ordered)) } dd { (optional(stay.last_ordered_at, zone)) } }
        }
    }
}

/// For how long; nobody can tell where the release comes before the admission.
fn in_hospital(admission: &Admission, as_of: DateTime<Utc>) -> String {
    if admission.is_expected(as_of) {
        return stay_words::NOT_YET.to_owned();
    }
    let until = admission.released_at.map_or(as_of, |released| released.min(as_of));
    let length = until - admission.admitted_at;
    if length < TimeDelta::zero() { words::NOT_KNOWN.to_owned() } else { time::duration(length) }
}

fn optional(at: Option<DateTime<Utc>>, zone: Tz) -> Markup {
    html! { @match at { Some(at) => (time::at(at, zone)), None => span.none { (words::NONE_SINCE_ADMISSION) } } }
}

/// Why the board lists the stay, or why it does not.
fn judgement(patient: &Patient, stay: &PatientStay, leads: Leads, zone: Tz) -> Markup {
    let idle = time::duration(patient.as_of - stay.idle_since);
    html! {
        @if let Some(state) = stay.state {
            div.why {
                (why::in_full(&Clocks {
                    as_of: patient.as_of,
                    zone,
                    admitted_at: Some(stay.admission.admitted_at),
                    released_at: stay.admission.released_at,
                    idle_since: Some(stay.idle_since),
                    last_performed_at: stay.last_performed_at,
                    open_order: stay.open_order.as_ref(),
                    state,
                    doubt: &stay.doubt,
                    leads,
                }))
            }
        } @else if stay.is_open(patient.as_of) {
            p.why { (stay_words::not_on_the_board(&idle, stay.threshold_hours)) }
        }
    }
}

fn earlier_stay(said: &Admission, zone: Tz) -> String {
    let at = |at| time::date_time(at, zone);
    stay_words::earlier(said, &at(said.admitted_at), said.released_at.map(at).as_deref())
}

fn waiting(waiting: &[Waiting], leads: Leads, zone: Tz) -> Markup {
    html! {
        @if let Some(first) = waiting.first() {
            section #waiting.doubt-section data-key="waiting" data-list aria-labelledby="heading-waiting" {
                h2 #heading-waiting data-key="heading" { (say::waiting(&number::count(first.total))) }
                p data-key="why" { (say::WHY_WAITING) }
                @for one in waiting { (one_waiting(one, leads, zone)) }
                @if let Some(said) = only_newest(waiting.len(), first.total) { p data-key="newest" { (said) } }
            }
        }
    }
}

fn one_waiting(one: &Waiting, leads: Leads, zone: Tz) -> Markup {
    let said = &one.result.current.value;
    let performed = time::at(said.performed_at, zone);
    html! {
        article.waiting-result data-key={ "result " (said.result_id) } data-result=(said.result_id) {
            p { (say::one_result(&order_words::value(said), &performed, &said.result_id, &said.test_id)) }
            @if !one.others.is_empty() { p.reason { (say::shared_test(&person::links(&one.others), one.has_more_others)) } }
            @if leads.ops { p { a href=(person::path("/ops/results", &[&said.result_id])) { (say::DECIDE_RESULT) } } }
            @if one.reason == "no_test" { p.reason { (say::NO_TEST) } }
            @if said.future_dated { p.reason { (say::FUTURE) } }
            (lineage::source(&one.result.current.lineage, zone))
            (lineage::earlier(&one.result, zone, |said| earlier_waiting(said, zone)))
        }
    }
}

fn earlier_waiting(said: &LabResult, zone: Tz) -> String {
    order_words::earlier_waiting(said, &time::date_time(said.performed_at, zone))
}

fn quarantined(records: &[QuarantinedRecord], zone: Tz) -> Markup {
    html! {
        @if let Some(first) = records.first() {
            section #quarantined.doubt-section data-key="quarantined" aria-labelledby="heading-quarantined" {
                h2 #heading-quarantined { (say::quarantined(&number::count(first.total))) }
                ul { @for record in records { li { (one_quarantined(record, zone)) } } }
                @if let Some(said) = only_newest(records.len(), first.total) { p { (said) } }
            }
        }
    }
}

/// That not all of so many are shown, where they are not.
fn only_newest(shown: usize, total: i64) -> Option<String> {
    let shown = shown as i64;
    (shown < total).then(|| say::only_newest(&number::count(shown), &number::count(total)))
}

fn one_quarantined(record: &QuarantinedRecord, zone: Tz) -> Markup {
    let object = lineage::object(record.object_key.as_deref(), record.sha256.as_deref());
    let at = time::at_second(record.seen_at, zone);
    html! {
        (say::one_quarantined(words::feed(&record.feed), record.column_name.as_deref(), &record.reason, record.is_newer))
        p.source { (words::lineage::not_taken(&object, (record.record, record.map_version), &at)) }
    }
}
