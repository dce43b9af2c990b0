//! How text becomes records: quotes, line breaks within them, width, length, and what stands in no text.

use crate::file::{Case, PATIENTS, RESULTS, TESTS, gzip, lines};

pub(crate) fn cases() -> Vec<Case> {
    [little(), records(), quotes()].into_iter().flatten().collect()
}

fn records() -> Vec<Case> {
    let endless = || format!("{PATIENTS}\nsh30,Ada,\"{}", "never closed ".repeat(100_000));
    let too_long = "a record is longer than 1 MiB: a quote is probably never closed; upload the file again";
    vec![
        Case::done(
            "rows with fewer and with more fields than the header",
            "patient_information_ragged.csv",
            lines(PATIENTS, &["sh03,Ada,Short", "sh04,Ada,Whole,,,,,", "sh05,Ada,Long,,,,,,more,and more", "sh06"]),
            "4: 1 inserted, 3 quarantined",
        )
        .rows(&["sh04|Ada|Whole|-|-|-"])
        .rejects(&[
            "1 has 3 fields where the header has 8",
            "3 has 10 fields where the header has 8",
            "4 has 1 fields where the header has 8",
        ]),
        Case::done(
            "NUL bytes",
            "patient_information_nul.csv",
            lines(PATIENTS, &["sh07,A\0da,Nul,,,,,", "sh08\0,Ada,Nul,,,,,", "sh09,Ada,Whole,,,,,"]),
            "3: 1 inserted, 2 quarantined",
        )
        .rows(&["sh09|Ada|Whole|-|-|-"])
        .rejects(&["1 contains a NUL byte", "2 contains a NUL byte"]),
        Case::done(
            "what COPY would take for its own",
            "patient_information_copy.csv",
            lines(PATIENTS, &["sh17,\\N,\\.,,,,,\"a\tb\\tc\"", "sh18,\"\\\\\",{x},,,,,\"'; DROP TABLE\""]),
            "2: 2 inserted",
        )
        .rows(&["sh17|\\N|\\.|-|-|a\tb\\tc", "sh18|\\\\|{x}|-|-|'; DROP TABLE"]),
        Case::done(
            "a field of nearly a mebibyte",
            "patient_information_wide.csv",
            lines(PATIENTS, &[&format!("sh19,Ada,{},,,,,", "w".repeat(1_000_000))]),
            "1: 1 inserted",
        )
        .rows(&[&format!("sh19|Ada|{}|-|-|-", "w".repeat(1_000_000))]),
        Case::failed("a record that never ends", "patient_information_endless.csv", endless(), too_long),
        Case::failed(
            "a record that never ends, in gzip",
            "patient_information_endless.csv.gz",
            gzip(endless().as_bytes()),
            too_long,
        ),
        Case::done(
            "one row twice, and once more with another value",
            "patient_information_repeat.csv",
            lines(PATIENTS, &["sh20,Ada,A,,,,,", "sh20,Ada,A,,,,,", "sh20,Ada,B,,,,,"]),
            "3: 1 inserted, 1 unchanged, 1 superseded",
        )
        .rows(&["sh20|Ada|B|-|-|-"]),
    ]
}

fn little() -> Vec<Case> {
    vec![
        Case::held(
            "nothing at all",
            "patient_information_empty.csv",
            "",
            "empty: the file has no header; upload it again",
        ),
        Case::held(
            "nothing but line ends",
            "patient_information_newlines.csv",
            "\n\r\n\n",
            "empty: the file has no header",
        ),
        Case::held(
            "nothing but a byte order mark",
            "patient_information_only_bom.csv",
            "\u{feff}",
            "empty: the file has no header",
        ),
        Case::held("nothing, in gzip", "patient_information_empty.csv.gz", gzip(b""), "empty: the file has no header"),
        Case::done("a header only", "lab_results_header.csv", lines(RESULTS, &[]), "0"),
        Case::done("a header only, without a line end", "lab_tests_header.csv", TESTS, "0"),
    ]
}

fn quotes() -> Vec<Case> {
    vec![
        Case::done(
            "line breaks within quotes",
            "patient_information_breaks.csv",
            lines(
                PATIENTS,
                &["sh01,\"Ada\r\nMaria\",\"A\n\n\"\"B\"\"\",1/2/1960,NULL,NA,0+,\"one, two\"", "sh02,Bo,C,,,,,"],
            ),
            "2: 2 inserted",
        )
        .rows(&["sh01|Ada\r\nMaria|A\n\n\"B\"|1960-01-02|-|one, two", "sh02|Bo|C|-|-|-"]),
        Case::done(
            "a quote that is not closed at the end",
            "patient_information_unclosed.csv",
            lines(PATIENTS, &["sh10,Ada,Whole,,,,,", "sh11,Ada,Cut,,,,,\"Penicil"]),
            "2: 1 inserted, 1 quarantined",
        )
        .rows(&["sh10|Ada|Whole|-|-|-"])
        .rejects(&["2 a quote is not closed"]),
        Case::done(
            "a quote that is not closed takes the rest of the file with it, as one record",
            "patient_information_unclosed_early.csv",
            lines(
                PATIENTS,
                &["sh12,Ada,Whole,,,,,", "sh13,\"Ada,Cut,,,,,", "sh14,Ada,Lost,,,,,", "sh15,Ada,Lost,,,,,"],
            ),
            "2: 1 inserted, 1 quarantined",
        )
        .rows(&["sh12|Ada|Whole|-|-|-"])
        .rejects(&["2 a quote is not closed"]),
        Case::done(
            "a lost quote makes no record of two",
            "patient_information_lost.csv",
            lines(PATIENTS, &["sh71,Ada,One,,,,,\"Penicil", "sh72,Bo,Two,,,,,\"Latex\"", "sh73,Cy,Three,,,,,\"None\""]),
            "2: 1 inserted, 1 quarantined",
        )
        .rows(&["sh73|Cy|Three|-|-|None"])
        .rejects(&["1 text follows a closing quote: a quote before it was probably lost"]),
        Case::done(
            "a quote within an unquoted field is a letter",
            "patient_information_inch.csv",
            lines(PATIENTS, &["sh16,5\" Ada,O'Br\"ien,,,,,"]),
            "1: 1 inserted",
        )
        .rows(&["sh16|5\" Ada|O'Br\"ien|-|-|-"]),
    ]
}
