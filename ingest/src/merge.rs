//! Merges staged rows into the warehouse: the fold of the objects in their own order, whatever order they arrive in.
//!
//! Rows of new keys are inserted; rows that repeat the current version have their sighting noted beside it; for every other
//! key all versions are taken out, folded with the staged ones, and put back. The last step alone would do; the first two
//! are there because nearly every record takes them.
//!
//! Invariant: of all versions of a key, the one with the greatest last sighting is current. The caller holds the locks.

mod sql;

use std::collections::BTreeMap;

use sqlx::AssertSqlSafe;
use sqlx::postgres::PgConnection;
use wardwatch_schema::feed::Target;

use crate::books::Books;
use crate::scratch;
use crate::stage::Stage;
use crate::table::Table;
use sql::MergeSql;

/// From so many staged rows on, the planner is told what they are like.
const MANY_ROWS: i64 = 5_000;

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

/// The merge of one batch into the table of its feed.
#[derive(Debug)]
pub struct Merge {
    target: Target,
    table: &'static Table,
    sql: MergeSql,
    /// Staged rows that must be folded with other versions.
    aside: i64,
    /// What it changed in the books so far.
    pub entries: Entries,
}

impl Merge {
    /// Into the table of these rows.
    pub fn new(target: Target) -> Self {
        let table = Table::of(target);
        Self { target, table, sql: MergeSql::of(table), aside: 0, entries: Entries::default() }
    }

    /// Takes the staged rows whose key is new or whose content is current, and sets the others aside.
    pub async fn take(&mut self, connection: &mut PgConnection, stage: &Stage) -> Result<(), sqlx::Error> {
        for (object, repeats) in &stage.repeats {
            self.entries.taken.entry(*object).or_default().unchanged += repeats;
        }
        for (object, rows) in stage.fill.iter().flat_map(|fill| &fill.rows) {
            self.entries.taken.entry(*object).or_default().inserted += rows;
        }
        for (object, rows) in stage.repeat.iter().flat_map(|repeat| &repeat.rows) {
            self.entries.taken.entry(*object).or_default().unchanged += rows;
        }
        if stage.rows == 0 {
            return Ok(());
        }
        if stage.rows > MANY_ROWS {
            let columns =
                [&["place", "object_id", "is_sole", "content_hash"], self.table.source_key].concat().join(", ");
            run(connection, &format!("ANALYZE batch_object, stage_{} ({columns})", self.table.name)).await?;
        }
        if stage.has_doubled {
            run(connection, &self.sql.mark_doubled).await?;
        }
        let known = self.know(connection, stage.rows).await?;
        let mut left = stage.rows - self.repeat(connection, known).await?;
        if known < stage.rows {
            left -= self.insert_new(connection, stage.has_stated).await?;
        }
        if left == 0 {
            return Ok(());
        }
        if stage.has_doubled {
            self.aside += run(connection, &self.sql.set_aside[0]).await?;
        }
        self.aside += run(connection, &self.sql.set_aside[1]).await?;
        for statement in &self.sql.set_aside_unattributed {
            if left > self.aside {
                self.aside += run(connection, statement).await?;
            }
        }
        if left == self.aside {
            Ok(())
        } else {
            Err(sqlx::Error::Protocol(format!("{left} staged rows are left where {} were set aside", self.aside)))
        }
    }

    /// Finds the rows whose key the warehouse has. Returns how many.
    async fn know(&mut self, connection: &mut PgConnection, rows: i64) -> Result<i64, sqlx::Error> {
        let mut known = 0;
        for statement in &self.sql.know {
            if known < rows {
                known += run(connection, statement).await?;
            }
        }
        if known > MANY_ROWS {
            run(connection, &format!("ANALYZE known_{} (place, is_repeat)", self.table.name)).await?;
        }
        Ok(known)
    }

    /// Notes the sightings of rows that are current already. Returns how many.
    async fn repeat(&mut self, connection: &mut PgConnection, known: i64) -> Result<i64, sqlx::Error> {
        if known == 0 {
            return Ok(0);
        }
        let mut repeated = 0;
        for (object, rows) in counts(connection, &self.sql.count_repeats).await? {
            self.entries.taken.entry(object).or_default().unchanged += rows;
            repeated += rows;
        }
        let has_pages = has_pages(connection, self.table).await?;
        let statement = if has_pages { &self.sql.note_repeats_beside_pages } else { &self.sql.note_repeats };
        run(connection, statement).await?;
        Ok(repeated)
    }

    /// Inserts the rows whose key is new, and the owners whom new tests name. Returns how many.
    async fn insert_new(&mut self, connection: &mut PgConnection, has_stated: bool) -> Result<i64, sqlx::Error> {
        let mut new = 0;
        for statement in self.sql.insert_new.iter().take(1 + usize::from(has_stated)) {
            for (object, rows) in counts(connection, statement).await? {
                self.entries.taken.entry(object).or_default().inserted += rows;
                new += rows;
            }
        }
        if self.target == Target::LabTest {
            run(connection, include_str!("sql/add_owners.sql")).await?;
            run(connection, include_str!("sql/mark_shared_tests.sql")).await?;
        }
        Ok(new)
    }

