//! The board of nobody, of a ward, of a hospital and of a whole region: it fits every window, says how many there are, leads to
//! all of them, and its first page is light.

use std::collections::BTreeSet;

use anyhow::ensure;
use serde_json::{Value, json};
use wardwatch_identity::Role;
use wardwatch_tests::ward::{admission, admission_to, order, patient, result};
use wardwatch_tests::{Browser, Tested, Ward, people};

use super::access::look;

const WIDTHS: [u32; 4] = [320, 390, 1024, 1440];

/// A board of so many patients.
struct Size {
    patients: u32,
    written: &'static str,
    /// The rows of its first page, as the pager says them; null: it has none.
    first_page: Option<&'static str>,
    /// Those of its last page where each has 45, and how many they are; null: all are on the first.
    last_page: Option<(&'static str, u64)>,
}

const SIZES: [Size; 4] = [
    Size { patients: 0, written: "0", first_page: None, last_page: None },
    Size { patients: 7, written: "7", first_page: Some("Rows 1–7 of 7"), last_page: None },
    Size {
        patients: 300,
        written: "300",
        first_page: Some("Rows 1–50 of 300"),
        last_page: Some(("Rows 271–300 of 300", 30)),
    },
    Size {
        patients: 20_000,
        written: "20,000",
        first_page: Some("Rows 1–50 of 20,000"),
        last_page: Some(("Rows 19,981–20,000 of 20,000", 20)),
    },
];

/// Whatever is wider than its place: the page itself, a cell or a count.
const TOO_WIDE: &str = "[document.documentElement, ...document.querySelectorAll('.stays :is(th, td), .states a')] \
    .filter(it => it.clientWidth > 0 && it.scrollWidth > it.clientWidth + 1).map(it => `${it.localName} ${it.className}`.trim())";

/// What the policy forbids: styles, scripts and handlers that stand in the page.
const INLINE: &str = "[...document.querySelectorAll('*')] \
    .filter(it => it.matches('style, [style], script:not([src])') || it.getAttributeNames().some(name => name.startsWith('on'))) \
    .map(it => it.outerHTML.slice(0, 100))";

/// Writes patients of these numbers into the warehouse, each without a test for a minute longer than the one before.
async fn admit(ward: &Ward, first: u32, last: u32) -> Tested {
    let opened = ward.opened_at.to_rfc3339();
    let invented = format!(
        "INSERT INTO warehouse.patient (patient_id, first_name, last_name, date_of_birth, primary_physician, allergies, flags,
            content_hash, map_version, first_seen_at, first_object, first_record, last_seen_at, last_object, last_record)
        SELECT 'P' || lpad(n::text, 5, '0'), 'Given' || n % 150, 'Family' || n, date '1930-01-01' + n, 'Dr. Physician ' || n % 30,
            'None', '{{}}', md5('p' || n)::uuid, 1, now(), 1, n, now(), 1, n
        FROM generate_series({first}, {last}) n;
        INSERT INTO warehouse.admission (patient_id, case_number, admitted_at, department, room, flags,
            content_hash, map_version, first_seen_at, first_object, first_record, last_seen_at, last_object, last_record)
        SELECT 'P' || lpad(n::text, 5, '0'), 'C' || n, timestamptz '{opened}' - interval '3 days' - n * interval '1 minute',
            (ARRAY['Cardiology', 'Oncology', 'Physical Medicine and Rehabilitation'])[n % 3 + 1], 'R-' || n % 400,
            '{{}}', md5('a' || n)::uuid, 1, now(), 1, n, now(), 1, n
        FROM generate_series({first}, {last}) n;
        SELECT monitor.refresh_stay(ARRAY(SELECT 'P' || lpad(n::text, 5, '0') FROM generate_series({first}, {last}) n))"
    );
    ward.warehouse.tell(&invented).await?;
    ward.until_known().await
}

/// What is too wide in a window of this width.
async fn too_wide(browser: &Browser, width: u32) -> Tested<Value> {
    browser.resize(width, 900).await?;
    browser.until(&format!("window.innerWidth === {width}")).await?;
    browser.read(TOO_WIDE).await
}

