-- The board: the rule of the 48 hours over the stays, with one state each.
CREATE FUNCTION monitor.board(p_as_of timestamptz, p_present boolean, p_hours integer)
RETURNS TABLE (
    patient_id text, case_number text, department text, room text,
    admitted_at timestamptz, released_at timestamptz, idle_since timestamptz, last_performed_at timestamptz,
    last_ordered_at timestamptz, unperformed_test_id text, unperformed_ordered_at timestamptz,
    waiting_results bigint, quarantined bigint, conflict text, conflict_with text[],
    threshold_hours integer, long_open boolean, state text, reasons text[]
)
LANGUAGE sql STABLE AS $$
    WITH lis AS (
        SELECT coalesce(bool_or(f.is_stale), false) AND p_present AS is_stale,
            coalesce(bool_or(f.held + f.failed > 0), false) AS is_held
        FROM ingest.feed_freshness f WHERE f.source = 'lis'
    ),
    -- A setting that is missing never empties the board.
    setting AS (
        SELECT
            make_interval(days => coalesce((SELECT value FROM app.setting WHERE name = 'long_open_days'), 60)) AS long_open_after,
            coalesce(p_hours, (SELECT hours FROM app.current_threshold WHERE department IS NULL), 48) AS threshold_hours
    ),
    timed AS (
        SELECT s.*, coalesce(p_hours, own.hours, setting.threshold_hours) AS threshold_hours
        FROM monitor.stay_at(p_as_of) s
        CROSS JOIN setting
        LEFT JOIN app.current_threshold own ON own.department = s.department
    ),
    listed AS (
        SELECT t.*, coalesce(d.quarantined, 0) AS quarantined,
            array_remove(ARRAY[
                CASE WHEN lis.is_stale THEN 'lis_stale' END,
                CASE WHEN lis.is_held THEN 'lis_held' END,
                t.conflict,
                CASE WHEN d.quarantined > 0 THEN 'quarantined' END,
                CASE WHEN t.waiting_results > 0 THEN 'waiting_result' END
            ], NULL) AS reasons
        FROM timed t
        CROSS JOIN lis
        LEFT JOIN ingest.patient_in_doubt d ON d.patient_id = t.patient_id
        WHERE t.conflict IS NOT NULL OR p_as_of - t.idle_since > make_interval(hours => t.threshold_hours)
    )
    SELECT l.patient_id, l.case_number, l.department, l.room,
        l.admitted_at, l.released_at, l.idle_since, l.last_performed_at,
        l.last_ordered_at, l.unperformed_test_id, l.unperformed_ordered_at,
        l.waiting_results, l.quarantined, l.conflict, l.conflict_with,
        l.threshold_hours,
        p_as_of - l.admitted_at > setting.long_open_after AND l.conflict IS DISTINCT FROM 'release_not_after_admission'
            AND (l.released_at IS NULL OR l.released_at > p_as_of),
        CASE WHEN l.reasons <> '{}' THEN 'unknown'
             WHEN p_as_of - l.unperformed_ordered_at <= make_interval(hours => l.threshold_hours) THEN 'chase'
             ELSE 'overdue' END,
        l.reasons
    FROM listed l CROSS JOIN setting
    UNION ALL
    -- Admissions that could not be read: listed with whatever identifier could be.
    SELECT q.patient_id, q.case_number, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        0, count(*), NULL, '{}', min(setting.threshold_hours), false, 'unknown', ARRAY['unreadable_admission']
    FROM ingest.open_quarantine q CROSS JOIN setting
    WHERE q.target = 'admission'
      AND NOT EXISTS (SELECT FROM listed l WHERE l.patient_id = q.patient_id AND l.case_number = q.case_number)
    GROUP BY q.patient_id, q.case_number,
        CASE WHEN q.patient_id IS NULL OR q.case_number IS NULL THEN q.object_id END,
        CASE WHEN q.patient_id IS NULL OR q.case_number IS NULL THEN q.record END
$$;
COMMENT ON FUNCTION monitor.board IS 'Listed stays as of a moment: open and idle for longer than the threshold, or in doubt. p_present: the moment is now, so that a stale feed counts; p_hours: overrides the thresholds that are set. reasons says why the state is unknown.';
