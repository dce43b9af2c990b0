//! A transaction that its caller leaves before it has begun, as a reader leaves a page: whoever comes next is not in it.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use wardwatch_schema::database;
use wardwatch_tests::{Tested, Warehouse};

/// More steps than a begin takes: a connection is found, asked whether it answers, and told to begin.
const STEPS: i64 = 8;
/// A server that answers at once leaves no moment in which to leave it, so it is tried more than once.
const TIMES: i64 = 25 * STEPS;

async fn one_connection() -> Tested<(Warehouse, PgPool)> {
    let warehouse = Warehouse::start().await?;
    warehouse.tell("CREATE TABLE noted (number bigint)").await?;
    let pool = PgPoolOptions::new().max_connections(1).connect(&warehouse.url()).await?;
    Ok((warehouse, pool))
}

/// Waits for so many steps of some work, and leaves it there.
async fn leave_after(steps: i64, work: impl Future) {
    let mut work = pin!(work);
    let mut taken = 0;
    poll_fn(|context| {
        let step = work.as_mut().poll(context).map(drop);
        taken += 1;
        if taken == steps { Poll::Ready(()) } else { step }
    })
    .await;
}

#[tokio::test]
async fn what_is_written_after_a_begin_was_left_stays() -> Tested {
    let (warehouse, pool) = one_connection().await?;
    for time in 1..=TIMES {
        leave_after(time % STEPS + 1, database::begin(&pool)).await;
        sqlx::query("INSERT INTO noted VALUES ($1)").bind(time).execute(&pool).await?;
        assert_eq!(warehouse.one("SELECT count(*) FROM noted").await?, time);
    }
    Ok(())
}

#[tokio::test]
async fn what_is_read_after_a_snapshot_was_left_is_new() -> Tested {
    let (warehouse, pool) = one_connection().await?;
    for time in 1..=TIMES {
        leave_after(time % STEPS + 1, database::begin_snapshot(&pool)).await;
        sqlx::query("SELECT count(*) FROM noted").execute(&pool).await?;
        warehouse.tell("INSERT INTO noted VALUES (1)").await?;
        let mut snapshot = database::begin_snapshot(&pool).await?;
        let read: i64 = sqlx::query_scalar("SELECT count(*) FROM noted").fetch_one(&mut *snapshot).await?;
        assert_eq!(read, time);
    }
    Ok(())
}
