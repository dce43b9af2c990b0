-- Every stay that is open or in doubt as of a moment, whether its threshold is crossed or not: the threshold is judged where
-- the board is shown. told_at: when the newest was loaded of its admission, of its open order, and of the correction of a result that
-- had reset its clock; looked up stay by stay, so that they cost no more where the hospital has more admissions that are over. Each
-- counts by its first sighting, for what is only repeated is not new; but by its last, where another version stood in between.
-- doubted_at: the same of what makes it doubtful, where it is. $1 as of, $2 whether that is the present.
SELECT
    b.patient_id, b.case_number, b.department, b.room,
    b.admitted_at, b.released_at, b.idle_since, b.last_performed_at, b.last_ordered_at,
    b.unperformed_test_id, b.unperformed_ordered_at,
    t.test_name AS unperformed_test_name, t.ordering_physician AS unperformed_ordered_by,
    b.waiting_results, b.quarantined, b.conflict, b.conflict_with, b.reasons,
    greatest((
        SELECT o.loaded_at
        FROM warehouse.admission a
        JOIN ingest.object o ON o.object_id = CASE WHEN EXISTS (
            SELECT FROM warehouse.admission_superseded was
            WHERE was.patient_id = a.patient_id AND was.case_number = a.case_number
              AND (was.first_seen_at, was.first_object) > (a.first_seen_at, a.first_object)
        ) THEN a.last_object ELSE a.first_object END
        WHERE a.patient_id = b.patient_id AND a.case_number = b.case_number
    ), (
        SELECT o.loaded_at FROM ingest.object o WHERE o.object_id = t.first_object
    ), (
        SELECT max(o.loaded_at)
        FROM warehouse.lab_result_superseded was
        JOIN warehouse.lab_result r ON r.result_id = was.result_id
        JOIN ingest.object o
            ON o.object_id = CASE WHEN (was.first_seen_at, was.first_object) > (r.first_seen_at, r.first_object)
                THEN r.last_object ELSE r.first_object END
        WHERE was.patient_id = b.patient_id AND was.performed_at > b.idle_since AND NOT was.future_dated
    )) AS told_at,
    CASE WHEN b.waiting_results > 0 OR b.quarantined > 0 OR b.conflict IS NOT NULL
        THEN monitor.doubted_at(b.patient_id, b.case_number) END AS doubted_at,
    p.patient_id IS NOT NULL AS name_received, p.first_name, p.last_name, p.date_of_birth, p.primary_physician
FROM monitor.board($1, $2, 0) b
LEFT JOIN warehouse.patient p ON p.patient_id = b.patient_id
LEFT JOIN warehouse.lab_test t ON t.patient_id = b.patient_id AND t.test_id = b.unperformed_test_id
WHERE b.idle_since IS NOT NULL
