//! The database: cut amid a `COPY`, cut anywhere, restarted, away, silent, full, and too slow for its own limit.

use std::os::unix::fs::symlink;
use std::path::Path;

use serde_json::Value;
use wardwatch_schema::database;
use wardwatch_tests::churn::{self, Outcome};
use wardwatch_tests::sample::patients;
use wardwatch_tests::{Folder, Ingest, Proxy, Tested, Warehouse, number, report};

use super::{DATABASE_TRIES, LOOKS, SETTLED, TASKS, elapsed_until, most_tries, recovers};

const ROUNDS: usize = 6;

fn from(folder: &Folder, warehouse: &Warehouse) -> Tested<Ingest> {
    let ingest = Ingest::from_folder(folder, warehouse)?.with("WARDWATCH_BATCH_OBJECTS", "4");
    Ok(ingest.with("WARDWATCH_POLL_INTERVAL", format!("{}ms", LOOKS.as_millis())))
}

fn through(proxy: &Proxy, folder: &Folder, warehouse: &Warehouse) -> Tested<Ingest> {
    Ok(from(folder, warehouse)?.with("WARDWATCH_DATABASE_URL", proxy.url(warehouse)))
}

async fn untroubled(folder: &Folder) -> Tested<Outcome> {
    Outcome::untroubled(|warehouse| from(folder, warehouse)).await
}

#[tokio::test]
async fn a_connection_cut_amid_a_copy_is_tried_again_and_counted() -> Tested {
    let (folder, warehouse) = (churn::folder(ROUNDS)?, Warehouse::start().await?);
    let proxy = Proxy::before(&warehouse).await?;
    proxy.cut_copies(3);
    let daemon = through(&proxy, &folder, &warehouse)?.start()?;
    warehouse.until("SELECT sum(attempts) > 0 FROM ingest.object").await?;
    warehouse.until(SETTLED).await?;
    let ended = daemon.stop().await?;
    assert_eq!((ended.code, proxy.cuts()), (Some(0), 3), "{}", ended.stderr);
    let told = ended.stderr.matches("the database failed (no connection); trying again").count();
    assert!((1..=3).contains(&told), "a line for each cut batch: {}", ended.stderr);
    assert_eq!(warehouse.half_loaded().await?, 0);
    recovers(&warehouse, &from(&folder, &warehouse)?, &untroubled(&folder).await?).await
}

#[tokio::test]
async fn connections_cut_anywhere_lose_nothing() -> Tested {
    let folder = churn::folder(ROUNDS)?;
    let untroubled = untroubled(&folder).await?;
    let mut cuts = 0;
    for seed in 1..=number("WARDWATCH_FAULTS", 2).max(1) {
        let warehouse = Warehouse::start().await?;
        let proxy = Proxy::before(&warehouse).await?;
        let daemon = through(&proxy, &folder, &warehouse)?.start()?;
        warehouse.until("SELECT EXISTS (SELECT FROM ingest.object)").await?;
        proxy.cut_share(0.05, seed);
        let is_settled = async || -> Tested<bool> { Ok(warehouse.one(SETTLED).await? == Value::Bool(true)) };
        wardwatch_tests::until("12 cuts", async || Ok(proxy.cuts() >= 12 || is_settled().await?)).await?;
        assert!(proxy.cuts() > 0, "the dice cut nothing");
        daemon.stop().await?;
        assert_eq!(warehouse.half_loaded().await?, 0, "seed {seed}");
        recovers(&warehouse, &from(&folder, &warehouse)?, &untroubled).await?;
        cuts += proxy.cuts();
    }
    report(&format!("faults of the database: {cuts} connections cut at random"))
}

