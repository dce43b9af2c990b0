//! Files of the next release of each system, which the shipped maps of version 2 read: a renamed and an added column, and
//! another notation of dates under the same header, from the day of the cut-over on.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};

use crate::drift::{DriftedFile, sound_records};
use crate::encode::text;
use crate::error::Error;
use crate::feed::{Feed, named_key};
use crate::generate::GeneratedFile;
use crate::options::{GenerateOptions, MOST_PATIENTS};
use crate::row::Row;

/// When the LIS went over to release 2, as `schema/maps/lis/lab_tests.v2.toml` has it: 1 July 2026.
const CUT_OVER: i64 = 1_782_864_000;

/// The files of release 2 of both systems.
pub(crate) fn release_files(options: &GenerateOptions) -> Result<Vec<DriftedFile>, Error> {
    let cut_over = DateTime::from_timestamp(CUT_OVER, 0).unwrap_or_default();
    let at_cut_over = GenerateOptions { now: cut_over, ..options.clone() };
    Ok(vec![
        patient_information(options)?,
        admissions(options)?,
        lab_tests_before(&at_cut_over)?,
        lab_tests_after(&at_cut_over)?,
    ])
}

fn patient_information(options: &GenerateOptions) -> Result<DriftedFile, Error> {
    let with_contacts = GenerateOptions { contacts: true, ..options.clone() };
    let records = sound_records(&with_contacts, Feed::PatientInformation, MOST_PATIENTS + 10_400);
    let what = "release 2 (map v2): added columns: address, phone, email";
    file(Feed::PatientInformation, ("release_2", what), options.now - TimeDelta::seconds(114), &records)
}

fn admissions(options: &GenerateOptions) -> Result<DriftedFile, Error> {
    let mut records = sound_records(options, Feed::Admissions, MOST_PATIENTS + 10_100);
    for name in records.iter_mut().take(1).flatten() {
        if name == "hospitalization_case_number" {
            "case_number".clone_into(name);
        }
    }
    for (record, bed) in
        records.iter_mut().zip(["bed", "A", "B", "NA", "A", "B"].into_iter().chain(std::iter::repeat("A")))
    {
        record.push(bed.to_owned());
    }
    let what = "release 2 (map v2): case_number for hospitalization_case_number, added column: bed";
    file(Feed::Admissions, ("release_2", what), options.now - TimeDelta::seconds(115), &records)
}

fn lab_tests_before(options: &GenerateOptions) -> Result<DriftedFile, Error> {
    let records = sound_records(options, Feed::LabTests, MOST_PATIENTS + 10_200);
    let what = "release 2 on the eve of its cut-over (map v1): the old notation of dates";
    file(Feed::LabTests, ("release_2_before", what), options.now - TimeDelta::seconds(1), &records)
}

fn lab_tests_after(options: &GenerateOptions) -> Result<DriftedFile, Error> {
    let mut records = sound_records(options, Feed::LabTests, MOST_PATIENTS + 10_300);
    records.iter_mut().skip(1).for_each(write_iso);
    let what = "release 2 after its cut-over (map v2): ISO notation of dates under the same header";
    file(Feed::LabTests, ("release_2_after", what), options.now + TimeDelta::seconds(1), &records)
}

/// `7/1/2026`, `9:05:00 PM` becomes `2026-07-01`, `21:05:00`.
fn write_iso(record: &mut Row) {
    if let Ok(day) = NaiveDate::parse_from_str(&record[3], "%m/%d/%Y") {
        record[3] = day.format("%Y-%m-%d").to_string();
    }
    if let Ok(time) = NaiveTime::parse_from_str(&record[4], "%I:%M:%S %p") {
        record[4] = time.format("%H:%M:%S").to_string();
    }
}

fn file(
    feed: Feed,
    (name, what): (&str, &'static str),
    at: DateTime<Utc>,
    records: &[Row],
) -> Result<DriftedFile, Error> {
    let key = named_key("drift", feed, name, at, false);
    let bytes = text(feed, records)?.into();
    Ok(DriftedFile { drift: what, file: GeneratedFile { key, feed, rows: records.len() as u64 - 1, bytes } })
}
