-- What of each feed is not loaded yet: since when the ledger knows of it, how old it is, and how often it was tried in vain.
SELECT f.feed AS "feed!",
    floor(extract(epoch FROM now() - min(o.discovered_at)))::bigint AS oldest_seconds,
    floor(extract(epoch FROM now() - min(least(o.order_time, o.last_modified))))::bigint AS age_seconds,
    count(*) FILTER (WHERE o.attempts > 0) AS "tried!",
    coalesce(sum(o.attempts), 0)::bigint AS "attempts!"
FROM ingest.feed f
LEFT JOIN ingest.object o ON o.feed = f.feed AND o.state IN ('pending', 'leased')
GROUP BY f.feed
ORDER BY f.feed
