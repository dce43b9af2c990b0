-- The oldest claimable objects of one feed below a prefix ($10), while their number and their sizes in all stay within the limits.
-- An object whose loader never settled it is claimed alone, so that one that kills its loaders takes no other with it; that counts
-- as an attempt.
-- The first results, and large objects of results, wait for large objects of tests ($8, from $9 bytes on) below the same prefix:
-- judged before them, each would be judged twice.
-- Not starts_with: of that the planner makes a range of keys, and may read all that was ever loaded there to find what is pending.
WITH candidate AS MATERIALIZED (
    SELECT object_id, size_bytes, order_time, key, state = 'leased' AS is_orphaned
    FROM ingest.object o
    WHERE bucket = $1 AND feed = $2 AND left(key, length($10)) = $10
      AND (state = 'pending' AND (not_before IS NULL OR not_before <= now())
           OR state = 'leased' AND leased_until < now())
      AND NOT EXISTS (
          SELECT FROM ingest.object test
          WHERE test.bucket = $1 AND test.feed = ANY ($8) AND test.state IN ('pending', 'leased') AND test.size_bytes >= $9
            AND left(test.key, length($10)) = $10
            AND (o.size_bytes >= $9 OR NOT EXISTS (SELECT FROM warehouse.lab_result))
      )
    ORDER BY order_time, key
    LIMIT $6
    FOR UPDATE SKIP LOCKED
), sized AS (
    SELECT object_id, is_orphaned, row_number() OVER in_order AS place, sum(size_bytes) OVER in_order AS bytes,
        bool_or(is_orphaned) OVER in_order AS meets_orphan
    FROM candidate
    WINDOW in_order AS (ORDER BY order_time, key, object_id)
), claimed AS (
    UPDATE ingest.object o
    SET state = 'leased', lease_token = $3, leased_by = $4, leased_until = now() + make_interval(secs => $5),
        reason = NULL, attempts = o.attempts + is_orphaned::int
    FROM sized
    WHERE o.object_id = sized.object_id AND (sized.place = 1 OR sized.bytes <= $7::bigint AND NOT sized.meets_orphan)
    RETURNING o.object_id, o.key, o.version_id, o.etag, o.last_modified, o.size_bytes, o.order_time, o.attempts, is_orphaned
), noted AS (
    INSERT INTO ingest.last_error AS known (feed, object_id, reason, happened_at, retries)
    SELECT $2, object_id, 'its loader ended before it had settled the object', now(), 1 FROM claimed WHERE is_orphaned
    ON CONFLICT (feed) DO UPDATE
        SET object_id = excluded.object_id, reason = excluded.reason, happened_at = excluded.happened_at,
            retries = known.retries + 1
)
SELECT object_id AS "object_id!", key AS "key!", version_id, etag, last_modified AS "last_modified!", size_bytes AS "size_bytes!",
    order_time AS "order_time!", attempts AS "attempts!"
FROM claimed
