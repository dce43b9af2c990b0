//! Splits the bytes of a file into records, and keeps the raw text of each until it is known to be good.
//!
//! Invariant: every record of the file comes out once, numbered from 1 after the header, whatever is wrong with it.

use std::borrow::Cow;
use std::io::{self, Read};

use encoding_rs::WINDOWS_1252;
use encoding_rs_io::DecodeReaderBytesBuilder;

use super::page::Page;

/// Longest record that is read; more means that a quote was never closed.
const LONGEST_RECORD: usize = 1 << 20;

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
        let kept = Kept { inner: decoded, bytes: Vec::new(), start: 0, taken: 0 };
        let reader = csv::ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(kept);
        Self { reader, record: csv::ByteRecord::new(), width: 0, number: -1, is_gzip, delimiter }
    }

    /// The header; `None` where the file is empty.
    pub(super) fn header(&mut self) -> Result<Option<Vec<String>>, UnreadableBytes> {
        let Some((start, end)) = self.advance()? else { return Ok(None) };
        self.reader.get_mut().take(start, end);
        self.width = self.record.len();
        // A header may come to stand in a reason or in drift.
        Ok(Some(self.record.iter().map(raw_text).collect()))
    }

    /// Adds the next record to the page. Says whether there was one.
    pub(super) fn read(&mut self, page: &mut Page) -> Result<bool, UnreadableBytes> {
        let Some((start, end)) = self.advance()? else { return Ok(false) };
        let raw = trim_line_breaks(self.reader.get_mut().take(start, end));
        let defect = defect(raw, self.record.len(), self.width, self.delimiter);
        page.push(self.number, fields(&self.record), raw, defect);
        Ok(true)
    }

    /// Reads the next record; says from where to where it lies in the bytes.
    fn advance(&mut self) -> Result<Option<(u64, u64)>, UnreadableBytes> {
        let start = self.reader.position().byte();
        let read = self.reader.read_byte_record(&mut self.record).map_err(|error| self.unreadable(error))?;
        let end = self.reader.position().byte();
        if (end - start) as usize > LONGEST_RECORD {
            return Err(UnreadableBytes::EndlessRecord);
        }
        self.number += i32::from(read);
        Ok(read.then_some((start, end)))
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

fn defect(raw: &[u8], width: usize, expected: usize, delimiter: u8) -> Option<String> {
    if raw.contains(&0) {
        return Some("contains a NUL byte".to_owned());
    }
    if let Some(defect) = raw.contains(&b'"').then(|| defect_of_quotes(raw, delimiter)).flatten() {
        return Some(defect.to_owned());
    }
    (width != expected).then(|| format!("has {width} fields where the header has {expected}"))
}

/// The fields of a record as text: as a whole where it is UTF-8, which is nearly always and asked once.
fn fields(record: &csv::ByteRecord) -> impl Iterator<Item = Cow<'_, str>> {
    let whole = std::str::from_utf8(record.as_slice()).ok();
    let of_whole = move |place: usize| {
        let range = record.range(place)?;
        whole?.get(range).map(Cow::Borrowed)
    };
    record.iter().enumerate().map(move |(place, field)| of_whole(place).unwrap_or_else(|| as_text(field)))
}

pub(super) fn as_text(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0,
    }
}

/// The raw text of a record or of a header. Postgres keeps no NUL in text: the symbol for it stands in its place.
pub(super) fn raw_text(bytes: &[u8]) -> String {
    as_text(bytes).replace('\0', "\u{2400}")
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

/// What is wrong with the quotes of a record: one that is not closed, or text that follows a closed one. The latter is what two
/// records look like that a lost quote made one of. A quote inside an unquoted field is only a letter.
fn defect_of_quotes(raw: &[u8], delimiter: u8) -> Option<&'static str> {
    enum Place {
        FieldStart,
        Unquoted,
        Quoted,
        AfterQuote,
    }
    let mut place = Place::FieldStart;
    for letter in raw {
        place = match (place, letter) {
            (Place::Quoted, b'"') => Place::AfterQuote,
            (Place::Quoted, _) | (Place::FieldStart | Place::AfterQuote, b'"') => Place::Quoted,
            (_, letter) if *letter == delimiter => Place::FieldStart,
            (Place::AfterQuote, _) => return Some("text follows a closing quote: a quote before it was probably lost"),
            _ => Place::Unquoted,
        };
    }
    matches!(place, Place::Quoted).then_some("a quote is not closed")
}

