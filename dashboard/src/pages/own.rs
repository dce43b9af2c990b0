//! A patient's own record, in plain words and long dates.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use maud::{Markup, html};

use crate::parts::layout::{Frame, Sheet, page};
use crate::parts::{number, time};
use crate::people::contact::{Entered, Field};
use crate::views::own::{Look, MOST_LOOKS, MOST_RESULTS, MOST_SAYINGS, Own, OwnResult, OwnStay};
use crate::views::patient::{Allergies, Demographics, sole_unit};
use crate::words::own::contact as contact_words;
use crate::words::{self, frame, label, own as say};

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
                p.as-of { (say::said_about_you(&time::long(own.as_of, zone))) }
            } }
            p { (say::INCOMPLETE) }
            (about(own, zone))
            (contact(own, form, zone))
            (stays(own, zone))
            (results(&own.results, zone))
            (looks(&own.looks, zone))
        }
    };
    page(&Frame { title: frame::MY_RECORD, place: "/me", is_live: false }, &content)
}

/// By the name that the patient prefers, else by that of the PMS.
fn greeting(own: &Own) -> String {
    let preferred = own.contact.of(Field::PreferredName).map(|said| said.value.clone());
    let name = preferred.or_else(|| {
        let me = own.me.as_ref()?;
        let names: Vec<&str> = [me.first_name.as_deref(), me.last_name.as_deref()].into_iter().flatten().collect();
        (!names.is_empty()).then(|| names.join(" "))
    });
    say::greeting(name.as_deref())
}

fn about(own: &Own, zone: Tz) -> Markup {
    let said = |text: Option<String>| text.unwrap_or_else(|| words::NOT_RECORDED.to_owned());
    let born = |day| say::born(&time::long_date(day), time::long_age(day, own.as_of, zone).as_deref());
    html! {
        section #about aria-labelledby="heading-about" {
            h2 #heading-about { (say::ABOUT) }
            @if let Some(me) = &own.me {
                dl.facts {
                    div { dt { (say::FIRST_NAME) } dd { (said(me.first_name.clone())) } }
                    div { dt { (say::LAST_NAME) } dd { (said(me.last_name.clone())) } }
                    div { dt { (label::BORN) } dd { (said(me.date_of_birth.map(born))) } }
                    div { dt { (say::PATIENT_ID) } dd { (own.patient_id) } }
                    div { dt { (say::PHYSICIAN) } dd { (said(me.primary_physician.clone())) } }
                    div { dt { (label::INSURANCE) } dd { (said(me.insurance_provider.clone())) } }
                    div { dt { (label::BLOOD_TYPE) } dd { (said(me.blood_type.clone())) } }
                    div { dt { (label::ALLERGIES) } dd { (allergies(me)) } }
                }
                p.help { (say::CORRECTION) }
            } @else {
                p.none { (say::not_received(&own.patient_id)) }
            }
        }
    }
}

fn allergies(me: &Demographics) -> String {
    match me.allergies() {
        Allergies::NotRecorded => words::NOT_RECORDED.to_owned(),
        Allergies::NoneKnown(said) => say::no_allergies(said),
        Allergies::Known(said) => said.to_owned(),
    }
}

fn contact(own: &Own, form: &Form<'_>, zone: Tz) -> Markup {
    let faults = form.entered.iter().filter(|one| one.fault.is_some()).count();
    html! {
        section #contact aria-labelledby="heading-contact" {
            h2 #heading-contact { (contact_words::HEADING) }
            @if form.is_saved { div #done.notice role="status" { p { (contact_words::saved()) } } }
            @if faults > 0 { div #trouble.banner role="alert" { p { (contact_words::not_saved()) } } }
            form.contact method="post" action="/me/contact" {
                @for field in Field::ALL { (contact_field(own, form, field, zone)) }
                p { button type="submit" { (contact_words::SAVE) } }
            }
            p.help { (contact_words::YOURS) }
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
            label for=(name) { (words::contact::field(field)) }
            @if field == Field::Address {
                textarea id=(name) name=(name) rows="3" maxlength=(field.longest()) autocomplete=(autocomplete)
                    aria-invalid=[fault.map(|_| "true")] aria-describedby=(note) { (value) }
            } @else {
                input id=(name) name=(name) maxlength=(field.longest()) autocomplete=(autocomplete) value=(value)
                    aria-invalid=[fault.map(|_| "true")] aria-describedby=(note);
            }
            p.note id=(note) {
                @if let Some(fault) = fault { strong.fault { (fault) } " " }
                @if let Some(said) = said { (contact_words::own_words(&time::long(said.said_at, zone))) " " }
                @if let Some(pms) = said_by_pms(own.me.as_ref(), field) { (contact_words::pms_has(pms)) }
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
            summary { (contact_words::BEFORE) }
            ul.looks { @for saying in &own.sayings {
                @let field = Field::ALL.into_iter().find(|field| field.as_str() == saying.field).map(words::contact::field);
                li { (contact_words::saying(field, saying.value.as_deref(), &time::long(saying.said_at, zone))) }
            } }
            (only_newest(own.sayings.len(), MOST_SAYINGS))
        }
    }
}

fn stays(own: &Own, zone: Tz) -> Markup {
    html! {
        section #stays aria-labelledby="heading-stays" {
            h2 #heading-stays { (say::STAYS) }
            @if own.stays.is_empty() { p.none { (say::NO_STAY) } }
            ul { @for stay in &own.stays { li.stay-card data-case=(stay.case_number) { (one_stay(stay, own.as_of, zone)) } } }
        }
    }
}

fn one_stay(stay: &OwnStay, as_of: DateTime<Utc>, zone: Tz) -> Markup {
    let department = stay.department.as_deref().unwrap_or(say::NO_DEPARTMENT);
    let came = time::long(stay.admitted_at, zone);
    html! {
        h3 { (words::place(department, stay.room.as_deref())) }
        p {
            @match stay.released_at {
                Some(at) if at > as_of => (say::will_leave(&came, &time::long(at, zone))),
                Some(at) => (say::left(&came, &time::long(at, zone))),
                None => (say::still_here(&came)),
            }
        }
        @if stay.is_in_doubt { p.help { (say::IN_DOUBT) } }
        p.help { (say::case(&stay.case_number)) }
    }
}

fn results(results: &[OwnResult], zone: Tz) -> Markup {
    html! {
        section #results aria-labelledby="heading-results" {
            h2 #heading-results { (say::TESTS) }
            @if results.is_empty() { p.none { (say::NO_TEST) } } @else {
                p.help { (say::NOT_ALWAYS_ILLNESS) }
                ul { @for result in results { li.stay-card data-test=(result.test_id) { (one_result(result, zone)) } } }
                (only_newest(results.len(), MOST_RESULTS))
            }
        }
    }
}

