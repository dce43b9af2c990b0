//! Bytes to rows: the column map is chosen by the header, every record is cast or rejected, nothing is guessed.
//!
//! Invariant: each record of the file is in exactly one chunk, as a row or as a reject. Memory is bounded by a chunk.

mod cast;
mod chunk;
mod records;
mod row;
mod wall_clock;

use std::io::Read;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use flate2::read::MultiGzDecoder;
use wardwatch_schema::feed::Target;
use wardwatch_schema::map::{HeaderDrift, Held, MapSet};

pub use cast::CastError;
pub use chunk::Chunk;
pub use records::UnreadableBytes;
pub(crate) use row::copy_text;
pub use row::{Reject, Row};

use records::Records;

/// Records in one chunk.
const CHUNK_RECORDS: usize = 50_000;

/// What is known of an object before its bytes are read.
#[derive(Debug, Clone)]
pub struct Origin {
    /// Feed that the object belongs to.
    pub feed: String,
    /// Table that its rows go to.
    pub target: Target,
    /// Its key; `.gz` at the end means gzip.
    pub key: String,
    /// First part of its order.
    pub order_time: DateTime<Utc>,
    /// When it was written.
    pub last_modified: DateTime<Utc>,
    /// Zone of the hospital's wall clock.
    pub zone: Tz,
}

