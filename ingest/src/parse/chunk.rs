//! One page of records against one map: cast column by column, then judged record by record.

use std::collections::BTreeMap;

use chrono::Duration;
use wardwatch_schema::map::Binding;

use super::Origin;
use super::cast::CastError;
use super::column::{CastColumn, Sources, Values};
use super::page::Page;
use super::records::raw_text;
use super::row::{Hasher, Reject, Row, Span};
use super::source::Keep;
use crate::copy;
use crate::table::Table;

/// How long after its object was written a test may have been performed: two clocks never agree to the second.
const CLOCK_TOLERANCE: Duration = Duration::minutes(5);

/// The rows and rejects of some consecutive records.
#[derive(Debug, Default)]
pub struct Chunk {
    /// Version of the map that read them.
    pub map_version: i32,
    /// Records that were taken.
    pub rows: Vec<Row>,
    /// Records that were not.
    pub rejects: Vec<Reject>,
    /// Records that a condition of the map leaves out.
    pub skipped: i64,
    /// The fields of the rows, as binary `COPY` takes them.
    pub(crate) bytes: Vec<u8>,
}

impl Chunk {
    /// The fields of a row from its key on: source key, content, flags, unmapped columns, judgement.
    pub(crate) fn fields(&self, row: &Row) -> &[u8] {
        &self.bytes[row.start..row.end]
    }

    /// How much memory it takes, nearly.
    pub(crate) fn held_bytes(&self) -> u64 {
        let rejects: usize = self.rejects.iter().map(|reject| reject.raw.len()).sum();
        (self.bytes.len() + self.rows.len() * size_of::<Row>() + rejects) as u64
    }

    /// Leaves out the rows of which `keep` says no, and their fields.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&Row) -> bool) {
        let all = std::mem::take(&mut self.bytes);
        self.rows.retain(|row| keep(row));
        for row in &mut self.rows {
            let fields = &all[row.start..row.end];
            row.move_to(self.bytes.len());
            self.bytes.extend_from_slice(fields);
        }
    }

    /// A text of a row; empty where there is none.
    pub(crate) fn text(&self, span: Span) -> &str {
        std::str::from_utf8(&self.bytes[span.start..span.end]).unwrap_or_default()
    }
}

/// Casts the records of files with one header.
#[derive(Debug)]
pub(super) struct Caster<'b> {
    origin: &'b Origin,
    binding: &'b Binding<'b>,
    keep: Keep,
    sources: Vec<Sources>,
}

impl<'b> Caster<'b> {
    pub(super) fn new(origin: &'b Origin, binding: &'b Binding<'b>) -> Self {
        let sources = binding.map.columns.values().map(|column| Sources::new(binding, column)).collect();
        Self { origin, binding, keep: Keep::new(binding), sources }
    }

    /// Casts the records that the map keeps. One of a wrong shape is rejected, whatever its fields say.
    pub(super) fn cast(&self, mut page: Page) -> Result<Chunk, CastError> {
        let all = page.len();
        page.retain(|page, record| page.defect(record).is_some() || self.keep.keeps(|place| page.field(record, place)));
        let cast = |((name, column), source)| CastColumn::cast(self.origin.zone, (name, column), source, &page);
        let named = self.binding.map.columns.iter().map(|(name, column)| (name.as_str(), column));
        let columns: Vec<CastColumn<'_>> = named.zip(&self.sources).map(cast).collect::<Result<_, _>>()?;
        let mut writer = Writer::new(self.origin, self.binding, &page, &columns);
        for record in 0..page.len() {
            match fault(&page, &columns, record) {
                None => writer.take(record),
                Some((column, reason)) => writer.reject(record, column, reason),
            }
        }
        Ok(Chunk { map_version: self.binding.map.version, skipped: (all - page.len()) as i64, ..writer.chunk })
    }
}

/// The column and reason for which a record cannot be taken.
fn fault(page: &Page, columns: &[CastColumn<'_>], record: usize) -> Option<(Option<String>, String)> {
    if let Some(defect) = page.defect(record) {
        return Some((None, defect.to_owned()));
    }
    columns.iter().find_map(|column| {
        let fault = column.fault(record)?;
        Some((Some(column.name.to_owned()), fault.to_owned()))
    })
}

/// Writes rows and rejects of a page.
struct Writer<'c> {
    origin: &'c Origin,
    binding: &'c Binding<'c>,
    table: &'static Table,
    page: &'c Page,
    columns: &'c [CastColumn<'c>],
    key: Vec<Option<&'c CastColumn<'c>>>,
    content: Vec<(&'static str, Option<&'c CastColumn<'c>>)>,
    performed: Option<&'c CastColumn<'c>>,
    hasher: Hasher,
    chunk: Chunk,
}

