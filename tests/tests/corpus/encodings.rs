//! How bytes become text: encodings, byte order marks, line ends, compression.

use crate::file::{Case, PATIENTS, gzip, lines};

fn one(id: &str, last_name: &str) -> String {
    lines(PATIENTS, &[&format!("{id},Ada,{last_name},1/2/1960,NULL,NA,0+,None")])
}

fn utf_16(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    format!("\u{feff}{text}").encode_utf16().flat_map(to_bytes).collect()
}

pub(crate) fn cases() -> Vec<Case> {
    let row = |id: &str, last_name: &str| format!("{id}|Ada|{last_name}|1960-01-02|-|None");
    let read = |what, key: &str, bytes: Vec<u8>, id: &str, last_name: &str| {
        Case::done(what, key, bytes, "1: 1 inserted").rows(&[&row(id, last_name)])
    };
    let cut = |bytes: &[u8], by: usize| bytes[..bytes.len() - by].to_vec();
    let damaged = "the gzip stream is cut short or damaged: upload the file again";
    let no_header = "no column of the map (v1) stands in the first line: upload the file with its header";
    let zipped = gzip(one("en20", "Zip").as_bytes());
    vec![
        read("UTF-8", "patient_information_utf8.csv", one("en01", "Şahin Łuk 木").into(), "en01", "Şahin Łuk 木"),
        read(
            "a byte order mark",
            "patient_information_bom.csv",
            format!("\u{feff}{}", one("en02", "Bom")).into(),
            "en02",
            "Bom",
        ),
        read(
            "UTF-16, little end first",
            "patient_information_utf16le.csv",
            utf_16(&one("en03", "Müller木"), u16::to_le_bytes),
            "en03",
            "Müller木",
        ),
        read(
            "UTF-16, big end first",
            "patient_information_utf16be.csv",
            utf_16(&one("en04", "Müller木"), u16::to_be_bytes),
            "en04",
            "Müller木",
        ),
        read(
            "Latin-1",
            "patient_information_latin1.csv",
            one("en05", "M@ller")
                .replace('@', "\u{1}")
                .into_bytes()
                .into_iter()
                .map(|byte| if byte == 1 { 0xfc } else { byte })
                .collect(),
            "en05",
            "Müller",
        ),
        Case::done(
            "Latin-1 and UTF-8 in one file: each record is read by itself",
            "patient_information_mixed.csv",
            [
                lines(PATIENTS, &["en06,Ada,Müller,1/2/1960,NULL,NA,0+,None"]).as_bytes(),
                b"en07,Ada,M\xfcller,1/2/1960,NULL,NA,0+,None\n",
            ]
            .concat(),
            "2: 2 inserted",
        )
        .rows(&[&row("en06", "Müller"), &row("en07", "Müller")]),
        read(
            "lines that end in CR LF",
            "patient_information_crlf.csv",
            one("en08", "Crlf").replace('\n', "\r\n").into(),
            "en08",
            "Crlf",
        ),
        read(
            "no line end at the end",
            "patient_information_no_end.csv",
            one("en09", "Last").trim_end().into(),
            "en09",
            "Last",
        ),
        Case::done(
            "empty lines are no records",
            "patient_information_blank.csv",
            format!("\n\n{}\n\r\n\n{}\n\n", one("en10", "One").trim_end(), "en11,Ada,Two,1/2/1960,NULL,NA,0+,None"),
            "2: 2 inserted",
        )
        .rows(&[&row("en10", "One"), &row("en11", "Two")]),
        read("gzip", "patient_information_gzip.csv.gz", zipped.clone(), "en20", "Zip"),
        Case::done(
            "two gzip streams in one file",
            "patient_information_gzip_twice.csv.gz",
            [gzip(one("en21", "First").as_bytes()), gzip(b"en22,Ada,Second,1/2/1960,NULL,NA,0+,None\n")].concat(),
            "2: 2 inserted",
        )
        .rows(&[&row("en21", "First"), &row("en22", "Second")]),
        Case::failed("a gzip cut within its data", "patient_information_cut.csv.gz", cut(&zipped, 40), damaged),
        Case::failed("a gzip cut within its checksum", "patient_information_cut_late.csv.gz", cut(&zipped, 3), damaged),
        Case::failed("a gzip of which nothing came", "patient_information_cut_at_once.csv.gz", Vec::new(), damaged),
        Case::failed(
            "plain text that is called gzip",
            "patient_information_not_gzip.csv.gz",
            one("en23", "Plain"),
            damaged,
        ),
        Case::held("gzip that is called plain text", "patient_information_gzip_unnamed.csv", zipped.clone(), no_header),
        Case::held(
            "UTF-16 without a mark",
            "patient_information_utf16_bare.csv",
            utf_16(&one("en24", "X"), u16::to_le_bytes)[2..].to_vec(),
            no_header,
        ),
    ]
}
