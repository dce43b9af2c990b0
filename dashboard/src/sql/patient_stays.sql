-- One patient's stays with their clocks as of a moment, and their state where the board lists them: by the rule of monitor.board,
-- over this patient's stays alone. $1 the patient, $2 the present moment, $3 how many records about the patient are in doubt.
WITH lis AS (
    SELECT coalesce(bool_or(f.is_stale), false) AS is_stale, coalesce(bool_or(f.held + f.failed > 0), false) AS is_held
    FROM ingest.feed_freshness f WHERE f.source = 'lis'
),
stay AS (
    SELECT s.*, coalesce(own.hours, general.hours, 48) AS threshold_hours
    FROM monitor.stays_of($1, $2) s
    LEFT JOIN app.current_threshold own ON own.department = s.department
    LEFT JOIN app.current_threshold general ON general.department IS NULL
),
judged AS (
    SELECT s.*, monitor.reasons(lis.is_stale, lis.is_held, s.conflict, $3, s.waiting_results) AS reasons,
        monitor.is_here(s.admitted_at, s.released_at, s.conflict, s.decided, $2)
            AND monitor.is_listed(s.idle_since, s.conflict, s.threshold_hours, $2) AS is_listed
    FROM stay s CROSS JOIN lis
)
SELECT
    s.case_number AS "case_number!", s.admitted_at AS "admitted_at!", s.released_at, s.department, s.room,
    s.last_performed_at, s.idle_since AS "idle_since!", s.last_ordered_at,
    s.unperformed_test_id, s.unperformed_ordered_at,
    t.test_name AS "unperformed_test_name?", t.ordering_physician AS "unperformed_ordered_by?",
    s.waiting_results AS "waiting_results!", s.conflict_with AS "conflict_with!",
    CASE WHEN s.conflict IS NOT NULL OR $3 > 0 OR s.waiting_results > 0
        THEN monitor.doubted_at(s.patient_id, s.case_number) END AS "doubted_at?",
    s.decided AS "decided?", s.threshold_hours AS "threshold_hours?",
    s.is_listed AS "is_listed!",
    CASE WHEN s.is_listed THEN monitor.state(s.reasons, s.unperformed_ordered_at, s.threshold_hours, $2) END AS "state?",
    CASE WHEN s.is_listed THEN s.reasons END AS "reasons?",
    s.is_listed AND monitor.is_long_open(s.admitted_at, s.released_at, s.conflict,
        coalesce((SELECT value FROM app.setting WHERE name = 'long_open_days'), 60), $2) AS "is_long_open?"
FROM judged s
LEFT JOIN warehouse.lab_test t ON t.patient_id = s.patient_id AND t.test_id = s.unperformed_test_id
ORDER BY s.admitted_at DESC, s.case_number COLLATE "C"
