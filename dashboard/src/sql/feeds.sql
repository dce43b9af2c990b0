-- How fresh each feed is, and what stands in doubt.
SELECT
    feed AS "name!", source AS "source!", target AS "target!",
    extract(epoch FROM freshness_limit)::bigint AS limit_seconds,
    newest_seen_at, newest_loaded_at, oldest_not_loaded_at,
    not_loaded AS "not_loaded!", held AS "held!", failed AS "failed!",
    quarantined AS "quarantined!", waiting AS "waiting!", is_stale AS "is_stale!",
    floor(extract(epoch FROM now() - newest_loaded_at))::bigint AS age_seconds
FROM ingest.feed_freshness
ORDER BY source DESC, target <> 'patient', target <> 'admission', target <> 'lab_test', feed
