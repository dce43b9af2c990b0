-- For how long the bucket was not listed from end to end; null before the first listing ended.
SELECT floor(extract(epoch FROM now() - max(ended_at)))::bigint FROM ingest.sweep
