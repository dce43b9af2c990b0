//! The filter is a form that somebody fills in, with the script and without: what a field says stands in the address, in the
//! title and in the rows, and all that was in force before stays.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use wardwatch_tests::ward::admission_to;
use wardwatch_tests::{Browser, Tested, Ward};

/// What is in force before a field is filled in: a search, and what the form shows no field for.
const IN_FORCE: &str = "q=P00&state=overdue&section=main&mine=yes&sort=patient&direction=reversed&per_page=100";
/// How the title says that.
const IN_THE_TITLE: [&str; 5] = ["search P00", "Overdue", "patients to review", "my patients", "By name"];

/// Family name, department, physician, and the hours without a test.
const PATIENTS: [(&str, &str, &str, i64); 7] = [
    ("Ames", "Cardiology", "Dr. Roe", 200),
    ("Bode", "Cardiology", "Dr. Li", 80),
    ("Cole", "Oncology", "Dr. Roe", 100),
    ("Dorn", "Oncology", "Dr. Li", 130),
    ("Egan", "Cardiology", "Dr. Roe", 30),
    ("Finn", "Oncology", "Dr. Roe", 46),
    ("Gore", "Cardiology", "Dr. Li", 50),
];

/// What somebody puts into a field, and what comes of it.
struct Filled {
    field: &'static str,
    typed: String,
    in_the_address: String,
    in_the_title: String,
    cases: &'static [&'static str],
}

/// These patients, loaded a day ago, of whom the clinician has taken care for long.
async fn seven() -> Tested<(Ward, Browser)> {
    let ward = Ward::open_empty().await?;
    let (mut people, mut stays) = (Vec::new(), Vec::new());
    for (number, (family, department, physician, hours)) in (1..).zip(PATIENTS) {
        people.push(format!("P00{number},Test,{family},2/3/1951,{physician},Aetna,0+,None"));
        stays.push(admission_to(department, &format!("P00{number}"), &format!("C{number}"), ward.ago(hours)));
    }
    ward.load("patient_information", &people).await?;
    ward.load("admissions", &stays).await?;
    let before = "UPDATE ingest.object SET loaded_at = loaded_at - interval '1 day';
        INSERT INTO app.review (patient_id, case_number, act, by_account, at)
        SELECT patient_id, case_number, 'assigned', 'clinician', now() - interval '30 days' FROM monitor.stay";
    ward.warehouse.tell(before).await?;
    ward.until_known().await?;
    Ok((ward, Browser::open().await?))
}

/// The keys that put a moment into a field.
fn keys(at: DateTime<Utc>) -> String {
    at.format("%m%d%Y\t%I%M07%p").to_string()
}

/// The same moment as the field holds it.
fn wall(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:07").to_string()
}

