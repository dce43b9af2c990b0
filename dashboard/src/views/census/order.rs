//! The orders in which the board can list: each column both ways, absent values always last.

use chrono::{DateTime, Utc};

use super::Entry;
use crate::query::{Direction, Sort};

/// The places of these stays in an order.
pub(super) fn places(entries: &[Entry], sort: Sort, direction: Direction) -> Vec<u32> {
    let mut places: Vec<u32> = (0..entries.len() as u32).collect();
    let keys: Vec<SortKey<'_>> = entries.iter().map(|entry| key(entry, sort, direction)).collect();
    places.sort_unstable_by(|a, b| keys[*a as usize].cmp(&keys[*b as usize]).then(a.cmp(b)));
    places
}

/// What a stay is sorted by: absent values last, then the column, then longest idle first, patient and case in byte order.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct SortKey<'e>(bool, Column, i64, Option<&'e str>, Option<&'e str>, i64);

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Column {
    None,
    Time(i64),
    Text(Ordered, Ordered),
}

/// A text that sorts by its letters, or against them.
#[derive(PartialEq, Eq)]
struct Ordered(Option<String>, Direction);

impl Ord for Ordered {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let absent_last = self.0.is_none().cmp(&other.0.is_none());
        let by_letters = self.0.cmp(&other.0);
        absent_last.then(if self.1 == Direction::Natural { by_letters } else { by_letters.reverse() })
    }
}

impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

fn key(entry: &Entry, sort: Sort, direction: Direction) -> SortKey<'_> {
    let text = |text: Option<&String>| Ordered(text.map(|text| text.to_lowercase()), direction);
    let sign = if direction == Direction::Natural { 1 } else { -1 };
    let time = |at: Option<DateTime<Utc>>| at.map(|at| Column::Time(at.timestamp_micros() * sign));
    let newest_first = |at: Option<DateTime<Utc>>| at.map(|at| Column::Time(-at.timestamp_micros() * sign));
    let column = match sort {
        Sort::Idle => time(entry.idle_since),
        Sort::State => Some(Column::None),
        Sort::Admitted => time(entry.admitted_at),
        Sort::Performed => time(entry.last_performed_at),
        Sort::Ordered => newest_first(entry.last_ordered_at),
        Sort::Waiting => time(entry.open_order.as_ref().map(|order| order.ordered_at)),
        Sort::Patient => {
            Some(Column::Text(text(entry.person.last_name.as_ref()), text(entry.person.first_name.as_ref())))
        }
        Sort::Department => Some(Column::Text(text(entry.department.as_ref()), text(entry.room.as_ref()))),
        Sort::Physician => Some(Column::Text(text(entry.physician.as_ref()), Ordered(None, direction))),
    };
    let idle = entry.idle_since.map_or(i64::MAX, |at| at.timestamp_micros());
    let (id, case) = (entry.person.patient_id.as_deref(), entry.case_number.as_deref());
    SortKey(column.is_none(), column.unwrap_or(Column::None), idle, id, case, entry.twin)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::views::census::invented::{census, entry, now};

    #[test]
    fn absent_values_stand_last_whichever_way_a_column_runs() {
        let ordered = |id: &str, hours_ago: Option<i64>| Entry {
            last_ordered_at: hours_ago.map(|hours| now() - TimeDelta::hours(hours)),
            ..entry(id, 76)
        };
        let census = census(vec![ordered("1", None), ordered("2", Some(5)), ordered("3", Some(9))]);
        let ids = |direction| -> Vec<&str> {
            let places = census.ordered(Sort::Ordered, direction).iter();
            places.filter_map(|place| census.entry(*place).person.patient_id.as_deref()).collect()
        };
        assert_eq!(ids(Direction::Natural), ["2", "3", "1"]);
        assert_eq!(ids(Direction::Reversed), ["3", "2", "1"]);
    }

    #[test]
    fn ties_are_broken_by_patient_and_case_in_byte_order() {
        let census = census(["b", "a", "B"].map(|id| entry(id, 76)).to_vec());
        let ids: Vec<_> = census
            .ordered(Sort::Idle, Direction::Natural)
            .iter()
            .map(|place| census.entry(*place).person.patient_id.clone())
            .collect();
        assert_eq!(ids.into_iter().flatten().collect::<String>(), "Bab");
    }
}
