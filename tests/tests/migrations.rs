//! Migrations, and the rights of the two daemons: neither owns the tables, and each may write its own schemas only.

use serde_json::json;
use sqlx::error::DatabaseError;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use wardwatch_schema::database;
use wardwatch_tests::sample::directory;
use wardwatch_tests::{Folder, Ingest, Tested, Warehouse};

/// SQLSTATE: the role may not do that.
const INSUFFICIENT_PRIVILEGE: &str = "42501";

#[tokio::test]
async fn an_empty_database_is_migrated_once() -> Tested {
    let warehouse = Warehouse::empty().await?;
    let ingest = Ingest::on(&warehouse)?;
    let first = ingest.run(&["migrate"]).await?;
    assert_eq!(first.code, Some(0), "{}", first.stderr);
    let applied = warehouse.rows("SELECT * FROM _sqlx_migrations ORDER BY version").await?;
    assert!(applied.as_array().is_some_and(|applied| applied.len() > 5), "{applied}");
    let again = ingest.run(&["migrate"]).await?;
    assert_eq!(again.code, Some(0), "{}", again.stderr);
    assert_eq!(warehouse.rows("SELECT * FROM _sqlx_migrations ORDER BY version").await?, applied);
    Ok(())
}

#[tokio::test]
async fn a_migration_over_rows_changes_none() -> Tested {
    let (folder, warehouse) = (Folder::new()?, Warehouse::start().await?);
    folder.put_all(&directory("files"))?;
    let ingest = Ingest::from_folder(&folder, &warehouse)?;
    ingest.once().await?.json_of(3)?;
    let before = ingest.verify().await?;
    assert_eq!(ingest.run(&["migrate"]).await?.code, Some(0));
    assert_eq!(ingest.verify().await?, before);
    Ok(())
}

/// Postgres tells which rows it updated in place (HOT), where a page has room: none, if an index held what changed.
#[tokio::test]
async fn the_clock_of_a_stay_moves_in_place() -> Tested {
    let (folder, warehouse) = (Folder::new()?, Warehouse::start().await?);
    folder.put_all(&directory("files"))?;
    Ingest::from_folder(&folder, &warehouse)?.once().await?.json_of(3)?;
    warehouse.tell("VACUUM monitor.stay").await?;
    let mut transaction = database::begin(&warehouse.pool).await?;
    let moved = "UPDATE monitor.stay SET idle_since = idle_since + interval '1 second', last_performed_at = idle_since,
                 settled_at = now(), unperformed_test_id = NULL, unperformed_ordered_at = NULL";
    let rows = sqlx::query(moved).execute(&mut *transaction).await?.rows_affected();
    let in_place: i64 = sqlx::query_scalar("SELECT pg_stat_get_xact_tuples_hot_updated('monitor.stay'::regclass)")
        .fetch_one(&mut *transaction)
        .await?;
    assert!(rows > 10 && in_place * 2 > rows as i64, "{in_place} of {rows}");
    Ok(transaction.rollback().await?)
}

/// What a role may not do, each with the reason that Postgres gives.
async fn forbidden(url: &str, statements: &[&str]) -> Tested {
    let mut connection = PgConnection::connect(url).await?;
    for statement in statements {
        let refused = sqlx::raw_sql(AssertSqlSafe(*statement)).execute(&mut connection).await;
        let code = refused.as_ref().err().and_then(sqlx::Error::as_database_error).and_then(DatabaseError::code);
        assert_eq!(code.as_deref(), Some(INSUFFICIENT_PRIVILEGE), "{statement}: {refused:?}");
    }
    Ok(connection.close().await?)
}

/// What a role may do.
async fn allowed(url: &str, statements: &[&str]) -> Tested {
    let mut connection = PgConnection::connect(url).await?;
    for statement in statements {
        let done = sqlx::raw_sql(AssertSqlSafe(*statement)).execute(&mut connection).await;
        assert!(done.is_ok(), "{statement}: {done:?}");
    }
    Ok(connection.close().await?)
}

