//! A patient's stays on a line of time, with what was ordered, performed and acknowledged on it: an ordered list that is
//! drawn as a line, so that it reads the same without seeing it.
//!
//! Invariant: nothing that is in doubt stands on the line as if it were certain, and nothing that is yet to come as if it had
//! happened; an anomaly says what it is. Admission and release always stand on it, however they contradict each other.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use maud::{Markup, html};

use crate::parts::{number, time};
use crate::views::patient::{Anomaly, Patient, PatientStay};
use crate::views::review::{Act, Review};
use crate::words::{acting, label, orders, stay as stay_words, timeline as words};

/// So many moments are shown of one stay; more hide in a disclosure.
const SHOWN: usize = 14;

/// One moment of a stay.
struct Moment<'a> {
    at: DateTime<Utc>,
    kind: Kind<'a>,
}

enum Kind<'a> {
    Admitted { is_expected: bool },
    Released { is_planned: bool },
    Ordered { test: &'a str, by: Option<&'a str>, is_performed: bool },
    OrderedAhead { test: &'a str, by: Option<&'a str> },
    Performed { test: &'a str, value: String, anomalies: &'a [Anomaly] },
    Reviewed(&'a Review),
}

/// What happened within one stay, the newest first.
pub(crate) fn draw(patient: &Patient, stay: &PatientStay, zone: Tz) -> Markup {
    let moments = moments(patient, stay);
    let (shown, hidden) = moments.split_at(moments.len().min(SHOWN));
    html! {
        details.timeline open[stay.is_open(patient.as_of)] {
            summary { (words::heading(&number::size(moments.len()))) }
            (line(shown, zone))
            @if !hidden.is_empty() {
                details { summary { (words::earlier(&number::size(hidden.len()))) } (line(hidden, zone)) }
            }
        }
    }
}

fn line(moments: &[Moment<'_>], zone: Tz) -> Markup {
    html! {
        ol.line {
            @for (place, moment) in moments.iter().enumerate() {
                li data-kind=(moment.kind.word()) {
                    (time::at(moment.at, zone)) " "
                    span.what { (what(&moment.kind)) }
                    @if let Some(gap) = gap(moments, place) { span.gap { (words::before_the_next(&time::duration(gap))) } }
                }
            }
        }
    }
}

/// A silence of a day and more before the moment above it.
fn gap(moments: &[Moment<'_>], place: usize) -> Option<TimeDelta> {
    let later = moments.get(place.checked_sub(1)?)?;
    let gap = later.at - moments[place].at;
    (gap >= TimeDelta::days(1)).then_some(gap)
}

impl Kind<'_> {
    fn word(&self) -> &'static str {
        match self {
            Self::Admitted { .. } => "admitted",
            Self::Released { .. } => "released",
            Self::Ordered { .. } | Self::OrderedAhead { .. } => "ordered",
            Self::Performed { .. } => "performed",
            Self::Reviewed(_) => "reviewed",
        }
    }
}

fn what(kind: &Kind<'_>) -> Markup {
    html! {
        @match kind {
            Kind::Admitted { is_expected } => strong { (if *is_expected { stay_words::ADMISSION_EXPECTED } else { label::ADMITTED }) },
            Kind::Released { is_planned } => strong { (if *is_planned { stay_words::RELEASE_PLANNED } else { label::RELEASED }) },
            Kind::Ordered { test, by, is_performed } => (words::ordered(test, *by, *is_performed)),
            Kind::OrderedAhead { test, by } => {
                (words::order_ahead(test, *by))
                span.anomaly { " · " (orders::ORDERED_AHEAD) }
            }
            Kind::Performed { test, value, anomalies } => {
                (words::performed(test, value))
                @for anomaly in *anomalies { span.anomaly { " · " (orders::anomaly(*anomaly)) } }
            }
            Kind::Reviewed(review) => (reviewed(review)),
        }
    }
}

fn reviewed(review: &Review) -> Markup {
    let done = acting::done(Act::from_word(&review.act));
    words::reviewed(&review.by_account, done, acting::said_reason(review), review.comment.as_deref())
}

/// The newest first; of one instant the release stands above all else, and the admission below.
fn moments<'a>(patient: &'a Patient, stay: &PatientStay) -> Vec<Moment<'a>> {
    let (admission, as_of) = (&stay.admission, patient.as_of);
    let is_planned = admission.is_release_planned(as_of);
    let released = admission.released_at.map(|at| Moment { at, kind: Kind::Released { is_planned } });
    let is_expected = admission.is_expected(as_of);
    let admitted = Moment { at: admission.admitted_at, kind: Kind::Admitted { is_expected } };
    let tested = tested(patient).into_iter().filter(|moment| stay.contains(moment.at));
    let reviews = patient.reviews.iter().filter(|review| review.case_number == admission.case_number);
    let reviewed = reviews.map(|review| Moment { at: review.at, kind: Kind::Reviewed(review) });
    let mut moments: Vec<Moment<'_>> = released.into_iter().chain(tested).chain(reviewed).chain([admitted]).collect();
    moments.sort_by_key(|moment| std::cmp::Reverse(moment.at));
    moments
}

