//! Every fact about the real files that the generator claims to imitate.

use crate::support::{Base, NOTHING, Record, committed, listed, noon, release, us_moment};
use anyhow::{Context, Result};
use chrono::Duration;
use std::collections::{BTreeSet, HashMap, HashSet};
use wardwatch_sample_data::Feed;

fn counted<'a>(rows: &'a [Record], column: &str) -> HashMap<&'a str, usize> {
    let mut counts = HashMap::new();
    for row in rows {
        *counts.entry(row[column].as_str()).or_default() += 1;
    }
    counts
}

#[tokio::test]
async fn headers_and_sizes_are_those_of_the_hospital() -> Result<()> {
    for (key, bytes) in crate::support::files(&committed()).await? {
        let feed = Feed::ALL.into_iter().find(|feed| key.starts_with(feed.name())).context(key)?;
        assert_eq!(csv::Reader::from_reader(bytes.as_ref()).headers()?, feed.columns());
    }
    let base = Base::of(&committed()).await?;
    assert_eq!(base.rows(Feed::PatientInformation).len(), 100);
    assert_eq!(base.rows(Feed::Admissions).len(), 110);
    assert!((900..1100).contains(&base.rows(Feed::LabTests).len()));
    assert!((900..1100).contains(&base.rows(Feed::LabResults).len()));
    Ok(())
}

#[tokio::test]
async fn nothing_is_written_in_four_ways_and_no_known_allergies_is_a_value() -> Result<()> {
    let base = Base::of(&committed()).await?;
    let patients = base.rows(Feed::PatientInformation);
    let mut seen: BTreeSet<&str> = base.rows(Feed::Admissions).iter().map(|row| row["release_date"].as_str()).collect();
    seen.retain(|text| NOTHING.contains(text));
    assert_eq!(seen.len(), 4, "{seen:?}");
    assert!(counted(patients, "allergies")["None"] > 20);
    let without_physician = patients.iter().filter(|row| NOTHING.contains(&row["primary_physician"].as_str()));
    assert_eq!(without_physician.count(), 4);
    Ok(())
}

#[tokio::test]
async fn three_test_ids_are_shared_by_two_patients_each_and_all_other_ids_are_unique() -> Result<()> {
    let base = Base::of(&committed()).await?;
    let tests = base.rows(Feed::LabTests);
    let shared: Vec<_> = counted(tests, "test_id").into_iter().filter(|(_, count)| *count > 1).collect();
    assert_eq!(shared.len(), 3, "{shared:?}");
    for (id, count) in shared {
        let owners: HashSet<_> =
            tests.iter().filter(|row| row["test_id"] == id).map(|row| &row["patient_id"]).collect();
        assert_eq!((count, owners.len()), (2, 2));
        assert!(base.rows(Feed::LabResults).iter().any(|row| row["test_id"] == id), "a result names it");
    }
    for (feed, id) in [
        (Feed::PatientInformation, "patient_id"),
        (Feed::Admissions, "hospitalization_case_number"),
        (Feed::LabResults, "result_id"),
    ] {
        assert!(counted(base.rows(feed), id).values().all(|count| *count == 1), "{id}");
        assert!(base.rows(feed).iter().all(|row| row[id].bytes().all(|byte| byte.is_ascii_digit())));
    }
    Ok(())
}

#[tokio::test]
async fn about_half_of_the_results_come_before_their_order_and_none_from_the_future() -> Result<()> {
    let base = Base::of(&committed()).await?;
    let mut ordered: HashMap<&str, _> = HashMap::new();
    for test in base.rows(Feed::LabTests) {
        let at = us_moment(test, "order")?;
        assert!(at <= noon());
        ordered.insert(&test["test_id"], at);
    }
    let results = base.rows(Feed::LabResults);
    let mut early = 0;
    for result in results {
        let performed_at = us_moment(result, "performed")?;
        assert!(performed_at <= noon());
        early += usize::from(performed_at < ordered[result["test_id"].as_str()]);
    }
    let percent = early * 100 / results.len();
    assert!((42..58).contains(&percent), "{percent} %");
    Ok(())
}

