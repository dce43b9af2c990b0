//! The temporary tables of a connection: made once, and empty when a transaction begins with them.
//!
//! Invariant: whoever finds rows in them wrote them in the same transaction. They are emptied by those who use them next and
//! not by every commit (`ON COMMIT DELETE ROWS`), for Postgres would then truncate each of them whether it was used or
//! not, which takes longer than a small batch.

use sqlx::{AssertSqlSafe, Executor, PgConnection};
use wardwatch_schema::feed::Target;

use crate::table::Table;

/// Bytes up to which a table is emptied row by row; beyond, its file is replaced.
const SMALL: i64 = 256 << 10;
/// Those that every merge uses.
const COMMON: [&str; 4] = ["batch_object", "touched_patient", "new_owner", "said_page"];
const CREATE_COMMON: &str = "
    CREATE TEMP TABLE batch_object (object_id bigint, seen_at timestamptz, map_version integer);
    CREATE TEMP TABLE touched_patient (patient_id text);
    CREATE TEMP TABLE new_owner (test_id text);
    CREATE TEMP TABLE said_page (
        target text, page integer, content_hashes uuid[], seen_at timestamptz[], objects bigint[], records integer[]
    );";

/// Makes what a merge of these rows uses, where it is not there yet, and empties the rest. Made in a transaction, they hold the
/// tables of the warehouse that they are like until its end, and a first load wants one of those for itself: so the caller
/// is in no transaction yet, or has the feed already.
pub(crate) async fn prepare(connection: &mut PgConnection, target: Target) -> Result<(), sqlx::Error> {
    let mut missing = vec![(COMMON.map(str::to_owned).to_vec(), CREATE_COMMON.to_owned())];
    missing.push((of_table(Table::of(target)), create_of(Table::of(target))));
    if target == Target::LabTest {
        let results = Table::of(Target::LabResult);
        missing.push((of_table(results), create_of(results)));
    }
    for (names, create) in missing {
        if empty(connection, &names).await? == 0 {
            connection.execute(AssertSqlSafe(create)).await?;
        }
    }
    Ok(())
}

/// Empties these tables. Returns how many of them there are.
pub(crate) async fn empty(connection: &mut PgConnection, names: &[String]) -> Result<usize, sqlx::Error> {
    let sizes: Vec<(String, i64)> = sqlx::query_as(
        "SELECT relname::text, pg_relation_size(oid) FROM pg_class
         WHERE relname = ANY ($1) AND relnamespace = pg_my_temp_schema()",
    )
    .bind(names)
    .fetch_all(&mut *connection)
    .await?;
    let used = sizes.iter().filter(|(_, bytes)| *bytes > 0);
    let empty = used.map(|(name, bytes)| {
        if *bytes <= SMALL { format!("DELETE FROM pg_temp.{name};") } else { format!("TRUNCATE pg_temp.{name};") }
    });
    let statements: String = empty.collect();
    if !statements.is_empty() {
        connection.execute(AssertSqlSafe(statements)).await?;
    }
    Ok(sizes.len())
}

/// What the fold of some keys uses.
pub(crate) fn of_fold(table: &Table) -> [String; 3] {
    ["refold", "pool", "fold"].map(|part| format!("{part}_{}", table.name))
}

fn of_table(table: &Table) -> Vec<String> {
    let staged = ["stage", "known"].map(|part| format!("{part}_{}", table.name));
    staged.into_iter().chain(of_fold(table)).collect()
}

fn create_of(table: &Table) -> String {
    let (name, key) = (table.name, table.source_key.join(", "));
    let said =
        [table.source_key, &table.staged().collect::<Vec<_>>(), &["flags", "extra"], table.judged].concat().join(", ");
    format!(
        "CREATE TEMP TABLE stage_{name} AS
            SELECT 0 AS place, 0::bigint AS object_id, 0 AS first_record, 0 AS last_record, false AS is_sole, content_hash, {said}
            FROM warehouse.{name} WITH NO DATA;
         CREATE TEMP TABLE known_{name} (
            place integer, is_repeat boolean, is_later boolean,
            content_hash uuid, seen_at timestamptz, object_id bigint, last_record integer
         );
         CREATE TEMP TABLE refold_{name} AS SELECT {key} FROM warehouse.{name} WITH NO DATA;
         CREATE TEMP TABLE pool_{name} AS SELECT *, false AS is_staged, false AS was_waiting FROM warehouse.{name} WITH NO DATA;
         CREATE TEMP TABLE fold_{name} AS SELECT *, 0::bigint AS place FROM warehouse.{name} WITH NO DATA;"
    )
}
