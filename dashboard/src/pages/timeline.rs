//! A patient's stays on a line of time, with what was ordered, performed and acknowledged on it: an ordered list that is
//! drawn as a line, so that it reads the same without seeing it.
//!
//! Invariant: nothing that is in doubt stands on the line as if it were certain; an anomaly says what it is.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use maud::{Markup, html};

use crate::parts::time;
use crate::views::patient::{Anomaly, Patient, PatientStay};
use crate::views::review::{Act, Review};
use crate::words::{acting, label, orders, timeline as words};

/// So many moments are shown of one stay; more hide in a disclosure.
const SHOWN: usize = 14;

/// One moment of a stay.
struct Moment<'a> {
    at: DateTime<Utc>,
    kind: Kind<'a>,
}

enum Kind<'a> {
    Admitted,
    Released,
    Ordered { test: &'a str, by: Option<&'a str>, is_performed: bool },
    Performed { test: &'a str, value: String, anomalies: &'a [Anomaly] },
    Reviewed(&'a Review),
}

/// What happened within one stay, the newest first.
pub(crate) fn draw(patient: &Patient, stay: &PatientStay, zone: Tz) -> Markup {
    let moments = moments(patient, stay);
    let (shown, hidden) = moments.split_at(moments.len().min(SHOWN));
    html! {
        details.timeline open[stay.is_open(patient.as_of)] {
            summary { (words::heading(moments.len())) }
            (line(shown, zone))
            @if !hidden.is_empty() {
                details { summary { (words::earlier(hidden.len())) } (line(hidden, zone)) }
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
            Self::Admitted => "admitted",
            Self::Released => "released",
            Self::Ordered { .. } => "ordered",
            Self::Performed { .. } => "performed",
            Self::Reviewed(_) => "reviewed",
        }
    }
}

fn what(kind: &Kind<'_>) -> Markup {
    html! {
        @match kind {
            Kind::Admitted => strong { (label::ADMITTED) },
            Kind::Released => strong { (label::RELEASED) },
            Kind::Ordered { test, by, is_performed } => (words::ordered(test, *by, *is_performed)),
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

fn moments<'a>(patient: &'a Patient, stay: &PatientStay) -> Vec<Moment<'a>> {
    let mut moments = vec![Moment { at: stay.admission.admitted_at, kind: Kind::Admitted }];
    moments.extend(stay.admission.released_at.map(|at| Moment { at, kind: Kind::Released }));
    for order in &patient.orders {
        let named = order.test.as_ref().and_then(|test| test.current.value.name.as_deref());
        let test = named.unwrap_or(words::TEST_NOT_NAMED);
        if let Some(said) = order.test.as_ref().map(|test| &test.current.value) {
            let is_performed = !order.results.is_empty();
            let kind = Kind::Ordered { test, by: said.ordering_physician.as_deref(), is_performed };
            moments.push(Moment { at: said.ordered_at, kind });
        }
        for judged in &order.results {
            let said = &judged.result.current.value;
            let kind = Kind::Performed { test, value: orders::value(said), anomalies: &judged.anomalies };
            moments.push(Moment { at: said.performed_at, kind });
        }
    }
    moments.retain(|moment| stay.contains(moment.at));
    let reviews = patient.reviews.iter().filter(|review| review.case_number == stay.admission.case_number);
    moments.extend(reviews.map(|review| Moment { at: review.at, kind: Kind::Reviewed(review) }));
    moments.sort_by_key(|moment| std::cmp::Reverse(moment.at));
    moments
}
