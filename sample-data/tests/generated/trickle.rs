//! Updates after the base: unique ids and keys, also over restarts, nothing from the future, nobody re-opened.

use crate::support::{Base, Record, committed, listed, noon, records, release, us_moment};
use anyhow::{Context, Result};
use chrono::{DateTime, Duration, Utc};
use std::collections::{BTreeMap, HashMap, HashSet};
use wardwatch_sample_data::{
    Feed, GenerateOptions, GeneratedFile, Layout, MemorySink, Trickle, TrickleOptions, trickle,
};

fn every_five_seconds() -> TrickleOptions {
    TrickleOptions::new(committed(), std::time::Duration::from_secs(5))
}

/// The files of some rounds, each with the moment of its round.
fn play(trickle: &mut Trickle, from: DateTime<Utc>, rounds: i32) -> Result<Vec<(DateTime<Utc>, GeneratedFile)>> {
    let mut all = Vec::new();
    for round in 0..rounds {
        let now = from + Duration::seconds(5) * round;
        all.extend(trickle.next_round(now)?.into_iter().map(|file| (now, file)));
    }
    Ok(all)
}

fn rows(files: &[(DateTime<Utc>, GeneratedFile)], feed: Feed) -> Result<Vec<Record>> {
    let of_feed = files.iter().filter(|(_, file)| file.feed == feed);
    let read: Vec<Vec<Record>> = of_feed.map(|(_, file)| records(&file.bytes)).collect::<Result<_>>()?;
    Ok(read.concat())
}

#[test]
fn rounds_are_reproducible_and_say_something_in_every_feed() -> Result<()> {
    let mut one = Trickle::new(&every_five_seconds())?;
    let mut other = Trickle::new(&every_five_seconds())?;
    for round in 0..50 {
        let now = noon() + Duration::seconds(5 * round);
        let files = one.next_round(now)?;
        assert_eq!(files.len(), 4, "round {round}");
        let again = other.next_round(now)?;
        assert!(files.iter().zip(&again).all(|(file, same)| file.key == same.key && file.bytes == same.bytes));
        for file in files {
            assert_eq!(records(&file.bytes)?.len() as u64, file.rows, "{}", file.key);
        }
    }
    Ok(())
}

#[test]
fn keys_and_new_ids_are_never_used_twice_not_even_after_a_restart() -> Result<()> {
    let mut files = play(&mut Trickle::new(&every_five_seconds())?, noon(), 100)?;
    files.extend(play(&mut Trickle::new(&every_five_seconds())?, noon() + Duration::seconds(500), 100)?);
    let keys: HashSet<_> = files.iter().map(|(_, file)| &file.key).collect();
    assert_eq!(keys.len(), files.len());
    let mut owner_of_case: HashMap<String, String> = HashMap::new();
    for row in rows(&files, Feed::Admissions)? {
        let case = row["hospitalization_case_number"].clone();
        let owner = owner_of_case.entry(case).or_insert_with(|| row["patient_id"].clone());
        assert_eq!(*owner, row["patient_id"]);
    }
    let mut test_of_result: HashMap<String, String> = HashMap::new();
    for row in rows(&files, Feed::LabResults)? {
        let test = test_of_result.entry(row["result_id"].clone()).or_insert_with(|| row["test_id"].clone());
        assert_eq!(*test, row["test_id"]);
    }
    let new_tests = rows(&files, Feed::LabTests)?.into_iter().filter(|row| row["test_id"].len() > 12);
    let mut patient_of_test: HashMap<String, String> = HashMap::new();
    for row in new_tests {
        let patient = patient_of_test.entry(row["test_id"].clone()).or_insert_with(|| row["patient_id"].clone());
        assert_eq!(*patient, row["patient_id"]);
    }
    assert!(patient_of_test.len() > 100);
    Ok(())
}

#[test]
fn two_rounds_in_one_second_still_have_keys_of_their_own() -> Result<()> {
    let mut trickle = Trickle::new(&every_five_seconds())?;
    let mut files = trickle.next_round(noon())?;
    files.extend(trickle.next_round(noon())?);
    let keys: HashSet<_> = files.iter().map(|file| &file.key).collect();
    assert_eq!(keys.len(), files.len());
    assert!(keys.contains(&"admissions_20261121T120001Z.csv".to_owned()), "{keys:?}");
    Ok(())
}

#[tokio::test]
async fn every_kind_of_update_appears() -> Result<()> {
    let base = Base::of(&committed()).await?;
    let mut said: HashMap<(Feed, String), Record> = HashMap::new();
    for (feed, id) in IDS {
        said.extend(base.rows(feed).iter().map(|row| ((feed, row[id].clone()), row.clone())));
    }
    let (mut new, mut changed, mut unchanged) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    let mut discharged = 0;
    let files = play(&mut Trickle::new(&every_five_seconds())?, noon() + Duration::minutes(3), 200)?;
    for (feed, id) in IDS {
        for row in rows(&files, feed)? {
            let before = said.insert((feed, row[id].clone()), row.clone());
            let kind = match &before {
                None => &mut new,
                Some(before) if *before == row => &mut unchanged,
                Some(_) => &mut changed,
            };
            *kind.entry(feed.name()).or_insert(0) += 1;
            let was_open = before.is_some_and(|before| before.get("release_date") != row.get("release_date"));
            discharged += usize::from(was_open);
        }
    }
    for kind in [&new, &changed, &unchanged] {
        assert_eq!(kind.len(), 4, "new {new:?} changed {changed:?} unchanged {unchanged:?}");
    }
    assert!(discharged > 10, "{discharged}");
    Ok(())
}

