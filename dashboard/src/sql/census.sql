-- Every stay that is open or in doubt as of a moment, whether its threshold is crossed or not: the threshold is judged where
-- the board is shown. told_at: when the newest of what puts it there was loaded: its admission, the correction of a result that had
-- reset its clock, or what makes it doubtful. The former two are looked up stay by stay, so that they cost no more where the hospital
-- has more admissions that are over; the latter only where there is a doubt. $1 as of, $2 whether that is the present.
SELECT
    b.patient_id, b.case_number, b.department, b.room,
    b.admitted_at, b.released_at, b.idle_since, b.last_performed_at, b.last_ordered_at,
    b.unperformed_test_id, b.unperformed_ordered_at,
    t.test_name AS unperformed_test_name, t.ordering_physician AS unperformed_ordered_by,
    b.waiting_results, b.quarantined, b.conflict, b.conflict_with, b.reasons,
    greatest((
        SELECT o.loaded_at
        FROM warehouse.admission a JOIN ingest.object o ON o.object_id = a.first_object
        WHERE a.patient_id = b.patient_id AND a.case_number = b.case_number
    ), (
        SELECT max(o.loaded_at)
        FROM warehouse.lab_result_superseded was
        JOIN warehouse.lab_result r ON r.result_id = was.result_id
        JOIN ingest.object o ON o.object_id = r.first_object
        WHERE was.patient_id = b.patient_id AND was.performed_at > b.idle_since AND NOT was.future_dated
    ), CASE WHEN b.waiting_results > 0 OR b.quarantined > 0 OR b.conflict_with <> '{}' THEN (
        SELECT max(o.loaded_at)
        FROM (
            SELECT unnest(ARRAY[w.first_object, l.first_object])
            FROM warehouse.test_owner t
            JOIN ingest.waiting_result w ON w.test_id = t.test_id AND w.is_current
            JOIN warehouse.test_owner sharing ON sharing.test_id = t.test_id
            JOIN warehouse.lab_test l ON l.patient_id = sharing.patient_id AND l.test_id = sharing.test_id
            WHERE t.patient_id = b.patient_id
            UNION ALL
            SELECT q.object_id FROM ingest.quarantine q WHERE q.patient_id = b.patient_id AND q.resolved_at IS NULL
            UNION ALL
            SELECT q.object_id
            FROM warehouse.test_owner t JOIN ingest.quarantine q ON q.test_id = t.test_id
            WHERE t.patient_id = b.patient_id AND q.patient_id IS NULL AND q.resolved_at IS NULL
            UNION ALL
            SELECT other.first_object
            FROM warehouse.admission other
            WHERE other.patient_id = ANY (b.conflict_with) AND other.case_number = b.case_number
        ) doubt (object_id)
        JOIN ingest.object o ON o.object_id = doubt.object_id
    ) END) AS told_at,
    p.patient_id IS NOT NULL AS name_received, p.first_name, p.last_name, p.date_of_birth, p.primary_physician
FROM monitor.board($1, $2, 0) b
LEFT JOIN warehouse.patient p ON p.patient_id = b.patient_id
LEFT JOIN warehouse.lab_test t ON t.patient_id = b.patient_id AND t.test_id = b.unperformed_test_id
WHERE b.idle_since IS NOT NULL
