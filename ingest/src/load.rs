//! Loads parsed objects of one feed in one transaction: stage, merge, stays, settle, announce.
//!
//! Invariant: rows, rejects, versions, stays and ledger rows of the batch commit together or not at all.

pub(crate) mod stays;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::{Connection as _, PgConnection, PgPool};
use uuid::Uuid;
use wardwatch_schema::database::answered;
use wardwatch_schema::feed::Target;

use crate::backend::Backend;
use crate::books::Books;
use crate::claim::Limits;
use crate::durations::{Step, Stopwatch};
use crate::failpoint::{self, Point};
use crate::fill::Fill;
use crate::locks::{self, Named};
use crate::merge::{Entries, Merge, WaitingMove};
use crate::parse::{Chunk, ParseError, Row};
use crate::reading::Parsed;
use crate::repeat::Repeat;
use crate::scratch;
use crate::settle::{self, LeaseLost};
use crate::stage::{Sighted, Stage};
use crate::table::Table;

/// Why a batch was not loaded. Nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The database failed or refused.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    /// The object cannot be read to its end.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// Another worker has the object now.
    #[error(transparent)]
    LeaseLost(#[from] LeaseLost),
    /// A large batch of the same feed is being loaded.
    #[error("a large object of the same feed is being loaded")]
    FeedBusy,
    /// The batch changes whom results belong to, while a large batch of results is being loaded.
    #[error("results of its tests must be judged anew, and a large object of results is being loaded")]
    ResultsBusy,
}

/// Loads the objects of one feed, unless the server ends its half of the connection without a word to this one.
pub async fn load(
    pool: &PgPool,
    feed: (&str, Target),
    token: Uuid,
    limits: Limits,
    objects: Vec<Parsed>,
    watch: &mut Stopwatch,
) -> Result<Books, LoadError> {
    let mut connection = pool.acquire().await?;
    let backend = answered(Backend::of(&mut connection)).await?;
    tokio::select! {
        loaded = load_over(&mut connection, feed, token, limits, objects, watch) => return loaded,
        () = backend.ended(pool) => {}
    }
    // The pool would ask it whether it still answers.
    drop(connection.detach());
    Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into()).into())
}

async fn load_over(
    connection: &mut PgConnection,
    (feed, target): (&str, Target),
    token: Uuid,
    limits: Limits,
    objects: Vec<Parsed>,
    watch: &mut Stopwatch,
) -> Result<Books, LoadError> {
    scratch::prepare(connection, target).await?;
    let mut transaction = connection.begin().await?;
    let size: u64 = objects.iter().map(|parsed| parsed.bytes).sum();
    let is_small = size < limits.large;
    if is_small && !locks::share_feed(&mut transaction, target).await? {
        return Err(LoadError::FeedBusy);
    }
    failpoint::reached(Point::AfterLock).await;
    let mut batch = Batch::new(feed, target, limits, size, watch);
    if !is_small {
        let earliest = objects.iter().map(|parsed| parsed.object.order_time).min();
        batch.begin_alone(&mut transaction, size, earliest).await?;
    }
    for parsed in objects {
        batch = batch.stage(&mut transaction, parsed, is_small).await?;
    }
    batch.introduce(&mut transaction).await?;
    batch.watch.ends(Step::Stage);
    let entries = if is_small {
        batch.merge_beside_others(&mut transaction).await?
    } else {
        batch.merge_alone(&mut transaction).await?
    };
    failpoint::reached(Point::AfterStays).await;
    batch.note(entries);
    let total = batch.settle(&mut transaction, token).await?;
    settle::announce(&mut transaction, feed).await?;
    failpoint::reached(Point::BeforeCommit).await;
    transaction.commit().await?;
    watch.ends(Step::Settle);
    Ok(total)
}

/// A batch on its way through the transaction.
struct Batch<'a> {
    feed: &'a str,
    target: Target,
    limits: Limits,
    stage: Stage,
    objects: Vec<(Sighted, [u8; 32])>,
    named: Named,
    books: BTreeMap<i64, Books>,
    moved: BTreeMap<i64, WaitingMove>,
    watch: &'a mut Stopwatch,
}

