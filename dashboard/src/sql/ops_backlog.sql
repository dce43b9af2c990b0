-- Objects of one feed ($1) that are not loaded yet, the next one first.
SELECT object_id AS "object_id!", key AS "key!", state AS "state!", reason, attempts AS "attempts!",
    order_time AS "order_time!", discovered_at AS "discovered_at!", count(*) OVER () AS "total!"
FROM ingest.object
WHERE feed = $1 AND state IN ('pending', 'leased')
ORDER BY order_time, key
LIMIT 200
