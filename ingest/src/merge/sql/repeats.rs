//! The statements that note where a version was said last, when a row is said again: `ingest.last_sighting`, a row a version,
//! and `ingest.sighting_page`, where a large batch has packed what it repeats (`repeat`).
//!
//! Invariant: a row of `ingest.last_sighting` is later than the version's row and its page.

/// Counts what was repeated. Returns (object_id, rows).
pub(super) fn count(table: &str) -> String {
    format!("SELECT object_id, count(*) AS rows FROM known_{table} WHERE is_repeat GROUP BY object_id")
}

/// A row each.
pub(super) fn note(table: &str) -> String {
    NOTE.replace("{t}", table).replace("{beside}", "")
}

/// A row each, of what is later than its page.
pub(super) fn note_beside_pages(table: &str) -> String {
    NOTE.replace("{beside}", BESIDE_PAGES).replace("{t}", table)
}

/// Takes the last sightings of the versions in `pool_*` from the pages.
pub(super) fn collect_packed(table: &str) -> String {
    COLLECT.replace("{t}", table)
}

/// In the order of the hashes: the index is walked once, and two batches never wait for each other crosswise.
const NOTE: &str = "INSERT INTO ingest.last_sighting AS l (content_hash, last_seen_at, last_object, last_record)
SELECT content_hash, seen_at, object_id, last_record FROM known_{t} k WHERE is_repeat AND is_later{beside} ORDER BY content_hash
ON CONFLICT (content_hash) DO UPDATE SET
    last_seen_at = excluded.last_seen_at, last_object = excluded.last_object, last_record = excluded.last_record
WHERE ingest.precedes(
    l.last_seen_at, l.last_object, l.last_record, excluded.last_seen_at, excluded.last_object, excluded.last_record)";

const BESIDE_PAGES: &str = " AND NOT EXISTS (
    SELECT FROM ingest.sighting_page g
    CROSS JOIN LATERAL ingest.last_said(k.content_hash, k.seen_at, k.object_id, k.last_record, NULL, g) said
    WHERE g.target = '{t}' AND g.page = ingest.page_of(k.content_hash)
        AND (said.last_object, said.last_record) <> (k.object_id, k.last_record))";

/// A page is left as it is: what stands in the row is then not earlier.
const COLLECT: &str = "UPDATE pool_{t} p SET (last_seen_at, last_object, last_record) = (
    SELECT said.last_seen_at, said.last_object, said.last_record
    FROM (VALUES (true)) one
    LEFT JOIN ingest.sighting_page g ON g.target = '{t}' AND g.page = ingest.page_of(p.content_hash)
    CROSS JOIN LATERAL ingest.last_said(p.content_hash, p.last_seen_at, p.last_object, p.last_record, NULL, g) said
)
WHERE NOT p.is_staged";
