SELECT kind AS "kind!", result_id, case_number, patient_id, key, sha256, record, etag, last_modified
FROM app.standing_decision
WHERE decision_id = $1
