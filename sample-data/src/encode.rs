//! Rows to bytes: CSV, compressed or not, in chunks that a caller takes away before they grow.

use crate::error::Error;
use crate::feed::Feed;
use crate::row::Row;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

/// Encodes the rows of one file. Bytes do not depend on when chunks are taken, unless compressed; equal
/// sequences of calls give equal bytes.
pub(crate) struct Encoder {
    feed: Feed,
    csv: csv::Writer<Vec<u8>>,
    gzip: Option<GzEncoder<Vec<u8>>>,
}

impl Encoder {
    /// An encoder that has written the feed's own header.
    pub(crate) fn new(feed: Feed, contacts: bool, gzip: bool) -> Result<Self, Error> {
        let gzip = gzip.then(|| GzEncoder::new(Vec::new(), Compression::default()));
        let mut encoder = Self { feed, csv: csv_writer(), gzip };
        encoder.push(&feed.header(contacts))?;
        Ok(encoder)
    }

    /// Adds a row.
    pub(crate) fn push(&mut self, row: &Row) -> Result<(), Error> {
        self.csv.write_record(row).map_err(|error| self.failed(error.into()))
    }

    /// How many bytes wait to be taken, about.
    pub(crate) fn pending(&self) -> usize {
        self.csv.get_ref().len()
    }

    /// Takes the bytes so far.
    pub(crate) fn take(&mut self) -> Result<Bytes, Error> {
        let full = std::mem::replace(&mut self.csv, csv_writer());
        let chunk = full.into_inner().map_err(|error| self.failed(error.into_error()))?;
        let Some(gzip) = self.gzip.as_mut() else {
            return Ok(chunk.into());
        };
        let written = gzip.write_all(&chunk);
        let compressed = std::mem::take(gzip.get_mut());
        written.map_err(|error| self.failed(error))?;
        Ok(compressed.into())
    }

    /// Takes the last bytes and ends the file.
    pub(crate) fn finish(mut self) -> Result<Bytes, Error> {
        let rest = self.take()?;
        let Some(gzip) = self.gzip.take() else {
            return Ok(rest);
        };
        let end = gzip.finish().map_err(|error| self.failed(error))?;
        Ok([rest.as_ref(), end.as_slice()].concat().into())
    }

    fn failed(&self, source: std::io::Error) -> Error {
        Error::Encode { feed: self.feed.name(), source }
    }
}

/// A whole small file.
pub(crate) fn whole(feed: Feed, rows: &[Row], contacts: bool, gzip: bool) -> Result<Bytes, Error> {
    let mut encoder = Encoder::new(feed, contacts, gzip)?;
    for row in rows {
        encoder.push(row)?;
    }
    encoder.finish()
}

/// Flexible, since broken files are written with it too.
fn csv_writer() -> csv::Writer<Vec<u8>> {
    csv::WriterBuilder::new().flexible(true).from_writer(Vec::new())
}

/// Records as CSV text without the feed's own header.
pub(crate) fn text(feed: Feed, records: &[Row]) -> Result<String, Error> {
    let failed = |source| Error::Encode { feed: feed.name(), source };
    let mut csv = csv_writer();
    for record in records {
        csv.write_record(record).map_err(|error| failed(error.into()))?;
    }
    let bytes = csv.into_inner().map_err(|error| failed(error.into_error()))?;
    String::from_utf8(bytes).map_err(|error| failed(std::io::Error::other(error)))
}
