//! Where a person acts: from what stands open to the page of one doubt, the form, the answer, and the board afterwards.

use wardwatch_identity::Role;
use wardwatch_tests::sample::{RENAMED, bytes};
use wardwatch_tests::ward::{admission, now, order, patient, result};
use wardwatch_tests::{Browser, Tested, Ward};

/// Fills a form in and sends it, then waits for the answer.
async fn ask(browser: &Browser, form: &str, reason: Option<&str>) -> Tested<String> {
    if let Some(reason) = reason {
        browser.write(&format!("form#{form} textarea[name=reason]"), reason).await?;
    }
    browser.click(&format!("form#{form} button")).await?;
    browser.until("['done', 'refused'].includes(document.querySelector('#request')?.dataset.state)").await?;
    browser.text("#request").await
}

/// Opens the page behind a link of Operations.
async fn open(ward: &Ward, browser: &Browser, link: &str) -> Tested {
    browser.goto_live(&ward.dashboard.url("/ops")).await?;
    browser.until_there(link).await?;
    browser.click(link).await?;
    browser.until_there("main form, #raw").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_waiting_result_is_given_to_a_patient_and_taken_back() -> Tested {
    let ward = Ward::open_empty().await?;
    ward.load("patient_information", &[patient("P1", "Ada", "One"), patient("P2", "Bo", "Two")]).await?;
    ward.load("admissions", &[admission("P1", "C1", ward.ago(90)), admission("P2", "C2", ward.ago(80))]).await?;
    ward.load("lab_tests", &[order("T1", "P1", ward.ago(70)), order("T1", "P2", ward.ago(70))]).await?;
    ward.load("lab_results", &[result("R/1", "T1", ward.ago(12))]).await?;
    let (board, browser) = (Browser::open().await?, Browser::open().await?);
    board.goto_live(&ward.dashboard.url("/")).await?;
    board.until_there("tr.stay[data-patient=P2][data-state=unknown]").await?;

    open(&ward, &browser, "#waiting tr[data-result='R/1'] a").await?;
    assert!(browser.text("fieldset").await?.contains("TWO, Bo"));
    browser.click("input[value=P2]").await?;
    let answer = ask(&browser, "decide_result", Some("the tube carries her label")).await?;
    assert!(answer.contains("Done"), "{answer}");
    board.until_gone("tr.stay[data-patient=P2]").await?;
    board.until_there("tr.stay[data-patient=P1][data-state=overdue]").await?;

    open(&ward, &browser, "#decisions tr[data-decision] a").await?;
    assert!(browser.text("main").await?.contains("the tube carries her label"));
    ask(&browser, "withdraw", Some("it does not")).await?;
    board.until_there("tr.stay[data-patient=P1][data-state=unknown]").await?;
    board.until_there("tr.stay[data-patient=P2][data-state=unknown]").await?;
    assert_eq!(browser.complaints().await?, Vec::<String>::new());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn conflicts_are_decided() -> Tested {
    let ward = Ward::open_empty().await?;
    let backwards = "P3,C3,11/18/2026,8:00:00 AM,2026-11-17,08:00,Cardiology,12".to_owned();
    let stays = [admission("P1", "C1", ward.ago(90)), admission("P2", "C1", ward.ago(80)), backwards];
    ward.load("admissions", &stays).await?;
    let (board, browser) = (Browser::open().await?, Browser::open().await?);
    board.goto_live(&ward.dashboard.url("/")).await?;
    board.until("document.querySelectorAll('tr.stay[data-state=unknown]').length === 3").await?;

    open(&ward, &browser, "#conflicts tr[data-case=C1] a").await?;
    browser.click("input[value=P1]").await?;
    ask(&browser, "decide_case", Some("asked the ward")).await?;
    board.until_gone("tr.stay[data-patient=P2]").await?;
    board.until_there("tr.stay[data-patient=P1][data-state=overdue]").await?;

    open(&ward, &browser, "#conflicts tr[data-case=C3] a").await?;
    browser.click("input[value=left]").await?;
    ask(&browser, "decide_stay-P3", Some("seen at the door")).await?;
    board.until_gone("tr.stay[data-patient=P3]").await?;
    browser.goto(&ward.dashboard.url("/patients/P3")).await?;
    assert!(browser.text(".stay-card").await?.contains("decided that the patient has left"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_map_is_proposed_corrected_and_approved() -> Tested {
    let ward = Ward::open_empty().await?;
    ward.s3.put_at(RENAMED, &bytes("drift", RENAMED)?, now()).await?;
    let browser = Browser::open_as(Role::Ops).await?;
    browser.goto_live(&ward.dashboard.url("/ops")).await?;
    // From the feed's number to the feed, to the object, to the proposal.
    let held = "#feeds tr[data-feed='pms.admissions'] td[data-of=objects] a";
    browser.until_there(held).await?;
    browser.click(held).await?;
    browser.until_there("#objects tr[data-object] a").await?;
    assert!(browser.text(".facts").await?.contains("case_no"), "the last error of the feed");
    browser.click("#objects tr[data-object] a").await?;
    browser.until_there("form#propose_map").await?;
    ask(&browser, "propose_map", None).await?;
    browser.until_there("form#approve_map").await?;
    let proposal = browser.read("document.querySelector('#map').value").await?;
    assert!(proposal.as_str().is_some_and(|text| text.contains("# renamed: hospitalization_case_number -> case_no.")));
    assert!(browser.text("#preview").await?.contains("Would be taken\n4"));

    let replace = async |old: &str, new: &str| {
        let text = format!(
            "const map = document.querySelector('#map'); map.value = map.value.replace('{old}', '{new}'); window.isAsked = true"
        );
        browser.tell(&text).await
    };
    replace("type =", "typ =").await?;
    browser.click("button[value=check_map]").await?;
    browser.until("!window.isAsked && document.querySelector('#request')?.dataset.state === 'refused'").await?;
    let line = browser
        .read("[...document.querySelectorAll('.numbered li')].findIndex(l => l.textContent.startsWith('typ =')) + 1");
    let (line, answer) = (line.await?.as_u64().unwrap_or_default(), browser.text("#request").await?);
    assert!(answer.contains(&format!("line {line},")), "{answer}");

    replace("typ =", "type =").await?;
    browser.write("form#approve_map textarea[name=reason]", "the vendor announced it").await?;
    browser.click("form#approve_map > p:last-child button").await?;
    browser.until("!window.isAsked && document.querySelector('#request')?.dataset.state === 'done'").await?;
    assert!(browser.text("#request").await?.contains("in force"));
    ward.warehouse.until_state(RENAMED, "done").await?;
    let approved = ward.warehouse.rows("SELECT toml, approved_by, reason FROM ingest.column_map").await?;
    assert_eq!(approved[0]["toml"].as_str().map(str::trim), proposal.as_str().map(str::trim));
    assert_eq!(
        (&approved[0]["approved_by"], &approved[0]["reason"]),
        (&"ops".into(), &"the vendor announced it".into())
    );
    browser.goto_live(&ward.dashboard.url("/ops")).await?;
    browser
        .until(
            "document.querySelector(\"#feeds tr[data-feed='pms.admissions'] td[data-of=objects]\").innerText === '0'",
        )
        .await?;
    assert_eq!(browser.complaints().await?, Vec::<String>::new());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn objects_and_records_are_tried_again_and_dismissed() -> Tested {
    let ward = Ward::open_empty().await?;
    ward.load("admissions", &["P7,C7,yesterday,noon,,,ICU,1".to_owned(), admission("P1", "C1", ward.ago(90))]).await?;
    ward.s3.put_at("lab_results_unknown_header.csv", b"one,two\n1,2\n", now()).await?;
    let (board, browser) = (Browser::open().await?, Browser::open().await?);
    board.goto_live(&ward.dashboard.url("/")).await?;
    board.until_there("#banner-lis-held").await?;

    let held = "#objects tr[data-object='lab_results_unknown_header.csv'] a";
    open(&ward, &browser, held).await?;
    let answer = ask(&browser, "retry", None).await?;
    assert!(answer.contains("loaded again"), "{answer}");
    ward.warehouse.until("EXISTS (SELECT FROM ingest.object WHERE state = 'held' AND attempts = 0)").await?;
    open(&ward, &browser, held).await?;
    ask(&browser, "dismiss_object", Some("a test of the source")).await?;
    board.until_gone("#banner-lis-held").await?;

    open(&ward, &browser, "#partly-read a").await?;
    let answer = ask(&browser, "reprocess", None).await?;
    assert!(answer.contains("1 stay in quarantine"), "{answer}");
    open(&ward, &browser, "#unreadable a").await?;
    assert_eq!(browser.text("#raw pre").await?, "P7,C7,yesterday,noon,,,ICU,1");
    ask(&browser, "dismiss_record", Some("said anew by hand")).await?;
    board.until_gone("#section-unreadable").await?;
    browser.goto_live(&ward.dashboard.url("/ops")).await?;
    assert_eq!(browser.count("#requests tr[data-request]").await?, 4);
    assert!(!browser.text("#ops").await?.contains("yesterday"), "no text of a record on the overview");
    Ok(())
}
