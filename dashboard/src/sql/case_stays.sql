-- The stays of one case number, with what contradicts and what was decided.
SELECT s.patient_id AS "patient_id!", p.first_name AS "first_name?", p.last_name AS "last_name?",
    p.date_of_birth AS "date_of_birth?", p.patient_id IS NOT NULL AS "name_received!",
    s.admitted_at AS "admitted_at!", a.released_at, s.department, s.room, s.conflict, s.decided,
    coalesce(a.released_at <= a.admitted_at, false) AS "is_backwards!"
FROM monitor.stay s
JOIN warehouse.admission a ON a.patient_id = s.patient_id AND a.case_number = s.case_number
LEFT JOIN warehouse.patient p ON p.patient_id = s.patient_id
WHERE s.case_number = $1
ORDER BY s.patient_id COLLATE "C"
LIMIT 50
