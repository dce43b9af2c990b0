//! The screen in the corridor turns by itself, keeps still for a reader, says which patients it shows and how old it is where its
//! server is away, and names nobody.

use chrono_tz::Tz;
use serde_json::json;
use wardwatch_tests::ward::{admission, admission_to, patient};
use wardwatch_tests::{Browser, Dashboard, Tested, Ward};

use super::access::look;

/// A turn takes a second from now on, until the screen has turned.
const HASTEN: &str = "document.body.dataset.turn = '1'";
const SLOW_DOWN: &str = "document.body.dataset.turn = '600'";
/// Counts what the screen asked and heard the end of, for as long as it does not turn.
const COUNT_TURNS: &str = "window.turns = 0;
    const ask = window.fetch;
    window.fetch = (...said) => ask(...said).finally(() => (window.turns += 1))";
/// What the button says, and whether it is pressed.
const BUTTON: &str = "(it => [it.ariaPressed, it.innerText])(document.querySelector('#pause'))";

/// One patient more than the screen has place for.
async fn two_pages() -> Tested<(Ward, Browser)> {
    let ward = Ward::open_empty().await?;
    let stay = |number: i64| admission(&format!("P{number:03}"), &format!("C{number:03}"), ward.ago(100 + number));
    ward.load("admissions", &(0..13).map(stay).collect::<Vec<_>>()).await?;
    let browser = Browser::open().await?;
    browser.goto(&ward.dashboard.url("/wallboard")).await?;
    Ok((ward, browser))
}

async fn until_cards(browser: &Browser, cards: u32) -> Tested {
    browser.until(&format!("document.querySelectorAll('.wall-card').length === {cards}")).await
}

