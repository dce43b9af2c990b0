//! Merges staged versions into the warehouse: the fold of the objects in their own order, whatever order they arrive in.
//!
//! Three steps, each for what the one before left over: versions of new keys are inserted; versions that are current
//! already have their sightings extended; for every other key all versions are taken out, folded with the staged ones, and
//! put back. The last step alone would do; the first two are there because nearly every record takes them.
//!
//! Invariant: of all versions of a key, the one with the greatest last sighting is current. The caller holds the locks.

mod sql;

use std::collections::BTreeMap;

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Executor};
use wardwatch_schema::feed::Target;

use crate::books::Books;
use crate::stage::{self, Sighted, SightedRow};
use crate::table::Table;
use sql::MergeSql;

/// What a merge changed in the books, by object: of this batch, and of earlier ones whose records were judged anew.
#[derive(Debug, Default)]
pub struct Entries {
    /// Records of this batch by outcome; `records` is not counted here.
    pub taken: BTreeMap<i64, Books>,
    /// Records that began or ceased to wait.
    pub moved: BTreeMap<i64, WaitingMove>,
}

/// Records of one object that began or ceased to wait.
#[derive(Debug, Clone, Copy, Default)]
pub struct WaitingMove {
    /// Began to wait.
    pub began: i64,
    /// Belong to a patient now.
    pub attributed: i64,
    /// Repeat a version that still waits.
    pub repeated: i64,
}

impl WaitingMove {
    /// Adds another move to this one.
    pub fn add(&mut self, other: Self) {
        self.began += other.began;
        self.attributed += other.attributed;
        self.repeated += other.repeated;
    }

    /// Writes the move into the books.
    pub fn apply(self, books: &mut Books) {
        books.waiting -= self.attributed + self.repeated;
        books.inserted += self.attributed;
        books.unchanged += self.repeated;
        books.back_to_waiting(self.began);
    }
}

/// Merges the rows of some objects into the table of their feed.
pub async fn merge(
    connection: &mut PgConnection,
    target: Target,
    objects: &[Sighted],
    rows: Vec<SightedRow>,
) -> Result<Entries, sqlx::Error> {
    let table = Table::of(target);
    let sql = MergeSql::of(table);
    let mut entries = Entries::default();
    let staged = stage::stage(connection, table, objects, rows).await?;
    for (object, repeats) in staged.repeats {
        entries.taken.entry(object).or_default().unchanged += repeats;
    }
    touch_staged(connection, target).await?;
    let owners_changed = target == Target::LabTest && add_owners(connection).await?;
    merge_staged(connection, table, &sql, staged.versions, &mut entries).await?;
    run(connection, &sql.empty).await?;
    if owners_changed {
        judge_results_anew(connection, &mut entries).await?;
    }
    Ok(entries)
}

async fn merge_staged(
    connection: &mut PgConnection,
    table: &Table,
    sql: &MergeSql,
    versions: u64,
    entries: &mut Entries,
) -> Result<(), sqlx::Error> {
    let mut left = versions as i64;
    run(connection, &sql.set_aside).await?;
    for (object, inserted) in counts(connection, &sql.insert_new).await? {
        entries.taken.entry(object).or_default().inserted += inserted;
        left -= inserted;
    }
    if left == 0 {
        return Ok(());
    }
    for (object, repeated) in counts(connection, &sql.repeat).await? {
        entries.taken.entry(object).or_default().unchanged += repeated;
        left -= repeated;
    }
    if left == 0 {
        return Ok(());
    }
    run(connection, &sql.name_keys).await?;
    fold_anew(connection, table, sql, entries).await
}

/// Folds all versions of the named keys, staged and known.
async fn fold_anew(
    connection: &mut PgConnection,
    table: &Table,
    sql: &MergeSql,
    entries: &mut Entries,
) -> Result<(), sqlx::Error> {
    for statement in sql.collect.iter().chain(&sql.fold).chain(&sql.put_back) {
        run(connection, statement).await?;
    }
    let outcomes: Vec<(i64, i64, i64, i64, i64)> =
        sqlx::query_as(AssertSqlSafe(sql.outcomes.clone())).fetch_all(&mut *connection).await?;
    for (object, inserted, updated, unchanged, superseded) in outcomes {
        let outcome = Books { inserted, updated, unchanged, superseded, ..Books::default() };
        entries.taken.entry(object).or_default().add(&outcome);
    }
    if table.is_attributed() {
        note_waiting_moves(connection, entries).await?;
    }
    Ok(())
}

async fn note_waiting_moves(connection: &mut PgConnection, entries: &mut Entries) -> Result<(), sqlx::Error> {
    let moves: Vec<(i64, i64, i64, i64)> =
        sqlx::query_as(include_str!("sql/waiting_moves.sql")).fetch_all(connection).await?;
    for (object, began, attributed, repeated) in moves {
        entries.moved.entry(object).or_default().add(WaitingMove { began, attributed, repeated });
    }
    Ok(())
}

/// Notes the patients whose stays the staged rows may change.
async fn touch_staged(connection: &mut PgConnection, target: Target) -> Result<(), sqlx::Error> {
    match target {
        Target::Patient | Target::LabResult => Ok(()),
        Target::Admission => run(connection, include_str!("sql/touch_admissions.sql")).await,
        Target::LabTest => {
            run(connection, "INSERT INTO touched_patient SELECT DISTINCT patient_id FROM stage_lab_test").await
        }
    }
}

/// Adds the patients whom the staged tests name as owners of their test ids. Says whether any result must be judged anew.
async fn add_owners(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    run(connection, include_str!("sql/add_owners.sql")).await?;
    run(connection, include_str!("sql/results_to_judge_anew.sql")).await?;
    sqlx::query_scalar("SELECT EXISTS (SELECT FROM refold_lab_result)").fetch_one(connection).await
}

/// Folds the results whose tests found another owner: waiting ones may belong to a patient now, and others not any more.
async fn judge_results_anew(connection: &mut PgConnection, entries: &mut Entries) -> Result<(), sqlx::Error> {
    let table = Table::of(Target::LabResult);
    let sql = MergeSql::of(table);
    fold_anew(connection, table, &sql, entries).await?;
    run(connection, &sql.empty).await
}

/// Makes the temporary tables of this connection, where they are not there yet.
pub async fn prepare(connection: &mut PgConnection, target: Target) -> Result<(), sqlx::Error> {
    let exists: bool = sqlx::query_scalar("SELECT to_regclass('pg_temp.touched_patient') IS NOT NULL")
        .fetch_one(&mut *connection)
        .await?;
    if !exists {
        let sql = "CREATE TEMP TABLE touched_patient (patient_id text) ON COMMIT DELETE ROWS;
                   CREATE TEMP TABLE new_owner (test_id text) ON COMMIT DELETE ROWS;";
        connection.execute(sql).await?;
    }
    stage::prepare(connection, Table::of(target)).await?;
    if target == Target::LabTest {
        stage::prepare(connection, Table::of(Target::LabResult)).await?;
    }
    Ok(())
}

async fn run(connection: &mut PgConnection, sql: &str) -> Result<(), sqlx::Error> {
    sqlx::query(AssertSqlSafe(sql.to_owned())).execute(connection).await?;
    Ok(())
}

async fn counts(connection: &mut PgConnection, sql: &str) -> Result<Vec<(i64, i64)>, sqlx::Error> {
    sqlx::query_as(AssertSqlSafe(sql.to_owned())).fetch_all(connection).await
}
