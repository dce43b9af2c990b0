//! A patient's own record, in plain words and long dates.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use maud::{Markup, html};

use crate::parts::layout::{Frame, Sheet, page};
use crate::parts::time;
use crate::people::contact::{Entered, Field};
use crate::views::own::{Look, Own, OwnResult, OwnStay};
use crate::views::patient::Demographics;

/// What became of the form.
pub(crate) struct Form<'a> {
    /// What was typed and not taken.
    pub(crate) entered: &'a [Entered],
    /// Everything was taken.
    pub(crate) is_saved: bool,
}

/// The whole page.
pub(crate) fn draw(own: &Own, form: &Form<'_>, zone: Tz) -> Sheet {
    let content = html! {
        div.own {
            header.head { div.headline {
                h1 { (greeting(own)) }
                p.as-of { "What the hospital's systems have said about you, as of " (time::long(own.as_of, zone)) "." }
            } }
            p { "It may be incomplete or late. If anything here worries you, or is not about you, talk to the people who care for you." }
            (about(own, zone))
            (contact(own, form, zone))
            (stays(own, zone))
            (results(&own.results, zone))
            (looks(&own.looks, zone))
        }
    };
    page(&Frame { title: "My record", place: "/me", is_live: false, reload: None }, &content)
}

/// By the name that the patient prefers, else by that of the PMS.
fn greeting(own: &Own) -> String {
    let preferred = own.contact.of(Field::PreferredName).map(|said| said.value.clone());
    let name = preferred.or_else(|| {
        let me = own.me.as_ref()?;
        let names: Vec<&str> = [me.first_name.as_deref(), me.last_name.as_deref()].into_iter().flatten().collect();
        (!names.is_empty()).then(|| names.join(" "))
    });
    name.map_or_else(|| "Your record".to_owned(), |name| format!("Your record, {name}"))
}

fn about(own: &Own, zone: Tz) -> Markup {
    let said = |text: Option<&str>| text.map_or_else(|| "not recorded".to_owned(), str::to_owned);
    let born = |me: &Demographics| {
        me.date_of_birth.map_or_else(
            || "not recorded".to_owned(),
            |day| {
                let age = time::age(day, own.as_of, zone)
                    .map(|age| format!(" ({})", age.replace(" y", " years")))
                    .unwrap_or_default();
                time::long_date(day) + &age
            },
        )
    };
    html! {
        section #about aria-labelledby="heading-about" {
            h2 #heading-about { "About you" }
            @if let Some(me) = &own.me {
                dl.facts {
                    div { dt { "First name" } dd { (said(me.first_name.as_deref())) } }
                    div { dt { "Last name" } dd { (said(me.last_name.as_deref())) } }
                    div { dt { "Born" } dd { (born(me)) } }
                    div { dt { "Patient id" } dd { (own.patient_id) } }
                    div { dt { "Your physician" } dd { (said(me.primary_physician.as_deref())) } }
                    div { dt { "Insurance" } dd { (said(me.insurance_provider.as_deref())) } }
                    div { dt { "Blood type" } dd { (said(me.blood_type.as_deref())) } }
                    div { dt { "Allergies" } dd { (allergies(me.allergies.as_deref())) } }
                }
                p.help { "These come from the hospital's patient administration. Is anything wrong? Ask the admissions desk to correct it, and bring something that shows who you are: the correction appears here with the next update." }
            } @else {
                p.none { "Your personal details have not been received yet. Your patient id is " (own.patient_id) "." }
            }
        }
    }
}

fn allergies(said: Option<&str>) -> &str {
    match said.map(str::trim) {
        None | Some("") => "not recorded",
        Some(said) if said.eq_ignore_ascii_case("none") => "none known",
        Some(said) => said,
    }
}

fn contact(own: &Own, form: &Form<'_>, zone: Tz) -> Markup {
    let faults = form.entered.iter().filter(|one| one.fault.is_some()).count();
    html! {
        section #contact aria-labelledby="heading-contact" {
            h2 #heading-contact { "How we can reach you" }
            @if form.is_saved { div #done.notice role="status" { p { strong { "Saved." } " The people who care for you see it from now on." } } }
            @if faults > 0 { div #trouble.banner role="alert" { p { strong { "Nothing is saved yet." } " See what is said beside the fields." } } }
            form.contact method="post" action="/me/contact" {
                @for field in Field::ALL { (contact_field(own, form, field, zone)) }
                p { button type="submit" { "Save" } }
            }
            p.help { "What you say here stays yours: no file of the patient administration changes it. Leave a field empty to take back what you said." }
            @if !own.sayings.is_empty() { (sayings(own, zone)) }
        }
    }
}

fn contact_field(own: &Own, form: &Form<'_>, field: Field, zone: Tz) -> Markup {
    let name = field.as_str();
    let typed = form.entered.iter().find(|one| one.field == field);
    let said = own.contact.of(field);
    let value = typed.map(|one| one.value.as_str()).or(said.map(|said| said.value.as_str())).unwrap_or_default();
    let fault = typed.and_then(|one| one.fault.as_deref());
    let note = format!("{name}-note");
    let autocomplete = match field {
        Field::PreferredName => "nickname",
        Field::Address => "street-address",
        Field::Phone => "tel",
        Field::Email => "email",
    };
    html! {
        div.field {
            label for=(name) { (field.words()) }
            @if field == Field::Address {
                textarea id=(name) name=(name) rows="3" maxlength=(field.longest()) autocomplete=(autocomplete)
                    aria-invalid=[fault.map(|_| "true")] aria-describedby=(note) { (value) }
            } @else {
                input id=(name) name=(name) maxlength=(field.longest()) autocomplete=(autocomplete) value=(value)
                    aria-invalid=[fault.map(|_| "true")] aria-describedby=(note);
            }
            p.note id=(note) {
                @if let Some(fault) = fault { strong.fault { (fault) } " " }
                @if let Some(said) = said { "Your own words, of " (time::long(said.said_at, zone)) ". " }
                @if let Some(pms) = said_by_pms(own.me.as_ref(), field) { "The patient administration has: " (pms) }
            }
        }
    }
}

fn said_by_pms(me: Option<&Demographics>, field: Field) -> Option<&str> {
    let me = me?;
    match field {
        Field::PreferredName => None,
        Field::Address => me.address.as_deref(),
        Field::Phone => me.phone.as_deref(),
        Field::Email => me.email.as_deref(),
    }
}

fn sayings(own: &Own, zone: Tz) -> Markup {
    html! {
        details #sayings {
            summary { "What you said before" }
            ul.looks { @for saying in &own.sayings { li {
                @if let Some(field) = Field::ALL.into_iter().find(|field| field.as_str() == saying.field) { (field.words()) ": " }
                @match &saying.value { Some(value) => strong { (value) }, None => "taken back" }
                ", on " (time::long(saying.said_at, zone))
            } } }
        }
    }
}