/// Goes by the pager to the last page, which has these rows, and back to the one before.
async fn turn_to_the_last_page(ward: &Ward, browser: &Browser, rows: &str, remaining: u64) -> Tested {
    browser.goto_live(&ward.dashboard.url("/?per_page=45")).await?;
    browser.click("[data-control=last]").await?;
    browser.until(&format!("document.querySelector('.pager .rows')?.innerText === '{rows}'")).await?;
    assert_eq!(browser.count("tr.stay").await?, remaining);
    let last = "[...document.querySelectorAll('tr.stay')].at(-1).dataset.case";
    assert_eq!(browser.read(last).await?, "C1", "whose test is the shortest time ago");
    assert_eq!(browser.count("[data-control=next], [data-control=last]").await?, 0, "there is no further page");
    browser.click("[data-control=prev]").await?;
    browser.until("document.querySelectorAll('tr.stay').length === 45").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whether_nobody_is_listed_or_twenty_thousand_the_board_fits_and_leads_to_all_of_them() -> Tested {
    let (ward, browser) = (Ward::open_empty().await?, Browser::open().await?);
    let mut admitted = 0;
    for Size { patients, written, first_page, last_page } in SIZES {
        admit(&ward, admitted + 1, patients).await?;
        admitted = patients;
        browser.goto_live(&ward.dashboard.url("/")).await?;
        assert_eq!(browser.text("#count-all").await?, written);
        assert_eq!(browser.text("#count-overdue").await?, written);
        let title = browser.read("document.title").await?;
        let begins = format!("{written} without a test for 48 h");
        assert!(title.as_str().is_some_and(|title| title.starts_with(&begins)), "{title}");
        assert_eq!(browser.read("document.querySelector('.pager .rows')?.innerText ?? null").await?, json!(first_page));
        assert_eq!(browser.count("#empty[data-empty=good]").await?, u64::from(patients == 0));
        assert_eq!(browser.count("[data-control=last]").await?, u64::from(last_page.is_some()));
        for width in WIDTHS {
            assert_eq!(too_wide(&browser, width).await?, json!([]), "{patients} patients at {width}");
        }
        if let Some((rows, remaining)) = last_page {
            turn_to_the_last_page(&ward, &browser, rows, remaining).await?;
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_of_three_hundred_patients_can_be_used_by_everybody() -> Tested {
    let (ward, browser) = (Ward::open_empty().await?, Browser::open().await?);
    admit(&ward, 1, 300).await?;
    browser.goto_live(&ward.dashboard.url("/")).await?;
    assert_eq!(browser.count("tr.stay").await?, 50);
    look(&browser, "three-hundred").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_name_is_not_wider_than_the_narrowest_window() -> Tested {
    let (ward, browser) = (Ward::open_empty().await?, Browser::open().await?);
    ward.load("patient_information", &[patient("P001", "Ada", "Featherstonehaughworthingtonshire")]).await?;
    ward.load("admissions", &[admission_to("Otorhinolaryngology", "P001", "C1", ward.ago(90))]).await?;
    let mut found = Vec::new();
    for path in ["/", "/patients", "/patients/P001", "/patients/P001/stays/C1", "/print"] {
        browser.goto(&ward.dashboard.url(path)).await?;
        for width in WIDTHS {
            let too_wide = too_wide(&browser, width).await?;
            if too_wide != json!([]) {
                found.push(format!("{path} at {width}: {too_wide}"));
            }
        }
    }
    assert_eq!(found, Vec::<String>::new());
    Ok(())
}

/// How many bytes an address takes as a browser asks for it.
async fn bytes_over_the_wire(ward: &Ward, path: &str) -> Tested<usize> {
    let own = people::cookie(Role::Clinician)?;
    let answer = ward.dashboard.get_with(path, &[("cookie", &own), ("accept-encoding", "gzip")]).await?;
    ensure!(answer.status().is_success(), "{path}: {}", answer.status());
    let is_compressed = answer.headers().get("content-encoding").is_some_and(|said| said == "gzip");
    ensure!(is_compressed || path.ends_with("icon.svg"), "{path} is not compressed");
    Ok(answer.bytes().await?.len())
}

#[tokio::test]
async fn a_first_page_with_all_that_it_needs_is_less_than_sixty_kilobytes_over_the_wire() -> Tested {
    let ward = Ward::open_empty().await?;
    admit(&ward, 1, 300).await?;
    let page = ward.dashboard.text("/").await?.1;
    assert_eq!(page.matches("<tr class=\"stay").count(), 50, "a full page");
    let needed: BTreeSet<&str> = page.split('"').filter(|part| part.starts_with("/assets/")).collect();
    let named: BTreeSet<&str> = needed.iter().filter_map(|path| path.rsplit('/').next()).collect();
    assert_eq!(named, BTreeSet::from(["board.css", "board.js", "icon.svg", "session.js"]));
    let mut bytes = bytes_over_the_wire(&ward, "/").await?;
    assert!(bytes < page.len() / 3, "{bytes} of {}", page.len());
    for path in needed {
        bytes += bytes_over_the_wire(&ward, path).await?;
    }
    assert!(bytes < 60_000, "{bytes} bytes");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_has_one_stylesheet_no_font_of_its_own_and_nothing_inline() -> Tested {
    let (ward, browser) = (Ward::open_empty().await?, Browser::open().await?);
    ward.load("patient_information", &[patient("P001", "Ada", "One")]).await?;
    ward.load("admissions", &[admission("P001", "C1", ward.ago(90))]).await?;
    ward.load("lab_tests", &[order("T1", "P001", ward.ago(85))]).await?;
    ward.load("lab_results", &[result("R1", "T1", ward.ago(80)), result("R2", "T1", ward.ago(75))]).await?;
    let mut sheets = BTreeSet::new();
    for path in [
        "/",
        "/patients",
        "/patients/P001",
        "/patients/P001/stays/C1",
        "/ops",
        "/account",
        "/wallboard",
        "/print",
        "/nowhere",
    ] {
        browser.goto(&ward.dashboard.url(path)).await?;
        assert_eq!(browser.count("link[rel~=stylesheet]").await?, 1, "{path}");
        assert_eq!(browser.read("[document.styleSheets.length, document.fonts.size]").await?, json!([1, 0]), "{path}");
        assert_eq!(browser.read(INLINE).await?, json!([]), "{path}");
        let sheet = browser.read("document.querySelector('link[rel~=stylesheet]').getAttribute('href')").await?;
        sheets.insert(sheet.as_str().unwrap_or_default().to_owned());
    }
    assert_eq!(sheets.len(), 2, "of the screen and of paper: {sheets:?}");
    for sheet in sheets {
        let (status, style) = ward.dashboard.text(&sheet).await?;
        assert_eq!(status, 200, "{sheet}");
        for fetched in ["@font-face", "@import", "url("] {
            assert!(!style.contains(fetched), "{fetched} in {sheet}");
        }
    }
    Ok(())
}
