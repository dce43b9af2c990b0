//! Whoever asks their system for no motion is shown none.

use serde_json::{Value, json};
use wardwatch_tests::ward::{admission, order, patient, result};
use wardwatch_tests::{Browser, Tested, Ward};

/// What is drawn, or its parts, that would take a time to change or scroll smoothly.
const MOVES: &str = "[...document.querySelectorAll('*')].filter(it => [null, '::before', '::after'].some(part => { \
    const { transitionDuration, animationDuration, scrollBehavior } = getComputedStyle(it, part); \
    const takes = `${transitionDuration},${animationDuration}`.split(','); \
    return scrollBehavior === 'smooth' || takes.some(time => parseFloat(time) > 0); \
    })).map(it => `${it.localName}.${it.getAttribute('class')}`)";

/// How many changes are on their way once a row has changed, and its mark goes again.
const ON_THEIR_WAY: &str = "(row => { row.classList.add('changed'); getComputedStyle(row).backgroundColor; \
    row.classList.remove('changed'); return document.getAnimations().length; })(document.querySelector('tr.stay'))";

/// A patient of whom something was performed, so that there is a chart.
async fn ward() -> Tested<Ward> {
    let ward = Ward::open_empty().await?;
    ward.load("patient_information", &[patient("P001", "Ada", "One")]).await?;
    ward.load("admissions", &[admission("P001", "C1", ward.ago(90))]).await?;
    ward.load("lab_tests", &[order("T1", "P001", ward.ago(85))]).await?;
    ward.load("lab_results", &[result("R1", "T1", ward.ago(80)), result("R2", "T1", ward.ago(75))]).await?;
    Ok(ward)
}

async fn prefer(browser: &Browser, motion: &str) -> Tested {
    browser.prefer_motion(motion).await?;
    browser.until(&format!("matchMedia('(prefers-reduced-motion: {motion})').matches")).await
}

/// What moves on a page of which all is opened.
async fn moves(browser: &Browser) -> Tested<Value> {
    browser.tell("document.querySelectorAll('details').forEach(it => (it.open = true))").await?;
    browser.read(MOVES).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_moves_where_no_motion_is_asked_for() -> Tested {
    let (ward, browser) = (ward().await?, Browser::open().await?);
    browser.goto_live(&ward.dashboard.url("/")).await?;
    prefer(&browser, "no-preference").await?;
    assert_eq!(moves(&browser).await?, json!(["tr.stay"]), "the mark of a row that has changed fades");
    assert_eq!(browser.read(ON_THEIR_WAY).await?, 1);

    for path in ["/", "/patients/P001", "/patients/P001/stays/C1", "/wallboard"] {
        browser.goto(&ward.dashboard.url(path)).await?;
        prefer(&browser, "reduce").await?;
        assert_eq!(moves(&browser).await?, json!([]), "{path}");
        assert_eq!(browser.read("document.getAnimations().length").await?, 0, "{path}");
    }
    browser.goto_live(&ward.dashboard.url("/")).await?;
    assert_eq!(browser.read(ON_THEIR_WAY).await?, 0);
    Ok(())
}
