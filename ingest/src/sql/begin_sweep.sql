-- Takes the turn to sweep when it is due; changes no row when it is not.
INSERT INTO ingest.sweep AS last (bucket, prefix, begun_at) VALUES ($1, $2, now())
ON CONFLICT (bucket, prefix) DO UPDATE SET begun_at = now()
WHERE last.begun_at IS NULL OR last.begun_at < now() - make_interval(secs => $3)