/// Whatever was ordered and performed, in this stay or another.
fn tested(patient: &Patient) -> Vec<Moment<'_>> {
    let mut moments = Vec::new();
    for order in &patient.orders {
        let named = order.test.as_ref().and_then(|test| test.current.value.name.as_deref());
        let test = named.unwrap_or(words::TEST_NOT_NAMED);
        if let Some(said) = order.test.as_ref().map(|test| &test.current.value) {
            let (by, is_performed) = (said.ordering_physician.as_deref(), order.is_performed());
            let is_to_come = said.is_to_come(patient.as_of);
            let kind =
                if is_to_come { Kind::OrderedAhead { test, by } } else { Kind::Ordered { test, by, is_performed } };
            moments.push(Moment { at: said.ordered_at, kind });
        }
        for judged in &order.results {
            let said = &judged.result.current.value;
            let kind = Kind::Performed { test, value: orders::value(said), anomalies: &judged.anomalies };
            moments.push(Moment { at: said.performed_at, kind });
        }
    }
    moments
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::tests::text;
    use crate::views::patient::invented::{ago, odd, order, patient, result, review, stay, unlisted};

    /// The kind of every moment of the only stay, and what is said of it, from the top down.
    fn told(patient: &Patient) -> Vec<(String, String)> {
        let html = draw(patient, &patient.stays[0], Tz::UTC).into_string();
        let moments = html.split("<li data-kind=\"").skip(1).map(|moment| {
            let (kind, rest) = moment.split_once("\">").unwrap();
            (kind.to_owned(), text(rest.split("</li>").next().unwrap()))
        });
        moments.collect()
    }

    fn kinds(told: &[(String, String)]) -> Vec<&str> {
        told.iter().map(|(kind, _)| kind.as_str()).collect()
    }

    #[test]
    fn orders_tests_and_acts_stand_on_the_line_of_their_stay_the_newest_first() {
        let mut patient = patient(stay(76));
        let before_the_stay = order("Old", 900, vec![result("1", "mg/L", 890)]);
        let performed = order("Troponin", 70, vec![result("1.25", "mg/L", 65)]);
        patient.orders = vec![before_the_stay, order("Lactate", 3, Vec::new()), performed];
        patient.reviews = vec![review(1, Act::Acknowledged, 2, ago(65))];
        let told = told(&patient);
        assert_eq!(kinds(&told), ["reviewed", "ordered", "performed", "ordered", "admitted"]);
        for (place, said) in [
            (0, "21-Nov-2026 08:15 ada acknowledged it: Palliative care"),
            (1, "21-Nov-2026 07:15 Ordered Lactate by Dr. Bo Order, not performed"),
            (2, "18-Nov-2026 17:15 Performed Troponin: 1.25 mg/L"),
            (3, "18-Nov-2026 12:15 Ordered Troponin by Dr. Bo Order"),
            (4, "18-Nov-2026 06:15 Admitted"),
        ] {
            assert!(told[place].1.starts_with(said), "{said}: {told:?}");
        }
        assert!(!told[3].1.contains("not performed") && told[2].1.contains("2 d 14 h before the next"), "{told:?}");
    }

    #[test]
    fn what_is_yet_to_come_is_not_told_as_if_it_had_happened() {
        let said = |admitted, released| {
            let told = told(&patient(unlisted(ago(admitted), Some(ago(released)))));
            told.into_iter().map(|(_, said)| said).collect::<Vec<_>>()
        };
        let past = said(76, 5);
        assert!(past[0].contains("Released") && past[1].contains("Admitted"), "{past:?}");
        let planned = said(76, -5);
        assert!(planned[0].contains("Release planned") && planned[1].contains("Admitted"), "{planned:?}");
        let expected = said(-5, -50);
        assert!(expected[0].contains("Release planned") && expected[1].contains("Admission expected"), "{expected:?}");
    }

    #[test]
    fn a_result_that_is_dated_in_the_future_performs_no_order() {
        let future = || odd(result("9", "mg/L", -30), Anomaly::FutureDated);
        let said = |results| {
            let told = told(&Patient { orders: vec![order("Lactate", 3, results)], ..patient(stay(76)) });
            told.into_iter().find(|(kind, _)| kind == "ordered").unwrap().1
        };
        assert!(said(vec![future()]).contains("not performed"));
        assert!(!said(vec![result("1", "mg/L", 1), future()]).contains("not performed"));
    }

    #[test]
    fn an_order_of_the_future_is_marked_and_not_told_as_if_it_had_been_placed() {
        let orders = vec![order("Lactate", -3, Vec::new()), order("Troponin", 3, Vec::new())];
        let told = told(&Patient { orders, ..patient(stay(76)) });
        assert_eq!(kinds(&told), ["ordered", "ordered", "admitted"]);
        let ahead = "Order of Lactate by Dr. Bo Order · Ordered in the future: it is not counted";
        assert!(told[0].1.contains(ahead), "{told:?}");
        assert!(told[1].1.contains("Ordered Troponin") && !told[1].1.contains("future"), "{told:?}");
    }

    #[test]
    fn a_release_before_its_admission_hides_neither() {
        let told = told(&patient(unlisted(ago(5), Some(ago(76)))));
        assert_eq!(kinds(&told), ["admitted", "released"]);
    }
}
