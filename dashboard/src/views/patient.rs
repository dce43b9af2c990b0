//! One patient: what every feed says now, what it said before, where that was said, and what is in doubt.

#[cfg(test)]
pub(crate) mod invented;
mod results;
#[cfg(test)]
mod tests;

use chrono::{DateTime, NaiveDate, Utc};

use super::board::{Doubt, OpenOrder, State};
use super::review::{Review, Standing};
use super::tracked::{Lineage, Tracked, Version, take, track};
use super::{Snapshot, contact, review};
pub(crate) use results::Moved;
use results::Results;

/// How the hospital says that no allergies are known.
const NO_ALLERGIES: [&str; 2] = ["none", "no known allergies"];
/// How others say it. Some of these tell of drugs alone.
const NO_ALLERGIES_ELSEWHERE: [&str; 5] = ["none known", "nil", "nka", "nkda", "no known drug allergies"];

/// So many of the other patients are told whose a result may be.
const OTHERS: usize = 20;

/// The target of the feeds that tell of the person, whatever ops call them.
pub(crate) const PERSON: &str = "patient";

/// What the patient system says about the person.
#[derive(Debug, Clone, Default)]
pub(crate) struct Demographics {
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) date_of_birth: Option<NaiveDate>,
    pub(crate) primary_physician: Option<String>,
    pub(crate) insurance_provider: Option<String>,
    pub(crate) blood_type: Option<String>,
    pub(crate) allergies: Option<String>,
    pub(crate) address: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) email: Option<String>,
}

/// What the patient system says of allergies: exactly one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Allergies<'a> {
    NotRecorded,
    /// With the words in which it was said, where they may mean drugs alone.
    NoneKnown(Option<&'a str>),
    Known(&'a str),
}

impl Demographics {
    /// A text that is not known to mean *none* is an allergy.
    pub(crate) fn allergies(&self) -> Allergies<'_> {
        let Some(said) = self.allergies.as_deref().map(str::trim).filter(|said| !said.is_empty()) else {
            return Allergies::NotRecorded;
        };
        let is_among = |words: &[&str]| words.iter().any(|word| said.trim_end_matches('.').eq_ignore_ascii_case(word));
        match said {
            _ if is_among(&NO_ALLERGIES) => Allergies::NoneKnown(None),
            _ if is_among(&NO_ALLERGIES_ELSEWHERE) => Allergies::NoneKnown(Some(said)),
            _ => Allergies::Known(said),
        }
    }
}

/// One admission as the patient system says it.
#[derive(Debug, Clone)]
pub(crate) struct Admission {
    pub(crate) case_number: String,
    pub(crate) admitted_at: DateTime<Utc>,
    pub(crate) released_at: Option<DateTime<Utc>>,
    pub(crate) department: Option<String>,
    pub(crate) room: Option<String>,
}

impl Admission {
    /// Whether the patient is yet to come.
    pub(crate) fn is_expected(&self, as_of: DateTime<Utc>) -> bool {
        self.admitted_at > as_of
    }

    /// Whether the patient is yet to go, at a time that was said.
    pub(crate) fn is_release_planned(&self, as_of: DateTime<Utc>) -> bool {
        self.released_at.is_some_and(|released| released > as_of)
    }
}

/// One stay with its clocks.
#[derive(Debug, Clone)]
pub(crate) struct PatientStay {
    pub(crate) admission: Admission,
    pub(crate) last_performed_at: Option<DateTime<Utc>>,
    pub(crate) idle_since: DateTime<Utc>,
    pub(crate) last_ordered_at: Option<DateTime<Utc>>,
    pub(crate) open_order: Option<OpenOrder>,
    /// Null: the board does not list it.
    pub(crate) state: Option<State>,
    pub(crate) doubt: Doubt,
    /// When the newest of what makes it doubtful by itself was loaded.
    pub(crate) doubted_at: Option<DateTime<Utc>>,
    /// What a person decided of a conflict: `this_patient`, `other_patient`, `still_here`, `left`.
    pub(crate) decided: Option<String>,
    pub(crate) long_open: bool,
    pub(crate) threshold_hours: Option<i32>,
    pub(crate) versions: Option<Tracked<Admission>>,
}

impl PatientStay {
    /// Whether the patient is in hospital for this stay as of a moment.
    pub(crate) fn is_open(&self, as_of: DateTime<Utc>) -> bool {
        let is_released = self.admission.released_at.is_some_and(|released| released <= as_of);
        self.admission.admitted_at <= as_of && !is_released && !self.is_void()
    }

    /// Whether the stay contradicts another record, and nobody has decided about it.
    pub(crate) fn is_in_conflict(&self) -> bool {
        let conflicts = ["shared_case_number", "release_not_after_admission"];
        self.doubt.reasons.iter().any(|reason| conflicts.contains(&reason.as_str()))
    }

