//! TLS that the dashboard speaks itself, from a certificate and its key.

use anyhow::Context as _;
use chrono_tz::Tz;
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client};
use wardwatch_dashboard::{Settings, Tls};
use wardwatch_tests::people::PASSWORD;
use wardwatch_tests::{Dashboard, Tested, Warehouse};

use super::typed;

/// A certificate for this machine, in files.
fn certificate(directory: &std::path::Path) -> Tested<(Tls, Certificate)> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()])?;
    let tls = Tls { certificate: directory.join("cert.pem"), key: directory.join("key.pem") };
    std::fs::write(&tls.certificate, made.cert.pem())?;
    std::fs::write(&tls.key, made.signing_key.serialize_pem())?;
    Ok((tls, Certificate::from_pem(made.cert.pem().as_bytes())?))
}

#[tokio::test]
async fn passwords_and_cookies_travel_under_tls() -> Tested {
    let (warehouse, directory) = (Warehouse::start().await?, tempfile::tempdir()?);
    let (tls, trusted) = certificate(directory.path())?;
    let settings = Settings { tls: Some(tls), ..Settings::new(Tz::UTC, ([127, 0, 0, 1], 0).into()) };
    let mut dashboard = Dashboard::start_with(&warehouse.url(), settings).await?;
    let client = Client::builder().redirect(Policy::none()).add_root_certificate(trusted).build()?;
    let url = format!("https://localhost:{}/sign-in", dashboard.address.port());
    let request = client.post(&url).header("sec-fetch-site", "same-origin").body(typed("clinician", PASSWORD));
    let answer = request.header("content-type", "application/x-www-form-urlencoded").send().await?;
    assert_eq!(answer.status().as_u16(), 303);
    let given = answer.headers()["set-cookie"].to_str()?;
    assert!(given.starts_with("__Host-wardwatch=") && given.contains("; Secure; Path=/"), "{given}");
    assert_eq!(answer.headers()["strict-transport-security"], "max-age=31536000; includeSubDomains");
    assert_eq!(warehouse.one("SELECT address FROM app.audit WHERE action = 'signed in'").await?, "127.0.0.1");
    let stranger = Client::builder().build()?;
    assert!(stranger.get(&url).send().await.is_err(), "who does not trust the certificate goes away");
    assert!(dashboard.get("/sign-in").await.is_err(), "plain HTTP is not answered");
    drop(client);
    dashboard.stop().await
}

#[tokio::test]
async fn a_certificate_that_cannot_be_used_is_told_at_the_start() -> Tested {
    let (warehouse, directory) = (Warehouse::start().await?, tempfile::tempdir()?);
    let (tls, _) = certificate(directory.path())?;
    std::fs::write(&tls.key, "no key")?;
    let settings = Settings { tls: Some(tls), ..Settings::new(Tz::UTC, ([127, 0, 0, 1], 0).into()) };
    let mut dashboard = Dashboard::start_with(&warehouse.url(), settings).await?;
    let told = dashboard.stop().await.err().context("it is not served")?.to_string();
    assert!(told.contains("key.pem") && told.contains("tls_certificate"), "{told}");
    Ok(())
}
