-- What became of each object: state, books, message, rows, rejects and drift, each as text. A dash is nothing.
WITH said (object_id, line) AS (
    SELECT first_object, concat_ws('|', patient_id, coalesce(first_name, '-'), coalesce(last_name, '-'),
        coalesce(date_of_birth::text, '-'), coalesce(primary_physician, '-'), coalesce(allergies, '-'), extra::text)
    FROM warehouse.patient
    UNION ALL
    SELECT first_object, concat_ws('|', patient_id, case_number, to_char(admitted_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'),
        coalesce(to_char(released_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'), '-'), coalesce(department, '-'),
        coalesce(room, '-'), nullif(array_to_string(flags, ','), ''))
    FROM warehouse.admission
    UNION ALL
    SELECT first_object, concat_ws('|', patient_id, test_id, coalesce(test_name, '-'),
        to_char(ordered_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'), coalesce(ordering_physician, '-'),
        nullif(array_to_string(flags, ','), ''))
    FROM warehouse.lab_test
    UNION ALL
    SELECT first_object, concat_ws('|', patient_id, result_id, test_id, coalesce(result_value_text, '-'),
        coalesce(result_value::text, '-'), coalesce(result_unit, '-'), coalesce(reference_range, '-'),
        coalesce(result_status, '-'), to_char(performed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'),
        CASE WHEN future_dated THEN 'of the future' END)
    FROM warehouse.lab_result
    UNION ALL
    SELECT first_object, concat_ws('|', reason, result_id, test_id, coalesce(result_value_text, '-'))
    FROM ingest.waiting_result
)
SELECT o.key, o.state, coalesce(o.reason, '') AS reason,
    o.records || coalesce(': ' || nullif(concat_ws(', ',
        nullif(o.inserted, 0) || ' inserted', nullif(o.updated, 0) || ' updated', nullif(o.unchanged, 0) || ' unchanged',
        nullif(o.superseded, 0) || ' superseded', nullif(o.skipped, 0) || ' skipped',
        nullif(o.quarantined, 0) || ' quarantined', nullif(o.waiting, 0) || ' waiting'), ''), '') AS books,
    (SELECT array_agg(line ORDER BY line COLLATE "C") FROM said s WHERE s.object_id = o.object_id) AS rows,
    (SELECT array_agg(concat_ws(' ', record, column_name, reason) ORDER BY record)
     FROM ingest.quarantine q WHERE q.object_id = o.object_id) AS rejects,
    (SELECT array_agg(concat_ws(' ', kind, header) ORDER BY kind, header)
     FROM ingest.drift d WHERE d.first_object = o.object_id) AS drift
FROM ingest.object o
