//! What cannot be trusted never looks like good news.

use chrono::TimeDelta;
use wardwatch_demo::Postgres;
use wardwatch_identity::Role;
use wardwatch_schema::database;
use wardwatch_tests::ward::{FEEDS, admission, now, patient};
use wardwatch_tests::{Browser, Dashboard, Tested, Ward, Warehouse, people};

/// A ward with one patient, in which one feed was last heard of two hours ago.
async fn silent(silent: &str) -> Tested<(Ward, Browser)> {
    let ward = Ward::open_with_limit("1h").await?;
    for feed in FEEDS {
        let rows = match feed {
            "patient_information" => vec![patient("P001", "Ada", "One")],
            "admissions" => vec![admission("P001", "C1", ward.ago(90))],
            _ => vec![],
        };
        let at = if feed == silent { now() - TimeDelta::hours(2) } else { now() };
        ward.load_of(at, feed, &rows).await?;
    }
    let browser = Browser::open().await?;
    browser.goto_live(&ward.dashboard.url("/")).await?;
    Ok((ward, browser))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_laboratory_makes_every_row_unknown() -> Tested {
    let (ward, browser) = silent("lab_results").await?;
    assert!(browser.text("#banner-lis-stale").await?.contains("every state is unknown"));
    assert_eq!(browser.count(".feed[data-feed=\"lis.lab_results\"][data-stale=true]").await?, 1);
    assert_eq!(browser.count("tr.stay").await?, 1);
    assert_eq!(browser.count("tr.stay[data-state=unknown] .badge-unknown").await?, 1);
    assert!(browser.text(".reason[data-reason=lis_stale]").await?.contains("stale"));
    assert_eq!(browser.count("#banner-pms-stale").await?, 0);
    // The laboratory is heard again: the open page follows.
    ward.drop_file("lab_results", &[]).await?;
    browser.until_gone("#banner-lis-stale").await?;
    browser.until_there("tr.stay[data-state=overdue]").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_patient_system_warns_of_missing_patients() -> Tested {
    let (_ward, browser) = silent("admissions").await?;
    assert!(browser.text("#banner-pms-stale").await?.contains("patients may be missing or already home"));
    assert_eq!(browser.count("#banner-lis-stale").await?, 0);
    assert_eq!(browser.count("tr.stay[data-state=overdue]").await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_feed_gone_stale_by_time_alone_is_told_in_the_open_page() -> Tested {
    let ward = Ward::open_with_limit("1h").await?;
    for feed in FEEDS {
        ward.load_of(now() - TimeDelta::hours(1) + TimeDelta::seconds(25), feed, &[]).await?;
    }
    let browser = Browser::open().await?;
    browser.goto_live(&ward.dashboard.url("/")).await?;
    browser.tell("window.notReloaded = true").await?;
    browser.until_there("#banner-lis-stale").await?;
    browser.until_there("#banner-pms-stale").await?;
    browser.until_there("#empty[data-empty=doubtful]").await?;
    assert_eq!(browser.read("window.notReloaded").await?, true);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_held_file_says_so_and_an_unreadable_admission_is_listed() -> Tested {
    let ward = Ward::open_empty().await?;
    let browser = Browser::open().await?;
    browser.goto_live(&ward.dashboard.url("/")).await?;
    browser.until_there("#empty[data-empty=good]").await?;
    ward.drop_file("admissions", &["P007,C7,yesterday,noon,,,ICU,1".to_owned()]).await?;
    browser.until_there("#section-unreadable tr.stay[data-patient=P007][data-state=unknown]").await?;
    assert_eq!(browser.count("#empty").await?, 0);
    assert_eq!(browser.text("#count-unreadable").await?, "1 unreadable admission");
    ward.s3.put_at("lab_results_unknown_header.csv", b"one,two\n1,2\n", now()).await?;
    browser.until_there("#banner-lis-held").await?;
    browser.goto_live(&ward.dashboard.url("/ops")).await?;
    assert_eq!(browser.count("#objects tr[data-object=\"lab_results_unknown_header.csv\"]").await?, 1);
    assert!(browser.text("#unreadable").await?.contains("P007"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_warehouse_is_not_good_news() -> Tested {
    let warehouse = Warehouse::start().await?;
    let dashboard = Dashboard::start(&warehouse.url()).await?;
    let browser = Browser::open().await?;
    browser.goto_live(&dashboard.url("/")).await?;
    browser.until_there("#empty[data-empty=loading]").await?;
    let ward = Ward::open_with_limit("1h").await?;
    browser.goto_live(&ward.dashboard.url("/")).await?;
    browser.until_there("#empty[data-empty=loading]").await?;
    for never_heard in ["#banner-lis-stale", "#banner-pms-stale"] {
        browser.until_there(never_heard).await?;
    }
    ward.drop_file("admissions", &[]).await?;
    browser.until_there("#empty[data-empty=doubtful]").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_its_database_the_page_says_so_and_comes_back() -> Tested {
    let mut postgres = Postgres::start_temporary(vec![]).await?;
    postgres.create_database("ward", None).await?;
    let pool = database::connect(&postgres.url("ward")).await?;
    database::migrate(&pool).await?;
    people::seed(&pool).await?;
    pool.close().await;
    let mut dashboard = Dashboard::start(&postgres.url("ward")).await?;
    let (open, late, stranger) =
        (Browser::open().await?, Browser::open().await?, Browser::open_as(Role::Analyst).await?);
    open.goto_live(&dashboard.url("/")).await?;
    postgres.crash().await?;
    late.goto(&dashboard.url("/")).await?;
    late.until_there("#not-live").await?;
    stranger.goto(&dashboard.url("/")).await?;
    stranger.until_there("#problem[data-code=database_unavailable]").await?;
    assert!(stranger.text("#problem").await?.contains("ask the ward's own records"));
    assert_eq!(stranger.violations().await?, Vec::<String>::new());
    open.until("document.querySelector('#live').dataset.live === 'lost'").await?;
    open.until_there("#not-live").await?;
    postgres.restart().await?;
    late.until("document.querySelector('#board') !== null && document.querySelector('#not-live') === null").await?;
    stranger.click("#problem [data-control=again]").await?;
    stranger.until_there("#board").await?;
    open.until("document.querySelector('#live').dataset.live === 'live'").await?;
    dashboard.stop().await?;
    Ok(postgres.stop().await?)
}
