//! The results of one patient: as they are, what they were before and whose, and those that are the patient's no longer.
//!
//! Invariant: a version that once stood as the patient's is told for good, wherever its result is now. Whose it is, or was before,
//! is not told beyond that it is another patient's: the reader may not be allowed to know of that one. A result of a single version
//! that a person gave to another patient left no version here; that decision is told where ops see it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::{LabResult, OTHERS, Snapshot, Traces, Waiting, Whose, lineage};
use crate::views::tracked::{Gathered, Lineage, Tracked, Version, track};

/// A result that was this patient's, as it was last.
#[derive(Debug, Clone)]
pub(crate) struct Moved {
    pub(crate) result: Tracked<LabResult>,
    /// Whether it is nobody's now; if not, it is another patient's.
    pub(crate) waits: bool,
}

/// All of them.
#[derive(Debug)]
pub(super) struct Results {
    pub(super) own: Vec<Tracked<LabResult>>,
    pub(super) waiting: Vec<Waiting>,
    pub(super) moved: Vec<Moved>,
}

/// A version that does not stand under the patient.
#[derive(Debug)]
struct Elsewhere {
    /// Of another patient only those are read that are not.
    is_current: bool,
    version: Version<LabResult>,
}

/// The result in a row that carries its columns; its type is the query's own.
macro_rules! lab_result {
    ($row:expr, $whose:expr) => {
        LabResult {
            result_id: $row.result_id,
            test_id: $row.test_id,
            value: $row.result_value_text,
            unit: $row.result_unit,
            reference_range: $row.reference_range,
            status: $row.result_status,
            performed_at: $row.performed_at,
            reviewing_physician: $row.reviewing_physician,
            future_dated: $row.future_dated,
            whose: $whose,
        }
    };
}

/// Reads the results of a patient. What stands elsewhere is asked for only where there is something.
pub(super) async fn read(snapshot: &mut Snapshot, id: &str, traces: &Traces) -> Result<Results, sqlx::Error> {
    let own = own(snapshot, id).await?;
    let (waiting, mut asked) = if traces.waiting { waiting(snapshot, id).await? } else { (Vec::new(), Vec::new()) };
    asked.extend(own.gone.iter().map(id_of));
    if traces.moved {
        asked.extend(own.rows.iter().map(id_of));
    }
    let elsewhere = if asked.is_empty() { Vec::new() } else { elsewhere(snapshot, id, &asked).await? };
    Ok(settle(own, waiting, elsewhere))
}

async fn own(snapshot: &mut Snapshot, id: &str) -> Result<Gathered<LabResult>, sqlx::Error> {
    let rows = sqlx::query_file!("src/sql/result_versions.sql", id).fetch_all(&mut *snapshot.tx).await?;
    let versions = rows.into_iter().map(|row| {
        let value = lab_result!(row, Whose::ThisPatient);
        (row.is_current, Version { value, lineage: lineage!(row) })
    });
    Ok(track(versions.collect(), |result| result.result_id.clone()))
}

/// Those that wait, and the ids of those that were something else before.
async fn waiting(snapshot: &mut Snapshot, id: &str) -> Result<(Vec<Waiting>, Vec<String>), sqlx::Error> {
    let rows = sqlx::query_file!("src/sql/waiting_results.sql", id).fetch_all(&mut *snapshot.tx).await?;
    let changed = rows.iter().filter(|row| row.has_earlier).map(|row| row.result_id.clone()).collect();
    let waiting = rows.into_iter().map(|row| {
        let value = lab_result!(row, Whose::Nobody);
        Waiting {
            result: Tracked { current: Version { value, lineage: lineage!(row) }, earlier: Vec::new() },
            reason: row.reason,
            has_more_others: row.others.len() > OTHERS,
            others: row.others.into_iter().take(OTHERS).collect(),
            total: row.total,
        }
    });
    Ok((waiting.collect(), changed))
}

async fn elsewhere(snapshot: &mut Snapshot, id: &str, results: &[String]) -> Result<Vec<Elsewhere>, sqlx::Error> {
    let rows = sqlx::query_file!("src/sql/result_elsewhere.sql", id, results).fetch_all(&mut *snapshot.tx).await?;
    let versions = rows.into_iter().map(|row| {
        let whose = if row.is_waiting { Whose::Nobody } else { Whose::AnotherPatient };
        let value = lab_result!(row, whose);
        Elsewhere { is_current: row.is_current, version: Version { value, lineage: lineage!(row) } }
    });
    Ok(versions.collect())
}

fn id_of(result: &Tracked<LabResult>) -> String {
    result.current.value.result_id.clone()
}

