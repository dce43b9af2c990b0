//! A large object that says again what is known: its rows are held against the versions that are current, in memory, and only
//! where they were said last is written, packed in pages.
//!
//! Invariant: only a row that certainly repeats a current version goes this way: its batch has not said the key before, and
//! comes after all that the table was ever loaded from. So it is the last sighting, whatever is noted of the version already.
//! Every other row is staged and merged.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::{AssertSqlSafe, Executor, PgConnection};

use crate::copy;
use crate::parse::Row;
use crate::stage::Sighted;
use crate::table::Table;

/// Current versions that are held in memory: 32 bytes each, so that no more than about 100 MiB are taken.
const MOST: u64 = 3_000_000;
/// The versions are read for a batch that may repeat a quarter of them; a record is rarely shorter than so many bytes.
const BYTES_OF_A_QUARTER: u64 = 16;
/// Pages, by the first two bytes of a hash; see `ingest.page_of`.
const PAGES: usize = 1 << 16;

/// The current versions of a table, and which of them the batch repeats.
#[derive(Debug)]
pub(crate) struct Repeat {
    table: &'static Table,
    pages: Vec<Vec<Version>>,
    order_times: BTreeMap<i64, DateTime<Utc>>,
    /// Repeated rows by object.
    pub(crate) rows: BTreeMap<i64, i64>,
}

/// A current version, and where the batch says it.
#[derive(Debug, Clone, Copy)]
struct Version {
    hash: [u8; 16],
    said: Option<(i64, i32)>,
}

impl Repeat {
    /// For a batch of so many bytes whose first object has this order time. `None` where the batch may be late, or says too
    /// little to be worth it, or the table holds more than memory should. The caller has the feed.
    pub(crate) async fn open(
        connection: &mut PgConnection,
        table: &'static Table,
        (bytes, earliest): (u64, DateTime<Utc>),
    ) -> Result<Option<Self>, sqlx::Error> {
        let newest: Option<DateTime<Utc>> = sqlx::query_scalar(
            "SELECT max(o.order_time) FROM ingest.object o LEFT JOIN ingest.feed f ON f.feed = o.feed
             WHERE o.loaded_at IS NOT NULL AND coalesce(f.target, $1) = $1",
        )
        .bind(table.name)
        .fetch_one(&mut *connection)
        .await?;
        let most = MOST.min(bytes / BYTES_OF_A_QUARTER) as i64;
        let count = format!("SELECT count(*) FROM (SELECT FROM warehouse.{} LIMIT $1) counted", table.name);
        let versions: i64 = sqlx::query_scalar(AssertSqlSafe(count)).bind(most + 1).fetch_one(&mut *connection).await?;
        if newest.is_none_or(|newest| newest >= earliest) || versions == 0 || versions > most {
            return Ok(None);
        }
        let mut repeat =
            Self { table, pages: vec![Vec::new(); PAGES], order_times: BTreeMap::new(), rows: BTreeMap::new() };
        repeat.read(connection).await?;
        Ok(Some(repeat))
    }

    /// What was judged otherwise than a row is judged now is left out: such a row is no mere repeat.
    async fn read(&mut self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        let usual = if self.table.is_attributed() { " WHERE NOT future_dated" } else { "" };
        let statement =
            format!("COPY (SELECT content_hash FROM warehouse.{}{usual}) TO STDOUT (FORMAT binary)", self.table.name);
        copy::read(connection, &statement, |bytes| self.take_hashes(bytes)).await
    }

    /// Takes the whole rows that the bytes of a binary copy begin with. Returns how many bytes they are.
    fn take_hashes(&mut self, bytes: &[u8]) -> usize {
        let (rows, _) = bytes.as_chunks::<{ 2 + 4 + 16 }>();
        for row in rows {
            if let Some(hash) = row.last_chunk::<16>() {
                self.pages[page_of(hash)].push(Version { hash: *hash, said: None });
            }
        }
        rows.len() * (2 + 4 + 16)
    }

    /// Takes a row that its batch has not said before, if it repeats a current version. Says whether it did.
    pub(crate) fn take(&mut self, sighted: &Sighted, row: &Row, last_record: i32) -> bool {
        if row.future_dated {
            return false;
        }
        let Some(version) = self.pages[page_of(&row.hash)].iter_mut().find(|version| version.hash == row.hash) else {
            return false;
        };
        version.said = Some((sighted.object_id, last_record));
        self.order_times.insert(sighted.object_id, sighted.order_time);
        *self.rows.entry(sighted.object_id).or_default() += 1;
        true
    }

    /// Writes where the versions were said last.
    pub(crate) async fn write(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let statement =
            "COPY said_page (target, page, content_hashes, seen_at, objects, records) FROM STDIN (FORMAT binary)";
        let mut copy = connection.copy_in_raw(statement).await?;
        copy.send(copy::HEADER).await?;
        for pages in (0..PAGES).collect::<Vec<_>>().chunks(PAGES / 64) {
            let mut bytes = Vec::new();
            for page in pages {
                self.write_page(*page, &mut bytes);
            }
            copy.send(bytes).await?;
        }
        copy.send(copy::TRAILER).await?;
        copy.finish().await?;
        connection.execute(include_str!("sql/write_pages.sql")).await?;
        Ok(())
    }

    fn write_page(&self, page: usize, bytes: &mut Vec<u8>) {
        let said: Vec<([u8; 16], i64, i32)> = self.pages[page]
            .iter()
            .filter_map(|version| version.said.map(|(object, record)| (version.hash, object, record)))
            .collect();
        if said.is_empty() {
            return;
        }
        copy::row(bytes, 6);
        copy::text(bytes, Some(self.table.name));
        copy::integer(bytes, page as i32);
        copy::array(bytes, copy::UUID, &said, |bytes, (hash, _, _)| copy::uuid(bytes, hash));
        copy::array(bytes, copy::TIMESTAMPTZ, &said, |bytes, (_, object, _)| {
            copy::instant(bytes, self.order_times.get(object).copied());
        });
        copy::array(bytes, copy::BIGINT, &said, |bytes, (_, object, _)| copy::bigint(bytes, *object));
        copy::array(bytes, copy::INTEGER, &said, |bytes, (_, _, record)| copy::integer(bytes, *record));
    }
}

fn page_of(hash: &[u8; 16]) -> usize {
    usize::from(hash[0]) << 8 | usize::from(hash[1])
}