#[tokio::test]
async fn the_ingest_role_loads_and_may_not_touch_what_people_decide() -> Tested {
    let (folder, warehouse) = (Folder::new()?, Warehouse::start().await?);
    folder.put_all(&directory("files"))?;
    warehouse.create_login("loader", "wardwatch_ingest").await?;
    let url = warehouse.url_as("loader", None)?;
    let ingest = Ingest::from_folder(&folder, &warehouse)?.with("WARDWATCH_DATABASE_URL", &url);
    let taken = ingest.once().await?.json_of(3)?;
    assert_eq!((&taken["objects"], &taken["failed"]), (&json!(4), &json!(0)));
    assert_eq!(ingest.verify().await?["ok"], true);
    assert_eq!(ingest.run(&["status", "--json"]).await?.json_of(0)?["open"]["waiting"], 6);
    let statements = [
        "INSERT INTO app.threshold (department, hours, set_by, set_at) VALUES ('ENT', 24, 'loader', now())",
        "UPDATE app.setting SET value = 1",
        "DELETE FROM app.threshold",
        "DROP TABLE warehouse.patient",
        "ALTER TABLE ingest.object DROP CONSTRAINT books_balance",
        "CREATE TABLE warehouse.own (id int)",
        "TRUNCATE warehouse.patient",
        "UPDATE _sqlx_migrations SET success = false",
    ];
    forbidden(&url, &statements).await
}

/// Large enough to be filled without indexes and row-level security, which the role does not own.
#[tokio::test]
async fn a_large_first_load_needs_the_ingest_role_only_and_leaves_the_wall_standing() -> Tested {
    let (folder, warehouse) = (Folder::new()?, Warehouse::start().await?);
    let long = "x".repeat(900);
    let header =
        "patient_id,first_name,last_name,date_of_birth,primary_physician,insurance_provider,blood_type,allergies\n";
    let rows = (0..20_000).map(|number| format!("{number},{long},Doe,1/2/1960,NULL,NA,O+,None\n"));
    folder.put("patient_information.csv", rows.fold(header.to_owned(), |file, row| file + &row).as_bytes())?;
    warehouse.create_login("filler", "wardwatch_ingest").await?;
    let url = warehouse.url_as("filler", None)?;
    let ingest = Ingest::from_folder(&folder, &warehouse)?.with("WARDWATCH_DATABASE_URL", &url);
    assert_eq!(ingest.once().await?.json_of(0)?["books"]["inserted"], 20_000);
    let walls = "SELECT count(*) FROM pg_class WHERE relrowsecurity AND relnamespace = 'warehouse'::regnamespace";
    assert_eq!(warehouse.one(walls).await?, 4);
    let indexes = "SELECT array_agg(indexname ORDER BY indexname) FROM pg_indexes WHERE schemaname = 'warehouse' AND tablename = 'patient'";
    assert_eq!(warehouse.one(indexes).await?, json!(["patient_by_name", "patient_pkey", "patient_search"]));
    Ok(())
}

#[tokio::test]
async fn the_dashboard_role_reads_and_may_not_write_the_warehouse() -> Tested {
    let (folder, warehouse) = (Folder::new()?, Warehouse::start().await?);
    folder.put_all(&directory("files"))?;
    Ingest::from_folder(&folder, &warehouse)?.once().await?.json_of(3)?;
    warehouse.create_login("shower", "wardwatch_dashboard").await?;
    let url = warehouse.url_as("shower", None)?;
    let reads = [
        "SELECT count(*) FROM monitor.board(now(), true, NULL)",
        "SELECT * FROM warehouse.lab_result_history LIMIT 1",
        "SELECT * FROM ingest.feed_freshness",
        "SELECT * FROM ingest.quarantine",
        "INSERT INTO app.threshold (department, hours, set_by, set_at) VALUES ('ENT', 24, 'a nurse', now())",
        "UPDATE app.setting SET value = 30 WHERE name = 'long_open_days'",
    ];
    allowed(&url, &reads).await?;
    let writes = [
        "UPDATE warehouse.admission SET released_at = now()",
        "INSERT INTO warehouse.test_owner VALUES ('1', '2')",
        "DELETE FROM warehouse.lab_result",
        "DELETE FROM monitor.stay",
        "SELECT monitor.refresh_stay(ARRAY['10007'])",
        "UPDATE ingest.object SET state = 'pending'",
        "UPDATE ingest.quarantine SET resolved_at = now()",
        "DELETE FROM app.threshold",
        "DROP SCHEMA app CASCADE",
    ];
    forbidden(&url, &writes).await
}

#[tokio::test]
async fn the_dashboard_role_cannot_load() -> Tested {
    let (folder, warehouse) = (Folder::new()?, Warehouse::start().await?);
    folder.put_all(&directory("files"))?;
    warehouse.create_login("curious", "wardwatch_dashboard").await?;
    let url = warehouse.url_as("curious", None)?;
    let once = Ingest::from_folder(&folder, &warehouse)?.with("WARDWATCH_DATABASE_URL", &url).once().await?;
    assert_eq!(once.code, Some(1), "{}", once.stderr);
    assert!(once.stderr.contains("may the database user write the schema ingest"), "{}", once.stderr);
    assert_eq!(warehouse.one("SELECT count(*) FROM ingest.object").await?, 0);
    Ok(())
}
