INSERT INTO ingest.object AS known (bucket, key, etag, last_modified, size_bytes, order_time, feed, state)
SELECT $1, key, etag, last_modified, size_bytes, order_time, feed,
    CASE WHEN feed IS NULL THEN 'foreign' ELSE 'pending' END
FROM unnest($2::text[], $3::text[], $4::timestamptz[], $5::bigint[], $6::timestamptz[], $7::text[])
    AS listed (key, etag, last_modified, size_bytes, order_time, feed)
ON CONFLICT ON CONSTRAINT object_identity DO UPDATE
SET feed = excluded.feed,
    reason = NULL,
    state = CASE WHEN known.loaded_at IS NOT NULL THEN 'done' ELSE excluded.state END
WHERE known.state = 'gone'
