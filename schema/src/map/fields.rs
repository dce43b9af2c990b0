//! The columns of the warehouse that a map can fill: their types, and which of them a row cannot be without.

use super::Kind;
use crate::feed::Target;

/// A column of the warehouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What its text may be read as.
    pub kinds: &'static [Kind],
    /// Whether a row cannot be without it.
    pub is_needed: bool,
}

const ID: &[Kind] = &[Kind::Id];
const TEXT: &[Kind] = &[Kind::Text, Kind::Id, Kind::Enum];
const DATE: &[Kind] = &[Kind::Date];
const TIMESTAMP: &[Kind] = &[Kind::Timestamp];
const DECIMAL: &[Kind] = &[Kind::Decimal];

const fn needed(name: &'static str, kinds: &'static [Kind]) -> Field {
    Field { name, kinds, is_needed: true }
}

const fn optional(name: &'static str, kinds: &'static [Kind]) -> Field {
    Field { name, kinds, is_needed: false }
}

const PATIENT: [Field; 11] = [
    needed("patient_id", ID),
    optional("first_name", TEXT),
    optional("last_name", TEXT),
    optional("date_of_birth", DATE),
    optional("primary_physician", TEXT),
    optional("insurance_provider", TEXT),
    optional("blood_type", TEXT),
    optional("allergies", TEXT),
    optional("address", TEXT),
    optional("phone", TEXT),
    optional("email", TEXT),
];

const ADMISSION: [Field; 6] = [
    needed("patient_id", ID),
    needed("case_number", ID),
    needed("admitted_at", TIMESTAMP),
    optional("released_at", TIMESTAMP),
    optional("department", TEXT),
    optional("room", TEXT),
];

const LAB_TEST: [Field; 5] = [
    needed("test_id", ID),
    needed("patient_id", ID),
    optional("test_name", TEXT),
    needed("ordered_at", TIMESTAMP),
    optional("ordering_physician", TEXT),
];

const LAB_RESULT: [Field; 9] = [
    needed("result_id", ID),
    needed("test_id", ID),
    optional("patient_id", ID),
    optional("result_value", DECIMAL),
    optional("result_unit", TEXT),
    optional("reference_range", TEXT),
    optional("result_status", TEXT),
    needed("performed_at", TIMESTAMP),
    optional("reviewing_physician", TEXT),
];

/// The columns that a map of this target can fill.
pub fn fields(target: Target) -> &'static [Field] {
    match target {
        Target::Patient => &PATIENT,
        Target::Admission => &ADMISSION,
        Target::LabTest => &LAB_TEST,
        Target::LabResult => &LAB_RESULT,
    }
}

/// The column of this name.
pub fn field_of(target: Target, name: &str) -> Option<&'static Field> {
    fields(target).iter().find(|field| field.name == name)
}

/// Whether any table has a column of this name.
pub(super) fn is_known(name: &str) -> bool {
    [Target::Patient, Target::Admission, Target::LabTest, Target::LabResult]
        .into_iter()
        .any(|target| field_of(target, name).is_some())
}
