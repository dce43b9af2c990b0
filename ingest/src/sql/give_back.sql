-- Gives an object back that was tried in vain ($4): as pending ($5) after a passing fault, to be tried again after so many seconds ($3),
-- or as gone, which waits as long once the bucket tells of it again. The last error of its feed.
WITH given_back AS (
    UPDATE ingest.object SET state = $5, reason = $4, attempts = attempts + 1,
        not_before = now() + make_interval(secs => $3),
        lease_token = NULL, leased_until = NULL, leased_by = NULL
    WHERE object_id = $1 AND lease_token = $2 AND state = 'leased'
    RETURNING feed, object_id, reason, (state = 'pending')::int AS retries
)
INSERT INTO ingest.last_error AS known (feed, object_id, reason, happened_at, retries)
SELECT feed, object_id, reason, now(), retries FROM given_back
ON CONFLICT (feed) DO UPDATE
    SET object_id = excluded.object_id, reason = excluded.reason, happened_at = excluded.happened_at,
        retries = known.retries + excluded.retries
