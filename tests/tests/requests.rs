//! Decisions and requests: what a person says ends a doubt, that one only, and is applied again at a replay; what is
//! asked for on a page the daemon carries out once and answers.

#[path = "requests/maps.rs"]
mod maps;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use wardwatch_tests::ward::{admission, order, result};
use wardwatch_tests::{Ended, Folder, Ingest, Tested, Warehouse, sample};

const WHY: [&str; 4] = ["--by", "Ada", "--reason", "the ward was asked"];
const STATES: &str = "SELECT patient_id, state, reasons FROM monitor.board('2026-11-21T12:00:00Z', false, NULL)
                      ORDER BY patient_id COLLATE \"C\"";

fn ago(hours: i64) -> Tested<DateTime<Utc>> {
    Ok(sample::written_at()? - TimeDelta::hours(hours))
}

fn file(header: &str, rows: &[String]) -> Vec<u8> {
    format!("{header}\n{}\n", rows.join("\n")).into_bytes()
}

const ADMISSIONS: &str = "patient_id,hospitalization_case_number,admission_date,admission_time,release_date,release_time,department,room_number";
const TESTS: &str = "test_id,patient_id,test_name,order_date,order_time,ordering_physician";
const RESULTS: &str = "result_id,test_id,result_value,result_unit,reference_range,result_status,performed_date,performed_time,reviewing_physician";

struct Case {
    warehouse: Warehouse,
    folder: Folder,
    ingest: Ingest,
}

impl Case {
    async fn start(files: &[(&str, Vec<u8>)]) -> Tested<Self> {
        let (warehouse, folder) = (Warehouse::start().await?, Folder::new()?);
        for (key, bytes) in files {
            folder.put(key, bytes)?;
        }
        let ingest = Ingest::from_folder(&folder, &warehouse)?;
        ingest.once().await?;
        Ok(Self { warehouse, folder, ingest })
    }

    async fn decide(&self, what: &[&str]) -> Tested<Ended> {
        self.ingest.run(&[&["decide"], what, &WHY].concat()).await
    }

    async fn decided(&self, what: &[&str]) -> Tested {
        let ended = self.decide(what).await?;
        assert_eq!(ended.code, Some(0), "{what:?}: {}", ended.stderr);
        self.expect_sound().await
    }

    async fn refused(&self, what: &[&str], why: &str) -> Tested {
        let before = self.warehouse.one("SELECT count(*) FROM app.decision").await?;
        let ended = self.decide(what).await?;
        assert!(ended.code == Some(1) && ended.stderr.contains(why), "{what:?}: {} {}", ended.stdout, ended.stderr);
        assert_eq!(self.warehouse.one("SELECT count(*) FROM app.decision").await?, before);
        Ok(())
    }

    /// The books balance, the kept stays are those of the base tables, and a replay comes to the same.
    async fn expect_sound(&self) -> Tested {
        let verdict = self.ingest.verify().await?;
        assert_eq!(verdict["ok"], true, "{verdict}");
        let (kept, board) = (self.stays("monitor.stay").await?, self.states().await?);
        assert_eq!(kept, self.stays("monitor.derive_stay(NULL, 'infinity')").await?);
        let replayed = self.ingest.run(&["replay", "--json"]).await?.json_of(0)?;
        assert_eq!(replayed["digest"], verdict["digest"]);
        assert_eq!((self.stays("monitor.stay").await?, self.states().await?), (kept, board));
        Ok(())
    }

    async fn stays(&self, place: &str) -> Tested<Value> {
        self.warehouse.rows(&format!("SELECT s.* FROM {place} s ORDER BY patient_id, case_number")).await
    }

    async fn states(&self) -> Tested<Value> {
        self.warehouse.rows(STATES).await
    }
}