/// Waits until the age in this part of the screen is one, and then another one.
async fn until_older(browser: &Browser, part: &str) -> Tested {
    let age = format!("document.querySelector('{part} .wall-age').innerText");
    browser.until(&format!("/^\\d+ (s|min)$/.test({age})")).await?;
    browser.tell(&format!("window.age = {age}")).await?;
    browser.until(&format!("{age} !== window.age")).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_screen_turns_by_itself_and_begins_anew_after_its_last_page() -> Tested {
    let (_ward, browser) = two_pages().await?;
    assert_eq!(browser.count(".wall-card").await?, 12);
    let foot = browser.text(".wall-foot").await?;
    assert!(foot.contains("Page 1 of 2 · turns every 15 s"), "{foot}");
    for cards in [1, 12] {
        browser.tell(HASTEN).await?;
        until_cards(&browser, cards).await?;
    }
    assert_eq!(browser.complaints().await?, Vec::<String>::new());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_reads_keeps_the_screen_still_and_sees_how_old_it_grows() -> Tested {
    let (_ward, browser) = two_pages().await?;
    assert_eq!(browser.read(BUTTON).await?, json!(["false", "Pause"]));
    browser.click("#pause").await?;
    assert_eq!(browser.read(BUTTON).await?, json!(["true", "Paused: go on"]));
    browser.tell(COUNT_TURNS).await?;
    browser.tell(HASTEN).await?;
    browser.until("window.turns >= 3").await?;
    assert_eq!(browser.count(".wall-card").await?, 12, "it asks at each turn, and does not turn");
    assert_eq!(browser.count("#lost[hidden]").await?, 1, "the server answers");
    until_older(&browser, "#paused").await?;

    browser.tell(SLOW_DOWN).await?;
    browser.click("#pause").await?;
    assert_eq!(browser.read(BUTTON).await?, json!(["false", "Pause"]));
    assert_eq!(browser.count("#paused[hidden]").await?, 1);
    browser.tell(HASTEN).await?;
    until_cards(&browser, 1).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_screen_without_its_server_says_how_old_it_is_paused_or_not() -> Tested {
    let (mut ward, browser) = two_pages().await?;
    let address = ward.dashboard.address;
    for is_paused in [false, true] {
        browser.goto(&ward.dashboard.url("/wallboard")).await?;
        browser.tell(SLOW_DOWN).await?;
        if is_paused {
            browser.click("#pause").await?;
        }
        ward.dashboard.stop().await?;
        browser.tell(HASTEN).await?;
        browser.until_there("#lost:not([hidden])").await?;
        let told = browser.text("#lost").await?;
        assert!(told.contains("Not live") && told.contains("What you see is "), "{told}");
        until_older(&browser, "#lost").await?;
        assert_eq!(browser.read("document.title").await?, "Not live · Wardwatch");
        assert_eq!(browser.count(".wall-card").await?, 12, "what was shown stays");
        let is_read_out = browser.read("document.querySelector('#lost .wall-age').ariaLive").await?;
        assert_eq!(is_read_out, "off", "it is read out once, and not with every second of its age");
        if is_paused {
            look(&browser, "corridor-without-its-server").await?;
        }

        ward.dashboard = Dashboard::start_at(&ward.warehouse.url(), Tz::UTC, address).await?;
        browser.until("document.querySelector('#lost').hidden && !document.title.includes('Not live')").await?;
        until_cards(&browser, if is_paused { 12 } else { 1 }).await?;
    }
    assert_eq!(browser.read(BUTTON).await?, json!(["true", "Paused: go on"]), "it was not loaded anew");
    let told = browser.text("#paused").await?;
    assert!(told.starts_with("What you see is ") && told.ends_with(" old."), "though the server is back: {told}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_signed_out_leaves_nobody_on_the_screen_though_it_is_paused() -> Tested {
    let (ward, browser) = two_pages().await?;
    browser.click("#pause").await?;
    ward.warehouse.tell("DELETE FROM app.session").await?;
    browser.tell(HASTEN).await?;
    browser.until("location.pathname === '/sign-in' && document.querySelector('#password') !== null").await?;
    assert_eq!(browser.count(".wall-card").await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_screen_says_which_patients_it_shows_and_names_none_who_is_searched() -> Tested {
    let ward = Ward::open_empty().await?;
    let people = [("P001", "Maria", "Garcia"), ("P002", "Ada", "One")];
    ward.load("patient_information", &people.map(|(id, first, last)| patient(id, first, last))).await?;
    let stays = [admission("P001", "C1", ward.ago(90)), admission_to("Oncology", "P002", "C2", ward.ago(80))];
    ward.load("admissions", &stays).await?;
    let browser = Browser::open().await?;
    let departments = "[...document.querySelectorAll('.wall-department')].map(it => it.innerText)";
    browser.goto(&ward.dashboard.url("/wallboard")).await?;
    assert_eq!(browser.read(departments).await?, json!(["Cardiology", "Oncology"]));
    assert_eq!(browser.count(".wall-filter").await?, 0, "it is the whole board");
    browser.goto(&ward.dashboard.url("/wallboard?department=Oncology")).await?;
    assert_eq!(browser.count(".wall-card").await?, 1);
    assert_eq!(browser.read(departments).await?, json!([]), "the heading says it");

    browser.goto(&ward.dashboard.url("/wallboard?state=overdue&physician=Ada&days=2&q=Garcia")).await?;
    let filter = "Filter: state overdue, physician Ada, days 2, search for a text that is not shown here";
    for page in ["as it was opened", "as it turned"] {
        browser.click("#pause").await?;
        assert_eq!(browser.text(".wall-filter").await?, filter, "{page}");
        assert_eq!(browser.count(".wall-card").await?, 1, "{page}");
        let seen = browser.read("document.title + document.body.innerText").await?;
        assert!(seen.as_str().is_some_and(|seen| !seen.to_lowercase().contains("garcia")), "{page}: {seen}");
        browser.tell("window.notReloaded = true").await?;
        browser.tell(HASTEN).await?;
        browser.click("#pause").await?;
        browser.until("window.notReloaded === undefined && document.readyState === 'complete'").await?;
    }
    browser.click("#pause").await?;
    look(&browser, "corridor-filtered").await
}
