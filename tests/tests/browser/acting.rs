//! Acting on a patient in the row itself: with the script and without, with the mouse and with keys, while the list changes
//! under the hands, and while somebody else acts too.

use wardwatch_identity::Role;
use wardwatch_schema::database::COMMIT_CHANNEL;
use wardwatch_tests::ward::{admission, admission_to, order, patient, result};
use wardwatch_tests::{Browser, Tested, Ward};

use super::access::look;

const MARK: &str = "window.notReloaded = true";
const FORM: &str = "tr.stay[data-case=C1] details.act";

/// Three patients without a test for long.
async fn three() -> Tested<(Ward, Browser)> {
    let ward = Ward::open_empty().await?;
    let people = [("P001", "Ada", "One"), ("P002", "Bea", "Two"), ("P003", "Cy", "Three")];
    ward.load("patient_information", &people.map(|(id, first, last)| patient(id, first, last))).await?;
    let stays = [("P001", "C1", 90), ("P002", "C2", 80), ("P003", "C3", 70)];
    ward.load("admissions", &stays.map(|(id, case, hours)| admission(id, case, ward.ago(hours)))).await?;
    Ok((ward, Browser::open().await?))
}

async fn until_rows(browser: &Browser, rows: u32) -> Tested {
    browser.until(&format!("document.querySelectorAll('tr.stay').length === {rows}")).await
}

/// Opens the form of the first patient and gives a reason.
async fn open(browser: &Browser) -> Tested {
    browser.click(&format!("{FORM} summary")).await?;
    browser.click(&format!("{FORM} option[value=palliative]")).await
}

async fn typed(browser: &Browser) -> Tested<String> {
    let text = browser.read(&format!("document.querySelector('{FORM} textarea').value")).await?;
    Ok(text.as_str().unwrap_or_default().to_owned())
}

