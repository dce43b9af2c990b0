//! Splits the bytes of a file into records, and keeps the raw text of each until it is known to be good.
//!
//! Invariant: every record of the file comes out once, numbered from 1 after the header, whatever is wrong with it.

use std::io::{self, Read};

use encoding_rs::WINDOWS_1252;
use encoding_rs_io::DecodeReaderBytesBuilder;

/// Longest record that is read; more means that a quote was never closed.
const LONGEST_RECORD: usize = 1 << 20;

/// One record as the file has it.
#[derive(Debug)]
pub(super) struct Record {
    /// From 1 after the header.
    pub(super) number: i32,
    /// Its fields, as text.
    pub(super) fields: Vec<String>,
    /// Its text, line break excluded.
    pub(super) raw: String,
    /// What is wrong with its shape.
    pub(super) defect: Option<String>,
}

/// Why the rest of the bytes cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum UnreadableBytes {
    /// The gzip stream ends early or is damaged.
    #[error("the gzip stream is cut short or damaged: upload the file again")]
    Gzip(#[source] io::Error),
    /// The spooled bytes cannot be read back.
    #[error("the bytes cannot be read back: {0}")]
    Io(#[source] io::Error),
    /// A record never ends.
    #[error("a record is longer than 1 MiB: a quote is probably never closed; upload the file again")]
    EndlessRecord,
}

impl UnreadableBytes {
    /// What an error of the reader means.
    pub(super) fn of(error: io::Error, is_gzip: bool) -> Self {
        if is_gzip { Self::Gzip(error) } else { Self::Io(error) }
    }
}

/// The records of one file.
pub(super) struct Records<R: Read> {
    reader: csv::Reader<Kept<Decoded<R>>>,
    record: csv::ByteRecord,
    width: usize,
    number: i32,
    is_gzip: bool,
    delimiter: u8,
}

type Decoded<R> = encoding_rs_io::DecodeReaderBytes<R, Vec<u8>>;

impl<R: Read> Records<R> {
    /// Reads UTF-8 with or without a byte order mark, UTF-16 with one, and Windows-1252 (which holds Latin-1) where a
    /// record is not UTF-8.
    pub(super) fn new(bytes: R, is_gzip: bool, delimiter: u8) -> Self {
        let decoded = DecodeReaderBytesBuilder::new().utf8_passthru(true).strip_bom(true).build(bytes);
        let kept = Kept { inner: decoded, bytes: Vec::new(), start: 0 };
        let reader = csv::ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(kept);
        Self { reader, record: csv::ByteRecord::new(), width: 0, number: -1, is_gzip, delimiter }
    }

    /// The header; `None` where the file is empty.
    pub(super) fn header(&mut self) -> Result<Option<Vec<String>>, UnreadableBytes> {
        let header = self.next()?;
        self.width = header.as_ref().map_or(0, |record| record.fields.len());
        Ok(header.map(|record| record.fields))
    }

    /// The next record; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Record>, UnreadableBytes> {
        let start = self.reader.position().byte();
        let read = self.reader.read_byte_record(&mut self.record).map_err(|error| self.unreadable(error))?;
        let end = self.reader.position().byte();
        if (end - start) as usize > LONGEST_RECORD {
            return Err(UnreadableBytes::EndlessRecord);
        }
        if !read {
            return Ok(None);
        }
        self.number += 1;
        let raw = as_text(trim_line_breaks(self.reader.get_mut().take(start, end).as_slice()));
        let fields: Vec<String> = self.record.iter().map(as_text).collect();
        let defect = self.defect(&fields, &raw);
        Ok(Some(Record { number: self.number, fields, raw: without_nul(raw), defect }))
    }

    fn defect(&self, fields: &[String], raw: &str) -> Option<String> {
        if raw.contains('\0') {
            return Some("contains a NUL byte".to_owned());
        }
        if raw.contains('"') && ends_inside_quotes(raw, self.delimiter) {
            return Some("a quote is not closed".to_owned());
        }
        let width = fields.len();
        let is_ragged = self.number > 0 && width != self.width;
        is_ragged.then(|| format!("has {width} fields where the header has {}", self.width))
    }

    fn unreadable(&self, error: csv::Error) -> UnreadableBytes {
        match error.into_kind() {
            csv::ErrorKind::Io(error) if !self.is_gzip && error.kind() == io::ErrorKind::FileTooLarge => {
                UnreadableBytes::EndlessRecord
            }
            csv::ErrorKind::Io(error) => UnreadableBytes::of(error, self.is_gzip),
            other => UnreadableBytes::Io(io::Error::other(format!("{other:?}"))),
        }
    }
}

