//! Names of fields and columns that several pages have.

pub(crate) const ADMITTED: &str = "Admitted";
pub(crate) const ALLERGIES: &str = "Allergies";
pub(crate) const BLOOD_TYPE: &str = "Blood type";
pub(crate) const BORN: &str = "Born";
pub(crate) const CASE: &str = "Case";
pub(crate) const CLEAR: &str = "Clear";
pub(crate) const DEPARTMENT: &str = "Department";
pub(crate) const ID: &str = "Id";
pub(crate) const INSURANCE: &str = "Insurance";
pub(crate) const NOTES: &str = "Notes";
pub(crate) const ORDERED: &str = "Ordered";
pub(crate) const PATIENT: &str = "Patient";
pub(crate) const PATIENTS: &str = "Patients";
pub(crate) const PERFORMED: &str = "Performed";
pub(crate) const PHYSICIAN: &str = "Physician";
pub(crate) const RELEASED: &str = "Released";
pub(crate) const THRESHOLDS: &str = "Thresholds";