#[tokio::test]
async fn values_units_and_statuses_look_like_the_real_ones() -> Result<()> {
    let base = Base::of(&committed()).await?;
    let results = base.rows(Feed::LabResults);
    for result in results {
        let (_, decimals) = result["result_value"].split_once('.').context("a decimal")?;
        assert!((8..=10).contains(&decimals.len()), "{}", result["result_value"]);
        assert!(result["result_value"].parse::<f64>()? >= 0.0);
        assert_eq!((result["reference_range"].as_str(), result["reviewing_physician"].as_str()), ("NA", "NA"));
    }
    let statuses: BTreeSet<_> = counted(results, "result_status").into_keys().collect();
    assert_eq!(statuses.into_iter().collect::<Vec<_>>(), ["Abnormal High", "Abnormal Low", "Normal"]);
    let file = &crate::support::files(&committed()).await?["lab_results.csv"];
    assert!(String::from_utf8_lossy(file).contains(",\"K/uL, M/uL, g/dL, %, K/uL\","));
    Ok(())
}

#[tokio::test]
async fn departments_rooms_and_releases_are_as_documented() -> Result<()> {
    let base = Base::of(&committed()).await?;
    let stays = base.rows(Feed::Admissions);
    assert_eq!(counted(stays, "department").len(), 22);
    let same_room: Vec<_> = counted(stays, "room_number").into_values().filter(|count| *count > 1).collect();
    assert_eq!(same_room, [2]);
    let mut never_released = 0;
    let mut longest = Duration::zero();
    for stay in stays {
        let admitted_at = us_moment(stay, "admission")?;
        if let Some(released_at) = release(stay)? {
            assert!(released_at > admitted_at);
            continue;
        }
        never_released += 1;
        longest = longest.max(noon() - admitted_at);
    }
    assert!(never_released * 2 > stays.len(), "{never_released} of {}", stays.len());
    assert!(longest > Duration::days(2 * 365), "{longest}");
    Ok(())
}

#[tokio::test]
async fn some_open_patients_have_no_order_since_admission() -> Result<()> {
    let base = Base::of(&committed()).await?;
    let mut without_order = 0;
    for stay in base.rows(Feed::Admissions) {
        let admitted_at = us_moment(stay, "admission")?;
        let tests = base.rows(Feed::LabTests).iter().filter(|test| test["patient_id"] == stay["patient_id"]);
        let orders = tests.map(|test| us_moment(test, "order")).collect::<Result<Vec<_>>>()?;
        without_order += usize::from(release(stay)?.is_none() && orders.iter().all(|at| *at < admitted_at));
    }
    assert!(without_order >= 2, "{without_order}");
    Ok(())
}

#[tokio::test]
async fn names_carry_accents_and_apostrophes_and_some_look_alike() -> Result<()> {
    let base = Base::of(&committed()).await?;
    let names: HashSet<String> = base
        .rows(Feed::PatientInformation)
        .iter()
        .map(|row| format!("{} {}", row["first_name"], row["last_name"]))
        .collect();
    for name in ["María González", "Maria Gonzales", "Ann O'Brien", "Anne O'Brien"] {
        assert!(names.contains(name), "{name}");
    }
    assert!(names.len() > 80, "diverse: {}", names.len());
    Ok(())
}

#[tokio::test]
async fn the_board_has_something_of_everything_to_show() -> Result<()> {
    let base = Base::of(&committed()).await?;
    let mut open = 0;
    for stay in base.rows(Feed::Admissions) {
        open += usize::from(release(stay)?.is_none_or(|at| at > noon()));
    }
    let listed = listed(&base, noon())?;
    let long_open = listed.iter().filter(|stay| noon() - stay.admitted_at > Duration::days(60)).count();
    let chase = listed.iter().filter(|stay| stay.chase).count();
    let never = listed.iter().filter(|stay| stay.never_performed).count();
    let waiting = listed.iter().filter(|stay| stay.waiting_in_stay).count();
    let days = listed.iter().filter(|stay| noon() - stay.idle_since < Duration::days(9)).count();
    let facts = [open, listed.len(), long_open, chase, never, waiting, days];
    // Open, listed, open for 60 days, chase, never performed, with a waiting result, idle for less than nine days.
    assert_eq!(facts, [62, 36, 10, 10, 5, 2, 22]);
    assert!((20..=40).contains(&listed.len()), "{}", listed.len());
    assert!(open > listed.len() + 10, "not every open stay is listed");
    assert!(long_open >= 8 && chase >= 5 && never >= 3 && days >= 15);
    Ok(())
}