#[tokio::test]
async fn a_database_that_goes_and_comes_is_waited_for_without_a_flood() -> Tested {
    let (folder, mut warehouse) = (churn::folder(ROUNDS)?, Warehouse::alone().await?);
    let proxy = Proxy::before(&warehouse).await?;
    let ingest = through(&proxy, &folder, &warehouse)?.with("WARDWATCH_BATCH_OBJECTS", "1");
    let mut daemon = ingest.start()?;
    for loaded in [2, 6] {
        let condition = format!("SELECT count(*) >= {loaded} FROM ingest.object WHERE state = 'done'");
        warehouse.until(&condition).await?;
        warehouse.crash_server().await?;
        daemon.until_logged("trying again").await?;
        let lines = daemon.log()?.lines().count();
        let (tries, within) = elapsed_until("it tries to connect", || proxy.accepted(), DATABASE_TRIES).await?;
        let lines = (daemon.log()?.lines().count() - lines) as u64;
        assert!(tries <= most_tries(within, TASKS), "{tries} connections within {within:?}");
        assert!(lines <= most_tries(within, 2 * TASKS), "{lines} lines within {within:?}");
        warehouse.restart_server().await?;
        wardwatch_tests::until("the server answers", async || Ok(warehouse.expire_leases().await.is_ok())).await?;
    }
    warehouse.until(SETTLED).await?;
    let ended = daemon.stop().await?;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    recovers(&warehouse, &from(&folder, &warehouse)?, &untroubled(&folder).await?).await
}

/// Each write to the table is told by the system that no space is left, as on a full disk.
struct FullDisk<'a> {
    file: &'a Path,
    aside: std::path::PathBuf,
}

impl<'a> FullDisk<'a> {
    fn under(file: &'a Path) -> Tested<Self> {
        let aside = file.with_extension("aside");
        std::fs::rename(file, &aside)?;
        symlink("/dev/full", file)?;
        Ok(Self { file, aside })
    }

    fn free(self) -> Tested {
        std::fs::remove_file(self.file)?;
        Ok(std::fs::rename(self.aside, self.file)?)
    }
}

#[tokio::test]
async fn a_full_disk_ends_in_a_named_state_and_retry_brings_all_back() -> Tested {
    let (folder, warehouse) = (churn::folder(ROUNDS)?, Warehouse::start().await?);
    let ingest = from(&folder, &warehouse)?;
    let file = warehouse.file_of("warehouse.patient").await?;
    let full = FullDisk::under(&file)?;
    let daemon = ingest.start()?;
    warehouse.until("SELECT bool_or(reason LIKE '%SQLSTATE 53100, its disk is full%') FROM ingest.object").await?;
    let no_delay = "UPDATE ingest.object SET not_before = NULL WHERE state = 'pending'";
    wardwatch_tests::until("every attempt was made", async || {
        warehouse.tell(no_delay).await?;
        Ok(warehouse.one(SETTLED).await? == Value::Bool(true))
    })
    .await?;
    daemon.stop().await?;
    let given_up = "SELECT count(*) FILTER (WHERE state = 'failed' AND attempts = 5 AND reason LIKE '%disk is full%given up after 6 attempts: once the cause is gone, run wardwatch-ingest retry --reason%')
        FROM ingest.object WHERE feed = 'pms.patient_information' AND key !~ '_2026.*T1159'";
    assert_eq!(warehouse.one(given_up).await?, ROUNDS);
    let others =
        "SELECT count(*) FROM ingest.object WHERE feed <> 'pms.patient_information' AND reason LIKE '%database%'";
    assert_eq!(warehouse.one(others).await?, 0, "the other feeds have room");
    full.free()?;
    recovers(&warehouse, &ingest, &untroubled(&folder).await?).await
}

#[tokio::test]
async fn a_statement_that_runs_into_its_limit_is_tried_again() -> Tested {
    let (folder, warehouse) = (churn::folder(ROUNDS)?, Warehouse::start().await?);
    warehouse.create_login("hurried", "wardwatch_ingest").await?;
    warehouse.tell("ALTER ROLE hurried SET statement_timeout = '1s'").await?;
    let ingest = from(&folder, &warehouse)?;
    let hurried = ingest.clone().with("WARDWATCH_DATABASE_URL", warehouse.url_as("hurried", None)?);
    let mut blocker = database::begin(&warehouse.pool).await?;
    sqlx::query("LOCK TABLE warehouse.lab_test IN ACCESS EXCLUSIVE MODE").execute(&mut *blocker).await?;
    let daemon = hurried.start()?;
    let counted = "SELECT bool_or(attempts > 1 AND reason LIKE '%SQLSTATE 57014, a statement ran into its time limit%') FROM ingest.object WHERE feed = 'lis.lab_tests'";
    warehouse.until(counted).await?;
    blocker.rollback().await?;
    warehouse.until(SETTLED).await?;
    assert_eq!(daemon.stop().await?.code, Some(0));
    recovers(&warehouse, &ingest, &untroubled(&folder).await?).await
}