/// Gives every version its place: under its result where the page has that one, else among those that are gone.
fn settle(own: Gathered<LabResult>, mut waiting: Vec<Waiting>, elsewhere: Vec<Elsewhere>) -> Results {
    let Gathered { rows: mut own, gone } = own;
    let told: BTreeSet<String> = waiting.iter().map(|one| id_of(&one.result)).collect();
    let mut waits = BTreeSet::new();
    let mut before: BTreeMap<String, Vec<Version<LabResult>>> = BTreeMap::new();
    for Elsewhere { is_current, version } in elsewhere {
        let id = version.value.result_id.clone();
        if is_current {
            waits.insert(id);
        } else {
            before.entry(id).or_default().push(version);
        }
    }
    let mut moved = Vec::new();
    for result in gone {
        let id = id_of(&result);
        if told.contains(&id) {
            before.entry(id).or_default().extend(std::iter::once(result.current).chain(result.earlier));
        } else {
            moved.push(Moved { waits: waits.contains(&id), result });
        }
    }
    for result in own.iter_mut().chain(waiting.iter_mut().map(|one| &mut one.result)) {
        if let Some(versions) = before.remove(&result.current.value.result_id) {
            result.add_earlier(versions);
        }
    }
    moved.sort_by_key(|one| Reverse(one.result.current.value.performed_at));
    Results { own, waiting, moved }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::patient::invented;

    /// A version of this result, so many hours old.
    fn version(id: &str, value: &str, hours: i64, whose: Whose) -> Version<LabResult> {
        let Version { value: said, lineage } = invented::result(value, "mg/L", 50).result.current;
        let at = invented::ago(hours);
        Version {
            value: LabResult { result_id: id.to_owned(), whose, ..said },
            lineage: Lineage { first_seen_at: at, last_seen_at: at, ..lineage },
        }
    }

    fn row(id: &str, value: &str, hours: i64) -> Tracked<LabResult> {
        Tracked { current: version(id, value, hours, Whose::ThisPatient), earlier: Vec::new() }
    }

    fn before(id: &str, value: &str, hours: i64, whose: Whose) -> Elsewhere {
        Elsewhere { is_current: false, version: version(id, value, hours, whose) }
    }

    fn waits(id: &str) -> Elsewhere {
        Elsewhere { is_current: true, version: version(id, "9", 1, Whose::Nobody) }
    }

    fn waiting(id: &str) -> Waiting {
        let result = Tracked { current: version(id, "9", 1, Whose::Nobody), earlier: Vec::new() };
        Waiting { result, ..invented::waiting(1) }
    }

    fn earlier(result: &Tracked<LabResult>) -> Vec<(&str, Whose)> {
        let told = result.earlier.iter().map(|version| &version.value);
        told.map(|said| (said.value.as_deref().unwrap_or_default(), said.whose)).collect()
    }

    #[test]
    fn what_left_the_patient_is_told_with_whether_it_waits_now() {
        let gone = vec![row("R1", "1", 9), row("R2", "2", 9)];
        let results = settle(Gathered { rows: Vec::new(), gone }, Vec::new(), vec![waits("R2")]);
        let told = results.moved.iter().map(|one| (one.result.current.value.result_id.as_str(), one.waits));
        assert_eq!(told.collect::<Vec<_>>(), [("R1", false), ("R2", true)]);
        assert!(results.own.is_empty() && results.waiting.is_empty());
    }

    #[test]
    fn what_came_from_another_patient_or_waited_stands_under_the_result() {
        let own = Gathered { rows: vec![row("R1", "3", 1), row("R2", "5", 1)], gone: Vec::new() };
        let elsewhere = vec![before("R1", "1", 9, Whose::AnotherPatient), before("R1", "2", 5, Whose::Nobody)];
        let results = settle(own, Vec::new(), elsewhere);
        assert_eq!(earlier(&results.own[0]), [("2", Whose::Nobody), ("1", Whose::AnotherPatient)]);
        assert!(results.own[1].earlier.is_empty() && results.moved.is_empty());
    }

    #[test]
    fn a_result_that_waits_again_keeps_what_it_was_and_is_told_once() {
        let mut last = row("R1", "2", 5);
        last.earlier = vec![version("R1", "1", 9, Whose::ThisPatient)];
        let elsewhere = vec![waits("R1"), before("R1", "3", 7, Whose::AnotherPatient)];
        let results = settle(Gathered { rows: Vec::new(), gone: vec![last] }, vec![waiting("R1")], elsewhere);
        let was = [("2", Whose::ThisPatient), ("3", Whose::AnotherPatient), ("1", Whose::ThisPatient)];
        assert_eq!(earlier(&results.waiting[0].result), was);
        assert!(results.moved.is_empty(), "{:?}", results.moved);
    }
}
