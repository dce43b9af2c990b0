-- Objects with records in quarantine: of this key, of this feed, with a record whose reason contains this text.
SELECT o.object_id, o.key
FROM ingest.object o
WHERE o.quarantined > 0
  AND ($1::text IS NULL OR o.key = $1) AND ($2::text IS NULL OR o.feed = $2)
  AND EXISTS (
      SELECT FROM ingest.quarantine q
      WHERE q.object_id = o.object_id AND q.resolved_at IS NULL AND ($3::text IS NULL OR position($3 IN q.reason) > 0)
  )
ORDER BY o.order_time, o.key
