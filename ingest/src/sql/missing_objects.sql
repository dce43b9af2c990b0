-- Objects that were loaded, or that a rebuilding which was cut short was to take again, and that are not in this bucket ($1)
-- below this prefix ($2) any more.
SELECT object_id, key, etag, last_modified
FROM ingest.object
WHERE (loaded_at IS NOT NULL OR object_id IN (SELECT unnest(objects) FROM ingest.rebuild))
  AND (state = 'gone' OR bucket <> $1 OR NOT starts_with(key, $2))
ORDER BY order_time, key
