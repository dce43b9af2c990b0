-- What the bucket tells of a span of keys, brought into the ledger: what is new is recorded, what came back stands
-- again, and what is absent has gone, unless it was recorded after the bucket was asked ($5).
-- An object that was recorded without its version learns it. Versions of one key come newest first; those within one
-- second get their places in it, oldest first, after those already known.
-- NOT IN over what is never null: it is hashed, whatever the planner believes of the sizes.
WITH told AS MATERIALIZED (
    SELECT * FROM unnest($7::text[], $8::text[], $9::text[], $10::timestamptz[], $11::bigint[], $12::timestamptz[], $13::text[], $14::bool[])
        WITH ORDINALITY AS t (key, version_id, etag, last_modified, size_bytes, order_time, feed, is_whole, place)
), known AS MATERIALIZED (
    SELECT object_id, key, version_id, etag, last_modified, state, discovered_at
    FROM ingest.object
    WHERE bucket = $1 AND key >= $2 AND key > $3 AND key <= $4
), pair AS (
    -- Versions by their names first: a key may have thousands, and each against each would be millions.
    SELECT k.object_id, t.place FROM told t JOIN known k ON k.key = t.key AND k.version_id = t.version_id
    UNION ALL
    SELECT k.object_id, t.place FROM told t JOIN known k ON k.key = t.key AND k.version_id IS NULL
    WHERE t.version_id IS NULL
       OR (t.key, t.version_id) NOT IN (SELECT v.key, v.version_id FROM known v WHERE v.version_id IS NOT NULL)
    UNION ALL
    SELECT k.object_id, t.place FROM told t JOIN known k ON k.key = t.key AND k.version_id IS NOT NULL
    WHERE t.version_id IS NULL
), met AS MATERIALIZED (
    SELECT DISTINCT ON (k.object_id) k.object_id, k.state, t.place, t.version_id, t.feed, t.is_whole,
        k.version_id IS NULL AND t.version_id IS NOT NULL AS learns
    FROM pair
    JOIN told t ON t.place = pair.place
    JOIN known k ON k.object_id = pair.object_id
    WHERE ingest.is_same_object(k.version_id, k.etag, k.last_modified, t.version_id, t.etag, t.last_modified)
    ORDER BY k.object_id, t.place
), placed AS MATERIALIZED (
    SELECT t.place, coalesce(before.newest, t.last_modified - interval '1 microsecond') + interval '1 microsecond'
        * row_number() OVER (PARTITION BY t.key, t.last_modified ORDER BY t.place DESC) AS last_modified
    FROM told t
    LEFT JOIN LATERAL (
        SELECT max(k.last_modified) AS newest FROM ingest.object k
        WHERE k.bucket = $1 AND k.key = t.key AND k.version_id IS NOT NULL
          AND k.last_modified >= t.last_modified AND k.last_modified < t.last_modified + interval '1 second'
    ) before ON true
    WHERE t.version_id IS NOT NULL AND t.place NOT IN (SELECT met.place FROM met WHERE NOT met.learns)
), stands AS (
    UPDATE ingest.object o
    SET version_id = coalesce(o.version_id, met.version_id),
        last_modified = CASE WHEN met.learns THEN placed.last_modified ELSE o.last_modified END,
        feed = CASE WHEN o.state = 'gone' THEN met.feed ELSE o.feed END,
        reason = CASE WHEN o.state = 'gone' THEN NULL ELSE o.reason END,
        discovered_at = CASE WHEN o.state = 'gone' THEN now() ELSE o.discovered_at END,
        state = CASE WHEN o.state <> 'gone' THEN o.state WHEN met.feed IS NULL THEN 'foreign'
                     WHEN o.loaded_at IS NOT NULL THEN 'done' ELSE 'pending' END
    FROM met
    LEFT JOIN placed ON placed.place = met.place
    WHERE o.object_id = met.object_id AND met.is_whole
      AND (met.state = 'gone' AND o.state = 'gone' OR met.learns AND o.version_id IS NULL)
    RETURNING met.state = 'gone' AS came_back
), left_it AS (
    UPDATE ingest.object o
    SET state = 'gone',
        reason = CASE
            WHEN o.loaded_at IS NOT NULL OR o.feed IS NULL THEN NULL
            ELSE concat_ws('; ', 'the object left the bucket before it could be read: upload it again under the same key', o.reason)
        END
    FROM known k
    WHERE o.object_id = k.object_id AND o.state IN ('pending', 'done', 'held', 'failed', 'foreign')
      AND k.state <> 'gone' AND k.discovered_at < $5 AND (k.version_id IS NULL OR $6)
      AND k.object_id NOT IN (SELECT met.object_id FROM met)
    RETURNING o.object_id
), recorded AS (
    INSERT INTO ingest.object (bucket, key, version_id, etag, last_modified, size_bytes, order_time, feed, state)
    SELECT $1, t.key, t.version_id, t.etag, coalesce(placed.last_modified, t.last_modified), t.size_bytes, t.order_time,
        t.feed, CASE WHEN t.feed IS NULL THEN 'foreign' ELSE 'pending' END
    FROM told t
    LEFT JOIN placed ON placed.place = t.place
    WHERE t.is_whole AND t.place NOT IN (SELECT met.place FROM met)
    ORDER BY t.key, t.place DESC
    ON CONFLICT ON CONSTRAINT object_identity DO NOTHING
    RETURNING object_id
)
SELECT (SELECT count(*) FROM recorded) + (SELECT count(*) FROM stands WHERE came_back) AS "new!",
    (SELECT count(*) FROM left_it) AS "gone!"
