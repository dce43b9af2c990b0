//! The board in other forms, for when the screen is away: nobody is left out without a word, and who takes it is noted.

use chrono::{SecondsFormat, TimeDelta};
use chrono_tz::Tz;
use serde_json::json;
use tempfile::TempDir;
use wardwatch_dashboard::Settings;
use wardwatch_tests::ward::{FEEDS, admission, now, patient};
use wardwatch_tests::{Dashboard, Tested, Ward, until};

/// Two patients without a test for long, of whom the first is acknowledged.
async fn two() -> Tested<Ward> {
    let ward = Ward::open_empty().await?;
    ward.load("patient_information", &[patient("P001", "Ada", "One"), patient("P002", "Bea", "Two")]).await?;
    ward.load("admissions", &[admission("P001", "C1", ward.ago(90)), admission("P002", "C2", ward.ago(80))]).await?;
    ward.acknowledge("/patients/P001/stays/C1").await?;
    Ok(ward)
}

#[tokio::test]
async fn a_copy_says_whom_it_leaves_out_and_lists_them_where_they_are_asked_for() -> Tested {
    let ward = two().await?;
    for path in ["/print", "/board.csv"] {
        let text = async |query: &str| Ok::<_, anyhow::Error>(ward.dashboard.text(&format!("{path}{query}")).await?.1);
        let plain = text("").await?;
        assert!(plain.contains("P002") && !plain.contains("P001"), "{path}: {plain}");
        assert!(plain.contains("1 patient is acknowledged and not listed here"), "{path}: {plain}");
        let acknowledged = text("?section=acknowledged").await?;
        assert!(acknowledged.contains("P001") && !acknowledged.contains("not listed here"), "{path}: {acknowledged}");
        for (as_of, label) in [("2000-01-01T00:00:00Z", "HISTORICAL"), ("2100-01-01T00:00:00Z", "FORECAST")] {
            assert!(text(&format!("?as_of={as_of}")).await?.contains(label), "{path} {label}");
        }
    }
    let wall = ward.dashboard.text("/wallboard").await?.1;
    assert!(wall.contains("T. B.") && !wall.contains("O. A.") && !wall.contains("Bea"), "{wall}");
    assert!(wall.contains("1 patient is acknowledged and not listed here"), "{wall}");
    assert!(ward.dashboard.text("/wallboard?as_of=2100-01-01T00:00:00Z").await?.1.contains("FORECAST"));
    ward.acknowledge("/patients/P002/stays/C2").await?;
    for path in ["/print", "/wallboard"] {
        let empty = ward.dashboard.text(path).await?.1;
        assert!(empty.contains("Nobody else is listed: 2 patients are acknowledged"), "{path}: {empty}");
    }
    Ok(())
}

#[tokio::test]
async fn every_form_of_a_departments_board_says_that_departments_threshold() -> Tested {
    let ward = two().await?;
    let own = "INSERT INTO app.threshold (department, hours, set_by, set_at) VALUES ('Cardiology', 24, 'admin', now())";
    ward.warehouse.tell(own).await?;
    ward.until_known().await?;
    let heading = async |path: &str| -> Tested<String> {
        let page = ward.dashboard.text(path).await?.1;
        let heading = page.split_once("<h1>").and_then(|(_, rest)| rest.split_once("</h1>"));
        Ok(heading.map(|(heading, _)| heading.to_owned()).unwrap_or_default())
    };
    for path in ["/", "/print", "/wallboard"] {
        let own = heading(&format!("{path}?department=Cardiology")).await?;
        assert!(own.contains("24 h"), "{path}: {own}");
        let all = heading(path).await?;
        assert!(all.contains("than their department allows") && !all.contains(" h<"), "{path}: {all}");
        let asked = heading(&format!("{path}?hours=36")).await?;
        assert!(asked.contains("36 h"), "{path}: {asked}");
    }
    Ok(())
}

#[tokio::test]
async fn a_copy_tells_forgotten_discharges_from_todays_patients() -> Tested {
    let ward = Ward::open_empty().await?;
    let stays = [admission("P001", "C1", ward.ago(24 * 90)), admission("P002", "C2", ward.ago(80))];
    ward.load("admissions", &stays).await?;
    let text = async |path: &str| Ok::<_, anyhow::Error>(ward.dashboard.text(path).await?.1);
    let sheet = text("/print").await?;
    let places =
        ["Patients to review", "case\u{a0}C2", "confirm release (1)", "case\u{a0}C1"].map(|words| sheet.find(words));
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?}: {sheet}");
    let csv = text("/board.csv").await?;
    let sections: Vec<&str> = csv.lines().skip(1).filter_map(|line| line.rsplit(',').nth(1)).collect();
    assert_eq!(sections, ["\"section\"", "\"main\"", "\"long_open\""]);
    let wall = text("/wallboard").await?;
    assert_eq!(wall.matches("Confirm release").count(), 1, "{wall}");
    Ok(())
}

/// The copies that a dashboard writes into a folder for when it is away, beginning now: the page and the file.
async fn written_copies(ward: &Ward) -> Tested<[String; 2]> {
    let folder = TempDir::new()?;
    let downtime_folder = Some(folder.path().to_owned());
    let settings = Settings { downtime_folder, ..Settings::new(Tz::UTC, ([127, 0, 0, 1], 0).into()) };
    let mut dashboard = Dashboard::start_with(&ward.warehouse.url(), settings).await?;
    // The table is written last.
    until("the copy is there", async || Ok(folder.path().join("board.csv").exists())).await?;
    dashboard.stop().await?;
    let [page, csv] = ["board.html", "board.csv"].map(|name| std::fs::read_to_string(folder.path().join(name)));
    Ok([page?, csv?])
}

