-- For how long the bucket was not listed from end to end; of several prefixes, that for which it is longest. Null where there is one of
-- which no listing ended yet.
SELECT CASE WHEN bool_and(ended_at IS NOT NULL) THEN floor(extract(epoch FROM now() - min(ended_at)))::bigint END FROM ingest.sweep