    /// Folds what was set aside with the versions that are known.
    pub async fn fold_aside(&mut self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        if self.aside == 0 {
            return Ok(());
        }
        run(connection, &self.sql.name_keys).await?;
        if self.aside > MANY_ROWS {
            run(connection, &format!("ANALYZE refold_{t}, pool_{t}", t = self.table.name)).await?;
        }
        fold(connection, self.table, &self.sql, &mut self.entries).await
    }

    /// Names the results that wait for one of the new owners, and those whose test id is shared from now on.
    pub async fn find_results_to_judge(&self, connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
        Ok(run(connection, include_str!("sql/results_to_judge_anew.sql")).await? > 0)
    }

    /// Folds the results that were found: waiting ones may belong to a patient now, and others not any more.
    pub async fn judge_results_anew(&mut self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        let table = Table::of(Target::LabResult);
        fold(connection, table, &MergeSql::of(table), &mut self.entries).await
    }

    /// Tells the planner what it cannot know yet of a table that was filled, or that is new.
    pub async fn gather_statistics(&self, connection: &mut PgConnection, is_filled: bool) -> Result<(), sqlx::Error> {
        let statement = "SELECT warehouse.gather_statistics(relname::text) FROM pg_class
             WHERE relnamespace = 'warehouse'::regnamespace AND relname = ANY ($1) AND ($2 OR reltuples < 0)";
        let mut tables = vec![self.table.name];
        if self.target == Target::LabTest {
            tables.push("test_owner");
        }
        sqlx::query(statement).bind(&tables[..]).bind(is_filled).execute(connection).await?;
        Ok(())
    }
}

/// Folds all versions of the named keys, staged and known.
async fn fold(
    connection: &mut PgConnection,
    table: &Table,
    sql: &MergeSql,
    entries: &mut Entries,
) -> Result<(), sqlx::Error> {
    for statement in &sql.collect {
        run(connection, statement).await?;
    }
    if has_pages(connection, table).await? {
        run(connection, &sql.collect_packed).await?;
    }
    for statement in sql.fold.iter().chain(&sql.put_back) {
        run(connection, statement).await?;
    }
    let outcomes: Vec<(i64, i64, i64, i64, i64)> =
        sqlx::query_as(AssertSqlSafe(sql.outcomes.clone())).persistent(false).fetch_all(&mut *connection).await?;
    for (object, inserted, updated, unchanged, superseded) in outcomes {
        let outcome = Books { inserted, updated, unchanged, superseded, ..Books::default() };
        entries.taken.entry(object).or_default().add(&outcome);
    }
    if table.is_attributed() {
        note_waiting_moves(connection, entries).await?;
    }
    scratch::empty(connection, &scratch::of_fold(table)).await?;
    Ok(())
}

/// Whether sightings of the table's versions are packed.
async fn has_pages(connection: &mut PgConnection, table: &Table) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT EXISTS (SELECT FROM ingest.sighting_page WHERE target = $1)")
        .bind(table.name)
        .fetch_one(connection)
        .await
}

async fn note_waiting_moves(connection: &mut PgConnection, entries: &mut Entries) -> Result<(), sqlx::Error> {
    let moves: Vec<(i64, i64, i64, i64)> =
        sqlx::query_as(include_str!("sql/waiting_moves.sql")).persistent(false).fetch_all(connection).await?;
    for (object, began, attributed, repeated) in moves {
        entries.moved.entry(object).or_default().add(WaitingMove { began, attributed, repeated });
    }
    Ok(())
}

/// Folds these results anew, after a person decided whose they are. Tells whose books that moves.
pub async fn judge_anew(
    connection: &mut PgConnection,
    results: &[String],
) -> Result<BTreeMap<i64, WaitingMove>, sqlx::Error> {
    let mut merge = Merge::new(Target::LabResult);
    sqlx::query("INSERT INTO refold_lab_result (result_id) SELECT DISTINCT unnest($1::text[])")
        .bind(results)
        .execute(&mut *connection)
        .await?;
    merge.judge_results_anew(connection).await?;
    Ok(merge.entries.moved)
}

/// Plans anew each time: a plan for ten rows is no plan for a million. Returns the rows that were written.
async fn run(connection: &mut PgConnection, sql: &str) -> Result<i64, sqlx::Error> {
    let done = sqlx::query(AssertSqlSafe(sql.to_owned())).persistent(false).execute(connection).await?;
    Ok(done.rows_affected() as i64)
}

async fn counts(connection: &mut PgConnection, sql: &str) -> Result<Vec<(i64, i64)>, sqlx::Error> {
    sqlx::query_as(AssertSqlSafe(sql.to_owned())).persistent(false).fetch_all(connection).await
}
