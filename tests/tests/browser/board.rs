//! The board is found, filtered, sorted and paged by clicking, and every state of it has an address.

use serde_json::json;
use wardwatch_tests::sample::directory;
use wardwatch_tests::ward::{admission, admission_to, order, patient};
use wardwatch_tests::{Browser, Dashboard, Folder, Ingest, Tested, Ward, Warehouse};

/// The moment for which the sample files are made.
const SAMPLE: &str = "as_of=2026-11-21T12:00:00Z";

/// A board of the committed sample files.
async fn sample() -> Tested<(Warehouse, Dashboard, Browser)> {
    let (folder, warehouse) = (Folder::new()?, Warehouse::start().await?);
    folder.put_all(&directory("files"))?;
    Ingest::from_folder(&folder, &warehouse)?.once().await?;
    let dashboard = Dashboard::start(&warehouse.url()).await?;
    Ok((warehouse, dashboard, Browser::open().await?))
}

async fn texts(browser: &Browser, selector: &str) -> Tested<Vec<String>> {
    let texts = browser.read(&format!("[...document.querySelectorAll({selector:?})].map(it => it.innerText)")).await?;
    Ok(serde_json::from_value(texts)?)
}

async fn until_total(browser: &Browser, total: u32) -> Tested {
    browser.until(&format!("document.querySelector('#board').dataset.total === '{total}'")).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn states_and_departments_are_chosen_by_clicking_and_back_undoes_it() -> Tested {
    let (_warehouse, dashboard, browser) = sample().await?;
    browser.goto(&dashboard.url(&format!("/?{SAMPLE}"))).await?;
    until_total(&browser, 36).await?;
    assert_eq!(browser.count("#live, script[src*=board], meta[http-equiv]").await?, 0, "the past does not change");
    assert_eq!(texts(&browser, ".states .count").await?, ["36", "26", "8", "2"]);
    assert_eq!(browser.text(".historical").await?, "HISTORICAL");
    assert_eq!(browser.count("#section-long-open tr.stay").await?, 10);

    browser.click("[data-control=state-chase]").await?;
    until_total(&browser, 8).await?;
    assert!(browser.query().await?.contains("state=chase"));
    assert_eq!(browser.count("tr.stay:not([data-state=chase])").await?, 0);
    assert_eq!(texts(&browser, ".states .count").await?, ["36", "26", "8", "2"], "the others stay in sight");

    let department = browser.text("tr.stay .department").await?;
    browser.click(&format!("#department option[value=\"{department}\"]")).await?;
    browser.click("#filter button").await?;
    browser.until("location.search.includes('department') && document.readyState === 'complete'").await?;
    let query = browser.query().await?;
    assert!(query.contains("state=chase") && query.contains(&format!("department={department}")), "{query}");
    let listed = texts(&browser, "tr.stay .department").await?;
    assert!(!listed.is_empty() && listed.iter().all(|it| *it == department), "{listed:?}");

    browser.back().await?;
    until_total(&browser, 8).await?;
    browser.back().await?;
    until_total(&browser, 36).await?;
    browser.click("[data-control=now]").await?;
    browser.until("document.querySelector('#board')?.dataset.present === 'true'").await?;
    assert_eq!(browser.count(".historical").await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn columns_sort_and_pages_turn() -> Tested {
    let (_warehouse, dashboard, browser) = sample().await?;
    browser.goto(&dashboard.url(&format!("/?{SAMPLE}&per_page=10&section=main"))).await?;
    assert_eq!(browser.text(".pager .rows").await?, "Rows 1–10 of 26");
    let first = texts(&browser, "tr.stay .case").await?;
    browser.click("[data-control=next]").await?;
    browser.until("document.querySelector('.pager .rows')?.innerText === 'Rows 11–20 of 26'").await?;
    let second = texts(&browser, "tr.stay .case").await?;
    assert!(second.len() == 10 && second.iter().all(|case| !first.contains(case)), "{first:?} {second:?}");
    browser.click("[data-control=last]").await?;
    browser.until("document.querySelectorAll('tr.stay').length === 6").await?;

    browser.click("[data-control=sort-patient]").await?;
    browser.until_there(".c-patient[aria-sort=ascending]").await?;
    assert_eq!(browser.text(".pager .rows").await?, "Rows 1–10 of 26", "another order starts at its first page");
    let names = texts(&browser, "tr.stay .name").await?;
    assert!(names.iter().map(|name| name.chars().next()).is_sorted(), "{names:?}");
    browser.back().await?;
    browser.until("document.querySelectorAll('tr.stay').length === 6").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_text_finds_names_ids_and_cases() -> Tested {
    let ward = Ward::open_empty().await?;
    ward.load("patient_information", &[patient("P001", "Zoë", "Da Silva"), patient("P002", "Bo", "Berg")]).await?;
    let stays = [admission("P001", "C-7001", ward.ago(60)), admission_to("ICU", "P002", "C-7002", ward.ago(61))];
    ward.load("admissions", &stays).await?;
    let browser = Browser::open().await?;
    let searches = ["da sil", "c-7001", "zoë", "zoe da silva", "silva, zoe"].map(|text| (text, "C-7001"));
    for (text, found) in searches.into_iter().chain([("p002", "C-7002")]) {
        browser.goto_live(&ward.dashboard.url("/")).await?;
        browser.write("#q", &format!("{text}\n")).await?;
        browser.until("document.querySelectorAll('tr.stay').length === 1").await?;
        assert_eq!(browser.query().await?, format!("q={text}"), "empty fields stay out of the address");
        assert_eq!(texts(&browser, "tr.stay .case").await?, [found]);
    }
    browser.goto_live(&ward.dashboard.url("/?q=nobody")).await?;
    browser.until_there("#empty[data-empty=filtered]").await?;
    browser.click("[data-control=clear]").await?;
    browser.until("document.querySelectorAll('tr.stay').length === 2").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn look_alike_names_are_marked() -> Tested {
    let ward = Ward::open_empty().await?;
    let people = [("P001", "Maria", "Garcia"), ("P002", "Mario", "Garcia"), ("P003", "Zita", "Garcia")];
    ward.load("patient_information", &people.map(|(id, first, last)| patient(id, first, last))).await?;
    ward.load("admissions", &people.map(|(id, ..)| admission(id, &format!("C{id}"), ward.ago(60)))).await?;
    let browser = Browser::open().await?;
    browser.goto_live(&ward.dashboard.url("/")).await?;
    let marked = "[...document.querySelectorAll('tr.stay:has(.alike)')].map(row => row.dataset.patient)";
    assert_eq!(browser.read(marked).await?, json!(["P001", "P002"]));
    ward.load("patient_information", &[patient("P004", "Marta", "Garcia")]).await?;
    browser.goto(&ward.dashboard.url("/patients")).await?;
    let marked = "[...document.querySelectorAll('#patients tr:has(.alike)')].map(row => row.dataset.patient)";
    assert_eq!(browser.read(marked).await?, json!(["P001", "P002"]), "of those who are in hospital, as on the board");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_is_markup_is_text() -> Tested {
    let ward = Ward::open_empty().await?;
    let script = "<script>alert(1)</script>";
    ward.load("patient_information", &[patient(script, script, "<img src=x onerror=alert(2)>")]).await?;
    ward.load("admissions", &[admission(script, script, ward.ago(60))]).await?;
    ward.load("lab_tests", &[order(script, script, ward.ago(2))]).await?;
    let browser = Browser::open().await?;
    browser.goto_live(&ward.dashboard.url("/")).await?;
    assert_eq!(browser.text("tr.stay .id").await?, script);
    assert_eq!(browser.count("main script, main img").await?, 0);
    browser.click("tr.stay a.who").await?;
    browser.until_there("#patient").await?;
    assert_eq!(browser.text(".patient-banner dd.id").await?, script);
    assert_eq!(browser.count("main script, main img").await?, 0);
    browser.goto(&ward.dashboard.url("/?q=%3Cscript%3Ealert(1)%3C/script%3E")).await?;
    assert_eq!(browser.read("document.querySelector('#q').value").await?, script);
    assert_eq!(browser.complaints().await?, Vec::<String>::new());
    Ok(())
}