impl<'a> Batch<'a> {
    fn new(feed: &'a str, target: Target, limits: Limits, size: u64, watch: &'a mut Stopwatch) -> Self {
        Self {
            feed,
            target,
            limits,
            stage: Stage::new(Table::of(target), size),
            objects: Vec::new(),
            named: Named::default(),
            books: BTreeMap::new(),
            moved: BTreeMap::new(),
            watch,
        }
    }

    /// Stages the rows of an object, and keeps its rejects.
    async fn stage(mut self, connection: &mut PgConnection, parsed: Parsed, is_small: bool) -> Result<Self, LoadError> {
        let Parsed { object, sha256, mut chunks, .. } = parsed;
        let mut sighted = Sighted { object_id: object.object_id, order_time: object.order_time, map_version: 0 };
        let mut books = Books::default();
        while let Some(chunk) = chunks.next().await {
            sighted.map_version = chunk.map_version;
            books.records += (chunk.rows.len() + chunk.rejects.len()) as i64 + chunk.skipped;
            books.skipped += chunk.skipped;
            books.quarantined += chunk.rejects.len() as i64;
            if !chunk.rejects.is_empty() {
                settle::quarantine(connection, (self.feed, self.target), &sighted, &chunk.rejects).await?;
            }
            warn_of_wrong_zone(self.feed, object.object_id, &chunk);
            if is_small {
                name_ids(&mut self.named, self.target, &chunk);
            }
            self.stage = self.stage.add(connection, &sighted, chunk).await?;
            failpoint::reached(Point::AfterChunk).await;
        }
        let opened = chunks.opened().await?;
        sighted.map_version = opened.map_version;
        settle::note_drift(connection, self.feed, &sighted, &opened.drift).await?;
        self.books.insert(object.object_id, books);
        self.objects.push((sighted, sha256));
        Ok(self)
    }

    /// Tells the merge which objects the rows come from.
    async fn introduce(&mut self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        self.stage.finish(connection).await?;
        let ids: Vec<i64> = self.objects.iter().map(|(object, _)| object.object_id).collect();
        let hashes: Vec<&[u8]> = self.objects.iter().map(|(_, sha256)| sha256.as_slice()).collect();
        let versions: Vec<i32> = self.objects.iter().map(|(object, _)| object.map_version).collect();
        sqlx::query(include_str!("sql/introduce_objects.sql"))
            .bind(ids)
            .bind(hashes)
            .bind(versions)
            .execute(connection)
            .await?;
        Ok(())
    }

    /// A small batch locks what it touches and leaves the rest to others.
    async fn merge_beside_others(&mut self, connection: &mut PgConnection) -> Result<Entries, LoadError> {
        locks::share_warehouse(connection).await?;
        locks::lock_touched(connection, self.target, &self.named).await?;
        let mut merge = Merge::new(self.target);
        merge.take(connection, &self.stage).await?;
        merge.fold_aside(connection).await?;
        failpoint::reached(Point::AfterMerge).await;
        if self.target == Target::LabTest && merge.find_results_to_judge(connection).await? {
            if !locks::share_feed(connection, Target::LabResult).await? {
                return Err(LoadError::ResultsBusy);
            }
            merge.judge_results_anew(connection).await?;
        }
        self.watch.ends(Step::Merge);
        stays::refresh(connection, self.target).await?;
        self.watch.ends(Step::Stays);
        merge.gather_statistics(connection, false).await?;
        Ok(merge.entries)
    }

    /// A large batch has its feed for itself, and looks for what can pass by the stage.
    async fn begin_alone(
        &mut self,
        connection: &mut PgConnection,
        size: u64,
        earliest: Option<DateTime<Utc>>,
    ) -> Result<(), sqlx::Error> {
        // Statements over whole tables: room to hash them.
        sqlx::raw_sql("SET LOCAL work_mem = '64MB'").execute(&mut *connection).await?;
        locks::take_feed(connection, self.target).await?;
        if size >= self.limits.filling {
            self.stage.fill = Fill::begin(connection, self.target).await?;
        }
        if let Some(earliest) = earliest.filter(|_| self.stage.fill.is_none() && size >= self.limits.repeating) {
            self.stage.repeat = Repeat::open(connection, Table::of(self.target), (size, earliest)).await?;
        }
        Ok(())
    }

