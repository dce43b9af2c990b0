//! The second wall: what the database itself refuses, even where a handler forgets.

use std::borrow::Cow;

use sqlx::error::DatabaseError;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use wardwatch_identity::Role;
use wardwatch_tests::Tested;
use wardwatch_tests::people::PATIENT;

use super::Served;

const INSUFFICIENT_PRIVILEGE: &str = "42501";

/// What a statement is refused with.
async fn refusal(connection: &mut PgConnection, statement: &str) -> Option<String> {
    let refused = sqlx::raw_sql(AssertSqlSafe(statement)).execute(connection).await.err();
    refused.as_ref().and_then(sqlx::Error::as_database_error).and_then(DatabaseError::code).map(Cow::into_owned)
}

#[tokio::test]
async fn a_patients_snapshot_shows_one_patient_whatever_is_asked() -> Tested {
    let served = Served::start().await?;
    let login = format!("shower_of_{}", served.warehouse.name());
    let mut connection = PgConnection::connect(&served.warehouse.url_as(&login, None)?).await?;
    let tables = ["warehouse.patient", "warehouse.admission", "warehouse.lab_test", "warehouse.lab_result"];
    for patient in [Some(PATIENT), None] {
        let mut tx = connection.begin().await?;
        let all: i64 =
            sqlx::query_scalar("SELECT count(DISTINCT patient_id) FROM warehouse.patient").fetch_one(&mut *tx).await?;
        assert!(all > 50, "without the wall the dashboard sees all: {all}");
        if let Some(patient) = patient {
            sqlx::query("SELECT set_config('wardwatch.patient_id', $1, true)").bind(patient).execute(&mut *tx).await?;
        }
        sqlx::query("SET LOCAL ROLE wardwatch_patient").execute(&mut *tx).await?;
        for table in tables {
            let seen = format!("SELECT coalesce(array_agg(DISTINCT patient_id), '{{}}') FROM {table}");
            let seen: Vec<String> = sqlx::query_scalar(AssertSqlSafe(seen)).fetch_one(&mut *tx).await?;
            assert_eq!(seen, patient.into_iter().collect::<Vec<_>>(), "{table}");
        }
        tx.rollback().await?;
    }
    for forbidden in [
        "SELECT * FROM warehouse.patient_history",
        "SELECT * FROM monitor.board(now(), true, NULL)",
        "SELECT password_hash FROM app.account",
        "SELECT about FROM app.audit",
        "SELECT * FROM ingest.waiting_result",
        "SELECT * FROM ingest.quarantine",
        "UPDATE warehouse.patient SET first_name = 'x'",
        "SELECT app.append_audit(now(), 'a', 'b', 'c', 'd', 'e', 'f', 'g', NULL)",
    ] {
        let mut tx = connection.begin().await?;
        sqlx::query("SET LOCAL ROLE wardwatch_patient").execute(&mut *tx).await?;
        assert_eq!(refusal(&mut tx, forbidden).await.as_deref(), Some(INSUFFICIENT_PRIVILEGE), "{forbidden}");
        tx.rollback().await?;
    }
    Ok(connection.close().await?)
}

/// Every handler lets them in by their role, and forgets that they are a patient.
#[tokio::test]
async fn a_patient_whom_every_handler_lets_in_is_shown_nobody_else() -> Tested {
    let served = Served::start().await?;
    let mistaken = "ALTER TABLE app.account DROP CONSTRAINT only_patients_are_a_patient;
        UPDATE app.account SET patient_id = '10007' WHERE name IN ('clinician', 'ops', 'analyst', 'admin')";
    served.warehouse.tell(mistaken).await?;
    let others = "SELECT patient_id FROM warehouse.patient WHERE patient_id <> '10007'";
    let others = served.warehouse.rows(others).await?;
    let others: Vec<&str> =
        others.as_array().into_iter().flatten().filter_map(|it| it["patient_id"].as_str()).collect();
    assert!(others.len() > 50);
    let other = others[0];
    for (role, path) in [
        (Role::Clinician, "/"),
        (Role::Clinician, "/board.csv"),
        (Role::Clinician, "/print"),
        (Role::Clinician, "/wallboard"),
        (Role::Clinician, "/?as_of=2026-11-01T00:00"),
        (Role::Clinician, "/api/v1/board"),
        (Role::Clinician, &format!("/patients/{other}/stays/none")),
        (Role::Analyst, "/"),
    ] {
        let status = served.dashboard.get_as(Some(role), path).await?.status().as_u16();
        assert_eq!(status, 403, "{path} for {role}");
    }
    for (role, path) in [
        (Role::Clinician, "/patients"),
        (Role::Clinician, "/patients?q=a"),
        (Role::Clinician, &format!("/patients/{other}")),
        (Role::Clinician, &format!("/api/v1/patients/{other}")),
        (Role::Ops, "/ops"),
        (Role::Ops, "/ops/results/1"),
        (Role::Admin, "/audit"),
    ] {
        let page = served.dashboard.get_as(Some(role), path).await?.text().await?;
        let named =
            others.iter().find(|id| page.contains(&format!("/patients/{id}\"")) || page.contains(&format!(">{id}<")));
        assert_eq!(named, None, "{path} for {role}");
    }
    Ok(())
}

#[tokio::test]
async fn neither_daemon_can_change_the_trail_and_ingest_sees_no_account() -> Tested {
    let served = Served::start().await?;
    served.dashboard.get("/patients/10007").await?;
    let shower = format!("shower_of_{}", served.warehouse.name());
    let loader = format!("loader_of_{}", served.warehouse.name());
    served.warehouse.create_login(&loader, "wardwatch_ingest").await?;
    for (login, forbidden) in [
        (&shower, "UPDATE app.audit SET actor = 'x'"),
        (&shower, "DELETE FROM app.audit"),
        (&shower, "TRUNCATE app.audit"),
        (
            &shower,
            "INSERT INTO app.audit (audit_id, at, action, hash) VALUES (9, now(), 'x', decode(repeat('00', 32), 'hex'))",
        ),
        (&shower, "UPDATE app.audit_head SET rows = 0"),
        (&shower, "DELETE FROM app.account"),
        (&shower, "UPDATE warehouse.patient SET first_name = 'x'"),
        (&loader, "SELECT * FROM app.account"),
        (&loader, "SELECT * FROM app.session"),
        (&loader, "SELECT * FROM app.token"),
        (&loader, "SELECT * FROM app.audit"),
        (&loader, "SELECT app.append_audit(now(), 'a', 'b', 'c', 'd', 'e', 'f', 'g', NULL)"),
        (&shower, "SELECT app.append_decision('a', 'b', 'c', 'd')"),
        (&loader, "SET ROLE wardwatch_patient"),
    ] {
        let mut connection = PgConnection::connect(&served.warehouse.url_as(login, None)?).await?;
        assert_eq!(refusal(&mut connection, forbidden).await.as_deref(), Some(INSUFFICIENT_PRIVILEGE), "{forbidden}");
        connection.close().await?;
    }
    Ok(())
}
