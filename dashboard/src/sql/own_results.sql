-- Tests and results of the patient who reads, the newest first. What waits or may be another patient's is not among them.
SELECT test_id AS "test_id!", t.test_name AS "test_name?", t.ordered_at AS "ordered_at?",
    r.result_value_text AS "value?", r.result_unit AS "unit?", r.result_status AS "status?",
    r.performed_at AS "performed_at?", r.future_dated AS "future_dated?"
FROM (SELECT test_id, test_name, ordered_at FROM warehouse.lab_test WHERE patient_id = $1) t
FULL JOIN (
    SELECT test_id, result_value_text, result_unit, result_status, performed_at, future_dated
    FROM warehouse.lab_result WHERE patient_id = $1
) r USING (test_id)
ORDER BY coalesce(r.performed_at, t.ordered_at) DESC, test_id COLLATE "C"
LIMIT 500
