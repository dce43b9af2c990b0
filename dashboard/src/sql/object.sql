-- One object of the ledger, with whether it is in doubt, and whether drift was seen in it first or last.
SELECT o.object_id AS "object_id!", o.key AS "key!", o.bucket AS "bucket!", o.feed, o.state AS "state!", o.reason,
    o.attempts AS "attempts!", o.size_bytes AS "size_bytes!", o.order_time AS "order_time!",
    o.last_modified AS "last_modified!", o.loaded_at, o.map_version, encode(o.sha256, 'hex') AS "sha256?",
    o.records AS "records!", o.quarantined AS "quarantined!",
    EXISTS (SELECT FROM ingest.open_object open WHERE open.object_id = o.object_id) AS "is_open!",
    EXISTS (SELECT FROM ingest.drift d WHERE o.object_id IN (d.first_object, d.newest_object)) AS "is_drifted!"
FROM ingest.object o
WHERE o.object_id = $1
