SELECT f.feed AS "feed!", f.newest_seen_at, f.newest_loaded_at, f.oldest_not_loaded_at,
    f.not_loaded AS "not_loaded!", f.is_stale AS "is_stale!", f.held AS "held!", f.failed AS "failed!",
    count(o.object_id) AS "objects!",
    coalesce(sum(o.records), 0)::bigint AS "records!", coalesce(sum(o.inserted), 0)::bigint AS "inserted!",
    coalesce(sum(o.updated), 0)::bigint AS "updated!", coalesce(sum(o.unchanged), 0)::bigint AS "unchanged!",
    coalesce(sum(o.superseded), 0)::bigint AS "superseded!", coalesce(sum(o.skipped), 0)::bigint AS "skipped!",
    coalesce(sum(o.quarantined), 0)::bigint AS "quarantined!", coalesce(sum(o.waiting), 0)::bigint AS "waiting!"
FROM ingest.feed_freshness f
LEFT JOIN ingest.object o ON o.feed = f.feed
GROUP BY f.feed, f.newest_seen_at, f.newest_loaded_at, f.oldest_not_loaded_at, f.not_loaded, f.is_stale, f.held, f.failed
ORDER BY f.feed
