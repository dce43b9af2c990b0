//! Whose turn it is to list the whole bucket: daemons that share one share its sweeps.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::PgPool;

/// The database's clock.
pub async fn now(pool: &PgPool) -> Result<DateTime<Utc>, sqlx::Error> {
    sqlx::query_scalar!(r#"SELECT now() AS "now!""#).fetch_one(pool).await
}

/// Takes the turn when the last sweep began longer ago than `every`; returns whether it did.
pub async fn begin_sweep(pool: &PgPool, bucket: &str, prefix: &str, every: Duration) -> Result<bool, sqlx::Error> {
    let begun = sqlx::query_file!("src/sql/begin_sweep.sql", bucket, prefix, every.as_secs_f64()).execute(pool).await?;
    Ok(begun.rows_affected() == 1)
}

/// Notes that a whole sweep ended. A small bucket is listed whole at every look: that is written down every few seconds only.
pub async fn end_sweep(pool: &PgPool, bucket: &str, prefix: &str) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO ingest.sweep AS last (bucket, prefix, begun_at, ended_at) VALUES ($1, $2, now(), now())
         ON CONFLICT (bucket, prefix) DO UPDATE SET begun_at = coalesce(last.begun_at, now()), ended_at = now()
         WHERE last.begun_at IS NULL OR last.ended_at IS NULL OR last.ended_at < now() - interval '5 seconds'",
        bucket,
        prefix
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Gives the turn back after a sweep that failed.
pub async fn give_up_sweep(pool: &PgPool, bucket: &str, prefix: &str) -> Result<(), sqlx::Error> {
    sqlx::query!("UPDATE ingest.sweep SET begun_at = NULL WHERE bucket = $1 AND prefix = $2", bucket, prefix)
        .execute(pool)
        .await?;
    Ok(())
}

/// Whether the bucket was ever listed from end to end.
pub async fn is_swept(pool: &PgPool, bucket: &str, prefix: &str) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (
               SELECT FROM ingest.sweep WHERE bucket = $1 AND prefix = $2 AND ended_at IS NOT NULL
           ) AS "swept!""#,
        bucket,
        prefix
    )
    .fetch_one(pool)
    .await
}
