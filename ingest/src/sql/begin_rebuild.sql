-- Says that the warehouse is being rebuilt, and from which objects: those that were loaded, or that a rebuilding which was cut
-- short was to take again, without those that are missing ($1).
INSERT INTO ingest.rebuild (started_at, objects)
SELECT now(), coalesce(array_agg(object_id), '{}')
FROM ingest.object
WHERE (loaded_at IS NOT NULL OR object_id IN (SELECT unnest(objects) FROM ingest.rebuild))
  AND object_id NOT IN (SELECT unnest($1::bigint[]))
ON CONFLICT (one) DO UPDATE SET started_at = excluded.started_at, objects = excluded.objects
