-- What the board reads: one row a stay, kept by the transaction that merges, and the rule of the 48 hours.
CREATE SCHEMA monitor;
COMMENT ON SCHEMA monitor IS 'Stays as the board sees them. Written by wardwatch-ingest, read by wardwatch-dashboard.';

CREATE TABLE monitor.stay (
    patient_id text NOT NULL,
    case_number text NOT NULL,
    admitted_at timestamptz NOT NULL,
    released_at timestamptz,
    department text,
    room text,
    last_performed_at timestamptz,
    idle_since timestamptz NOT NULL,
    last_ordered_at timestamptz,
    unperformed_test_id text,
    unperformed_ordered_at timestamptz,
    waiting_results bigint NOT NULL,
    conflict text CHECK (conflict IN ('shared_case_number', 'release_not_after_admission')),
    conflict_with text[] NOT NULL,
    settled_at timestamptz NOT NULL,
    PRIMARY KEY (patient_id, case_number)
);
COMMENT ON TABLE monitor.stay IS 'One row an admission, with its clocks. Exact at every moment from settled_at on; before it, monitor.derive_stay answers.';
COMMENT ON COLUMN monitor.stay.last_performed_at IS 'Latest performed test within the stay, over results attributed to exactly one patient and not future-dated; null: none since admission.';
COMMENT ON COLUMN monitor.stay.idle_since IS 'greatest(admitted_at, last_performed_at).';
COMMENT ON COLUMN monitor.stay.unperformed_test_id IS 'The newest order of this stay of which nothing was performed.';
COMMENT ON COLUMN monitor.stay.waiting_results IS 'Waiting results within the stay whose test id names this patient.';
COMMENT ON COLUMN monitor.stay.conflict IS 'Why this stay contradicts another record; listed as unknown until a person decides.';
COMMENT ON COLUMN monitor.stay.settled_at IS 'Latest order, performance or waiting result of the patient: no clock of this row changes by itself after it.';
CREATE INDEX stay_open ON monitor.stay (idle_since, patient_id COLLATE "C", case_number COLLATE "C") WHERE released_at IS NULL;
CREATE INDEX stay_released ON monitor.stay (released_at) WHERE released_at IS NOT NULL;
CREATE INDEX stay_in_conflict ON monitor.stay (patient_id) WHERE conflict IS NOT NULL;

-- Every part is asked for one patient at a time, by the leading key column: the cost is that of the patients asked for,
-- whatever the planner believes of their number.
CREATE FUNCTION monitor.derive_stay(p_patients text[], p_as_of timestamptz) RETURNS SETOF monitor.stay
LANGUAGE sql STABLE AS $$
    SELECT a.patient_id, a.case_number, a.admitted_at, a.released_at, a.department, a.room,
        performed.last_performed_at,
        greatest(a.admitted_at, performed.last_performed_at),
        ordered.last_ordered_at, ordered.unperformed_test_id, ordered.unperformed_ordered_at,
        waiting.waiting_results,
        CASE WHEN shared.patients IS NOT NULL THEN 'shared_case_number'
             WHEN a.released_at <= a.admitted_at THEN 'release_not_after_admission' END,
        coalesce(shared.patients, '{}'),
        greatest(performed.latest, ordered.latest, waiting.latest, '-infinity')
    FROM warehouse.admission a
    CROSS JOIN LATERAL (
        SELECT max(r.performed_at) AS latest,
            max(r.performed_at) FILTER (
                WHERE r.performed_at >= a.admitted_at AND r.performed_at <= coalesce(a.released_at, 'infinity')
            ) AS last_performed_at
        FROM warehouse.lab_result r
        WHERE r.patient_id = a.patient_id AND NOT r.future_dated AND r.performed_at <= p_as_of
    ) performed
    CROSS JOIN LATERAL (
        SELECT max(t.ordered_at) AS latest,
            max(t.ordered_at) FILTER (WHERE t.is_in_stay) AS last_ordered_at,
            max(t.ordered_at) FILTER (WHERE t.is_in_stay AND done.test_id IS NULL) AS unperformed_ordered_at,
            (array_agg(t.test_id ORDER BY t.ordered_at DESC, t.test_id COLLATE "C")
                FILTER (WHERE t.is_in_stay AND done.test_id IS NULL))[1] AS unperformed_test_id
        FROM (
            SELECT t.test_id, t.ordered_at,
                t.ordered_at >= a.admitted_at AND t.ordered_at <= coalesce(a.released_at, 'infinity') AS is_in_stay
            FROM warehouse.lab_test t
            WHERE t.patient_id = a.patient_id AND t.ordered_at <= p_as_of
        ) t
        LEFT JOIN (
            SELECT DISTINCT r.test_id
            FROM warehouse.lab_result r
            WHERE r.patient_id = a.patient_id AND NOT r.future_dated AND r.performed_at <= p_as_of
        ) done ON done.test_id = t.test_id
    ) ordered
    CROSS JOIN LATERAL (
        SELECT max(w.performed_at) AS latest,
            count(*) FILTER (
                WHERE w.performed_at >= a.admitted_at AND w.performed_at <= coalesce(a.released_at, 'infinity')
            ) AS waiting_results
        FROM warehouse.test_owner o
        JOIN ingest.waiting_result w ON w.test_id = o.test_id
        WHERE o.patient_id = a.patient_id AND w.is_current AND w.performed_at <= p_as_of
    ) waiting
    CROSS JOIN LATERAL (
        SELECT array_agg(other.patient_id ORDER BY other.patient_id COLLATE "C") AS patients
        FROM warehouse.admission other
        WHERE other.case_number = a.case_number AND other.patient_id <> a.patient_id
    ) shared
    WHERE a.patient_id = ANY (coalesce(p_patients, ARRAY(SELECT patient_id FROM warehouse.admission)))
