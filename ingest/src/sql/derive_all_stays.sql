-- monitor.derive_stay for all stays at once, from the tables as a whole: Postgres may use several processors for it, which it
-- never does for a statement that writes. A stay is told by its place in the table of admissions, which is shorter than its key.
CREATE TEMP TABLE derived_stay ON COMMIT DROP AS
WITH stated AS NOT MATERIALIZED (
    SELECT DISTINCT ON (d.patient_id, d.case_number)
        d.patient_id, d.case_number, d.admitted_at, d.released_at, nullif(d.choice, 'withdrawn') AS choice
    FROM app.decision d
    WHERE d.kind = 'stay'
    ORDER BY d.patient_id, d.case_number, d.decision_id DESC
), stay AS NOT MATERIALIZED (
    SELECT a.ctid AS place, a.patient_id, a.case_number, a.admitted_at, effective.released_at,
        coalesce(effective.released_at, 'infinity') AS ends_at, a.department, a.room, stated.choice
    FROM warehouse.admission a
    LEFT JOIN stated ON a.released_at <= a.admitted_at
        AND stated.patient_id = a.patient_id AND stated.case_number = a.case_number
        AND stated.admitted_at = a.admitted_at AND stated.released_at = a.released_at
    CROSS JOIN LATERAL (
        SELECT CASE WHEN stated.choice IS DISTINCT FROM 'still_here' THEN a.released_at END AS released_at
    ) effective
), performance AS MATERIALIZED (
    SELECT s.place, max(r.performed_at) AS latest,
        max(r.performed_at) FILTER (WHERE r.performed_at BETWEEN s.admitted_at AND s.ends_at) AS last_performed_at
    FROM stay s JOIN warehouse.lab_result r ON r.patient_id = s.patient_id
    WHERE NOT r.future_dated
    GROUP BY s.place
), placed AS MATERIALIZED (
    SELECT s.place, max(t.ordered_at) AS latest,
        max(t.ordered_at) FILTER (WHERE t.ordered_at BETWEEN s.admitted_at AND s.ends_at) AS last_ordered_at
    FROM stay s JOIN warehouse.lab_test t ON t.patient_id = s.patient_id
    GROUP BY s.place
), unperformed AS MATERIALIZED (
    SELECT DISTINCT ON (s.place) s.place, t.test_id, t.ordered_at
    FROM stay s
    JOIN warehouse.lab_test t ON t.patient_id = s.patient_id AND t.ordered_at BETWEEN s.admitted_at AND s.ends_at
    WHERE NOT EXISTS (
        SELECT FROM warehouse.lab_result r
        WHERE r.patient_id = t.patient_id AND r.test_id = t.test_id AND NOT r.future_dated
    )
    ORDER BY s.place, t.ordered_at DESC, t.test_id COLLATE "C"
), waiting AS MATERIALIZED (
    SELECT s.place, max(w.performed_at) AS latest,
        count(*) FILTER (WHERE w.performed_at BETWEEN s.admitted_at AND s.ends_at) AS results
    FROM ingest.waiting_result w
    JOIN warehouse.test_owner o ON o.test_id = w.test_id
    JOIN stay s ON s.patient_id = o.patient_id
    WHERE w.is_current
    GROUP BY s.place
), shared AS MATERIALIZED (
    SELECT a.ctid AS place, a.patient_id, a.case_number, array_agg(other.patient_id ORDER BY other.patient_id COLLATE "C") AS patients
    FROM warehouse.admission a
    JOIN warehouse.admission other ON other.case_number = a.case_number AND other.patient_id <> a.patient_id
    GROUP BY a.ctid, a.patient_id, a.case_number
), claimed AS MATERIALIZED (
    SELECT c.place, c.patients, (
            SELECT CASE WHEN d.choice = 'patient' AND d.among @> (c.patients || c.patient_id) THEN d.patient_id END
            FROM app.decision d
            WHERE d.kind = 'case' AND d.case_number = c.case_number
            ORDER BY d.decision_id DESC LIMIT 1
        ) AS decided_patient
    FROM shared c
)
SELECT s.patient_id, s.case_number, s.admitted_at, s.released_at, s.department, s.room,
    p.last_performed_at, greatest(s.admitted_at, p.last_performed_at) AS idle_since,
    o.last_ordered_at, u.test_id AS unperformed_test_id, u.ordered_at AS unperformed_ordered_at,
    coalesce(w.results, 0) AS waiting_results,
    CASE WHEN c.patients IS NOT NULL AND c.decided_patient IS NULL THEN 'shared_case_number'
         WHEN s.released_at <= s.admitted_at AND s.choice IS NULL THEN 'release_not_after_admission' END AS conflict,
    coalesce(c.patients, '{}') AS conflict_with,
    greatest(p.latest, o.latest, w.latest, '-infinity') AS settled_at,
    CASE WHEN c.decided_patient <> s.patient_id THEN 'other_patient'
         WHEN s.choice IS NOT NULL THEN s.choice
         WHEN c.decided_patient IS NOT NULL THEN 'this_patient' END AS decided
FROM stay s
LEFT JOIN performance p ON p.place = s.place
LEFT JOIN placed o ON o.place = s.place
LEFT JOIN unperformed u ON u.place = s.place
LEFT JOIN waiting w ON w.place = s.place
LEFT JOIN claimed c ON c.place = s.place
