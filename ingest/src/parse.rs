//! Bytes to rows: the column map is chosen by the header, every record is cast or rejected, nothing is guessed.
//!
//! Invariant: each record of the file is in exactly one chunk, as a row or as a reject. Memory is bounded by a chunk.

mod cast;
mod chunk;
mod column;
mod delimiter;
mod page;
mod records;
mod row;
mod sample;
mod source;
mod wall_clock;

use std::io::Read;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use flate2::read::MultiGzDecoder;
use wardwatch_schema::feed::Target;
use wardwatch_schema::map::{Header, HeaderDrift, Held, MapSet};

pub use cast::CastError;
pub use chunk::Chunk;
pub(crate) use column::LONGEST_ID;
pub use records::UnreadableBytes;
pub use row::{Reject, Row};
pub use sample::{Sample, sample, sample_split_by};

use chunk::Caster;
use page::Page;
use records::Records;

/// Records in one chunk.
const CHUNK_RECORDS: usize = 50_000;
/// Bytes of the records in one chunk, not counting the last.
const CHUNK_BYTES: usize = 16 << 20;

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
    let (bytes, is_gzip) = decompressed(origin, bytes);
    let (delimiter, bytes) =
        delimiter::find(origin, maps, bytes).map_err(|error| UnreadableBytes::of(error, is_gzip))?;
    let mut records = Records::new(bytes, is_gzip, delimiter);
    let names = records.header()?.ok_or(ParseError::Empty)?;
    let header = Header { names: &names, delimiter };
    let binding = maps.choose(&origin.feed, header, &origin.key, origin.order_time)?;
    let caster = Caster::new(origin, &binding);
    loop {
        let page = read_page(&mut records)?;
        if page.is_empty() {
            return Ok(Opened { map_version: binding.map.version, drift: binding.drift.clone() });
        }
        if !take(caster.cast(page)?) {
            return Err(ParseError::Stopped);
        }
    }
}

fn read_page(records: &mut Records<impl Read>) -> Result<Page, UnreadableBytes> {
    let mut page = Page::default();
    while page.len() < CHUNK_RECORDS && page.bytes() < CHUNK_BYTES && records.read(&mut page)? {}
    Ok(page)
}

