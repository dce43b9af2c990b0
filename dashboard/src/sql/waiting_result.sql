-- One result that waits.
SELECT w.result_id AS "result_id!", w.test_id AS "test_id!", w.reason AS "reason!", w.result_value_text, w.result_unit,
    w.result_status, w.performed_at AS "performed_at!", w.future_dated AS "future_dated!",
    o.key AS "object_key?", w.last_record AS "record!"
FROM ingest.waiting_result w
LEFT JOIN ingest.object o ON o.object_id = w.last_object
WHERE w.result_id = $1 AND w.is_current
