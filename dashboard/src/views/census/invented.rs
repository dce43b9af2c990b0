//! Invented stays, for tests of what is made of them.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::entry::Words;
use super::{Census, DEFAULT_HOURS, DEFAULT_LONG_OPEN_DAYS, Entry};
use crate::views::board::{Doubt, Person};

/// A moment to be relied on.
pub(crate) fn now() -> DateTime<Utc> {
    "2026-11-21T10:15:00Z".parse().unwrap_or_default()
}

/// A stay without a test for so many hours, since its admission.
pub(crate) fn entry(id: &str, idle_hours: i64) -> Entry {
    let since = now() - TimeDelta::hours(idle_hours);
    Entry {
        person: Person {
            patient_id: Some(id.to_owned()),
            name_received: true,
            first_name: Some(format!("Given{id}")),
            last_name: Some(format!("Family{id}")),
            date_of_birth: None,
        },
        case_number: Some(format!("case-{id}")),
        twin: 1,
        look_alike: false,
        department: None,
        room: None,
        physician: None,
        admitted_at: Some(since),
        released_at: None,
        idle_since: Some(since),
        last_performed_at: None,
        last_ordered_at: None,
        open_order: None,
        doubt: Doubt::default(),
        conflict: None,
        threshold_hours: 48,
        threshold_set_at: None,
        told_at: None,
        doubted_at: None,
        words: Words::default(),
    }
}

/// An admission of which only the numbers could be read.
pub(crate) fn unreadable(id: &str, case: &str) -> Entry {
    let doubt = Doubt { reasons: vec!["unreadable_admission".to_owned()], ..Doubt::default() };
    let person = Person { patient_id: Some(id.to_owned()), ..Person::default() };
    let case_number = Some(case.to_owned());
    Entry { person, case_number, doubt, admitted_at: None, idle_since: None, ..entry(id, 0) }
}

/// A census of these stays.
pub(crate) fn census(entries: Vec<Entry>) -> Census {
    census_where(&[], entries)
}

/// A census of these stays where departments have thresholds of their own.
pub(crate) fn census_where(own: &[(&str, i32)], mut entries: Vec<Entry>) -> Census {
    let own: HashMap<String, i32> = own.iter().map(|(department, hours)| ((*department).to_owned(), *hours)).collect();
    for entry in &mut entries {
        let hours = entry.department.as_ref().and_then(|department| own.get(department));
        entry.threshold_hours = hours.copied().unwrap_or(entry.threshold_hours);
    }
    Census::of(entries, now(), now(), Vec::new(), DEFAULT_HOURS, own, DEFAULT_LONG_OPEN_DAYS)
}

/// The same stay in contradiction with another record.
pub(crate) fn contradicting(entry: Entry, conflict: &str) -> Entry {
    let doubt = Doubt { reasons: vec![conflict.to_owned()], ..Doubt::default() };
    Entry { conflict: Some(conflict.to_owned()), doubt, ..entry }
}
