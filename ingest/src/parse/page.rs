//! Some consecutive records as text, in one allocation: what the columns are cast from.

/// Some consecutive records.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// The fields, one after the other.
    text: String,
    /// Where each field ends in the text.
    ends: Vec<usize>,
    records: Vec<Record>,
    /// The bytes of the records as the file has them.
    raw: Vec<u8>,
}

#[derive(Debug)]
struct Record {
    number: i32,
    first_field: usize,
    fields: usize,
    raw_start: usize,
    raw_end: usize,
    defect: Option<String>,
}

impl Page {
    /// Records on the page.
    pub(super) fn len(&self) -> usize {
        self.records.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Bytes of the records.
    pub(super) fn bytes(&self) -> usize {
        self.raw.len()
    }

    /// Number of a record in its file, from 1 after the header.
    pub(super) fn number(&self, record: usize) -> i32 {
        self.records[record].number
    }

    /// What is wrong with the shape of a record.
    pub(super) fn defect(&self, record: usize) -> Option<&str> {
        self.records[record].defect.as_deref()
    }

    /// The text of a field; `None` where the record is too short.
    pub(super) fn field(&self, record: usize, place: usize) -> Option<&str> {
        let record = &self.records[record];
        if place >= record.fields {
            return None;
        }
        let at = record.first_field + place;
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        Some(&self.text[start..self.ends[at]])
    }

    /// The bytes of a record, line break excluded.
    pub(super) fn raw(&self, record: usize) -> &[u8] {
        let record = &self.records[record];
        &self.raw[record.raw_start..record.raw_end]
    }

    /// Leaves out the records for which `keep` says no.
    pub(super) fn retain(&mut self, keep: impl Fn(&Self, usize) -> bool) {
        let kept: Vec<bool> = (0..self.len()).map(|record| keep(self, record)).collect();
        let mut kept = kept.into_iter();
        self.records.retain(|_| kept.next().unwrap_or(true));
    }

    /// Adds a record.
    pub(super) fn push<'f>(
        &mut self,
        number: i32,
        fields: impl Iterator<Item = std::borrow::Cow<'f, str>>,
        raw: &[u8],
        defect: Option<String>,
    ) {
        let (first_field, raw_start) = (self.ends.len(), self.raw.len());
        for field in fields {
            self.text.push_str(&field);
            self.ends.push(self.text.len());
        }
        self.raw.extend_from_slice(raw);
        let fields = self.ends.len() - first_field;
        self.records.push(Record { number, first_field, fields, raw_start, raw_end: self.raw.len(), defect });
    }
}