    /// Whether a person decided that the stay is not to be listed.
    pub(crate) fn is_void(&self) -> bool {
        matches!(self.decided.as_deref(), Some("other_patient" | "left"))
    }

    pub(crate) fn contains(&self, at: DateTime<Utc>) -> bool {
        self.admission.admitted_at <= at && self.admission.released_at.is_none_or(|released| at <= released)
    }
}

/// One ordered test.
#[derive(Debug, Clone)]
pub(crate) struct Test {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) ordered_at: DateTime<Utc>,
    pub(crate) ordering_physician: Option<String>,
}

impl Test {
    /// Whether it is ordered at a moment that is yet to come: no clock counts it.
    pub(crate) fn is_to_come(&self, as_of: DateTime<Utc>) -> bool {
        self.ordered_at > as_of
    }
}

/// Whose a result is, or was when it was said so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    ThisPatient,
    /// Which one is not told.
    AnotherPatient,
    /// It waits.
    Nobody,
}

/// One result as the laboratory says it.
#[derive(Debug, Clone)]
pub(crate) struct LabResult {
    pub(crate) result_id: String,
    pub(crate) test_id: String,
    /// Verbatim.
    pub(crate) value: Option<String>,
    /// Verbatim; may list several units.
    pub(crate) unit: Option<String>,
    pub(crate) reference_range: Option<String>,
    pub(crate) status: Option<String>,
    pub(crate) performed_at: DateTime<Utc>,
    pub(crate) reviewing_physician: Option<String>,
    pub(crate) future_dated: bool,
    pub(crate) whose: Whose,
}

/// The one unit that a source gives, once or again and again. A list of several says of none of them that it is the value's.
pub(crate) fn sole_unit(said: &str) -> Option<&str> {
    let mut units = said.split(',').map(str::trim);
    let first = units.next()?;
    units.all(|unit| unit == first).then_some(first)
}

/// What is odd about a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anomaly {
    /// Performed before its test was ordered.
    BeforeOrder,
    /// Performed later than its file was written: never counts.
    FutureDated,
    /// Performed outside every stay: resets no clock.
    OutsideStay,
}

/// One result with what is odd about it.
#[derive(Debug, Clone)]
pub(crate) struct JudgedResult {
    pub(crate) result: Tracked<LabResult>,
    pub(crate) anomalies: Vec<Anomaly>,
}

/// One order with its results; without a test where results came with the patient's id alone.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) test_id: String,
    pub(crate) test: Option<Tracked<Test>>,
    pub(crate) results: Vec<JudgedResult>,
}

impl Order {
    /// Whether anything of it was performed. A result that is dated in the future tells of nothing.
    pub(crate) fn is_performed(&self) -> bool {
        self.results.iter().any(|judged| !judged.result.current.value.future_dated)
    }

    /// The latest moment of the order or of its results.
    fn newest(&self) -> Option<DateTime<Utc>> {
        let ordered = self.test.iter().map(|test| test.current.value.ordered_at);
        ordered.chain(self.results.iter().map(|r| r.result.current.value.performed_at)).max()
    }
}

/// A result that may be this patient's.
#[derive(Debug, Clone)]
pub(crate) struct Waiting {
    pub(crate) result: Tracked<LabResult>,
    pub(crate) reason: String,
    /// The other patients whom its test id names, as far as they are told.
    pub(crate) others: Vec<String>,
    pub(crate) has_more_others: bool,
    /// How many of all there are.
    pub(crate) total: i64,
}

/// A record about this patient that could not be taken. Its raw text stays in the warehouse.
#[derive(Debug, Clone)]
pub(crate) struct QuarantinedRecord {
    pub(crate) feed: String,
    /// What its feed tells of.
    pub(crate) target: String,
    pub(crate) column_name: Option<String>,
    pub(crate) reason: String,
    pub(crate) record: i32,
    pub(crate) map_version: i32,
    pub(crate) seen_at: DateTime<Utc>,
    pub(crate) object_key: Option<String>,
    pub(crate) sha256: Option<String>,
    /// Whether nothing newer has replaced it: then it casts doubt.
    pub(crate) is_newer: bool,
    /// How many of all do.
    pub(crate) newer: i64,
    pub(crate) total: i64,
}

/// Everything about one patient.
#[derive(Debug, Clone)]
pub(crate) struct Patient {
    pub(crate) as_of: DateTime<Utc>,
    pub(crate) id: String,
    /// Null: no feed has sent the person yet.
    pub(crate) person: Option<Tracked<Demographics>>,
    /// What the patient says of how to reach them.
    pub(crate) contact: contact::Own,
    pub(crate) stays: Vec<PatientStay>,
    pub(crate) orders: Vec<Order>,
    pub(crate) waiting: Vec<Waiting>,
    /// Results that were the patient's.
    pub(crate) moved: Vec<Moved>,
    pub(crate) quarantined: Vec<QuarantinedRecord>,
    /// What people did about the stays, the newest first.
    pub(crate) reviews: Vec<Review>,
}