/// The bytes of the CSV file, and whether they were compressed.
fn decompressed<'r>(origin: &Origin, bytes: impl Read + 'r) -> (Box<dyn Read + 'r>, bool) {
    let is_gzip = origin.key.to_lowercase().ends_with(".gz");
    if is_gzip { (Box::new(MultiGzDecoder::new(bytes)), true) } else { (Box::new(bytes), false) }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use wardwatch_schema::map::MapOrigin;

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

    /// A row, and its fields as somebody would read them.
    type Told = (Row, Vec<String>);

    fn told(chunk: &Chunk) -> impl Iterator<Item = Told> {
        chunk.rows.iter().map(|row| {
            let (mut fields, mut rest) = (Vec::new(), chunk.fields(row));
            while let Some((length, behind)) = rest.split_first_chunk() {
                let (field, behind) = behind.split_at(usize::try_from(i32::from_be_bytes(*length)).unwrap_or(0));
                let is_null = *length == (-1_i32).to_be_bytes();
                fields.push(if is_null { "null".to_owned() } else { shown(field) });
                rest = behind;
            }
            (row.clone(), fields)
        })
    }

    /// Instants as such, anything else without what cannot be read.
    fn shown(field: &[u8]) -> String {
        let text = || String::from_utf8_lossy(field).replace(char::is_control, "");
        match <[u8; 8]>::try_from(field) {
            Ok(micros) if micros[0] == 0 => {
                let since_2000 = chrono::Duration::microseconds(i64::from_be_bytes(micros));
                ("2000-01-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap() + since_2000).to_string()
            }
            _ => text(),
        }
    }

    fn read_all(key: &str, bytes: &[u8]) -> Result<(Vec<Told>, Vec<Reject>), ParseError> {
        let (mut rows, mut rejects) = (Vec::new(), Vec::new());
        read(&origin(key), &MapSet::load(None).unwrap(), bytes, |mut chunk| {
            rows.extend(told(&chunk));
            rejects.append(&mut chunk.rejects);
            true
        })?;
        Ok((rows, rejects))
    }

    fn results(lines: &str) -> (Vec<Told>, Vec<Reject>) {
        read_all("lab_results.csv", format!("{RESULTS}{lines}").as_bytes()).unwrap()
    }

    #[test]
    fn a_result_of_the_source_is_taken_as_it_stands() {
        let (rows, rejects) =
            results("007,0012,0.8887474439,\"K/uL, M/uL, g/dL, %, K/uL\",NA,Normal,11/2/2026,9:05:00 AM,NA\n");
        assert!(rejects.is_empty());
        let said = ["007", "0012", "null", "0.8887474439", "K/uL, M/uL, g/dL, %, K/uL", "null", "Normal"];
        assert_eq!(rows[0].1[..7], said);
        assert_eq!(rows[0].1[7..], ["2026-11-02 09:05:00 UTC", "null", "", "null", ""]);
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
        assert_eq!(rows.iter().map(|(row, _)| row.future_dated).collect::<Vec<_>>(), [false, true]);
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
        assert_eq!(rows[0].1[10], "{\"analyser\":\"X-9\"}");
    }

    #[test]
    fn of_two_added_columns_of_one_name_nothing_is_lost() {
        let header = RESULTS.replace('\n', ",note,note\n");
        let bytes = format!("{header}1,2,1,u,NA,Normal,11/2/2026,9:05:00 AM,NA,haemolytic,repeated\n");
        let (rows, _) = read_all("lab_results.csv", bytes.as_bytes()).unwrap();
        assert_eq!(rows[0].1[10], "{\"note\":\"haemolytic\",\"note (2)\":\"repeated\"}");
    }

    /// A second hospital's results: other headers, semicolons, one ISO timestamp, and the patient by name.
    const FOREIGN: &str = "feed = \"lis.lab_results\"
version = 7
delimiter = \";\"
nulls = [\"\"]
[[keep]]
headers = [\"RecordType\"]
one_of = [\"RES\"]
[columns.result_id]
compute = { headers = [\"Order\", \"Analyte\"], how = \"join\" }
type = \"id\"
required = true
[columns.test_id]
headers = [\"Order\"]
type = \"id\"
required = true
[columns.patient_id]
headers = [\"Pat\"]
type = \"id\"
required = true
[columns.performed_at]
type = \"timestamp\"
required = true
date = { headers = [\"Day\"], formats = [\"%Y-%m-%d\"] }
[columns.result_status]
headers = [\"Flag\"]
type = \"text\"
translate = { H = \"Abnormal High\" }
unknown = \"reject\"
";

    fn read_foreign(bytes: &[u8]) -> (Vec<Told>, Vec<Reject>, i64, i32) {
        let mut maps = MapSet::load(None).unwrap();
        maps.add(wardwatch_schema::map::parse(MapOrigin::Approved, FOREIGN).unwrap());
        let (mut rows, mut rejects, mut skipped) = (Vec::new(), Vec::new(), 0);
        let opened = read(&origin("lab_results.csv"), &maps, bytes, |mut chunk| {
            rows.extend(told(&chunk));
            rejects.append(&mut chunk.rejects);
            skipped += chunk.skipped;
            true
        });
        (rows, rejects, skipped, opened.unwrap().map_version)
    }

    #[test]
    fn a_foreign_file_is_read_by_its_map_alone() {
        let text = "RecordType;Pat;Order;Analyte;Day;Flag\n\
             RES;P0012345;O-1;K;2026-11-20;H\nQC;;O-1;K;;\nRES;P0012345;O-1;NA,K;2026-11-20;X\nQC;1;2\n";
        let (rows, rejects, skipped, version) = read_foreign(text.as_bytes());
        assert_eq!((rows.len(), skipped, version), (1, 1, 7));
        assert_eq!(rows[0].1[..3], ["O\\-1-K", "O-1", "P0012345"]);
        let at_midnight = ["Abnormal High", "2026-11-20 00:00:00 UTC", "null", "performed_at:date_only"];
        assert_eq!(rows[0].1[6..10], at_midnight);
        let rejects: Vec<_> = rejects.iter().map(|reject| (reject.record, reject.column.as_deref())).collect();
        assert_eq!(rejects, [(3, Some("result_status")), (4, None)], "a record of a wrong shape is never skipped");
    }

    #[test]
    fn where_maps_have_two_delimiters_the_header_tells_which() {
        let ours = format!("{RESULTS}1,2,1,u,NA,Normal,11/2/2026,9:05:00 AM,NA\n");
        let (rows, _, _, version) = read_foreign(ours.as_bytes());
        assert_eq!((rows.len(), version), (1, 1));
        let utf16: Vec<u8> = "\u{feff}RecordType;Pat;Order;Analyte;Day;Flag\nRES;P1;O;K;2026-11-20;H\n"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let (rows, _, _, version) = read_foreign(&utf16);
        assert_eq!((rows.len(), version), (1, 7));
    }

    #[test]
    fn a_file_without_the_column_of_a_condition_is_held() {
        let mut maps = MapSet::default();
        maps.add(wardwatch_schema::map::parse(MapOrigin::Approved, FOREIGN).unwrap());
        let text = "Pat;Order;Analyte;Day;Flag\nP1;O;K;2026-11-20;H\n";
        let held = read(&origin("lab_results.csv"), &maps, text.as_bytes(), |_| true);
        assert!(matches!(held, Err(ParseError::Held(Held::Missing { missing, .. })) if missing == "RecordType"));
    }
}
