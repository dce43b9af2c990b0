//! Reproducibility, the committed files, the broken and the drifted ones, and the sinks.

use crate::support::{Base, committed, files, noon, records, release, us_moment};
use anyhow::{Context, Result};
use object_store::memory::InMemory;
use object_store::path::Path as ObjectPath;
use object_store::{ObjectStore, ObjectStoreExt};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use wardwatch_sample_data::{
    BucketSink, DirectorySink, Feed, GenerateOptions, Layout, MemorySink, Sink, broken_files, drift_files, generate,
    sink_for,
};

fn own_directory() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file under a directory, by its path from there.
fn files_below(root: &Path) -> Result<Vec<(String, Vec<u8>)>> {
    let mut directories: Vec<PathBuf> = vec![root.to_owned()];
    let mut found = Vec::new();
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(&directory).with_context(|| directory.display().to_string())? {
            let path = entry?.path();
            if path.is_dir() {
                directories.push(path);
            } else {
                let key = path.strip_prefix(root)?.to_string_lossy().into_owned();
                found.push((key, std::fs::read(&path)?));
            }
        }
    }
    found.sort();
    Ok(found)
}

#[tokio::test]
async fn equal_options_give_equal_bytes_and_another_seed_gives_others() -> Result<()> {
    let first = files(&committed()).await?;
    assert_eq!(first, files(&committed()).await?);
    let other = files(&GenerateOptions { seed: 49, ..committed() }).await?;
    assert!(first.iter().all(|(key, bytes)| other.get(key) != Some(bytes)));
    Ok(())
}

/// Another library, or another processor, may compress the same text to other bytes; where they are cut off, the text is, too.
fn says_the_same(one: &[u8], other: &[u8]) -> bool {
    let [one_text, other_text] = [one, other].map(inflated);
    let is_begun_alike = one_text.starts_with(&other_text) || other_text.starts_with(&one_text);
    one == other || is_begun_alike && !one_text.is_empty() && !other_text.is_empty()
}

/// As much as a compressed file holds; nothing of another file.
fn inflated(bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    drop(flate2::read::GzDecoder::new(bytes).read_to_end(&mut text));
    text
}

#[tokio::test]
async fn the_committed_files_are_what_the_generator_writes() -> Result<()> {
    for (folder, options) in [
        ("files", committed()),
        ("broken", GenerateOptions { base: false, broken: true, ..committed() }),
        ("drift", GenerateOptions { base: false, drift: true, ..committed() }),
    ] {
        let generated = files(&options).await?;
        let lying = files_below(&own_directory().join(folder))?;
        assert_eq!(lying.len(), generated.len(), "{folder}: generate again as README.md says");
        for (name, bytes) in lying {
            let key = if folder == "files" { name } else { format!("{folder}/{name}") };
            assert!(
                generated.get(&key).is_some_and(|expected| says_the_same(expected, &bytes)),
                "{key}: generate again as README.md says"
            );
        }
    }
    Ok(())
}

#[test]
fn the_readme_tells_of_every_broken_and_drifted_file() -> Result<()> {
    let readme = std::fs::read_to_string(own_directory().join("README.md"))?;
    let broken = broken_files(&committed())?.into_iter().map(|broken| (broken.file.key, broken.flaw));
    let drifted = drift_files(&committed())?.into_iter().map(|drifted| (drifted.file.key, drifted.drift));
    for (key, what) in broken.chain(drifted) {
        let line = readme.lines().find(|line| line.contains(&format!("`{key}`")));
        assert!(line.is_some_and(|line| line.contains(what)), "README.md misses: | `{key}` | {what} |");
    }
    Ok(())
}

#[test]
fn each_broken_file_has_its_flaw() -> Result<()> {
    let all = broken_files(&committed())?;
    assert_eq!(all.len(), 16);
    let bytes = |name: &str| {
        let found = all.iter().find(|broken| broken.file.key.contains(&format!("_{name}_")));
        found.map(|broken| broken.file.bytes.to_vec()).with_context(|| name.to_owned())
    };
    assert!(bytes("empty")?.is_empty());
    assert!(records(&bytes("header_only")?)?.is_empty());
    assert!(!String::from_utf8(bytes("missing_column")?)?.contains("admission_date"));
    assert_eq!(String::from_utf8(bytes("duplicated_column")?)?.matches("order_date").count(), 2);
    assert!(records(&bytes("ragged_rows")?).is_err());
    assert!(bytes("nul_bytes")?.contains(&0));
    assert!(String::from_utf8(bytes("unclosed_quote")?)?.ends_with("\"Penicillin, Latex\n"));
    let mut unpacked = Vec::new();
    assert!(flate2::read::GzDecoder::new(bytes("truncated")?.as_slice()).read_to_end(&mut unpacked).is_err());
    assert!(bytes("utf_16")?.starts_with(&[0xFF, 0xFE, b'p', 0]));
    let crlf = bytes("bom_crlf")?;
    assert!(crlf.starts_with(&[0xEF, 0xBB, 0xBF]) && crlf.ends_with(b"\r\n"));
    let latin_1 = bytes("latin_1")?;
    assert!(String::from_utf8(latin_1.clone()).is_err() && latin_1.contains(&0xFC));
    assert!(records(&bytes("line_breaks")?)?.iter().any(|row| row["allergies"] == "Penicillin\nLatex"));
    for row in records(&bytes("future_dated")?)? {
        assert!(us_moment(&row, "performed")? > noon() + chrono::Duration::days(365));
    }
    assert!(String::from_utf8(bytes("no_date")?)?.contains(",13/45/2026,"));
    Ok(())
}

