//! Brings the stays of the touched patients up to date, in the transaction that touched them.

use sqlx::postgres::PgConnection;
use wardwatch_schema::feed::Target;

/// All stays are refreshed where at least one of so many belongs to a touched patient: a patient is asked for in some fifty
/// microseconds, a row of the tables is read in one or two.
const REFRESHED_SHARE: i64 = 4;

/// Refreshes the stays that a merge of this kind of rows may have changed.
pub(crate) async fn refresh(connection: &mut PgConnection, target: Target) -> Result<(), sqlx::Error> {
    if target == Target::Patient {
        return Ok(());
    }
    touch_others(connection, target).await?;
    run(connection, include_str!("../sql/refresh_stays.sql")).await
}

/// The same for a batch that has the warehouse for itself, so that it may refresh the stays of others too.
pub(crate) async fn refresh_alone(
    connection: &mut PgConnection,
    target: Target,
    many_patients: i64,
) -> Result<(), sqlx::Error> {
    if target == Target::Patient {
        return Ok(());
    }
    touch_others(connection, target).await?;
    let (touched, stays): (i64, i64) = sqlx::query_as(
        "SELECT (SELECT count(DISTINCT patient_id) FROM touched_patient), (SELECT count(*) FROM warehouse.admission)",
    )
    .fetch_one(&mut *connection)
    .await?;
    if touched == 0 {
        return Ok(());
    }
    if touched < many_patients || touched * REFRESHED_SHARE < stays {
        return run(connection, include_str!("../sql/refresh_stays.sql")).await;
    }
    refresh_all(connection, target).await
}

/// Refreshes every stay, from the tables as a whole.
pub(crate) async fn refresh_all(connection: &mut PgConnection, target: Target) -> Result<(), sqlx::Error> {
    if target == Target::Patient {
        return Ok(());
    }
    run(connection, include_str!("../sql/derive_all_stays.sql")).await?;
    run(connection, include_str!("../sql/keep_derived_stays.sql")).await
}

/// Adds the first results to the stays, for a batch that has had the warehouse for itself from its beginning.
pub(crate) async fn add_performances(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    run(connection, include_str!("../sql/derive_performed_stays.sql")).await?;
    run(connection, include_str!("../sql/keep_performed_stays.sql")).await
}

/// Those who share a case number of the batch with a touched patient are touched too.
async fn touch_others(connection: &mut PgConnection, target: Target) -> Result<(), sqlx::Error> {
    if target == Target::Admission {
        run(connection, include_str!("../sql/touch_admissions.sql")).await
    } else {
        Ok(())
    }
}

async fn run(connection: &mut PgConnection, sql: &'static str) -> Result<(), sqlx::Error> {
    sqlx::query(sql).persistent(false).execute(connection).await?;
    Ok(())
}
