//! Brings the stays of the touched patients up to date, in the transaction that touched them.

use sqlx::postgres::PgConnection;
use wardwatch_schema::feed::Target;

use crate::claim::Limits;

/// Refreshes the stays that a merge of this kind of rows may have changed.
pub(crate) async fn refresh(connection: &mut PgConnection, target: Target, limits: Limits) -> Result<(), sqlx::Error> {
    match target {
        Target::Patient => return Ok(()),
        Target::Admission => run(connection, include_str!("../sql/touch_admissions.sql")).await?,
        Target::LabTest | Target::LabResult => {}
    }
    let touched: i64 = sqlx::query_scalar("SELECT count(DISTINCT patient_id) FROM touched_patient")
        .fetch_one(&mut *connection)
        .await?;
    if touched == 0 {
        return Ok(());
    }
    if touched < limits.many_patients {
        return run(connection, include_str!("../sql/refresh_stays.sql")).await;
    }
    run(connection, "ANALYZE touched_patient").await?;
    run(connection, include_str!("../sql/refresh_many_stays.sql")).await
}

async fn run(connection: &mut PgConnection, sql: &'static str) -> Result<(), sqlx::Error> {
    sqlx::query(sql).persistent(false).execute(connection).await?;
    Ok(())
}
