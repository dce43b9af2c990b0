INSERT INTO app.request (
    kind, object_id, record, result_id, patient_id, case_number, choice, decision_id, reason, asked_by, map, asked_at
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, now())
RETURNING request_id
