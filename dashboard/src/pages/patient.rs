//! One patient: who, every stay with its clocks, what was ordered and performed, what is in doubt, where it all comes from.
//!
//! Invariant: a result that is not surely this patient's stands in a section of its own and never among the results.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use maud::{Markup, html};

use super::why::{self, Clocks};
use super::{orders, review, timeline, trends};
use crate::parts::{badge, layout, lineage, person, time};
use crate::people::contact::Field;
use crate::views::board::{Person, State};
use crate::views::contact::Said;
use crate::views::patient::{Admission, Demographics, Patient, PatientStay, QuarantinedRecord, Waiting};
use crate::words;

/// The whole page; `broken_until`: the reader broke the glass.
pub(crate) fn draw(patient: &Patient, broken_until: Option<DateTime<Utc>>, zone: Tz) -> layout::Sheet {
    let title = person::full_name(&identity(patient)).unwrap_or_else(|| format!("Patient {}", patient.id));
    let content = html! {
        div #patient data-list data-patient=(patient.id) data-as-of=(time::rfc3339(patient.as_of)) {
            @if let Some(until) = broken_until {
                div #broken.banner data-key="broken" { p { strong { "Another department's patient." } " Open to you until " (time::at(until, zone)) "; that you look is noted and reviewed." } }
            }
            (banner(patient, zone))
            (reaching(patient, zone))
            (stays(patient, zone))
            (trends::draw(patient, zone))
            (orders::draw(patient, zone))
            (waiting(&patient.waiting, zone))
            (quarantined(&patient.quarantined, zone))
            (review::history(&patient.reviews, zone))
        }
    };
    layout::page(&layout::Frame { title: &title, place: "/patients", is_live: true, reload: None }, &content)
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

fn banner(patient: &Patient, zone: Tz) -> Markup {
    let who = identity(patient);
    html! {
        header.patient-banner data-key="banner" {
            h1 { (person::name(&who)) }
            dl {
                div { dt.quiet { "Born" } dd { (person::born(who.date_of_birth, patient.as_of, zone)) } }
                div { dt { "Id" } dd.id { (patient.id) } }
                @match &patient.person {
                    Some(tracked) => (details(&tracked.current.value)),
                    None => div.allergies.unavailable { dt { "Allergies" } dd #allergies { "Unavailable" } },
                }
            }
            @match &patient.person {
                Some(tracked) => (lineage::disclose(tracked, zone, describe_person)),
                None => p.flag { "No patient file has named this id yet: name, birth date and allergies are not known." },
            }
        }
    }
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
        section #contact data-key="contact" aria-label="Personal details" {
            dl.facts {
                @for field in Field::ALL {
                    @let (own, pms) = (patient.contact.of(field), pms(field));
                    @if field != Field::PreferredName || own.is_some() {
                        div data-field=(field.as_str()) { dt { (field.words()) } (reached(own, pms, zone)) }
                    }
                }
            }
        }
    }
}

fn reached(own: Option<&Said>, pms: Option<&str>, zone: Tz) -> Markup {
    html! {
        @if let Some(own) = own {
            dd.lines { (own.value) span.by { "patient's own, " (time::at(own.said_at, zone)) } }
        }
        @match (own, pms) {
            (Some(own), Some(pms)) if own.value != pms => dd.lines.other { (pms) span.by { "patient administration" } },
            (Some(_), _) => {}
            (None, Some(pms)) => dd.lines { (pms) span.by { "patient administration" } },
            (None, None) => dd.none { "Not recorded" },
        }
    }
}

fn details(person: &Demographics) -> Markup {
    let allergies = allergies(person.allergies.as_deref());
    html! {
        div class={ "allergies " (allergies.0) } {
            dt { @if allergies.0 == "known" { "Known allergies" } @else { "Allergies" } }
            dd #allergies { (allergies.1) }
        }
        div { dt { "Physician" } dd { (text(person.primary_physician.as_deref())) } }
        div { dt { "Blood type" } dd { (text(person.blood_type.as_deref())) } }
        div { dt { "Insurance" } dd { (text(person.insurance_provider.as_deref())) } }
    }
}

