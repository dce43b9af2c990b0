//! What stands in the fields: the facts about the real files, which are taken without one quarantined record, and values
//! that are none.

use crate::file::{ADMISSIONS, Case, PATIENTS, RESULTS, TESTS, lines};

const NO_DATE: &str = "is not a date in a format of the map, between 1850 and 2200";

pub(crate) fn cases() -> Vec<Case> {
    [facts(), attribution(), wrong()].into_iter().flatten().collect()
}

fn facts() -> Vec<Case> {
    vec![
        Case::done(
            "nothing is written NULL, NA, N/A or empty; None under allergies is a value",
            "patient_information_nulls.csv",
            lines(PATIENTS, &["va01,NULL,NA,N/A,,NULL,NA,None", "va02,,N/A,NULL,NA,N/A,,NULL"]),
            "2: 2 inserted",
        )
        .rows(&["va01|-|-|-|-|None", "va02|-|-|-|-|-"]),
        Case::done(
            "ids are text: letters and leading zeros matter",
            "patient_information_ids.csv",
            lines(PATIENTS, &["0077,Ada,A,,,,,", "77,Bo,B,,,,,", "P0012345,Cy,C,,,,,", "va-03/x,Di,D,,,,,"]),
            "4: 4 inserted",
        )
        .rows(&["0077|Ada|A|-|-|-", "77|Bo|B|-|-|-", "P0012345|Cy|C|-|-|-", "va-03/x|Di|D|-|-|-"]),
        Case::done(
            "admission in one notation, release in another; never released; two stays in one room",
            "admissions_facts.csv",
            lines(
                ADMISSIONS,
                &[
                    "va04,va04c,1/2/2026,9:05:00 AM,2026-01-13,23:30,ENT,7",
                    "va05,va05c,11/20/2026,12:00:00 AM,NULL,NA,ENT,7",
                ],
            ),
            "2: 2 inserted",
        )
        .rows(&["va04|va04c|2026-01-02 09:05:00|2026-01-13 23:30:00|ENT|7", "va05|va05c|2026-11-20 00:00:00|-|ENT|7"]),
        Case::done(
            "a release date without a time is the end of its day, flagged",
            "admissions_date_only.csv",
            lines(ADMISSIONS, &["va06,va06c,1/2/2026,9:05:00 AM,2026-01-13,NULL,ENT,8"]),
            "1: 1 inserted",
        )
        .rows(&["va06|va06c|2026-01-02 09:05:00|2026-01-14 00:00:00|ENT|8|released_at:date_only"]),
    ]
}

fn attribution() -> Vec<Case> {
    let shared = lines(
        TESTS,
        &[
            "va20t,va20,CBC,11/1/2026,8:00:00 AM,NULL",
            "va20t,va21,CBC,11/1/2026,8:00:00 AM,NULL",
            "va22t,va22,CBC,11/2/2026,8:00:00 AM,NULL",
        ],
    );
    let results = lines(
        RESULTS,
        &[
            "va22r,va22t,0.8887474439,\"K/uL, M/uL, g/dL, %, K/uL\",NA,Abnormal High,11/1/2026,9:00:00 AM,NA",
            "va20r,va20t,1.50,u,NA,Normal,11/1/2026,9:00:00 AM,NA",
            "va23r,va23t,2,u,NA,Abnormal Low,11/1/2026,9:00:00 AM,NA",
        ],
    );
    vec![
        Case::done("one test id of two patients", "lab_tests_shared.csv", shared, "3: 3 inserted").rows(&[
            "va20|va20t|CBC|2026-11-01 08:00:00|-",
            "va21|va20t|CBC|2026-11-01 08:00:00|-",
            "va22|va22t|CBC|2026-11-02 08:00:00|-",
        ]),
        Case::done(
            "a result performed before its order, one of a shared test id, and one of no test",
            "lab_results_attributed.csv",
            results,
            "3: 1 inserted, 2 waiting",
        )
        .rows(&[
            "ambiguous|va20r|va20t|1.50",
            "no_test|va23r|va23t|2",
            "va22|va22r|va22t|0.8887474439|0.8887474439|K/uL, M/uL, g/dL, %, K/uL|-|Abnormal High|2026-11-01 09:00:00",
        ]),
    ]
}

fn wrong() -> Vec<Case> {
    let long = "i".repeat(201);
    let result = |id: &str, value: &str, at: &str| format!("{id},{id}t,{value},u,NA,Normal,{at},NA");
    let noon = "11/1/2026,12:00:00 PM";
    let values: Vec<String> = [
        ("va31", "abc", noon),
        ("va32", "<0.5", noon),
        ("va33", "1,5", noon),
        ("va34", "NaN", noon),
        ("va35", "1e500", noon),
        ("va36", "1", "2/30/2026,12:00:00 PM"),
        ("va37", "1", "31/12/2026,12:00:00 PM"),
        ("va38", "1", "11/1/26,12:00:00 PM"),
        ("va39", "1", "11/1/2026,25:00:00 PM"),
        ("va40", "1", "NULL,12:00:00 PM"),
        ("va41", "NULL", noon),
    ]
    .map(|(id, value, at)| result(id, &if value.contains(',') { format!("\"{value}\"") } else { value.to_owned() }, at))
    .to_vec();
    let decimal = |record: i32| format!("{record} result_value is not a decimal number");
    let no_time = "9 performed_at is not a time of day in a format of the map";
    let rejects: Vec<String> = (1..=5)
        .map(decimal)
        .chain((6..=8).map(|record| format!("{record} performed_at {NO_DATE}")))
        .chain([no_time.to_owned(), "10 performed_at has a time of day but no date".to_owned()])
        .collect();
    vec![
        Case::done(
            "values that are none of their kind",
            "lab_results_wrong.csv",
            lines(RESULTS, &values.iter().map(String::as_str).collect::<Vec<_>>()),
            "11: 10 quarantined, 1 waiting",
        )
        .rows(&["no_test|va41|va41t|-"])
        .rejects(&rejects.iter().map(String::as_str).collect::<Vec<_>>()),
        Case::done(
            "ids that are missing or too long for an index",
            "patient_information_wrong_ids.csv",
            lines(
                PATIENTS,
                &[
                    "NULL,Ada,A,,,,,",
                    " ,Bo,B,,,,,",
                    &format!("{long},Cy,C,,,,,"),
                    &format!("{},Di,D,,,,,", &long[..200]),
                ],
            ),
            "4: 1 inserted, 3 quarantined",
        )
        .rows(&[&format!("{}|Di|D|-|-|-", &long[..200])])
        .rejects(&[
            "1 patient_id is missing",
            "2 patient_id is missing",
            "3 patient_id is longer than 200 bytes",
        ]),
        Case::done(
            "a birth before there were dates, and one that cannot be",
            "patient_information_dates.csv",
            lines(
                PATIENTS,
                &[
                    "va50,Ada,A,1/1/1850,,,,",
                    "va51,Bo,B,1/1/0026,,,,",
                    "va52,Cy,C,2/29/2025,,,,",
                    "va53,Di,D,2/29/2024,,,,",
                ],
            ),
            "4: 2 inserted, 2 quarantined",
        )
        .rows(&["va50|Ada|A|1850-01-01|-|-", "va53|Di|D|2024-02-29|-|-"])
        .rejects(&[&format!("2 date_of_birth {NO_DATE}"), &format!("3 date_of_birth {NO_DATE}")]),
    ]
}
