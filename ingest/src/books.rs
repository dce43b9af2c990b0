//! The books of an object: in which of seven ways each of its records ended.
//!
//! Invariant: `records` is the sum of the seven; the warehouse checks it too (`books_balance`).

use serde::Serialize;

/// Counts of records by outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Books {
    /// Records after the header.
    pub records: i64,
    /// New keys.
    pub inserted: i64,
    /// Known keys with new content.
    pub updated: i64,
    /// Known keys with known content.
    pub unchanged: i64,
    /// Older than what is known, kept as history.
    pub superseded: i64,
    /// Left out by a filter that the map states.
    pub skipped: i64,
    /// Could not be taken.
    pub quarantined: i64,
    /// Results that belong to no patient or to several.
    pub waiting: i64,
}

impl Books {
    /// Whether every record is in exactly one place.
    pub fn balance(&self) -> bool {
        let outcomes = [
            self.inserted,
            self.updated,
            self.unchanged,
            self.superseded,
            self.skipped,
            self.quarantined,
            self.waiting,
        ];
        self.records == outcomes.iter().sum::<i64>()
    }

    /// Moves records that were taken into `waiting`.
    ///
    /// Which of the four outcomes a record had is not kept for each record; they leave from the fullest first, so that the
    /// books balance and none goes below zero.
    pub fn back_to_waiting(&mut self, mut count: i64) {
        self.waiting += count;
        while count > 0 {
            let mut taken = [&mut self.inserted, &mut self.updated, &mut self.unchanged, &mut self.superseded];
            taken.sort_by_key(|outcome| -**outcome);
            let moved = count.min(*taken[0]);
            if moved == 0 {
                self.waiting -= count;
                return;
            }
            *taken[0] -= moved;
            count -= moved;
        }
    }

    /// Adds other books to these.
    pub fn add(&mut self, other: &Self) {
        self.records += other.records;
        self.inserted += other.inserted;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
        self.superseded += other.superseded;
        self.skipped += other.skipped;
        self.quarantined += other.quarantined;
        self.waiting += other.waiting;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_that_go_back_to_waiting_keep_the_balance() {
        let mut books = Books { records: 5, inserted: 3, unchanged: 2, ..Books::default() };
        books.back_to_waiting(4);
        assert!(books.balance());
        assert_eq!((books.waiting, books.inserted + books.unchanged), (4, 1));
    }
}