/// Two patients with one test id, and its result half a day ago.
async fn shared_test() -> Tested<Case> {
    let stays = [admission("P1", "C1", ago(90)?), admission("P2", "C2", ago(80)?)];
    let orders = [order("T1", "P1", ago(70)?), order("T1", "P2", ago(70)?)];
    Case::start(&[
        ("admissions.csv", file(ADMISSIONS, &stays)),
        ("lab_tests.csv", file(TESTS, &orders)),
        ("lab_results.csv", file(RESULTS, &[result("R1", "T1", ago(12)?)])),
    ])
    .await
}

#[tokio::test]
async fn a_waiting_result_clears_the_patient_to_whom_a_person_gives_it_and_nobody_else() -> Tested {
    let case = shared_test().await?;
    let waiting = |patient: &str| json!({"patient_id": patient, "state": "unknown", "reasons": ["waiting_result"]});
    assert_eq!(case.states().await?, json!([waiting("P1"), waiting("P2")]));

    case.decided(&["result", "R1", "--patient", "P2"]).await?;
    assert_eq!(case.states().await?, json!([{"patient_id": "P1", "state": "overdue", "reasons": []}]));
    let kept = "SELECT kind, choice, result_id, patient_id, reason, decided_by FROM app.decision";
    let decision = json!({"kind": "result", "choice": "patient", "result_id": "R1", "patient_id": "P2",
                          "reason": "the ward was asked", "decided_by": "Ada"});
    assert_eq!(case.warehouse.rows(kept).await?, json!([decision]));

    // Whatever the owners of the test say later.
    case.folder.put_at("lab_tests_20261121T120100Z.csv", &file(TESTS, &[order("T1", "P3", ago(1)?)]), ago(0)?)?;
    case.ingest.once().await?;
    assert_eq!(case.warehouse.one("SELECT patient_id FROM warehouse.lab_result").await?, "P2");

    case.decided(&["withdraw", "1"]).await?;
    assert_eq!(case.states().await?, json!([waiting("P1"), waiting("P2")]));
    case.refused(&["withdraw", "1"], "does not stand").await?;
    case.refused(&["result", "R9", "--patient", "P1"], "does not wait").await?;
    case.refused(&["result", "R1", "--patient", "p1"], "leading zeros matter").await
}

#[tokio::test]
async fn a_shared_case_number_is_decided_until_a_further_patient_has_it() -> Tested {
    let stays = [admission("P1", "C1", ago(90)?), admission("P2", "C1", ago(80)?)];
    let case = Case::start(&[("admissions.csv", file(ADMISSIONS, &stays))]).await?;
    let shared = |patient: &str| json!({"patient_id": patient, "state": "unknown", "reasons": ["shared_case_number"]});
    assert_eq!(case.states().await?, json!([shared("P1"), shared("P2")]));

    case.refused(&["case", "C1", "--patient", "P3"], "no admission with this case number").await?;
    case.decided(&["case", "C1", "--patient", "P1"]).await?;
    assert_eq!(case.states().await?, json!([{"patient_id": "P1", "state": "overdue", "reasons": []}]));
    let decided = case.warehouse.rows("SELECT patient_id, decided FROM monitor.stay ORDER BY 1").await?;
    assert_eq!(
        decided,
        json!([{"patient_id": "P1", "decided": "this_patient"}, {"patient_id": "P2", "decided": "other_patient"}])
    );

    let third = file(ADMISSIONS, &[admission("P3", "C1", ago(70)?)]);
    case.folder.put("admissions_20261121T115900Z.csv", &third)?;
    case.ingest.once().await?;
    assert_eq!(case.states().await?, json!([shared("P1"), shared("P2"), shared("P3")]), "nobody decided about three");
    case.refused(&["case", "C2", "--patient", "P1"], "no two patients").await
}

