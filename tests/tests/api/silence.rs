//! A way to the database that goes silent under the dashboard, as behind a firewall that forgets what passes through it: what is
//! awaited over it is given up, and goes on over another.

use std::time::Duration;

use anyhow::Context as _;
use chrono::TimeDelta;
use reqwest::Response;
use tokio::time::timeout;
use wardwatch_identity::Role;
use wardwatch_schema::database;
use wardwatch_tests::dashboard::command;
use wardwatch_tests::ward::{admission, file, now, patient};
use wardwatch_tests::{Dashboard, Folder, Ingest, Proxy, Tested, Warehouse, people, until};

/// Two minutes are the most that a reading of the census may take, and the next one begins some seconds later.
const LONGEST: Duration = Duration::from_mins(5);

/// A dashboard whose way to the warehouse can go silent. What is loaded comes by another one.
struct Behind {
    folder: Folder,
    warehouse: Warehouse,
    proxy: Proxy,
    dashboard: Dashboard,
}

impl Behind {
    /// With one patient on the board.
    async fn start() -> Tested<Self> {
        let (folder, warehouse) = (Folder::new()?, Warehouse::start().await?);
        let proxy = Proxy::before(&warehouse).await?;
        let dashboard = Dashboard::start(&proxy.url(&warehouse)).await?;
        let behind = Self { folder, warehouse, proxy, dashboard };
        behind.load("admissions.csv", "admissions", admitted("P001", "C1")).await?;
        until("the patient is listed", async || Ok(lists(&behind.board().await?, "P001"))).await?;
        Ok(behind)
    }

    async fn load(&self, key: &str, feed: &str, row: String) -> Tested {
        self.folder.put(key, &file(feed, &[row]))?;
        Ingest::from_folder(&self.folder, &self.warehouse)?.once().await?.json_of(0)?;
        Ok(())
    }

    /// The board of a reader, as it renews itself.
    async fn board(&self) -> Tested<String> {
        let own = people::cookie(Role::Clinician)?;
        let answer = self.dashboard.get_with("/", &[("cookie", own.as_str()), ("x-fragment", "board")]).await?;
        anyhow::ensure!(answer.status().as_u16() == 200, "the reader is told {}", answer.status());
        Ok(answer.text().await?)
    }
}

fn admitted(patient: &str, case: &str) -> String {
    admission(patient, case, now() - TimeDelta::hours(100))
}

fn lists(board: &str, patient: &str) -> bool {
    board.contains(&format!("data-patient=\"{patient}\""))
}

/// Follows the events until they have said these words.
async fn until_told(events: &mut Response, words: &str) -> Tested {
    let telling = async {
        let mut told = String::new();
        while !told.contains(words) {
            let chunk = events.chunk().await?.context("the stream has ended")?;
            told.push_str(&String::from_utf8_lossy(&chunk));
        }
        anyhow::Ok(())
    };
    timeout(LONGEST, telling).await.with_context(|| format!("no {words:?} within {LONGEST:?}"))?
}

/// The silence falls while the census is being read: nothing else would be given up as late as that.
#[tokio::test]
async fn a_board_is_live_again_by_itself_and_hears_of_commits_again() -> Tested {
    let ward = Behind::start().await?;
    let mut other = database::begin(&ward.warehouse.pool).await?;
    sqlx::query("LOCK TABLE warehouse.patient IN ACCESS EXCLUSIVE MODE").execute(&mut *other).await?;
    ward.warehouse.until_locked_out("warehouse.patient").await?;
    let mut events = ward.dashboard.events().await?;
    until_told(&mut events, "event: hello").await?;
    ward.proxy.silence();
    other.rollback().await?;
    ward.load("admissions_20261121T120000Z.csv", "admissions", admitted("P002", "C2")).await?;
    until("the board of before is shown as one that is not live", async || {
        let board = ward.board().await?;
        anyhow::ensure!(!lists(&board, "P002"), "something was heard over the silent way");
        Ok(lists(&board, "P001") && board.contains("Not live."))
    })
    .await?;

    // Whatever may have been missed counts as a commit. It is told when the reading has ended.
    until_told(&mut events, "event: commit").await?;
    until("what was loaded meanwhile is on a board that is live", async || {
        let board = ward.board().await?;
        Ok(lists(&board, "P002") && !board.contains("Not live."))
    })
    .await?;

    // The server knows nothing of the silence and keeps its half of the former one.
    let listening =
        "SELECT count(*) > 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'";
    ward.warehouse.until(listening).await?;
    ward.load("patient_information.csv", "patient_information", patient("P003", "Ada", "Test")).await?;
    until_told(&mut events, "event: commit\ndata: pms.patient_information").await
}

/// The silence falls while the view is being noted. The server ends its half, so that this one is never committed.
#[tokio::test]
async fn a_record_whose_view_could_not_be_noted_is_shown_with_its_row_later() -> Tested {
    let ward = Behind::start().await?;
    ward.load("patient_information.csv", "patient_information", patient("P001", "Ada", "Testperson")).await?;
    let mut other = database::begin(&ward.warehouse.pool).await?;
    sqlx::query("LOCK TABLE app.audit_head IN EXCLUSIVE MODE").execute(&mut *other).await?;
    let silenced = async {
        ward.warehouse.until_locked_out("app.audit_head").await?;
        ward.proxy.silence();
        ward.warehouse.cut_off_who_waits().await?;
        anyhow::Ok(other.rollback().await?)
    };
    let (opened, silenced) = tokio::join!(ward.dashboard.text("/patients/P001"), silenced);
    silenced?;
    let (status, page) = opened?;
    assert!(status == 503 && !page.contains("TESTPERSON"), "{status}: shown without its row");
    let noted = "SELECT count(*) FROM app.audit WHERE action = 'patient viewed' AND patient_id = 'P001'";
    assert_eq!(ward.warehouse.one(noted).await?, 0);

    until("the record is shown", async || {
        let (status, page) = ward.dashboard.text("/patients/P001").await?;
        Ok(status == 200 && page.contains("TESTPERSON"))
    })
    .await?;
    assert_eq!(ward.warehouse.one(noted).await?, 1);
    let verified = command(&ward.warehouse.url(), &["audit", "verify"], "").await?;
    assert_eq!(verified.code, Some(0), "{}", verified.stderr);
    Ok(())
}
