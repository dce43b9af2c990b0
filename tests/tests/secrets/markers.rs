//! Files of which every field is a marker that stands nowhere else: sound ones, broken ones, and rows that the database
//! refuses, loaded by the daemon at the most talkative level, which then proposes a column map for each. No marker is in its
//! log, in what the other commands print, in the metrics, in a proposal and its preview, or in a reason that ops read.

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use wardwatch_tests::{Dashboard, Folder, Ingest, Tested, Warehouse};

/// What every marker holds. It is in no word of ours; the keys of the files do not hold it.
const MARK: &str = "zq7";
/// Years in which nothing else happens.
const YEAR: u32 = 1867;

const HEADERS: [(&str, &str); 4] = [
    (
        "patient_information",
        "patient_id,first_name,last_name,date_of_birth,primary_physician,insurance_provider,blood_type,allergies",
    ),
    (
        "admissions",
        "patient_id,hospitalization_case_number,admission_date,admission_time,release_date,release_time,department,room_number",
    ),
    ("lab_tests", "test_id,patient_id,test_name,order_date,order_time,ordering_physician"),
    (
        "lab_results",
        "result_id,test_id,result_value,result_unit,reference_range,result_status,performed_date,performed_time,reviewing_physician",
    ),
];

/// A row of a header: each field a marker of its kind. Ids of one row number are the same in all feeds.
fn row(header: &str, number: usize) -> String {
    let field = |name: &str| match name {
        "patient_id" | "test_id" | "result_id" => format!("{MARK}id{number}"),
        "result_value" => format!("867.98761{number:04}"),
        "release_date" => format!("{}-03-04", YEAR + 1),
        "release_time" => "05:06".to_owned(),
        name if name.ends_with("_date") || name == "date_of_birth" => format!("1/{}/{YEAR}", 1 + number % 28),
        name if name.ends_with("_time") => "3:04:05 AM".to_owned(),
        name => format!("{MARK}{}{number}", name.len()),
    };
    header.split(',').map(field).collect::<Vec<_>>().join(",")
}

fn file(header: &str, numbers: std::ops::Range<usize>, spoil: impl Fn(String) -> String) -> String {
    let mut text = format!("{header}\n");
    for number in numbers {
        let _ = writeln!(text, "{}", spoil(row(header, number)));
    }
    text
}

