//! One stay as the census holds it, and what all of them together say about each: whose names are alike, which are twins.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::plain::plain;
use crate::views::board::{Doubt, OpenOrder, Person};

/// One stay as it was read.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) person: Person,
    pub(crate) case_number: Option<String>,
    /// Tells apart rows whose identifiers could not be read.
    pub(crate) twin: i64,
    pub(crate) look_alike: bool,
    pub(crate) department: Option<String>,
    pub(crate) room: Option<String>,
    pub(crate) physician: Option<String>,
    pub(crate) admitted_at: Option<DateTime<Utc>>,
    pub(crate) released_at: Option<DateTime<Utc>>,
    /// Null: the admission could not be read.
    pub(crate) idle_since: Option<DateTime<Utc>>,
    pub(crate) last_performed_at: Option<DateTime<Utc>>,
    pub(crate) last_ordered_at: Option<DateTime<Utc>>,
    pub(crate) open_order: Option<OpenOrder>,
    pub(crate) doubt: Doubt,
    pub(crate) conflict: Option<String>,
    /// That of the department, or of the hospital.
    pub(crate) threshold_hours: i32,
    /// When that was set.
    pub(crate) threshold_set_at: Option<DateTime<Utc>>,
    /// When what it is now was loaded: its admission, its open order, the correction of a result.
    pub(crate) told_at: Option<DateTime<Utc>>,
    /// When the newest of what makes it doubtful by itself was loaded; none where a feed alone casts a doubt on it.
    pub(crate) doubted_at: Option<DateTime<Utc>>,
    pub(crate) words: Words,
}

/// What a search looks through, as [`plain`] writes it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Words {
    /// Names, id, case and room.
    stay: String,
    physician: String,
}

/// Whose patients are asked for: whoever asks by the whole name of a physician gets those of nobody else; by
/// anything less, those of everybody in whose name each word that is asked begins a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Physician {
    /// The name, as [`plain`] writes it.
    Named(String),
    /// Plain words.
    Like(Vec<String>),
}

/// What makes two names alike, as [`plain`] writes it.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Likeness {
    /// A family name and an initial.
    Family(String, Option<char>),
    /// A given name of which nobody knows the family's.
    Given(String),
}

impl Entry {
    /// Whether each of these plain words is part of a name, id, case or room.
    pub(crate) fn says(&self, words: &[String]) -> bool {
        words.iter().all(|word| self.words.stay.contains(word))
    }

    /// Whether the stay is of a physician who is asked for.
    pub(crate) fn is_of(&self, asked: &Physician) -> bool {
        let name = self.words.physician.as_str();
        let has = |beginning: &String| name.split(' ').any(|word| word.starts_with(beginning.as_str()));
        match asked {
            Physician::Named(asked) => name == asked,
            Physician::Like(words) => words.iter().all(has),
        }
    }

    /// When the stay crosses a threshold of so many hours, unless a test is performed; or when it did.
    pub(crate) fn crosses_at(&self, threshold_hours: i32) -> Option<DateTime<Utc>> {
        self.idle_since.map(|since| since + TimeDelta::hours(i64::from(threshold_hours)))
    }

    /// Whether the patient is in hospital for this stay at a moment, as far as anybody can tell.
    pub(crate) fn is_open(&self, at: DateTime<Utc>) -> bool {
        self.conflict.is_some() || self.released_at.is_none_or(|released| released > at)
    }

    pub(crate) fn is_unreadable(&self) -> bool {
        self.idle_since.is_none()
    }
}

/// Completes what each stay says with what the others say.
pub(super) fn complete(entries: &mut [Entry]) {
    flag_look_alikes(entries);
    number_twins(entries);
    for entry in entries {
        entry.words = words(entry);
    }
}

fn words(entry: &Entry) -> Words {
    let Person { first_name, last_name, patient_id, .. } = &entry.person;
    let said = [last_name, first_name, patient_id, &entry.case_number, &entry.room];
    let said: Vec<&str> = said.into_iter().filter_map(Option::as_deref).collect();
    let physician = entry.physician.as_deref().map(plain).unwrap_or_default();
    Words { stay: plain(&said.join(" ")), physician }
}

/// Two patients in hospital with one family name and initial are easily taken for each other; so are two of whom only one given
/// name is known.
fn flag_look_alikes(entries: &mut [Entry]) {
    let names: Vec<Option<Likeness>> = entries.iter().map(|entry| likeness(&entry.person)).collect();
    let mut bearers: HashMap<&Likeness, HashSet<String>> = HashMap::new();
    for (entry, name) in entries.iter().zip(&names) {
        if let (Some(name), Some(id)) = (name, entry.person.patient_id.clone()) {
            bearers.entry(name).or_default().insert(id);
        }
    }
    for (entry, name) in entries.iter_mut().zip(&names) {
        let bearers = name.as_ref().and_then(|name| bearers.get(name));
        entry.look_alike = bearers.is_some_and(|bearers| bearers.len() > 1);
    }
}

/// Without accents: a list shows `Groß` and `Gross` as one name.
fn likeness(person: &Person) -> Option<Likeness> {
    let known = |name: Option<&str>| name.map(plain).filter(|name| !name.is_empty());
    match (known(person.last_name.as_deref()), known(person.first_name.as_deref())) {
        (Some(family), given) => Some(Likeness::Family(family, given.and_then(|name| name.chars().next()))),
        (None, given) => given.map(Likeness::Given),
    }
}

fn number_twins(entries: &mut [Entry]) {
    let mut seen: HashMap<(Option<String>, Option<String>), i64> = HashMap::new();
    for entry in entries.iter_mut().filter(|entry| entry.is_unreadable()) {
        let count = seen.entry((entry.person.patient_id.clone(), entry.case_number.clone())).or_default();
        *count += 1;
        entry.twin = *count;
    }
}

#[cfg(test)]
mod tests {
    use crate::views::census::invented::{census, entry};

    #[test]
    fn look_alikes_are_two_patients_with_one_family_name_and_initial() {
        let named = |id: &str, first: &str, last: &str| {
            let mut entry = entry(id, 76);
            (entry.person.first_name, entry.person.last_name) = (Some(first.to_owned()), Some(last.to_owned()));
            entry
        };
        let stays = vec![
            named("1", "Ada", "Groß"),
            named("2", "anna", "GROß"),
            named("3", "Berta", "Groß"),
            named("3", "Berta", "Groß"),
            named("4", "Élodie", "Gross"),
            named("5", "emma", "Groß"),
        ];
        let census = census(stays);
        let flags: Vec<bool> = (0..6).map(|place| census.entry(place).look_alike).collect();
        assert_eq!(flags, [true, true, false, false, true, true]);
    }

    #[test]
    fn two_of_whom_only_one_given_name_is_known_are_look_alikes() {
        let named = |id: &str, first: &str, last: Option<&str>| {
            let mut entry = entry(id, 76);
            (entry.person.first_name, entry.person.last_name) = (Some(first.to_owned()), last.map(str::to_owned));
            entry
        };
        let stays = vec![
            named("1", "Ada", None),
            named("2", "ada", Some("")),
            named("3", "Anna", None),
            named("4", "Ada", Some("Groß")),
        ];
        let census = census(stays);
        let flags: Vec<bool> = (0..4).map(|place| census.entry(place).look_alike).collect();
        assert_eq!(flags, [true, true, false, false]);
    }
}
