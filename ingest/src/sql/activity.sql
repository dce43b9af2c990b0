-- What ops ask of each feed beyond its freshness; the day begins in this zone ($1).
SELECT feed AS "feed!", recent_minutes AS "recent_minutes!", recent_objects AS "recent_objects!",
    recent_records AS "recent_records!", objects AS "objects!", records AS "records!", inserted AS "inserted!",
    updated AS "updated!", unchanged AS "unchanged!", superseded AS "superseded!", skipped AS "skipped!",
    quarantined AS "quarantined!", waiting AS "waiting!", drifted AS "drifted!", last_error, last_error_at,
    last_error_object
FROM ingest.feed_activity($1)
ORDER BY feed
