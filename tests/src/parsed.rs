//! What must hold of any bytes that are read as a file: no panic, every record exactly once as a row, a reject or left out
//! by a filter, and no more of it at once than a chunk.
//!
//! The records are counted a second time here, by an automaton that was written from RFC 4180 and not from the reader. The
//! fuzz target `fuzz/fuzz_targets/parse.rs` and the test `fuzz.rs` share this file; it names nothing of this crate.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::sync::LazyLock;

use flate2::read::MultiGzDecoder;
use wardwatch_ingest::parse::{self, Origin, ParseError};
use wardwatch_schema::feed::Target;
use wardwatch_schema::map::MapSet;

const FEEDS: [(&str, &str, Target); 4] = [
    ("pms.patient_information", "patient_information.csv", Target::Patient),
    ("pms.admissions", "admissions.csv", Target::Admission),
    ("lis.lab_tests", "lab_tests.csv", Target::LabTest),
    ("lis.lab_results", "lab_results.csv", Target::LabResult),
];
/// What a chunk may hold at most: records, and bytes of raw text (16 MiB and the record that went beyond).
const CHUNK_RECORDS: usize = 50_000;
const CHUNK_BYTES: usize = 18 << 20;
/// More than this of an unpacked file is not counted a second time.
const COUNTED_BYTES: u64 = 64 << 20;

static MAPS: LazyLock<Option<MapSet>> = LazyLock::new(|| MapSet::load(None).ok());

/// How a file was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Read {
    /// To its end; so many records.
    Whole(usize),
    /// Not to its end: held, empty, or its bytes are damaged.
    Refused,
}

/// Reads a file of the feed and the packing that the first byte says.
///
/// # Panics
/// Where not all holds: that is what a fuzzer looks for.
#[expect(clippy::panic, reason = "a fuzz target tells by a panic")]
pub fn holds(data: &[u8]) -> Read {
    let Some((choice, bytes)) = data.split_first() else { return Read::Refused };
    let (feed, key, target) = FEEDS[usize::from(choice & 3)];
    let is_gzip = choice & 4 != 0;
    let Some(maps) = MAPS.as_ref() else { panic!("the shipped maps cannot be read") };
    let origin = origin(feed, if is_gzip { format!("{key}.gz") } else { key.to_owned() }, target);
    let mut seen = Seen::default();
    let read = parse::read(&origin, maps, bytes, |chunk| {
        seen.note(&chunk);
        true
    });
    seen.expect_each_once();
    match read {
        Ok(_) => {
            expect_count(&seen, bytes, is_gzip);
            Read::Whole(seen.records())
        }
        Err(ParseError::Stopped | ParseError::Cast(_)) => panic!("no bytes may lead to this"),
        Err(_) => Read::Refused,
    }
}

fn origin(feed: &str, key: String, target: Target) -> Origin {
    let time = chrono::DateTime::from_timestamp(1_795_262_400, 0).unwrap_or_default();
    Origin {
        feed: feed.to_owned(),
        target,
        key,
        order_time: time,
        last_modified: time,
        zone: chrono_tz::Europe::Berlin,
    }
}

#[derive(Default)]
struct Seen {
    numbers: BTreeSet<i32>,
    told: usize,
    skipped: usize,
}

impl Seen {
    fn note(&mut self, chunk: &parse::Chunk) {
        let rows = chunk.rows.iter().map(|row| row.record);
        self.numbers.extend(rows.chain(chunk.rejects.iter().map(|reject| reject.record)));
        let skipped = usize::try_from(chunk.skipped).unwrap_or(usize::MAX);
        let records = chunk.rows.len() + chunk.rejects.len();
        (self.told, self.skipped) = (self.told + records, self.skipped + skipped);
        assert!(records + skipped <= CHUNK_RECORDS, "a chunk of {records} records");
        let raw: usize = chunk.rejects.iter().map(|reject| reject.raw.len()).sum();
        // A NUL is three bytes long in raw text, and so may be a byte of Windows-1252.
        assert!(raw <= 3 * CHUNK_BYTES, "a chunk of {raw} bytes");
        assert!(chunk.rejects.iter().all(|reject| !reject.raw.contains('\0')), "Postgres keeps no NUL");
    }

    fn records(&self) -> usize {
        self.told + self.skipped
    }

    /// Numbers are from 1 on, none twice, and none is missing but for those that a filter left out.
    fn expect_each_once(&self) {
        assert_eq!(self.numbers.len(), self.told, "a record was told twice");
        assert!(self.numbers.first().is_none_or(|first| *first >= 1), "records are numbered from 1");
        let last = self.numbers.last().copied().unwrap_or_default();
        assert!(usize::try_from(last).is_ok_and(|last| last <= self.records()), "a record is missing");
    }
}

fn expect_count(seen: &Seen, bytes: &[u8], is_gzip: bool) {
    let mut unpacked = Vec::new();
    if is_gzip {
        let read = MultiGzDecoder::new(bytes).take(COUNTED_BYTES).read_to_end(&mut unpacked);
        if read.is_err() || unpacked.len() as u64 == COUNTED_BYTES {
            return;
        }
    } else {
        unpacked.extend_from_slice(bytes);
    }
    assert_eq!(seen.records() + 1, count(&as_utf_8(unpacked)), "records and header, read and counted");
}

/// UTF-16 with a mark as UTF-8, and anything else without its mark.
fn as_utf_8(bytes: Vec<u8>) -> Vec<u8> {
    let units = |from: fn([u8; 2]) -> u16, bytes: &[u8]| {
        let pairs = bytes.chunks(2).map(|pair| pair.try_into().map_or(0xfffd, from));
        let letters = char::decode_utf16(pairs).map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER));
        letters.collect::<String>().into_bytes()
    };
    match bytes.as_slice() {
        [0xff, 0xfe, rest @ ..] => units(u16::from_le_bytes, rest),
        [0xfe, 0xff, rest @ ..] => units(u16::from_be_bytes, rest),
        [0xef, 0xbb, 0xbf, rest @ ..] => rest.to_vec(),
        _ => bytes,
    }
}

/// Counts records as RFC 4180 has them; empty lines are none, and a carriage return ends a line too.
fn count(bytes: &[u8]) -> usize {
    enum Place {
        LineStart,
        FieldStart,
        Unquoted,
        Quoted,
        AfterQuote,
    }
    let (mut records, mut place) = (0, Place::LineStart);
    for byte in bytes {
        records += usize::from(matches!(place, Place::LineStart) && !matches!(byte, b'\r' | b'\n'));
        place = match (place, byte) {
            (Place::Quoted, b'"') => Place::AfterQuote,
            (Place::Quoted, _) | (Place::LineStart | Place::FieldStart | Place::AfterQuote, b'"') => Place::Quoted,
            (_, b'\r' | b'\n') => Place::LineStart,
            (_, b',') => Place::FieldStart,
            _ => Place::Unquoted,
        };
    }
    records
}
