//! What ops ask of each feed: freshness, rate, backlog, books of today, held, quarantined, waiting, drift, last error; told
//! alike by `status` and on `/ops`, and in `/metrics` as far as Prometheus does not reckon it itself.

use serde_json::{Value, json};
use wardwatch_tests::sample::{RENAMED, bytes, directory};
use wardwatch_tests::{Dashboard, Folder, Ingest, Tested, Warehouse};

use super::samples;

/// Files of every feed, of which one is held and one has a header that no map knows. The admissions were loaded yesterday.
async fn loaded() -> Tested<(Folder, Warehouse, Ingest)> {
    let (folder, warehouse) = (Folder::new()?, Warehouse::start().await?);
    folder.put_all(&directory("files"))?;
    for name in [RENAMED, "patient_information_extra_column_20261121T115801Z.csv"] {
        folder.put(name, &bytes("drift", name)?)?;
    }
    let ingest = Ingest::from_folder(&folder, &warehouse)?;
    ingest.once().await?.json_of(3)?;
    warehouse
        .tell("UPDATE ingest.object SET loaded_at = now() - interval '1 day' WHERE key = 'admissions.csv'")
        .await?;
    Ok((folder, warehouse, ingest))
}

fn feed<'s>(status: &'s Value, name: &str) -> &'s Value {
    let feeds = status["feeds"].as_array().map_or(&[][..], Vec::as_slice);
    feeds.iter().find(|feed| feed["feed"] == name).unwrap_or(&Value::Null)
}

