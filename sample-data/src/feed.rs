//! The four feeds and the names of their files: which columns a file has, and which key it is written under.

use chrono::{DateTime, Utc};

/// One kind of file of one source system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Feed {
    /// `pms.patient_information`: who the patients are.
    PatientInformation,
    /// `pms.admissions`: stays.
    Admissions,
    /// `lis.lab_tests`: what was ordered.
    LabTests,
    /// `lis.lab_results`: what was performed.
    LabResults,
}

/// What release 2 of the PMS writes of a patient after the columns of before.
const CONTACT_COLUMNS: [&str; 3] = ["address", "phone", "email"];

impl Feed {
    /// All feeds, patients first.
    pub const ALL: [Self; 4] = [Self::PatientInformation, Self::Admissions, Self::LabTests, Self::LabResults];

    /// The stem of its file names, `lab_tests`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PatientInformation => "patient_information",
            Self::Admissions => "admissions",
            Self::LabTests => "lab_tests",
            Self::LabResults => "lab_results",
        }
    }

    /// The system that writes it, `pms` or `lis`.
    pub const fn source(self) -> &'static str {
        match self {
            Self::PatientInformation | Self::Admissions => "pms",
            Self::LabTests | Self::LabResults => "lis",
        }
    }

    /// Its header, in the order of the real files.
    pub const fn columns(self) -> &'static [&'static str] {
        match self {
            Self::PatientInformation => &[
                "patient_id",
                "first_name",
                "last_name",
                "date_of_birth",
                "primary_physician",
                "insurance_provider",
                "blood_type",
                "allergies",
            ],
            Self::Admissions => &[
                "patient_id",
                "hospitalization_case_number",
                "admission_date",
                "admission_time",
                "release_date",
                "release_time",
                "department",
                "room_number",
            ],
            Self::LabTests => &["test_id", "patient_id", "test_name", "order_date", "order_time", "ordering_physician"],
            Self::LabResults => &[
                "result_id",
                "test_id",
                "result_value",
                "result_unit",
                "reference_range",
                "result_status",
                "performed_date",
                "performed_time",
                "reviewing_physician",
            ],
        }
    }

    /// Its header, as release 2 of the PMS writes it or as before.
    pub(crate) fn header(self, contacts: bool) -> Vec<String> {
        let more: &[&str] = if contacts && self == Self::PatientInformation { &CONTACT_COLUMNS } else { &[] };
        self.columns().iter().chain(more).map(|column| (*column).to_owned()).collect()
    }

    pub(crate) const fn at(self) -> usize {
        self as usize
    }
}

/// How keys are named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// `admissions.csv`: the hospital's original static files.
    #[default]
    Bare,
    /// `pms/admissions/2026/11/21/20261121T101500Z.csv`.
    Dated,
    /// `admissions_20261121T101500Z.csv`.
    Stamped,
}

impl Layout {
    /// The key of a feed's file written at a moment (UTC, whole seconds).
    pub fn key(self, feed: Feed, at: DateTime<Utc>, gzip: bool) -> String {
        let stamp = at.format("%Y%m%dT%H%M%SZ");
        let end = if gzip { "csv.gz" } else { "csv" };
        let name = feed.name();
        match self {
            Self::Bare => format!("{name}.{end}"),
            Self::Stamped => format!("{name}_{stamp}.{end}"),
            Self::Dated => format!("{}/{name}/{}/{stamp}.{end}", feed.source(), at.format("%Y/%m/%d")),
        }
    }

    /// The layout for files that follow one another: bare names would replace each other.
    pub(crate) const fn for_updates(self) -> Self {
        match self {
            Self::Bare | Self::Stamped => Self::Stamped,
            Self::Dated => Self::Dated,
        }
    }
}

/// The stamped key of a file that says in its name what is peculiar about it.
pub(crate) fn named_key(folder: &str, feed: Feed, name: &str, at: DateTime<Utc>, gzip: bool) -> String {
    let end = if gzip { "csv.gz" } else { "csv" };
    format!("{folder}/{}_{name}_{}.{end}", feed.name(), at.format("%Y%m%dT%H%M%SZ"))
}

#[cfg(test)]
mod tests {
    use super::{Feed, Layout};
    use chrono::DateTime;

    #[test]
    fn keys_have_the_three_documented_forms() {
        let at = DateTime::from_timestamp(1_795_256_100, 0).unwrap_or_default();
        let feed = Feed::LabResults;
        assert_eq!(Layout::Bare.key(feed, at, false), "lab_results.csv");
        assert_eq!(Layout::Stamped.key(feed, at, true), "lab_results_20261121T101500Z.csv.gz");
        assert_eq!(Layout::Dated.key(feed, at, false), "lis/lab_results/2026/11/21/20261121T101500Z.csv");
    }
}