#[test]
fn the_two_conflicts_are_conflicts() -> Result<()> {
    let all = broken_files(&committed())?;
    let rows = |name: &str| {
        let found = all.iter().find(|broken| broken.file.key.contains(name)).context("no such file")?;
        records(&found.file.bytes)
    };
    let shared = rows("shared_case")?;
    let case_number = |at: usize| &shared[at]["hospitalization_case_number"];
    assert_eq!(case_number(0), case_number(1));
    assert_ne!(shared[0]["patient_id"], shared[1]["patient_id"]);
    let early = &rows("released_early")?[0];
    assert!(release(early)?.is_some_and(|at| us_moment(early, "admission").is_ok_and(|admitted_at| at < admitted_at)));
    Ok(())
}

#[test]
fn future_dated_results_belong_to_tests_of_the_readable_files() -> Result<()> {
    let all = broken_files(&committed())?;
    let text = |name: &str| {
        let found = all.iter().find(|broken| broken.file.key.contains(name)).context("no such file")?;
        anyhow::Ok(String::from_utf8_lossy(&found.file.bytes).into_owned())
    };
    let tests = text("bom_crlf")?;
    for result in records(text("future_dated")?.as_bytes())? {
        assert!(tests.contains(&result["test_id"]), "{}", result["test_id"]);
    }
    Ok(())
}

#[tokio::test]
async fn broken_and_drifted_patients_are_in_no_base_and_drifted_ids_have_leading_zeros() -> Result<()> {
    let base = Base::of(&committed()).await?;
    let known: Vec<_> = base.rows(Feed::PatientInformation).iter().map(|row| row["patient_id"].as_str()).collect();
    for drifted in drift_files(&committed())?.iter().filter(|drifted| drifted.file.feed == Feed::PatientInformation) {
        for row in records(&drifted.file.bytes)? {
            let id = row["patient_id"].as_str();
            assert!(id.starts_with("00") && !known.contains(&id.trim_start_matches('0')), "{id}");
            assert!(row.get("preferred_language").or(row.get("address")).is_some_and(|more| !more.is_empty()));
        }
    }
    Ok(())
}

#[test]
fn drifted_headers_differ_from_the_known_ones() -> Result<()> {
    let drifted = drift_files(&committed())?;
    assert_eq!(drifted.len(), 8);
    for drifted in drifted {
        let header = csv::Reader::from_reader(drifted.file.bytes.as_ref()).headers()?.clone();
        let is_as_ever = drifted.file.key.contains("lab_tests_release_2");
        assert_eq!(header == *drifted.file.feed.columns(), is_as_ever, "{}", drifted.drift);
        assert!(!records(&drifted.file.bytes)?.is_empty());
    }
    Ok(())
}

#[tokio::test]
async fn a_larger_base_streams_the_same_first_patients_and_gzip_holds_the_same_bytes() -> Result<()> {
    let small = files(&GenerateOptions { patients: 300, ..committed() }).await?;
    let large = files(&GenerateOptions { patients: 6_000, ..committed() }).await?;
    let packed = files(&GenerateOptions { patients: 6_000, gzip: true, ..committed() }).await?;
    for feed in Feed::ALL {
        let key = format!("{}.csv", feed.name());
        assert!(large[&key].starts_with(&small[&key]), "{key}: a patient depends on seed and index alone");
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(packed[&format!("{key}.gz")].as_ref()).read_to_end(&mut unpacked)?;
        assert!(large[&key] == unpacked, "{key}");
    }
    assert_eq!(records(&large["patient_information.csv"])?.len(), 6_000);
    Ok(())
}

#[tokio::test]
async fn a_directory_and_a_bucket_receive_the_same_files_and_nothing_else() -> Result<()> {
    let options = GenerateOptions { layout: Layout::Dated, broken: true, ..committed() };
    let expected = files(&options).await?;
    let directory = tempfile::tempdir()?;
    generate(&DirectorySink::new(directory.path()), &options).await?;
    let local = files_below(directory.path())?;
    assert!(local.into_iter().eq(expected.iter().map(|(key, bytes)| (key.clone(), bytes.to_vec()))));

    let store = Arc::new(InMemory::new());
    let sink = BucketSink::new(Arc::clone(&store) as Arc<dyn ObjectStore>, "ward/7");
    let summary = generate(&sink, &options).await?;
    assert_eq!(summary.files.len(), expected.len());
    for (key, bytes) in expected {
        let object = store.get(&ObjectPath::from(format!("ward/7/{key}"))).await?;
        assert_eq!(object.bytes().await?, bytes, "{key}");
    }
    Ok(())
}

#[tokio::test]
async fn a_file_is_invisible_until_it_is_whole() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let sink = DirectorySink::new(directory.path());
    let mut writer = sink.open("pms/admissions.csv").await?;
    writer.write("patient_id".into()).await?;
    let names = |found: Vec<(String, Vec<u8>)>| found.into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!(names(files_below(directory.path())?), ["pms/.admissions.csv.tmp"]);
    writer.finish().await?;
    assert_eq!(names(files_below(directory.path())?), ["pms/admissions.csv"]);
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_generated_is_refused_with_advice() -> Result<()> {
    let refused = |options: GenerateOptions| async move {
        let sink = MemorySink::default();
        let outcome = generate(&sink, &options).await;
        assert!(sink.files().is_empty());
        outcome.err().map(|error| error.to_string()).unwrap_or_default()
    };
    assert!(refused(GenerateOptions { patients: 0, ..committed() }).await.contains("give --patients"));
    assert!(refused(GenerateOptions { patients: 12_000_001, ..committed() }).await.contains("give --patients"));
    assert!(refused(GenerateOptions { tests_per_patient: 0, ..committed() }).await.contains("--tests-per-patient"));
    for destination in ["", "gs://bucket", "s3://"] {
        let error = sink_for(destination, None).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains("give --out"), "{destination:?}: {error}");
    }
    Ok(())
}
