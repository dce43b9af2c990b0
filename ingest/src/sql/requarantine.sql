UPDATE ingest.quarantine q SET
    map_version = $2, column_name = reject.column_name, reason = reject.reason,
    patient_id = reject.patient_id, case_number = reject.case_number,
    test_id = reject.test_id, result_id = reject.result_id
FROM unnest($3::int[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[])
    AS reject (record, column_name, reason, patient_id, case_number, test_id, result_id)
WHERE q.object_id = $1 AND q.record = reject.record
