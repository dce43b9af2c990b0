//! Finds out what separates the fields of a file, where the maps of its feed do not agree on it.
//!
//! Invariant: the bytes are handed on whole. Where the maps agree, nothing is looked at.

use std::io::{self, Cursor, Read};

use encoding_rs::{Encoding, UTF_8};
use wardwatch_schema::map::MapSet;

use super::Origin;

/// Longest first line that is looked at.
const LONGEST_LINE: u64 = 64 << 10;

/// The delimiter of a file, and its bytes from the start.
pub(super) fn find<'r>(
    origin: &Origin,
    maps: &MapSet,
    mut bytes: impl Read + 'r,
) -> io::Result<(u8, Box<dyn Read + 'r>)> {
    let possible = maps.delimiters(&origin.feed, &origin.key, origin.order_time);
    if let [only] = possible[..] {
        return Ok((only, Box::new(bytes)));
    }
    let mut start = Vec::new();
    (&mut bytes).take(LONGEST_LINE).read_to_end(&mut start)?;
    let encoding = Encoding::for_bom(&start).map_or(UTF_8, |(encoding, _)| encoding);
    let (text, _, _) = encoding.decode(&start);
    let first_line = text.trim_start().lines().next().unwrap_or_default();
    let delimiter = maps.delimiter(&origin.feed, first_line, &origin.key, origin.order_time);
    Ok((delimiter, Box::new(Cursor::new(start).chain(bytes))))
}
