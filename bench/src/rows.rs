//! Records by number: the same number is always the same record. So a file of any size is written as a stream, and a
//! repeat is a number that was written before.
//!
//! Ten tests belong to a patient, ten results to a test, as a panel has them.

use std::io::{self, Write};

/// Results of a test, and tests of a patient.
pub(crate) const EACH: u64 = 10;

/// What a record is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Patient,
    Admission,
    Test,
    Result,
}

impl Kind {
    pub(crate) const ALL: [Self; 4] = [Self::Patient, Self::Admission, Self::Test, Self::Result];

    /// The name of its files.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Patient => "patient_information",
            Self::Admission => "admissions",
            Self::Test => "lab_tests",
            Self::Result => "lab_results",
        }
    }

    /// A key of its own for each second of a day.
    pub(crate) fn key(self, second: u64) -> String {
        format!("{}_20261121T{:02}{:02}{:02}Z.csv", self.name(), second / 3_600, second / 60 % 60, second % 60)
    }

    /// The id of a record: no two records of any kind have the same.
    pub(crate) fn id(self, number: u64) -> u64 {
        (self as u64 + 1) * 1_000_000_000 + number
    }

    fn header(self) -> &'static str {
        match self {
            Self::Patient => {
                "patient_id,first_name,last_name,date_of_birth,primary_physician,insurance_provider,blood_type,allergies"
            }
            Self::Admission => {
                "patient_id,hospitalization_case_number,admission_date,admission_time,release_date,release_time,department,room_number"
            }
            Self::Test => "test_id,patient_id,test_name,order_date,order_time,ordering_physician",
            Self::Result => {
                "result_id,test_id,result_value,result_unit,reference_range,result_status,performed_date,performed_time,reviewing_physician"
            }
        }
    }

    fn write(self, number: u64, to: &mut impl Write) -> io::Result<()> {
        let (id, month, day, minute) = (self.id(number), number / 28 % 10 + 1, number % 28 + 1, number % 60);
        match self {
            Self::Patient => writeln!(to, "{id},Ada,Sample,{month}/{day}/1950,Dr. Grace Mwangi,Aetna,O+,None"),
            Self::Admission => {
                let patient = Self::Patient.id(number);
                writeln!(to, "{patient},{id},{month}/{day}/2026,8:{minute:02}:51 AM,,,Cardiology,{}", number % 400)
            }
            Self::Test => {
                let patient = Self::Patient.id(number / EACH);
                writeln!(to, "{id},{patient},Troponin,{month}/{day}/2026,3:{minute:02}:14 AM,Dr. Grace Mwangi")
            }
            Self::Result => {
                let (test, value) = (Self::Test.id(number / EACH), number.wrapping_mul(2_654_435_761) % 1_000_000);
                let (whole, part) = (value / 10_000, value % 10_000);
                writeln!(
                    to,
                    "{id},{test},{whole}.{part:04},ug/mL,10 - 20,Normal,{month}/{day}/2026,10:{minute:02}:03 PM,Dr. Lakshmi Iyer"
                )
            }
        }
    }
}

/// Writes a file of these records.
pub(crate) fn write(kind: Kind, numbers: impl IntoIterator<Item = u64>, to: &mut impl Write) -> io::Result<()> {
    writeln!(to, "{}", kind.header())?;
    numbers.into_iter().try_for_each(|number| kind.write(number, to))
}

/// A small file of these records.
pub(crate) fn file(kind: Kind, numbers: impl IntoIterator<Item = u64>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    write(kind, numbers, &mut bytes)?;
    Ok(bytes)
}

/// Writes a file of results from number 0 on, until it is this large. Returns how many.
pub(crate) fn results_of_size(size: u64, to: &mut impl Write) -> io::Result<u64> {
    let (mut record, mut written, mut number) = (Vec::new(), 0, 0);
    writeln!(to, "{}", Kind::Result.header())?;
    while written < size {
        record.clear();
        Kind::Result.write(number, &mut record)?;
        to.write_all(&record)?;
        written += record.len() as u64;
        number += 1;
    }
    Ok(number)
}
