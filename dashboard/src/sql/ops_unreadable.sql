-- Admissions that could not be read and stand on the board, with the record to look at.
SELECT o.object_id AS "object_id!", o.key AS "object_key!", q.record AS "record!", q.column_name, q.reason AS "reason!", q.seen_at AS "seen_at!",
    q.patient_id, q.case_number, count(*) OVER () AS "total!"
FROM ingest.open_quarantine q
JOIN ingest.object o USING (object_id)
WHERE q.target = 'admission'
ORDER BY q.seen_at DESC, o.key, q.record
LIMIT 200
