-- Who has looked at or acted on the record of the patient who reads, the newest first.
SELECT at AS "at!", coalesce(actor, 'nobody known') AS "actor!", coalesce(role, '') AS "role!", action AS "action!"
FROM app.audit
WHERE patient_id = $1 AND action IN ('patient viewed', 'doubt viewed', 'stay reviewed', 'asked', 'break-glass')
ORDER BY at DESC, audit_id DESC
LIMIT 100