fn one_result(result: &OwnResult, zone: Tz) -> Markup {
    html! {
        h3 { (result.test_name.as_deref().unwrap_or(say::TEST_NOT_NAMED)) }
        @if let Some(at) = result.performed_at {
            p { strong { (say::verdict(result.status.as_deref())) } @if let Some(value) = measured(result) { " " (say::measured(&value)) } }
            @if result.future_dated == Some(true) {
                p.help { (say::FUTURE) }
            } @else {
                p.help { (say::performed(&time::long(at, zone))) }
            }
        } @else if let Some(at) = result.ordered_at {
            p { (say::ordered(&time::long(at, zone))) }
        }
    }
}

fn measured(result: &OwnResult) -> Option<String> {
    let value = result.value.as_deref()?;
    let unit = result.unit.as_deref().and_then(sole_unit);
    Some(unit.map_or_else(|| value.to_owned(), |unit| format!("{value} {unit}")))
}

fn looks(looks: &[Look], zone: Tz) -> Markup {
    html! {
        section #looks aria-labelledby="heading-looks" {
            h2 #heading-looks { (say::LOOKS) }
            @if looks.is_empty() { p.none { (say::NO_LOOK) } } @else {
                p.help { (say::NEWEST_LOOKS) }
                ul.looks { @for look in looks { li { (one_look(look, zone)) } } }
                (only_newest(looks.len(), MOST_LOOKS))
            }
        }
    }
}

/// No list ends in silence where there is more.
fn only_newest(shown: usize, most: usize) -> Markup {
    html! { @if shown >= most { p.help { (say::only_newest(&number::size(most))) } } }
}

fn one_look(look: &Look, zone: Tz) -> Markup {
    say::look(&look.actor, &look.role, &look.action, &time::long(look.at, zone))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::tests::text;

    #[test]
    fn a_result_is_told_in_plain_words() {
        assert_eq!(say::verdict(Some("Abnormal High")), "Above the usual range.");
        assert_eq!(say::verdict(None), "The laboratory has not judged it.");
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

    #[test]
    fn a_list_that_was_cut_says_so() {
        let look =
            Look { at: DateTime::UNIX_EPOCH, actor: "ada".to_owned(), role: String::new(), action: String::new() };
        let drawn = |count| looks(&vec![look.clone(); count], Tz::UTC).into_string();
        assert!(!drawn(MOST_LOOKS - 1).contains("Only the newest"));
        assert!(drawn(MOST_LOOKS).contains("Only the newest 100 are shown here"));
    }

    #[test]
    fn who_looked_is_told_as_what_they_did() {
        let at = DateTime::UNIX_EPOCH;
        let told = |actor: &str, role: &str, action: &str| {
            let (actor, role, action) = (actor.to_owned(), role.to_owned(), action.to_owned());
            text(&one_look(&Look { at, actor, role, action }, Tz::UTC).into_string())
        };
        assert!(
            told("ada", "ops", "doubt viewed").starts_with("ada (ops) looked at a record in doubt that names you on ")
        );
        let decided = told("command line", "", "asked");
        assert!(
            decided.starts_with("The people who run this system decided or asked something about it on "),
            "{decided}"
        );
    }

    #[test]
    fn none_known_is_told_with_the_words_that_may_mean_less() {
        let told =
            |said: &str| allergies(&Demographics { allergies: Some(said.to_owned()), ..Demographics::default() });
        assert_eq!([told("None"), told("NKDA"), told("Latex")], ["none known", "none known (“NKDA”)", "Latex"]);
    }
}