fn stays(own: &Own, zone: Tz) -> Markup {
    html! {
        section #stays aria-labelledby="heading-stays" {
            h2 #heading-stays { "Your stays in hospital" }
            @if own.stays.is_empty() { p.none { "No stay is known." } }
            ul { @for stay in &own.stays { li.stay-card data-case=(stay.case_number) { (one_stay(stay, own.as_of, zone)) } } }
        }
    }
}

fn one_stay(stay: &OwnStay, as_of: DateTime<Utc>, zone: Tz) -> Markup {
    let place = stay.department.as_deref().unwrap_or("a department that is not recorded");
    html! {
        h3 { (place) @if let Some(room) = &stay.room { ", room " (room) } }
        p {
            "You came on " (time::long(stay.admitted_at, zone))
            @match stay.released_at {
                Some(at) if at > as_of => { " and are expected to leave on " (time::long(at, zone)) "." }
                Some(at) => { " and left on " (time::long(at, zone)) "." }
                None => { ". No discharge has been recorded." }
            }
        }
        @if stay.is_in_doubt { p.help { "The hospital's records contradict each other about this stay; they are being checked." } }
        p.help { "Case number " (stay.case_number) }
    }
}

fn results(results: &[OwnResult], zone: Tz) -> Markup {
    html! {
        section #results aria-labelledby="heading-results" {
            h2 #heading-results { "Your laboratory tests" }
            @if results.is_empty() { p.none { "No test is known." } } @else {
                p.help { "A result outside the usual range is not always a sign of illness. Your physician can tell you what it means for you." }
                ul { @for result in results { li.stay-card data-test=(result.test_id) { (one_result(result, zone)) } } }
            }
        }
    }
}

fn one_result(result: &OwnResult, zone: Tz) -> Markup {
    html! {
        h3 { (result.test_name.as_deref().unwrap_or("A test whose name has not been received")) }
        @if let Some(at) = result.performed_at {
            p { strong { (verdict(result.status.as_deref())) } @if let Some(value) = measured(result) { " It measured " (value) "." } }
            @if result.future_dated == Some(true) {
                p.help { "The date that was sent with this result lies in the future; it is being checked." }
            } @else {
                p.help { "Performed on " (time::long(at, zone)) }
            }
        } @else if let Some(at) = result.ordered_at {
            p { "Ordered on " (time::long(at, zone)) ". No result has been received." }
        }
    }
}

fn verdict(status: Option<&str>) -> String {
    match status {
        Some("Normal") => "Within the usual range.".to_owned(),
        Some("Abnormal High") => "Above the usual range.".to_owned(),
        Some("Abnormal Low") => "Below the usual range.".to_owned(),
        Some(other) => format!("The laboratory says: {other}."),
        None => "The laboratory has not judged it.".to_owned(),
    }
}

fn measured(result: &OwnResult) -> Option<String> {
    let value = result.value.as_deref()?;
    // A list of units says of none of them that it is this value's.
    let unit = result.unit.as_deref().filter(|unit| !unit.contains(','));
    Some(unit.map_or_else(|| value.to_owned(), |unit| format!("{value} {unit}")))
}

fn looks(looks: &[Look], zone: Tz) -> Markup {
    html! {
        section #looks aria-labelledby="heading-looks" {
            h2 #heading-looks { "Who has looked at your record" }
            @if looks.is_empty() { p.none { "Nobody has opened it here yet." } } @else {
                p.help { "The newest first, at most a hundred." }
                ul.looks { @for look in looks { li { (one_look(look, zone)) } } }
            }
        }
    }
}

fn one_look(look: &Look, zone: Tz) -> Markup {
    let did = match look.action.as_str() {
        "asked" => "decided or asked something about it",
        "break-glass" => "asked to open it from another department, and said why,",
        _ => "opened it",
    };
    html! { strong { (look.actor) } " (" (look.role) ") " (did) " on " (time::long(look.at, zone)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_told_in_plain_words() {
        assert_eq!(verdict(Some("Abnormal High")), "Above the usual range.");
        assert_eq!(verdict(None), "The laboratory has not judged it.");
        let mut result = OwnResult {
            test_id: "T1".to_owned(),
            test_name: None,
            ordered_at: None,
            value: Some("0.8887".to_owned()),
            unit: Some("g/dL".to_owned()),
            status: None,
            performed_at: None,
            future_dated: None,
        };
        assert_eq!(measured(&result).as_deref(), Some("0.8887 g/dL"));
        result.unit = Some("K/uL, M/uL, g/dL".to_owned());
        assert_eq!(measured(&result).as_deref(), Some("0.8887"));
    }
}