/// Why an object cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ParseError {
    /// The file holds no header, and so nothing at all.
    #[error("empty: the file has no header; upload it again, or ignore it if the source wrote nothing")]
    Empty,
    /// No map may read the header.
    #[error(transparent)]
    Held(#[from] Held),
    /// The bytes end early or cannot be decoded.
    #[error(transparent)]
    Bytes(#[from] UnreadableBytes),
    /// The map cannot be applied.
    #[error(transparent)]
    Cast(#[from] CastError),
    /// Whoever takes the chunks has gone.
    #[error("loading was stopped")]
    Stopped,
}

/// What the header told.
#[derive(Debug, Clone, Default)]
pub struct Opened {
    /// Version of the map that read the object.
    pub map_version: i32,
    /// How the header differs from the map's.
    pub drift: Vec<HeaderDrift>,
}

/// Reads a whole object, handing over chunk after chunk; stops early when `take` says so by returning `false`.
pub fn read(
    origin: &Origin,
    maps: &MapSet,
    bytes: impl Read,
    mut take: impl FnMut(Chunk) -> bool,
) -> Result<Opened, ParseError> {
    let is_gzip = origin.key.to_lowercase().ends_with(".gz");
    let bytes: Box<dyn Read + '_> = if is_gzip { Box::new(MultiGzDecoder::new(bytes)) } else { Box::new(bytes) };
    let mut records = Records::new(bytes, is_gzip);
    let header = records.header()?.ok_or(ParseError::Empty)?;
    let binding = maps.choose(&origin.feed, &header, &origin.key, origin.order_time)?;
    loop {
        let mut batch = Vec::new();
        while batch.len() < CHUNK_RECORDS {
            let Some(record) = records.next()? else { break };
            batch.push(record);
        }
        if batch.is_empty() {
            return Ok(Opened { map_version: binding.map.version, drift: binding.drift });
        }
        if !take(chunk::cast(origin, &binding, batch)?) {
            return Err(ParseError::Stopped);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const RESULTS: &str = "result_id,test_id,result_value,result_unit,reference_range,result_status,performed_date,performed_time,reviewing_physician\n";

    fn origin(key: &str) -> Origin {
        let time = "2026-11-21T12:00:00Z".parse().unwrap();
        Origin {
            feed: "lis.lab_results".to_owned(),
            target: Target::LabResult,
            key: key.to_owned(),
            order_time: time,
            last_modified: time,
            zone: Tz::UTC,
        }
    }

    fn read_all(key: &str, bytes: &[u8]) -> Result<(Vec<Row>, Vec<Reject>), ParseError> {
        let (mut rows, mut rejects) = (Vec::new(), Vec::new());
        read(&origin(key), &MapSet::load(None).unwrap(), bytes, |mut chunk| {
            rows.append(&mut chunk.rows);
            rejects.append(&mut chunk.rejects);
            true
        })?;
        Ok((rows, rejects))
    }

    fn results(lines: &str) -> (Vec<Row>, Vec<Reject>) {
        read_all("lab_results.csv", format!("{RESULTS}{lines}").as_bytes()).unwrap()
    }

    #[test]
    fn a_result_of_the_source_is_taken_as_it_stands() {
        let (rows, rejects) =
            results("007,0012,0.8887474439,\"K/uL, M/uL, g/dL, %, K/uL\",NA,Normal,11/2/2026,9:05:00 AM,NA\n");
        assert!(rejects.is_empty());
        let expected = "0012\t\\N\t0.8887474439\t0.8887474439\tK/uL, M/uL, g/dL, %, K/uL\t\\N\tNormal\t2026-11-02 09:05:00+00\t\\N\t{}\t\\N";
        assert_eq!((rows[0].source_key[0].as_str(), rows[0].content.as_str()), ("007", expected));
    }

    #[test]
    fn records_that_do_not_fit_are_rejected_one_by_one() {
        let (rows, rejects) = results(
            "1,2,abc,u,NA,Normal,11/2/2026,9:05:00 AM,NA\n\
             2,2,1,u,NA,Normal,13/2/2026,9:05:00 AM,NA\n\
             3,2,1,u,NA,Normal,11/2/2026,9:05:00 AM,NA\n\
             ,2,1,u,NA,Normal,11/2/2026,9:05:00 AM,NA\n\
             5,2,1,u,NA,Normal,11/2/26,9:05:00 AM,NA\n\
             6,2,1\n",
        );
        assert_eq!(rows.len(), 1);
        let seen: Vec<_> =
            rejects.iter().map(|reject| (reject.record, reject.column.as_deref().unwrap_or("-"))).collect();
        assert_eq!(seen, [(1, "result_value"), (2, "performed_at"), (4, "result_id"), (5, "performed_at"), (6, "-")]);
        assert_eq!(rejects[5 - 1].test_id.as_deref(), Some("2"));
        assert!(rejects.iter().all(|reject| !reject.reason.contains("abc")), "a reason never quotes the value");
    }

    #[test]
    fn a_performance_later_than_its_object_is_future_dated() {
        let (rows, _) = results(
            "1,2,1,u,NA,Normal,11/21/2026,12:05:00 PM,NA\n\
             2,2,1,u,NA,Normal,11/21/2026,12:05:01 PM,NA\n",
        );
        assert_eq!(rows.iter().map(|row| row.future_dated).collect::<Vec<_>>(), [false, true]);
    }

    #[test]
    fn gzip_is_read_and_a_cut_one_is_refused() {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(format!("{RESULTS}1,2,1,u,NA,Normal,11/2/2026,9:05:00 AM,NA\n").as_bytes()).unwrap();
        let whole = encoder.finish().unwrap();
        assert_eq!(read_all("lab_results.csv.gz", &whole).unwrap().0.len(), 1);
        let cut = read_all("lab_results.csv.gz", &whole[..whole.len() - 9]);
        assert!(matches!(cut, Err(ParseError::Bytes(UnreadableBytes::Gzip(_)))));
    }

    #[test]
    fn an_empty_file_is_told_from_a_header_only() {
        assert!(matches!(read_all("lab_results.csv", b""), Err(ParseError::Empty)));
        assert!(read_all("lab_results.csv", RESULTS.as_bytes()).unwrap().0.is_empty());
    }

    #[test]
    fn an_added_column_is_kept_beside_the_row() {
        let header = RESULTS.replace('\n', ",analyser\n");
        let bytes = format!("{header}1,2,1,u,NA,Normal,11/2/2026,9:05:00 AM,NA,X-9\n");
        let (rows, _) = read_all("lab_results.csv", bytes.as_bytes()).unwrap();
        assert!(rows[0].content.ends_with("\t{\"analyser\":\"X-9\"}"), "{}", rows[0].content);
    }
}
