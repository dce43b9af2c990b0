//! The sole owners of test ids, held in memory while results are filled.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};
use sqlx::PgConnection;

use crate::copy;

/// Owners that are held in memory: some 30 bytes each, so that no more than about 120 MiB are taken.
const MOST: i64 = 4_000_000;
/// Fields of a row that is read.
const FIELDS: u16 = 2;

/// Whose a test id is, where it is one patient's.
#[derive(Debug)]
pub(super) struct Owners {
    /// Test id and patient of each owner, one behind the other.
    texts: Vec<u8>,
    places: HashTable<Place>,
    hasher: DefaultHashBuilder,
}

/// Where an owner lies in the texts: test id, then patient.
#[derive(Debug, Clone, Copy)]
struct Place {
    start: u32,
    test: u16,
    patient: u16,
}

impl Owners {
    /// Whether they are few enough.
    pub(super) async fn fit(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
        Ok(count(connection).await? <= MOST)
    }

    /// Those of the warehouse; `None` where there are too many.
    pub(super) async fn read(connection: &mut PgConnection) -> Result<Option<Self>, sqlx::Error> {
        let count = count(connection).await?;
        if count > MOST {
            return Ok(None);
        }
        let mut owners = Self::with_capacity(count as usize);
        let statement =
            "COPY (SELECT test_id, patient_id FROM warehouse.test_owner WHERE NOT is_shared) TO STDOUT (FORMAT binary)";
        copy::read(connection, statement, |bytes| owners.take(bytes)).await?;
        Ok(Some(owners))
    }

    fn with_capacity(owners: usize) -> Self {
        Self { texts: Vec::new(), places: HashTable::with_capacity(owners), hasher: DefaultHashBuilder::default() }
    }

    /// The patient who owns a test id alone.
    pub(super) fn of(&self, test: &str) -> Option<&str> {
        let test = test.as_bytes();
        let place = self.places.find(self.hasher.hash_one(test), |place| self.test(*place) == test)?;
        let end = place.start as usize + usize::from(place.test);
        std::str::from_utf8(&self.texts[end..end + usize::from(place.patient)]).ok()
    }

    fn test(&self, place: Place) -> &[u8] {
        &self.texts[place.start as usize..][..usize::from(place.test)]
    }

    /// Takes the whole rows that the bytes of a binary copy begin with. Returns how many bytes they are.
    fn take(&mut self, bytes: &[u8]) -> usize {
        let mut rest = bytes;
        while let Some((test, patient, after)) = row(rest) {
            self.add(test, patient);
            rest = after;
        }
        bytes.len() - rest.len()
    }

    fn add(&mut self, test: &[u8], patient: &[u8]) {
        let place = Place { start: self.texts.len() as u32, test: test.len() as u16, patient: patient.len() as u16 };
        self.texts.extend_from_slice(test);
        self.texts.extend_from_slice(patient);
        let Self { texts, places, hasher } = self;
        let test_of = |place: &Place| &texts[place.start as usize..][..usize::from(place.test)];
        places.insert_unique(hasher.hash_one(test), place, |place| hasher.hash_one(test_of(place)));
    }
}

/// A row of two texts, and what follows it. `None` where it is not whole, and at the end.
fn row(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (fields, rest) = bytes.split_first_chunk::<2>()?;
    if u16::from_be_bytes(*fields) != FIELDS {
        return None;
    }
    let (test, rest) = text(rest)?;
    let (patient, rest) = text(rest)?;
    Some((test, patient, rest))
}

fn text(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(u32::from_be_bytes(*length) as usize)
}

async fn count(connection: &mut PgConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT count(*) FROM warehouse.test_owner WHERE NOT is_shared").fetch_one(connection).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_taken_wherever_the_bytes_are_cut() {
        let mut bytes = Vec::new();
        for (test, patient) in [("100016", "10007"), ("T-1", "P0012345"), ("\u{e9}", "7")] {
            copy::row(&mut bytes, FIELDS);
            copy::text(&mut bytes, Some(test));
            copy::text(&mut bytes, Some(patient));
        }
        bytes.extend_from_slice(copy::TRAILER);
        for cut in 0..bytes.len() {
            let mut owners = Owners::with_capacity(0);
            let read = owners.take(&bytes[..cut]);
            owners.take(&bytes[read..]);
            let told = ["100016", "T-1", "\u{e9}", "100"].map(|test| owners.of(test));
            assert_eq!(told, [Some("10007"), Some("P0012345"), Some("7"), None], "cut at {cut}");
        }
    }
}
