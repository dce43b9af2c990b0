-- The stays of the patient who reads, the newest first. A case number that was decided to be somebody else's is left out.
SELECT a.case_number AS "case_number!", a.admitted_at AS "admitted_at!", a.released_at, a.department, a.room,
    s.conflict IS NOT NULL AS "is_in_doubt!"
FROM warehouse.admission a
LEFT JOIN monitor.stay s ON s.patient_id = a.patient_id AND s.case_number = a.case_number
WHERE a.patient_id = $1 AND s.decided IS DISTINCT FROM 'other_patient'
ORDER BY a.admitted_at DESC, a.case_number COLLATE "C"
