//! The four tables of the warehouse as the loader sees them: keys and columns, in one fixed order.

use wardwatch_schema::feed::Target;

/// A table of the schema `warehouse`.
#[derive(Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Primary key.
    pub key: &'static [&'static str],
    /// What tells rows apart in the source: the key, but for results, which name no patient.
    pub source_key: &'static [&'static str],
    /// Columns of the content, after the key.
    pub content: &'static [&'static str],
    /// Of them, those that came later than the table: they enter the hash of a version only where they say something, so
    /// that a row is one version before and after.
    pub added: &'static [&'static str],
    /// What is judged of a row, not said by it.
    pub judged: &'static [&'static str],
}

/// Columns of the sightings and the lineage, the same in every table.
pub const LINEAGE: [&str; 8] = [
    "content_hash",
    "map_version",
    "first_seen_at",
    "first_object",
    "first_record",
    "last_seen_at",
    "last_object",
    "last_record",
];

const PATIENT: Table = Table {
    name: "patient",
    key: &["patient_id"],
    source_key: &["patient_id"],
    content: &[
        "first_name",
        "last_name",
        "date_of_birth",
        "primary_physician",
        "insurance_provider",
        "blood_type",
        "allergies",
        "address",
        "phone",
        "email",
    ],
    added: &["address", "phone", "email"],
    judged: &[],
};

const ADMISSION: Table = Table {
    name: "admission",
    key: &["patient_id", "case_number"],
    source_key: &["patient_id", "case_number"],
    content: &["admitted_at", "released_at", "department", "room"],
    added: &[],
    judged: &[],
};

const LAB_TEST: Table = Table {
    name: "lab_test",
    key: &["patient_id", "test_id"],
    source_key: &["patient_id", "test_id"],
    content: &["test_name", "ordered_at", "ordering_physician"],
    added: &[],
    judged: &[],
};

const LAB_RESULT: Table = Table {
    name: "lab_result",
    key: &["patient_id", "result_id"],
    source_key: &["result_id"],
    content: &[
        "test_id",
        "stated_patient_id",
        "result_value",
        "result_value_text",
        "result_unit",
        "reference_range",
        "result_status",
        "performed_at",
        "reviewing_physician",
    ],
    added: &[],
    judged: &["future_dated"],
};

impl Table {
    /// The table that the rows of a feed go to.
    pub fn of(target: Target) -> &'static Self {
        match target {
            Target::Patient => &PATIENT,
            Target::Admission => &ADMISSION,
            Target::LabTest => &LAB_TEST,
            Target::LabResult => &LAB_RESULT,
        }
    }

    /// Columns of the content that are staged; a result's number is cast from its text.
    pub fn staged(&self) -> impl Iterator<Item = &'static str> {
        self.content.iter().copied().filter(|column| *column != "result_value")
    }

    /// Whether rows of this table are attributed to a patient through their test.
    pub fn is_attributed(&self) -> bool {
        self.name == LAB_RESULT.name
    }
}
