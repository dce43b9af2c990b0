-- What a batch said that comes after all others: it is the last sighting, whatever a row or a page has noted.
DELETE FROM ingest.last_sighting l USING said_page s
WHERE s.page = ingest.page_of(l.content_hash) AND l.content_hash = ANY (s.content_hashes);
INSERT INTO ingest.sighting_page AS kept (target, page, content_hashes, seen_at, objects, records)
SELECT target, page, content_hashes, seen_at, objects, records FROM said_page
ON CONFLICT (target, page) DO UPDATE SET (content_hashes, seen_at, objects, records) = (
    SELECT excluded.content_hashes || coalesce(array_agg(o.content_hash), '{}'),
        excluded.seen_at || coalesce(array_agg(o.seen_at), '{}'),
        excluded.objects || coalesce(array_agg(o.object), '{}'),
        excluded.records || coalesce(array_agg(o.record), '{}')
    FROM unnest(kept.content_hashes, kept.seen_at, kept.objects, kept.records) AS o (content_hash, seen_at, object, record)
    WHERE o.content_hash <> ALL (excluded.content_hashes)
);