#[tokio::test]
async fn status_tells_rate_books_of_today_drift_and_the_last_error() -> Tested {
    let (_folder, _warehouse, ingest) = loaded().await?;
    let status = ingest.run(&["status", "--json"]).await?.json_of(0)?;
    let results = feed(&status, "lis.lab_results");
    assert_eq!(results["recent"], json!({"minutes": 10, "objects": 1, "records": 1008}));
    assert_eq!((&results["today"]["objects"], &results["today"]["books"]), (&json!(1), &results["books"]));
    assert_eq!((&results["drifted_headers"], &results["last_error"]), (&json!(0), &Value::Null));
    let admissions = feed(&status, "pms.admissions");
    assert_eq!((&admissions["recent"]["objects"], &admissions["today"]["objects"]), (&json!(0), &json!(0)));
    assert_eq!(admissions["books"]["records"], 110, "books of all days");
    assert!(
        admissions["last_error"]["reason"].as_str().is_some_and(|reason| reason.contains("case_no")),
        "{admissions}"
    );
    assert_eq!(feed(&status, "pms.patient_information")["drifted_headers"], 1);
    let text = ingest.run(&["status"]).await?.stdout;
    for part in ["last 10 minutes: 1 objects, 1008 records; today: 1 objects", "1 drifted headers", "last error 20"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    Ok(())
}

#[tokio::test]
async fn metrics_tell_of_retries_and_of_the_last_error() -> Tested {
    let (_folder, warehouse, _ingest) = loaded().await?;
    warehouse.tell("UPDATE ingest.last_error SET retries = 2 WHERE feed = 'pms.admissions'").await?;
    let dashboard = Dashboard::start(&warehouse.url()).await?;
    let text = dashboard.text("/metrics").await?.1;
    let samples = samples(&text);
    let one = |name: &str, feed: &str| samples.get(format!("wardwatch_{name}{{feed=\"{feed}\"}}").as_str()).copied();
    assert_eq!(one("ingest_retries_total", "pms.admissions"), Some(2.0), "{text}");
    let at = warehouse.one("SELECT extract(epoch FROM happened_at)::bigint FROM ingest.last_error").await?;
    assert_eq!(one("feed_last_error_timestamp_seconds", "pms.admissions"), at.as_f64());
    assert_eq!(one("feed_last_error_timestamp_seconds", "lis.lab_tests"), None);
    Ok(())
}

/// Every item of every feed, and where it leads.
#[tokio::test]
async fn operations_tell_all_of_a_feed_and_lead_to_where_one_acts() -> Tested {
    let (_folder, warehouse, _ingest) = loaded().await?;
    let pending =
        "INSERT INTO ingest.object (bucket, key, last_modified, size_bytes, order_time, feed, state, attempts, reason)
        VALUES ('file:///b', 'late.csv', now(), 1, now(), 'lis.lab_tests', 'pending', 3, 'the bucket is slow')";
    warehouse.tell(pending).await?;
    let dashboard = Dashboard::start(&warehouse.url()).await?;
    let (_, ops) = dashboard.text("/ops").await?;
    let row = |feed: &str| {
        let of_feed = ops.split("<tr data-feed=\"").filter(|row| row.starts_with(feed));
        of_feed.filter_map(|row| row.split("</tr>").next()).map(str::to_owned).collect::<Vec<_>>()
    };
    let [results, books] = &row("lis.lab_results")[..] else { anyhow::bail!("two rows a feed: {ops}") };
    for part in ["fresh", " old, static", "0.1 objects, 101 records a minute", "#waiting\">6</a>"] {
        assert!(results.contains(part), "{part}: {results}");
    }
    assert!(books.contains("<td class=\"number\">1008</td>"), "{books}");
    assert!(row("lis.lab_tests")[0].contains("/ops/feeds/lis.lab_tests#backlog\">1</a>"), "{ops}");
    assert!(row("pms.patient_information")[0].contains("#drift\">1</a>"), "{ops}");
    let admissions = &row("pms.admissions")[0];
    assert!(admissions.contains("#objects\">1</a>") && admissions.contains("case_no"), "held, and why: {admissions}");

    let object = warehouse.one("SELECT object_id FROM ingest.object WHERE state = 'held'").await?;
    let drifted = warehouse.one("SELECT newest_object FROM ingest.drift").await?;
    for (feed, parts) in [
        ("pms.admissions", vec![format!("href=\"/ops/objects/{object}\"")]),
        ("pms.patient_information", vec![format!("href=\"/ops/objects/{drifted}\""), "preferred_language".to_owned()]),
        ("lis.lab_tests", vec!["late.csv".to_owned(), "the bucket is slow".to_owned()]),
        ("lis.lab_results", vec!["href=\"/ops/results/".to_owned()]),
    ] {
        let (status, page) = dashboard.text(&format!("/ops/feeds/{feed}")).await?;
        assert_eq!(status, 200, "{feed}");
        for part in &parts {
            assert!(page.contains(part), "{part}: {page}");
        }
    }
    for object in [object, drifted] {
        assert!(dashboard.text(&format!("/ops/objects/{object}")).await?.1.contains("propose_map"), "{object}");
    }
    assert_eq!(dashboard.text("/ops/feeds/none").await?.0, 404);
    Ok(())
}

/// Drift counts until the maps change, and again when an object drifts from the new ones.
#[tokio::test]
async fn drift_counts_against_the_maps_in_force() -> Tested {
    let (folder, warehouse, ingest) = loaded().await?;
    let drifted = async || -> Tested<Value> {
        let status = ingest.run(&["status", "--json"]).await?.json_of(0)?;
        Ok(feed(&status, "pms.patient_information")["drifted_headers"].clone())
    };
    assert_eq!(drifted().await?, 1);
    warehouse.tell("UPDATE ingest.maps_in_force SET since = now() WHERE feed = 'pms.patient_information'").await?;
    assert_eq!(drifted().await?, 0);
    let again = bytes("drift", "patient_information_extra_column_20261121T115801Z.csv")?;
    folder.put("patient_information_20261121T115901Z.csv", &again)?;
    ingest.once().await?.json_of(3)?;
    assert_eq!(drifted().await?, 1);
    let newest = "SELECT o.key, d.objects FROM ingest.drift d JOIN ingest.object o ON o.object_id = d.newest_object";
    let expected = json!([{ "key": "patient_information_20261121T115901Z.csv", "objects": 2 }]);
    assert_eq!(warehouse.rows(newest).await?, expected);
    Ok(())
}