#[tokio::test]
async fn every_copy_says_how_much_it_has_and_that_its_data_is_stale() -> Tested {
    let ward = Ward::open_with_limit("1h").await?;
    for feed in FEEDS {
        let rows = if feed == "admissions" { vec![admission("P001", "C1", ward.ago(90))] } else { vec![] };
        let at = if feed == "lab_results" { now() - TimeDelta::hours(2) } else { now() };
        ward.load_of(at, feed, &rows).await?;
    }
    let text = async |path: &str| Ok::<_, anyhow::Error>(ward.dashboard.text(path).await?.1);
    let [page, file] = written_copies(&ward).await?;
    let stale = "Laboratory data is stale: every state is unknown.";
    for page in [text("/print").await?, page] {
        assert!(page.contains(stale) && page.contains("1 stay;"), "{page}");
    }
    for csv in [text("/board.csv").await?, file] {
        let head = csv.lines().next().unwrap_or_default();
        assert!(head.contains(stale) && head.contains(" 1 row. "), "{head}");
    }
    let nobody = text("/board.csv?department=Oncology").await?;
    let head = nobody.lines().next().unwrap_or_default();
    assert!(head.contains(" 0 rows. ") && head.contains(stale), "{head}");
    assert!(head.contains(" Nobody is listed, but the data cannot be trusted."), "{head}");
    Ok(())
}

#[tokio::test]
async fn a_list_of_those_who_are_due_says_when_in_every_form() -> Tested {
    let ward = Ward::open_empty().await?;
    ward.load("admissions", &[admission("P001", "C1", ward.ago(44))]).await?;
    let due_at = (ward.opened_at + TimeDelta::hours(4)).to_rfc3339_opts(SecondsFormat::Secs, true);
    for path in ["/print", "/wallboard"] {
        let page = ward.dashboard.text(&format!("{path}?due=8")).await?.1;
        let said = format!("On the board from <time datetime=\"{due_at}\">");
        assert_eq!(page.matches(&said).count(), 1, "{path}: {page}");
    }
    let csv = ward.dashboard.text("/board.csv?due=8").await?.1;
    let ends: Vec<&str> = csv.lines().skip(1).filter_map(|line| line.rsplit(',').next()).collect();
    assert_eq!(ends, ["\"due_at\"", format!("\"{due_at}\"").as_str()]);
    Ok(())
}

#[tokio::test]
async fn a_filter_that_is_shared_makes_no_formula_of_a_file() -> Tested {
    let ward = two().await?;
    let csv = ward.dashboard.text("/board.csv?q=x%3B%3DHYPERLINK(1)%3B&department=%3B%20%40A1").await?.1;
    let head = csv.lines().next().unwrap_or_default();
    assert!(head.contains("department ; '@A1, search x;'=HYPERLINK(1);"), "{head}");
    Ok(())
}

#[tokio::test]
async fn whoever_takes_the_board_away_is_noted_with_the_list_that_it_was() -> Tested {
    let ward = two().await?;
    ward.dashboard.get("/print?department=Cardiology").await?;
    ward.dashboard.get("/board.csv").await?;
    let noted = "SELECT actor, about FROM app.audit WHERE action = 'board copied' ORDER BY audit_id";
    let row = |about: &str| json!({"actor": "clinician", "about": about});
    let expected = json!([row("/print?department=Cardiology"), row("/board.csv")]);
    assert_eq!(ward.warehouse.rows(noted).await?, expected);
    Ok(())
}

#[tokio::test]
async fn the_copy_for_when_this_server_is_away_lists_everybody() -> Tested {
    let (ward, folder) = (two().await?, TempDir::new()?);
    let downtime_folder = Some(folder.path().to_owned());
    let settings = Settings { downtime_folder, ..Settings::new(Tz::UTC, ([127, 0, 0, 1], 0).into()) };
    let mut dashboard = Dashboard::start_with(&ward.warehouse.url(), settings.clone()).await?;
    // The table is written last.
    until("the copy is there", async || Ok(folder.path().join("board.csv").exists())).await?;
    let [page, csv] = ["board.html", "board.csv"].map(|name| std::fs::read_to_string(folder.path().join(name)));
    let (page, csv) = (page?, csv?);
    for id in ["P001", "P002"] {
        assert!(page.contains(id) && csv.contains(id), "{id}: {page} {csv}");
    }
    assert!(page.contains("Palliative care") && !page.contains("not listed here"), "{page}");
    assert!(page.find("P002") < page.find("P001"), "who is acknowledged stands at the end");
    assert!(page.contains("written by Wardwatch") && folder.path().join("sheet.css").exists());
    dashboard.stop().await?;

    ward.load("admissions", &[admission("P003", "C3", ward.ago(70))]).await?;
    let mut dashboard = Dashboard::start_with(&ward.warehouse.url(), settings).await?;
    until("the copy is written over the one before", async || {
        Ok(std::fs::read_to_string(folder.path().join("board.csv"))?.contains("P003"))
    })
    .await?;
    dashboard.stop().await
}
