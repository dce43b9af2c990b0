//! One stay as the census holds it, and what all of them together say about each: whose names are alike, which are twins.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};

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
    /// When the present admission was loaded, or what makes it doubtful.
    pub(crate) told_at: Option<DateTime<Utc>>,
    /// What a search looks through, in small letters.
    pub(crate) words: String,
}

impl Entry {
    /// Whether the text, in small letters, is part of a name, id, case or room.
    pub(crate) fn says(&self, text: &str) -> bool {
        self.words.contains(text)
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

fn words(entry: &Entry) -> String {
    let Person { first_name, last_name, patient_id, .. } = &entry.person;
    let whole = last_name.as_ref().map(|last| format!("{last}, {}", first_name.as_deref().unwrap_or_default()));
    let parts =
        [whole.as_ref(), first_name.as_ref(), patient_id.as_ref(), entry.case_number.as_ref(), entry.room.as_ref()];
    parts.into_iter().flatten().map(|part| part.to_lowercase()).collect::<Vec<_>>().join(" ")
}

/// Two patients in hospital with one family name and initial are easily taken for each other.
fn flag_look_alikes(entries: &mut [Entry]) {
    let mut bearers: HashMap<(String, Option<char>), HashSet<String>> = HashMap::new();
    for entry in entries.iter() {
        if let (Some(name), Some(id)) = (likeness(&entry.person), entry.person.patient_id.clone()) {
            bearers.entry(name).or_default().insert(id);
        }
    }
    for entry in entries {
        let name = likeness(&entry.person);
        entry.look_alike = name.and_then(|name| bearers.get(&name)).is_some_and(|bearers| bearers.len() > 1);
    }
}

fn likeness(person: &Person) -> Option<(String, Option<char>)> {
    let family = person.last_name.as_ref().filter(|name| !name.is_empty())?.to_lowercase();
    let initial = person.first_name.as_ref().and_then(|name| name.chars().next());
    Some((family, initial.map(|letter| letter.to_lowercase().next().unwrap_or(letter))))
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
        ];
        let census = census(stays);
        let flags: Vec<bool> = (0..4).map(|place| census.entry(place).look_alike).collect();
        assert_eq!(flags, [true, true, false, false]);
    }
}
