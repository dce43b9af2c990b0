//! The screen in the corridor turns by itself, cuts nobody off, keeps still for a reader, says which patients it shows and how old
//! it is where its server is away, and names nobody. And the board as a browser prints it.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use chrono_tz::Tz;
use serde_json::json;
use wardwatch_tests::ward::{FEEDS, admission, admission_to, now, patient};
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

/// Whether each card that is shown, and the foot, stand wholly in the window; and whose cards these are.
const SHOWN: &str = "(() => {
    const isWhole = it => (box => box.top >= 0 && box.bottom <= innerHeight)(it.getBoundingClientRect());
    const cards = [...document.querySelectorAll('.wall-card')].filter(it => it.checkVisibility());
    const areWhole = cards.length > 0 && [...cards, document.querySelector('.wall-foot')].every(isWhole);
    return [areWhole, ...cards.map(it => it.querySelector('.wall-who').innerText)];
    })()";

/// Shows the page by the rules of its style sheet for paper.
const AS_PAPER: &str = "for (const { cssRules } of document.styleSheets) {
    for (const { media } of cssRules) {
        if (media?.mediaText === 'print') media.mediaText = 'all';
        else if (media?.mediaText === 'screen') media.mediaText = 'not all';
    }
    }";

/// One patient more than the screen has place for.
async fn two_pages() -> Tested<(Ward, Browser)> {
    let ward = Ward::open_empty().await?;
    let stay = |number: i64| admission(&format!("P{number:03}"), &format!("C{number:03}"), ward.ago(100 + number));
    ward.load("admissions", &(0..13).map(stay).collect::<Vec<_>>()).await?;
    let browser = Browser::open().await?;
    browser.goto(&ward.dashboard.url("/wallboard")).await?;
    Ok((ward, browser))
}

/// Twenty patients, of whom every state is unknown: the laboratory was last heard of two hours ago.
async fn twenty_and_a_silent_laboratory() -> Tested<(Ward, Browser)> {
    let ward = Ward::open_with_limit("1h").await?;
    let stay = |number: i64| admission(&format!("P{number:03}"), &format!("C{number:03}"), ward.ago(100 + number));
    let stays: Vec<String> = (0..20).map(stay).collect();
    for feed in FEEDS {
        let rows: &[String] = if feed == "admissions" { &stays } else { &[] };
        let at = if feed == "lab_results" { now() - TimeDelta::hours(2) } else { now() };
        ward.load_of(at, feed, rows).await?;
    }
    Ok((ward, Browser::open().await?))
}

/// Makes the window this large, and waits until the page has it.
async fn resize(browser: &Browser, (width, height): (u32, u32)) -> Tested {
    browser.resize(width, height).await?;
    browser.until(&format!("innerWidth === {width} && innerHeight === {height}")).await
}

/// Waits until the screen has turned once.
async fn turn(browser: &Browser) -> Tested {
    browser.tell("window.isLeft = true").await?;
    browser.tell(HASTEN).await?;
    browser.until("window.isLeft === undefined && document.readyState === 'complete'").await?;
    browser.tell(SLOW_DOWN).await
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
    assert!(foot.contains("1–12 of 13 · turns every 15 s"), "{foot}");
    for cards in [1, 12] {
        browser.tell(HASTEN).await?;
        until_cards(&browser, cards).await?;
    }
    assert_eq!(browser.complaints().await?, Vec::<String>::new());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_is_wholly_on_the_screen_at_some_time() -> Tested {
    let (ward, browser) = twenty_and_a_silent_laboratory().await?;
    for size in [(1280, 720), (1024, 768)] {
        resize(&browser, size).await?;
        browser.goto(&ward.dashboard.url("/wallboard")).await?;
        browser.tell(SLOW_DOWN).await?;
        assert_eq!(browser.count("#banner-lis-stale").await?, 1);
        let mut seen = BTreeSet::new();
        for _ in 0..20 {
            let shown = browser.read(SHOWN).await?;
            assert_eq!(shown[0], true, "cut off at {size:?}: {shown}");
            seen.extend(shown.as_array().into_iter().flatten().skip(1).map(ToString::to_string));
            if seen.len() == 20 {
                break;
            }
            turn(&browser).await?;
        }
        assert_eq!(seen.len(), 20, "at {size:?}: {seen:?}");
    }
    assert_eq!(browser.complaints().await?, Vec::<String>::new());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_cut_off_in_another_window_or_beside_another_banner() -> Tested {
    let (mut ward, browser) = twenty_and_a_silent_laboratory().await?;
    resize(&browser, (1024, 600)).await?;
    browser.goto(&ward.dashboard.url("/wallboard")).await?;
    browser.tell(SLOW_DOWN).await?;
    let all = format!("{SHOWN}[0] && {SHOWN}.length === 13");
    assert_eq!(browser.read(&all).await?, false, "there is no place for all twelve of its page");
    resize(&browser, (1920, 1080)).await?;
    browser.until(&all).await?;
    assert!(browser.text(".wall-foot").await?.contains("1–12 of 20"));
    resize(&browser, (480, 320)).await?;
    // Otherwise there is no place even for one.
    let is_smaller = "parseFloat(getComputedStyle(document.documentElement).fontSize) < 16";
    browser.until(&format!("{SHOWN}[0] && {is_smaller}")).await?;
    resize(&browser, (1280, 720)).await?;
    browser.until(&format!("{SHOWN}[0] && {SHOWN}.length > 2 && !({is_smaller})")).await?;

    // The window ends where its page does: there is no place for another banner.
    browser.click("#pause").await?;
    let end = browser.read("Math.ceil(document.querySelector('main').getBoundingClientRect().bottom)").await?;
    resize(&browser, (1280, u32::try_from(end.as_u64().unwrap_or_default())?)).await?;
    browser.until(&format!("{SHOWN}[0]")).await?;
    let before = browser.read(&format!("{SHOWN}.length")).await?;
    ward.dashboard.stop().await?;
    browser.tell(HASTEN).await?;
    browser.until_there("#lost:not([hidden])").await?;
    browser.tell(SLOW_DOWN).await?;
    let shown = browser.read(SHOWN).await?;
    assert_eq!(shown[0], true, "beside the banner that the connection is lost: {shown}");
    assert_ne!(browser.read(&format!("{SHOWN}.length")).await?, before, "it takes the place of some");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_board_on_paper_says_which_rows_of_which_filter_it_shows() -> Tested {
    let (ward, browser) = two_pages().await?;
    browser.goto(&ward.dashboard.url("/?state=overdue&per_page=10&page=2")).await?;
    let parts = [".print-only", ".pager .rows", ".pager .page", ".pager .step", ".filter"];
    let are_there = format!("{}.map(it => document.querySelector(it).checkVisibility())", json!(parts));
    assert_eq!(browser.read(&are_there).await?, json!([false, true, true, true, true]));
    browser.tell(AS_PAPER).await?;
    assert_eq!(browser.read(&are_there).await?, json!([true, true, true, false, false]));
    assert_eq!(browser.text(".print-only").await?, "Filter: state overdue");
    assert_eq!(browser.text(".pager .rows").await?, "Rows 11–13 of 13");
    assert_eq!(browser.text(".pager .page").await?, "Page 2 of 2");
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