    /// A large batch takes its feed and merges beside the small batches of other feeds. Then it takes the warehouse, and
    /// judges anew what they changed meanwhile.
    async fn merge_alone(&mut self, connection: &mut PgConnection) -> Result<Entries, LoadError> {
        let snapshot: String = sqlx::query_scalar("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")
            .fetch_one(&mut *connection)
            .await?;
        let mut merge = Merge::new(self.target);
        if let Some(fill) = &self.stage.fill {
            fill.end(connection, self.target).await?;
            merge.gather_statistics(connection, true).await?;
        }
        if let Some(repeat) = &self.stage.repeat {
            repeat.write(connection).await?;
        }
        merge.take(connection, &self.stage).await?;
        merge.gather_statistics(connection, false).await?;
        merge.fold_aside(connection).await?;
        failpoint::reached(Point::AfterMerge).await;
        if self.target == Target::LabTest {
            locks::take_feed(connection, Target::LabResult).await?;
        }
        locks::take_warehouse(connection).await?;
        if self.target == Target::LabResult {
            sqlx::query(include_str!("sql/owners_since.sql")).bind(snapshot).execute(&mut *connection).await?;
        }
        if matches!(self.target, Target::LabTest | Target::LabResult) && merge.find_results_to_judge(connection).await?
        {
            merge.judge_results_anew(connection).await?;
        }
        self.watch.ends(Step::Merge);
        match &self.stage.fill {
            Some(fill) if fill.brings_the_first_results() => stays::add_performances(connection).await?,
            Some(_) => stays::refresh_all(connection, self.target).await?,
            None => stays::refresh_alone(connection, self.target, self.limits.many_patients).await?,
        }
        self.watch.ends(Step::Stays);
        Ok(merge.entries)
    }

    /// Writes what the merge told into the books.
    fn note(&mut self, entries: Entries) {
        for (object, taken) in entries.taken {
            self.books.entry(object).or_default().add(&taken);
        }
        for (object, moved) in entries.moved {
            match self.books.get_mut(&object) {
                Some(books) => moved.apply(books),
                None => self.moved.entry(object).or_default().add(moved),
            }
        }
    }

    async fn settle(self, connection: &mut PgConnection, token: Uuid) -> Result<Books, LoadError> {
        settle::correct_earlier(connection, &self.moved).await?;
        let books_of = |object: &Sighted| self.books.get(&object.object_id).copied().unwrap_or_default();
        let objects = self.objects.into_iter().map(|(object, _)| (books_of(&object), object));
        let settled: Vec<(Books, Sighted)> = objects.collect();
        settle::settle(connection, token, &settled).await??;
        let mut total = Books::default();
        for (books, _) in &settled {
            total.add(books);
        }
        Ok(total)
    }
}

/// Names what the rows touch, for the locks.
pub(crate) fn name_ids(named: &mut Named, target: Target, chunk: &Chunk) {
    let key = |row: &Row, place: usize| chunk.text(row.key[place]).to_owned();
    for row in &chunk.rows {
        match target {
            Target::Admission => named.cases.push(key(row, 1)),
            Target::LabResult => named.results.push(key(row, 0)),
            Target::Patient | Target::LabTest => {}
        }
        named.tests.extend(row.test_id.map(|span| chunk.text(span).to_owned()));
        named.patients.extend(row.patient_id.map(|span| chunk.text(span).to_owned()));
    }
}

/// Many tests of the future in one object: the clock of the hospital is probably read in the wrong zone.
fn warn_of_wrong_zone(feed: &str, object_id: i64, chunk: &Chunk) {
    let future = chunk.rows.iter().filter(|row| row.future_dated).count();
    if future > 1 && future * 10 > chunk.rows.len() {
        tracing::warn!(
            feed,
            object_id,
            future,
            rows = chunk.rows.len(),
            "ingest.parse: many tests lie in the future: wrong time zone?"
        );
    }
}
