UPDATE ingest.object
SET state = 'gone',
    reason = CASE
        WHEN loaded_at IS NOT NULL OR feed IS NULL THEN NULL
        ELSE concat_ws('; ', 'the object left the bucket before it could be read: upload it again under the same key', reason)
    END
WHERE object_id = ANY ($1) AND state IN ('pending', 'done', 'held', 'failed', 'foreign')
