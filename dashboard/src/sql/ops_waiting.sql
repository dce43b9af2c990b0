-- Results that wait, newest first, with the patients whose test they may be of.
SELECT w.result_id AS "result_id!", w.test_id AS "test_id!", w.reason AS "reason!", w.performed_at AS "performed_at!",
    ARRAY(
        SELECT o.patient_id FROM warehouse.test_owner o
        WHERE o.test_id = w.test_id ORDER BY o.patient_id COLLATE "C" LIMIT 20
    ) AS "patients!: Vec<String>",
    count(*) OVER () AS "total!"
FROM ingest.waiting_result w
WHERE w.is_current
ORDER BY w.performed_at DESC, w.result_id COLLATE "C"
LIMIT 200
