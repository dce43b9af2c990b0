//! Settles a batch: books and states in the ledger, rejects in quarantine, drift, and the books of earlier objects whose
//! records were judged anew. All in the transaction of the rows.

use std::collections::BTreeMap;

use sqlx::postgres::PgConnection;
use uuid::Uuid;
use wardwatch_schema::database::COMMIT_CHANNEL;
use wardwatch_schema::feed::Target;
use wardwatch_schema::map::HeaderDrift;

use crate::books::Books;
use crate::merge::WaitingMove;
use crate::parse::Reject;
use crate::stage::Sighted;

/// The lease of an object was taken by another worker: nothing of it may be committed.
#[derive(Debug, thiserror::Error)]
#[error("the lease of an object was lost while it was being loaded")]
pub struct LeaseLost;

/// Writes rejects to quarantine.
pub async fn quarantine(
    connection: &mut PgConnection,
    (feed, target): (&str, Target),
    object: &Sighted,
    rejects: &[Reject],
) -> Result<(), sqlx::Error> {
    let records: Vec<i32> = rejects.iter().map(|reject| reject.record).collect();
    let columns = texts(rejects, |reject| reject.column.clone());
    let reasons: Vec<String> = rejects.iter().map(|reject| reject.reason.clone()).collect();
    let raws: Vec<String> = rejects.iter().map(|reject| reject.raw.clone()).collect();
    sqlx::query_file!(
        "src/sql/quarantine.sql",
        object.object_id,
        feed,
        target.table(),
        object.map_version,
        object.order_time,
        &records,
        &columns as &[Option<String>],
        &reasons,
        &raws,
        &texts(rejects, |reject| reject.patient_id.clone()) as &[Option<String>],
        &texts(rejects, |reject| reject.case_number.clone()) as &[Option<String>],
        &texts(rejects, |reject| reject.test_id.clone()) as &[Option<String>],
        &texts(rejects, |reject| reject.result_id.clone()) as &[Option<String>]
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Rewrites why records stand in quarantine that were judged anew and cannot be taken now either.
pub async fn requarantine(
    connection: &mut PgConnection,
    object: &Sighted,
    rejects: &[Reject],
) -> Result<(), sqlx::Error> {
    let records: Vec<i32> = rejects.iter().map(|reject| reject.record).collect();
    let reasons: Vec<String> = rejects.iter().map(|reject| reject.reason.clone()).collect();
    sqlx::query_file!(
        "src/sql/requarantine.sql",
        object.object_id,
        object.map_version,
        &records,
        &texts(rejects, |reject| reject.column.clone()) as &[Option<String>],
        &reasons,
        &texts(rejects, |reject| reject.patient_id.clone()) as &[Option<String>],
        &texts(rejects, |reject| reject.case_number.clone()) as &[Option<String>],
        &texts(rejects, |reject| reject.test_id.clone()) as &[Option<String>],
        &texts(rejects, |reject| reject.result_id.clone()) as &[Option<String>]
    )
    .execute(connection)
    .await?;
    Ok(())
}

fn texts(rejects: &[Reject], text: impl Fn(&Reject) -> Option<String>) -> Vec<Option<String>> {
    rejects.iter().map(text).collect()
}

/// Notes how the header of an object differs from its map's.
pub async fn note_drift(
    connection: &mut PgConnection,
    feed: &str,
    object: &Sighted,
    drift: &[HeaderDrift],
) -> Result<(), sqlx::Error> {
    for difference in drift {
        sqlx::query_file!(
            "src/sql/note_drift.sql",
            feed,
            object.map_version,
            difference.header,
            difference.kind,
            object.object_id
        )
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// Writes the books of a batch's objects and ends their leases: of all of them, or the batch must not commit.
pub async fn settle(
    connection: &mut PgConnection,
    token: Uuid,
    objects: &[(Books, Sighted)],
) -> Result<Result<(), LeaseLost>, sqlx::Error> {
    let counts = |of: fn(&Books) -> i64| objects.iter().map(|(books, _)| of(books)).collect::<Vec<i64>>();
    let settled = sqlx::query(include_str!("sql/settle.sql"))
        .bind(token)
        .bind(objects.iter().map(|(_, object)| object.object_id).collect::<Vec<i64>>())
        .bind(objects.iter().map(|(_, object)| object.map_version).collect::<Vec<i32>>())
        .bind(counts(|books| books.records))
        .bind(counts(|books| books.inserted))
        .bind(counts(|books| books.updated))
        .bind(counts(|books| books.unchanged))
        .bind(counts(|books| books.superseded))
        .bind(counts(|books| books.skipped))
        .bind(counts(|books| books.quarantined))
        .bind(counts(|books| books.waiting))
        .execute(connection)
        .await?;
    Ok(if settled.rows_affected() == objects.len() as u64 { Ok(()) } else { Err(LeaseLost) })
}

/// Rewrites the books and the map version of an object that is done.
pub async fn rewrite_books(connection: &mut PgConnection, object: &Sighted, books: &Books) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE ingest.object SET map_version = $2, inserted = $3, updated = $4, unchanged = $5, superseded = $6,
             skipped = $7, quarantined = $8, waiting = $9
         WHERE object_id = $1",
        object.object_id,
        object.map_version,
        books.inserted,
        books.updated,
        books.unchanged,
        books.superseded,
        books.skipped,
        books.quarantined,
        books.waiting
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Corrects the books of earlier objects whose records began or ceased to wait.
pub async fn correct_earlier(
    connection: &mut PgConnection,
    moved: &BTreeMap<i64, WaitingMove>,
) -> Result<(), sqlx::Error> {
    for (object_id, change) in moved {
        let mut books = sqlx::query_as!(
            Books,
            "SELECT records, inserted, updated, unchanged, superseded, skipped, quarantined, waiting
             FROM ingest.object WHERE object_id = $1 FOR UPDATE",
            object_id
        )
        .fetch_one(&mut *connection)
        .await?;
        change.apply(&mut books);
        sqlx::query!(
            "UPDATE ingest.object SET inserted = $2, updated = $3, unchanged = $4, superseded = $5, waiting = $6
             WHERE object_id = $1",
            object_id,
            books.inserted,
            books.updated,
            books.unchanged,
            books.superseded,
            books.waiting
        )
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// Announces the commit to whoever shows the warehouse.
pub async fn announce(connection: &mut PgConnection, feed: &str) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT pg_notify($1, $2)").bind(COMMIT_CHANNEL).bind(feed).execute(connection).await?;
    Ok(())
}
