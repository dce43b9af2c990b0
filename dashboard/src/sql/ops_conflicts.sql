-- Stays in conflict, case by case.
SELECT s.patient_id AS "patient_id!", s.case_number AS "case_number!", s.conflict AS "conflict!",
    s.conflict_with AS "conflict_with!", s.admitted_at AS "admitted_at!", s.released_at, s.department,
    count(*) OVER () AS "total!"
FROM monitor.stay s
WHERE s.conflict IS NOT NULL
ORDER BY s.case_number COLLATE "C", s.patient_id COLLATE "C"
LIMIT 200
