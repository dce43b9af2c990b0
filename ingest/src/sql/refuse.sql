-- Ends the lease ($2) of an object that could not be taken, in a state ($3) with a reason ($4): the last error of its feed.
WITH refused AS (
    UPDATE ingest.object SET state = $3, reason = $4, lease_token = NULL, leased_until = NULL, leased_by = NULL
    WHERE object_id = $1 AND lease_token = $2 AND state = 'leased'
    RETURNING feed, object_id, reason
), noted AS (
    INSERT INTO ingest.last_error (feed, object_id, reason, happened_at, retries)
    SELECT feed, object_id, reason, now(), 0 FROM refused
    ON CONFLICT (feed) DO UPDATE
        SET object_id = excluded.object_id, reason = excluded.reason, happened_at = excluded.happened_at
)
SELECT count(*) AS "refused!" FROM refused
