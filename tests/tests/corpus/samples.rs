//! The files of `sample-data/broken` and `sample-data/drift`, which also show a newcomer what is met.

use wardwatch_tests::sample::{RENAMED, bytes};

use crate::file::Case;

pub(crate) fn cases() -> Vec<Case> {
    [broken(), drift()].into_iter().flatten().collect()
}

fn file(set: &str, key: &str) -> Vec<u8> {
    bytes(set, key).unwrap_or_default()
}

fn broken() -> Vec<Case> {
    let done = |what, key: &str, books: &str| Case::done(what, key, file("broken", key), books);
    let held = |what, key: &str, reason: &str| Case::held(what, key, file("broken", key), reason);
    let truncated = "lab_results_truncated_20261121T115908Z.csv.gz";
    vec![
        held(
            "sample: empty",
            "admissions_empty_20261121T115901Z.csv",
            "empty: the file has no header; upload it again",
        ),
        done("sample: a header only", "lab_tests_header_only_20261121T115902Z.csv", "0"),
        held(
            "sample: a column less",
            "admissions_missing_column_20261121T115903Z.csv",
            "missing column admission_date (map v1): upload",
        ),
        held(
            "sample: a column twice",
            "lab_tests_duplicated_column_20261121T115904Z.csv",
            "column order_date stands more than once",
        ),
        done(
            "sample: ragged rows",
            "patient_information_ragged_rows_20261121T115905Z.csv",
            "4: 2 inserted, 2 quarantined",
        )
        .rejects(&["2 has 7 fields where the header has 8", "3 has 9 fields where the header has 8"]),
        done("sample: NUL bytes", "patient_information_nul_bytes_20261121T115906Z.csv", "4: 3 inserted, 1 quarantined")
            .rejects(&["2 contains a NUL byte"]),
        done(
            "sample: a quote not closed",
            "patient_information_unclosed_quote_20261121T115907Z.csv",
            "4: 3 inserted, 1 quarantined",
        )
        .rejects(&["4 a quote is not closed"]),
        Case::failed(
            "sample: a cut gzip",
            truncated,
            file("broken", truncated),
            "the gzip stream is cut short or damaged: upload",
        ),
        done("sample: UTF-16", "admissions_utf_16_20261121T115909Z.csv", "4: 4 inserted").rows(&[
            "84010007|88000002|2026-06-06 05:01:33|2026-06-12 13:08:00|Internal Medicine|411",
            "84010014|88000006|2026-11-14 15:06:15|-|Nephrology|448",
            "84010021|88000010|2025-03-12 13:01:34|2025-03-29 20:15:00|Neurology|485",
            "84010028|88000014|2026-11-21 04:21:37|-|Obstetrics|522",
        ]),
        done("sample: a byte order mark and CR LF", "lab_tests_bom_crlf_20261121T115910Z.csv", "8: 8 inserted"),
        done("sample: Latin-1", "patient_information_latin_1_20261121T115911Z.csv", "4: 4 inserted").rows(&[
            "84017707|Hiroshi|Müller|2026-10-07|Dr. Noor Siddiqui|None",
            "84017714|José|Y?lmaz|1980-04-04|Dr. Noor Siddiqui|Sulfa drugs",
            "84017721|Aaliyah|Nuñez|2010-11-05|Dr. Ursula Meyer|None",
            "84017728|John|Nguyen|1952-07-09|Dr. Farid Rahimi|-",
        ]),
        done("sample: line breaks", "patient_information_line_breaks_20261121T115912Z.csv", "4: 4 inserted"),
        done("sample: tests of the future", "lab_results_future_dated_20261121T115913Z.csv", "8: 8 inserted"),
        done("sample: a date that is none", "lab_tests_no_date_20261121T115914Z.csv", "8: 7 inserted, 1 quarantined")
            .rejects(&["2 ordered_at is not a date in a format of the map, between 1850 and 2200"]),
        done("sample: a case number of two patients", "admissions_shared_case_20261121T115915Z.csv", "4: 4 inserted"),
        done("sample: released before admitted", "admissions_released_early_20261121T115916Z.csv", "4: 4 inserted"),
    ]
}

fn drift() -> Vec<Case> {
    let done = |what, key: &str, books: &str| Case::done(what, key, file("drift", key), books);
    let unknown = "unknown column case_no, admit_date, admit_time, discharge_date, discharge_time, ward";
    vec![
        done("sample: a column more", "patient_information_extra_column_20261121T115801Z.csv", "4: 4 inserted")
            .drift(&["unmapped_column preferred_language"]),
        Case::held("sample: columns renamed", RENAMED, file("drift", RENAMED), unknown),
        done("sample: another order", "lab_tests_reordered_columns_20261121T115803Z.csv", "50: 50 inserted"),
        done("sample: how to reach patients", "patient_information_release_2_20261121T115806Z.csv", "4: 4 inserted"),
        done("sample: another release of the PMS", "admissions_release_2_20261121T115805Z.csv", "4: 4 inserted"),
        done(
            "sample: the LIS before its other release",
            "lab_tests_release_2_before_20260630T235959Z.csv",
            "43: 43 inserted",
        ),
        done("sample: the LIS after it", "lab_tests_release_2_after_20260701T000001Z.csv", "50: 50 inserted"),
        done("sample: another case", "lab_results_other_case_20261121T115804Z.csv", "49: 49 inserted"),
    ]
}
