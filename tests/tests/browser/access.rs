//! Every page in every state can be used by everybody: what axe-core finds by WCAG 2.2 AA, wide and narrow, light and
//! dark; and nothing runs over its edge. Where `WARDWATCH_SCREENSHOTS` names a directory, pictures are left in it.

use std::path::Path;

use chrono::{SecondsFormat, TimeDelta};
use wardwatch_tests::sample::{RENAMED, bytes, names};
use wardwatch_tests::ward::{FEEDS, admission, file, now, order, patient, result};
use wardwatch_tests::{Browser, Dashboard, Folder, Ingest, Tested, Ward, Warehouse};

/// Heads and cells whose words run over their edge.
const CLIPPED: &str = "[...document.querySelectorAll('.stays th, .stays td, .states a, .banner, .feed')] \
    .filter(cell => cell.querySelector('.act[open]') === null && cell.clientWidth > 0 && cell.scrollWidth > cell.clientWidth + 1).map(cell => cell.innerText)";

/// A ward in which all that a page can show is there: every state, a held file, quarantine, a waiting result, a patient
/// forgotten for long.
async fn everything() -> Tested<Ward> {
    let ward = Ward::open_with_limit("1h").await?;
    let people = [("P001", "Maria", "Garcia"), ("P002", "Mario", "Garcia"), ("P003", "Ada", "One")];
    ward.load("patient_information", &people.map(|(id, first, last)| patient(id, first, last))).await?;
    let stays =
        [("P001", "C1", 60), ("P002", "C2", 110), ("P003", "C3", 24 * 90), ("P004", "C4", 9), ("P005", "C4", 9)];
    let mut stays = stays.map(|(id, case, hours)| admission(id, case, ward.ago(hours))).to_vec();
    stays.push("P006,C6,yesterday,noon,,,Physical Medicine and Rehabilitation,1".to_owned());
    ward.load("admissions", &stays).await?;
    let orders = [("T1", "P001", 3), ("T2", "P002", 100), ("T9", "P002", 90), ("T9", "P003", 90)];
    ward.load("lab_tests", &orders.map(|(test, id, hours)| order(test, id, ward.ago(hours)))).await?;
    let results = [("R2", "T2", 105), ("R9", "T9", 80), ("R3", "T2", -40)];
    ward.load("lab_results", &results.map(|(id, test, hours)| result(id, test, ward.ago(hours)))).await?;
    for name in names("broken")?.iter().filter(|name| name.starts_with("patient_information") || name.contains("empty"))
    {
        ward.s3.put_at(name, &bytes("broken", name)?, now()).await?;
    }
    ward.warehouse.until("EXISTS (SELECT FROM ingest.object WHERE state = 'held')").await?;
    Ok(ward)
}

/// Goes to a page and looks at it.
pub(super) async fn check(browser: &Browser, address: &str) -> Tested {
    browser.goto(address).await?;
    browser.until("document.readyState === 'complete' && document.querySelector('main') !== null").await?;
    look(browser, address).await
}

/// Looks at a page as it stands, wide and narrow, light and dark; and at 200 % of a small screen and 320 pixels, where nothing
/// may be lost.
pub(super) async fn look(browser: &Browser, address: &str) -> Tested {
    for width in [640, 320] {
        browser.resize(width, 900).await?;
        browser.until(&format!("window.innerWidth === {width}")).await?;
        fits(browser, address, width).await?;
    }
    for width in [1440, 1000, 390] {
        browser.resize(width, 900).await?;
        browser.until(&format!("window.innerWidth === {width}")).await?;
        for scheme in ["light", "dark"] {
            browser.prefer(scheme).await?;
            browser.until(&format!("matchMedia('(prefers-color-scheme: {scheme})').matches")).await?;
            picture(browser, address, &format!("{width}-{scheme}")).await?;
            assert_eq!(browser.violations().await?, Vec::<String>::new(), "{address} at {width}, {scheme}");
        }
        fits(browser, address, width).await?;
    }
    Ok(())
}

