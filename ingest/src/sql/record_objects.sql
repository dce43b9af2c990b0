INSERT INTO ingest.object AS known (bucket, key, version_id, etag, last_modified, size_bytes, order_time, feed, state)
SELECT $1, key, version_id, etag, last_modified, size_bytes, order_time, feed,
    CASE WHEN feed IS NULL THEN 'foreign' ELSE 'pending' END
FROM unnest($2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::bigint[], $7::timestamptz[], $8::text[])
    AS listed (key, version_id, etag, last_modified, size_bytes, order_time, feed)
ON CONFLICT ON CONSTRAINT object_identity DO UPDATE
SET feed = excluded.feed,
    reason = NULL,
    discovered_at = now(),
    state = CASE WHEN known.loaded_at IS NOT NULL THEN 'done' ELSE excluded.state END
WHERE known.state = 'gone'