/// Exactly one of: known, no known, not recorded. They are unavailable where no feed has sent the person.
fn allergies(said: Option<&str>) -> (&'static str, &str) {
    match said.map(str::trim) {
        None | Some("") => ("not-recorded", "Not recorded"),
        Some(said) if said.eq_ignore_ascii_case("none") => ("none-known", "No known allergies"),
        Some(said) => ("known", said),
    }
}

fn text(said: Option<&str>) -> &str {
    said.unwrap_or("Not recorded")
}

fn describe_person(person: &Demographics) -> String {
    let born = person.date_of_birth.map_or_else(|| "not recorded".to_owned(), time::date);
    format!(
        "{}, {}; born {born}; allergies {}; physician {}; blood type {}; insurance {}{}",
        text(person.last_name.as_deref()),
        text(person.first_name.as_deref()),
        text(person.allergies.as_deref()),
        text(person.primary_physician.as_deref()),
        text(person.blood_type.as_deref()),
        text(person.insurance_provider.as_deref()),
        [("address", &person.address), ("phone", &person.phone), ("e-mail", &person.email)]
            .iter()
            .filter_map(|(word, said)| Some(format!("; {word} {}", said.as_deref()?)))
            .collect::<String>()
    )
}

fn stays(patient: &Patient, zone: Tz) -> Markup {
    html! {
        section #stays data-key="stays" aria-labelledby="heading-stays" {
            h2 #heading-stays { "Stays (" (patient.stays.len()) ")" }
            @if patient.stays.is_empty() { p.none { "No admission of this patient has been received." } }
            @for stay in &patient.stays { (one_stay(patient, stay, zone)) }
        }
    }
}

fn one_stay(patient: &Patient, stay: &PatientStay, zone: Tz) -> Markup {
    let admission = &stay.admission;
    let is_open = stay.is_open(patient.as_of);
    html! {
        article.stay-card data-case=(admission.case_number) data-open=(is_open) data-state=[stay.state.map(State::as_str)] {
            h3 {
                @match stay.state {
                    Some(state) => (badge::draw(state)),
                    None if is_open => span.badge.badge-fine { "Not listed" },
                    None if stay.is_void() => span.badge.badge-over { "Set aside" },
                    None => span.badge.badge-over { "Over" },
                }
                " Case " (admission.case_number) ", " (text(admission.department.as_deref()))
                @if let Some(room) = &admission.room { ", room " (room) }
            }
            (clocks(patient, stay, zone))
            @if stay.is_in_conflict() { p { a href=(person::path("/ops/cases", &[&admission.case_number])) { "Decide about this case" } } }
            @if let Some(decided) = stay.decided.as_deref() { p.decided { (in_words(decided)) " " a href=(person::path("/ops/cases", &[&admission.case_number])) { "The case" } } }
            @if stay.long_open { p.flag { "Open for very long: confirm the release." } }
            (judgement(patient, stay, zone))
            @if stay.is_open(patient.as_of) { p.act { a href=(person::path("/patients", &[&patient.id, "stays", &admission.case_number])) { "Review" } } }
            (timeline::draw(patient, stay, zone))
            @if let Some(versions) = &stay.versions { (lineage::disclose(versions, zone, |said| describe_stay(said, zone))) }
        }
    }
}

fn in_words(decided: &str) -> &'static str {
    match decided {
        "other_patient" => "A person decided that this case number is another patient's: the stay is not listed.",
        "left" => "A person decided that the patient has left: the stay is not listed.",
        "still_here" => "A person decided that the patient is still here: the release that was said is void.",
        _ => "A person decided that this case number is this patient's.",
    }
}

fn clocks(patient: &Patient, stay: &PatientStay, zone: Tz) -> Markup {
    let admission = &stay.admission;
    let until = admission.released_at.map_or(patient.as_of, |released| released.min(patient.as_of));
    html! {
        dl.clocks {
            div { dt { "Admitted" } dd { (time::at(admission.admitted_at, zone)) } }
            div {
                dt { @if stay.is_open(patient.as_of) && admission.released_at.is_some() { "Release planned" } @else { "Released" } }
                dd { @match admission.released_at { Some(at) => (time::at(at, zone)), None => "not released" } }
            }
            div { dt { "In hospital" } dd { (time::duration(until - admission.admitted_at)) } }
            div { dt { "Last performed" } dd.last-performed { (optional(stay.last_performed_at, zone)) } }
            div { dt { "Last ordered" } dd { (optional(stay.last_ordered_at, zone)) } }
        }
    }
}

