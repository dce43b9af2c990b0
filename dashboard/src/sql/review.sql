INSERT INTO app.review (patient_id, case_number, act, reason, comment, returns_at, idle_since, by_account, at, doubted_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
RETURNING review_id
