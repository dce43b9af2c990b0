//! What a page says for a moment only, or to one reader only, can be read by everybody, too: what was just done, what was
//! refused and why, a record behind broken glass, a threshold that is tried, the lists beside the board.

use chrono::{SecondsFormat, TimeDelta};
use serde_json::{Value, json};
use wardwatch_identity::Role;
use wardwatch_tests::ward::{FEEDS, admission, file, now, order, patient};
use wardwatch_tests::{Browser, Dashboard, Folder, Ingest, Tested, Ward, Warehouse};

use super::access::look;

const OWN_PAGE: (&str, &str) = ("sec-fetch-site", "same-origin");
const STAY: &str = "/patients/P001/stays/C1";
const FORM: &str = "tr.stay[data-case=C1] details.act";

/// Four patients: two without a test for long, of whom one has an order; one who will be within hours, and one who just is.
async fn four() -> Tested<(Ward, Browser)> {
    let ward = Ward::open_empty().await?;
    let people = [("P001", "Ada", "One"), ("P002", "Bea", "Two"), ("P003", "Cy", "Three"), ("P004", "Di", "Four")];
    ward.load("patient_information", &people.map(|(id, first, last)| patient(id, first, last))).await?;
    let stays = [("P001", "C1", 90), ("P002", "C2", 80), ("P003", "C3", 46), ("P004", "C4", 49)];
    ward.load("admissions", &stays.map(|(id, case, hours)| admission(id, case, ward.ago(hours)))).await?;
    ward.load("lab_tests", &[order("T1", "P002", ward.ago(2))]).await?;
    Ok((ward, Browser::open().await?))
}

/// Somebody else does something about the first stay.
async fn act_beside(ward: &Ward, act: &str) -> Tested {
    let newest = ward.warehouse.one("SELECT coalesce(max(review_id), 0) FROM app.review").await?;
    let acted = ward.dashboard.post(STAY, &format!("{act}&seen={newest}"), &[OWN_PAGE]).await?;
    assert_eq!(acted.status().as_u16(), 303, "{act}");
    Ok(())
}

async fn value(browser: &Browser, field: &str) -> Tested<Value> {
    browser.read(&format!("document.querySelector('{field}').value")).await
}

