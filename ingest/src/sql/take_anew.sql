-- Every object that can be read is to be loaded again; those that are missing ($1) keep their row, and their books are over.
UPDATE ingest.object SET
    state = CASE WHEN object_id = ANY ($1) THEN 'gone' ELSE 'pending' END,
    reason = CASE WHEN object_id = ANY ($1) THEN 'left the bucket; what it said was lost at a replay, and that was accepted' END,
    attempts = 0, not_before = NULL, lease_token = NULL, leased_by = NULL, leased_until = NULL,
    sha256 = NULL, map_version = NULL, loaded_at = NULL,
    records = 0, inserted = 0, updated = 0, unchanged = 0, superseded = 0, skipped = 0, quarantined = 0, waiting = 0
WHERE object_id = ANY ($1) OR state IN ('pending', 'leased', 'done', 'held', 'failed')
