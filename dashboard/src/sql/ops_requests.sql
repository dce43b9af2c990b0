-- What was asked for, the newest first, and what became of it. $1: one of them; $2: about one object; null: the latest.
SELECT request_id AS "request_id!", kind AS "kind!", asked_by AS "asked_by!", asked_at AS "asked_at!", reason,
    state AS "state!", answer, answered_at, object_id, record, result_id, patient_id, case_number, choice, decision_id,
    map, preview AS "preview: Json<Preview>"
FROM app.request
WHERE ($1::bigint IS NULL OR request_id = $1) AND ($2::bigint IS NULL OR object_id = $2)
ORDER BY state = 'asked' DESC, request_id DESC
LIMIT 20