/// Three patients; the form of the first is open, with a reason and a comment in it.
async fn writing(comment: &str) -> Tested<(Ward, Browser)> {
    let (ward, browser) = three().await?;
    browser.goto_live(&ward.dashboard.url("/")).await?;
    open(&browser).await?;
    browser.write(&format!("{FORM} textarea"), comment).await?;
    Ok((ward, browser))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_patient_is_acknowledged_in_the_row_and_put_back() -> Tested {
    let (ward, browser) = three().await?;
    browser.goto_live(&ward.dashboard.url("/?department=Cardiology")).await?;
    browser.tell(MARK).await?;
    browser.tell("document.addEventListener('acted', () => (window.isUsed = true))").await?;
    open(&browser).await?;
    browser.write(&format!("{FORM} textarea"), "comfort care").await?;
    browser.click(&format!("{FORM} button[value=acknowledged]")).await?;
    browser.until_there("#told .notice").await?;
    until_rows(&browser, 2).await?;
    let told = browser.text("#told").await?;
    assert!(told.contains("You have acknowledged ONE, Ada.") && told.contains("Comes back"), "{told}");
    assert_eq!(browser.read("document.activeElement.id").await?, "told", "a reader without sight hears it");
    assert_eq!(browser.query().await?, "department=Cardiology", "the filter stays");
    assert_eq!(browser.read("window.isUsed").await?, true, "the session counts from now on");
    assert_eq!(browser.text("[data-control=list-acknowledged]").await?, "Acknowledged (1)");

    browser.click("[data-control=undo]").await?;
    browser.until_there("#told [data-told=resumed]").await?;
    until_rows(&browser, 3).await?;
    assert!(browser.text("#told").await?.contains("ONE, Ada is back on the board."));
    assert_eq!(browser.read("window.notReloaded").await?, true);
    assert_eq!(browser.complaints().await?, Vec::<String>::new());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_alone_do_for_taking_a_patient_on() -> Tested {
    let (ward, browser) = three().await?;
    browser.goto_live(&ward.dashboard.url("/")).await?;
    browser.write(&format!("{FORM} summary"), "\n").await?;
    browser.until_there(&format!("{FORM}[open]")).await?;
    browser.write(&format!("{FORM} button[value=assigned]"), "\n").await?;
    browser.until("document.querySelector('tr.stay[data-case=C1]').innerText.includes('With clinician')").await?;
    browser.goto_live(&ward.dashboard.url("/?mine=yes")).await?;
    until_rows(&browser, 1).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_typed_stays_whatever_becomes_of_the_row() -> Tested {
    let (ward, browser) = writing("half a thou").await?;
    ward.drop_file("admissions", &[admission_to("Oncology", "P001", "C1", ward.ago(90))]).await?;
    browser.until("document.querySelector('tr.stay[data-case=C1] .department').innerText === 'Oncology'").await?;
    browser.write(&format!("{FORM} textarea"), "ght").await?;
    assert_eq!(typed(&browser).await?, "half a thought");
    assert_eq!(browser.read(&format!("document.querySelector('{FORM} select').value")).await?, "palliative");
    assert_eq!(browser.read("document.activeElement.name").await?, "comment");

    ward.load("lab_tests", &[order("T1", "P001", ward.ago(5))]).await?;
    ward.drop_file("lab_results", &[result("R1", "T1", ward.ago(4))]).await?;
    browser.until_there("tr.stay[data-case=C1][data-gone]").await?;
    assert!(browser.text(&format!("{FORM} .trouble")).await?.contains("has left the list"));
    assert_eq!(typed(&browser).await?, "half a thought");
    browser.click(&format!("{FORM} button[value=acknowledged]")).await?;
    browser
        .until(&format!("document.querySelector('{FORM} .trouble').innerText.includes('Nothing was written')"))
        .await?;
    assert_eq!(ward.warehouse.one("SELECT count(*) FROM app.review").await?, 0, "as the row had said that it may be");
    assert_eq!(typed(&browser).await?, "half a thought");
    browser.click(&format!("{FORM} summary")).await?;
    browser.until_there("tr.stay[data-case=C1][inert]").await?;
    browser.click("#main h1").await?;
    until_rows(&browser, 2).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_who_act_at_once_the_second_is_told_and_types_nothing_again() -> Tested {
    let (ward, browser) = writing("mine").await?;
    let same = ("sec-fetch-site", "same-origin");
    let first = ward.dashboard.post("/patients/P001/stays/C1", "act=assigned&seen=0", &[same]).await?;
    assert_eq!(first.status().as_u16(), 303);
    browser.click(&format!("{FORM} button[value=acknowledged]")).await?;
    browser
        .until(&format!("document.querySelector('{FORM} .trouble').innerText.includes('Somebody else was faster')"))
        .await?;
    assert_eq!(typed(&browser).await?, "mine");
    browser.until("document.querySelector('tr.stay[data-case=C1]').innerText.includes('With clinician')").await?;
    assert_eq!(ward.warehouse.one("SELECT count(*) FROM app.review").await?, 1);
    browser.click(&format!("{FORM} button[value=acknowledged]")).await?;
    until_rows(&browser, 2).await?;
    assert_eq!(ward.warehouse.one("SELECT comment FROM app.review ORDER BY review_id DESC LIMIT 1").await?, "mine");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_test_that_is_performed_while_the_form_is_open_is_told_and_types_nothing_again() -> Tested {
    let (ward, browser) = writing("mine").await?;
    ward.load("lab_tests", &[order("T1", "P001", ward.ago(80))]).await?;
    ward.load("lab_results", &[result("R1", "T1", ward.ago(75))]).await?;
    browser.until("document.querySelector('tr.stay[data-case=C1] .c-performed time') !== null").await?;
    browser.click(&format!("{FORM} button[value=acknowledged]")).await?;
    browser
        .until(&format!("document.querySelector('{FORM} .trouble').innerText.includes('A test was performed')"))
        .await?;
    assert_eq!(
        (typed(&browser).await?, ward.warehouse.one("SELECT count(*) FROM app.review").await?),
        ("mine".to_owned(), 0.into())
    );
    browser.click(&format!("{FORM} button[value=acknowledged]")).await?;
    until_rows(&browser, 2).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_typed_outlives_the_session_and_no_patient_does() -> Tested {
    let (ward, browser) = three().await?;
    browser.goto_live(&ward.dashboard.url("/")).await?;
    browser.tell(MARK).await?;
    open(&browser).await?;
    browser.write(&format!("{FORM} textarea"), "half a thought").await?;
    ward.warehouse.tell("CREATE TABLE kept AS SELECT * FROM app.session; DELETE FROM app.session").await?;
    browser.until_gone("tr.stay").await?;
    let told = browser.text("details.act .trouble").await?;
    assert!(told.contains("Nothing was written") && told.contains("another tab"), "{told}");
    let page = browser.text("body").await?;
    assert!(!page.contains("ONE") && !page.contains("P001") && !page.contains("TWO"), "{page}");
    let form = "details.act button[value=acknowledged]";
    browser.click(form).await?;
    browser.until("document.querySelector('details.act form').getAttribute('aria-busy') === null").await?;
    assert_eq!(browser.read("document.querySelector('details.act textarea').value").await?, "half a thought");
    assert_eq!(ward.warehouse.one("SELECT count(*) FROM app.review").await?, 0);
    assert_eq!(browser.read("window.notReloaded").await?, true);

    let back = "INSERT INTO app.session OVERRIDING SYSTEM VALUE SELECT * FROM kept";
    ward.warehouse.tell(back).await?;
    browser.click(form).await?;
    browser.until_there("#told .notice").await?;
    until_rows(&browser, 2).await?;
    assert_eq!(ward.warehouse.one("SELECT comment FROM app.review").await?, "half a thought");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_act_without_a_reason_says_what_is_missing() -> Tested {
    let (ward, browser) = three().await?;
    browser.goto_live(&ward.dashboard.url("/")).await?;
    browser.click(&format!("{FORM} summary")).await?;
    browser.click(&format!("{FORM} button[value=acknowledged]")).await?;
    browser.until(&format!("document.querySelector('{FORM} .trouble').innerText.includes('Choose a reason')")).await?;
    look(&browser, "the-form-of-a-row").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_that_is_closed_and_opened_again_is_of_what_the_row_shows() -> Tested {
    let (ward, browser) = three().await?;
    browser.goto_live(&ward.dashboard.url("/")).await?;
    open(&browser).await?;
    ward.warehouse
        .tell(&format!(
            "INSERT INTO app.review (patient_id, case_number, act, by_account, at) VALUES ('P001', 'C1', 'assigned', 'bob', now());
             SELECT pg_notify('{COMMIT_CHANNEL}', 'app.review')"
        ))
        .await?;
    browser.until("document.querySelector('tr.stay[data-case=C1]').textContent.includes('With bob')").await?;
    browser.click(&format!("{FORM} summary")).await?;
    browser.until(&format!("document.querySelector('{FORM} [name=seen]').value !== '0'")).await?;
    browser.click(&format!("{FORM} summary")).await?;
    browser.click(&format!("{FORM} button[value=unassigned]")).await?;
    browser.until("document.querySelector('#told').textContent.includes('Nobody takes care')").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_press_is_not_lost_when_the_row_changes_under_it() -> Tested {
    let (ward, browser) = three().await?;
    browser.goto_live(&ward.dashboard.url("/")).await?;
    let link = "tr.stay[data-case=C1] a.who";
    browser.tell(&format!("window.pressed = document.querySelector('{link}')")).await?;
    // What is let go just before holds nothing of the next press.
    let cell = "tr.stay[data-case=C1] .c-idle";
    browser.press(cell).await?;
    browser.release(cell).await?;
    browser.press(link).await?;
    ward.load("admissions", &[admission_to("Oncology", "P001", "C1", ward.ago(90))]).await?;
    let fetches = "performance.getEntriesByType('resource').filter(it => it.initiatorType === 'fetch').length";
    let before = browser.read(fetches).await?;
    browser.until(&format!("{fetches} > {before} + 1")).await?;
    assert_eq!(browser.read("window.pressed.isConnected").await?, true, "the link was replaced under the pointer");
    browser.release(link).await?;
    browser.until_there("#patient[data-patient=P001]").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_script_the_board_is_filtered_sorted_and_acted_on() -> Tested {
    let (ward, browser) = three().await?;
    browser.without_scripts().await?;
    browser.goto(&ward.dashboard.url("/")).await?;
    let renewal = "noscript meta[http-equiv=refresh], meta[http-equiv=refresh]";
    assert_eq!(browser.count(renewal).await?, 1, "it reloads by itself");
    browser.click("[data-control=sort-patient]").await?;
    browser.until_there(".c-patient[aria-sort=ascending]").await?;

    // What is typed would be lost with the next reload: there is nothing to type in, but the way to a page that stays.
    browser.click(&format!("{FORM} summary")).await?;
    let shown = format!(
        "[...document.querySelectorAll('{FORM} form > *')].filter(it => it.checkVisibility()).map(it => it.tagName)"
    );
    assert_eq!(browser.read(&shown).await?, serde_json::json!(["A"]));
    browser.click(&format!("{FORM} form > a")).await?;
    browser.until_there("#review").await?;
    assert_eq!(browser.count(renewal).await?, 0);
    browser.write("#acknowledged-comment", "comfort care").await?;
    browser.click("#act-acknowledged input[value=palliative]").await?;
    browser.click("#act-acknowledged button").await?;
    browser.until_there("#told .notice").await?;
    until_rows(&browser, 2).await?;
    assert_eq!(browser.query().await?, "sort=patient", "the way back leads to the same board");
    assert_eq!(ward.warehouse.one("SELECT comment FROM app.review").await?, "comfort care");

    browser.click("tr.stay[data-case=C2] summary").await?;
    browser.click("tr.stay[data-case=C2] form > a").await?;
    browser.until_there("#review").await?;
    browser.click(".back a").await?;
    until_rows(&browser, 2).await?;
    assert_eq!(browser.query().await?, "sort=patient");
    browser.click("tr.stay[data-case=C2] a.who").await?;
    browser.until_there("#patient[data-patient=P002] .timeline").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_changed_since_the_last_visit_is_a_list_that_a_reload_does_not_wipe() -> Tested {
    let (ward, browser) = three().await?;
    ward.load("admissions", &[admission("P004", "C4", ward.ago(49))]).await?;
    ward.warehouse.tell("UPDATE ingest.object SET loaded_at = loaded_at - interval '5 hours'").await?;
    ward.until_known().await?;
    let visit = "INSERT INTO app.visit (account_id, seen_at)
        SELECT account_id, now() - interval '3 hours' FROM app.account WHERE name = 'clinician'";
    ward.warehouse.tell(visit).await?;
    browser.goto_live(&ward.dashboard.url("/")).await?;
    until_rows(&browser, 4).await?;
    for _ in 0..2 {
        browser.goto_live(&ward.dashboard.url("/")).await?;
        // The head tells the time: an element of it may be replaced between finding and clicking it.
        browser.tell("document.querySelector('[data-control=list-since]').click()").await?;
        browser.until_there("#changed-since").await?;
        until_rows(&browser, 1).await?;
        assert_eq!(browser.count("tr.stay[data-case=C4]").await?, 1, "they came onto the board an hour ago");
        assert_eq!(browser.query().await?, "since=visit");
    }
    let seen = ward.warehouse.one("SELECT previous_seen_at < now() - interval '2 hours' FROM app.visit").await?;
    assert_eq!(seen, true);
    look(&browser, "changed-since").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_threshold_is_previewed_set_and_withdrawn() -> Tested {
    let (ward, _) = three().await?;
    let browser = Browser::open_as(Role::Admin).await?;
    let listed = "[...document.querySelectorAll('[data-department=Cardiology] td.number')][1].innerText";
    let until_listed = async |count: u32| -> Tested {
        browser.goto(&ward.dashboard.url("/thresholds")).await?;
        browser.until(&format!("{listed} === '{count}' || (location.reload(), false)")).await
    };
    until_listed(3).await?;
    browser.goto(&ward.dashboard.url("/thresholds?department=Cardiology&hours=85")).await?;
    assert_eq!((browser.text("#before").await?, browser.text("#after").await?), ("3".to_owned(), "1".to_owned()));
    browser.click("#set button").await?;
    browser.until_there("[data-control=withdraw]").await?;
    browser.until("document.querySelector('[data-department=Cardiology] .number strong').innerText === '85 h'").await?;
    until_listed(1).await?;
    browser.click("[data-control=withdraw]").await?;
    browser.until_there("#preview").await?;
    assert_eq!((browser.text("#before").await?, browser.text("#after").await?), ("1".to_owned(), "3".to_owned()));
    look(&browser, "withdrawal").await?;
    browser.click("#set button").await?;
    browser.until("document.querySelector('#preview') === null && document.readyState === 'complete'").await?;
    assert_eq!(browser.count("[data-control=withdraw]").await?, 0);
    let kept = "SELECT array_agg(coalesce(hours::text, 'withdrawn') || ' ' || set_by ORDER BY threshold_id) AS it
        FROM app.threshold WHERE department = 'Cardiology'";
    let kept = ward.warehouse.rows(kept).await?;
    assert_eq!(kept[0]["it"], serde_json::json!(["85 admin", "withdrawn admin"]));
    Ok(())
}
