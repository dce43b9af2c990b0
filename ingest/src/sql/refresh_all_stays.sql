-- What monitor.refresh_stay does, for all stays at once.
WITH performance AS MATERIALIZED (
    SELECT s.number, max(r.performed_at) AS latest,
        max(r.performed_at) FILTER (WHERE r.performed_at BETWEEN s.admitted_at AND s.ends_at) AS last_performed_at
    FROM numbered_stay s JOIN warehouse.lab_result r ON r.patient_id = s.patient_id
    WHERE NOT r.future_dated
    GROUP BY s.number
), placed AS MATERIALIZED (
    SELECT s.number, max(t.ordered_at) AS latest,
        max(t.ordered_at) FILTER (WHERE t.ordered_at BETWEEN s.admitted_at AND s.ends_at) AS last_ordered_at
    FROM numbered_stay s JOIN warehouse.lab_test t ON t.patient_id = s.patient_id
    GROUP BY s.number
), unperformed AS MATERIALIZED (
    SELECT DISTINCT ON (s.number) s.number, t.test_id, t.ordered_at
    FROM numbered_stay s
    JOIN warehouse.lab_test t ON t.patient_id = s.patient_id AND t.ordered_at BETWEEN s.admitted_at AND s.ends_at
    WHERE NOT EXISTS (
        SELECT FROM warehouse.lab_result r
        WHERE r.patient_id = t.patient_id AND r.test_id = t.test_id AND NOT r.future_dated
    )
    ORDER BY s.number, t.ordered_at DESC, t.test_id COLLATE "C"
), waiting AS MATERIALIZED (
    SELECT s.number, max(w.performed_at) AS latest,
        count(*) FILTER (WHERE w.performed_at BETWEEN s.admitted_at AND s.ends_at) AS results
    FROM ingest.waiting_result w
    JOIN warehouse.test_owner o ON o.test_id = w.test_id
    JOIN numbered_stay s ON s.patient_id = o.patient_id
    WHERE w.is_current
    GROUP BY s.number
), shared AS MATERIALIZED (
    SELECT s.number, s.patient_id, s.case_number, array_agg(other.patient_id ORDER BY other.patient_id COLLATE "C") AS patients
    FROM numbered_stay s JOIN numbered_stay other ON other.case_number = s.case_number AND other.patient_id <> s.patient_id
    GROUP BY s.number, s.patient_id, s.case_number
), claimed AS MATERIALIZED (
    SELECT c.number, c.patients, (
            SELECT CASE WHEN d.choice = 'patient' AND d.among @> (c.patients || c.patient_id) THEN d.patient_id END
            FROM app.decision d
            WHERE d.kind = 'case' AND d.case_number = c.case_number
            ORDER BY d.decision_id DESC LIMIT 1
        ) AS decided_patient
    FROM shared c
)
INSERT INTO monitor.stay AS kept
SELECT s.patient_id, s.case_number, s.admitted_at, s.released_at, s.department, s.room,
    p.last_performed_at, greatest(s.admitted_at, p.last_performed_at),
    o.last_ordered_at, u.test_id, u.ordered_at, coalesce(w.results, 0),
    CASE WHEN c.patients IS NOT NULL AND c.decided_patient IS NULL THEN 'shared_case_number'
         WHEN s.released_at <= s.admitted_at AND s.choice IS NULL THEN 'release_not_after_admission' END,
    coalesce(c.patients, '{}'),
    greatest(p.latest, o.latest, w.latest, '-infinity'),
    CASE WHEN c.decided_patient <> s.patient_id THEN 'other_patient'
         WHEN s.choice IS NOT NULL THEN s.choice
         WHEN c.decided_patient IS NOT NULL THEN 'this_patient' END
FROM numbered_stay s
LEFT JOIN performance p ON p.number = s.number
LEFT JOIN placed o ON o.number = s.number
LEFT JOIN unperformed u ON u.number = s.number
LEFT JOIN waiting w ON w.number = s.number
LEFT JOIN claimed c ON c.number = s.number
ORDER BY s.number
ON CONFLICT (patient_id, case_number) DO UPDATE SET
    admitted_at = excluded.admitted_at, released_at = excluded.released_at,
    department = excluded.department, room = excluded.room,
    last_performed_at = excluded.last_performed_at, idle_since = excluded.idle_since,
    last_ordered_at = excluded.last_ordered_at, unperformed_test_id = excluded.unperformed_test_id,
    unperformed_ordered_at = excluded.unperformed_ordered_at, waiting_results = excluded.waiting_results,
    conflict = excluded.conflict, conflict_with = excluded.conflict_with, settled_at = excluded.settled_at,
    decided = excluded.decided
WHERE (kept.*) IS DISTINCT FROM (excluded.*)
