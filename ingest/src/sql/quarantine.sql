INSERT INTO ingest.quarantine (
    object_id, feed, target, map_version, seen_at, record, column_name, reason, raw,
    patient_id, case_number, test_id, result_id
)
SELECT $1, $2, $3, $4, $5, record, column_name, reason, raw, patient_id, case_number, test_id, result_id
FROM unnest($6::int[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[])
    AS reject (record, column_name, reason, raw, patient_id, case_number, test_id, result_id)
