INSERT INTO ingest.feed (feed, source, target, freshness_limit)
VALUES ($1, $2, $3, make_interval(secs => $4::double precision))
ON CONFLICT (feed) DO UPDATE
SET source = excluded.source, target = excluded.target, freshness_limit = excluded.freshness_limit
