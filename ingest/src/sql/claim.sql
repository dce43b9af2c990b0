-- The oldest claimable objects of one feed, while their number and their sizes in all stay within the limits.
WITH candidate AS MATERIALIZED (
    SELECT object_id, size_bytes, order_time, key
    FROM ingest.object
    WHERE bucket = $1 AND feed = $2
      AND (state = 'pending' AND (not_before IS NULL OR not_before <= now())
           OR state = 'leased' AND leased_until < now())
    ORDER BY order_time, key
    LIMIT $6
    FOR UPDATE SKIP LOCKED
), sized AS (
    SELECT object_id, row_number() OVER in_order AS place, sum(size_bytes) OVER in_order AS bytes
    FROM candidate
    WINDOW in_order AS (ORDER BY order_time, key, object_id)
)
UPDATE ingest.object o
SET state = 'leased', lease_token = $3, leased_by = $4, leased_until = now() + make_interval(secs => $5), reason = NULL
FROM sized
WHERE o.object_id = sized.object_id AND (sized.place = 1 OR sized.bytes <= $7::bigint)
RETURNING o.object_id, o.key, o.version_id, o.etag, o.last_modified, o.size_bytes, o.order_time, o.attempts