async fn fits(browser: &Browser, address: &str, width: u32) -> Tested {
    let wide = browser.read("document.documentElement.scrollWidth").await?.as_u64();
    assert!(wide <= Some(width.into()), "{address} is {wide:?} wide at {width}");
    let clipped = browser.read(CLIPPED).await?;
    assert_eq!(clipped.as_array().map(Vec::len), Some(0), "{address} at {width}: {clipped}");
    Ok(())
}

async fn picture(browser: &Browser, address: &str, name: &str) -> Tested {
    let Some(directory) = std::env::var_os("WARDWATCH_SCREENSHOTS") else { return Ok(()) };
    let page: String =
        address.trim_start_matches("http://").chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    browser.screenshot(&Path::new(&directory).join(format!("{page}-{name}.png"))).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_board_in_all_its_states() -> Tested {
    let ward = everything().await?;
    let browser = Browser::open().await?;
    browser.goto_live(&ward.dashboard.url("/")).await?;
    assert!(browser.count("tr.stay").await? >= 6);
    let boards = [
        "/",
        "/?q=nobody",
        "/?as_of=2026-01-01T00:00:00Z",
        "/?sort=patient&state=unknown&per_page=2&page=2",
        "/?due=48&days=3&physician=Test",
        "/?mine=yes&since=2026-01-01T00:00:00Z&sort=waiting&direction=reversed",
        "/?section=acknowledged",
    ];
    for path in boards {
        check(&browser, &ward.dashboard.url(path)).await?;
    }
    let past = ward.ago(2).to_rfc3339_opts(SecondsFormat::Secs, true);
    check(&browser, &ward.dashboard.url(&format!("/?as_of={past}"))).await?;
    assert!(browser.count(".historical").await? == 1 && browser.count("tr.stay").await? > 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_board_whose_database_does_not_answer() -> Tested {
    let (folder, mut warehouse) = (Folder::new()?, Warehouse::alone().await?);
    for feed in FEEDS {
        let rows = match feed {
            "patient_information" => vec![patient("P001", "Ada", "One")],
            "admissions" => vec![admission("P001", "C1", now() - TimeDelta::hours(90))],
            _ => vec![],
        };
        folder.put(&format!("{feed}.csv"), &file(feed, &rows))?;
    }
    Ingest::from_folder(&folder, &warehouse)?.once().await?;
    let mut dashboard = Dashboard::start(&warehouse.url()).await?;
    let browser = Browser::open().await?;
    browser.goto_live(&dashboard.url("/")).await?;
    browser.until_there("tr.stay[data-case=C1]").await?;
    warehouse.crash_server().await?;
    browser.until_there("#not-live").await?;
    let age = "document.querySelector('#not-live [data-key=age]').innerText";
    browser
        .tell(&format!("window.alarm = document.querySelector('#not-live [role=alert]'); window.age = {age}"))
        .await?;
    browser.until(&format!("{age} !== window.age")).await?;
    assert_eq!(browser.read("window.alarm.isConnected").await?, true, "it is read out once, whatever its age");
    assert_eq!(browser.count(".feed.fresh").await?, 0);
    assert!(browser.text(".feed-age").await?.ends_with("when last read"));
    look(&browser, "without-its-database").await?;
    warehouse.restart_server().await?;
    browser.until_gone("#not-live").await?;
    assert_eq!(browser.count(".feed.fresh").await?, 4);
    dashboard.stop().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn patients_ops_and_problems() -> Tested {
    let ward = everything().await?;
    let browser = Browser::open().await?;
    for path in ["/patients", "/patients/P002", "/patients/P004", "/ops", "/patients/nobody", "/nowhere", "/?page=x"] {
        check(&browser, &ward.dashboard.url(path)).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_forms_of_the_board_and_acting_on_a_stay() -> Tested {
    let ward = everything().await?;
    ward.warehouse
        .tell(
            "INSERT INTO app.review (patient_id, case_number, act, reason, comment, returns_at, idle_since, by_account, at)
             SELECT patient_id, case_number, 'acknowledged', 'palliative', 'Comfort care', now() + interval '4 hours', idle_since,
                 'clinician', now()
             FROM monitor.stay WHERE patient_id IN ('P001', 'P002'); NOTIFY wardwatch_commit",
        )
        .await?;
    let browser = Browser::open().await?;
    browser.goto_live(&ward.dashboard.url("/?section=acknowledged")).await?;
    browser.until_there("tr.stay[data-patient=P001] .done").await?;
    for path in ["/?section=acknowledged", "/print", "/wallboard", "/patients/P001/stays/C1", "/patients/P001"] {
        check(&browser, &ward.dashboard.url(path)).await?;
    }
    Ok(())
}

/// A held file whose columns were renamed, and the pages on which a map for it is proposed, and refused.
async fn ask_for_maps(ward: &Ward) -> Tested<[String; 2]> {
    ward.s3.put_at(RENAMED, &bytes("drift", RENAMED)?, now()).await?;
    let object = format!("SELECT object_id FROM ingest.object WHERE key = '{RENAMED}' AND state = 'held'");
    ward.warehouse.until(&format!("EXISTS ({object})")).await?;
    let ask = async |kind: &str, map: &str| -> Tested<String> {
        let request = format!(
            "INSERT INTO app.request (kind, object_id, map, reason, asked_by, asked_at)
             VALUES ('{kind}', ({object}), {map}, 'the vendor announced it', 'Kim Ops', now()); NOTIFY wardwatch_request"
        );
        ward.warehouse.tell(&request).await?;
        ward.warehouse.until("NOT EXISTS (SELECT FROM app.request WHERE state = 'asked')").await?;
        let request_id = ward.warehouse.one("SELECT max(request_id) FROM app.request").await?;
        Ok(format!("/ops/requests/{request_id}"))
    };
    let wrong = "(SELECT replace(map, 'type = \"id\"', 'typ = \"id\"') FROM app.request WHERE kind = 'propose_map')";
    Ok([ask("propose_map", "NULL").await?, ask("approve_map", wrong).await?])
}

/// The ids are the database's own: found by the links that lead there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_where_a_person_acts() -> Tested {
    let ward = everything().await?;
    ward.warehouse
        .tell(
            "INSERT INTO app.request (kind, result_id, patient_id, reason, asked_by, asked_at)
             VALUES ('decide_result', 'R9', 'P003', 'the tube carries his label', 'Ada Test', now())",
        )
        .await?;
    ward.warehouse.until("EXISTS (SELECT FROM app.decision)").await?;
    let asked = ask_for_maps(&ward).await?;
    let browser = Browser::open().await?;
    browser.goto_live(&ward.dashboard.url("/ops")).await?;
    let links =
        "[...document.querySelectorAll('#ops section')].map(section => section.querySelector('tbody th a')?.pathname)";
    let found = browser.read(links).await?;
    let mut pages: Vec<&str> = found.as_array().into_iter().flatten().filter_map(|page| page.as_str()).collect();
    assert!(pages.len() >= 5, "{pages:?}");
    pages.extend(["/ops/cases/C4", "/ops/objects/0", "/ops/cases/none"]);
    ward.load("lab_results", &[result("R8", "T9", ward.ago(70))]).await?;
    pages.extend(["/ops/results/R8", "/ops/feeds/pms.admissions", "/ops/feeds/lis.lab_results"]);
    pages.extend(asked.iter().map(String::as_str));
    for path in pages {
        check(&browser, &ward.dashboard.url(path)).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_board_when_nobody_is_listed() -> Tested {
    let browser = Browser::open().await?;
    let ward = Ward::open_with_limit("1h").await?;
    check(&browser, &ward.dashboard.url("/")).await?;
    for feed in FEEDS {
        ward.load_of(now() - TimeDelta::hours(2), feed, &[]).await?;
    }
    check(&browser, &ward.dashboard.url("/")).await?;
    let fresh = Ward::open_empty().await?;
    check(&browser, &fresh.dashboard.url("/")).await
}
