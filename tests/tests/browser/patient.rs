//! The patient page: every value with both times and its origin, doubtful results apart, nothing blank.

use wardwatch_tests::ward::{admission, admission_to, order, patient, result};
use wardwatch_tests::{Browser, Tested, Ward};

/// Two patients who share a test id.
async fn ward() -> Tested<(Ward, Browser)> {
    let ward = Ward::open_empty().await?;
    ward.load("patient_information", &[patient("P001", "Ada", "One"), patient("P002", "Bea", "Two")]).await?;
    ward.load("admissions", &[admission("P001", "C1", ward.ago(90)), admission("P002", "C2", ward.ago(80))]).await?;
    let orders = [("T1", "P001", 70), ("T2", "P001", 3), ("SHARED", "P001", 60), ("SHARED", "P002", 60)];
    ward.load("lab_tests", &orders.map(|(test, id, hours)| order(test, id, ward.ago(hours)))).await?;
    ward.load("lab_results", &[result("R1", "T1", ward.ago(65)), result("R9", "SHARED", ward.ago(50))]).await?;
    Ok((ward, Browser::open().await?))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_times_stand_beside_every_value() -> Tested {
    let (ward, browser) = ward().await?;
    browser.goto_live(&ward.dashboard.url("/")).await?;
    browser.click("tr.stay[data-patient=P001] a.who").await?;
    browser.until_there("#patient[data-patient=P001]").await?;
    assert_eq!(browser.text("h1").await?, "ONE, Ada");
    assert_eq!(browser.text("#allergies").await?, "Penicillin");
    let time = |hours| ward.ago(hours).format("%d-%b-%Y %H:%M").to_string();
    let clocks = browser.text(".stay-card[data-case=C1] .clocks").await?;
    for told in [time(90), time(65), time(3), "not released".to_owned()] {
        assert!(clocks.contains(&told), "{told} is not in {clocks}");
    }
    let order = browser.text("tbody[data-test=T1]").await?;
    for told in [time(70), time(65), "1.25 mg/L".to_owned(), "Dr. Bo Order".to_owned()] {
        assert!(order.contains(&told), "{told} is not in {order}");
    }
    assert!(browser.text("tbody[data-test=T2]").await?.contains("not performed"));
    browser.goto_live(&ward.dashboard.url("/patients/P002")).await?;
    assert_eq!(browser.text(".stay-card[data-case=C2] .last-performed").await?, "none since admission");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_value_names_its_object_record_and_map() -> Tested {
    let (ward, browser) = ward().await?;
    let key = ward.load("lab_results", &[result("R7", "T1", ward.ago(4)), result("R8", "T2", ward.ago(2))]).await?;
    browser.goto_live(&ward.dashboard.url("/patients/P001")).await?;
    browser.click("tbody[data-test=T2] td:has(.value) summary").await?;
    let source = "tbody[data-test=T2] td:has(.value) details[open] .source";
    let told = browser.text(source).await?;
    assert!(told.contains(&key) && told.contains("record 2") && told.contains("map v1"), "{told}");
    let said =
        format!("(it => [it.object, it.record, it.sha256].join(' '))(document.querySelector({source:?}).dataset)");
    let sha256 = format!("SELECT encode(sha256, 'hex') FROM ingest.object WHERE key = '{key}'");
    let sha256 = ward.warehouse.one(&sha256).await?;
    assert_eq!(browser.read(&said).await?, format!("{key} 2 {}", sha256.as_str().unwrap_or_default()));
    for place in [".further", ".stay-card", "tbody[data-test=T1] th"] {
        assert_eq!(browser.count(&format!("{place} details.lineage")).await?, 1, "{place}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_result_of_a_shared_test_stands_apart() -> Tested {
    let (ward, browser) = ward().await?;
    for (id, other) in [("P001", "P002"), ("P002", "P001")] {
        browser.goto_live(&ward.dashboard.url(&format!("/patients/{id}"))).await?;
        let waiting = browser.text("#waiting .waiting-result[data-result=R9]").await?;
        assert!(waiting.contains(other) && waiting.contains("1.25 mg/L"), "{waiting}");
        assert_eq!(browser.count("#orders [data-result=R9]").await?, 0, "it is nobody's own");
        let reason = browser.text(".stay-card .reason[data-reason=waiting_result]").await?;
        assert!(reason.contains("shared with another patient"), "{reason}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_said_before_stays_in_sight_and_new_files_come_in_place() -> Tested {
    let (ward, browser) = ward().await?;
    browser.goto_live(&ward.dashboard.url("/patients/P001")).await?;
    browser.tell("window.notReloaded = true").await?;
    ward.drop_file("admissions", &[admission_to("Oncology", "P001", "C1", ward.ago(91))]).await?;
    browser.until("document.querySelector('.stay-card h3').innerText.includes('Oncology')").await?;
    browser.tell("document.querySelector('.stay-card .lineage summary').click()").await?;
    let earlier = browser.text(".stay-card .earlier").await?;
    let admitted = ward.ago(90).format("%d-%b-%Y %H:%M").to_string();
    assert!(earlier.contains("Cardiology") && earlier.contains(&admitted), "{earlier}");
    browser.tell("document.querySelector('tbody[data-test=T1] td:has(.value) summary').click()").await?;
    ward.drop_file("lab_results", &[result("R8", "T2", ward.ago(2))]).await?;
    browser.until_there("tbody[data-test=T2] td[data-result=R8]").await?;
    for place in [".stay-card", "tbody[data-test=T1] td"] {
        assert_eq!(browser.count(&format!("{place} .lineage[open]")).await?, 1, "{place}: what was opened stays open");
    }
    assert_eq!(browser.read("window.notReloaded").await?, true);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn odd_results_are_shown_with_what_is_odd() -> Tested {
    let (ward, browser) = ward().await?;
    let odd = [("EARLY", "T2", 5), ("FUTURE", "T1", -30), ("BEFORE", "T1", 200)];
    ward.load("lab_results", &odd.map(|(id, test, hours)| result(id, test, ward.ago(hours)))).await?;
    browser.goto_live(&ward.dashboard.url("/patients/P001")).await?;
    let odd = [("EARLY", "before it was ordered"), ("FUTURE", "resets no clock"), ("BEFORE", "Outside every stay")];
    for (id, words) in odd {
        let row = browser.text(&format!("tr:has(td[data-result={id}])")).await?;
        assert!(row.contains(words), "{id}: {row}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_id_that_nobody_has_is_a_page_that_helps() -> Tested {
    let (ward, browser) = ward().await?;
    browser.goto(&ward.dashboard.url("/patients/0P001")).await?;
    browser.until_there("#problem[data-code=unknown_patient]").await?;
    assert!(browser.text("#problem").await?.contains("leading zeros matter"));
    browser.click("#problem a.button").await?;
    browser.until("location.pathname === '/patients' && document.readyState === 'complete'").await?;
    browser.write("#q", "two\n").await?;
    browser.until("document.querySelectorAll('#patients tbody tr').length === 1").await?;
    browser.click("#patients a.who").await?;
    browser.until_there("#patient[data-patient=P002]").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_banner_stays_at_the_top_and_hides_nothing_that_has_the_focus() -> Tested {
    let (ward, browser) = ward().await?;
    browser.goto_live(&ward.dashboard.url("/patients/P001")).await?;
    browser.resize(1440, 400).await?;
    let hidden = "(() => { const banner = document.querySelector('.patient-banner'); \
        const bottom = () => banner.getBoundingClientRect().bottom; \
        const all = [...document.querySelectorAll('#patient a[href], #patient summary, #patient [tabindex]')] \
            .filter(it => !banner.contains(it) && it.checkVisibility()); \
        return [...all, ...all.toReversed()].filter(it => { it.focus(); return it.getBoundingClientRect().bottom <= bottom(); }) \
            .map(it => it.outerHTML.slice(0, 100)); })()";
    assert_eq!(browser.read(hidden).await?, serde_json::json!([]));
    let top = "(scrollTo(0, 600), document.querySelector('.patient-banner').getBoundingClientRect().top)";
    assert!(browser.read(top).await? == 0);
    Ok(())
}

/// Whatever is wholly or partly under what stays at the top once it has the focus.
const COVERED: &str = "(() => { const banner = document.querySelector('.patient-banner'); \
    const stuck = [banner, ...banner.querySelectorAll('*')].filter(it => getComputedStyle(it).position === 'sticky'); \
    const bottom = () => Math.max(0, ...stuck.map(it => it.getBoundingClientRect()).filter(it => it.top <= 0).map(it => it.bottom)); \
    const all = [...document.querySelectorAll('#patient a[href], #patient summary')] \
        .filter(it => !banner.contains(it) && it.checkVisibility()); \
    document.activeElement.blur(); \
    return [...all, ...all.toReversed()].map(it => { it.focus(); return [it.outerHTML.slice(0, 100), it.getBoundingClientRect().top, bottom(), scrollY]; }) \
        .filter(([, top, end]) => top < end); })()";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_has_the_focus_is_under_the_banner_however_long_it_is() -> Tested {
    let (ward, browser) = ward().await?;
    let patients = [("P150", 150), ("P400", 400)];
    let row = |(id, letters): (&str, usize), born: &str| {
        let said: String = "Penicillin; ".chars().cycle().take(letters).collect();
        format!("{id},Ada,Long,{born},Dr. Test,AOK,A+,{said}")
    };
    ward.load("patient_information", &patients.map(|one| row(one, "2/3/1951"))).await?;
    let tests = patients.iter().flat_map(|(id, _)| (0..40).map(move |number| (*id, format!("{id}-{number}"))));
    let orders: Vec<String> = tests.clone().map(|(id, test)| order(&test, id, ward.ago(60))).collect();
    let results: Vec<String> = tests.map(|(_, test)| result(&format!("R-{test}"), &test, ward.ago(50))).collect();
    ward.load("lab_tests", &orders).await?;
    ward.load("lab_results", &results).await?;
    for newer in [0, 1] {
        if newer == 1 {
            ward.load("patient_information", &patients.map(|one| row(one, "yesterday"))).await?;
        }
        for (id, _) in patients {
            browser.goto_live(&ward.dashboard.url(&format!("/patients/{id}"))).await?;
            assert_eq!(browser.count(".patient-banner .reason").await?, newer, "{id}");
            assert!(browser.count("#patient summary").await? > 80, "{id}");
            for (width, height) in [(768, 1024), (1024, 768), (1440, 900)] {
                browser.resize(width, height).await?;
                browser.until(&format!("innerWidth === {width} && innerHeight === {height}")).await?;
                let covered = browser.read(COVERED).await?;
                assert_eq!(covered, serde_json::json!([]), "{id} at {width} by {height}, {newer} newer");
                let top = "(scrollTo(0, 600), document.querySelector('h1').getBoundingClientRect().top)";
                assert!(
                    browser.read(top).await?.as_f64().is_some_and(|top| (0.0..100.0).contains(&top)),
                    "the name stays"
                );
            }
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_small_window_the_name_stays_in_sight_and_takes_no_more_than_a_fifth() -> Tested {
    let (ward, browser) = ward().await?;
    browser.goto_live(&ward.dashboard.url("/patients/P001")).await?;
    let place = "(() => { scrollTo(0, 600); const banner = document.querySelector('.patient-banner'); \
        const { top, bottom } = banner.getBoundingClientRect(); \
        return [top === 0, bottom <= innerHeight / 5, banner.scrollHeight <= banner.clientHeight]; })()";
    // A phone, and a laptop at 200 %.
    for (width, height) in [(360, 640), (640, 400)] {
        browser.resize(width, height).await?;
        browser.until(&format!("innerWidth === {width} && innerHeight === {height}")).await?;
        assert_eq!(browser.read(place).await?, serde_json::json!([true, true, true]), "{width} by {height}");
        let told = browser.text(".patient-banner").await?;
        assert!(["ONE, Ada", "Born", "P001", "Penicillin"].iter().all(|word| told.contains(word)), "{told}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_long_allergies_nothing_is_cut_off_and_the_name_keeps_the_top() -> Tested {
    let (ward, browser) = ward().await?;
    let said = ["Penicillin; "; 20].concat() + "last of all latex";
    let row = format!("P009,Ada,Nine,2/3/1951,Dr. Test,AOK,A+,{said}");
    ward.load("patient_information", &[row]).await?;
    browser.goto_live(&ward.dashboard.url("/patients/P009")).await?;
    let seen = "(() => { const [name, said] = ['h1', '#allergies'].map(it => document.querySelector(it)); scrollTo(0, 0); \
        const cut = [...document.querySelectorAll('.patient-banner, .patient-banner :not(.quiet)')] \
            .filter(it => it.scrollHeight > it.clientHeight + 1 && getComputedStyle(it).overflowY !== 'visible').map(it => it.outerHTML); \
        scrollTo(0, 300); const { top, bottom } = name.getBoundingClientRect(); \
        return [said.innerText.endsWith('latex'), cut, top >= 0, bottom <= innerHeight / 5]; })()";
    for (width, height) in [(360, 640), (640, 400)] {
        browser.resize(width, height).await?;
        browser.until(&format!("innerWidth === {width} && innerHeight === {height}")).await?;
        assert_eq!(browser.read(seen).await?, serde_json::json!([true, [], true, true]), "{width} by {height}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_said_of_connection_and_session_covers_no_name() -> Tested {
    let (ward, browser) = ward().await?;
    browser.goto_live(&ward.dashboard.url("/patients/P001")).await?;
    browser.resize(1440, 400).await?;
    for said in ["#connection", "#session"] {
        let places = format!(
            "(() => {{ const said = document.querySelector('{said}'); said.hidden = false; scrollTo(0, 600); \
             const [name, its] = [document.querySelector('h1'), said].map(it => it.getBoundingClientRect()); said.hidden = true; \
             return [its.height > 0, name.top >= 0, its.top >= name.bottom, its.bottom <= innerHeight]; }})()"
        );
        assert_eq!(browser.read(&places).await?, serde_json::json!([true, true, true, true]), "{said}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn allergies_stand_in_exactly_one_of_four_states() -> Tested {
    let (ward, browser) = ward().await?;
    let said = |id: &str, allergies: &str| format!("{id},Test,Case,2/3/1951,Dr. Ada Test,Aetna,0+,{allergies}");
    ward.load("patient_information", &[said("P003", "None"), said("P004", "NULL")]).await?;
    ward.load("admissions", &[admission("P005", "C5", ward.ago(60))]).await?;
    let states =
        [("P001", "Penicillin"), ("P003", "No known allergies"), ("P004", "Not recorded"), ("P005", "Unavailable")];
    for (id, words) in states {
        browser.goto_live(&ward.dashboard.url(&format!("/patients/{id}"))).await?;
        assert_eq!((browser.count(".allergies").await?, browser.text("#allergies").await?), (1, words.to_owned()));
    }
    // A newer record of each cannot be read: what is known stays, that nothing is known does not.
    let unreadable = ["P001", "P003", "P004"].map(|id| format!("{id},Test,Case,yesterday,Dr. Ada Test,Aetna,0+,Latex"));
    ward.load("patient_information", &unreadable).await?;
    let states = [
        ("P001", "known", "Penicillin (may have changed since "),
        ("P003", "unavailable", "Unavailable; last said “None” on "),
        ("P004", "unavailable", "Unavailable; not recorded when last said, on "),
        ("P005", "unavailable", "Unavailable"),
    ];
    for (id, state, words) in states {
        browser.goto_live(&ward.dashboard.url(&format!("/patients/{id}"))).await?;
        assert_eq!((browser.count(".allergies").await?, browser.count(&format!(".allergies.{state}")).await?), (1, 1));
        let told = browser.text("#allergies").await?;
        assert!(told.starts_with(words), "{id}: {told}");
    }
    Ok(())
}
