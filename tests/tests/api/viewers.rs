//! Many who look at one board: what they cost the database, and that whoever may look no more is shown nothing.

use anyhow::Context as _;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use tokio::time::timeout;
use wardwatch_identity::{Role, Secret};
use wardwatch_tests::dashboard::command;
use wardwatch_tests::wait::DEADLINE;
use wardwatch_tests::ward::{admission, patient};
use wardwatch_tests::{Dashboard, Proxy, Tested, Ward, Warehouse, people, until};

const VIEWERS: usize = 1_000;
const AT_ONCE: usize = 16;
const FRAGMENT: (&str, &str) = ("x-fragment", "board");

/// A dashboard whose words to the database are counted, and sessions of the clinician.
struct Watched {
    warehouse: Warehouse,
    proxy: Proxy,
    dashboard: Dashboard,
    cookies: Vec<String>,
}

impl Watched {
    async fn start(viewers: usize) -> Tested<Self> {
        let warehouse = Warehouse::start().await?;
        let secrets = (0..viewers).map(|_| Secret::random()).collect::<Result<Vec<_>, _>>()?;
        let hashes: Vec<Vec<u8>> = secrets.iter().map(Secret::hash).collect();
        let opened = "INSERT INTO app.session (token_hash, account_id, started_at, used_at, ends_at)
            SELECT hash, account_id, now(), now(), now() + interval '12 hours'
            FROM unnest($1::bytea[]) hash, app.account WHERE name = 'clinician'";
        sqlx::query(opened).bind(hashes).execute(&warehouse.pool).await?;
        let proxy = Proxy::before(&warehouse).await?;
        let dashboard = Dashboard::start(&proxy.url(&warehouse)).await?;
        let cookies = secrets.iter().map(|secret| format!("wardwatch={}", secret.reveal())).collect();
        Ok(Self { warehouse, proxy, dashboard, cookies })
    }

    async fn status(&self, path: &str, cookie: &str) -> Tested<u16> {
        Ok(self.dashboard.get_with(path, &[("cookie", cookie), FRAGMENT]).await?.status().as_u16())
    }