#[tokio::test]
async fn an_impossible_release_is_decided_until_other_times_are_said() -> Tested {
    let released = |at: &str| format!("P1,C1,11/18/2026,8:00:00 AM,{at},08:00,Cardiology,12");
    let case = Case::start(&[("admissions.csv", file(ADMISSIONS, &[released("2026-11-17")]))]).await?;
    let conflict = json!([{"patient_id": "P1", "state": "unknown", "reasons": ["release_not_after_admission"]}]);
    assert_eq!(case.states().await?, conflict);

    case.decided(&["stay", "P1", "C1", "--still-here"]).await?;
    assert_eq!(case.states().await?, json!([{"patient_id": "P1", "state": "overdue", "reasons": []}]));
    case.decided(&["stay", "P1", "C1", "--left"]).await?;
    assert_eq!(case.states().await?, json!([]));

    let again = file(ADMISSIONS, &[released("2026-11-16")]);
    case.folder.put("admissions_20261121T120100Z.csv", &again)?;
    case.ingest.once().await?;
    assert_eq!(case.states().await?, conflict, "these times were not decided about");
    let well = file(ADMISSIONS, &[released("2026-11-19")]);
    case.folder.put("admissions_20261121T120200Z.csv", &well)?;
    case.ingest.once().await?;
    case.refused(&["stay", "P1", "C1", "--left"], "not before its admission").await
}

#[tokio::test]
async fn what_is_dismissed_stays_counted_and_is_in_doubt_no_more() -> Tested {
    let stay = admission("P1", "C1", ago(90)?);
    let spoilt = "P2,C2,yesterday,noon,,,Cardiology,1".to_owned();
    let case = Case::start(&[
        ("admissions.csv", file(ADMISSIONS, &[stay, spoilt])),
        ("lab_results.csv", file("id,what", &["1,2".to_owned()])),
    ])
    .await?;
    let states = case.states().await?;
    assert_eq!(states[0]["reasons"], json!(["lis_held"]), "{states}");
    assert_eq!(states[1]["reasons"], json!(["unreadable_admission"]), "{states}");

    case.refused(&["record", "admissions.csv", "1"], "no object of this key is in doubt").await?;
    case.decided(&["record", "admissions.csv", "2"]).await?;
    case.decided(&["object", "lab_results.csv"]).await?;
    assert_eq!(case.states().await?, json!([{"patient_id": "P1", "state": "overdue", "reasons": []}]));
    assert_eq!(case.ingest.once().await?.code, Some(0), "nothing stands open");
    assert_eq!(case.warehouse.one("SELECT sum(quarantined) FROM ingest.object").await?, 1, "but it is still counted");
    assert_eq!(case.warehouse.one("SELECT sum(quarantined) FROM ingest.feed_freshness").await?, 0);

    // The same key with other bytes is another object, and nobody has said anything about that one.
    case.folder.put_at("lab_results.csv", &file("id,what,who", &[]), ago(-1)?)?;
    case.ingest.once().await?;
    assert_eq!(case.states().await?[0]["reasons"], json!(["lis_held"]));
    Ok(())
}

#[tokio::test]
async fn the_daemon_carries_out_what_is_asked_once_and_answers() -> Tested {
    let case = shared_test().await?;
    case.folder.put("lab_results_20261121T115900Z.csv", b"")?;
    case.ingest.once().await?;
    let (one, two) = (case.ingest.start()?, case.ingest.start()?);
    case.warehouse
        .tell(
            "INSERT INTO app.request (kind, object_id, asked_by, asked_at)
                 SELECT 'retry', object_id, 'Ada', now() FROM ingest.object WHERE state = 'held';
             INSERT INTO app.request (kind, result_id, patient_id, reason, asked_by, asked_at)
                 VALUES ('decide_result', 'R1', 'P2', 'asked', 'Ada', now()), ('decide_result', 'R1', 'P2', ' ', 'Ada', now()),
                        ('decide_case', NULL, NULL, 'asked', 'Ada', now()), ('decide_result', 'R8', 'P2', 'asked', 'Ada', now());
             NOTIFY wardwatch_request",
        )
        .await?;
    case.warehouse.until("NOT EXISTS (SELECT FROM app.request WHERE state = 'asked')").await?;
    let states = case.warehouse.rows("SELECT state FROM app.request ORDER BY request_id").await?;
    assert_eq!(states, json!(["done", "done", "refused", "refused", "refused"].map(|state| json!({"state": state}))));
    let unanswered = "SELECT count(*) FROM app.request WHERE answer IS NULL OR answered_at IS NULL";
    assert_eq!(case.warehouse.one(unanswered).await?, 0);
    assert_eq!(case.warehouse.one("SELECT count(*) FROM app.decision").await?, 1);
    case.warehouse.until("EXISTS (SELECT FROM ingest.object WHERE state = 'held')").await?;
    let names_somebody = "SELECT count(*) FROM app.request WHERE answer LIKE '%P2%' OR answer LIKE '%R8%'";
    assert_eq!(case.warehouse.one(names_somebody).await?, 0);
    for daemon in [one, two] {
        assert_eq!(daemon.stop().await?.code, Some(0));
    }
    case.expect_sound().await
}