fn as_text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(),
    }
}

/// Postgres keeps no NUL in text: the symbol for it stands in its place.
fn without_nul(raw: String) -> String {
    if raw.contains('\0') { raw.replace('\0', "\u{2400}") } else { raw }
}

fn trim_line_breaks(mut raw: &[u8]) -> &[u8] {
    while let [b'\r' | b'\n', rest @ ..] = raw {
        raw = rest;
    }
    while let [rest @ .., b'\r' | b'\n'] = raw {
        raw = rest;
    }
    raw
}

/// Whether the last field was opened with a quote and not closed. A quote inside an unquoted field is only a letter.
fn ends_inside_quotes(raw: &str, delimiter: u8) -> bool {
    enum Place {
        FieldStart,
        Unquoted,
        Quoted,
        AfterQuote,
    }
    let mut place = Place::FieldStart;
    for letter in raw.chars() {
        place = match (place, letter) {
            (Place::Quoted, '"') => Place::AfterQuote,
            (Place::Quoted, _) | (Place::FieldStart | Place::AfterQuote, '"') => Place::Quoted,
            (_, letter) if letter == char::from(delimiter) => Place::FieldStart,
            _ => Place::Unquoted,
        };
    }
    matches!(place, Place::Quoted)
}

/// A reader that keeps what passed through it until it is taken.
struct Kept<R> {
    inner: R,
    bytes: Vec<u8>,
    start: u64,
}

impl<R> Kept<R> {
    /// The bytes from `start` to `end`; what lies before `end` is forgotten.
    fn take(&mut self, start: u64, end: u64) -> Vec<u8> {
        let from = (start - self.start) as usize;
        let to = (end - self.start) as usize;
        let taken = self.bytes[from..to].to_vec();
        if to > self.bytes.len() / 2 {
            self.bytes.drain(..to);
            self.start = end;
        }
        taken
    }
}

impl<R: Read> Read for Kept<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.bytes.len() > 2 * LONGEST_RECORD {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let read = self.inner.read(buffer)?;
        self.bytes.extend_from_slice(&buffer[..read]);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Vec<Record> {
        let mut records = Records::new(bytes, false, b',');
        records.header().unwrap().unwrap();
        std::iter::from_fn(|| records.next().unwrap()).collect()
    }

    fn fields(bytes: &[u8]) -> Vec<Vec<String>> {
        read(bytes).into_iter().map(|record| record.fields).collect()
    }

    #[test]
    fn records_are_numbered_and_keep_their_raw_text() {
        let records = read(b"a,b\r\n1,2\r\n\r\n\"x\ny\",4\r\n");
        let seen: Vec<_> = records.iter().map(|record| (record.number, record.raw.as_str())).collect();
        assert_eq!(seen, [(1, "1,2"), (2, "\"x\ny\",4")]);
    }

    #[test]
    fn byte_order_marks_and_encodings_are_read() {
        let utf16: Vec<u8> = "\u{feff}a,b\n1,Ü\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for bytes in [b"\xef\xbb\xbfa,b\n1,\xc3\x9c\n".as_slice(), b"a,b\n1,\xdc\n", &utf16] {
            assert_eq!(fields(bytes), [["1", "Ü"]]);
        }
    }

    #[test]
    fn defects_are_told_record_by_record() {
        let records = read(b"a,b\n1\n2,\0\n3,4\n5,\"6\n7,8\n");
        let defects: Vec<_> = records.iter().map(|record| record.defect.as_deref()).collect();
        let ragged = Some("has 1 fields where the header has 2");
        assert_eq!(defects, [ragged, Some("contains a NUL byte"), None, Some("a quote is not closed")]);
    }

    #[test]
    fn a_quote_inside_an_unquoted_field_is_a_letter() {
        assert_eq!(fields(b"a,b\n5\" tube,1\n"), [["5\" tube", "1"]]);
        assert!(
            !ends_inside_quotes("5\" tube,1", b',')
                && !ends_inside_quotes("\"a\"\"b\",c", b',')
                && ends_inside_quotes("a,\"b", b',')
        );
    }

    #[test]
    fn an_empty_file_has_no_header() {
        assert!(Records::new(b"".as_slice(), false, b',').header().unwrap().is_none());
        assert!(Records::new(b"\n\n".as_slice(), false, b',').header().unwrap().is_none());
    }
}