fn optional(at: Option<DateTime<Utc>>, zone: Tz) -> Markup {
    html! { @match at { Some(at) => (time::at(at, zone)), None => span.none { (words::NONE_SINCE_ADMISSION) } } }
}

/// Why the board lists the stay, or why it does not.
fn judgement(patient: &Patient, stay: &PatientStay, zone: Tz) -> Markup {
    let idle = time::duration(patient.as_of - stay.idle_since);
    html! {
        @if let Some(state) = stay.state {
            div.why {
                (why::draw(&Clocks {
                    as_of: patient.as_of,
                    zone,
                    admitted_at: Some(stay.admission.admitted_at),
                    released_at: stay.admission.released_at,
                    idle_since: Some(stay.idle_since),
                    last_performed_at: stay.last_performed_at,
                    open_order: stay.open_order.as_ref(),
                    state,
                    doubt: &stay.doubt,
                }))
            }
        } @else if stay.is_open(patient.as_of) {
            p.why { "Not on the board: " (idle) " without a test"
                @if let Some(hours) = stay.threshold_hours { ", of " (hours) " h allowed" } "."
            }
        }
    }
}

fn describe_stay(said: &Admission, zone: Tz) -> String {
    let released = said
        .released_at
        .map_or_else(|| "not released".to_owned(), |at| format!("released {}", time::date_time(at, zone)));
    let room = said.room.as_deref().unwrap_or("not recorded");
    format!(
        "admitted {}, {released}, {}, room {room}",
        time::date_time(said.admitted_at, zone),
        text(said.department.as_deref())
    )
}

fn waiting(waiting: &[Waiting], zone: Tz) -> Markup {
    html! {
        @if !waiting.is_empty() {
            section #waiting.doubt-section data-key="waiting" aria-labelledby="heading-waiting" {
                h2 #heading-waiting { "Results that may be this patient's (" (waiting.len()) ")" }
                p { "Their test id is not this patient's alone, so they count for nobody and reset no clock." }
                @for one in waiting {
                    article.waiting-result data-result=(one.version.value.result_id) {
                        p { strong { (orders::value(&one.version.value)) } ", performed " (time::at(one.version.value.performed_at, zone))
                            ", result " (one.version.value.result_id) " of test " (one.version.value.test_id) }
                        @if !one.others.is_empty() { p.reason { "The same test id is used for patient " (person::links(&one.others)) "." } }
                        p { a href=(person::path("/ops/results", &[&one.version.value.result_id])) { "Decide whose it is" } }
                        @if one.reason == "no_test" { p.reason { "Its test has not been received." } }
                        @if one.version.value.future_dated { p.reason { "It is dated in the future." } }
                        (lineage::source(&one.version.lineage, zone))
                    }
                }
            }
        }
    }
}

fn quarantined(records: &[QuarantinedRecord], zone: Tz) -> Markup {
    html! {
        @if let Some(first) = records.first() {
            section #quarantined.doubt-section data-key="quarantined" aria-labelledby="heading-quarantined" {
                h2 #heading-quarantined { "Records that could not be taken (" (first.total) ")" }
                ul {
                    @for record in records {
                        li {
                            strong { (words::feed(&record.feed)) } ": "
                            @if let Some(column) = &record.column_name { (column) ": " }
                            (record.reason)
                            @if record.is_newer { ". Newer than what is shown" }
                            p.source { (lineage::object(record.object_key.as_deref(), record.sha256.as_deref())) ", record " (record.record)
                                ", map v" (record.map_version) ", said " (time::at_second(record.seen_at, zone)) }
                        }
                    }
                }
                @if first.total > records.len() as i64 { p { "The newest " (records.len()) " are shown." } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::allergies;

    #[test]
    fn allergies_stand_under_exactly_one_heading() {
        assert_eq!(allergies(Some("None")).1, "No known allergies");
        assert_eq!(allergies(None).1, "Not recorded");
        assert_eq!(allergies(Some("Penicillin")), ("known", "Penicillin"));
    }
}
