-- Unresolved quarantined records that name this patient, or one of the patient's tests and nobody.
WITH mine AS (
    SELECT q.object_id, q.record FROM ingest.quarantine q
    WHERE q.resolved_at IS NULL AND q.patient_id = $1
    UNION
    SELECT q.object_id, q.record FROM ingest.quarantine q
    JOIN warehouse.test_owner o ON o.test_id = q.test_id AND o.patient_id = $1
    WHERE q.resolved_at IS NULL AND q.patient_id IS NULL
)
SELECT
    q.feed AS "feed!", q.target AS "target!", q.column_name, q.reason AS "reason!", q.record AS "record!", q.map_version AS "map_version!",
    q.seen_at AS "seen_at!", o.key AS "object_key?", encode(o.sha256, 'hex') AS "sha256?",
    newer.is_so AS "is_newer!", count(*) FILTER (WHERE newer.is_so) OVER () AS "newer!", count(*) OVER () AS "total!"
FROM mine
JOIN ingest.quarantine q USING (object_id, record)
CROSS JOIN LATERAL (
    SELECT EXISTS (SELECT FROM ingest.open_quarantine open WHERE open.object_id = q.object_id AND open.record = q.record) AS is_so
) newer
LEFT JOIN ingest.object o USING (object_id)
ORDER BY q.seen_at DESC, o.key, q.record
LIMIT 100