impl Patient {
    /// How many records about the patient could not be taken and are newer than what is shown.
    pub(crate) fn in_doubt(&self) -> i64 {
        self.quarantined.first().map_or(0, |record| record.newer)
    }

    /// Whether one of those may say something else of the person. Of those that are not shown, any may.
    pub(crate) fn is_person_in_doubt(&self) -> bool {
        let newer = || self.quarantined.iter().filter(|record| record.is_newer);
        newer().any(|record| record.target == PERSON) || (newer().count() as i64) < self.in_doubt()
    }

    /// What people did about a stay, as far as it is not replaced.
    pub(crate) fn standing(&self, stay: &PatientStay) -> Standing {
        let reviews = self.reviews.iter().filter(|review| review.case_number == stay.admission.case_number);
        Standing::of(reviews.cloned()).in_doubt(stay.doubted_at)
    }
}

/// The lineage of a row that carries its columns; its type is the query's own.
macro_rules! lineage {
    ($row:expr) => {
        Lineage {
            object_key: $row.object_key,
            sha256: $row.sha256,
            record: $row.record,
            map_version: $row.map_version,
            first_seen_at: $row.first_seen_at,
            last_seen_at: $row.last_seen_at,
            flags: $row.flags,
        }
    };
}

pub(crate) use lineage;

/// What a patient is known by, before anything of it is read.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "what there is of a patient, each on its own")]
pub(crate) struct Traces {
    quarantined: bool,
    waiting: bool,
    /// Of what is the patient's now, something was another's or nobody's before.
    moved: bool,
    contact: bool,
    reviews: bool,
}

/// Looks whether a patient is known; nothing when no feed ever named the id, which no id with a NUL byte can be.
pub(crate) async fn traces(snapshot: &mut Snapshot, id: &str) -> Result<Option<Traces>, sqlx::Error> {
    if id.contains('\0') {
        return Ok(None);
    }
    let has = sqlx::query_file!("src/sql/patient_has.sql", id).fetch_one(&mut *snapshot.tx).await?;
    let traces = Traces {
        quarantined: has.quarantined,
        waiting: has.waiting,
        moved: has.moved,
        contact: has.contact,
        reviews: has.reviews,
    };
    Ok((has.recorded || has.quarantined).then_some(traces))
}

/// Reads everything about a patient who is known.
pub(crate) async fn read(snapshot: &mut Snapshot, id: &str, traces: &Traces) -> Result<Patient, sqlx::Error> {
    let person = person(snapshot, id).await?;
    let contact = if traces.contact { contact::own(snapshot, id).await? } else { contact::Own::default() };
    let quarantined = if traces.quarantined { quarantined(snapshot, id).await? } else { Vec::new() };
    let in_doubt = quarantined.first().map_or(0, |record| record.newer);
    let stays = stays(snapshot, id, in_doubt).await?;
    let Results { own, waiting, moved } = results::read(snapshot, id, traces).await?;
    let orders = orders(snapshot, id, own, &stays).await?;
    let reviews = if traces.reviews { review::of_patient(snapshot, id).await? } else { Vec::new() };
    let (id, as_of) = (id.to_owned(), snapshot.now);
    Ok(Patient { as_of, id, person, contact, stays, orders, waiting, moved, quarantined, reviews })
}

async fn quarantined(snapshot: &mut Snapshot, id: &str) -> Result<Vec<QuarantinedRecord>, sqlx::Error> {
    sqlx::query_file_as!(QuarantinedRecord, "src/sql/patient_quarantine.sql", id).fetch_all(&mut *snapshot.tx).await
}

async fn person(snapshot: &mut Snapshot, id: &str) -> Result<Option<Tracked<Demographics>>, sqlx::Error> {
    let rows = sqlx::query_file!("src/sql/patient_versions.sql", id).fetch_all(&mut *snapshot.tx).await?;
    let versions = rows.into_iter().map(|row| {
        let value = Demographics {
            first_name: row.first_name,
            last_name: row.last_name,
            date_of_birth: row.date_of_birth,
            primary_physician: row.primary_physician,
            insurance_provider: row.insurance_provider,
            blood_type: row.blood_type,
            allergies: row.allergies,
            address: row.address,
            phone: row.phone,
            email: row.email,
        };
        (row.is_current, Version { value, lineage: lineage!(row) })
    });
    Ok(track(versions.collect(), |_| String::new()).rows.pop())
}

