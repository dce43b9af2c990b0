-- A row that its own transaction holds locked needs no renewal: nobody can claim it before that transaction ends.
UPDATE ingest.object
SET leased_until = now() + make_interval(secs => $2)
WHERE object_id IN (SELECT object_id FROM ingest.object WHERE lease_token = $1 AND state = 'leased' FOR UPDATE SKIP LOCKED)