    /// Every board renews itself so many times. Answers with the bytes that the database was told meanwhile.
    async fn renew(&self, times: usize) -> Tested<u64> {
        let before = self.proxy.said();
        let asked = stream::iter((0..times).flat_map(|_| &self.cookies).map(|cookie| self.status("/", cookie)));
        let statuses: Vec<u16> = asked.buffer_unordered(AT_ONCE).try_collect().await?;
        anyhow::ensure!(statuses.iter().all(|status| *status == 200), "somebody was refused");
        Ok(self.proxy.said() - before)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_boards_that_renew_themselves_ask_the_database_nothing() -> Tested {
    let watched = Watched::start(VIEWERS).await?;
    let first = watched.renew(1).await?;
    let times = 5;
    let later = watched.renew(times).await?;
    let asking = first / VIEWERS as u64;
    assert!(asking > 100, "each is vouched for once: {asking} bytes");
    // What is told meanwhile is the one reading of all, by the clock.
    let each = later / (VIEWERS * times) as u64;
    assert!(each < asking / 5, "{each} bytes a renewal, {asking} for a session that is asked for");
    Ok(())
}

#[tokio::test]
async fn an_update_begins_only_from_what_this_reader_can_have() -> Tested {
    let ward = Ward::open_empty().await?;
    ward.load("patient_information", &[patient("P1", "Ada", "Test")]).await?;
    ward.load("admissions", &[admission("P1", "C1", ward.ago(100))]).await?;
    // Whether it is an update, its version, and whether it holds the row.
    let list = async |path: &str, since: &str| -> Tested<(bool, String, bool)> {
        let own = people::cookie(Role::Clinician)?;
        let said = [("cookie", own.as_str()), FRAGMENT, ("x-since", since)];
        let answer = ward.dashboard.get_with(path, &said).await?;
        let header = |name: &str| Some(answer.headers().get(name)?.to_str().ok()?.to_owned());
        let (began, version) = (header("x-since"), header("x-version").context("no version")?);
        anyhow::ensure!(began.as_deref().is_none_or(|began| began == since), "it begins from another version");
        Ok((began.is_some(), version, answer.text().await?.contains("<tr class=\"stay")))
    };
    until("the row is listed", async || Ok(list("/", "").await?.2)).await?;
    let (is_update, version, _) = list("/", "").await?;
    assert!(!is_update, "who has nothing is sent all");
    let (is_update, _, has_row) = list("/", &version).await?;
    assert_eq!((is_update, has_row), (true, false));
    for (path, since) in [("/?sort=patient", version.as_str()), ("/", "0123456789abcdef"), ("/", "no version at all")] {
        let (is_update, _, has_row) = list(path, since).await?;
        assert_eq!((is_update, has_row), (false, true), "{path} since {since}");
    }
    Ok(())
}

#[tokio::test]
async fn who_may_look_no_more_is_shown_nothing() -> Tested {
    let watched = Watched::start(2).await?;
    let [one, other] = watched.cookies.as_slice() else { anyhow::bail!("two viewers") };
    let shown =
        async || -> Tested<[u16; 2]> { Ok([watched.status("/", one).await?, watched.status("/", other).await?]) };
    assert_eq!(shown().await?, [200, 200]);

    let own = [("cookie", one.as_str()), ("sec-fetch-site", "same-origin")];
    let out = watched.dashboard.post_as(None, "/sign-out", "", &own).await?;
    assert_eq!((out.status().as_u16(), shown().await?), (303, [401, 200]), "signed out, and no other session with it");

    let narrowed = command(&watched.warehouse.url(), &["account", "departments", "clinician", "Nowhere"], "").await?;
    assert_eq!(narrowed.code, Some(0), "{}", narrowed.stderr);
    until("the board is limited", async || {
        let page = watched.dashboard.get_with("/", &[("cookie", other), FRAGMENT]).await?.text().await?;
        Ok(page.contains("id=\"elsewhere\""))
    })
    .await?;

    let disabled = command(&watched.warehouse.url(), &["account", "disable", "clinician"], "").await?;
    assert_eq!(disabled.code, Some(0), "{}", disabled.stderr);
    assert_eq!(watched.status("/patients", other).await?, 401, "whatever shows a patient asks the database");
    until("the board is refused", async || Ok(watched.status("/", other).await? == 401)).await
}

#[tokio::test]
async fn a_stream_ends_with_the_session_that_opened_it() -> Tested {
    let watched = Watched::start(3).await?;
    let [out, disabled, _] = watched.cookies.as_slice() else { anyhow::bail!("three viewers") };
    let mut streams = Vec::new();
    for cookie in [out, disabled] {
        let mut events = watched.dashboard.get_with("/events", &[("cookie", cookie)]).await?;
        let first = timeout(DEADLINE, events.chunk()).await??.context("the stream has ended")?;
        assert!(String::from_utf8_lossy(&first).contains("event: hello"));
        streams.push(events);
    }
    let own = [("cookie", out.as_str()), ("sec-fetch-site", "same-origin")];
    watched.dashboard.post_as(None, "/sign-out", "", &own).await?;
    let [first, second] = streams.as_mut_slice() else { anyhow::bail!("two streams") };
    ends(first).await?;
    assert!(timeout(DEADLINE, second.chunk()).await??.is_some(), "and no other one with it");
    let ended = command(&watched.warehouse.url(), &["account", "disable", "clinician"], "").await?;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    ends(second).await
}

async fn ends(events: &mut reqwest::Response) -> Tested {
    let end = async { while matches!(events.chunk().await, Ok(Some(_))) {} };
    timeout(DEADLINE, end).await.context("the stream goes on")
}

#[tokio::test]
async fn what_cannot_be_heard_is_asked() -> Tested {
    let watched = Watched::start(1).await?;
    let cookie = watched.cookies.first().context("one viewer")?;
    assert_eq!(watched.status("/", cookie).await?, 200);
    let ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND query LIKE 'LISTEN%'; DELETE FROM app.session";
    watched.warehouse.tell(ended).await?;
    until("the board is refused", async || Ok(watched.status("/", cookie).await? == 401)).await
}
