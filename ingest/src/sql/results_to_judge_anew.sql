-- Results that wait for one of the new owners, and results of a patient whose test id is shared from now on.
WITH shared AS MATERIALIZED (
    SELECT o.test_id
    FROM new_owner n JOIN warehouse.test_owner o ON o.test_id = n.test_id
    GROUP BY o.test_id HAVING count(*) > 1
)
INSERT INTO refold_lab_result (result_id)
SELECT w.result_id FROM new_owner n JOIN ingest.waiting_result w ON w.test_id = n.test_id
UNION
SELECT r.result_id
FROM shared s
JOIN warehouse.test_owner o ON o.test_id = s.test_id
JOIN warehouse.lab_result r ON r.patient_id = o.patient_id AND r.test_id = s.test_id
UNION
SELECT r.result_id
FROM shared s
JOIN warehouse.test_owner o ON o.test_id = s.test_id
JOIN warehouse.lab_result_superseded r ON r.patient_id = o.patient_id AND r.test_id = s.test_id
