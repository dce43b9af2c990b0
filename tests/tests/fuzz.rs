//! Any bytes at all, read as a file: the sample files, changed by dice. `parsed.rs` says what must hold of each.
//!
//! `WARDWATCH_FUZZ` says how many files are tried, `WARDWATCH_SEED` from which seed on. `scripts/fuzz` tries the same property
//! with coverage to lead it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use anyhow::Context as _;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use wardwatch_tests::bucket::files;
use wardwatch_tests::parsed::{self, Read};
use wardwatch_tests::sample::directory;
use wardwatch_tests::{Tested, number, report};

/// What files are broken with.
const WORDS: [&[u8]; 22] = [
    b"\"",
    b"\"\"",
    b",",
    b",,",
    b"\n",
    b"\r\n",
    b"\r",
    b"\0",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xfe\xff",
    b"\xfc",
    b"NULL",
    b"\\N",
    b"1/2/2026",
    b"2026-01-02",
    b"9:05:00 AM",
    b"13/45/9999",
    b"1e99",
    b"\xf0\x9f\x92\x89",
    b"patient_id",
    b";",
];
/// A longer file is cut: short ones are changed more thoroughly in the same time.
const LONGEST: usize = 3_000;

/// The sample files, each with the byte before it that says its feed and whether it is packed.
fn seeds() -> Tested<Vec<Vec<u8>>> {
    let mut seeds = Vec::new();
    for set in ["files", "broken", "drift"] {
        for (name, bytes) in files(&directory(set))? {
            let feed = ["patient_information", "admissions", "lab_tests", "lab_results"];
            let feed = feed.iter().position(|stem| name.starts_with(stem)).context(name.clone())?;
            let is_packed = name.rsplit_once('.').is_some_and(|(_, last)| last == "gz");
            let choice = u8::try_from(feed)? | if is_packed { 4 } else { 0 };
            seeds.push([&[choice], &bytes[..bytes.len().min(LONGEST)]].concat());
        }
    }
    Ok(seeds)
}

fn changed(dice: &mut StdRng, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = seeds.choose(dice).cloned().unwrap_or_default();
    for _ in 0..dice.random_range(0..=8) {
        let (from, to) = (dice.random_range(1..=bytes.len()), dice.random_range(1..=bytes.len()));
        let (from, to) = (from.min(to), from.max(to).min(from.min(to) + 200));
        match dice.random_range(0..7) {
            0..3 => drop(bytes.splice(from..from, WORDS.choose(dice).copied().unwrap_or_default().iter().copied())),
            3 => drop(bytes.drain(from..to)),
            4 => bytes.extend_from_within(from..to),
            5 if from < bytes.len() => bytes[from] = dice.random(),
            _ => {
                let other = seeds.choose(dice).cloned().unwrap_or_default();
                bytes.extend(other.iter().skip(1).take(dice.random_range(0..400)));
            }
        }
    }
    bytes
}

#[test]
fn whatever_the_bytes_every_record_is_accounted_for() -> Tested {
    let seeds = seeds()?;
    let (first, files) = (number("WARDWATCH_SEED", 1), number("WARDWATCH_FUZZ", 3_000));
    let (mut whole, mut records) = (0_usize, 0_usize);
    for seed in first..first + files {
        let bytes = changed(&mut StdRng::seed_from_u64(seed), &seeds);
        let read = catch_unwind(AssertUnwindSafe(|| parsed::holds(&bytes)));
        let Ok(read) = read else {
            anyhow::bail!("seed {seed} breaks the reader: {:?}", String::from_utf8_lossy(&bytes))
        };
        if let Read::Whole(found) = read {
            (whole, records) = (whole + 1, records + found);
        }
    }
    anyhow::ensure!(whole as u64 * 4 > files, "only {whole} of {files} files were read: change them less");
    report(&format!(
        "fuzz: {files} changed files from seed {first} on, {whole} of them read to their end, {records} records"
    ))
}

#[test]
fn the_sample_files_are_read_as_they_stand() -> Tested {
    let whole = seeds()?.iter().filter(|seed| matches!(parsed::holds(seed), Read::Whole(_))).count();
    assert_eq!(whole, 28 - 5, "all but the held ones and the one that is cut");
    Ok(())
}