$$;
COMMENT ON FUNCTION monitor.derive_stay IS 'Stays of these patients (null: of all) from the base tables, as of a moment (infinity: all that is known). The definition of every column of monitor.stay.';

-- Runs right after a load, when the planner knows nothing of the new rows yet: it must not take a full table for a small one.
CREATE FUNCTION monitor.refresh_stay(p_patients text[]) RETURNS void
LANGUAGE sql SET enable_seqscan = off AS $$
    INSERT INTO monitor.stay AS kept
    SELECT * FROM monitor.derive_stay(p_patients, 'infinity')
    ORDER BY patient_id, case_number
    ON CONFLICT (patient_id, case_number) DO UPDATE SET
        admitted_at = excluded.admitted_at, released_at = excluded.released_at,
        department = excluded.department, room = excluded.room,
        last_performed_at = excluded.last_performed_at, idle_since = excluded.idle_since,
        last_ordered_at = excluded.last_ordered_at, unperformed_test_id = excluded.unperformed_test_id,
        unperformed_ordered_at = excluded.unperformed_ordered_at, waiting_results = excluded.waiting_results,
        conflict = excluded.conflict, conflict_with = excluded.conflict_with, settled_at = excluded.settled_at
    WHERE (kept.*) IS DISTINCT FROM (excluded.*)
$$;
COMMENT ON FUNCTION monitor.refresh_stay IS 'Brings the stays of these patients up to date. An admission never disappears, so no stay is ever deleted.';

CREATE FUNCTION monitor.stay_at(p_as_of timestamptz) RETURNS SETOF monitor.stay
LANGUAGE sql STABLE AS $$
    SELECT s.* FROM monitor.stay s
    WHERE s.settled_at <= p_as_of AND least(s.admitted_at, s.released_at) <= p_as_of
      AND (s.released_at IS NULL OR s.released_at > p_as_of OR s.conflict IS NOT NULL)
    UNION ALL
    SELECT d.* FROM monitor.derive_stay(
        ARRAY(
            SELECT DISTINCT s.patient_id FROM monitor.stay s
            WHERE s.settled_at > p_as_of AND least(s.admitted_at, s.released_at) <= p_as_of
              AND (s.released_at IS NULL OR s.released_at > p_as_of OR s.conflict IS NOT NULL)
        ), p_as_of) d
    WHERE least(d.admitted_at, d.released_at) <= p_as_of
      AND (d.released_at IS NULL OR d.released_at > p_as_of OR d.conflict IS NOT NULL)
$$;
COMMENT ON FUNCTION monitor.stay_at IS 'Stays that are open, or in conflict, as of a moment (from their earlier end on, where the release comes first), with today''s knowledge: kept rows where they are exact, the base tables elsewhere.';
