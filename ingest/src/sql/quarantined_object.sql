-- An object with its records in quarantine.
SELECT o.bucket, o.key, o.version_id, o.etag, o.last_modified, o.size_bytes, o.order_time, o.state, o.feed, o.map_version, o.sha256,
    array_agg(q.record) AS "open!"
FROM ingest.object o
JOIN ingest.quarantine q ON q.object_id = o.object_id AND q.resolved_at IS NULL
WHERE o.object_id = $1
GROUP BY o.object_id
