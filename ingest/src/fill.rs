//! A first load: rows go straight into an empty table of the warehouse, whose indexes are built afterwards.
//!
//! Invariant: only a row that is certainly the whole truth of its key so far goes this way: the batch has not said the key
//! before, the patient is known for sure, and nothing of the key waits or was decided about. Every other row is staged, and
//! merged once the indexes are back: then it meets the filled rows as rows of the warehouse like any others.

mod owners;

use std::collections::{BTreeMap, HashSet};

use sqlx::{AssertSqlSafe, Executor, PgConnection};
use wardwatch_schema::feed::Target;

use crate::copy;
use crate::locks;
use crate::parse::{Chunk, Row};
use crate::stage::Sighted;
use crate::table::{LINEAGE, Table};
use owners::Owners;

/// Results about which something is known already; above so many nothing is filled.
const MOST_FOLDED: usize = 1_000_000;

/// The rows that go straight into the table.
#[derive(Debug)]
pub(crate) struct Fill {
    table: &'static Table,
    attribution: Option<Attribution>,
    /// Rows that are not copied yet.
    bytes: Vec<u8>,
    /// Rows by object.
    pub(crate) rows: BTreeMap<i64, i64>,
}

/// What decides whose a result is.
#[derive(Debug)]
struct Attribution {
    owners: Owners,
    /// Results that wait, or that a person gave to a patient.
    folded: HashSet<String>,
}

impl Fill {
    /// Takes the whole warehouse and the indexes of an empty table, until [`Fill::end`]. `None` where the table holds rows,
    /// or where more would have to be known than memory should hold. The caller has the feed.
    pub(crate) async fn begin(connection: &mut PgConnection, target: Target) -> Result<Option<Self>, sqlx::Error> {
        let table = Table::of(target);
        if holds_rows(connection, table).await? {
            return Ok(None);
        }
        // The warehouse is not taken for nothing: everybody else would wait for a load that needs it at its end only.
        if table.is_attributed() && !Attribution::fits(connection).await? {
            return Ok(None);
        }
        if target == Target::LabTest {
            locks::take_feed(connection, Target::LabResult).await?;
        }
        locks::take_warehouse(connection).await?;
        let attribution = if table.is_attributed() { Attribution::read(connection).await? } else { None };
        if table.is_attributed() && attribution.is_none() {
            return Ok(None);
        }
        let is_empty: bool =
            sqlx::query_scalar("SELECT warehouse.begin_filling($1)").bind(table.name).fetch_one(connection).await?;
        Ok(is_empty.then(|| Self { table, attribution, bytes: Vec::new(), rows: BTreeMap::new() }))
    }

    /// Builds the indexes.
    pub(crate) async fn end(&self, connection: &mut PgConnection, target: Target) -> Result<(), sqlx::Error> {
        if target == Target::LabTest {
            connection.execute(include_str!("sql/add_owners_of_all.sql")).await?;
        }
        sqlx::query("SELECT warehouse.end_filling($1)").bind(self.table.name).execute(connection).await?;
        Ok(())
    }

    /// Whether nothing was known of any result, not even one that waits: then results can only have been added to the stays.
    pub(crate) fn brings_the_first_results(&self) -> bool {
        self.attribution.as_ref().is_some_and(|attribution| attribution.folded.is_empty())
    }

    /// Takes a row that its batch has not said before, if it is certain. Says whether it did.
    pub(crate) fn take(&mut self, sighted: &Sighted, chunk: &Chunk, row: &Row, last_record: i32) -> bool {
        let patient = match &self.attribution {
            Some(attribution) => match attribution.patient(chunk, row) {
                Some(patient) => Some(patient),
                None => return false,
            },
            None => None,
        };
        let bytes = &mut self.bytes;
        copy::row(bytes, self.table.filled().count() as u16);
        if let Some(patient) = patient {
            copy::text(bytes, Some(patient));
        }
        bytes.extend_from_slice(chunk.fields(row));
        if self.table.is_attributed() {
            copy::numeric(bytes, row.value.map(|value| chunk.text(value)));
        }
        copy::uuid(bytes, &row.hash);
        copy::integer(bytes, sighted.map_version);
        for record in [row.record, last_record] {
            copy::instant(bytes, Some(sighted.order_time));
            copy::bigint(bytes, sighted.object_id);
            copy::integer(bytes, record);
        }
        *self.rows.entry(sighted.object_id).or_default() += 1;
        true
    }

    /// The rows that are not copied yet, and the statement that takes them.
    pub(crate) fn drain(&mut self) -> (String, Vec<u8>) {
        let columns = self.table.filled().collect::<Vec<_>>().join(", ");
        let statement = format!("COPY warehouse.{} ({columns}) FROM STDIN (FORMAT binary)", self.table.name);
        (statement, std::mem::take(&mut self.bytes))
    }

    /// Bytes that are not copied yet.
    pub(crate) fn pending(&self) -> usize {
        self.bytes.len()
    }
}

async fn holds_rows(connection: &mut PgConnection, table: &Table) -> Result<bool, sqlx::Error> {
    let sql = format!("SELECT EXISTS (SELECT FROM warehouse.{})", table.name);
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(connection).await
}

impl Attribution {
    /// Whether memory holds it, as far as can be said before the warehouse stands still.
    async fn fits(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
        let waiting: i64 =
            sqlx::query_scalar("SELECT count(*) FROM ingest.waiting_result").fetch_one(&mut *connection).await?;
        Ok(waiting < MOST_FOLDED as i64 && Owners::fit(connection).await?)
    }

    async fn read(connection: &mut PgConnection) -> Result<Option<Self>, sqlx::Error> {
        let folded: Vec<String> = sqlx::query_scalar(
            "SELECT result_id FROM ingest.waiting_result UNION SELECT result_id FROM app.decision WHERE kind = 'result' LIMIT $1",
        )
        .bind(MOST_FOLDED as i64)
        .fetch_all(&mut *connection)
        .await?;
        if folded.len() == MOST_FOLDED {
            return Ok(None);
        }
        let owners = Owners::read(connection).await?;
        Ok(owners.map(|owners| Self { owners, folded: folded.into_iter().collect() }))
    }

    /// Whose a result is for sure.
    fn patient<'a>(&'a self, chunk: &'a Chunk, row: &Row) -> Option<&'a str> {
        if !row.value.is_none_or(|value| copy::is_plain(chunk.text(value)))
            || self.folded.contains(chunk.text(row.key[0]))
        {
            return None;
        }
        match row.patient_id {
            Some(stated) => Some(chunk.text(stated)),
            None => self.owners.of(chunk.text(row.test_id?)),
        }
    }
}

impl Table {
    /// The columns of a filled row: patient, what [`Chunk::fields`] has, the number of a result, lineage.
    fn filled(&self) -> impl Iterator<Item = &'static str> {
        let (patient, number): (&[_], &[_]) =
            if self.is_attributed() { (&["patient_id"], &["result_value"]) } else { (&[], &[]) };
        let said = patient.iter().chain(self.source_key).copied().chain(self.staged());
        said.chain(["flags", "extra"]).chain(self.judged.iter().copied()).chain(number.iter().copied()).chain(LINEAGE)
    }
}
