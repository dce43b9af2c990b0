//! Headers that are not the map's: what is read all the same, what is reported as drift, and what is held.

use crate::file::{ADMISSIONS, Case, PATIENTS, RESULTS, TESTS, lines};

const PATIENT: &str = "Ada,He,1/2/1960,NULL,NA,0+,None";

pub(crate) fn cases() -> Vec<Case> {
    [read(), held()].into_iter().flatten().collect()
}

fn read() -> Vec<Case> {
    let row = |id: &str| format!("{id}|Ada|He|1960-01-02|-|None");
    vec![
        Case::done(
            "columns in another order",
            "lab_tests_order.csv",
            lines(
                "order_time,patient_id,order_date,test_name,test_id,ordering_physician",
                &["8:00:00 AM,he01,11/1/2026,CBC,he01t,NULL"],
            ),
            "1: 1 inserted",
        )
        .rows(&["he01|he01t|CBC|2026-11-01 08:00:00|-"]),
        Case::done(
            "a header in another case",
            "patient_information_upper.csv",
            lines(&PATIENTS.to_uppercase(), &[&format!("he02,{PATIENT}")]),
            "1: 1 inserted",
        )
        .rows(&[&row("he02")]),
        Case::done(
            "a header with blanks around its names",
            "patient_information_blanks.csv",
            lines(&PATIENTS.replace(',', " , "), &[&format!("he03,{PATIENT}")]),
            "1: 1 inserted",
        )
        .rows(&[&row("he03")]),
        Case::done(
            "a header in quotes",
            "patient_information_quoted.csv",
            lines(&format!("\"{}\"", PATIENTS.replace(',', "\",\"")), &[&format!("he04,{PATIENT}")]),
            "1: 1 inserted",
        )
        .rows(&[&row("he04")]),
        Case::done(
            "a column more",
            "patient_information_added.csv",
            lines(&format!("{PATIENTS},language"), &[&format!("he05,{PATIENT},Basque"), &format!("he06,{PATIENT},")]),
            "2: 2 inserted",
        )
        .rows(&[
            &format!("{}|{{\"language\": \"Basque\"}}", row("he05")),
            &format!("{}|{{\"language\": \"\"}}", row("he06")),
        ])
        .drift(&["unmapped_column language"]),
        Case::done(
            "a column less, which may be absent",
            "patient_information_less.csv",
            lines(&PATIENTS.replace(",blood_type", ""), &["he07,Ada,He,1/2/1960,NULL,NA,None"]),
            "1: 1 inserted",
        )
        .rows(&[&row("he07")])
        .drift(&["missing_column blood_type"]),
    ]
}

fn held() -> Vec<Case> {
    vec![
        Case::held(
            "a column less, without which a row is nobody's",
            "lab_results_less.csv",
            lines(&RESULTS.replace("test_id,", ""), &["he08,1,u,NA,Normal,11/1/2026,9:00:00 AM,NA"]),
            "missing column test_id (map v1): upload the file with it, or approve a column map",
        ),
        Case::held(
            "a column less, whose absence would say that nobody was released",
            "admissions_less.csv",
            lines(&ADMISSIONS.replace("release_date,release_time,", ""), &["he09,he09c,11/1/2026,8:00:00 AM,ENT,1"]),
            "missing column release_date, release_time (map v1)",
        ),
        Case::held(
            "a column less, whose absence would say that nobody is allergic",
            "patient_information_allergies.csv",
            lines(&PATIENTS.replace(",allergies", ""), &["he10,Ada,He,1/2/1960,NULL,NA,0+"]),
            "missing column allergies (map v1)",
        ),
        Case::held(
            "a column renamed",
            "lab_tests_renamed.csv",
            lines(&TESTS.replace("patient_id", "mrn"), &["he11t,he11,CBC,11/1/2026,8:00:00 AM,NULL"]),
            "missing column patient_id (map v1), unknown column mrn",
        ),
        Case::held(
            "an optional column renamed: it may be the unknown one, and nothing is guessed",
            "patient_information_renamed.csv",
            lines(&PATIENTS.replace("blood_type", "blood_group"), &[&format!("he12,{PATIENT}")]),
            "unknown column blood_group",
        ),
        Case::held(
            "a column twice",
            "lab_tests_doubled.csv",
            lines(&format!("{TESTS},order_date"), &["he13t,he13,CBC,11/1/2026,8:00:00 AM,NULL,11/2/2026"]),
            "column order_date stands more than once in the header: which one is right cannot be guessed",
        ),
        Case::held(
            "a column twice, once in another case",
            "lab_tests_doubled_case.csv",
            lines(&format!("{TESTS},Order_Date"), &["he14t,he14,CBC,11/1/2026,8:00:00 AM,NULL,11/2/2026"]),
            "column order_date stands more than once in the header",
        ),
        Case::held(
            "no header, but a row in its place",
            "patient_information_headless.csv",
            format!("he15,{PATIENT}\nhe16,{PATIENT}\n"),
            "no column of the map (v1) stands in the first line: upload the file with its header",
        ),
        Case::held(
            "a file of another feed",
            "lab_tests_of_results.csv",
            lines(RESULTS, &["he17,he17t,1,u,NA,Normal,11/1/2026,9:00:00 AM,NA"]),
            "missing column",
        ),
    ]
}
