-- When something last went wrong in each feed, and how often an object was tried in vain.
SELECT feed AS "feed!", extract(epoch FROM happened_at)::bigint AS "at!", retries AS "retries!" FROM ingest.last_error ORDER BY feed
