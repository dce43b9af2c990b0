//! The first records of a file as they stand, for a person to look at and for proposals. Nothing is judged.

use std::io::Read;

use encoding_rs::WINDOWS_1252;
use encoding_rs_io::DecodeReaderBytesBuilder;
use wardwatch_schema::map::MapSet;

use super::{Origin, ParseError, UnreadableBytes, decompressed, delimiter};

/// A header and the records after it.
#[derive(Debug, Clone)]
pub struct Sample {
    /// Names of the columns.
    pub header: Vec<String>,
    /// What stands between two fields.
    pub delimiter: u8,
    /// Fields, record by record.
    pub records: Vec<Vec<String>>,
}

/// Delimiters that a source may have gone over to, though no map says so.
const OTHERS: [u8; 3] = [b';', b'\t', b'|'];

impl Sample {
    /// What the fields are split by in truth, where the maps' delimiter splits nothing.
    pub fn other_delimiter(&self) -> Option<u8> {
        let [whole] = self.header.as_slice() else { return None };
        OTHERS.into_iter().find(|other| *other != self.delimiter && whole.contains(char::from(*other)))
    }
}

/// Reads the header and at most so many records, split as the maps say.
pub fn sample(origin: &Origin, maps: &MapSet, bytes: impl Read, most: usize) -> Result<Sample, ParseError> {
    let (bytes, is_gzip) = decompressed(origin, bytes);
    let found = delimiter::find(origin, maps, bytes);
    let (delimiter, bytes) = found.map_err(|error| UnreadableBytes::of(error, is_gzip))?;
    first_records(bytes, is_gzip, delimiter, most)
}

/// The same, split by this.
pub fn sample_split_by(origin: &Origin, delimiter: u8, bytes: impl Read, most: usize) -> Result<Sample, ParseError> {
    let (bytes, is_gzip) = decompressed(origin, bytes);
    first_records(bytes, is_gzip, delimiter, most)
}

fn first_records(bytes: impl Read, is_gzip: bool, delimiter: u8, most: usize) -> Result<Sample, ParseError> {
    let decoded = DecodeReaderBytesBuilder::new().utf8_passthru(true).strip_bom(true).build(bytes);
    let mut builder = csv::ReaderBuilder::new();
    let mut reader = builder.delimiter(delimiter).has_headers(false).flexible(true).from_reader(decoded);
    let mut records = Vec::new();
    for record in reader.byte_records().take(most.saturating_add(1)) {
        let record = record.map_err(|error| UnreadableBytes::of(error.into(), is_gzip))?;
        records.push(record.iter().map(text).collect());
    }
    if records.is_empty() {
        return Err(ParseError::Empty);
    }
    Ok(Sample { header: records.remove(0), delimiter, records })
}

fn text(field: &[u8]) -> String {
    match std::str::from_utf8(field) {
        Ok(text) => text.to_owned(),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(field).0.into_owned(),
    }
}
