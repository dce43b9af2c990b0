//! How each feed writes a row: US dates without padding, times with AM and PM, but releases as ISO dates and
//! 24-hour times.

use crate::feed::Feed;
use crate::labs::{LabResult, LabTest};
use crate::patient::{Patient, Stay};
use crate::person::Person;
use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc};
use chrono_tz::Tz;

/// The fields of one record, in the order of the feed's columns.
pub(crate) type Row = Vec<String>;

/// All rows of a patient in one feed.
pub(crate) fn rows_of(feed: Feed, patient: &Patient, timezone: Tz) -> Vec<Row> {
    match feed {
        Feed::PatientInformation => vec![person_row(&patient.person)],
        Feed::Admissions => patient.stays.iter().map(|stay| stay_row(patient, stay, timezone)).collect(),
        Feed::LabTests => patient.tests.iter().map(|test| test_row(patient, test, timezone)).collect(),
        Feed::LabResults => patient
            .tests
            .iter()
            .flat_map(|test| test.results.iter().map(move |result| result_row(test, result, timezone)))
            .collect(),
    }
}

/// A row of `patient_information`.
pub(crate) fn person_row(person: &Person) -> Row {
    let mut row = vec![
        person.id.clone(),
        person.first_name.into(),
        person.last_name.into(),
        us_date(person.born),
        person.physician.into(),
        person.insurer.into(),
        person.blood_type.into(),
        person.allergies.into(),
    ];
    if let Some(contact) = &person.contact {
        row.extend([&contact.address, &contact.phone, &contact.email].map(Clone::clone));
    }
    row
}

/// A row of `admissions`.
pub(crate) fn stay_row(patient: &Patient, stay: &Stay, timezone: Tz) -> Row {
    let (admission_date, admission_time) = us_date_and_time(stay.admitted_at, timezone);
    let (release_date, release_time) = match stay.released_at {
        Some(released_at) => iso_date_and_time(released_at, timezone),
        None => (stay.nothing.into(), stay.nothing.into()),
    };
    vec![
        patient.person.id.clone(),
        stay.case_number.clone(),
        admission_date,
        admission_time,
        release_date,
        release_time,
        stay.department.into(),
        stay.room.clone(),
    ]
}

/// A row of `lab_tests`.
pub(crate) fn test_row(patient: &Patient, test: &LabTest, timezone: Tz) -> Row {
    let (order_date, order_time) = us_date_and_time(test.ordered_at, timezone);
    vec![
        test.id.clone(),
        patient.person.id.clone(),
        test.kind.name.into(),
        order_date,
        order_time,
        test.physician.into(),
    ]
}

/// A row of `lab_results`; the range and the reviewer are never given.
pub(crate) fn result_row(test: &LabTest, result: &LabResult, timezone: Tz) -> Row {
    let (performed_date, performed_time) = us_date_and_time(result.performed_at, timezone);
    vec![
        result.id.clone(),
        test.id.clone(),
        result.value.clone(),
        result.unit.into(),
        "NA".into(),
        result.status.into(),
        performed_date,
        performed_time,
        "NA".into(),
    ]
}

fn us_date(date: NaiveDate) -> String {
    format!("{}/{}/{}", date.month(), date.day(), date.year())
}

fn us_date_and_time(at: DateTime<Utc>, timezone: Tz) -> (String, String) {
    let local = at.with_timezone(&timezone).naive_local();
    let (afternoon, hour) = local.hour12();
    let half = if afternoon { "PM" } else { "AM" };
    (us_date(local.date()), format!("{hour}:{:02}:{:02} {half}", local.minute(), local.second()))
}

fn iso_date_and_time(at: DateTime<Utc>, timezone: Tz) -> (String, String) {
    let local = at.with_timezone(&timezone).naive_local();
    let date = format!("{:04}-{:02}-{:02}", local.year(), local.month(), local.day());
    (date, format!("{:02}:{:02}", local.hour(), local.minute()))
}

#[cfg(test)]
mod tests {
    use super::{iso_date_and_time, us_date_and_time};
    use chrono::DateTime;
    use chrono_tz::Tz;

    #[test]
    fn midnight_noon_and_another_zone_are_written_as_the_hospital_does() {
        let midnight = DateTime::from_timestamp(1_772_323_505, 0).unwrap_or_default();
        assert_eq!(us_date_and_time(midnight, Tz::UTC), ("3/1/2026".into(), "12:05:05 AM".into()));
        assert_eq!(us_date_and_time(midnight, Tz::America__New_York), ("2/28/2026".into(), "7:05:05 PM".into()));
        assert_eq!(iso_date_and_time(midnight, Tz::UTC), ("2026-03-01".into(), "00:05".into()));
    }
}
