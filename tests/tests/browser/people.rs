//! The door and a patient's own record in a real browser: signing in and out by hand, and no help for a password's thief.

use std::path::Path;

use anyhow::Context as _;
use totp_rs::{Builder, Secret};
use wardwatch_identity::Role;
use wardwatch_tests::people::{self, PASSWORD};
use wardwatch_tests::sample::directory;
use wardwatch_tests::{Browser, Dashboard, Folder, Ingest, Tested, Warehouse};

use super::access::check;

async fn served() -> Tested<(Warehouse, Dashboard)> {
    let (folder, warehouse) = (Folder::new()?, Warehouse::start().await?);
    folder.put_all(&directory("files"))?;
    Ingest::from_folder(&folder, &warehouse)?.once().await?;
    let dashboard = Dashboard::start(&warehouse.url()).await?;
    Ok((warehouse, dashboard))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_signs_in_goes_where_one_wanted_and_signs_out() -> Tested {
    let (_warehouse, dashboard) = served().await?;
    let browser = Browser::open_signed_out().await?;
    browser.goto(&dashboard.url("/patients?q=MacLeod")).await?;
    assert_eq!(browser.read("location.pathname").await?, "/sign-in");
    assert_eq!(browser.read("document.activeElement.id").await?, "name", "one can type at once");
    browser.write("#name", "clinician").await?;
    browser.write("#password", "a wrong password\n").await?;
    browser.until_there("#trouble").await?;
    assert_eq!(browser.read("document.querySelector('#name').value").await?, "clinician");
    assert_eq!(browser.read("document.querySelector('#password').value").await?, "");
    browser.write("#password", &format!("{PASSWORD}\n")).await?;
    browser.until_there("#patients").await?;
    assert_eq!(browser.query().await?, "q=MacLeod");
    assert!(browser.text(".signed-in").await?.contains("clinician"));
    assert_eq!(browser.read("document.cookie").await?, "", "no script can read a cookie");

    browser.click(".signed-in button").await?;
    browser.until("location.pathname === '/sign-in'").await?;
    browser.back().await?;
    browser.until("location.pathname === '/sign-in' && document.querySelector('#password') !== null").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_patient_reads_their_own_record_in_plain_words() -> Tested {
    let (_warehouse, dashboard) = served().await?;
    dashboard.get(&format!("/patients/{}", people::PATIENT)).await?;
    let browser = Browser::open_as(Role::Patient).await?;
    browser.goto(&dashboard.url("/me")).await?;
    assert!(browser.text("h1").await?.contains("MacLeod"));
    assert!(browser.text("#stays").await?.contains("You came on Tuesday, 10 November 2026, 08:37"));
    assert!(browser.text("#results").await?.contains("usual range"));
    assert!(browser.text("#looks").await?.contains("clinician (clinician) opened it"));
    browser.goto(&dashboard.url("/patients/10014")).await?;
    browser.until_there("#problem[data-code=not_yours]").await?;
    browser.click("#problem a.button").await?;
    browser.until("location.pathname === '/me'").await?;
    assert_eq!(browser.complaints().await?.iter().filter(|said| !said.contains("403")).count(), 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_patient_says_how_to_be_reached_and_what_is_wrong_stands_beside_the_field() -> Tested {
    let (_warehouse, dashboard) = served().await?;
    let browser = Browser::open_as(Role::Patient).await?;
    browser.goto(&dashboard.url("/me")).await?;
    browser.write("#phone", "call me").await?;
    browser.write("#address", "1 High St").await?;
    browser.click("form.contact button").await?;
    browser.until_there("#trouble").await?;
    assert!(browser.text("#phone-note").await?.contains("Give a number such as"));
    assert_eq!(browser.read("document.querySelector('#phone').getAttribute('aria-describedby')").await?, "phone-note");
    assert_eq!(browser.read("document.querySelector('#address').value").await?, "1 High St", "what was typed stays");
    browser.tell("document.querySelector('#phone').value = ''").await?;
    browser.write("#phone", "+44 20 7946 0123").await?;
    browser.click("form.contact button").await?;
    browser.until_there("#done").await?;
    assert!(browser.text("#phone-note").await?.contains("Your own words"));

    let clinician = Browser::open().await?;
    clinician.goto(&dashboard.url(&format!("/patients/{}", people::PATIENT))).await?;
    let shown = clinician.text("#contact [data-field=phone]").await?;
    assert!(shown.contains("+44 20 7946 0123") && shown.contains("patient's own"), "{shown}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_is_about_to_end_says_so_and_what_is_typed_stays() -> Tested {
    let (_warehouse, dashboard) = served().await?;
    let browser = Browser::open_as(Role::Patient).await?;
    browser.goto(&dashboard.url("/me")).await?;
    browser.write("#address", "1 High St").await?;
    assert_eq!(browser.read("document.querySelector('#session').hidden").await?, true);
    let later = |seconds: u32| {
        format!(
            "const real = performance.constructor.prototype.now; performance.now = () => real.call(performance) + {seconds}000"
        )
    };
    browser.tell(&later(3_400)).await?;
    browser.until("!document.querySelector('#session').hidden").await?;
    assert!(browser.text("#session-text").await?.contains("ends in 4 min, because nothing was done"));
    browser.click("#session-stay").await?;
    browser.until("document.querySelector('#session').hidden").await?;
    browser.tell(&later(7_100)).await?;
    browser.until("document.querySelector('#session-text').textContent.includes('has ended')").await?;
    assert_eq!(browser.read("document.querySelector('#address').value").await?, "1 High St");
    assert_eq!(browser.complaints().await?, Vec::<String>::new());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_pages_for_people_can_be_used_by_everybody() -> Tested {
    let (warehouse, dashboard) = served().await?;
    for _ in 0..2 {
        dashboard.get_as(Some(Role::Analyst), "/patients/10007").await?;
        dashboard.get("/patients/10007").await?;
    }
    let nobody = Browser::open_signed_out().await?;
    check(&nobody, &dashboard.url("/sign-in?next=/ops")).await?;
    check(&nobody, &dashboard.url("/sign-in/code?next=/ops")).await?;
    let patient = Browser::open_as(Role::Patient).await?;
    let said = [("phone", "+44 20 7946 0123"), ("preferred_name", "Mac")];
    let said = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(said).finish();
    let own_page = [("sec-fetch-site", "same-origin")];
    dashboard.post_as(Some(Role::Patient), "/me/contact", &said, &own_page).await?;
    check(&patient, &dashboard.url("/me?saved")).await?;
    let clinician = Browser::open().await?;
    dashboard
        .post_as(Some(Role::Clinician), "/account/tokens", "label=ward+screen&scope=board&days=7", &own_page)
        .await?;
    for page in ["/account", "/account/second-factor", "/patients/10007", "/patients?q=maclod"] {
        check(&clinician, &dashboard.url(page)).await?;
    }
    warehouse.tell("UPDATE app.account SET departments = '{Nowhere}' WHERE name = 'clinician'").await?;
    check(&clinician, &dashboard.url("/patients/10007")).await?;
    check(&clinician, &dashboard.url("/")).await?;
    let why = "reason=called+to+a+cardiac+arrest";
    dashboard.post_as(Some(Role::Clinician), "/patients/10007/break-glass", why, &own_page).await?;
    check(&Browser::open_as(Role::Admin).await?, &dashboard.url("/audit")).await?;
    check(&Browser::open_as(Role::Ops).await?, &dashboard.url("/patients")).await
}

/// The steps that no address leads to.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_factor_is_set_up_by_hand() -> Tested {
    let (_warehouse, dashboard) = served().await?;
    let browser = Browser::open().await?;
    browser.goto(&dashboard.url("/account")).await?;
    browser.click("a[href='/account/second-factor']").await?;
    browser.until_there("#password").await?;
    browser.write("#password", &format!("{PASSWORD}\n")).await?;
    browser.until_there("svg.qr").await?;
    assert_eq!(browser.violations().await?, Vec::<String>::new());
    picture(&browser, "second-factor").await?;
    let letters = browser.text("#key").await?.replace(' ', "");
    let secret = Secret::try_from_base32(letters).ok().context("no base 32")?;
    let app = Builder::new().with_secret(secret).build().ok().context("no secret")?;
    browser.write("#code", &format!("{}\n", app.generate_current())).await?;
    browser.until_there("#recovery").await?;
    assert_eq!((browser.count("#recovery li").await?, browser.violations().await?), (10, Vec::<String>::new()));
    picture(&browser, "recovery-codes").await
}

async fn picture(browser: &Browser, name: &str) -> Tested {
    let Some(directory) = std::env::var_os("WARDWATCH_SCREENSHOTS") else { return Ok(()) };
    browser.screenshot(&Path::new(&directory).join(format!("{name}.png"))).await
}