fn word(field: &'static str, typed: &str, title: &str, cases: &'static [&'static str]) -> Filled {
    Filled { field, typed: typed.to_owned(), in_the_address: typed.to_owned(), in_the_title: title.to_owned(), cases }
}

fn moment(field: &'static str, at: DateTime<Utc>, title: &str, cases: &'static [&'static str]) -> Filled {
    let in_the_title = format!("{title} {}", at.format("%d-%b-%Y %H:%M"));
    Filled { field, typed: keys(at), in_the_address: wall(at), in_the_title, cases }
}

/// Each field once; the rows are by name, the last first.
fn every_field(ward: &Ward) -> [Filled; 7] {
    [
        word("department", "Oncology", "Oncology", &["C4", "C3"]),
        word("physician", "li", "li", &["C7", "C4", "C2"]),
        word("days", "5", "at least 5 d", &["C4", "C1"]),
        word("hours", "24", "7 without a test for 24 h", &["C7", "C6", "C5", "C4", "C3", "C2", "C1"]),
        word("due", "8", "1 due within 8 h", &["C6"]),
        moment("since", ward.ago(6), "changed since", &["C7"]),
        moment("as_of", ward.ago(60), "as of", &["C4", "C1"]),
    ]
}

async fn fill_in(browser: &Browser, field: &str, typed: &str) -> Tested {
    if ["department", "days"].contains(&field) {
        return browser.click(&format!("#{field} option[value='{typed}']")).await;
    }
    browser.write(&format!("#{field}"), typed).await
}

/// Presses Show, and waits for the board that it leads to.
async fn show(browser: &Browser, field: &str) -> Tested {
    browser.click("#filter button").await?;
    let is_said = format!("new URLSearchParams(location.search).has('{field}')");
    browser.until(&format!("{is_said} && document.readyState === 'complete'")).await
}

async fn open_the_rest(browser: &Browser) -> Tested {
    browser.click("#filter .more summary").await
}

/// What an address says. Where no script runs, a browser names the empty fields, too.
fn said(query: &str) -> BTreeSet<String> {
    query.split('&').filter(|pair| !pair.is_empty() && !pair.ends_with('=')).map(str::to_owned).collect()
}

async fn cases(browser: &Browser) -> Tested<Value> {
    browser.read("[...document.querySelectorAll('tr.stay')].map(row => row.dataset.case)").await
}

async fn title(browser: &Browser) -> Tested<String> {
    Ok(browser.read("document.title").await?.as_str().unwrap_or_default().to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_field_says_comes_to_what_is_in_force_and_replaces_nothing() -> Tested {
    let (ward, browser) = seven().await?;
    for runs_scripts in [true, false] {
        if !runs_scripts {
            browser.without_scripts().await?;
        }
        for Filled { field, typed, in_the_address, in_the_title, cases: expected } in every_field(&ward) {
            browser.goto(&ward.dashboard.url(&format!("/?{IN_FORCE}"))).await?;
            assert_eq!(cases(&browser).await?, json!(["C7", "C4", "C3", "C2", "C1"]), "before");
            open_the_rest(&browser).await?;
            fill_in(&browser, field, &typed).await?;
            show(&browser, field).await?;
            let address = browser.query().await?;
            assert_eq!(said(&address), said(&format!("{IN_FORCE}&{field}={in_the_address}")), "{field}");
            assert_eq!(cases(&browser).await?, json!(expected), "{field}, scripts: {runs_scripts}");
            let title = title(&browser).await?;
            // Nobody is overdue who is only due.
            let in_force = IN_THE_TITLE.map(|words| if field == "due" && words == "Overdue" { "Due" } else { words });
            for words in in_force.into_iter().chain([in_the_title.as_str()]) {
                assert!(title.contains(words), "{field}: {words} is not in {title}");
            }
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_field_leads_to_the_first_page_and_clear_to_the_whole_board() -> Tested {
    let (ward, browser) = seven().await?;
    for runs_scripts in [true, false] {
        if !runs_scripts {
            browser.without_scripts().await?;
        }
        browser.goto(&ward.dashboard.url("/?sort=patient&per_page=2&page=2")).await?;
        assert_eq!(cases(&browser).await?, json!(["C3", "C4"]));
        fill_in(&browser, "department", "Cardiology").await?;
        show(&browser, "department").await?;
        assert_eq!(said(&browser.query().await?), said("sort=patient&per_page=2&department=Cardiology"));
        assert_eq!(cases(&browser).await?, json!(["C1", "C2"]));

        browser.click("#filter .actions a").await?;
        browser.until("location.search === '' && document.readyState === 'complete'").await?;
        assert_eq!(cases(&browser).await?, json!(["C1", "C4", "C3", "C2", "C7"]));
        assert!(title(&browser).await?.starts_with("5 without a test for 48 h"));
        assert_eq!(browser.count("#filter .actions a").await?, 0, "nothing is left to clear");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_moment_is_labelled_and_leads_back_to_now() -> Tested {
    let (ward, browser) = seven().await?;
    let moments = [(ward.ago(60), "HISTORICAL", json!(["C1"])), (ward.ago(-10), "FORECAST", json!(["C1", "C2", "C7"]))];
    for runs_scripts in [true, false] {
        if !runs_scripts {
            browser.without_scripts().await?;
        }
        for (at, label, expected) in &moments {
            browser.goto(&ward.dashboard.url("/?department=Cardiology")).await?;
            open_the_rest(&browser).await?;
            fill_in(&browser, "as_of", &keys(*at)).await?;
            show(&browser, "as_of").await?;
            assert_eq!(browser.text(".historical").await?, *label);
            assert_eq!(cases(&browser).await?, *expected, "{label}");
            assert_eq!(browser.count("#filter .more[open]").await?, 1, "the moment stands in sight");
            assert_eq!(browser.read("document.querySelector('#as_of').value").await?, wall(*at));

            browser.click("[data-control=now]").await?;
            let is_now = "document.querySelector('#board')?.dataset.present === 'true'";
            browser.until(&format!("{is_now} && document.readyState === 'complete'")).await?;
            assert_eq!(browser.query().await?, "department=Cardiology");
            assert_eq!(browser.count(".historical").await?, 0);
            assert_eq!(browser.read("document.querySelector('#as_of').value").await?, "");
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_changed_since_the_last_visit_stays_asked_for() -> Tested {
    let (ward, browser) = seven().await?;
    browser.goto(&ward.dashboard.url("/?since=visit")).await?;
    assert_eq!(browser.count("#since").await?, 0, "no moment is typed in its place");
    fill_in(&browser, "department", "Oncology").await?;
    show(&browser, "department").await?;
    assert_eq!(said(&browser.query().await?), said("since=visit&department=Oncology"));
    let title = title(&browser).await?;
    assert!(title.contains("changed since my last visit") && title.contains("Oncology"), "{title}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_due_by_a_threshold_that_was_typed_is_titled_with_it() -> Tested {
    let (ward, browser) = seven().await?;
    browser.goto(&ward.dashboard.url("/?due=24")).await?;
    fill_in(&browser, "hours", "40").await?;
    show(&browser, "hours").await?;
    assert_eq!(cases(&browser).await?, json!(["C5"]), "ten hours from now");
    let title = title(&browser).await?;
    assert!(title.contains("due within 24 h") && title.contains("40 h"), "{title}");
    Ok(())
}
