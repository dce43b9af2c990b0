-- Every stay that is open or in doubt as of a moment, whether its threshold is crossed or not: the threshold is judged where
-- the board is shown. $1 as of, $2 whether that is the present.
SELECT
    b.patient_id, b.case_number, b.department, b.room,
    b.admitted_at, b.released_at, b.idle_since, b.last_performed_at, b.last_ordered_at,
    b.unperformed_test_id, b.unperformed_ordered_at,
    t.test_name AS unperformed_test_name, t.ordering_physician AS unperformed_ordered_by,
    b.waiting_results, b.quarantined, b.conflict, b.conflict_with, b.reasons,
    p.patient_id IS NOT NULL AS name_received, p.first_name, p.last_name, p.date_of_birth, p.primary_physician
FROM monitor.board($1, $2, 0) b
LEFT JOIN warehouse.patient p ON p.patient_id = b.patient_id
LEFT JOIN warehouse.lab_test t ON t.patient_id = b.patient_id AND t.test_id = b.unperformed_test_id
WHERE b.idle_since IS NOT NULL
