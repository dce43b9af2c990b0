//! What nobody in good faith sends: a clear answer, and no session left behind.

use std::sync::Arc;
use std::time::Instant;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use wardwatch_identity::Role;
use wardwatch_identity::password::PLACES;
use wardwatch_schema::database;
use wardwatch_tests::people::{self, PASSWORD};
use wardwatch_tests::wait::DEADLINE;
use wardwatch_tests::{Dashboard, Tested, Warehouse};

use super::{OWN_PAGE, cookies, serve, typed};

const SESSIONS: &str = "SELECT count(*) FROM app.session";

#[tokio::test]
async fn garbage_cookies_are_as_good_as_none() -> Tested {
    let warehouse = Warehouse::start().await?;
    let dashboard = serve(&warehouse).await?;
    let stolen = format!("wardwatch={}", "A".repeat(43));
    let long = format!("wardwatch={}", "x".repeat(6_000));
    for cookie in ["wardwatch=", "wardwatch='; DROP TABLE app.session; --", "wardwatch=%00", "=", ";;;", &stolen, &long]
    {
        let answer = dashboard.get_with("/patients", &[("cookie", cookie)]).await?;
        assert_eq!(answer.status().as_u16(), 303, "{cookie}");
        assert_eq!(dashboard.get_with("/sign-in", &[("cookie", cookie)]).await?.status().as_u16(), 200, "{cookie}");
    }
    Ok(())
}

#[tokio::test]
async fn names_and_passwords_that_are_none_are_wrong_and_nothing_more() -> Tested {
    let warehouse = Warehouse::start().await?;
    warehouse.tell("DELETE FROM app.session").await?;
    let dashboard = serve(&warehouse).await?;
    let long = "x".repeat(10_000);
    for (name, password) in [
        ("clinician\0", PASSWORD),
        ("", ""),
        (&long, PASSWORD),
        ("clinician", &long),
        ("clinician", ""),
        ("' OR true --", "x"),
    ] {
        let answer = dashboard.post_as(None, "/sign-in", &typed(name, password), &[OWN_PAGE]).await?;
        assert_eq!(answer.status().as_u16(), 401, "{name:?}");
        assert!(answer.headers().get("set-cookie").is_none());
        assert!(answer.text().await?.contains("Name or password is wrong"));
    }
    for form in ["name=a%ff&password=b", "name", "{\"name\": 1}", "name=a&name=b&password=c"] {
        let status = dashboard.post_as(None, "/sign-in", form, &[OWN_PAGE]).await?.status().as_u16();
        assert!(status == 400 || status == 401, "{form}: {status}");
    }
    assert_eq!(warehouse.one(SESSIONS).await?, 0);
    let told = "SELECT count(*) FROM app.audit a WHERE strpos(to_jsonb(a)::text, 'OR true') > 0";
    assert_eq!(warehouse.one(told).await?, 0, "what was typed as a name is not kept");
    Ok(())
}

