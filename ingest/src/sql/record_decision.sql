INSERT INTO app.decision (
    kind, choice, result_id, patient_id, case_number, among, admitted_at, released_at,
    key, sha256, record, etag, last_modified, reason, decided_by, decided_at
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, now())