#[tokio::test]
async fn an_effect_that_fails_leaves_nothing_but_the_answer() -> Tested {
    let case = shared_test().await?;
    let before = case.states().await?;
    case.warehouse
        .tell(
            "CREATE FUNCTION public.fail() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END';
             CREATE TRIGGER fail BEFORE INSERT OR UPDATE ON monitor.stay FOR EACH ROW EXECUTE FUNCTION public.fail()",
        )
        .await?;
    let daemon = case.ingest.start()?;
    case.warehouse
        .tell(
            "INSERT INTO app.request (kind, result_id, patient_id, reason, asked_by, asked_at)
             VALUES ('decide_result', 'R1', 'P2', 'asked', 'Ada', now())",
        )
        .await?;
    case.warehouse.until("EXISTS (SELECT FROM app.request WHERE state = 'refused')").await?;
    assert_eq!(case.warehouse.one("SELECT count(*) FROM app.decision").await?, 0);
    assert_eq!(case.states().await?, before);
    assert_eq!(daemon.stop().await?.code, Some(0));
    Ok(())
}

#[tokio::test]
async fn a_page_may_ask_and_only_the_daemon_may_decide() -> Tested {
    let case = shared_test().await?;
    case.warehouse.create_login("asker", "wardwatch_dashboard").await?;
    case.warehouse.create_login("carrier", "wardwatch_ingest").await?;
    let (asker, carrier) = (case.warehouse.url_as("asker", None)?, case.warehouse.url_as("carrier", None)?);
    let tell = async |url: &str, statement: &'static str| -> Tested<bool> {
        Ok(sqlx::raw_sql(statement).execute(&sqlx::PgPool::connect(url).await?).await.is_ok())
    };
    let ask = "INSERT INTO app.request (kind, result_id, patient_id, reason, asked_by, asked_at)
               VALUES ('decide_result', 'R1', 'P2', 'asked', 'Ada', now())";
    assert!(tell(&asker, ask).await?);
    for statement in [
        "UPDATE app.request SET state = 'done', answered_at = now()",
        "INSERT INTO app.decision (kind, choice, result_id, reason, decided_by, decided_at)
         VALUES ('result', 'withdrawn', 'R1', 'x', 'x', now())",
        "DELETE FROM app.request",
        "DELETE FROM ingest.rebuild",
    ] {
        assert!(!tell(&asker, statement).await?, "the dashboard: {statement}");
    }
    for statement in
        ["UPDATE app.decision SET reason = 'x'", "DELETE FROM app.decision", "UPDATE app.request SET asked_by = 'x'"]
    {
        assert!(!tell(&carrier, statement).await?, "the daemon: {statement}");
    }
    let daemon = case.ingest.clone().with("WARDWATCH_DATABASE_URL", &carrier).start()?;
    case.warehouse.until("EXISTS (SELECT FROM app.request WHERE state = 'done')").await?;
    assert_eq!(daemon.stop().await?.code, Some(0));
    Ok(())
}