/// What the server answers to somebody whose bytes no browser would send.
async fn send(dashboard: &Dashboard, role: Role, line: &str, body: &[u8]) -> Tested<String> {
    let head = format!(
        "{line} HTTP/1.1\r\nhost: {}\r\nsec-fetch-site: same-origin\r\ncookie: {}\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        dashboard.address,
        people::cookie(role)?,
        body.len()
    );
    let mut stream = TcpStream::connect(dashboard.address).await?;
    stream.write_all(&[head.as_bytes(), body].concat()).await?;
    let mut answer = Vec::new();
    timeout(DEADLINE, stream.read_to_end(&mut answer)).await??;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[tokio::test]
async fn a_form_of_bytes_that_are_no_text_is_refused_with_a_page_of_ours() -> Tested {
    let warehouse = Warehouse::start().await?;
    let dashboard = serve(&warehouse).await?;
    for (role, path) in [
        (Role::Ops, "/ops/requests"),
        (Role::Admin, "/thresholds"),
        (Role::Patient, "/me/contact"),
        (Role::Clinician, "/account/tokens"),
        (Role::Clinician, "/patients/1/stays/1"),
    ] {
        let answer = send(&dashboard, role, &format!("POST {path}"), b"kind=\xff\xfe").await?;
        assert!(
            answer.starts_with("HTTP/1.1 400 ") && answer.contains("data-code=\"form_not_text\""),
            "{path}: {answer}"
        );
        assert!(answer.contains("Sign out"), "{path}: {answer}");
    }
    Ok(())
}

#[tokio::test]
async fn no_refusal_is_bare_and_a_program_is_told_in_its_own_language() -> Tested {
    let warehouse = Warehouse::start().await?;
    let dashboard = serve(&warehouse).await?;
    let asset = send(&dashboard, Role::Clinician, "GET /assets/%ff/x", b"").await?;
    assert!(asset.starts_with("HTTP/1.1 404 ") && asset.contains("data-code=\"not_found\""), "{asset}");
    for (line, status, code) in [
        ("PUT /api/v1/board", 405, "method_not_allowed"),
        ("DELETE /api/v1/patients/1", 405, "method_not_allowed"),
        ("GET /api/v1/patients/%ff", 404, "unknown_patient"),
    ] {
        let answer = send(&dashboard, Role::Clinician, line, b"").await?;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{line}: {answer}");
        assert!(answer.contains("content-type: application/json"), "{line}: {answer}");
        assert!(answer.contains(&format!("\"code\":\"{code}\"")), "{line}: {answer}");
    }
    Ok(())
}

/// Sends a clinician's form of so many bytes for as long as the server takes it; gives what it answered, and how much was sent.
async fn pour(dashboard: &Dashboard, path: &str, bytes: usize) -> Tested<(String, usize)> {
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: {}\r\nsec-fetch-site: same-origin\r\ncookie: {}\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {bytes}\r\nconnection: close\r\n\r\n",
        dashboard.address,
        people::cookie(Role::Clinician)?
    );
    let (mut answers, mut takes) = TcpStream::connect(dashboard.address).await?.into_split();
    takes.write_all(request.as_bytes()).await?;
    let pouring = async move {
        let (mut sent, piece) = (0, vec![b'x'; 64 << 10]);
        while sent < bytes && takes.write_all(&piece[..piece.len().min(bytes - sent)]).await.is_ok() {
            sent += piece.len().min(bytes - sent);
        }
        // Kept until the answer is there: a browser hangs up later, too.
        (takes, sent)
    };
    let listening = async move {
        let mut answer = Vec::new();
        // A server that hangs up on what it has not read takes back nothing of its answer.
        while let Ok(1..) = answers.read_buf(&mut answer).await {}
        answer
    };
    let ((takes, sent), answer) = timeout(DEADLINE, async { tokio::join!(pouring, listening) }).await?;
    drop(takes);
    Ok((String::from_utf8_lossy(&answer).into_owned(), sent))
}

/// One that is just beyond what a form may hold, and one of which no more is taken than what lies in the buffers on the way.
#[tokio::test]
async fn a_form_that_is_too_large_is_refused_with_a_page_of_ours_and_mostly_unread() -> Tested {
    const LARGE: usize = 100 << 20;
    let warehouse = Warehouse::start().await?;
    let dashboard = serve(&warehouse).await?;
    let before = warehouse.one(SESSIONS).await?;
    for path in ["/sign-in", "/sign-in/code", "/ops/requests", "/account/second-factor"] {
        for bytes in [400 << 10, LARGE] {
            let (answer, sent) = pour(&dashboard, path, bytes).await?;
            assert!(sent < LARGE / 2, "{path}: {sent} bytes were taken");
            assert!(answer.starts_with("HTTP/1.1 413 "), "{path}: {answer}");
            assert!(answer.contains("data-code=\"form_too_large\"") && answer.contains("shorten"), "{path}: {answer}");
            assert!(!answer.to_ascii_lowercase().contains("set-cookie"), "{path}: {answer}");
        }
    }
    assert_eq!(warehouse.one(SESSIONS).await?, before, "nobody is signed in, and nobody is signed out");
    assert_eq!(warehouse.one("SELECT count(*) FROM app.request").await?, 0);
    assert_eq!(dashboard.get("/healthz").await?.status().as_u16(), 200);
    Ok(())
}

#[tokio::test]
async fn a_form_that_is_posted_twice_leaves_one_session() -> Tested {
    let warehouse = Warehouse::start().await?;
    warehouse.tell("DELETE FROM app.session").await?;
    let dashboard = serve(&warehouse).await?;
    let form = typed("clinician", PASSWORD);
    let first = cookies(&dashboard.post_as(None, "/sign-in", &form, &[OWN_PAGE]).await?);
    let again = dashboard.post_as(None, "/sign-in", &form, &[OWN_PAGE, ("cookie", &first)]).await?;
    assert_eq!((again.status().as_u16(), warehouse.one(SESSIONS).await?), (303, json!(1)));
    for _ in 0..2 {
        let out = dashboard.post_as(None, "/sign-out", "", &[OWN_PAGE, ("cookie", &cookies(&again))]).await?;
        assert_eq!(out.status().as_u16(), 303, "signing out twice is no error");
    }
    assert_eq!(warehouse.one(SESSIONS).await?, 0);
    Ok(())
}

