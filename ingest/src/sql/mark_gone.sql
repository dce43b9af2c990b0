UPDATE ingest.object
SET state = 'gone',
    reason = CASE WHEN loaded_at IS NULL THEN 'the object left the bucket before it was read: ask the source for it again' END
WHERE object_id = ANY ($1) AND state IN ('pending', 'done', 'held', 'failed', 'foreign')
