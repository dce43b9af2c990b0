-- The newest object of this key that was never read, or of which this record stands in quarantine.
SELECT o.object_id
FROM ingest.object o
WHERE o.key = $1
  AND CASE WHEN $2::integer IS NULL THEN o.state IN ('held', 'failed', 'gone') AND o.loaded_at IS NULL
      ELSE EXISTS (SELECT FROM ingest.quarantine q WHERE q.object_id = o.object_id AND q.record = $2 AND q.resolved_at IS NULL) END
ORDER BY o.last_modified DESC
LIMIT 1
