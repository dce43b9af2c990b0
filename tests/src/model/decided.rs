//! What people decided, as the model takes it: the newest decision on a subject stands, unless it withdraws.

use super::Instant;

/// One decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decided {
    /// A result, and whose it is.
    Result(String, Option<String>),
    /// A case number, whose it is, and among whom that was decided.
    Case(String, Option<(String, Vec<String>)>),
    /// A patient and a case, whether the patient is still here, and the admission and release that were decided about.
    Stay(String, String, Option<(bool, Instant, Instant)>),
}

/// The patient to whom a result was given.
pub(super) fn patient_of<'a>(decisions: &'a [Decided], result: &str) -> Option<&'a str> {
    let newest = decisions.iter().rev().find_map(|decision| match decision {
        Decided::Result(subject, patient) if subject == result => Some(patient.as_deref()),
        _ => None,
    });
    newest.flatten()
}

/// The patient to whom a case number was given, where that was decided among all who have it.
pub(super) fn owner_of<'a>(decisions: &'a [Decided], case: &str, patients: &[&str]) -> Option<&'a str> {
    let newest = decisions.iter().rev().find_map(|decision| match decision {
        Decided::Case(subject, choice) if subject == case => Some(choice.as_ref()),
        _ => None,
    });
    let (patient, among) = newest.flatten()?;
    patients.iter().all(|one| among.iter().any(|known| known == one)).then_some(patient.as_str())
}

/// Whether the patient of a stay is still here, where that was decided about these times.
pub(super) fn is_here(
    decisions: &[Decided],
    (patient, case): (&str, &str),
    admitted_at: Instant,
    released_at: Instant,
) -> Option<bool> {
    let newest = decisions.iter().rev().find_map(|decision| match decision {
        Decided::Stay(one, subject, choice) if subject == case && one == patient => Some(*choice),
        _ => None,
    });
    let (is_here, admitted, released) = newest.flatten()?;
    ((admitted, released) == (admitted_at, released_at)).then_some(is_here)
}
