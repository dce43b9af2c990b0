-- The unresolved quarantined records of one object ($1), or one of them ($2), without their text.
SELECT q.record AS "record!", q.column_name, q.reason AS "reason!", q.map_version AS "map_version!",
    q.patient_id, q.case_number, q.test_id, q.result_id,
    NOT EXISTS (
        SELECT FROM ingest.undecided_quarantine u WHERE u.object_id = q.object_id AND u.record = q.record
    ) AS "is_dismissed!",
    count(*) OVER () AS "total!"
FROM ingest.quarantine q
WHERE q.object_id = $1 AND q.resolved_at IS NULL AND ($2::integer IS NULL OR q.record = $2)
ORDER BY q.record
LIMIT 200
