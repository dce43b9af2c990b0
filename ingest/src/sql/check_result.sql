-- Whether a result waits, or would without a decision; and whether any feed has named the patient.
SELECT
    (EXISTS (SELECT FROM ingest.waiting_result w WHERE w.result_id = $1) OR app.decided_patient($1) IS NOT NULL) AS "waits!",
    (EXISTS (SELECT FROM warehouse.patient p WHERE p.patient_id = $2)
        OR EXISTS (SELECT FROM warehouse.admission a WHERE a.patient_id = $2)
        OR EXISTS (SELECT FROM warehouse.test_owner o WHERE o.patient_id = $2)) AS "is_known!"
