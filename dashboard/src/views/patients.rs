//! The list of everyone known, by name, and the search in it.
//!
//! Invariant: a page costs its own rows, or those that are found, however many patients there are: the next one begins where the
//! last one ended, and those who are not searched for are not counted.

use super::Snapshot;
use super::board::Person;
use super::census::Census;
use crate::query::PatientsQuery;

/// Words that a search takes into account.
const WORDS: usize = 4;
/// Names that are told where no name is the one that was typed.
const ALIKE: i64 = 20;

/// One line of the list.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) person: Person,
    /// Whether another patient in hospital has a name like theirs, as far as that is known now.
    pub(crate) look_alike: bool,
    /// Where the patient is in hospital now; empty when nowhere.
    pub(crate) locations: Vec<String>,
}

/// One page of the list.
#[derive(Debug, Clone)]
pub(crate) struct Patients {
    /// How many are found in all; null where nobody was searched for.
    pub(crate) total: Option<i64>,
    pub(crate) known: Vec<Known>,
    /// The patient after whom the next page begins, where there is one.
    pub(crate) next: Option<String>,
    /// Nobody has the name that was typed: these are written nearly like it.
    pub(crate) are_alike: bool,
}

/// One row of the queries about patients who have a row of their own; its type is the query's own.
macro_rules! named {
    ($row:expr) => {
        Known {
            person: Person {
                patient_id: Some($row.patient_id),
                name_received: true,
                first_name: $row.first_name,
                last_name: $row.last_name,
                date_of_birth: $row.date_of_birth,
            },
            look_alike: false,
            locations: $row.locations,
        }
    };
}

impl Patients {
    /// Flags those who are in hospital beside another patient of a name like theirs.
    pub(crate) fn flag_look_alikes(&mut self, census: &Census) {
        let ids = |known: &Known| known.person.patient_id.clone();
        let listed: Vec<String> = self.known.iter().filter_map(ids).collect();
        let flagged = census.look_alikes(listed.iter().map(String::as_str));
        for known in &mut self.known {
            known.look_alike = known.person.patient_id.as_deref().is_some_and(|id| flagged.contains(id));
        }
    }
}

/// What the search name of a patient must fit.
struct Search {
    /// What was typed, where it holds a letter or a digit: it may be the id of a patient whom only admissions name.
    typed: Option<String>,
    words: Vec<String>,
    patterns: [String; WORDS],
}

impl Search {
    /// A word of one or two letters stands for beginnings, a longer one for any part of a name or id.
    fn of(typed: Option<&str>, plain: &str) -> Self {
        let words: Vec<String> = plain.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect();
        let mut patterns = [const { String::new() }; WORDS];
        for (place, pattern) in patterns.iter_mut().enumerate() {
            *pattern = match words.get(place) {
                Some(word) if word.chars().count() < 3 => format!("% {word}%"),
                Some(word) => format!("%{word}%"),
                None => "%".to_owned(),
            };
        }
        Self { typed: typed.filter(|_| !words.is_empty()).map(str::to_owned), words, patterns }
    }
}

