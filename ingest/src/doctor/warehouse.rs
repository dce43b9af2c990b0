//! The database: reachable, of a version that will do, migrated, writable, by the same clock.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgPool;
use wardwatch_schema::clock::{Clock as _, SystemClock};
use wardwatch_schema::config::Config;
use wardwatch_schema::database;

use super::{Check, clock};
use crate::{pipeline, report};

const DATABASE: &str = "database";
const VERSION: &str = "database version";
const CLOCK: &str = "database clock";
const MIGRATED: &str = "migrations";
const RIGHTS: &str = "rights";
pub(super) const OPEN: &str = "open problems";

/// The checks that need the configuration.
pub(super) const NAMES: [&str; 5] = [DATABASE, VERSION, CLOCK, MIGRATED, RIGHTS];

/// The oldest version of Postgres, as it counts itself.
const OLDEST: i32 = 150_000;

/// Looks at the database. The pool is that of a warehouse that can be read, if there is one.
pub(super) async fn examine(config: &Config) -> (Vec<Check>, Option<PgPool>) {
    let Ok(url) = config.require_database_url() else {
        return (NAMES.map(|name| Check::needs(name, "database_url to be set")).to_vec(), None);
    };
    let pool = match database::connect(url).await {
        Ok(pool) => pool,
        Err(error) => {
            let mut checks = vec![Check::failed(DATABASE, error)];
            checks.extend(NAMES[1..].iter().map(|name| Check::needs(name, "the database")));
            return (checks, None);
        }
    };
    let mut checks = vec![Check::ok(DATABASE, "answers"), version(&pool).await, time(&pool).await];
    match database::expect_migrated(&pool).await {
        Ok(()) => {
            checks.push(Check::ok(MIGRATED, "the warehouse is that of this program"));
            checks.push(rights(&pool).await);
            (checks, Some(pool))
        }
        Err(error) => {
            checks.push(Check::failed(MIGRATED, error));
            checks.push(Check::needs(RIGHTS, "a migrated warehouse"));
            (checks, None)
        }
    }
}

async fn version(pool: &PgPool) -> Check {
    let asked = sqlx::query_as("SELECT current_setting('server_version_num')::int, current_setting('server_version')");
    let told: Result<(i32, String), _> = asked.fetch_one(pool).await;
    match told {
        Ok((number, name)) if number >= OLDEST => Check::ok(VERSION, format!("PostgreSQL {name}")),
        Ok((_, name)) => Check::failed(VERSION, format!("PostgreSQL {name} is too old: 15 or later is needed")),
        Err(error) => Check::failed(VERSION, failure(&error)),
    }
}

async fn time(pool: &PgPool) -> Check {
    let Ok(mut connection) = pool.acquire().await else { return Check::needs(CLOCK, "a connection") };
    let asked = SystemClock.now();
    let said: Result<DateTime<Utc>, _> =
        sqlx::query_scalar("SELECT clock_timestamp()").fetch_one(&mut *connection).await;
    match said {
        Ok(said) => clock::compare(CLOCK, (asked, SystemClock.now()), said, TimeDelta::zero()),
        Err(error) => Check::failed(CLOCK, failure(&error)),
    }
}

/// What a load does first, each in a transaction that is rolled back.
const WRITES: &str = "
    CREATE TEMPORARY TABLE doctor_stage (one int) ON COMMIT DROP;
    INSERT INTO ingest.feed (feed, source, target) VALUES ('doctor.probe', 'pms', 'patient') ON CONFLICT DO NOTHING;
    UPDATE ingest.object SET reason = reason WHERE false;
    DELETE FROM warehouse.patient WHERE false;
    DELETE FROM monitor.stay WHERE false;";

async fn rights(pool: &PgPool) -> Check {
    let written = async {
        let mut transaction = database::begin(pool).await?;
        let written = sqlx::raw_sql(WRITES).execute(&mut *transaction).await;
        transaction.rollback().await?;
        written
    };
    let Err(error) = written.await else {
        return Check::ok(RIGHTS, "this role may write ingest, warehouse and monitor");
    };
    let code = error.as_database_error().and_then(|error| error.code().map(std::borrow::Cow::into_owned));
    match code.as_deref() {
        Some("42501") => Check::failed(
            RIGHTS,
            "this role may not write the warehouse: as a superuser GRANT wardwatch_ingest TO it, and TEMPORARY on the database",
        ),
        Some("25006") => Check::failed(RIGHTS, "the database is read-only, as a standby is: name the primary"),
        _ => Check::failed(RIGHTS, failure(&error)),
    }
}

fn failure(error: &sqlx::Error) -> String {
    format!("the database failed ({}): see its log", pipeline::code(error))
}

/// The feeds of which the ledger knows objects; none where it cannot be asked.
pub(super) async fn feeds_with_objects(pool: &PgPool) -> Vec<String> {
    let known = sqlx::query_scalar(
        "SELECT feed FROM ingest.feed f WHERE EXISTS (SELECT FROM ingest.object o WHERE o.feed = f.feed)",
    );
    known.fetch_all(pool).await.unwrap_or_default()
}

/// What the warehouse holds that somebody should look at.
pub(super) async fn open_problems(pool: Option<&PgPool>) -> Check {
    let Some(pool) = pool else { return Check::needs(OPEN, "a migrated warehouse") };
    match report::open(pool).await {
        Ok(open) if open.is_anything() => Check::warning(
            OPEN,
            format!(
                "{} objects held, {} failed, {} records in quarantine, {} results waiting, {} stays in conflict: see wardwatch-ingest status and /ops",
                open.held, open.failed, open.quarantined, open.waiting, open.conflicts
            ),
        ),
        Ok(_) => Check::ok(OPEN, "none"),
        Err(error) => Check::failed(OPEN, failure(&error)),
    }
}
