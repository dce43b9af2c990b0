-- The trail, the newest first. $1 name of an account, $2 patient, $3 a part of what was done, $4 from, $5 until before, $6 rows
-- before this one; null: all. $7 rows.
SELECT audit_id AS "audit_id!", at AS "at!", actor, role, action AS "action!", patient_id, address, about, reason
FROM app.audit
WHERE ($1::text IS NULL OR actor = $1) AND ($2::text IS NULL OR patient_id = $2)
  AND ($3::text IS NULL OR strpos(action, $3) > 0)
  AND ($4::timestamptz IS NULL OR at >= $4) AND ($5::timestamptz IS NULL OR at < $5)
  AND ($6::bigint IS NULL OR audit_id < $6)
ORDER BY audit_id DESC
LIMIT $7::bigint
