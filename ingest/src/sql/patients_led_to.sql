-- Patients whom these tests, results and cases lead to.
SELECT patient_id FROM warehouse.test_owner WHERE test_id = ANY ($1)
UNION
SELECT o.patient_id
FROM ingest.waiting_result w JOIN warehouse.test_owner o ON o.test_id = w.test_id
WHERE w.result_id = ANY ($2)
UNION
SELECT patient_id FROM warehouse.lab_result WHERE result_id = ANY ($2)
UNION
SELECT patient_id FROM warehouse.lab_result_superseded WHERE result_id = ANY ($2)
UNION
SELECT app.decided_patient(d.result_id) FROM app.decision d WHERE d.kind = 'result' AND d.result_id = ANY ($2)
UNION
SELECT patient_id FROM warehouse.admission WHERE case_number = ANY ($3)
