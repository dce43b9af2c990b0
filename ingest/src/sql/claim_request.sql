SELECT kind, object_id, record, result_id, patient_id, case_number, choice, decision_id, reason, map, asked_by
FROM app.request
WHERE request_id = $1 AND state = 'asked'
FOR UPDATE SKIP LOCKED
