-- One patient's stays with their clocks as of a moment, and their state where the board lists them.
SELECT
    s.case_number AS "case_number!", s.admitted_at AS "admitted_at!", s.released_at, s.department, s.room,
    s.last_performed_at, s.idle_since AS "idle_since!", s.last_ordered_at,
    s.unperformed_test_id, s.unperformed_ordered_at,
    t.test_name AS "unperformed_test_name?", t.ordering_physician AS "unperformed_ordered_by?",
    s.waiting_results AS "waiting_results!", s.conflict_with AS "conflict_with!",
    s.decided AS "decided?",
    b.quarantined AS "quarantined?", b.state AS "state?", b.reasons AS "reasons?", b.long_open AS "is_long_open?",
    coalesce(b.threshold_hours, own.hours, general.hours) AS threshold_hours
FROM monitor.derive_stay(ARRAY[$1::text], $2) s
LEFT JOIN monitor.board($2, true, NULL) b
    ON b.patient_id = s.patient_id AND b.case_number = s.case_number AND b.idle_since IS NOT NULL
LEFT JOIN warehouse.lab_test t ON t.patient_id = s.patient_id AND t.test_id = s.unperformed_test_id
LEFT JOIN app.current_threshold own ON own.department = s.department
LEFT JOIN app.current_threshold general ON general.department IS NULL
ORDER BY s.admitted_at DESC, s.case_number COLLATE "C"