/// No answer at all, for as long as it takes: whoever waits neither gives up nor shouts.
#[tokio::test]
async fn a_database_that_answers_nothing_is_waited_for() -> Tested {
    let (folder, warehouse) = (churn::folder(ROUNDS)?, Warehouse::start().await?);
    let proxy = Proxy::before(&warehouse).await?;
    let daemon = through(&proxy, &folder, &warehouse)?.start()?;
    warehouse.until("SELECT EXISTS (SELECT FROM ingest.object WHERE state = 'done')").await?;
    proxy.hold(true);
    let (done, log) = (warehouse.one("SELECT count(*) FROM ingest.object WHERE state = 'done'").await?, daemon.log()?);
    warehouse.until("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND state_change < now() - interval '1 second')").await?;
    let lines = daemon.log()?.lines().count() - log.lines().count();
    assert!(lines <= TASKS as usize + 2, "{lines} lines after {done} objects: {}", daemon.log()?);
    proxy.hold(false);
    warehouse.until(SETTLED).await?;
    assert_eq!(daemon.stop().await?.code, Some(0));
    recovers(&warehouse, &from(&folder, &warehouse)?, &untroubled(&folder).await?).await
}

/// As behind a firewall that forgets what passes through it: neither end is told. By its keepalive the server ends its own after
/// two minutes; here it is told to.
#[tokio::test]
async fn a_load_whose_way_to_the_database_goes_silent_is_given_up_and_done_over_another() -> Tested {
    let (folder, warehouse) = (churn::folder(ROUNDS)?, Warehouse::start().await?);
    let proxy = Proxy::before(&warehouse).await?;
    let mut other = database::begin(&warehouse.pool).await?;
    sqlx::query("LOCK TABLE warehouse.patient IN EXCLUSIVE MODE").execute(&mut *other).await?;
    let daemon = through(&proxy, &folder, &warehouse)?.with("WARDWATCH_WORKERS", "1").start()?;
    warehouse.until_locked_out("warehouse.patient").await?;
    let all = churn::objects(ROUNDS)?.len();
    warehouse.until(&format!("SELECT count(*) = {all} FROM ingest.object")).await?;
    proxy.silence();
    warehouse.cut_off_who_waits().await?;
    other.rollback().await?;
    warehouse.until(SETTLED).await?;
    let ended = daemon.stop().await?;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("the database failed (no connection); trying again"), "{}", ended.stderr);
    assert_eq!(warehouse.half_loaded().await?, 0);
    recovers(&warehouse, &from(&folder, &warehouse)?, &untroubled(&folder).await?).await
}

/// Named are the rule and the table; the row stays in the file.
#[tokio::test]
async fn what_the_database_refuses_is_told_by_its_name_and_without_a_value() -> Tested {
    let (folder, warehouse) = (Folder::new()?, Warehouse::start().await?);
    folder.put("patient_information.csv", &patients(&["001"]))?;
    warehouse.tell("ALTER TABLE warehouse.patient ADD CONSTRAINT known_name CHECK (first_name <> 'Ada')").await?;
    let ingest = from(&folder, &warehouse)?;
    let refused = ingest.once().await?;
    assert_eq!(refused.json_of(1)?["failed"], 1);
    let reason = warehouse.one("SELECT reason FROM ingest.object").await?.to_string();
    assert!(reason.contains("(SQLSTATE 23514, table patient, constraint known_name): correct the map"), "{reason}");
    assert!(!reason.contains("Ada") && !refused.stderr.contains("Ada"), "{reason} {}", refused.stderr);
    warehouse.tell("ALTER TABLE warehouse.patient DROP CONSTRAINT known_name").await?;
    assert_eq!(ingest.run(&["retry", "--reason", "refused the rows"]).await?.code, Some(0));
    assert_eq!(ingest.once().await?.json_of(0)?["books"]["inserted"], 1);
    Ok(())
}
