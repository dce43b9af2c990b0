//! Logs tell of objects and counts, at the most talkative level too: nothing of a patient, and no secret.

#[path = "secrets/markers.rs"]
mod markers;

use std::collections::BTreeSet;

use wardwatch_tests::bucket::SECRET_KEY;
use wardwatch_tests::sample::{bytes, directory, names};
use wardwatch_tests::{Ingest, S3, Tested, Warehouse};

const PASSWORD: &str = "correct-horse-of-the-ward";
/// How logs are written, and what then tells that they are talkative.
const FORMATS: [(&str, &str); 2] = [("text", " DEBUG "), ("json", "\"level\":\"DEBUG\"")];

/// What stands in the files and may stand in no log: every identifier, name, physician and value of every record.
fn of_patients() -> Tested<BTreeSet<String>> {
    let mut said = BTreeSet::new();
    for set in ["files", "broken", "drift"] {
        for name in names(set)? {
            let bytes = bytes(set, &name)?;
            said.extend(fields(&text(&bytes)));
        }
    }
    Ok(said)
}

fn text(bytes: &[u8]) -> String {
    match bytes {
        [0x1f, 0x8b, ..] => String::new(),
        [0xff, 0xfe, units @ ..] => {
            let units: Vec<u16> = units.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
            String::from_utf16_lossy(&units)
        }
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// The fields after the header that are long enough to be told from a count or a word of the program, and are no time of
/// day, which every line of a log has.
fn fields(text: &str) -> Vec<String> {
    let rows = text.lines().skip(1).flat_map(|line| line.split(','));
    let fields = rows.map(|field| field.trim_matches(['"', ' ', '\u{feff}']));
    let is_time = |field: &str| field.len() == 5 && field.as_bytes()[2] == b':';
    fields.filter(|field| field.chars().count() >= 5 && !is_time(field)).map(str::to_owned).collect()
}

/// Whether a text stands in another one as words of its own.
fn stands_in(log: &str, text: &str) -> bool {
    let is_letter = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
    log.match_indices(text)
        .any(|(at, _)| !is_letter(log[..at].chars().next_back()) && !is_letter(log[at + text.len()..].chars().next()))
}

#[test]
fn what_must_not_be_told_is_found_where_it_is_told() -> Tested {
    let said = of_patients()?;
    for field in ["10007", "MacLeod", "2.6569843855", "84010014", "Dr. Lakshmi Iyer", "0084080007", "288133623"] {
        assert!(said.contains(field), "{field}");
    }
    assert!(stands_in("record of 10007, quarantined", "10007") && !stands_in("in 0.010007s", "10007"));
    Ok(())
}

#[tokio::test]
async fn no_log_tells_of_a_patient_or_a_secret() -> Tested {
    let s3 = S3::start().await?;
    for set in ["files", "broken", "drift"] {
        s3.put_all(&directory(set)).await?;
    }
    for (format, talkative) in FORMATS {
        let log = log_of(&s3, format).await?;
        assert!(log.contains("lab_results_truncated") && log.contains(talkative), "{format} must be talkative");
        let told: Vec<String> = of_patients()?.into_iter().filter(|text| stands_in(&log, text)).collect();
        assert_eq!(told, Vec::<String>::new(), "of {} bytes of {format}", log.len());
        for secret in [PASSWORD, SECRET_KEY] {
            assert!(!log.contains(secret), "{secret} as {format}");
        }
    }
    Ok(())
}

/// What the commands tell that load the bucket and look at it.
async fn log_of(s3: &S3, format: &str) -> Tested<String> {
    let (warehouse, role) = (Warehouse::start().await?, format!("discreet_{format}"));
    warehouse.create_login_with_password(&role, PASSWORD).await?;
    warehouse.tell(&format!("ALTER ROLE {role} SUPERUSER")).await?;
    let ingest = Ingest::from_s3(s3, &warehouse)?
        .with("WARDWATCH_DATABASE_URL", warehouse.url_as(&role, Some(PASSWORD))?)
        .with("WARDWATCH_LOG", "debug")
        .with("WARDWATCH_LOG_FORMAT", format);
    let once = ingest.once().await?;
    assert_eq!(once.json_of(1)?["objects"], 28, "the truncated file failed");
    let mut log = format!("{}{}", once.stdout, once.stderr);
    for command in ["once", "verify", "status"] {
        let ended = ingest.run(&[command]).await?;
        log.push_str(&ended.stdout);
        log.push_str(&ended.stderr);
    }
    Ok(log)
}
