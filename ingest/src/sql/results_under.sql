-- Results that stand under one of these tests, in whatever version.
SELECT result_id FROM ingest.waiting_result WHERE test_id = ANY ($1)
UNION
SELECT r.result_id
FROM warehouse.test_owner o
JOIN warehouse.lab_result r ON r.patient_id = o.patient_id AND r.test_id = o.test_id
WHERE o.test_id = ANY ($1)
UNION
SELECT r.result_id
FROM warehouse.test_owner o
JOIN warehouse.lab_result_superseded r ON r.patient_id = o.patient_id AND r.test_id = o.test_id
WHERE o.test_id = ANY ($1)