/// `in_doubt`: quarantined records about the patient that nothing newer has replaced.
async fn stays(snapshot: &mut Snapshot, id: &str, in_doubt: i64) -> Result<Vec<PatientStay>, sqlx::Error> {
    let mut versions = admissions(snapshot, id).await?;
    let rows = sqlx::query_file!("src/sql/patient_stays.sql", id, snapshot.now, in_doubt);
    let rows = rows.fetch_all(&mut *snapshot.tx).await?;
    let stays = rows.into_iter().map(|row| PatientStay {
        last_performed_at: row.last_performed_at,
        idle_since: row.idle_since,
        last_ordered_at: row.last_ordered_at,
        open_order: row.unperformed_test_id.zip(row.unperformed_ordered_at).map(|(test_id, ordered_at)| OpenOrder {
            test_id,
            test_name: row.unperformed_test_name,
            ordered_at,
            ordered_by: row.unperformed_ordered_by,
        }),
        state: row.state.as_deref().map(State::from_database),
        doubt: Doubt {
            reasons: row.reasons.unwrap_or_default(),
            conflict_with: row.conflict_with,
            waiting_results: row.waiting_results,
            quarantined: if row.is_listed { in_doubt } else { 0 },
        },
        doubted_at: row.doubted_at,
        decided: row.decided,
        long_open: row.is_long_open.unwrap_or_default(),
        threshold_hours: row.threshold_hours,
        versions: take(&mut versions, |version| version.case_number == row.case_number),
        admission: Admission {
            case_number: row.case_number,
            admitted_at: row.admitted_at,
            released_at: row.released_at,
            department: row.department,
            room: row.room,
        },
    });
    Ok(stays.collect())
}

async fn admissions(snapshot: &mut Snapshot, id: &str) -> Result<Vec<Tracked<Admission>>, sqlx::Error> {
    let rows = sqlx::query_file!("src/sql/admission_versions.sql", id).fetch_all(&mut *snapshot.tx).await?;
    let versions = rows.into_iter().map(|row| {
        let value = Admission {
            case_number: row.case_number,
            admitted_at: row.admitted_at,
            released_at: row.released_at,
            department: row.department,
            room: row.room,
        };
        (row.is_current, Version { value, lineage: lineage!(row) })
    });
    Ok(track(versions.collect(), |admission| admission.case_number.clone()).rows)
}

async fn orders(
    snapshot: &mut Snapshot,
    id: &str,
    results: Vec<Tracked<LabResult>>,
    stays: &[PatientStay],
) -> Result<Vec<Order>, sqlx::Error> {
    let mut tests = tests(snapshot, id).await?;
    let mut orders: Vec<Order> = tests
        .drain(..)
        .map(|test| Order { test_id: test.current.value.id.clone(), test: Some(test), results: Vec::new() })
        .collect();
    for result in results {
        let test_id = result.current.value.test_id.clone();
        let place = orders.iter().position(|order| order.test_id == test_id).unwrap_or_else(|| {
            orders.push(Order { test_id, test: None, results: Vec::new() });
            orders.len() - 1
        });
        let anomalies = anomalies(&result.current.value, orders[place].test.as_ref(), stays);
        orders[place].results.push(JudgedResult { result, anomalies });
    }
    for order in &mut orders {
        order.results.sort_by_key(|judged| std::cmp::Reverse(judged.result.current.value.performed_at));
    }
    orders.sort_by_key(|order| std::cmp::Reverse(order.newest()));
    Ok(orders)
}

async fn tests(snapshot: &mut Snapshot, id: &str) -> Result<Vec<Tracked<Test>>, sqlx::Error> {
    let rows = sqlx::query_file!("src/sql/test_versions.sql", id).fetch_all(&mut *snapshot.tx).await?;
    let versions = rows.into_iter().map(|row| {
        let value = Test {
            id: row.test_id,
            name: row.test_name,
            ordered_at: row.ordered_at,
            ordering_physician: row.ordering_physician,
        };
        (row.is_current, Version { value, lineage: lineage!(row) })
    });
    // The key of a test begins with its patient: none moves to another.
    Ok(track(versions.collect(), |test| test.id.clone()).rows)
}

fn anomalies(result: &LabResult, test: Option<&Tracked<Test>>, stays: &[PatientStay]) -> Vec<Anomaly> {
    let before_order = test.is_some_and(|test| result.performed_at < test.current.value.ordered_at);
    let outside = !stays.iter().any(|stay| stay.contains(result.performed_at));
    let found = [
        (result.future_dated, Anomaly::FutureDated),
        (before_order, Anomaly::BeforeOrder),
        (outside && !result.future_dated, Anomaly::OutsideStay),
    ];
    found.into_iter().filter_map(|(applies, anomaly)| applies.then_some(anomaly)).collect()
}