const IDS: [(Feed, &str); 4] = [
    (Feed::PatientInformation, "patient_id"),
    (Feed::Admissions, "hospitalization_case_number"),
    (Feed::LabTests, "test_id"),
    (Feed::LabResults, "result_id"),
];

#[test]
fn nothing_is_said_from_the_future_and_no_release_lies_before_its_admission() -> Result<()> {
    for (now, file) in play(&mut Trickle::new(&every_five_seconds())?, noon(), 300)? {
        for row in records(&file.bytes)? {
            match file.feed {
                Feed::PatientInformation => {}
                Feed::LabTests => assert!(us_moment(&row, "order")? <= now),
                Feed::LabResults => assert!(us_moment(&row, "performed")? <= now),
                Feed::Admissions => {
                    let admitted_at = us_moment(&row, "admission")?;
                    assert!(admitted_at <= now);
                    assert!(release(&row)?.is_none_or(|at| at > admitted_at));
                }
            }
        }
    }
    Ok(())
}

#[test]
fn a_discharged_stay_is_never_said_to_be_open_again_not_even_after_a_restart() -> Result<()> {
    let mut files = play(&mut Trickle::new(&every_five_seconds())?, noon(), 400)?;
    files.extend(play(&mut Trickle::new(&every_five_seconds())?, noon() + Duration::hours(2), 400)?);
    let mut discharged = HashSet::new();
    for row in rows(&files, Feed::Admissions)? {
        let case = row["hospitalization_case_number"].clone();
        if release(&row)?.is_some() {
            discharged.insert(case);
        } else {
            assert!(!discharged.contains(&case), "{case}");
        }
    }
    assert!(discharged.len() > 30, "{}", discharged.len());
    Ok(())
}

#[test]
fn memory_stays_bounded_over_a_day_and_over_a_large_base() -> Result<()> {
    let base = GenerateOptions { patients: 10_000_000, ..committed() };
    let mut large = Trickle::new(&TrickleOptions::new(base, std::time::Duration::from_secs(5)))?;
    assert!((150..=400).contains(&large.known_patients()), "{}", large.known_patients());
    let mut small = Trickle::new(&every_five_seconds())?;
    for round in 0..2_000 {
        let now = noon() + Duration::seconds(40) * round;
        large.next_round(now)?;
        small.next_round(now)?;
    }
    assert!(large.known_patients() < 500, "{}", large.known_patients());
    assert!((30..160).contains(&small.known_patients()), "{}", small.known_patients());
    Ok(())
}

#[tokio::test]
async fn an_hour_of_trickle_leaves_the_board_filled() -> Result<()> {
    let mut base = Base::of(&committed()).await?;
    let files = play(&mut Trickle::new(&every_five_seconds())?, noon(), 720)?;
    for feed in Feed::ALL {
        for row in rows(&files, feed)? {
            base.say(feed, row);
        }
    }
    let listed = listed(&base, noon() + Duration::hours(1))?;
    assert!((20..=50).contains(&listed.len()), "{}", listed.len());
    assert!(listed.iter().any(|stay| stay.chase) && listed.iter().any(|stay| !stay.chase));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn the_trickle_stops_after_its_rounds_or_when_told() -> Result<()> {
    let sink = MemorySink::default();
    let options = TrickleOptions { rounds: Some(3), ..every_five_seconds() };
    let options =
        TrickleOptions { base: GenerateOptions { layout: Layout::Dated, gzip: true, ..options.base }, ..options };
    let summary = trickle(&sink, &options, noon, std::future::pending()).await?;
    assert_eq!((summary.rounds, summary.files), (3, 12));
    let files = sink.files();
    let key = files.keys().next().context("a file")?;
    assert_eq!(key, "lis/lab_results/2026/11/21/20261121T120000Z.csv.gz");

    let endless = every_five_seconds();
    let stop = tokio::time::sleep(std::time::Duration::from_secs(12));
    let summary = trickle(&MemorySink::default(), &endless, noon, stop).await?;
    assert_eq!(summary.rounds, 2);
    Ok(())
}

#[tokio::test]
async fn too_short_an_interval_is_refused() {
    let options = TrickleOptions::new(committed(), std::time::Duration::from_millis(200));
    let outcome = trickle(&MemorySink::default(), &options, noon, std::future::ready(())).await;
    assert!(outcome.err().is_some_and(|error| error.to_string().contains("--trickle")));
}
