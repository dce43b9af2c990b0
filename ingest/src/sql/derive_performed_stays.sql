-- What the first results change of the kept stays: their performances, what is not performed any more, and what waits. Nothing
-- else of a stay can have changed, for their batch has had the warehouse for itself from its beginning. A table of its own, so
-- that Postgres may use several processors, which it never does for a statement that writes.
CREATE TEMP TABLE performed_stay ON COMMIT DROP AS
WITH stay AS NOT MATERIALIZED (
    SELECT s.ctid AS place, s.patient_id, s.admitted_at, coalesce(s.released_at, 'infinity') AS ends_at, s.unperformed_ordered_at
    FROM monitor.stay s
), performance AS MATERIALIZED (
    SELECT s.place, max(r.performed_at) AS latest,
        max(r.performed_at) FILTER (WHERE r.performed_at BETWEEN s.admitted_at AND s.ends_at) AS last_performed_at
    FROM stay s JOIN warehouse.lab_result r ON r.patient_id = s.patient_id
    WHERE NOT r.future_dated
    GROUP BY s.place
), unperformed AS MATERIALIZED (
    SELECT DISTINCT ON (s.place) s.place, t.test_id, t.ordered_at
    FROM stay s
    JOIN warehouse.lab_test t ON t.patient_id = s.patient_id AND t.ordered_at BETWEEN s.admitted_at AND s.unperformed_ordered_at
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
)
SELECT s.place, p.last_performed_at, u.test_id AS unperformed_test_id, u.ordered_at AS unperformed_ordered_at,
    coalesce(w.results, 0) AS waiting_results, greatest(p.latest, w.latest) AS latest
FROM stay s
LEFT JOIN performance p ON p.place = s.place
LEFT JOIN unperformed u ON u.place = s.place
LEFT JOIN waiting w ON w.place = s.place
WHERE p.place IS NOT NULL OR w.place IS NOT NULL
