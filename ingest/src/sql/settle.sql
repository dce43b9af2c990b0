UPDATE ingest.object
SET state = 'done', reason = NULL, map_version = $3, loaded_at = now(),
    lease_token = NULL, leased_until = NULL, leased_by = NULL,
    records = $4, inserted = $5, updated = $6, unchanged = $7, superseded = $8, skipped = $9,
    quarantined = $10, waiting = $11
WHERE object_id = $1 AND lease_token = $2 AND state = 'leased'
