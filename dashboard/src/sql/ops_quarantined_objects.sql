-- Objects with quarantined records that nobody dismissed, newest first. $1: of one feed; null: of all.
SELECT o.object_id AS "object_id!", o.key AS "key!", o.feed AS "feed!", count(*) AS "records!",
    o.order_time AS "order_time!", count(*) OVER () AS "total!"
FROM ingest.undecided_quarantine q
JOIN ingest.object o ON o.object_id = q.object_id
WHERE $1::text IS NULL OR o.feed = $1
GROUP BY o.object_id
ORDER BY o.order_time DESC, o.key
LIMIT 200
