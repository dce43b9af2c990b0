//! How a patient is named: `FAMILY, Given`, born, id; and how a link to the patient's page is written.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use maud::{Markup, html};
use url::Url;

use super::time;
use crate::views::board::Person;
use crate::words::person as words;

/// `FAMILY, Given`; says so when the name is not there.
pub(crate) fn name(person: &Person) -> Markup {
    html! {
        @match full_name(person) {
            Some(name) => span.name { (name) },
            None if person.name_received => span.name.missing { (words::NAME_NOT_RECORDED) },
            None => span.name.missing { (words::NAME_NOT_RECEIVED) },
        }
    }
}

/// `FAMILY, Given` where either is known. A given name alone says that it is no whole name.
pub(crate) fn full_name(person: &Person) -> Option<String> {
    let family = person.last_name.as_deref().filter(|name| !name.is_empty()).map(str::to_uppercase);
    let given = person.first_name.clone().filter(|name| !name.is_empty());
    match (family, given) {
        (Some(family), Some(given)) => Some(format!("{family}, {given}")),
        (None, Some(given)) => Some(words::given_alone(&given)),
        (family, None) => family,
    }
}

/// `Born 03-Feb-1951 (75 y)`
pub(crate) fn born(day: Option<NaiveDate>, as_of: DateTime<Utc>, zone: Tz) -> Markup {
    html! {
        span.born {
            @match day {
                Some(day) => (words::born(&time::date(day), time::age(day, as_of, zone).as_deref())),
                None => (words::BIRTH_NOT_RECORDED),
            }
        }
    }
}

/// Beside a name that is easily taken for another one.
pub(crate) fn look_alike() -> Markup {
    html! { span.alike title=(words::WHY_LOOK_ALIKE) { (words::LOOK_ALIKE) } }
}

/// The address of a patient's page, whatever the id holds.
pub(crate) fn address(patient_id: &str) -> String {
    path("/patients", &[patient_id])
}

/// An address below a page, one segment for each id.
pub(crate) fn path(page: &str, ids: &[&str]) -> String {
    let Ok(mut url) = Url::parse(&format!("http://board{page}")) else { return page.to_owned() };
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.extend(ids);
    }
    url.path().to_owned()
}

/// Links to several patients by id.
pub(crate) fn links(patient_ids: &[String]) -> Markup {
    html! {
        @for (place, id) in patient_ids.iter().enumerate() {
            @if place > 0 { ", " }
            a href=(address(id)) { (id) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(first: Option<&str>, last: Option<&str>) -> Person {
        Person {
            name_received: true,
            first_name: first.map(str::to_owned),
            last_name: last.map(str::to_owned),
            ..Person::default()
        }
    }

    #[test]
    fn the_family_name_is_in_capitals() {
        assert_eq!(full_name(&person(Some("Jürgen"), Some("Groß"))).as_deref(), Some("GROSS, Jürgen"));
        assert_eq!(full_name(&person(None, Some("Li"))).as_deref(), Some("LI"));
        assert_eq!(full_name(&person(None, Some(""))), None);
    }

    #[test]
    fn a_given_name_alone_is_no_whole_name() {
        for family in [None, Some("")] {
            let name = full_name(&person(Some("Ada"), family));
            assert_eq!(name.as_deref(), Some("(family name not recorded), Ada"));
        }
    }

    #[test]
    fn a_name_is_never_markup() {
        let markup = name(&person(Some("<b>x</b>"), Some("\"&"))).into_string();
        assert_eq!(markup, "<span class=\"name\">&quot;&amp;, &lt;b&gt;x&lt;/b&gt;</span>");
    }

    #[test]
    fn a_missing_name_says_so() {
        assert!(name(&Person::default()).into_string().contains("name not received"));
        assert!(name(&person(None, None)).into_string().contains("name not recorded"));
    }

    #[test]
    fn any_id_makes_one_path_segment() {
        assert_eq!(address("P001"), "/patients/P001");
        assert_eq!(address("a/b?c d"), "/patients/a%2Fb%3Fc%20d");
    }
}
