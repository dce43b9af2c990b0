-- Decisions that stand, the newest first. $1: one of them; null: the latest.
SELECT decision_id AS "decision_id!", kind AS "kind!", choice AS "choice!", result_id, patient_id, case_number, key, record,
    reason AS "reason!", decided_by AS "decided_by!", decided_at AS "decided_at!", count(*) OVER () AS "total!"
FROM app.standing_decision
WHERE $1::bigint IS NULL OR decision_id = $1
ORDER BY decision_id DESC
LIMIT 100
