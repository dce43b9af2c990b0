-- Held and failed objects that nothing has replaced and nobody dismissed, newest first. $1: of one feed; null: of all.
SELECT object_id AS "object_id!", key AS "key!", feed, state AS "state!", reason, attempts AS "attempts!",
    size_bytes AS "size_bytes!", order_time AS "order_time!", encode(sha256, 'hex') AS "sha256?",
    count(*) OVER () AS "total!"
FROM ingest.open_object
WHERE $1::text IS NULL OR feed = $1
ORDER BY order_time DESC, key
LIMIT 200