/// Reads the page that the query asks for.
pub(crate) async fn read(snapshot: &mut Snapshot, query: &PatientsQuery) -> Result<Patients, sqlx::Error> {
    let plain = match &query.text {
        Some(text) => {
            sqlx::query_scalar!(r#"SELECT warehouse.plain($1) AS "plain!""#, text).fetch_one(&mut *snapshot.tx).await?
        }
        None => String::new(),
    };
    let search = Search::of(query.text.as_deref(), &plain);
    let mut page = page(snapshot, query, &search).await?;
    if page.known.is_empty() && query.after.is_none() && !search.words.is_empty() {
        let known = alike(snapshot, &search.words).await?;
        return Ok(Patients { total: None, are_alike: !known.is_empty(), known, next: None });
    }
    let has_more = page.known.len() as i64 > query.per_page;
    page.known.truncate(query.per_page as usize);
    let last = page.known.last().and_then(|known| known.person.patient_id.clone());
    Ok(Patients { next: last.filter(|_| has_more), ..page })
}

/// One row more than the page has: those with a name, then those whom only admissions name.
async fn page(snapshot: &mut Snapshot, query: &PatientsQuery, search: &Search) -> Result<Patients, sqlx::Error> {
    let wanted = query.per_page + 1;
    let after = query.after.as_deref();
    let place = match after {
        Some(id) => {
            sqlx::query_scalar!(r#"SELECT search_name AS "place!" FROM warehouse.patient WHERE patient_id = $1"#, id)
                .fetch_optional(&mut *snapshot.tx)
                .await?
        }
        None => Some(String::new()),
    };
    let mut page = Patients { total: None, known: Vec::new(), next: None, are_alike: false };
    if let Some(place) = &place {
        let after = after.unwrap_or_default();
        if search.words.is_empty() {
            page.known = named(snapshot, place, after, wanted).await?;
        } else {
            (page.total, page.known) = found(snapshot, search, place, after, wanted).await?;
        }
    }
    let missing = wanted - page.known.len() as i64;
    if missing > 0 {
        let after = if place.is_some() { "" } else { after.unwrap_or_default() };
        let unnamed = unnamed(snapshot, search.typed.as_deref(), after, missing).await?;
        page.total = page.total.map(|total| total + unnamed.len() as i64);
        page.known.extend(unnamed);
    }
    Ok(page)
}

async fn named(snapshot: &mut Snapshot, place: &str, after: &str, wanted: i64) -> Result<Vec<Known>, sqlx::Error> {
    let rows = sqlx::query_file!("src/sql/patients_named.sql", place, after, wanted);
    Ok(rows.fetch_all(&mut *snapshot.tx).await?.into_iter().map(|row| named!(row)).collect())
}

async fn found(
    snapshot: &mut Snapshot,
    search: &Search,
    place: &str,
    after: &str,
    wanted: i64,
) -> Result<(Option<i64>, Vec<Known>), sqlx::Error> {
    // What is asked for decides which index serves it.
    sqlx::query("SET LOCAL plan_cache_mode = force_custom_plan").execute(&mut *snapshot.tx).await?;
    let [first, second, third, fourth] = &search.patterns;
    let rows = sqlx::query_file!("src/sql/patients_found.sql", first, second, third, fourth, place, after, wanted);
    let rows = rows.fetch_all(&mut *snapshot.tx).await?;
    let total = rows.first().map(|row| row.total);
    Ok((total, rows.into_iter().map(|row| named!(row)).collect()))
}

async fn unnamed(
    snapshot: &mut Snapshot,
    id: Option<&str>,
    after: &str,
    wanted: i64,
) -> Result<Vec<Known>, sqlx::Error> {
    let rows = sqlx::query_file!("src/sql/patients_unnamed.sql", id as Option<&str>, after, wanted);
    let rows = rows.fetch_all(&mut *snapshot.tx).await?;
    let known = rows.into_iter().map(|row| Known {
        person: Person { patient_id: Some(row.patient_id), ..Person::default() },
        look_alike: false,
        locations: row.locations,
    });
    Ok(known.collect())
}

async fn alike(snapshot: &mut Snapshot, words: &[String]) -> Result<Vec<Known>, sqlx::Error> {
    // The longest word leads: it tells most.
    let mut words = words.to_vec();
    words.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
    words.truncate(WORDS);
    sqlx::query("SET LOCAL pg_trgm.word_similarity_threshold = 0.4").execute(&mut *snapshot.tx).await?;
    let rows = sqlx::query_file!("src/sql/patients_alike.sql", &words, ALIKE);
    Ok(rows.fetch_all(&mut *snapshot.tx).await?.into_iter().map(|row| named!(row)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_words_stand_for_beginnings_and_long_ones_for_any_part() {
        let search = Search::of(Some("Li"), "li gross 007 x y");
        assert_eq!(search.patterns, ["% li%", "%gross%", "%007%", "% x%"]);
        let everybody = Search::of(Some("_"), "");
        assert_eq!((everybody.patterns, everybody.typed), (["%"; 4].map(str::to_owned), None));
    }
}