/// Waits until the page of a stay says that nothing was written, and why.
async fn until_refused(browser: &Browser, why: &str) -> Tested {
    let is_told = format!("document.querySelector('#review #trouble')?.innerText.includes('{why}')");
    browser.until(&format!("{is_told} && document.readyState === 'complete'")).await?;
    assert_eq!(browser.count("#trouble[role=alert]").await?, 1, "it is read out");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_just_done_and_an_undo_that_comes_too_late() -> Tested {
    let (ward, browser) = four().await?;
    browser.goto_live(&ward.dashboard.url("/")).await?;
    assert_eq!(browser.count("#told[role=status]:empty").await?, 1, "the place is there before it is filled");
    browser.click(&format!("{FORM} summary")).await?;
    browser.click(&format!("{FORM} option[value=palliative]")).await?;
    browser.click(&format!("{FORM} button[value=acknowledged]")).await?;
    browser.until_there("#told[role=status] [data-told=acknowledged]").await?;
    assert!(browser.text("#told").await?.contains("You have acknowledged ONE, Ada."));
    look(&browser, "told").await?;

    act_beside(&ward, "act=commented&comment=seen+at+noon").await?;
    browser.click("[data-control=undo]").await?;
    browser.until("document.querySelector('#told .trouble')?.innerText.includes('Somebody else was faster')").await?;
    assert_eq!(ward.warehouse.one("SELECT count(*) FROM app.review WHERE act = 'resumed'").await?, 0);
    look(&browser, "told-too-late").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_of_a_stay_on_which_somebody_comes_too_late() -> Tested {
    for runs_scripts in [true, false] {
        let (ward, browser) = four().await?;
        if !runs_scripts {
            browser.without_scripts().await?;
        }
        browser.goto(&ward.dashboard.url(&format!("{STAY}?back=%2F%3Fsort%3Dpatient"))).await?;
        act_beside(&ward, "act=assigned").await?;
        browser.click("#act-acknowledged input[value=palliative]").await?;
        browser.write("#acknowledged-comment", "comfort care").await?;
        browser.click("#act-acknowledged button").await?;
        until_refused(&browser, "Somebody else was faster").await?;
        assert_eq!(browser.status().await?, 409);
        assert_eq!(browser.count("#act-acknowledged input[value=palliative]:checked").await?, 1);
        assert_eq!(value(&browser, "#acknowledged-comment").await?, "comfort care", "nothing is typed again");
        assert_eq!(browser.count("#history [data-act=assigned]").await?, 1, "what the other one did stands there");
        browser.with_scripts().await?;
        look(&browser, &format!("too-late-{runs_scripts}")).await?;

        browser.click("#act-acknowledged button").await?;
        browser.until_there("#told [data-told=acknowledged]").await?;
        assert_eq!(browser.query().await?, "sort=patient");
        let acts = ward.warehouse.rows("SELECT act, comment FROM app.review ORDER BY review_id").await?;
        let assigned = json!({"act": "assigned", "comment": null});
        assert_eq!(acts, json!([assigned, {"act": "acknowledged", "comment": "comfort care"}]));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_of_a_stay_about_which_too_little_is_said() -> Tested {
    let (ward, browser) = four().await?;
    for runs_scripts in [true, false] {
        if !runs_scripts {
            browser.without_scripts().await?;
        }
        browser.goto(&ward.dashboard.url(STAY)).await?;
        // As a browser does that sends a form whatever is missing.
        browser.tell("document.querySelector('#act-acknowledged').noValidate = true").await?;
        browser.write("#acknowledged-comment", "comfort care").await?;
        browser.click("#act-acknowledged button").await?;
        until_refused(&browser, "Choose a reason").await?;
        assert_eq!(browser.status().await?, 422);
        assert_eq!(value(&browser, "#acknowledged-comment").await?, "comfort care");

        browser.click("#act-acknowledged input[value=will_review]").await?;
        browser.write("#at", &ward.ago(5).format("%m%d%Y\t%I%M%p").to_string()).await?;
        browser.click("#act-acknowledged button").await?;
        until_refused(&browser, "in the future").await?;
        assert_eq!(browser.status().await?, 422);
        assert_eq!(value(&browser, "#at").await?, ward.ago(5).format("%Y-%m-%dT%H:%M").to_string());
        assert_eq!(browser.count("#act-acknowledged input[value=will_review]:checked").await?, 1);
        assert_eq!(ward.warehouse.one("SELECT count(*) FROM app.review").await?, 0);
        browser.with_scripts().await?;
        look(&browser, &format!("too-little-{runs_scripts}")).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_behind_glass_that_is_broken_for_a_reason_only() -> Tested {
    let (ward, browser) = four().await?;
    ward.warehouse.tell("UPDATE app.account SET departments = '{Nowhere}' WHERE name = 'clinician'").await?;
    browser.goto(&ward.dashboard.url("/patients/P001")).await?;
    browser.tell("document.querySelector('#beyond form').noValidate = true").await?;
    browser.click("#beyond button").await?;
    browser.until_there("#beyond #trouble[role=alert]").await?;
    assert_eq!(browser.status().await?, 422);
    look(&browser, "glass-without-a-reason").await?;

    browser.write("#reason", "called to a cardiac arrest").await?;
    browser.click("#beyond button").await?;
    browser.until_there("#broken").await?;
    assert!(browser.text("#broken").await?.contains("Another department's patient"));
    assert_eq!(browser.text("h1").await?, "ONE, Ada");
    look(&browser, "broken-glass").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_threshold_that_is_tried_and_set_by_somebody_else_meanwhile() -> Tested {
    let (ward, _) = four().await?;
    let browser = Browser::open_as(Role::Admin).await?;
    browser.goto(&ward.dashboard.url("/thresholds?department=Cardiology&hours=85")).await?;
    assert_eq!((browser.text("#before").await?, browser.text("#after").await?), ("3".to_owned(), "1".to_owned()));
    look(&browser, "threshold-tried").await?;

    let other = "department=Cardiology&hours=70";
    let set = ward.dashboard.post_as(Some(Role::Admin), "/thresholds", other, &[OWN_PAGE]).await?;
    assert_eq!(set.status().as_u16(), 303);
    browser.click("#set button").await?;
    browser.until_there("#thresholds #trouble[role=alert]").await?;
    assert_eq!(browser.status().await?, 409);
    assert!(browser.text("#trouble").await?.contains("Somebody else has set this threshold"));
    assert_eq!(
        ward.warehouse.rows("SELECT hours FROM app.threshold WHERE department IS NOT NULL").await?,
        json!([{"hours": 70}])
    );
    look(&browser, "threshold-too-late").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_lists_beside_the_board_with_somebody_on_them() -> Tested {
    let (ward, browser) = four().await?;
    ward.warehouse.tell("UPDATE ingest.object SET loaded_at = loaded_at - interval '1 day'").await?;
    act_beside(&ward, "act=assigned&comment=mine+until+tonight").await?;
    ward.until_known().await?;
    let moment = |hours| ward.ago(hours).to_rfc3339_opts(SecondsFormat::Secs, true);
    let lists = [
        ("due", "/?due=8".to_owned(), "C3"),
        ("since", format!("/?since={}", moment(12)), "C4"),
        ("mine", "/?mine=yes".to_owned(), "C1"),
        ("chase", "/?state=chase&sort=waiting".to_owned(), "C2"),
        ("forecast", format!("/?as_of={}&section=main", moment(-10)), "C3"),
    ];
    for (name, path, case) in lists {
        browser.goto(&ward.dashboard.url(&path)).await?;
        assert_eq!(browser.count(&format!("tr.stay[data-case={case}]")).await?, 1, "{name}");
        look(&browser, name).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_corridor_screen_whose_database_does_not_answer() -> Tested {
    let (folder, mut warehouse) = (Folder::new()?, Warehouse::alone().await?);
    for feed in FEEDS {
        let stays = [admission("P001", "C1", now() - TimeDelta::hours(90))];
        folder.put(&format!("{feed}.csv"), &file(feed, if feed == "admissions" { &stays } else { &[] }))?;
    }
    Ingest::from_folder(&folder, &warehouse)?.once().await?;
    let mut dashboard = Dashboard::start(&warehouse.url()).await?;
    let browser = Browser::open().await?;
    browser.goto(&dashboard.url("/wallboard")).await?;
    assert_eq!(browser.count(".wall-card").await?, 1);
    warehouse.crash_server().await?;
    // It turns every second until the server says so.
    browser.until("document.querySelector('#not-live') !== null || (document.body.dataset.turn = '1', false)").await?;
    browser.click("#pause").await?;
    assert!(browser.text("#not-live[role=alert]").await?.contains("Not live"));
    assert_eq!(browser.count(".wall-card").await?, 1, "the last that is known stays");
    look(&browser, "corridor-without-its-database").await?;
    warehouse.restart_server().await?;
    browser.click("#pause").await?;
    browser.until("document.querySelector('#not-live') === null || (document.body.dataset.turn = '1', false)").await?;
    dashboard.stop().await
}