impl<'c> Writer<'c> {
    fn new(origin: &'c Origin, binding: &'c Binding<'c>, page: &'c Page, columns: &'c [CastColumn<'c>]) -> Self {
        let table = Table::of(origin.target);
        let column = |name: &str| columns.iter().find(|column| column.name == name);
        let source = |name: &&'static str| {
            let source = match *name {
                "stated_patient_id" => "patient_id",
                "result_value_text" => "result_value",
                other => other,
            };
            (*name, column(source))
        };
        Self {
            origin,
            binding,
            table,
            page,
            columns,
            key: table.source_key.iter().map(|name| column(name)).collect(),
            content: table.content.iter().map(source).collect(),
            performed: column("performed_at"),
            hasher: Hasher::default(),
            chunk: Chunk::default(),
        }
    }

    fn take(&mut self, record: usize) {
        let start = self.chunk.bytes.len();
        let future_dated = self.is_future_dated(record);
        let mut row = Row { record: self.page.number(record), future_dated, start, ..Row::default() };
        for (place, column) in self.key.iter().enumerate() {
            let text = column.and_then(|column| column.text(record)).unwrap_or_default();
            row.key[place] = text_field(&mut self.chunk.bytes, text);
            self.hasher.key(text);
            match self.table.source_key[place] {
                "patient_id" => row.patient_id = Some(row.key[place]),
                "test_id" => row.test_id = Some(row.key[place]),
                _ => {}
            }
        }
        self.write_content(record, &mut row);
        row.hash = self.hasher.version();
        if !self.table.judged.is_empty() {
            copy::boolean(&mut self.chunk.bytes, future_dated);
        }
        row.end = self.chunk.bytes.len();
        self.chunk.rows.push(row);
    }

    fn write_content(&mut self, record: usize, row: &mut Row) {
        let bytes = &mut self.chunk.bytes;
        for (name, column) in &self.content {
            let at = bytes.len();
            match column.map(|column| &column.values) {
                Some(Values::Dates(dates)) => {
                    self.hasher.date(dates[record]);
                    copy::date(bytes, dates[record]);
                }
                Some(Values::Instants(instants)) => {
                    self.hasher.instant(instants[record]);
                    copy::instant(bytes, instants[record]);
                }
                texts => {
                    let text = match texts {
                        Some(Values::Texts(texts)) => texts[record].as_deref(),
                        _ => None,
                    };
                    if self.table.added.contains(name) {
                        self.hasher.added(name, text);
                    } else {
                        self.hasher.text(text);
                    }
                    if *name == "result_value" {
                        continue;
                    }
                    copy::text(bytes, text);
                    let span = text.map(|text| Span { start: at + 4, end: at + 4 + text.len() });
                    match *name {
                        "stated_patient_id" => row.patient_id = span,
                        "test_id" => row.test_id = span,
                        "result_value_text" => row.value = span,
                        _ => {}
                    }
                }
            }
        }
        let flags: Vec<String> = self.columns.iter().filter_map(|column| column.flags.get(&record).cloned()).collect();
        self.hasher.flags(&flags);
        copy::texts(bytes, &flags);
        let extra = extra(self.binding, self.page, record);
        self.hasher.last_text(extra.as_deref());
        copy::json(bytes, extra.as_deref());
    }

    fn is_future_dated(&self, record: usize) -> bool {
        let Some(Values::Instants(performed)) = self.performed.map(|column| &column.values) else { return false };
        performed[record].is_some_and(|at| at > self.origin.last_modified + CLOCK_TOLERANCE)
    }

    fn reject(&mut self, record: usize, column: Option<String>, reason: String) {
        let id = |name: &str| {
            let text = self.columns.iter().find(|column| column.name == name)?.text(record)?;
            (!text.contains('\0')).then(|| text.to_owned())
        };
        self.chunk.rejects.push(Reject {
            record: self.page.number(record),
            column,
            reason,
            raw: raw_text(self.page.raw(record)),
            patient_id: id("patient_id"),
            case_number: id("case_number"),
            test_id: id("test_id"),
            result_id: id("result_id"),
        });
    }
}

fn text_field(bytes: &mut Vec<u8>, text: &str) -> Span {
    copy::text(bytes, Some(text));
    Span { start: bytes.len() - text.len(), end: bytes.len() }
}

/// The columns that the map does not name, as JSON.
fn extra(binding: &Binding<'_>, page: &Page, record: usize) -> Option<String> {
    if binding.unmapped.is_empty() {
        return None;
    }
    let fields: BTreeMap<&str, Option<&str>> =
        binding.unmapped.iter().map(|(header, place)| (header.as_str(), page.field(record, *place))).collect();
    serde_json::to_string(&fields).ok()
}