/// A double click: the second form is sent before the first is answered.
#[tokio::test]
async fn a_form_that_is_sent_twice_at_once_leaves_one_session() -> Tested {
    let warehouse = Warehouse::start().await?;
    warehouse.tell("DELETE FROM app.session").await?;
    let dashboard = serve(&warehouse).await?;
    let browser = cookies(&dashboard.get_with("/sign-in", &[]).await?);
    assert!(browser.starts_with("wardwatch-browser="), "{browser}");
    let again = dashboard.get_with("/sign-in", &[("cookie", &browser)]).await?;
    assert!(!again.headers().contains_key("set-cookie"), "a browser keeps by what it is known");

    let (form, headers) = (typed("clinician", PASSWORD), [OWN_PAGE, ("cookie", browser.as_str())]);
    let click = || dashboard.post_as(None, "/sign-in", &form, &headers);
    let (one, other) = tokio::try_join!(click(), click())?;
    assert_eq!((one.status().as_u16(), other.status().as_u16()), (303, 303));
    assert_eq!(warehouse.one(SESSIONS).await?, 1);
    let mut opened = Vec::new();
    for answer in [one, other] {
        let session = cookies(&answer);
        opened.push(dashboard.get_with("/patients", &[("cookie", &session)]).await?.status().as_u16());
    }
    opened.sort_unstable();
    assert_eq!(opened, [200, 303], "one of the two opens");

    assert_eq!(click().await?.status().as_u16(), 303);
    assert_eq!(warehouse.one(SESSIONS).await?, 1, "nor does a browser that was closed leave one behind");
    let elsewhere = dashboard.post_as(None, "/sign-in", &form, &[OWN_PAGE]).await?;
    assert_eq!(
        (elsewhere.status().as_u16(), warehouse.one(SESSIONS).await?),
        (303, json!(2)),
        "another one has its own"
    );
    Ok(())
}

/// While nobody can read the accounts all wait in the queue, so that it fills for certain.
#[tokio::test]
async fn whoever_finds_the_queue_at_the_door_full_is_told_when_to_come_again() -> Tested {
    let warehouse = Warehouse::start().await?;
    let dashboard = serve(&warehouse).await?;
    let before = warehouse.one(SESSIONS).await?;
    let mut held = database::begin(&warehouse.pool).await?;
    sqlx::query("LOCK TABLE app.account").execute(&mut *held).await?;
    let dashboard = &dashboard;
    let guess = async |n: usize| -> Tested<(u16, bool)> {
        let form = typed(&format!("name{n}"), "guess");
        let answer = dashboard.post_as(None, "/sign-in", &form, &[OWN_PAGE]).await?;
        Ok((answer.status().as_u16(), answer.headers().contains_key("retry-after")))
    };
    let too_many = 8;
    let mut guesses: FuturesUnordered<_> = (0..PLACES + too_many).map(guess).collect();
    // One of them waits until it is in the audit that too many came.
    for _ in 1..too_many {
        assert_eq!(guesses.next().await.transpose()?, Some((503, true)), "sent away before the accounts are read");
    }
    held.rollback().await?;
    let rest = guesses.map(Result::unwrap_or_default).collect::<Vec<_>>().await;
    assert_eq!(rest.iter().filter(|answer| **answer == (401, false)).count(), PLACES);
    assert_eq!(rest.iter().filter(|answer| **answer == (503, true)).count(), 1);
    assert_eq!(warehouse.one(SESSIONS).await?, before);
    Ok(())
}

/// A small storm: the board answers in its midst, and nobody gets in. How fast is measured elsewhere, on a quiet machine.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_of_guesses_neither_gets_in_nor_stops_the_board() -> Tested {
    let warehouse = Warehouse::start().await?;
    let dashboard = Arc::new(serve(&warehouse).await?);
    let before = warehouse.one(SESSIONS).await?;
    let start = Instant::now();
    let stormed = Arc::clone(&dashboard);
    let storm = futures::stream::iter(0..400).map(move |n| {
        let dashboard = Arc::clone(&stormed);
        async move {
            let form = typed(&format!("name{n}"), "guess");
            Ok::<u16, anyhow::Error>(dashboard.post_as(None, "/sign-in", &form, &[OWN_PAGE]).await?.status().as_u16())
        }
    });
    let storm = tokio::spawn(storm.buffer_unordered(50).collect::<Vec<_>>());
    let mut boards = 0;
    while !storm.is_finished() {
        assert_eq!(dashboard.get("/api/v1/board").await?.status().as_u16(), 200);
        boards += 1;
    }
    let mut throttled = 0;
    for status in storm.await? {
        let status = status?;
        assert!([401, 429, 503].contains(&status), "{status}");
        throttled += usize::from(status == 429);
    }
    let compared = 400 - throttled as u64;
    assert!(compared <= 61 + start.elapsed().as_secs(), "{compared} were compared");
    assert!(boards > 0);
    assert_eq!(warehouse.one(SESSIONS).await?, before);
    assert_eq!(dashboard.get_as(Some(Role::Ops), "/ops").await?.status().as_u16(), 200);
    Ok(())
}
