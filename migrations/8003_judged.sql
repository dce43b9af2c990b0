-- The rule of the 48 hours, piece by piece, so that the board and one patient's page judge by the same words and the page costs
-- that patient's stays. Each is one expression, which the planner writes into the query that asks.
CREATE FUNCTION monitor.is_here(p_admitted_at timestamptz, p_released_at timestamptz, p_conflict text, p_decided text, p_as_of timestamptz) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT least(p_admitted_at, p_released_at) <= p_as_of
        AND (p_released_at IS NULL OR p_released_at > p_as_of OR p_conflict IS NOT NULL)
        AND coalesce(p_decided NOT IN ('other_patient', 'left'), true)
$$;
COMMENT ON FUNCTION monitor.is_here IS 'Whether a stay is open, or in conflict, as of a moment: from its earlier end on, where the release comes first.';

CREATE FUNCTION monitor.is_listed(p_idle_since timestamptz, p_conflict text, p_hours integer, p_as_of timestamptz) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT p_conflict IS NOT NULL OR p_as_of - p_idle_since > make_interval(hours => p_hours)
$$;
COMMENT ON FUNCTION monitor.is_listed IS 'Whether a stay that is here is idle for longer than the threshold, or contradicts another record.';

CREATE FUNCTION monitor.reasons(p_lis_is_stale boolean, p_lis_is_held boolean, p_conflict text, p_quarantined bigint, p_waiting_results bigint) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_remove(ARRAY[
        CASE WHEN p_lis_is_stale THEN 'lis_stale' END,
        CASE WHEN p_lis_is_held THEN 'lis_held' END,
        p_conflict,
        CASE WHEN p_quarantined > 0 THEN 'quarantined' END,
        CASE WHEN p_waiting_results > 0 THEN 'waiting_result' END
    ], NULL)
$$;
COMMENT ON FUNCTION monitor.reasons IS 'Why the state of a stay is unknown; empty: it is known.';

CREATE FUNCTION monitor.state(p_reasons text[], p_unperformed_ordered_at timestamptz, p_hours integer, p_as_of timestamptz) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN p_reasons <> '{}' THEN 'unknown'
                WHEN p_as_of - p_unperformed_ordered_at <= make_interval(hours => p_hours) THEN 'chase'
                ELSE 'overdue' END
$$;
COMMENT ON FUNCTION monitor.state IS 'The state of a listed stay, the first that applies.';

CREATE FUNCTION monitor.is_long_open(p_admitted_at timestamptz, p_released_at timestamptz, p_conflict text, p_days integer, p_as_of timestamptz) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT p_as_of - p_admitted_at > make_interval(days => p_days) AND p_conflict IS DISTINCT FROM 'release_not_after_admission'
        AND (p_released_at IS NULL OR p_released_at > p_as_of)
$$;
COMMENT ON FUNCTION monitor.is_long_open IS 'Whether a listed stay is open for so long that its release was probably forgotten.';

CREATE OR REPLACE FUNCTION monitor.stay_at(p_as_of timestamptz) RETURNS SETOF monitor.stay
LANGUAGE sql STABLE AS $$
    SELECT s.* FROM monitor.stay s
    WHERE s.settled_at <= p_as_of AND monitor.is_here(s.admitted_at, s.released_at, s.conflict, s.decided, p_as_of)
    UNION ALL
    SELECT d.* FROM monitor.derive_stay(
        ARRAY(
            SELECT DISTINCT s.patient_id FROM monitor.stay s
            WHERE s.settled_at > p_as_of AND monitor.is_here(s.admitted_at, s.released_at, s.conflict, s.decided, p_as_of)
        ), p_as_of) d
    WHERE monitor.is_here(d.admitted_at, d.released_at, d.conflict, d.decided, p_as_of)
$$;

CREATE OR REPLACE FUNCTION monitor.board(p_as_of timestamptz, p_present boolean, p_hours integer)
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
            coalesce((SELECT value FROM app.setting WHERE name = 'long_open_days'), 60) AS long_open_days,
            coalesce(p_hours, (SELECT hours FROM app.current_threshold WHERE department IS NULL), 48) AS threshold_hours
    ),
    listed AS (
        SELECT t.*, coalesce(d.quarantined, 0) AS quarantined,
            monitor.reasons(lis.is_stale, lis.is_held, t.conflict, d.quarantined, t.waiting_results) AS reasons
        FROM (
            SELECT s.*, coalesce(p_hours, own.hours, setting.threshold_hours) AS threshold_hours
            FROM monitor.stay_at(p_as_of) s
            CROSS JOIN setting
            LEFT JOIN app.current_threshold own ON own.department = s.department
        ) t
        CROSS JOIN lis
        LEFT JOIN ingest.patient_in_doubt d ON d.patient_id = t.patient_id
        WHERE monitor.is_listed(t.idle_since, t.conflict, t.threshold_hours, p_as_of)
    )
    SELECT l.patient_id, l.case_number, l.department, l.room,
        l.admitted_at, l.released_at, l.idle_since, l.last_performed_at,
        l.last_ordered_at, l.unperformed_test_id, l.unperformed_ordered_at,
        l.waiting_results, l.quarantined, l.conflict, l.conflict_with,
        l.threshold_hours,
        monitor.is_long_open(l.admitted_at, l.released_at, l.conflict, setting.long_open_days, p_as_of),
        monitor.state(l.reasons, l.unperformed_ordered_at, l.threshold_hours, p_as_of),
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
