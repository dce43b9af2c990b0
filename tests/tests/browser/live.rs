//! An open page follows the bucket and the clock, in place.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde_json::json;
use wardwatch_tests::ward::{admission, admission_to, now, order, patient, result};
use wardwatch_tests::{Browser, Dashboard, Tested, Ward};

use super::access::look;

/// A mark that only a page that was not loaded anew keeps.
const MARK: &str = "window.notReloaded = true";

fn row(case: &str) -> String {
    format!("tr.stay[data-case=\"{case}\"]")
}

/// A ward with enough listed patients to scroll.
async fn full_ward(patients: i64) -> Tested<Ward> {
    let ward = Ward::open_empty().await?;
    let ids: Vec<String> = (0..patients).map(|number| format!("P{number:03}")).collect();
    let people: Vec<String> = ids.iter().map(|id| patient(id, "Test", &format!("Family{id}"))).collect();
    let stays: Vec<String> =
        ids.iter().zip(100..).map(|(id, hours)| admission(id, &format!("C{id}"), ward.ago(hours))).collect();
    ward.load("patient_information", &people).await?;
    ward.load("admissions", &stays).await?;
    Ok(ward)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_in_the_bucket_shows_in_the_open_page() -> Tested {
    let ward = full_ward(3).await?;
    let browser = Browser::open().await?;
    browser.goto_live(&ward.dashboard.url("/")).await?;
    browser.tell(MARK).await?;
    assert_eq!(browser.text("#count-overdue").await?, "3");

    // A new admission, longer ago than all others.
    ward.drop_file("admissions", &[admission("P900", "C900", ward.ago(500))]).await?;
    browser.until_there(&format!("{}.changed[data-state=overdue]", row("C900"))).await?;
    assert!(browser.text(&row("C900")).await?.contains("name not received"));
    assert_eq!(browser.text("#count-overdue").await?, "4");
    assert_eq!(browser.read("document.querySelector('tr.stay').dataset.case").await?, "C900", "longest idle first");

    // The name comes later, then an order: the row changes in place.
    ward.drop_file("patient_information", &[patient("P900", "Nova", "Newcomer")]).await?;
    browser.until(&format!("document.querySelector('{}').innerText.includes('NEWCOMER, Nova')", row("C900"))).await?;
    ward.drop_file("lab_tests", &[order("T900", "P900", ward.ago(2))]).await?;
    browser.until_there(&format!("{}.changed[data-state=chase]", row("C900"))).await?;
    assert!(browser.text(&format!("{} .order", row("C900"))).await?.contains("Lipid Panel"));

    // A correction of the admission.
    ward.drop_file("admissions", &[admission_to("Oncology", "P900", "C900", ward.ago(510))]).await?;
    browser.until(&format!("document.querySelector('{} .department').innerText === 'Oncology'", row("C900"))).await?;
    browser.until_there(&format!("{}.changed", row("C900"))).await?;

    // The result: the patient leaves the board.
    ward.drop_file("lab_results", &[result("R900", "T900", ward.ago(1))]).await?;
    browser.until_gone(&row("C900")).await?;
    assert_eq!(browser.text("#count-all").await?, "3");
    assert_eq!(browser.read("window.notReloaded").await?, true, "the page was loaded anew");
    assert_eq!(browser.complaints().await?, Vec::<String>::new());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_moves_neither_scroll_nor_focus_nor_typed_text() -> Tested {
    let ward = full_ward(40).await?;
    let browser = Browser::open().await?;
    browser.goto_live(&ward.dashboard.url("/")).await?;
    browser.write("#q", "half-typ").await?;
    let held = format!("{} a.who", row("CP010"));
    browser.tell(&format!("document.querySelector('{held}').focus()")).await?;
    let top = format!("document.querySelector('{held}').getBoundingClientRect().top");
    assert!(browser.read("window.scrollY").await?.as_f64() > Some(100.0), "the page is not scrolled");
    let before = browser.read(&top).await?.as_f64().unwrap_or_default();

    ward.drop_file("admissions", &[admission("P900", "C900", ward.ago(500))]).await?;
    browser.until_there(&format!("{}.changed", row("C900"))).await?;
    let moved = browser.read(&top).await?.as_f64().unwrap_or_default() - before;
    assert!(moved.abs() < 1.0, "what is being read has moved by {moved} pixels");
    assert_eq!(browser.read("document.activeElement.closest('tr').dataset.case").await?, "CP010");

    // The focused row itself is replaced by a correction.
    ward.drop_file("admissions", &[admission_to("Oncology", "P010", "CP010", ward.ago(110))]).await?;
    browser.until(&format!("document.querySelector('{} .department').innerText === 'Oncology'", row("CP010"))).await?;
    assert_eq!(browser.read("document.activeElement.closest('tr').dataset.case").await?, "CP010");
    assert_eq!(browser.read("document.activeElement.dataset.control").await?, "patient");
    assert_eq!(browser.read("document.querySelector('#q').value").await?, "half-typ");

    // Text in the field in which one types.
    browser.tell("document.querySelector('#q').focus()").await?;
    ward.drop_file("admissions", &[admission("P901", "C901", ward.ago(501))]).await?;
    browser.until_there(&row("C901")).await?;
    assert_eq!(
        browser.read("[document.activeElement.id, document.activeElement.value]").await?,
        json!(["q", "half-typ"])
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn how_many_rows_have_changed_is_announced() -> Tested {
    let ward = full_ward(3).await?;
    let browser = Browser::open().await?;
    browser.goto_live(&ward.dashboard.url("/")).await?;
    let two = [admission("P900", "C900", ward.ago(500)), admission("P901", "C901", ward.ago(501))];
    ward.drop_file("admissions", &two).await?;
    browser.until("document.querySelector('#announce').textContent === '2 rows changed'").await?;
    ward.drop_file("patient_information", &[patient("P900", "Nova", "Newcomer")]).await?;
    browser.until("document.querySelector('#announce').textContent === '1 row changed'").await
}

/// How far from the head of the window a row is.
async fn top(browser: &Browser, case: &str) -> Tested<f64> {
    let top = browser.read(&format!("document.querySelector('{}').getBoundingClientRect().top", row(case))).await?;
    Ok(top.as_f64().unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_row_under_the_pointer_keeps_still_before_that_of_the_focus() -> Tested {
    let ward = full_ward(40).await?;
    let browser = Browser::open().await?;
    browser.goto_live(&ward.dashboard.url("/")).await?;
    browser.click(&format!("{} .c-idle .idle", row("CP033"))).await?;
    let focus = format!("document.querySelector('{} a.who').focus({{preventScroll: true}})", row("CP028"));
    browser.tell(&focus).await?;
    let before = top(&browser, "CP033").await?;
    let between = ward.ago(130) - TimeDelta::minutes(30);
    ward.drop_file("admissions", &[admission("P900", "C900", between)]).await?;
    browser.until_there(&row("C900")).await?;
    let moved = top(&browser, "CP033").await? - before;
    assert!(moved.abs() < 1.0, "the row under the pointer has moved by {moved} pixels");
    assert_eq!(browser.read("document.activeElement.closest('tr').dataset.case").await?, "CP028");
    Ok(())
}

/// Lets these stays be over.
async fn release(ward: &Ward, stays: &[(&str, &str)]) -> Tested {
    let released = ward.ago(1).format("%Y-%m-%d,%H:%M");
    let rows = stays
        .iter()
        .map(|(patient, case)| admission(patient, case, ward.ago(400)).replace(",,,", &format!(",{released},")));
    ward.drop_file("admissions", &rows.collect::<Vec<_>>()).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_the_head_of_the_page_the_row_under_the_pointer_keeps_still_when_one_above_it_leaves() -> Tested {
    let ward = full_ward(40).await?;
    let browser = Browser::open().await?;
    browser.goto_live(&ward.dashboard.url("/")).await?;
    browser.click(&format!("{} .c-idle .idle", row("CP036"))).await?;
    let before = top(&browser, "CP036").await?;
    release(&ward, &[("P039", "CP039")]).await?;
    browser.until_gone(&row("CP039")).await?;
    let moved = top(&browser, "CP036").await? - before;
    assert!(moved.abs() < 1.0, "the row under the pointer has moved by {moved} pixels");
    browser.click("#main h1").await?;
    browser.until("document.querySelector('.list').style.paddingTop === ''").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_other_row_comes_under_the_pointer_when_the_one_under_it_leaves() -> Tested {
    let ward = full_ward(40).await?;
    let browser = Browser::open().await?;
    browser.goto_live(&ward.dashboard.url("/")).await?;
    browser.click(&format!("{} .c-idle .idle", row("CP036"))).await?;
    let before = top(&browser, "CP036").await?;
    release(&ward, &[("P036", "CP036")]).await?;
    browser.until("document.querySelector('#count-all').textContent === '39'").await?;
    assert!((top(&browser, "CP036").await? - before).abs() < 1.0, "its place stays");
    let gone = format!("document.querySelector('{}').matches('[data-gone][inert]')", row("CP036"));
    assert_eq!(browser.read(&gone).await?, true, "and nothing in it can be pressed");
    ward.drop_file("admissions", &[admission("P900", "C900", ward.ago(90))]).await?;
    browser.until_there(&row("C900")).await?;
    assert_eq!(browser.read(&gone).await?, true, "however often the list is renewed");
    browser.click("#main h1").await?;
    browser.until_gone(&row("CP036")).await?;
    assert_eq!(browser.complaints().await?, Vec::<String>::new());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_the_head_of_the_page_a_finger_meets_the_row_that_it_was_meant_for() -> Tested {
    let ward = full_ward(40).await?;
    let browser = Browser::open().await?;
    browser.goto_live(&ward.dashboard.url("/")).await?;
    browser.tell("window.matchMedia = () => ({ matches: true })").await?;
    let before = top(&browser, "CP039").await?;
    ward.drop_file("admissions", &[admission("P900", "C900", ward.ago(500))]).await?;
    browser.until_there(&row("C900")).await?;
    let moved = top(&browser, "CP039").await? - before;
    assert!(moved.abs() < 1.0, "the first row has moved by {moved} pixels under a finger");

    browser.tell("window.matchMedia = () => ({ matches: false }); window.scrollTo(0, 0)").await?;
    ward.drop_file("admissions", &[admission("P901", "C901", ward.ago(501))]).await?;
    browser.until_there(&row("C901")).await?;
    assert_eq!(browser.read("window.scrollY").await?, 0, "with a mouse elsewhere the newest leads in sight");
    Ok(())
}

/// Keeps of each answer that the script gets: from which version it begins, and how many rows it names and sends.
const KEEP_UPDATES: &str = "window.updates = [];
    const asked = window.fetch;
    window.fetch = async (...said) => {
        const answer = await asked(...said);
        const count = (text, part) => text.split(part).length - 1;
        const text = await answer.clone().text();
        window.updates.push([answer.headers.get('x-since') !== null, count(text, 'data-same'), count(text, '<tr class=\"stay')]);
        return answer;
    }";

/// Whether the rows that are shown are those of a page that is loaded now.
const AS_LOADED_NOW: &str = "(() => {
        const request = new XMLHttpRequest();
        request.open('GET', '/', false);
        request.send();
        const rows = (page) => [...page.querySelectorAll('tr.stay')].map((row) => {
            const copy = row.cloneNode(true);
            copy.classList.remove('changed');
            return copy.outerHTML;
        });
        const now = rows(new DOMParser().parseFromString(request.responseText, 'text/html'));
        return now.length > 0 && JSON.stringify(now) === JSON.stringify(rows(document));
    })()";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_update_sends_what_changed_and_shows_what_a_new_page_would() -> Tested {
    let ward = full_ward(40).await?;
    let browser = Browser::open().await?;
    browser.goto_live(&ward.dashboard.url("/")).await?;
    browser.tell(KEEP_UPDATES).await?;
    browser.until("window.updates.some(([isUpdate]) => isUpdate)").await?;

    ward.drop_file("admissions", &[admission("P900", "C900", ward.ago(500))]).await?;
    browser.until_there(&row("C900")).await?;
    browser.until(AS_LOADED_NOW).await?;
    ward.drop_file("admissions", &[admission_to("Oncology", "P010", "CP010", ward.ago(700))]).await?;
    browser.until("document.querySelector('tr.stay').dataset.case === 'CP010'").await?;
    browser.until(AS_LOADED_NOW).await?;
    ward.drop_file("lab_tests", &[order("T900", "P900", ward.ago(2))]).await?;
    ward.drop_file("lab_results", &[result("R900", "T900", ward.ago(1))]).await?;
    browser.until_gone(&row("C900")).await?;
    browser.until(AS_LOADED_NOW).await?;

    let is_from_then_on = "window.updates.slice(1).every(([isUpdate]) => isUpdate)";
    assert_eq!(browser.read(is_from_then_on).await?, true, "only the first answer may be the whole list");
    let most = "Math.max(...window.updates.filter(([isUpdate]) => isUpdate).map(([, , sent]) => sent))";
    assert!(
        browser.read(most).await?.as_i64() <= Some(3),
        "an update sends what changed: {}",
        browser.read("window.updates").await?
    );
    assert_eq!(browser.complaints().await?, Vec::<String>::new());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn time_alone_brings_a_patient_onto_the_board() -> Tested {
    let ward = full_ward(1).await?;
    let browser = Browser::open().await?;
    browser.goto_live(&ward.dashboard.url("/")).await?;
    browser.tell(MARK).await?;
    let soon = now() - TimeDelta::hours(48) + TimeDelta::seconds(12);
    ward.load("admissions", &[admission("P901", "C901", soon)]).await?;
    let commits = ward.warehouse.one("SELECT count(*) FROM ingest.object").await?;
    assert_eq!(browser.count(&row("C901")).await?, 0, "48 hours are not over");
    browser.until_there(&format!("{}.changed[data-state=overdue]", row("C901"))).await?;
    let seen_at = browser.read("document.querySelector('#board').dataset.asOf").await?;
    let late = seen_at.as_str().unwrap_or_default().parse::<DateTime<Utc>>()? - soon - TimeDelta::hours(48);
    assert!(late > TimeDelta::zero() && late <= TimeDelta::seconds(10), "shown {late} after the threshold");
    assert_eq!(ward.warehouse.one("SELECT count(*) FROM ingest.object").await?, commits);
    assert_eq!(browser.read("window.notReloaded").await?, true);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_without_its_server_says_so_and_recovers() -> Tested {
    let mut ward = full_ward(2).await?;
    let browser = Browser::open().await?;
    browser.goto_live(&ward.dashboard.url("/")).await?;
    browser.tell(MARK).await?;
    assert!(browser.read("document.querySelector('#connection').hidden").await?.as_bool() == Some(true));

    let address = ward.dashboard.address;
    ward.dashboard.stop().await?;
    browser.until("document.querySelector('#live').dataset.live === 'lost'").await?;
    let warning = browser.text("#connection").await?;
    assert!(warning.contains("Not live") && warning.contains(" old and may be wrong"), "{warning}");
    assert_eq!(browser.count("tr.stay").await?, 2, "what was shown stays, marked as old");
    let is_read_out = browser.read("document.querySelector('#connection-age').closest('[aria-live]').ariaLive").await?;
    assert_eq!(is_read_out, "off", "once, and not with every second of its age");
    look(&browser, "without-its-server").await?;

    ward.dashboard = Dashboard::start_at(&ward.warehouse.url(), Tz::UTC, address).await?;
    ward.drop_file("admissions", &[admission("P900", "C900", ward.ago(500))]).await?;
    browser.until_there(&row("C900")).await?;
    browser.until("document.querySelector('#live').dataset.live === 'live'").await?;
    browser.until("document.querySelector('#connection').hidden").await?;
    assert_eq!(browser.read("window.notReloaded").await?, true);
    Ok(())
}