/// A reader that keeps what passed through it until it is taken.
struct Kept<R> {
    inner: R,
    bytes: Vec<u8>,
    /// Where the kept bytes begin in the file.
    start: u64,
    /// Kept bytes that were taken already.
    taken: usize,
}

impl<R> Kept<R> {
    /// The bytes from `start` to `end`; what lies before them is forgotten.
    fn take(&mut self, start: u64, end: u64) -> &[u8] {
        if self.taken > self.bytes.len() / 2 {
            self.bytes.drain(..self.taken);
            self.start += self.taken as u64;
        }
        let from = (start - self.start) as usize;
        self.taken = (end - self.start) as usize;
        &self.bytes[from..self.taken]
    }
}

impl<R: Read> Read for Kept<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.bytes.len() - self.taken > 2 * LONGEST_RECORD {
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

    fn read(bytes: &[u8]) -> Page {
        let mut records = Records::new(bytes, false, b',');
        records.header().unwrap().unwrap();
        let mut page = Page::default();
        while records.read(&mut page).unwrap() {}
        page
    }

    fn fields(bytes: &[u8]) -> Vec<Vec<String>> {
        let page = read(bytes);
        let fields = |record| (0..).map_while(|place| page.field(record, place).map(str::to_owned)).collect();
        (0..page.len()).map(fields).collect()
    }

    #[test]
    fn records_are_numbered_and_keep_their_raw_text() {
        let page = read(b"a,b\r\n1,2\r\n\r\n\"x\ny\",4\r\n");
        let seen: Vec<_> = (0..page.len()).map(|record| (page.number(record), raw_text(page.raw(record)))).collect();
        assert_eq!(seen, [(1, "1,2".to_owned()), (2, "\"x\ny\",4".to_owned())]);
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
        let page = read(b"a,b\n1\n2,\0\n3,4\n5,\"6\n7,8\n");
        let defects: Vec<_> = (0..page.len()).map(|record| page.defect(record)).collect();
        let ragged = Some("has 1 fields where the header has 2");
        assert_eq!(defects, [ragged, Some("contains a NUL byte"), None, Some("a quote is not closed")]);
    }

    #[test]
    fn a_quote_inside_an_unquoted_field_is_a_letter() {
        assert_eq!(fields(b"a,b\n5\" tube,1\n"), [["5\" tube", "1"]]);
        assert_eq!(defect_of_quotes(b"5\" tube,1", b','), None);
        assert_eq!(defect_of_quotes(b"\"a\"\"b\",c", b','), None);
        assert!(defect_of_quotes(b"a,\"b", b',').is_some_and(|defect| defect.contains("not closed")));
    }

    #[test]
    fn a_lost_quote_makes_no_record_of_two() {
        let page = read(b"a,b\n1,\"x\n2,\"y\"\n3,\"z\"\n");
        let defects: Vec<_> = (0..page.len()).map(|record| page.defect(record).is_some()).collect();
        assert_eq!(defects, [true, false], "the first two are one, which is not taken");
        assert_eq!(raw_text(page.raw(0)), "1,\"x\n2,\"y\"");
    }

    #[test]
    fn an_empty_file_has_no_header() {
        assert!(Records::new(b"".as_slice(), false, b',').header().unwrap().is_none());
        assert!(Records::new(b"\n\n".as_slice(), false, b',').header().unwrap().is_none());
    }
}