/// A way to spoil a row, with its name.
type Flaw = (&'static str, fn(String) -> String);

const FLAWS: [Flaw; 8] = [
    ("sound", |row| row),
    ("ragged", |row| row + ",zq7more"),
    ("nul", |row| row.replacen("zq7", "zq7\0", 1)),
    ("unclosed", |row| row + "\",\"zq7"),
    ("dateless", |row| row.replace("1867", "zq7year")),
    ("valueless", |row| row.replace("867.9876", "zq7value")),
    ("idless", |row| row.replacen("zq7id", &"zq7id".repeat(50), 1)),
    ("refused", |row| row.replace("zq7id", "zq7idrefused")),
];

fn write_all(folder: &Folder) -> Tested {
    for (stem, header) in HEADERS {
        for (place, (name, spoil)) in FLAWS.into_iter().enumerate() {
            let numbers = place * 10..place * 10 + 4;
            folder.put(&format!("{stem}_{name}.csv"), file(header, numbers, spoil).as_bytes())?;
        }
        let sound = file(header, 90..94, |row| row);
        let headless = sound.split_once('\n').map_or("", |(_, rows)| rows);
        folder.put(&format!("{stem}_headless.csv"), headless.as_bytes())?;
        folder.put(&format!("{stem}_endless.csv"), format!("{sound}\"{}", "zq7endless,".repeat(120_000)).as_bytes())?;
        let utf_16: Vec<u8> = format!("\u{feff}{sound}").encode_utf16().flat_map(u16::to_be_bytes).collect();
        folder.put(&format!("{stem}_utf16.csv"), &utf_16)?;
        folder.put(&format!("{stem}_utf16_bare.csv"), &utf_16[2..])?;
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(sound.as_bytes())?;
        let zipped = encoder.finish()?;
        folder.put(&format!("{stem}_cut.csv.gz"), &zipped[..zipped.len() - 9])?;
    }
    Ok(())
}

/// The database refuses some rows and quotes them, as constraints and functions of a hospital's own may.
const REFUSE: &str = "
    ALTER TABLE warehouse.patient ADD CONSTRAINT of_ops CHECK (patient_id !~ 'refused');
    CREATE FUNCTION public.quote() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN IF NEW.patient_id ~ ''refused'' THEN RAISE EXCEPTION ''% is refused'', NEW; END IF; RETURN NEW; END';
    CREATE TRIGGER quote BEFORE INSERT ON warehouse.lab_test FOR EACH ROW EXECUTE FUNCTION public.quote();
    CREATE TRIGGER quote BEFORE INSERT ON warehouse.admission FOR EACH ROW EXECUTE FUNCTION public.quote();";

/// A map is asked for of every object, whatever became of it.
const PROPOSE: &str = "
    INSERT INTO app.request (kind, object_id, asked_by, asked_at)
    SELECT 'propose_map', object_id, 'Kim Ops', now() FROM ingest.object;
    NOTIFY wardwatch_request";

#[tokio::test]
async fn no_value_of_a_file_is_told() -> Tested {
    nothing_is_told("text", " TRACE ").await
}

#[tokio::test]
async fn no_value_of_a_file_is_told_as_json() -> Tested {
    nothing_is_told("json", "\"level\":\"TRACE\"").await
}

/// With a log of this format, which says so when it is talkative.
async fn nothing_is_told(format: &str, talkative: &str) -> Tested {
    let (folder, warehouse) = (Folder::new()?, Warehouse::start().await?);
    write_all(&folder)?;
    warehouse.tell(REFUSE).await?;
    let ingest = Ingest::from_folder(&folder, &warehouse)?
        .with("WARDWATCH_LOG", "debug,wardwatch_ingest=trace,wardwatch_schema=trace")
        .with("WARDWATCH_LOG_FORMAT", format)
        .with("WARDWATCH_POLL_INTERVAL", "50ms");
    let daemon = ingest.start()?;
    let settled = "SELECT count(*) = 52 AND bool_and(state NOT IN ('pending', 'leased')) FROM ingest.object";
    warehouse.until(settled).await?;
    warehouse.tell(PROPOSE).await?;
    warehouse.until("NOT EXISTS (SELECT FROM app.request WHERE state = 'asked')").await?;
    let mut told = vec![("the log".to_owned(), daemon.stop().await?.stderr)];
    for arguments in
        [&["status"][..], &["status", "--json"], &["verify"], &["once"], &["retry", "--reason", "refused"], &["once"]]
    {
        let ended = ingest.run(arguments).await?;
        told.push((arguments.join(" "), ended.stdout + &ended.stderr));
    }
    let dashboard = Dashboard::start(&warehouse.url()).await?;
    for page in ["/metrics", "/ops/requests/1"] {
        told.push((page.to_owned(), dashboard.text(page).await?.1));
    }
    for reasons in [
        "SELECT string_agg(reason, ' ') FROM ingest.object",
        "SELECT string_agg(reason, ' ') FROM ingest.quarantine",
        "SELECT coalesce(string_agg(header, ' '), '') FROM ingest.drift",
        "SELECT string_agg(reason, ' ') FROM ingest.last_error",
        "SELECT string_agg(concat_ws(' ', answer, map, preview), ' ') FROM app.request",
    ] {
        told.push((reasons.to_owned(), warehouse.one(reasons).await?.to_string()));
    }
    let proposed = "SELECT count(*) FILTER (WHERE map IS NOT NULL AND preview IS NOT NULL) FROM app.request";
    assert!(warehouse.one(proposed).await?.as_i64() > Some(10), "maps must be proposed and tried");
    let refused =
        "SELECT count(*) FROM ingest.object WHERE state = 'failed' AND reason LIKE 'the database refused the rows%'";
    assert_eq!(warehouse.one(refused).await?, 3, "patients, admissions and tests that the database refuses");
    let log = &told[0].1;
    assert!(
        log.contains(talkative) && log.contains("lab_results_cut") && log.len() > 10_000,
        "it must be talkative: {log}"
    );
    for (place, text) in &told {
        let lines: Vec<&str> = text.lines().filter(|line| holds_a_marker(line)).collect();
        assert!(lines.is_empty(), "{place} tells: {}", lines.join("\n"));
    }
    Ok(())
}

fn holds_a_marker(line: &str) -> bool {
    // NUL bytes and case may change on the way, and JSON escapes what was escaped; a byte of UTF-16 is a letter of its own.
    let ways = ["\0", "\u{2400}", "\\\\0", "\\0", "\\u0000"];
    let plain = ways.iter().fold(line.to_lowercase(), |plain, nul| plain.replace(*nul, ""));
    [MARK, "867.9876", "1/1867", "/1867", "1867-", "1868-"].iter().any(|marker| plain.contains(marker))
}

#[test]
fn markers_are_found_where_they_are_told() {
    for told in [
        "patient zq7id3",
        "z\u{0}q\u{0}7",
        "z\\0q7",
        "{\"patient\":\"z\\u0000q7\"}",
        "{\"patient\":\"z\\\\0q7\"}",
        "born 1/5/1867",
        "1868-03-04",
        "value 867.987610003",
        "Z\u{2400}Q\u{2400}7",
    ] {
        assert!(holds_a_marker(told), "{told}");
    }
    assert!(!holds_a_marker("object_id=1867 of 2026-11-21T16:00:00Z"));
}
